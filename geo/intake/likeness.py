"""How like a heading or a word of a file is to those we know: suggestions with scores, for a person to confirm.

Nothing here decides; a score is how alike two spellings are, 0 to 1, and never 1, which is kept for spellings of the column table.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from geo.column_table import COLUMNS, HEADINGS, ColumnKind, column, folded
from geo.intake.speed_units import SPEED_COLUMNS, has_other_unit, without_unit

SHOWN_SCORE = 0.60
"""Suggestions are shown from this score on."""
TAKEN_SCORE = 0.80
"""From this score on a heading is taken for a column of ours, until someone confirms it or says otherwise."""
MAX_SUGGESTIONS = 5
LOOK_ALIKE_SCORE = 0.99

_BEST, _DOUBTFUL = 0.99, 0.79
_MIN_LETTERS = 5
"""Shorter spellings are too like each other to be taken for one another."""
_MAX_LETTERS = 120
"""A longer text is no heading and no word."""
_WORD_SCORE = 0.75
"""So alike must each word of a heading be to one of the spelling: "lattitude" and "latitude" are, "upload" and "download" are not."""
_JOINED_SCORE = 0.92
_MARGIN = 0.02
"""Two columns closer than this are as likely: neither is taken."""

_MARKS = re.compile(r"[^\w№%]+|_")  # "School  ID, (govt)" → "school id govt"
_DIGITS = re.compile(r"[0-9]+")
_NEGATION = re.compile(
    r"\b(?:un|dis|non)[a-z]{5,}|\b(?:not|no|non|without|не|нет|без|емес|жоқ)\b"
)  # takes: unconnected, not connected, без интернета; refuses: unit, connected
_REMARKS = re.compile(
    r"\b(?:да нет|yes no|иә жоқ|y n|чел|человек|адам|persons|wgs ?84|градусы|degrees|град|нобд|emis)\b"
)  # what a heading says beside its name: "(да/нет)", "чел.", "WGS84"
_ABBREVIATIONS = {
    "кол во": "количество",
    "уч ся": "учащихся",
    "нас пункта": "населенного пункта",
    "обуч ся": "обучающихся",
    "наим": "наименование",
}
_BARE_IDS = frozenset({"id", "ид", "uid", "identifier", "идентификатор"})
"""Headings that say no more than that the column holds ids."""
_FILLERS = frozenset(
    ("of", "the", "a", "an", "in", "at", "on", "and", "to", "for", "в", "на", "по", "и", "из", "для", "до", "бойынша", "және")
)
_PERSONAL = re.compile(
    # takes: phone, contact e-mail, Телефон, Адрес, аты-жөні; refuses: school name
    r"\b(?:phone|telephone|mobile no|tel|fax|e ?mail|contact|address|director|principal|teacher|teachers|parent|guardian)\b"
    r"|\b(?:телефон|тел|факс|почта|адрес|контакт|директор|учител|педагог|родител|имя)|\b(?:мекенжай|мұғалім|байланыс деректері|аты жөні)"
)
_LOOK_ALIKES = str.maketrans("аеорсухіһқԁјѕԛԝАВЕКМНОРСТУХІҺЅЈ", "aeopcyxihkdjsqwABEKMHOPCTYXIHSJ")


def look_alike_of(heading: str) -> str | None:
    """Our name that a heading would be if its look-alike and invisible characters were the ones they look like."""
    plain = unicodedata.normalize("NFKC", heading)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc", "Mn"))
    return HEADINGS.get(folded(plain)) or HEADINGS.get(folded(plain.translate(_LOOK_ALIKES)))


def code_points(text: str) -> str:
    """Text with each character that is not plain ASCII as its code point: "s U+0441 hool_id"."""
    return " ".join("".join(c if " " < c < "\x7f" else f" U+{ord(c):04X} " for c in text).split())


def like_columns(heading: str) -> tuple[tuple[str, float], ...]:
    """Columns that a heading may stand for, with scores, likeliest first; of equal ones the one earlier in the column table.

    Headings about persons and their addresses are like none, nor are those with control characters. A heading of speeds is compared
    without its unit.
    """
    if any(unicodedata.category(letter) == "Cc" for letter in heading):
        return ()
    if (name := look_alike_of(heading)) is not None:
        return ((name, LOOK_ALIKE_SCORE),)
    return _like_columns(heading) if len(heading) <= _MAX_LETTERS else ()


def is_bare_id(heading: str) -> bool:
    """Whether a heading says that the column holds ids, and not of what."""
    return _plain(heading) in _BARE_IDS


@cache
def _spellings() -> Mapping[str, str]:
    """Every accepted heading as plain words → our name; those of speeds without their unit."""
    found: dict[str, str] = {}
    for each in COLUMNS:
        for spelling in (each.name, *(text for texts in each.spellings.values() for text in texts)):
            found.setdefault(_plain(without_unit(spelling) if each.name in SPEED_COLUMNS else spelling), each.name)
    return found


@lru_cache(maxsize=1024)
def _like_columns(heading: str) -> tuple[tuple[str, float], ...]:
    bare, plain = _heading_words(without_unit(heading)), _heading_words(heading)
    if not plain or _PERSONAL.search(plain):
        return ()
    if plain in _BARE_IDS:
        return (("school_id", TAKEN_SCORE),)
    has_unit = bare != plain
    scores: dict[str, float] = {}
    for text in {bare, plain} - {""}:
        for spelling, likeness in _alike(text, _spellings()).items():
            name = _spellings()[spelling]
            if (text == bare) if name in SPEED_COLUMNS else (text == plain and not has_unit):
                scores[name] = max(scores.get(name, 0.0), _weighed(text, spelling, likeness))
    order = {each.name: place for place, each in enumerate(COLUMNS)}
    limit = _DOUBTFUL if has_other_unit(heading) else _BEST
    ranked = sorted(((name, min(score, limit)) for name, score in scores.items()), key=lambda pair: (-pair[1], order[pair[0]]))
    return tuple((name, round(score, 2)) for name, score in ranked if score >= SHOWN_SCORE)[:MAX_SUGGESTIONS]


def _heading_words(heading: str) -> str:
    """Plain words of a heading, without remarks, abbreviations written out."""
    words = _plain(heading)
    for short, full in _ABBREVIATIONS.items():
        words = re.sub(rf"\b{short}\b", full, words)
    return " ".join(_REMARKS.sub(" ", words).split()) or words


def taken_for(likely: tuple[tuple[str, float], ...]) -> str | None:
    """The column that a heading is taken for until someone says otherwise; None where none is likely enough, or two are."""
    if not likely or likely[0][1] < TAKEN_SCORE:
        return None
    is_close = len(likely) > 1 and likely[0][1] - likely[1][1] < _MARGIN
    return None if is_close else likely[0][0]


def like_words(name: str, cell: str) -> tuple[tuple[str, float], ...]:
    """Words of a closed-list column that a cell may mean, with scores, likeliest first."""
    plain = _plain(cell)
    if not plain or len(plain) > _MAX_LETTERS:
        return ()
    scores: dict[str, float] = {}
    spellings = _word_spellings(name)
    for spelling, likeness in _alike(plain, spellings).items():
        if bool(_NEGATION.search(plain)) == bool(_NEGATION.search(spelling)):
            word = spellings[spelling]
            scores[word] = max(scores.get(word, 0.0), min(likeness, _BEST))
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], column(name).values.index(pair[0])))
    return tuple((str(word), round(score, 2)) for word, score in ranked)[:MAX_SUGGESTIONS]


@cache
def _word_spellings(name: str) -> Mapping[str, str]:
    each = column(name)
    if each.kind is not ColumnKind.WORD:
        return {}
    found = {_plain(word): word for word in each.values}
    for word, spellings in each.value_spellings.items():
        if word:
            found |= {_plain(spelling): word for spelling in spellings}
    return found


def _plain(text: str) -> str:
    """Words of a text in lower case with single blanks between them."""
    return " ".join(_MARKS.sub(" ", folded(unicodedata.normalize("NFKC", text))).split())


def _alike(text: str, spellings: Iterable[str]) -> dict[str, float]:
    """Spellings that are alike as they stand or with their words in another order, with how much."""
    found: dict[str, float] = {}
    choices = list(spellings)
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
        for spelling, likeness, _ in process.extract(text, choices, scorer=scorer, score_cutoff=100 * SHOWN_SCORE, limit=None):
            found[spelling] = max(found.get(spelling, 0.0), likeness / 100)
    return found


def _weighed(text: str, spelling: str, likeness: float) -> float:
    """A likeness as a score: none where the digits differ, doubtful where a word has no counterpart, one denies, or they are short."""
    if _DIGITS.findall(text) != _DIGITS.findall(spelling):
        return 0.0
    is_long = min(len(text), len(spelling)) >= _MIN_LETTERS or text == spelling
    is_denied = bool(_NEGATION.search(text)) != bool(_NEGATION.search(spelling))
    return min(likeness, _BEST if is_long and not is_denied and _has_same_words(text, spelling) else _DOUBTFUL)


def _has_same_words(text: str, spelling: str) -> bool:
    joined, other = text.replace(" ", ""), spelling.replace(" ", "")
    if (" " in text) != (" " in spelling) and abs(len(joined) - len(other)) <= 1 and fuzz.ratio(joined, other) >= 100 * _JOINED_SCORE:
        return True
    ours, theirs = set(text.split()) - _FILLERS, set(spelling.split()) - _FILLERS
    return _all_have_partners(ours, theirs) and _all_have_partners(theirs, ours)


def _all_have_partners(words: set[str], others: set[str]) -> bool:
    return all(process.extractOne(word, others, scorer=fuzz.ratio, score_cutoff=100 * _WORD_SCORE) for word in words)
