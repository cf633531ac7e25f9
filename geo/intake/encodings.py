"""Which old 8-bit encoding a Cyrillic text is in: guessed from Kazakh and Russian letters in plausible places, never taken for certain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from geo.errors import InvalidParameter

CANDIDATES: Mapping[str, str] = {"KZ-1048": "kz1048", "PTCP154": "ptcp154", "windows-1251": "cp1251", "cp866": "cp866"}
"""Name of each encoding that is guessed → Python's codec."""

STATED: Mapping[str, str] = {
    "UTF-8": "utf-8",
    "UTF-16": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "UTF-32": "utf-32",
    **CANDIDATES,
    "KOI8-R": "koi8-r",
    "windows-1252": "cp1252",
}
"""Name of each encoding that can be stated → Python's codec."""

_ALIASES = {
    "cp1251": "windows-1251",
    "strk1048": "KZ-1048",
    "rk1048": "KZ-1048",
    "cp154": "PTCP154",
    "ibm866": "cp866",
    "cp1252": "windows-1252",
}

_BY_FREQUENCY = "аеоинтрлскдмыупбгйқзяіьшжғчәңөүхұюэцщфһъё"
"""Kazakh and Russian letters, the frequent ones of both first."""
_SIGNS = "№«»“”„‘’–—…•°§©®\u00a0\u00ad"
_LEAST_SHARE = 0.8
"""A guess explains at least so much of what is not ASCII: two thirds of random bytes are letters or signs of windows-1251."""
_UTF8_SHARE = 0.5
_SAMPLE_BYTES = 4 << 20
_ODD, _OTHER, _ASCII, _SIGN, _LOWER, _UPPER = range(6)
_LOG_SIGN, _LOG_ODD, _LOG_CAPITAL = -6.0, -12.0, -1.0
_ALLOWED_CONTROLS = b"\t\n\x0b\x0c\r"


@dataclass(frozen=True)
class EncodingGuess:
    """The likeliest encoding of a text, the share of its bytes above ASCII that it explains, and the others, likeliest first."""

    name: str
    score: float
    alternatives: tuple[str, ...]


def stated_encoding(name: str) -> tuple[str, str]:
    """Name and Python codec of an encoding that a person states; case, blanks, hyphens and underscores do not count.

    Raises
    ------
    InvalidParameter
        The name is not one of `STATED`.
    """
    known = {_plain(alias): STATED[target] for alias, target in _ALIASES.items()} | {_plain(each): codec for each, codec in STATED.items()}
    codec = known.get(_plain(name))
    if codec is None:
        raise InvalidParameter(f"'encoding' must be one of {', '.join(STATED)}; got {name[:40]!r}", parameter="encoding")
    return next(each for each, found in STATED.items() if found == codec), codec


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in " -_")


def guess_encoding(data: bytes) -> EncodingGuess | None:
    """The likeliest of the `CANDIDATES`, or None: control characters, UTF-8 with a few faults, or too little that is Cyrillic.

    Parameters
    ----------
    data
        Text with bytes above ASCII that is not UTF-8.

    Notes
    -----
    Letters count by how frequent they are in Kazakh and Russian; a capital after a small letter and a Cyrillic letter beside a Latin
    one count as none. Encodings in which the text is the same letter for letter stand in the order windows-1251, KZ-1048, PTCP154.
    """
    seen = np.bincount(np.frombuffer(data, dtype=np.uint8), minlength=256)
    controls = [byte for byte in (*range(32), 127) if byte not in _ALLOWED_CONTROLS]
    if seen[controls].any() or not seen[128:].any() or _is_damaged_utf8(data):
        return None
    possible = [name for name, codec in CANDIDATES.items() if not seen[_undefined(codec)].any()]
    pairs = _pairs(data)
    scores = {name: _score(pairs, CANDIDATES[name]) for name in possible}
    ranked = sorted(possible, key=lambda name: (-round(scores[name][0], 9), name != "windows-1251", possible.index(name)))
    if not ranked or scores[ranked[0]][1] < _LEAST_SHARE:
        return None
    return EncodingGuess(ranked[0], round(scores[ranked[0]][1], 2), tuple(ranked[1:]))


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most bytes above ASCII are pairs of UTF-8; in 8-bit Cyrillic these would be capitals before signs or rare letters."""
    buffer = np.frombuffer(data, dtype=np.uint8)
    is_high = buffer >= 0x80
    is_pair = (buffer[:-1] >= 0xC2) & (buffer[:-1] <= 0xDF) & (buffer[1:] >= 0x80) & (buffer[1:] <= 0xBF)
    return bool(2 * is_pair.sum() >= _UTF8_SHARE * is_high.sum())


def _pairs(data: bytes) -> npt.NDArray[np.int64]:
    """How often each byte follows each other one, from the first byte above ASCII on; shape (256, 256)."""
    first = int(np.argmax(np.frombuffer(data, dtype=np.uint8) >= 0x80))
    buffer = np.frombuffer(b"\n" + data[max(0, first - 1) : first + _SAMPLE_BYTES] + b"\n", dtype=np.uint8).astype(np.uint16)
    return np.bincount(buffer[:-1] * 256 + buffer[1:], minlength=65_536).reshape(256, 256)


@cache
def _undefined(codec: str) -> list[int]:
    return [byte for byte in range(256) if bytes([byte]).decode(codec, "replace") == "\ufffd"]


@cache
def _alphabet(codec: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """What each byte is under an encoding, and how likely as its logarithm; both of shape (256,)."""
    kinds, logs = np.full(256, _ODD), np.full(256, _LOG_ODD)
    kinds[:128] = [_ASCII if chr(byte).isalpha() else _OTHER for byte in range(128)]
    for byte in range(128, 256):
        character = bytes([byte]).decode(codec, "replace")
        if character in _SIGNS:
            kinds[byte], logs[byte] = _SIGN, _LOG_SIGN
        elif character.lower() in _BY_FREQUENCY:
            is_capital = character != character.lower()
            kinds[byte] = _UPPER if is_capital else _LOWER
            logs[byte] = -np.log(_BY_FREQUENCY.index(character.lower()) + 5.0) + is_capital * _LOG_CAPITAL
    return kinds, logs


@cache
def _written_signs(codec: str) -> list[int]:
    """Bytes of signs that a blank or a dot could not be mistaken for."""
    return [byte for byte in range(128, 256) if bytes([byte]).decode(codec, "replace") in "№«»“”"]


def _score(pairs: npt.NDArray[np.int64], codec: str) -> tuple[float, float]:
    """Mean logarithm of likelihood of a byte above ASCII, and the share of them that is plausible."""
    kinds, logs = _alphabet(codec)
    counts = pairs[:, 128:].sum(axis=0)
    total = float(counts.sum())
    before, after = kinds[:, None], kinds[None, :]
    is_letter = (_LOWER, _UPPER)
    misplaced = (before == _LOWER) & (after == _UPPER)
    misplaced |= (before == _ASCII) & np.isin(after, is_letter) | np.isin(before, is_letter) & (after == _ASCII)
    faults = float(pairs[misplaced].sum())
    odd = float(counts[kinds[128:] == _ODD].sum())
    likelihood = (float((counts * logs[128:]).sum()) + faults * _LOG_ODD) / total
    has_writing = counts[np.isin(kinds[128:], is_letter)].any() or counts[[byte - 128 for byte in _written_signs(codec)]].any()
    return likelihood, max(0.0, 1.0 - (faults + odd) / total) if has_writing else 0.0


def samples(texts: Sequence[str], guess: EncodingGuess, *, count: int = 3) -> dict[str, tuple[str, ...]]:
    """A few texts, read by the guess, as each alternative would read them; those that differ most come first.

    Parameters
    ----------
    texts
        Texts of the file as the guess reads them.
    """
    names = (guess.name, *guess.alternatives)
    rows: dict[str, tuple[str, ...]] = {}
    for text in texts:
        if not text.isascii() and text not in rows:
            raw = text.encode(CANDIDATES[guess.name], "replace")
            rows[text] = tuple(raw.decode(CANDIDATES[name], "replace") for name in names)
    picked = sorted(rows.values(), key=lambda row: -len(set(row)))[:count]
    return {name: tuple(row[at] for row in picked) for at, name in enumerate(names)}
