"""What somebody typed, taken apart: as names are, whatever was typed."""

from __future__ import annotations

import csv
import unicodedata

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from geo.matching.kinds import kinds_of_word, kinds_of_words
from geo.matching.names import plain_words, plain_words_of
from geo.search import tidy_query
from geo.search.queries import MAX_WORDS, words_of_query
from geo.services.deployment import DEMO

TEXT = st.text(st.sampled_from("аәбвгқшщьйыкол ABcde№#0127-«»'\n\u202e\u0301ﷺ١"), max_size=30) | st.text(max_size=20)


@given(TEXT)
@example("Мектеп № 012 «А» 5 шы no 7b 9-шы")
def test_one_text_has_the_words_that_it_has_among_many(text):
    assert plain_words_of(text) == plain_words(pa.array([text]))[0].as_py().split()


def test_one_word_is_of_the_kinds_that_it_has_among_many():
    with (DEMO / "schools.csv").open(encoding="utf-8", newline="") as file:
        names = {row["school_name"] for row in csv.DictReader(file)}
    text = " ".join([*sorted(names)[::7], "мектебінің школы сош гимназиясы Среднедубровка schools schoolhouses im с лице9"])
    words = sorted(set(plain_words_of(text)))

    assert len(words) > 500
    assert [kinds_of_word(word) for word in words] == kinds_of_words(pa.array(words)).tolist()


@given(st.text(max_size=60))
@example("a\0b\r\nc\u202ed\u200be\ufeff")
def test_a_tidy_query_is_one_line_that_can_be_seen(text):
    tidy = tidy_query(text)

    assert tidy == " ".join(tidy.split())
    assert all(unicodedata.category(character)[0] != "C" for character in tidy)
    assert tidy_query(tidy) == tidy


def test_only_the_first_words_of_a_long_query_count_and_the_last_of_them_may_be_a_beginning():
    words = words_of_query(" ".join(f"сөз{number}а" for number in range(20)))

    assert len(words) == MAX_WORDS
    assert [word.is_last for word in words] == [False] * (MAX_WORDS - 1) + [True]
