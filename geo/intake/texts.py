"""Cells of ids and of free text: which characters they may hold, and what is odd but kept.

Texts are kept as sent but for blanks at their ends, line breaks (read as a blank) and, in files of spreadsheets, the apostrophe with which
our exports guard cells that a spreadsheet would run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ID_PATTERN, Column
from geo.intake.problems import row_problem, severity
from geo.model import RowProblem, Severity
from geo.schools import Int32Array

_ID_CHARACTER = re.compile(r"[A-Za-z0-9 ._:\-]")
_MANGLED_ID = r"^[0-9](?:\.[0-9]+)?[Ee]\+[0-9]{1,3}$|^[0-9]+\.0$"
# takes: 1.23457E+11, 12345.0; refuses: 1E5, 12.5

_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_BIDI = "\u202a-\u202e\u2066-\u2069"
_TAGS = "\U000e0000-\U000e007f"
_COMBINING = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILED = 9
"""So many combining marks in a row are no writing system's."""
_ODD_TEXT = (
    rf"[{_CONTROL}\t\r\n{_BIDI}{_TAGS}\x{{FFFD}}\x{{00AD}}\x{{200B}}-\x{{200F}}\x{{2060}}-\x{{2064}}\x{{3164}}\x{{FEFF}}]"
    rf"|^[=+\-@']|[{_COMBINING}]{{{_PILED}}}|[ÃÂÐÑ][\x{{0080}}-\x{{00BF}}\x{{0152}}-\x{{0192}}\x{{02C6}}-\x{{02DC}}\x{{2013}}-\x{{2122}}]"
    r"|[РС][\x{00A0}-\x{00BF}\x{0401}-\x{040F}\x{0451}-\x{045F}\x{0490}\x{0491}\x{2013}-\x{2122}]"
    r"|[A-Za-z][А-Яа-яЁёІіҢңҒғҮүҰұҚқӨөҺһӘә]|[А-Яа-яЁёІіҢңҒғҮүҰұҚқӨөҺһӘә][A-Za-z]"
)
_CONTROL_PATTERN = re.compile(f"[{_CONTROL}]")
_BIDI_PATTERN = re.compile(f"[{_BIDI}]")
_TAG_PATTERN = re.compile(f"[{_TAGS}]")
_INVISIBLE = re.compile("[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0\\s]+")
_MIXED_WORD = re.compile(r"\b\w*(?:[A-Za-z][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-z])\w*\b")
_GARBLED = re.compile(
    "[ÃÂÐÑ][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]|[РС][\u00a0-\u00bf\u0401-\u040f\u0451-\u045f\u0490\u0491\u2013-\u2122]"
)
_GUARDED = re.compile(r"'+[=+\-@\t\r]")
"""What geo.render.spreadsheet_cells writes in place of a text that starts like a formula after any number of apostrophes: one more."""
_MARKS = re.compile(f"[{_COMBINING}]{{{_PILED},}}")


@dataclass(frozen=True)
class ReadText:
    """Cells of text as kept: null where blank or bad; positions of the bad ones; what is to be said, in the order of the cells."""

    values: pa.Array
    bad: list[int]
    problems: list[RowProblem]


def read_ids(column: Column, text: pa.Array, lines: Int32Array) -> ReadText:
    """Ids from trimmed cells, null where blank: exact text, leading zeros kept, from allowed characters alone."""
    is_good = pc.and_(pc.match_substring_regex(text, ID_PATTERN), pc.less_equal(pc.binary_length(text), column.max_length or 0))
    bad = np.flatnonzero(np.asarray(pc.fill_null(pc.invert(is_good), False)))
    mangled = pc.indices_nonzero(pc.fill_null(pc.match_substring_regex(text, _MANGLED_ID), False)).to_pylist()
    at = set(mangled)
    problems = [row_problem("excel_mangled_id", int(lines[i]), column.name, text[i].as_py()) for i in mangled]
    faulty = [position for position in bad.tolist() if position not in at]
    problems += [_id_problem(column, text[i].as_py(), int(lines[i])) for i in faulty]
    keep = np.ones(len(text), dtype=bool)
    keep[faulty] = False
    return ReadText(pc.if_else(pa.array(keep), text, None), faulty, sorted(problems, key=lambda problem: problem.line or 0))


def _id_problem(column: Column, cell: str, line: int) -> RowProblem:
    limit = column.max_length or 0
    if len(cell) > limit:
        return row_problem("value_too_long", line, column.name, cell, length=str(len(cell)), limit=str(limit))
    if _CONTROL_PATTERN.search(cell):
        return _control_problem(column, cell, line)
    offender = next((c for c in cell if not _ID_CHARACTER.match(c)), cell[0] if not cell[0].isalnum() else cell[-1])
    return row_problem("invalid_id", line, column.name, cell, character=named_character(offender))


def named_character(character: str) -> str:
    """A character with its code point: `"С" (U+0421)`; alone the code point where it cannot be seen."""
    code_point = f"U+{ord(character):04X}"
    return f'"{character}" ({code_point})' if character.isprintable() and character != " " else code_point


def read_texts(column: Column, text: pa.Array, lines: Int32Array, *, is_guarded: bool = True) -> ReadText:
    """Free text from trimmed cells, null where blank.

    Parameters
    ----------
    is_guarded
        Whether the file is of a kind that exports guard, so that the guard is taken off.
    """
    limit = column.max_length or 0
    is_odd = pc.or_(pc.match_substring_regex(text, _ODD_TEXT), pc.greater(pc.utf8_length(text), limit))
    positions = pc.indices_nonzero(pc.fill_null(is_odd, False)).to_pylist()
    kept: dict[int, str | None] = {}
    bad: list[int] = []
    problems: list[RowProblem] = []
    for position in positions:
        found = list(_text_problems(column, text[position].as_py(), int(lines[position])))
        problems += found
        if any(severity(problem) is Severity.ERROR for problem in found):
            bad.append(position)
            kept[position] = None
        else:
            kept[position] = _kept_text(text[position].as_py(), is_guarded=is_guarded)
    return ReadText(_replaced(text, kept), bad, problems)


def _replaced(text: pa.Array, kept: dict[int, str | None]) -> pa.Array:
    if not kept:
        return text
    mask = np.zeros(len(text), dtype=bool)
    mask[list(kept)] = True
    return pc.replace_with_mask(text, pa.array(mask), pa.array(list(kept.values()), pa.string()))


def _kept_text(cell: str, *, is_guarded: bool) -> str | None:
    unguarded = cell[1:] if is_guarded and _GUARDED.match(cell) else cell
    return re.sub(r"[\t\r\n]+", " ", unguarded).strip(" ") or None


def _control_problem(column: Column, cell: str, line: int) -> RowProblem:
    found = _CONTROL_PATTERN.search(cell)
    return row_problem("control_character", line, column.name, cell, code_point=f"U+{ord(found.group() if found else cell[0]):04X}")


def _text_problems(column: Column, cell: str, line: int) -> Iterator[RowProblem]:
    limit = column.max_length or 0
    if len(cell) > limit:
        yield row_problem("value_too_long", line, column.name, cell, length=str(len(cell)), limit=str(limit))
        return
    if _CONTROL_PATTERN.search(cell):
        yield _control_problem(column, cell, line)
        return
    if found := _BIDI_PATTERN.search(cell):
        yield row_problem("bidi_control", line, column.name, cell, code_point=f"U+{ord(found.group()):04X}")
        return
    if (tag := _TAG_PATTERN.search(cell)) or _INVISIBLE.fullmatch(cell):
        yield row_problem("invisible_character", line, column.name, cell, code_point=f"U+{ord(tag.group() if tag else cell[0]):04X}")
        return
    yield from _oddities(column, cell, line)


def _oddities(column: Column, cell: str, line: int) -> Iterator[RowProblem]:
    """Warnings about a text that is kept."""
    if re.search(r"[\r\n]", cell):
        yield row_problem("control_character", line, column.name, cell, variant="line_break")
    if cell[0] in "=+-@":
        yield row_problem("formula_like_value", line, column.name, cell)
    if "\ufffd" in cell:
        yield row_problem("mojibake", line, column.name, cell, variant="lost")
    elif likely := ungarbled(cell):
        yield row_problem("mojibake", line, column.name, cell, likely=likely)
    elif mixed := _MIXED_WORD.search(cell):
        yield row_problem("look_alike_letters", line, column.name, cell, word=mixed.group())
    if piled := _MARKS.search(cell):
        yield row_problem("combining_marks", line, column.name, cell, count=str(len(piled.group())))


def ungarbled(text: str) -> str | None:
    """What a text was before UTF-8 was read as windows-1252 or windows-1251; None where it does not look garbled."""
    if not _GARBLED.search(text):
        return None
    for encoding in ("cp1252", "cp1251", "latin-1"):
        try:
            likely = text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
        if likely != text:
            return likely
    return None
