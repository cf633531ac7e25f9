"""Which country a file speaks of: its country column, or ids that all begin with a country's code."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel import Locale
from babel.core import get_global

from geo.intake.problems import refusal
from geo.schools import Int32Array

_LANGUAGES = ("en", "ru", "kk")
_CODED_ID = re.compile(r"([A-Z]{2,3})[ _.:\-]?[0-9]")  # takes: KZ-001, UZB0001; refuses: 001, KZA-B
_MIN_CODED_IDS = 2
_ABBREVIATIONS = frozenset(("AL", "BS", "GM", "GS", "ID", "IN", "LY", "MS", "NO", "NR", "PS", "SC", "SH", "SM", "SN", "SS", "ST"))
"""Country codes that ids begin with for other reasons: primary school, secondary school, lyceum, number and the like."""


@cache
def _codes() -> dict[str, str]:
    """Country words in lower case → ISO 3166-1 code of two letters: codes of two and three letters, names in three languages (CLDR)."""
    aliases = {str(alias): targets for alias, targets in get_global("territory_aliases").items()}
    names = {language: {str(code): name for code, name in Locale(language).territories.items()} for language in _LANGUAGES}
    known = {code for code in names["en"] if len(code) == 2 and code.isalpha()}
    codes = {alias.lower(): targets[0] for alias, targets in aliases.items() if len(alias) == 3 and alias.isalpha() and targets[0] in known}
    codes |= {code.lower(): code for code in known}
    for language in _LANGUAGES:
        codes |= {name.lower(): code for code, name in names[language].items() if code in known}
    return codes


def country_code(text: str) -> str | None:
    """ISO 3166-1 code of two letters of a country's code or its English, Russian or Kazakh name; None where it is neither."""
    return _codes().get(text.strip().lower())


def check_country_column(cells: pa.Array, lines: Int32Array, *, expected: str) -> None:
    """Refuse a file of another country; words that name no country are passed over.

    Raises
    ------
    FileRefused
        `wrong_country`, with the line of the first such row.
    """
    encoded = cells.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    wrong = np.asarray([(country_code(word) or expected) != expected for word in words] + [False])
    codes = np.asarray(encoded.indices.fill_null(len(words)))
    found = np.flatnonzero(wrong[codes])
    if len(found):
        first = int(found[0])
        raise refusal("wrong_country", line=int(lines[first]), column="country", found=words[codes[first]], expected=expected)


def check_country_ids(ids: pa.Array, lines: Int32Array, *, column: str, expected: str) -> None:
    """Refuse a file all of whose ids begin with the code of one other country.

    Raises
    ------
    FileRefused
        `wrong_country`, with the line of the first row.
    """
    known = np.flatnonzero(np.asarray(pc.is_valid(ids)))
    if len(known) < _MIN_CODED_IDS:
        return
    start = _CODED_ID.match(ids[int(known[0])].as_py())
    code = country_code(start.group(1)) if start else None
    if start is None or code is None or code == expected or start.group(1) in _ABBREVIATIONS:
        return
    if pc.all(pc.match_substring_regex(ids, f"^{start.group(1)}[ _.:\\-]?[0-9]"), min_count=0).as_py():
        raise refusal("wrong_country", variant="ids", line=int(lines[known[0]]), column=column, found=code, expected=expected)
