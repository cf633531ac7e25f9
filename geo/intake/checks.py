"""Checks of rows as schools, within the file alone: ids, positions, contradictions, spellings of regions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import ID_NAMES
from geo.intake.problem_log import ProblemLog
from geo.intake.problem_text import mark as _
from geo.intake.problems import row_problem
from geo.model import RowProblem
from geo.schools import BoolArray, FloatArray, Int32Array, Int64Array

_TOTALS = re.compile(
    r"(?:grand |sub)?totals?|sum|итого|всего|барлығы|жиыны|жалпы|қорытынды", re.IGNORECASE
)  # takes: Total, ИТОГО, grand total; refuses: Totally
_COARSE = r"^-?[0-9]+(?:\.[0-9]{0,2})?$"  # takes: 51, 51.1, 51.16; refuses: 51.169
_FAIR = r"^-?[0-9]+(?:\.[0-9]{0,4})?$"  # takes: 51.1694; refuses: 51.16940, whose five decimals are what Giga asks for
STALE_YEARS = 3
"""Facts collected longer ago are old: lists of schools are counted every year, so three counts were missed."""
_DISTANCES = (_("111 km"), _("11 km"), _("1.1 km"))
_SPEEDS = ("download_speed_declared_mbps", "download_speed_measured_mbps", "upload_speed_mbps")
_LISTED_LINES = 20


def rows_without_id(ids: Mapping[str, pa.Array], cells: Mapping[str, pa.Array], is_bad_id: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Rows that name no school, and those among them that look like totals; an id that says "total" names none.

    Parameters
    ----------
    ids
        Ids by our name, null where blank or bad.
    cells
        Trimmed text of the columns that are read.
    is_bad_id
        Rows with a bad id: they have an error of their own.
    """
    has_id = np.zeros(len(is_bad_id), dtype=bool)
    is_total = np.zeros(len(is_bad_id), dtype=bool)
    for values in ids.values():
        says_total = _matches(values, _TOTALS)
        is_total |= says_total
        has_id |= np.asarray(pc.is_valid(values)) & ~says_total
    is_missing = ~has_id & ~is_bad_id
    rows = np.flatnonzero(is_missing)
    picked = pa.array(rows)
    for values in cells.values():
        texts = values.take(picked).to_pylist()
        is_total[rows] |= np.asarray(
            [bool(text) and bool(_TOTALS.fullmatch(text.strip(" :.") if text else "")) for text in texts], dtype=bool
        )
    return is_missing, is_missing & is_total


def _matches(values: pa.Array, pattern: re.Pattern[str]) -> BoolArray:
    return np.asarray(pc.fill_null(pc.match_substring_regex(values, f"^(?:{pattern.pattern})$", ignore_case=True), False))


def missing_id_problem(line: int, ids: Mapping[str, pa.Array], *, is_total: bool) -> RowProblem:
    """The error of a row that names no school."""
    name = next(name for name in reversed(ID_NAMES) if name in ids)
    return row_problem("required_value_missing", line, name, None, **({"variant": "totals"} if is_total else {}))


def half_positions(latitude: pa.Array, longitude: pa.Array, lines: Int32Array) -> tuple[BoolArray, list[RowProblem]]:
    """Rows with one of the two coordinates blank; the arguments are trimmed text."""
    has_latitude, has_longitude = np.asarray(pc.is_valid(latitude)), np.asarray(pc.is_valid(longitude))
    is_half = has_latitude != has_longitude
    problems = []
    for row in np.flatnonzero(is_half).tolist():
        names = ("longitude", "latitude") if has_latitude[row] else ("latitude", "longitude")
        problems.append(row_problem("coordinates_missing", int(lines[row]), names[0], "", other=names[1]))
    return is_half, problems


def check_positions(
    values: Mapping[str, FloatArray], text: Mapping[str, pa.Array], lines: Int32Array, is_open: BoolArray, log: ProblemLog
) -> None:
    """Warn of 0,0, of coarse positions and of several schools on one point, and count rows without position.

    `values` and `text` hold "latitude" and "longitude": degrees with NaN for blank, and the trimmed cells.
    """
    latitude, longitude = values["latitude"], values["longitude"]
    is_null_island = is_open & (latitude == 0) & (longitude == 0)
    log.add_rows("null_island", is_null_island, lambda row: row_problem("null_island", int(lines[row]), "latitude", "0, 0"))
    is_placed = is_open & ~np.isnan(latitude) & ~np.isnan(longitude) & ~is_null_island
    is_coarse = is_placed & _matches_both(text, _COARSE)
    log.add_rows("low_precision", is_coarse, lambda row: _coarse_problem(text, int(lines[row]), row))
    is_fair = is_placed & ~is_coarse & _matches_both(text, _FAIR)
    if is_fair.any():
        log.add(row_problem("fair_precision", count=str(is_fair.sum()), lines=_listed(lines[is_fair])))
    if missing := int((is_open & np.isnan(latitude) & np.isnan(longitude)).sum()):
        log.add(row_problem("coordinates_missing", None, None, None, variant="both", count=str(missing)))
    _check_shared_points(latitude, longitude, lines, np.flatnonzero(is_placed), log)


def _matches_both(text: Mapping[str, pa.Array], pattern: str) -> BoolArray:
    """Rows whose coordinates both look like a pattern as they are written, so that trailing zeros count."""
    hits = [pc.fill_null(pc.match_substring_regex(text[name], pattern), False) for name in ("latitude", "longitude")]
    return np.asarray(pc.and_(*hits))


def _listed(lines: Int32Array) -> str:
    return ", ".join(str(line) for line in lines[:_LISTED_LINES].tolist()) + (", …" if len(lines) > _LISTED_LINES else "")


def _coarse_problem(text: Mapping[str, pa.Array], line: int, row: int) -> RowProblem:
    cells = [text[name][row].as_py() for name in ("latitude", "longitude")]
    decimals = max(len(cell.partition(".")[2]) for cell in cells)
    return row_problem("low_precision", line, "latitude", cells[0], decimals=str(decimals), distance=_DISTANCES[decimals])


def _check_shared_points(latitude: FloatArray, longitude: FloatArray, lines: Int32Array, rows: Int64Array, log: ProblemLog) -> None:
    rows = rows[_may_be_shared(latitude[rows], longitude[rows])]
    if len(rows) < 2:
        return
    rows = rows[np.lexsort((rows, longitude[rows], latitude[rows]))]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (np.diff(latitude[rows]) != 0) | (np.diff(longitude[rows]) != 0)
    starts = np.flatnonzero(is_new)
    sizes = np.diff(np.append(starts, len(rows)))
    shared = sizes > 1
    first = {int(rows[start]): rows[start : start + size] for start, size in zip(starts[shared], sizes[shared], strict=True)}
    is_first = np.zeros(len(lines), dtype=bool)
    is_first[list(first)] = True
    log.add_rows("same_position", is_first, lambda row: _shared_problem(latitude, longitude, lines[first[row]], row))


def _may_be_shared(latitude: FloatArray, longitude: FloatArray) -> BoolArray:
    """Positions whose mark another has too: all that are shared, and hardly any besides. Sorting one number is faster than pairs."""
    marks = (latitude + 0.0).view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ (longitude + 0.0).view(np.uint64)  # -0.0 is 0.0
    ordered = np.sort(marks)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return np.isin(marks, repeated)


def _shared_problem(latitude: FloatArray, longitude: FloatArray, lines: Int32Array, row: int) -> RowProblem:
    others = _listed(lines[1:])
    value = f"{latitude[row]}, {longitude[row]}"
    return row_problem("same_position", int(lines[0]), "latitude", value, count=str(len(lines)), lines=others)


def check_connectivity(values: Mapping[str, pa.Array], lines: Int32Array, is_open: BoolArray, log: ProblemLog) -> None:
    """Warn of "no" with a speed above 0 and of "yes" with 0 Mbps; both are kept as reported. `values` holds parsed columns."""
    if "connectivity" not in values:
        return
    says_no = is_open & np.asarray(pc.fill_null(pc.equal(values["connectivity"], "no"), False))
    says_yes = is_open & np.asarray(pc.fill_null(pc.equal(values["connectivity"], "yes"), False))
    for name in (name for name in _SPEEDS if name in values):
        speed = values[name].to_numpy(zero_copy_only=False)
        log.add_rows("inconsistent_connectivity", says_no & (speed > 0), partial(_contradiction, name, speed, lines, ""))
        if name != "upload_speed_mbps":
            log.add_rows("inconsistent_connectivity", says_yes & (speed == 0), partial(_contradiction, name, speed, lines, "yes_with_zero"))


def _contradiction(name: str, speed: FloatArray, lines: Int32Array, variant: str, row: int) -> RowProblem:
    return row_problem("inconsistent_connectivity", int(lines[row]), name, f"{speed[row]:g}", **({"variant": variant} if variant else {}))


def check_dates(name: str, values: pa.Array, lines: Int32Array, is_open: BoolArray, *, today: date, log: ProblemLog) -> None:
    """Warn of facts collected more than `STALE_YEARS` years ago; `values` holds dates, null where blank."""
    oldest = today.replace(year=today.year - STALE_YEARS, day=min(today.day, 28))
    is_old = is_open & np.asarray(pc.fill_null(pc.less(values, pa.scalar(oldest, pa.date32())), False))
    log.add_rows("stale_date", is_old, lambda row: row_problem("stale_date", int(lines[row]), name, values[row].as_py().isoformat()))


def check_regions(name: str, values: pa.Array, is_open: BoolArray, log: ProblemLog) -> None:
    """Warn of a region spelled in several ways, and of rows without one."""
    words = pc.value_counts(values.filter(pa.array(is_open)).drop_null()).field("values").to_pylist()
    if missing := int((is_open & ~np.asarray(pc.is_valid(values))).sum()):
        log.add(row_problem("region_missing", None, name, None, count=str(missing)))
    spellings: dict[str, list[str]] = defaultdict(list)
    for word in words:
        spellings["".join(c for c in word.casefold() if c.isalnum())].append(word)
    for several in spellings.values():
        if len(several) > 1:
            log.add(row_problem("region_variants", None, name, several[0], variants=", ".join(f'"{word}"' for word in sorted(several))))


def note_blank_cells(values: Mapping[str, pa.Array], is_open: BoolArray, log: ProblemLog) -> None:
    """Count blank cells of each column of facts, positions aside: those schools keep what is known."""
    for name, column in values.items():
        if blank := int((is_open & ~np.asarray(pc.is_valid(column))).sum()):
            log.add(row_problem("blank_cells", None, name, None, count=str(blank)))
