"""Releases over time for the pages of places: the control that steps through them, and charts and a table of their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from geo.model import ReleaseRecord, View
from geo.services.places import PlacePage, narrowed
from geo.services.trend import Trend, TrendPoint, trend
from geo.web.current import workspace
from geo.web.pages.blueprint import Frame
from geo.web.pages.figures import bounds, day, number, percent
from geo.web.pages.translation import gettext, ngettext, url_for
from geo.web.pages.trend_charts import Chart, share_of, trend_charts
from geo.web.params import parameters_of

LISTED = 12
"""Releases that the control lists as links; all of the trend are in its select and its table."""
BUDGET = 1_000_000
"""Schools of releases that one page may open for its trend: some tenths of a second; what is counted is kept for the next."""
SELECTED = 100
"""Releases in the select; the page of releases has all."""
SHOWN = 40
"""Releases in charts and table."""


@dataclass(frozen=True)
class Step:
    """One release of the control: its address, and whether the page shows it."""

    release: ReleaseRecord
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Timeline:
    """What the parts `timeline.html` and `trend.html` show.

    Parameters
    ----------
    steps
        Some releases around the one shown, oldest first.
    choices, days
        Releases of the select, newest first, and when each was published, in words.
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
    choices: tuple[ReleaseRecord, ...]
    days: Mapping[int, str]
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
    last = frame.current_id if shown > frame.current_id - SHOWN else min(shown + SHOWN // 2, frame.current_id)
    view = replace(frame.asked.view, release_id=None, norm=frame.norm.name)
    if page.grouping is not None and page.code is not None:
        view = replace(view, where=narrowed(view.where, page.grouping, page.code))
    found = trend(workspace(), view, limit=SHOWN, before=last + 1, budget=BUDGET)
    records = _records(range(max(last - SHOWN, 0) + 1, last + 1))
    if len(records) < 2:
        return None
    steps = [_step(record, frame) for record in records]
    choices = _records(range(max(last - SELECTED, 0) + 1, last + 1))
    days = {record.id: day(record.published_at) for record in choices}  # those of the trend are among them
    at = next((at for at, step in enumerate(steps) if step.is_shown), None)
    return Timeline(
        trend=found,
        steps=tuple(_around(steps, at)),
        choices=tuple(reversed(choices)),
        days=days,
        before=steps[at - 1] if at else None,
        after=steps[at + 1] if at is not None and at + 1 < len(steps) else None,
        first=steps[max(len(steps) - LISTED, 0)],
        charts=trend_charts(found, frame, days) if len(found.points) > 1 else (),
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


def trend_cells(point: TrendPoint, count: str) -> dict[str, Any]:
    """The figures of one row of the table, in words."""
    row = point.figures
    if row is None:
        return {}
    value, lower, upper = share_of(row.figures, count)
    return {
        "share": percent(value),
        "bounds": bounds(lower, upper),
        "unconnected_rural": number(row[f"{count}_unconnected_rural"]),
        "unconnected_rural_most": number(row[f"{count}_unconnected_rural"] + point.maybe_unconnected_rural[count])
        if point.maybe_unconnected_rural[count]
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
