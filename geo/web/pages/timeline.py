"""Releases over time for the pages of places: the control that steps through them, and charts and a table of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from markupsafe import Markup

from geo.model import ReleaseRecord, View
from geo.render.trend_chart import TICKS, ChartPoint, TrendChart, nice_top, trend_chart
from geo.services.places import PlacePage, narrowed
from geo.services.trend import TREND_LENGTH, Trend, TrendPoint, trend
from geo.web.current import workspace
from geo.web.pages.blueprint import Frame
from geo.web.pages.figures import bounds, day, number, percent, share
from geo.web.pages.sentences import Figures
from geo.web.pages.translation import format_percent, gettext, ngettext, url_for
from geo.web.params import parameters_of

LISTED = 12
"""Releases that the control lists as links; all of the trend are in its select and its table."""
MOST_ABOVE = 3
"""How many times as high as the highest count its bounds may reach before the chart leaves them out at its top."""
BUDGET = 1_000_000
"""Schools of releases that one page may open for its trend: some tenths of a second; what is counted is kept for the next."""
SELECTED = 200
"""Releases in the select; the page of releases has all."""


@dataclass(frozen=True)
class Step:
    """One release of the control: its address, and whether the page shows it."""

    release: ReleaseRecord
    url: str
    is_shown: bool


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
class Timeline:
    """What the parts `timeline.html` and `trend.html` show.

    Parameters
    ----------
    steps
        Some releases around the one shown, oldest first.
    choices
        Releases of the select, newest first.
    before, after
        Steps to the neighbours of the release shown; None at the ends.
    first
        Where playing starts when the newest release is shown.
    charts, rows
        The figures of the trend as charts, and as rows of a table, newest first.
    api_url
        Address of the same figures as CSV.
    compare_url
        Address of the release shown beside the one before it.
    notes
        What a reader must know of how they are made.
    """

    trend: Trend
    steps: tuple[Step, ...]
    choices: tuple[Step, ...]
    before: Step | None
    after: Step | None
    first: Step
    charts: tuple[Chart, ...]
    rows: tuple[TrendPoint, ...]
    api_url: str
    compare_url: str | None
    notes: tuple[str, ...]


def with_timeline(frame: Frame, members: dict[str, Any]) -> dict[str, Any]:
    """What the template of a place needs, its time line included; `members["page"]` is the `PlacePage`."""
    return members | {"timeline": timeline(frame, members["page"]), "trend_cells": trend_cells, "place_address": place_address}


def timeline(frame: Frame, page: PlacePage) -> Timeline | None:
    """The releases around the one that a page shows, and the figures of its place in each; None while there is but one."""
    if frame.current_id == 1:
        return None
    shown = frame.release.id
    last = frame.current_id if shown > frame.current_id - TREND_LENGTH else min(shown + TREND_LENGTH // 2, frame.current_id)
    view = replace(frame.asked.view, release_id=None, norm=frame.norm.name)
    if page.grouping is not None and page.code is not None:
        view = replace(view, where=narrowed(view.where, page.grouping, page.code))
    found = trend(workspace(), view, before=last + 1, budget=BUDGET)
    records = _records(range(max(last - TREND_LENGTH, 0) + 1, last + 1))
    if len(records) < 2:
        return None
    steps = [_step(record, frame) for record in records]
    older = [_step(record, frame) for record in reversed(_records(range(max(records[0].id - SELECTED + len(steps), 1), records[0].id)))]
    at = next((at for at, step in enumerate(steps) if step.is_shown), None)
    return Timeline(
        trend=found,
        steps=tuple(_around(steps, at)),
        choices=(*reversed(steps), *older),
        before=steps[at - 1] if at else None,
        after=steps[at + 1] if at is not None and at + 1 < len(steps) else None,
        first=steps[max(len(steps) - LISTED, 0)],
        charts=_charts(found, frame) if len(found.points) > 1 else (),
        rows=tuple(reversed(found.points)),
        api_url=_api_address(view, last),
        notes=notes(found, is_cut=found.points[0].release.id != records[0].id),
        compare_url=_compare_address(view, steps[at - 1], steps[at]) if at else None,
    )


def _records(numbers: range) -> list[ReleaseRecord]:
    """Releases of some ids, withdrawn ones left out."""
    withdrawn = workspace().withdrawn_ids()
    return [workspace().release_record(number) for number in numbers if number not in withdrawn]


def _around(steps: Sequence[Step], at: int | None) -> Sequence[Step]:
    """So many steps with the one shown among them, the newest where that is possible."""
    end = len(steps) if at is None else min(max(at + LISTED // 2, LISTED), len(steps))
    if at is not None and at >= len(steps) - LISTED:
        end = len(steps)
    return steps[max(end - LISTED, 0) : end]


def _step(release: ReleaseRecord, frame: Frame) -> Step:
    return Step(release, place_address(frame, release.id), release.id == frame.release.id)


def place_address(frame: Frame, release_id: int) -> str:
    """Address of the present page about another release; the current one goes by no number."""
    number_or_none = None if release_id == frame.current_id else release_id
    parameters = {**frame.asked.parameters, "release": number_or_none}
    return url_for(request.endpoint or "pages.home", **(request.view_args or {}), **parameters)


def _api_address(view: View, last: int) -> str:
    return url_for("trend.get_trend", **parameters_of(view), before=last + 1, f="csv")


def _compare_address(view: View, before: Step, after: Step) -> str:
    return url_for("pages.compare", **parameters_of(view), **{"from": str(before.release.id), "to": str(after.release.id)})


def _charts(found: Trend, frame: Frame) -> tuple[Chart, ...]:
    """The share that meets the norm with its bounds, and the count of unconnected rural schools, or of the students in them."""
    count = frame.asked.count
    shares = [_share_point(point, count, frame) for point in found.points]
    title = gettext("Schools that meet the norm") if count == "schools" else gettext("Students in schools that meet the norm")
    counts = [_count_point(point, count, frame) for point in found.points]
    top = _top(counts)
    unconnected = gettext("Unconnected rural schools") if count == "schools" else gettext("Students in unconnected rural schools")
    ups = tuple(format_percent((TICKS - part) / TICKS) for part in range(TICKS + 1))
    numbers = tuple(number(top * (TICKS - part) / TICKS) for part in range(TICKS + 1))
    return (
        _chart(title, trend_chart(shares, top=1.0, label=f"{title}: {_ends(shares)}"), ups, found),
        _chart(unconnected, trend_chart(counts, top=top, label=f"{unconnected}: {_ends(counts)}"), numbers, found),
    )


def _top(points: Sequence[ChartPoint]) -> float:
    """End of a count's axis: beyond all bounds, unless these would press the counts themselves to the ground."""
    highest = max((point.value for point in points if point.value is not None), default=0.0)
    widest = max((point.upper for point in points if point.upper is not None), default=0.0)
    return nice_top(widest if widest <= MOST_ABOVE * highest or not highest else highest)


def _chart(title: str, drawing: TrendChart, ups: tuple[str, ...], found: Trend) -> Chart:
    first, last = found.points[0].release, found.points[-1].release
    if drawing.is_even:
        names = tuple(gettext("Release %(id)s", id=release.id) for release in (first, last))
    else:
        names = (day(first.published_at), day(last.published_at))
    note = gettext("Some bounds reach beyond the top; the table has them.") if drawing.is_cut else ""
    return Chart(title, drawing, ups, names, note)


def _ends(points: Sequence[ChartPoint]) -> str:
    """The first and the last known figure in words."""
    known = [point for point in points if point.value is not None]
    if not known:
        return gettext("no data")
    return known[0].title if len(known) == 1 else gettext("from %(first)s to %(last)s", first=known[0].title, last=known[-1].title)


def _named(release: ReleaseRecord, figure: str) -> str:
    return gettext("%(figure)s in release %(id)s of %(day)s", figure=figure, id=release.id, day=day(release.published_at))


def _share_point(point: TrendPoint, count: str, frame: Frame) -> ChartPoint:
    row = point.figures
    value, lower, upper = (None, None, None) if row is None else _share(row.figures, count)
    return _point(point, frame, value, share(value, lower, upper), (lower, upper))


def _share(row: Figures, count: str) -> tuple[float | None, float | None, float | None]:
    value, lower, upper = (row[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
    return value, lower, upper


def _count_point(point: TrendPoint, count: str, frame: Frame) -> ChartPoint:
    """Unconnected rural schools, or their students, and so many more as nobody reported on; not known where nobody reported on any."""
    row = point.figures
    if row is None:
        return _point(point, frame, None, "")
    least = row[f"{count}_unconnected_rural"]
    most = least + point.rural_unknown[count]
    is_known = row["schools_rural"] == 0 or row["schools_rural"] > point.rural_unknown["schools"]
    words = number(least) if least == most else f"{number(least)} · {number(least)}–{number(most)}"
    return _point(point, frame, least if is_known else None, words, (least, most))


def _point(
    point: TrendPoint, frame: Frame, value: float | None, words: str, ends: tuple[float | None, float | None] = (None, None)
) -> ChartPoint:
    return ChartPoint(
        at=point.release.published_at,
        value=value,
        lower=ends[0],
        upper=ends[1],
        title=_named(point.release, words),
        is_shown=point.release.id == frame.release.id,
        breaks=point.is_redrawn and bool(request.view_args),  # the country stays the country
        is_marked=point.is_redrawn,
    )


def trend_cells(point: TrendPoint, count: str) -> dict[str, Any]:
    """The figures of one row of the table, in words."""
    row = point.figures
    if row is None:
        return {}
    value, lower, upper = _share(row.figures, count)
    return {
        "share": percent(value),
        "bounds": bounds(lower, upper),
        "unconnected_rural": number(row[f"{count}_unconnected_rural"]),
        "unconnected_rural_most": number(row[f"{count}_unconnected_rural"] + point.rural_unknown[count])
        if point.rural_unknown[count]
        else "",
        "unknown": number(row[f"{count}_unknown"]),
        "all": number(row[count]),
    }


def notes(found: Trend, *, is_cut: bool) -> tuple[str, ...]:
    """What a reader of the trend must know: the norm, what is left out, and where boundaries were redrawn."""
    said = []
    if is_cut:
        first = found.points[0].release.id
        said.append(gettext("Only releases from %(id)s on are counted here; the file has all.", id=first))
    said += [gettext("All releases are counted under the norm %(name)s, whatever was in force then.", name=found.norm.name)]
    redrawn = [point.release.id for point in found.points if point.is_redrawn]
    if redrawn:
        said.append(
            gettext(
                "The boundaries of regions changed with release %(ids)s: from there on a region may be another area.",
                ids=", ".join(map(str, redrawn)),
            )
        )
    missing = [point.release.id for point in found.points if point.figures is None]
    if missing:
        said.append(gettext("The boundaries of release %(ids)s do not have this place.", ids=_ranges(missing)))
    if found.withdrawn:
        count = len(found.withdrawn)
        said.append(
            ngettext(
                "Release %(ids)s was withdrawn and is left out.",
                "Releases %(ids)s were withdrawn and are left out.",
                count,
                ids=_ranges(found.withdrawn),
            )
        )
    return tuple(said)


def _ranges(ids: Sequence[int]) -> str:
    """Ids with neighbours drawn together: "1–3, 7"."""
    runs: list[list[int]] = []
    for each in sorted(ids):
        if runs and runs[-1][1] == each - 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
