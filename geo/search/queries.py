"""What somebody typed: cleaned of what no keyboard types, and taken apart into words as the names are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from geo.matching.kinds import kinds_of_word
from geo.matching.names import plain_words_of

MAX_QUERY_CHARACTERS = 200
"""Longer than any school's name that somebody would type; names themselves have at most 255."""
MAX_WORDS = 8
"""Further words of a query are passed over: eight tell any two names apart."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word asked for, folded.

    Parameters
    ----------
    kinds
        Bits of `geo.matching.kinds.Kind`, so that "школа" finds "мектеп".
    is_last
        Whether it may still be in the middle of being typed.
    """

    text: str
    kinds: int
    is_last: bool

    @property
    def is_number(self) -> bool:
        """Whether it has a digit: then neither mistakes nor, before the end, further digits are allowed for."""
        return any(character.isdigit() for character in self.text)


def tidy_query(text: str) -> str:
    """A query on one line: controls, line ends and invisible marks (such as those of text direction) as blanks, blanks as one."""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in unicodedata.normalize("NFC", text))
    return " ".join(visible.split())


def words_of_query(text: str) -> tuple[Word, ...]:
    """The first `MAX_WORDS` words of a query."""
    found = plain_words_of(text)[:MAX_WORDS]
    last = len(found) - 1
    return tuple(Word(word, kinds_of_word(word), position == last) for position, word in enumerate(found))
