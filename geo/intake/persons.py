"""Data about persons: headings and cells that no file may have. A file with any is refused and wiped at once.

Only what is surely about a person counts: a column of persons, an e-mail address, a telephone number, or an individual
identification number (IIN) of Kazakhstan with a right checksum and birth date. Organisations' numbers (BIN) look alike, so ids are
never tried for IINs or telephones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import folded
from geo.intake.problem_text import mark as _
from geo.schools import BoolArray

E_MAIL, TELEPHONE, IIN = _("an e-mail address"), _("a telephone number"), _("an individual identification number (IIN)")

_PERSON = (
    r"student|pupil|learner|child|guardian|parent|mother|father|teacher|director|principal|head ?master|head ?teacher|contact|"
    r"focal point|respondent|staff|employee|person"
)
_DETAIL = r"name|surname|phone|mobile|tel|e ?mail|address|birth|passport|dob|iin"
_PERSONAL_HEADING = re.compile(
    # takes: student_name, guardian phone, IIN, date of birth, ФИО директора, ИИН, оқушының аты; refuses: school_name, num_students
    rf"(?:^|\b)(?:{_PERSON})(?:'?s)? ?(?:full |first |last |family )?(?:{_DETAIL})(?:\b|$)"
    r"|\b(?:first|last|middle|family|maiden) ?name\b|\bsurname\b|\bpatronymic\b|\bdate of birth\b|\bbirth ?(?:date|day)\b|\bdob\b"
    r"|\bpassport\b|^iin$|^ssn$|\bsocial security\b|^(?:director|principal|headmaster|head ?teacher|contact person|guardian)$"
    r"|\bфио\b|\bф\. ?и\. ?о\b|\bфамилия\b|\bотчество\b|\bиин\b|\bпаспорт\b|\bдата рождения\b|^(?:директор|руководитель|контактное лицо)$"
    r"|\b(?:имя|телефон|почта|адрес|email) (?:ученика|учащегося|родителя|директора|учителя|опекуна)\b"
    r"|\bаты ?жөні\b|\bжсн\b|\bтегі\b|\bәкесінің аты\b|\bтуған күні\b|\b(?:оқушының|директордың|мұғалімнің|ата ананың) (?:аты|телефоны)\b"
)

_E_MAIL_TEXT = r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,}"
# takes: a.b+c@edu.kz; refuses: @edu, a@b
_TELEPHONE_TEXT = (
    r"(?:^|[^0-9A-Za-z.])(?:\+[1-9][0-9]{0,2}[ \-]?\(?[0-9]{2,4}\)?(?:[ \-]?[0-9]{2,4}){2,4}"
    r"|8[ \-]?\(?7[0-9]{2}\)?[ \-]?[0-9]{3}[ \-]?[0-9]{2}[ \-]?[0-9]{2})(?:$|[^0-9.])"
)
# takes: +7 701 123 45 67, +77011234567, 8 (7172) … no, 8 (701) 123-45-67, 87011234567; refuses: 87.0112345, KZ87011234567, 2024-04-03
_IIN_TEXT = r"(?:^|[^0-9.])([0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[1-6][0-9]{5})(?:$|[^0-9.])"
# takes: 12 digits that begin with a birth date and a century digit; refuses: 12 digits of a BIN, whose fifth digit is 4, 5 or 6

_PERSONAL_CELL = f"{_E_MAIL_TEXT}|{_TELEPHONE_TEXT}|{_IIN_TEXT}"
_E_MAIL_PATTERN, _TELEPHONE_PATTERN = re.compile(_E_MAIL_TEXT), re.compile(_TELEPHONE_TEXT)
_LOCAL_PART, _DOMAIN = 64, 255
"""Longest parts of an e-mail address, in characters: RFC 5321."""
_IIN_PATTERN = re.compile(_IIN_TEXT)
_WEIGHTS = (tuple(range(1, 12)), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))


def is_personal_heading(heading: str) -> bool:
    """Whether a heading names a column about persons."""
    text = folded(heading)
    return bool(_PERSONAL_HEADING.search(text) or _PERSONAL_HEADING.search(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading).casefold()))


def personal_kind(text: str, *, is_id: bool = False) -> str | None:
    """Kind of personal data in a cell's text, in English words; None where there is none. Ids are tried for e-mail addresses alone."""
    if any(_E_MAIL_PATTERN.search(text[max(0, at - _LOCAL_PART) : at + _DOMAIN]) for at in _positions(text, "@")):
        return E_MAIL
    if not is_id and _TELEPHONE_PATTERN.search(text):
        return TELEPHONE
    if not is_id and any(is_iin(digits) for digits in _IIN_PATTERN.findall(text)):
        return IIN
    return None


def _positions(text: str, character: str) -> Iterator[int]:
    """Where a character stands; looking around each keeps the search linear in long texts."""
    at = text.find(character)
    while at >= 0:
        yield at
        at = text.find(character, at + 1)


def first_personal_cell(cells: pa.Array, *, is_id: bool = False) -> tuple[int, str] | None:
    """Position and kind of the first cell that holds personal data; None where there is none."""
    pattern = _E_MAIL_TEXT if is_id else _PERSONAL_CELL
    hits = pc.indices_nonzero(pc.match_substring_regex(cells, pattern)).to_pylist()
    for position in hits:
        if kind := personal_kind(cells[position].as_py(), is_id=is_id):
            return position, kind
    return None


def has_letter(cells: pa.Array) -> BoolArray:
    """Whether a cell holds a letter of any alphabet, as no telephone that stands for an id does; shape (n,)."""
    return np.asarray(pc.fill_null(pc.match_substring_regex(cells, r"\p{L}"), False))


def is_iin(digits: str) -> bool:
    """Whether 12 digits are an individual identification number: a birth date that exists, a century digit and a right checksum.

    Rule: Kazakhstan, order on the formation of identification numbers: the control digit is the weighted sum of the first eleven
    modulo 11, with a second row of weights where that is 10.
    """
    century = {"1": 1800, "2": 1800, "3": 1900, "4": 1900, "5": 2000, "6": 2000}.get(digits[6])
    if century is None:
        return False
    try:
        date(century + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return False
    for weights in _WEIGHTS:
        control = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11
        if control < 10:
            return control == int(digits[11])
    return False
