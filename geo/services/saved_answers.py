"""Holds a saved answer of coverage, as JSON or CSV, against figures that were counted again: every figure that it has."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from geo.model import Grouping
from geo.services.verifying import NotVerifiable, Verification, Verified

MAX_TOLD = 10
"""Differences that are told one by one."""

_Figures = Mapping[str, Any]
_Key = tuple[str, ...]


def differences(found: Verification, content: bytes) -> tuple[str, ...]:
    """What in a saved answer differs from the figures counted again, at most `MAX_TOLD`; none where all is right.

    Parameters
    ----------
    content
        The answer as it was saved: JSON with `rows` and `total` or `totals`, or CSV of its rows.

    Raises
    ------
    NotVerifiable
        It is neither.
    """
    rows, totals = _read(content)
    own_rows = {_key(found, part, row.keys): row.figures for part in found.parts for row in part.figures.rows}
    own_totals = {_key(found, part, {}): part.figures.total.figures for part in found.parts}
    has_groups = any(grouping is not Grouping.RELEASE for grouping in found.cited.by)
    told = [*_compared(found, rows, own_rows if has_groups else own_totals), *_compared(found, totals, own_totals, is_total=True)]
    expected = len(own_rows if has_groups else own_totals)
    if rows and len(rows) != expected:
        told.append(f"the answer has {len(rows)} rows, and there are {expected}")
    return tuple(told[:MAX_TOLD])


def _read(content: bytes) -> tuple[list[_Figures], list[_Figures]]:
    """Rows and totals."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotVerifiable("the answer is neither JSON nor CSV in UTF-8") from error
    if not text.lstrip().startswith("{"):
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        if not rows or "norm" not in rows[0]:
            raise NotVerifiable("the answer is no CSV of coverage: it has no rows with a column norm")
        return [dict(row) for row in rows], []
    try:
        document = json.loads(text)
        rows, total = document["rows"], document["total"]
        totals = document["totals"] if total is None else [total]
    except (ValueError, KeyError, TypeError) as error:
        raise NotVerifiable("the answer is no JSON of coverage: it has no rows and total") from error
    if not all(isinstance(row, dict) for row in (*rows, *totals)):
        raise NotVerifiable("the answer is no JSON of coverage: its rows are no records")
    return rows, totals


def _key(found: Verification, part: Verified, keys: Mapping[Grouping, str | None]) -> _Key:
    release = (str(part.release.id),) if Grouping.RELEASE in found.cited.by else ()
    return (*release, part.figures.norm, *(label or "" for label in keys.values()))


def _saved_key(found: Verification, row: _Figures, *, is_total: bool) -> _Key:
    groups = () if is_total else tuple(grouping for grouping in found.cited.by if grouping is not Grouping.RELEASE)
    release = (str(row.get("release") or ""),) if Grouping.RELEASE in found.cited.by else ()
    return (*release, str(row.get("norm") or ""), *(str(row.get(grouping) or "") for grouping in groups))


def _compared(found: Verification, rows: Sequence[_Figures], own: Mapping[_Key, _Figures], *, is_total: bool = False) -> Iterator[str]:
    seen: set[_Key] = set()
    for row in rows:
        key = _saved_key(found, row, is_total=is_total)
        words = ", ".join(word or "none" for word in key)
        if key not in own or key in seen:
            yield f"there is no row {words}" if key not in own else f"row {words} is there twice"
            continue
        seen.add(key)
        for name, figure in own[key].items():
            if name in row and not _is_equal(row[name], figure):
                yield f"{name} of {words} is {'null' if figure is None else figure}, and the answer says {row[name]!r}"


def _is_equal(saved: Any, figure: int | float | None) -> bool:
    """Whether a saved figure is one that was counted; a share as other programs write it may end in another digit."""
    if saved is None or saved == "":
        return figure is None
    try:
        return figure is not None and math.isclose(float(saved), figure, rel_tol=1e-9, abs_tol=1e-9)
    except (TypeError, ValueError):
        return False
