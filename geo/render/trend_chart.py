"""A figure over releases as a small chart: a line with a mark for each release, its bounds as a band, as SVG inside a page.

The drawing is stretched to the room there is, so it holds no text: a line keeps its width (`non-scaling-stroke`) and a mark its shape (a
stroke of no length with a round end). Words and numbers of the axes stand beside it in the page. Colours come from the page's stylesheet
by class, so that the chart follows light, dark and print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 1000.0, 200.0
"""Size of the drawing in its own units, before it is stretched."""
EVEN_SECONDS = 86_400.0
"""Releases that all lie within a day are drawn evenly spaced: by their times they would lie on one another."""
TICKS = 4
"""Parts of the upward axis."""


@dataclass(frozen=True)
class ChartPoint:
    """One release in a chart.

    Parameters
    ----------
    at
        When it was published.
    value, lower, upper
        The figure and its bounds, from 0; None where it is not known. Bounds beyond the chart's top are cut off there.
    title
        What a pointer resting on its mark is told.
    is_shown
        Whether it is the release that the page shows.
    breaks
        Whether the line is not drawn on from the release before, since the two are not about the same place.
    is_marked
        Whether a line upwards says that something else than the figure changed here.
    """

    at: datetime
    value: float | None
    lower: float | None = None
    upper: float | None = None
    title: str = ""
    is_shown: bool = False
    breaks: bool = False
    is_marked: bool = False


@dataclass(frozen=True)
class TrendChart:
    """A chart and what its axes say beside it.

    Parameters
    ----------
    svg
        The drawing, safe to write into a page.
    is_even
        Whether releases are evenly spaced rather than by their dates.
    is_cut
        Whether bounds reach beyond the top.
    """

    svg: str
    is_even: bool
    is_cut: bool


def nice_top(highest: float) -> float:
    """The end of an axis that reaches so high: at least 4, in four equal whole parts of one, two or five times a power of ten."""
    part = max(highest, TICKS) / TICKS
    power = 10.0 ** math.floor(math.log10(part))
    return float(TICKS * power * next(step for step in (1, 2, 2.5, 5, 10) if step * power >= part and (step * power).is_integer()))


def trend_chart(points: Sequence[ChartPoint], *, top: float, label: str) -> TrendChart:
    """Draw a figure over releases.

    Parameters
    ----------
    points
        Oldest first, at least one.
    top
        Where the upward axis ends; it begins at 0, so that no change looks larger than it is.
    label
        The chart in words, for people who do not see it.
    """
    across, is_even = _places([point.at for point in points])
    runs = _runs(points)
    parts = [
        _grid(),
        "".join(_band([(across[at], points[at]) for at in run], top) for run in runs["bounds"]),
        "".join(f'<path class="trend-break" d="M{across[at]:g} 0V{HEIGHT:g}"/>' for at, point in enumerate(points) if point.is_marked),
        "".join(_line([(across[at], points[at]) for at in run], top) for run in runs["value"]),
        "".join(_mark(across[at], point, top) for at, point in enumerate(points) if point.value is not None),
    ]
    svg = (
        f'<svg class="trend-chart" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )
    return TrendChart(svg, is_even, any((point.upper or 0) > top for point in points))


def _places(times: Sequence[datetime]) -> tuple[list[float], bool]:
    """Where releases stand from left to right, and whether they are evenly spaced; a single one stands in the middle."""
    seconds = [(time - times[0]).total_seconds() for time in times]
    is_even = seconds[-1] < EVEN_SECONDS
    if is_even:
        seconds = [float(at) for at in range(len(times))]
    if not seconds[-1]:
        return [WIDTH / 2] * len(times), is_even
    return [round(WIDTH * passed / seconds[-1], 1) for passed in seconds], is_even


def _runs(points: Sequence[ChartPoint]) -> dict[str, list[list[int]]]:
    """Positions that one line runs through, and those that one band does: each broken where nothing is known or the place is another."""
    return {
        name: _unbroken(points, [getattr(point, member) is not None for point in points])
        for name, member in (("value", "value"), ("bounds", "upper"))
    }


def _unbroken(points: Sequence[ChartPoint], is_known: Sequence[bool]) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for at, (point, known) in enumerate(zip(points, is_known, strict=True)):
        if not known or (point.breaks and runs[-1]):
            runs.append([])
        if known:
            runs[-1].append(at)
    return [run for run in runs if run]


def _down(value: float, top: float) -> float:
    return round(HEIGHT * (1 - min(value / top, 1.0)), 1)


def _grid() -> str:
    lines = "".join(f"M0 {HEIGHT * part / TICKS:g}H{WIDTH:g}" for part in range(TICKS + 1))
    return f'<path class="trend-grid" d="{lines}"/>'


def _band(run: Sequence[tuple[float, ChartPoint]], top: float) -> str:
    """The bounds of a run as an area; of a single release as a bar."""
    if len(run) == 1:
        ((x, point),) = run
        return f'<path class="trend-bounds" d="M{x:g} {_down(point.lower or 0, top):g}V{_down(point.upper or 0, top):g}"/>'
    there = [f"{x:g} {_down(point.upper or 0, top):g}" for x, point in run]
    back = [f"{x:g} {_down(point.lower or 0, top):g}" for x, point in reversed(run)]
    return f'<path class="trend-band" d="M{"L".join([*there, *back])}Z"/>'


def _line(run: Sequence[tuple[float, ChartPoint]], top: float) -> str:
    steps = [f"{x:g} {_down(point.value or 0, top):g}" for x, point in run]
    return f'<path class="trend-line" d="M{"L".join(steps)}"/>' if any(True for _ in pairwise(steps)) else ""


def _mark(x: float, point: ChartPoint, top: float) -> str:
    """A mark and, around it, room for a pointer."""
    spot = f"M{x:g} {_down(point.value or 0, top):g}h0"
    name = "trend-here" if point.is_shown else "trend-dot"
    return f'<path class="{name}" d="{spot}"/><path class="trend-reach" d="{spot}"><title>{escape(point.title)}</title></path>'
