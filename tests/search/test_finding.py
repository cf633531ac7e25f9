"""What a query finds among names, ids and places, and in what order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.search import Match
from tests.search.lists import listed


@pytest.mark.parametrize("query", ["Қарашоқы", "қарашоқы", "Qaraşoqy", "QARASHOQY", "карашокы", "Karashoky", "Қарашоқы  орта"])
def test_a_name_is_found_in_each_of_its_alphabets(query):
    schools = listed("Қарашоқы орта мектебі", "Ақбұлақ орта мектебі")

    assert schools.school_ids(query) == ["A"]


@pytest.mark.parametrize("query", ["Мектеп № 12", "mektep 12", "школа 12", "School No. 12", "№12 мектеп", "сш 12", "мектеп 012"])
def test_a_number_is_found_with_any_word_for_school_and_any_sign(query):
    schools = listed("Мектеп № 12", "Мектеп № 21", "Гимназия № 12")

    assert schools.school_ids(query)[0] == "A"


def test_the_last_word_may_be_a_beginning():
    schools = listed("Үшарал орта мектебі", "Үштөбе орта мектебі", "Жаңаүш")

    assert schools.school_ids("орта уша") == ["A"]
    assert schools.school_ids("уш") == ["A", "B"]


def test_a_number_before_the_end_of_a_query_is_whole():
    schools = listed("Мектеп № 123", "Мектеп № 12")

    assert schools.school_ids("12 мектеп") == ["B"]
    assert schools.school_ids("мектеп 12") == ["B", "A"]


def test_whole_ids_come_first_then_names_that_begin_so_then_all_words_then_places_then_beginnings_of_ids_then_mistakes():
    schools = listed(
        "Аксай",
        "Школа села Аксай 12",
        "Аксай школа 12",
        "Школа 12",
        "Школа 12 Аксая",
        ids=("12", "b", "c", "d", "e"),
        places=(("Аксай ауданы",),),
        places_of=(-1, -1, -1, 0, -1),
    )

    assert schools.school_ids("12")[0] == "12"
    assert schools.school_ids("аксай 12") == ["c", "b", "e", "d"]
    assert list(schools.find("аксай 12").matches) == [Match.NAME_BEGINS, Match.NAME, Match.NAME, Match.PLACE]


def test_the_beginning_of_an_id_finds_it_after_names_and_before_mistakes():
    schools = listed("Көктал", "Мектеп № 7700", ids=("kz-7700-1", "x"))

    assert schools.school_ids("KZ-7700") == ["kz-7700-1"]
    assert schools.find("KZ-7700").matches == (Match.ID_BEGINS,)
    assert schools.school_ids("kz-7700-1") == ["kz-7700-1"]
    assert schools.find("kz-7700-1").matches[0] is Match.ID


def test_an_id_is_found_in_each_of_its_columns():
    schools = listed("Көктал", "Ақтал", giga=(None, "916980b1-886c-4bb7"))

    assert schools.school_ids("916980B1-886C-4bb7") == ["B"]
    assert schools.school_ids("916980b1") == ["B"]


def test_equals_come_by_school_id_and_not_by_their_row():
    schools = listed("Ақтал", "Ақтал", "Ақтал", ids=("c", "a", "b"))

    assert schools.school_ids("Ақтал") == ["a", "b", "c"]
    assert schools.school_ids("Ақтал", limit=2) == ["a", "b"]


def test_names_with_fewer_other_words_come_first():
    schools = listed("Абай атындағы орта мектебі", "Абай", "Абай гимназиясы")

    assert schools.school_ids("Абай") == ["B", "C", "A"]


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("Краснокменка", True),  # a letter left out
        ("Красснокаменка", True),  # a letter doubled: one form with the name
        ("Карснокаменка", True),  # two letters swapped
        ("Красмокаменга", True),  # two letters wrong
        ("Красмокамемга", False),  # three
        ("Тасс", True),  # folds to three letters
        ("Тас", True),
        ("Тап", False),  # too short for a mistake
        ("Жанабет", True),  # six folded letters of seven
        ("Мектеп 13", False),  # digits are not mistaken
    ],
)
def test_one_mistake_is_forgiven_in_short_words_two_in_long_ones_and_none_in_numbers(query, finds):
    schools = listed("Краснокаменка", "Тас", "Жаңабет", "Мектеп 12")

    assert bool(schools.school_ids(query)) is finds


def test_a_mistyped_beginning_finds_the_longer_word():
    schools = listed("Краснокаменка", "Ақтал")

    assert schools.school_ids("Карсноk") == ["A"]
    assert schools.find("Карсноk").matches == (Match.MISSPELT,)


def test_a_place_is_found_once_whichever_of_its_names_is_asked_for():
    schools = listed("Абай", places=(("Abai Region", "область Абай", "Абай облысы", "KZ10"),))

    assert schools.school_ids("Абай") == ["A", "place 0"]
    assert schools.find("Абай").total == 2
    assert schools.school_ids("abai oblysy") == ["place 0"]
    assert schools.school_ids("kz10") == ["place 0"]


def test_a_school_is_found_by_its_place_in_another_language_than_its_name():
    schools = listed(
        "Ақтал орта мектебі", "Ақтал орта мектебі", places=(("Kostanay Region", "Қостанай облысы"), ("Abai Region",)), places_of=(1, 0)
    )

    assert schools.school_ids("актал костанайская".replace("ская", "")) == ["B"]
    assert schools.school_ids("Қостанай")[:2] == ["place 0", "B"]


def test_words_that_nothing_has_are_left_out_where_nothing_has_all():
    schools = listed("Ақтал орта мектебі", "Көктал орта мектебі")

    assert schools.school_ids("Ақтал xyzzyxq") == ["A"]
    assert schools.school_ids("Ақтал 77") == []
    assert schools.school_ids("мектеп xyzzyxq") == []
    assert schools.find("Ақтал xyzzyxq").matches == (Match.PARTLY,)


@pytest.mark.parametrize("query", ["", "   ", "\0", "🎉", "%", "(.*[", "\u202e\u200f", "№", "''", "-" * 200, "'; drop table", "а" * 200])
def test_a_query_without_a_word_that_anything_has_finds_nothing(query):
    found = listed("Ақтал", None, "").find(query)

    assert (len(found.documents), found.total) == (0, 0)


def test_nothing_is_found_in_an_empty_release():
    assert listed().find("Ақтал 1").total == 0


def test_the_total_counts_what_is_not_listed():
    schools = listed(*["Ақтал"] * 25, ids=tuple(f"k{number:02}" for number in range(25)))

    assert schools.find("Ақтал", limit=3).total == 25
    assert schools.school_ids("k1", limit=3) == []
    assert schools.find("k01").total == 1
    assert schools.find("k1").total == 0


WORD = st.text("абв", min_size=1, max_size=3)


@given(names=st.lists(st.lists(WORD, max_size=4), min_size=1, max_size=12), query=st.lists(WORD, min_size=1, max_size=3))
def test_what_is_found_is_what_has_every_word_looked_at_one_by_one(names, query):
    def folded(word: str) -> str:
        for letter in "абв":
            word = word.replace(letter * 2, letter)
        return word

    def holds(name: list[str], word: str, *, may_begin: bool) -> bool:
        return any(own == folded(word) or (may_begin and own.startswith(folded(word))) for own in map(folded, name))

    def is_found(name: list[str]) -> bool:
        last = len(query) - 1
        return all(holds(name, word, may_begin=position == last or len(folded(word)) > 1) for position, word in enumerate(query))

    schools = listed(*(" ".join(name) for name in names), ids=tuple(f"k{number:02}" for number in range(len(names))))
    expected = {f"k{number:02}" for number, name in enumerate(names) if is_found(name)}
    found = schools.find(" ".join(query), limit=20)

    assert {f"k{row:02}" for row, match in zip(found.documents.tolist(), found.matches, strict=True) if match < Match.MISSPELT} == expected
