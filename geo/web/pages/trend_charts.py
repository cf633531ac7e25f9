"""Charts of a place's figures over releases: what is drawn (geo.render.trend_chart) and what its axes and marks say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request
from markupsafe import Markup

from geo.render.trend_chart import TICKS, ChartPoint, TrendChart, nice_top, trend_chart
from geo.services.trend import Trend, TrendPoint
from geo.web.pages.blueprint import Frame
from geo.web.pages.figures import number, share
from geo.web.pages.sentences import Figures
from geo.web.pages.translation import format_percent, gettext

MOST_ABOVE = 3
"""How many times as high as the highest count its bounds may reach before the chart leaves them out at its top."""


@dataclass(frozen=True)
class Chart:
    """A chart with its axes in words.

    Parameters
    ----------
    ups
        Labels of the upward axis, highest first.
    across
        Labels of the axis of time, first to last.
    note
        What the drawing leaves out; "" where it shows everything.
    """

    title: str
    drawing: TrendChart
    ups: tuple[str, ...]
    across: tuple[str, ...]
    note: str

    @property
    def svg(self) -> Markup:
        """The drawing, whose texts are escaped where they are written."""
        return Markup(self.drawing.svg)  # noqa: S704 - numbers, fixed words and escaped titles only


@dataclass(frozen=True)
class _Drawn:
    """One figure of a release: its value, its bounds, and both in words."""

    value: float | None
    lower: float | None
    upper: float | None
    words: str


def trend_charts(found: Trend, frame: Frame, days: Mapping[int, str]) -> tuple[Chart, ...]:
    """The share that meets the norm, and the count of unconnected rural schools or of the students in them, each with its bounds.

    Parameters
    ----------
    days
        When each release was published, in words.
    """
    count = frame.asked.count
    shares = _points(found, frame, days, [_share_drawn(point, count) for point in found.points])
    counts = _points(found, frame, days, [_count_drawn(point, count) for point in found.points])
    title = gettext("Schools that meet the norm") if count == "schools" else gettext("Students in schools that meet the norm")
    unconnected = gettext("Unconnected rural schools") if count == "schools" else gettext("Students in unconnected rural schools")
    top = _top(counts)
    ups = tuple(format_percent((TICKS - part) / TICKS) for part in range(TICKS + 1))
    numbers = tuple(number(top * (TICKS - part) / TICKS) for part in range(TICKS + 1))
    ends = [found.points[at].release for at in (0, -1)]
    across = tuple(days[release.id] for release in ends), tuple(gettext("Release %(id)s", id=release.id) for release in ends)
    return (
        _chart(title, trend_chart(shares, top=1.0, label=f"{title}: {_ends(shares)}"), ups, across),
        _chart(unconnected, trend_chart(counts, top=top, label=f"{unconnected}: {_ends(counts)}"), numbers, across),
    )


def _chart(title: str, drawing: TrendChart, ups: tuple[str, ...], across: tuple[tuple[str, ...], tuple[str, ...]]) -> Chart:
    note = gettext("Some bounds reach beyond the top; the table has them.") if drawing.is_cut else ""
    return Chart(title, drawing, ups, across[drawing.is_even], note)


def _top(points: Sequence[ChartPoint]) -> float:
    """End of a count's axis: beyond all bounds, unless these would press the counts themselves to the ground."""
    highest = max((point.value for point in points if point.value is not None), default=0.0)
    widest = max((point.upper for point in points if point.upper is not None), default=0.0)
    return nice_top(widest if widest <= MOST_ABOVE * highest or not highest else highest)


def _ends(points: Sequence[ChartPoint]) -> str:
    """The first and the last known figure in words."""
    known = [point for point in points if point.value is not None]
    if not known:
        return gettext("no data")
    return known[0].title if len(known) == 1 else gettext("from %(first)s to %(last)s", first=known[0].title, last=known[-1].title)


def share_of(row: Figures, count: str) -> tuple[float | None, float | None, float | None]:
    """The share that meets the norm with its bounds."""
    value, lower, upper = (row[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
    return value, lower, upper


def _share_drawn(point: TrendPoint, count: str) -> _Drawn:
    row = point.figures
    value, lower, upper = (None, None, None) if row is None else share_of(row.figures, count)
    return _Drawn(value, lower, upper, share(value, lower, upper))


def _count_drawn(point: TrendPoint, count: str) -> _Drawn:
    """Unconnected rural schools, or their students, and so many more as may be; not known where nobody reported on any rural one."""
    row = point.figures
    if row is None:
        return _Drawn(None, None, None, "")
    least = row[f"{count}_unconnected_rural"]
    most = least + point.maybe_unconnected_rural[count]
    is_known = row["schools_rural"] == 0 or row["schools_rural"] > point.rural_unknown["schools"]
    words = number(least) if least == most else f"{number(least)} · {number(least)}–{number(most)}"
    return _Drawn(least if is_known else None, least, most, words)


def _points(found: Trend, frame: Frame, days: Mapping[int, str], drawn: Sequence[_Drawn]) -> tuple[ChartPoint, ...]:
    is_place = bool(request.view_args)  # the country stays the country when its regions are redrawn
    return tuple(
        ChartPoint(
            at=point.release.published_at,
            value=one.value,
            lower=one.lower,
            upper=one.upper,
            title=gettext("%(figure)s in release %(id)s of %(day)s", figure=one.words, id=point.release.id, day=days[point.release.id]),
            is_shown=point.release.id == frame.release.id,
            breaks=point.is_redrawn and is_place,
            is_marked=point.is_redrawn,
        )
        for point, one in zip(found.points, drawn, strict=True)
    )
