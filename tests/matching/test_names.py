"""Names: spellings that are one name, numbers that are not, and words of kind that weigh little but stay."""

from __future__ import annotations

import hypothesis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.matching.folding import folded
from geo.matching.kinds import WORDLESS, Kind
from geo.matching.names import Names, read_names


def read(*names: str | None) -> Names:
    return read_names(pa.array(names, pa.string()))


def kinds(names: Names, position: int) -> Kind:
    return Kind(int(names.kinds[position])) & ~WORDLESS


@pytest.mark.parametrize(
    "spellings",
    [
        ("Қарашоқы", "Qaraşoqy", "Карашокы", "KARASHOKY", "Karashoky", "Ｋａｒａｓｈｏｋｙ"),
        ("Озёрное", "Озерное", "Ozyornoye", "Ozernoe"),
        ("Жаңажол", "Jañajol", "Жанажол", "Zhanazhol", "Zhangazhol"),
        ("Көкөзек", "Köközek", "Кокозек", "Kokozek"),
        ("Ұзынағаш", "Ūzynağaş", "Узынагаш", "Uzynaghash"),
        ("Щучинск", "Shchuchinsk", "Şuçinsk"),
        ("Светлоречье", "Svetlorech'ye", "СВЕТЛОРЕЧЬЕ"),
        ("ісгер һәм үлкен", "isger hәm ulken"),
    ],
    ids=lambda spellings: spellings[0],
)
def test_spellings_of_one_name_fold_into_one(spellings: tuple[str, ...]) -> None:
    assert len(set(folded(pa.array(spellings)).to_pylist())) == 1


def test_names_that_differ_stay_different() -> None:
    names = ["Ақсу", "Ақсай", "Көксу", "Қызылсай", "Қызылжар", "Новополье", "Староплье", "مدرسة", "학교"]

    assert len(set(folded(pa.array(names)).to_pylist())) == len(names)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), max_size=6))
def test_any_text_folds_into_one_text_each(texts: list[str | None]) -> None:
    storable = [None if text is None else text.encode("utf-8", "replace").decode() for text in texts]

    found = folded(pa.array(storable, pa.string()))

    assert [text is None for text in found.to_pylist()] == [text is None for text in storable]
    assert folded(found).to_pylist() == found.to_pylist()


@hypothesis.settings(max_examples=25)
@given(st.lists(st.text(alphabet="№#N12 аәшкола-'«»\n\t\u00a0", max_size=16), max_size=6))
def test_any_names_are_taken_apart(texts: list[str]) -> None:
    names = read_names(pa.array(texts, pa.string()))

    assert len(names) == len(texts) == len(names.numbers) == len(names.kinds) == names.number_bags.shape[0]


@pytest.mark.parametrize(
    "name",
    ["№ 12", "№12", "No 12", "No.12", "N12", "#12", "нөмір 12", "Номер 12", "12-ші", "№ 012", "１２", "№\u00a012"],
)
def test_a_number_is_the_same_however_it_is_marked(name: str) -> None:
    names = read(f"{name} мектеп")

    assert (names.core[0].as_py(), names.numbers[0].as_py()) == ("", "12")


def test_a_class_letter_belongs_to_the_number() -> None:
    names = read("Школа № 12 «А»", "Школа 12А", "Школа 12")

    assert names.numbers.to_pylist() == ["12a", "12a", "12"]


@pytest.mark.parametrize(
    ("name", "core", "kind"),
    [
        ("Қарашоқы орта мектебі", "karashoki", Kind.SECONDARY),
        ("КГУ «Средняя школа имени Абая» отдела образования", "abaia", Kind.SECONDARY),
        ("СОШ № 5", "", Kind.SECONDARY),
        ("Ақсу бастауыш мектебі", "aksu", Kind.PRIMARY),
        ("Школа-гимназия № 5", "", Kind.GYMNASIUM),
        ("Abai secondary school", "abai", Kind.SECONDARY),
        ("Средняя школа села Среднедубровка", "srednedubrovka", Kind.SECONDARY),
        ("Орта мектеп «Балабақша» кешені", "kesheni", Kind.SECONDARY | Kind.KINDERGARTEN),
    ],
)
def test_words_of_kind_are_set_apart_from_the_name(name: str, core: str, kind: Kind) -> None:
    names = read(name)

    assert (names.core[0].as_py(), kinds(names, 0)) == (core, kind)


def test_a_name_of_words_of_kind_alone_keeps_them() -> None:
    assert read("Начальная школа").core.to_pylist() == ["nachalnaia shkola"]


def test_a_word_in_very_many_names_is_no_name_in_any_language() -> None:
    names = read(
        *(f"Escola {word}" for word in ("Alfa", "Beta", "Gama", "Delta", "Zeta") for _ in range(1)), *(f"Escola n{n}x" for n in range(40))
    )

    assert names.core.to_pylist()[:2] == ["alfa", "beta"]
    assert names.light[0] != 0


def test_a_misspelt_word_of_kind_is_that_word() -> None:
    names = read(*(f"Ауыл{n} орта мектебі" for n in range(30)), "№ 7 мкетебі")

    assert names.core[30].as_py() == ""
    assert Kind(int(names.kinds[30])) & Kind.SCHOOL


def test_nothing_is_taken_apart_into_nothing() -> None:
    assert len(read()) == 0
    assert read(None, "").core.to_pylist() == ["", ""]
