"""Words that say what kind of school it is or what its legal form is: they tell schools apart far less than names do, but they do.

Written as people write them; matched after folding, so one spelling is enough for both Kazakh alphabets and for transliterated Russian.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntFlag

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.matching.folding import folded
from geo.schools import Int64Array


class Kind(IntFlag):
    """What a word of a name says about the kind of school; a name has several."""

    PRIMARY = 1
    BASIC = 2
    SECONDARY = 4
    GENERAL = 8
    GYMNASIUM = 16
    LYCEUM = 32
    KINDERGARTEN = 64
    BOARDING = 128
    SPECIAL = 256
    EVENING = 512
    VOCATIONAL = 1024
    ARTS = 2048
    SPORT = 4096
    SCHOOL = 8192
    LEGAL_FORM = 16384
    NAMED_AFTER = 32768
    PLACE = 65536


WORDLESS = Kind.SCHOOL | Kind.LEGAL_FORM | Kind.NAMED_AFTER | Kind.PLACE | Kind.GENERAL
"""Kinds that set no two schools apart: every school is one, many leave them out."""

_STEMS: Mapping[Kind, str] = {
    Kind.PRIMARY: "бастауыш начальн primary elementary",
    Kind.BASIC: "негізгі основн неполн basic",
    Kind.SECONDARY: "средн secondary",
    Kind.GENERAL: "білім берет общеобразовательн comprehensive",
    Kind.GYMNASIUM: "гимнази gymnas",
    Kind.LYCEUM: "лице lyce",
    Kind.KINDERGARTEN: "балабақша детск kindergarten preschool дошкольн",
    Kind.BOARDING: "интернат boarding",
    Kind.SPECIAL: "арнайы специальн коррекцион түзету special",
    Kind.EVENING: "кешкі вечерн evening",
    Kind.VOCATIONAL: "колледж college техникум",
    Kind.ARTS: "музыкальн искусств",
    Kind.SPORT: "спорт",
    Kind.SCHOOL: "мектеп мектеб школ school",
    Kind.LEGAL_FORM: (
        "коммунал государств учрежден мемлекеттік мекеме қазыналық казенн предприят кәсіпорн отдел управлен бөлім басқарма образован"
    ),
    Kind.PLACE: "ауыл сельск поселк аудан район област облыс village",
}
"""Beginnings of words that inflect; each is matched in its other spellings too, with at most `_ENDING` more letters."""

_WORDS: Mapping[Kind, str] = {
    Kind.PRIMARY: "нш",
    Kind.BASIC: "нсш",
    Kind.SECONDARY: "орта сош сш осш ом",
    Kind.GENERAL: "жалпы жбб жббм жббом сош ош осш",
    Kind.KINDERGARTEN: "сад",
    Kind.SCHOOL: "сош ош осш сш нш нсш жббм жббом ом",
    Kind.LEGAL_FORM: "кгу кмм гу мм кгкп мкқк рмм ргу гккп тоо жшс чу",
    Kind.NAMED_AFTER: "им имени атындағы",
    Kind.PLACE: "село села с г город города қаласы қаласының",
}
"""Whole words, mostly abbreviations; one may stand for several kinds: СОШ is a school that is general and secondary."""

MOST_OF_ENDING = 4
_ENDING = rf"\p{{L}}{{0,{MOST_OF_ENDING}}}$"
"""Takes "средняя", "средней"; leaves "Среднедубровка", which is a place."""


def _folded_words(words: str) -> list[str]:
    return [word for word in folded(pa.array(words.split())).to_pylist() if word]


_FOLDED_STEMS = {kind: tuple(_folded_words(words)) for kind, words in _STEMS.items()}
_STEM_PATTERNS = {kind: "^(?:" + "|".join(stems) + ")" + _ENDING for kind, stems in _FOLDED_STEMS.items()}
_FOLDED_WORDS = {kind: tuple(_folded_words(words)) for kind, words in _WORDS.items()}
_WORD_SETS = {kind: pa.array(words) for kind, words in _FOLDED_WORDS.items()}


def kinds_of_words(words: pa.Array) -> Int64Array:
    """Kinds that each folded word stands for, as bits of `Kind`, 0 for a word of a name; shape (words,)."""
    bits = np.zeros(len(words), dtype=np.int64)
    for kind, pattern in _STEM_PATTERNS.items():
        bits |= np.where(np.asarray(pc.match_substring_regex(words, pattern)), kind.value, 0)
    for kind, whole in _WORD_SETS.items():
        bits |= np.where(np.asarray(pc.is_in(words, value_set=whole)), kind.value, 0)
    return bits


def kinds_of_word(word: str) -> int:
    """As `kinds_of_words` for one folded word, a thousand times faster: Arrow makes its patterns anew at each call."""
    kinds = 0
    for kind, stems in _FOLDED_STEMS.items():
        endings = (word[len(stem) :] for stem in stems if word.startswith(stem))
        if any(len(ending) <= MOST_OF_ENDING and (not ending or ending.isalpha()) for ending in endings):
            kinds |= kind.value
    for kind, words in _FOLDED_WORDS.items():
        if word in words:
            kinds |= kind.value
    return kinds
