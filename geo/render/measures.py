"""What areas on the map show: the classes of each measure with their fixed breaks, which class a figure falls in, the size of circles.

Rates have colours, counts have circles, never the other way. All rates share one ramp, `share-1` to `share-5`: the palest, where help is
needed first, to the deepest. Why the breaks are where they are: docs/decisions/0017-measures-of-areas.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.model import Measure
from geo.render.palette import NO_SHARE, SHARE_CLASSES

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

WIDE_POINTS = 20.0
"""Bounds further apart than this, in percentage points, are drawn dotted: the figure then says little."""
MAX_RADIUS = 26.0
"""Radius of the largest circle of a map, pixels; the others have areas in proportion to their counts."""
HEXAGON_RADIUS = 14.0
"""The same for hexagons, of which there are many."""
PLAIN = "share-plain"
"""Fill of an area whose figure is a circle."""


@dataclass(frozen=True, slots=True)
class MeasureClass:
    """One class of a measure: the lower end belongs to it, the upper one does not, except where it is the last a figure can reach.

    Parameters
    ----------
    name
        Fill of rates, `share-1` is where help is needed first; `count-0` and so on for counts.
    lower, upper
        Percent, percentage points or a count; None where the class is open at that end.
    """

    name: str
    lower: float | None
    upper: float | None


def _classes(names: Iterable[str], breaks: tuple[float | None, ...]) -> tuple[MeasureClass, ...]:
    return tuple(MeasureClass(name, *ends) for name, ends in zip(names, pairwise(breaks), strict=True))


_WORST_FIRST = tuple(one.name for one in SHARE_CLASSES)
_BEST_FIRST = _WORST_FIRST[::-1]
_COUNTS = tuple(f"count-{number}" for number in range(5))
_OF_SHARES = _classes(_WORST_FIRST, (0, *(one.upper_percent for one in SHARE_CLASSES)))

RATES: Mapping[Measure, tuple[MeasureClass, ...]] = {
    Measure.MEETS_NORM: _OF_SHARES,
    Measure.CONNECTED: _OF_SHARES,
    Measure.RURAL_GAP: _classes(_BEST_FIRST, (None, -5, 5, 20, 40, None)),
    Measure.UNKNOWN: _classes(_BEST_FIRST, (0, 1, 10, 20, 50, 100)),
}
"""Classes of each rate, ascending."""

COUNTS: Mapping[str, tuple[MeasureClass, ...]] = {
    "schools": _classes(_COUNTS, (0, 1, 10, 100, 1_000, None)),
    "students": _classes(_COUNTS, (0, 1, 100, 1_000, 10_000, None)),
}
"""Classes of the one count, ascending, by what is counted; they switch circles on and off and give them no look."""


def classes_of(measure: Measure, count: str) -> tuple[MeasureClass, ...]:
    """Classes of a measure, ascending; `count` is "schools" or "students"."""
    return COUNTS[count] if measure is Measure.UNCONNECTED_RURAL else RATES[measure]


def class_positions(measure: Measure, count: str, values: FloatArray) -> npt.NDArray[np.int8]:
    """Position in `classes_of` of each figure, shape (n,); -1 where it is NaN.

    Figures are not compared as pages round them: 69.99% is below 70%. A billionth of a point is, since 60% less 40% are 20 points.

    Parameters
    ----------
    values
        Percent, percentage points or counts, shape (n,).
    """
    inner = [one.lower for one in classes_of(measure, count)][1:]
    return np.where(np.isnan(values), -1, np.digitize(np.round(values, 9), np.asarray(inner, dtype=np.float64))).astype(np.int8)


@dataclass(frozen=True, slots=True)
class Figure:
    """The figure that an area shows: percent, percentage points or a count with its bounds; NaN where it is null.

    A count and the share of unknown are exact: their bounds are the figure itself. Shapes are equal, () or (n,).
    """

    value: Any
    lower: Any
    upper: Any


def figure_of(measure: Measure, count: str, row: Mapping[str, Any]) -> Figure:
    """A measure of one group.

    Parameters
    ----------
    count
        "schools" or "students".
    row
        Fields of a coverage row by name, numbers or arrays of equal shape; None and NaN stand for null.
    """
    if measure is Measure.UNCONNECTED_RURAL:
        value = np.asarray(row[f"{count}_unconnected_rural"], dtype=np.float64)
        return Figure(value, value, value)
    if measure is Measure.UNKNOWN:
        whole = np.asarray(row[count], dtype=np.float64)
        value = 100 * np.asarray(row[f"{count}_unknown"], dtype=np.float64) / np.where(whole > 0, whole, np.nan)
        return Figure(value, value, value)
    field, scale = _FIELDS[measure]
    ends = (np.asarray(row[f"{count}_{field}{end}"], dtype=np.float64) * scale for end in ("", "_lower", "_upper"))
    return Figure(*ends)


_FIELDS: Mapping[Measure, tuple[str, float]] = {
    Measure.MEETS_NORM: ("meets_norm_share", 100.0),
    Measure.CONNECTED: ("connected_share", 100.0),
    Measure.RURAL_GAP: ("meets_norm_gap_points", 1.0),
}


@dataclass(frozen=True, slots=True)
class Look:
    """How one area looks: its class, whether it is dotted, and for a count how many."""

    name: str
    is_wide: bool = False
    count: int | None = None

    @property
    def fill(self) -> str:
        """Class of the area's fill."""
        return PLAIN if self.count is not None else self.name


def look_of(measure: Measure, count: str, row: Mapping[str, Any] | None) -> Look:
    """Look of an area; hatched where the figure is null or no school of the filter lies in it (`row` None)."""
    if row is None:
        return Look(NO_SHARE)
    figure = figure_of(measure, count, row)
    position = int(class_positions(measure, count, figure.value))
    if position < 0:
        return Look(NO_SHARE)
    name = classes_of(measure, count)[position].name
    if measure is Measure.UNCONNECTED_RURAL:
        return Look(name, count=int(figure.value))
    return Look(name, is_wide=bool(is_wide_apart(figure)))


@dataclass(frozen=True)
class ManyLooks:
    """Looks of n areas as arrays: position of the class in `classes_of`, -1 for none, the figure, and whether it is dotted."""

    positions: npt.NDArray[np.int8]
    values: FloatArray
    is_wide: BoolArray

    def each(self, measure: Measure, count: str) -> tuple[Look, ...]:
        """The look of each area."""
        names = (*(one.name for one in classes_of(measure, count)), NO_SHARE)
        counts = self.values.tolist() if measure is Measure.UNCONNECTED_RURAL else [None] * len(self.values)
        found = zip(self.positions.tolist(), self.is_wide.tolist(), counts, strict=True)
        return tuple(Look(names[at], is_wide, None if number is None else int(number)) for at, is_wide, number in found)

    def letters(self) -> str:
        """One character an area: "-" without a figure, the position of its class, or "a" for 0 and so on where it is dotted."""
        codes = np.where(self.positions < 0, ord("-"), self.positions + np.where(self.is_wide, ord("a"), ord("0")))
        return codes.astype(np.uint8).tobytes().decode("ascii")

    def areas(self, measure: Measure, count: str) -> dict[str, int]:
        """How many areas each class has, by its name."""
        found = np.bincount(self.positions + 1, minlength=1 + len(classes_of(measure, count))).tolist()
        return dict(zip((NO_SHARE, *(one.name for one in classes_of(measure, count))), found, strict=True))


def looks_of(measure: Measure, count: str, columns: Mapping[str, Any]) -> ManyLooks:
    """Looks of many areas; `columns` are fields of coverage rows, shape (n,) each."""
    figure = figure_of(measure, count, columns)
    is_count = measure is Measure.UNCONNECTED_RURAL
    wide = np.zeros(len(figure.value), dtype=bool) if is_count else is_wide_apart(figure)
    return ManyLooks(class_positions(measure, count, figure.value), figure.value, wide)


def is_wide_apart(figure: Figure) -> BoolArray:
    """Whether bounds lie more than `WIDE_POINTS` apart, shape as the figure; never where the figure is null.

    The difference is rounded to a billionth of a point, so that 0.9 and 0.7 are 20 points apart as they are on paper.
    """
    apart = np.round(np.asarray(figure.upper - figure.lower, dtype=np.float64), 9)
    return np.asarray(~np.isnan(figure.value) & (apart > WIDE_POINTS))


def radius_px(count: float, largest: float, max_radius: float = MAX_RADIUS) -> float:
    """Radius of the circle of a count, pixels: areas are in proportion to counts, the largest has `max_radius`; 0 for none."""
    return 0.0 if count <= 0 or largest <= 0 else round(max_radius * math.sqrt(count / largest), 2)


def round_sizes(largest: int) -> tuple[int, ...]:
    """Up to three round counts for the legend of sizes, descending: the largest of 1, 2 or 5 times a power of ten that is reached, and
    about a quarter and a sixteenth of it, which have half and a quarter of its radius; none where there is nothing to draw."""
    sizes: list[int] = []
    for part in (1, 4, 16):
        size = _round_down(largest // part)
        if size and size not in sizes:
            sizes.append(size)
    return tuple(sizes)


def _round_down(count: int) -> int:
    """The largest of 1, 2 or 5 times a power of ten that is at most a count; 0 below one."""
    if count < 1:
        return 0
    power = int("1" + "0" * (len(str(count)) - 1))
    return max(step * power for step in (1, 2, 5) if step * power <= count)
