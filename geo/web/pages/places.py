"""The page of the country, of a region and of a district: finding, bar, shares, map, and the parts with the lowest share first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.wrappers import Response as AnyResponse

from geo.model import AREA_TYPES, FILTERS, STATUSES, AreaType, Basis, Flag, Grouping, Measure, Status, View
from geo.render.school_map import map_html
from geo.services.coverage import coverage_answer
from geo.services.places import PlacePage, narrowed, place_page
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Asked, Frame, answer_page, asked, blueprint, frame_of, tidied
from geo.web.pages.filter_form import filter_members
from geo.web.pages.flag_words import ANY_POSITION_FLAG
from geo.web.pages.links import same_page
from geo.web.pages.map_areas import (
    DrawnUnits,
    area_choices,
    areas_legend,
    areas_view,
    drawn_units,
    map_choice,
    shown_areas,
    unit_members,
    wants_districts,
)
from geo.web.pages.map_notes import map_notes, note_words
from geo.web.pages.points import points_member
from geo.web.pages.sentences import Figures, finding, not_reported, school_name, students_affected
from geo.web.pages.shares import by_need, share_kind, share_title, shares_of
from geo.web.pages.still_pictures import still_address
from geo.web.pages.take_away import take_away_members
from geo.web.pages.timeline import with_timeline
from geo.web.pages.translation import gettext, url_for
from geo.web.params import parameters_of


@blueprint.get("/")
def home() -> AnyResponse:
    """Show the country."""
    return _place(None)


@blueprint.get("/regions/<code>")
def region(code: str) -> AnyResponse:
    """Show a region or a district; `none` is the schools in no region."""
    return _place(code)


def _place(code: str | None) -> AnyResponse:
    redirection = tidied()
    if redirection is not None:
        return redirection
    frame = frame_of(asked("page"))
    return answer_page(frame, lambda: with_timeline(frame, place_members(frame, code)), "place.html")


def place_members(frame: Frame, code: str | None) -> dict[str, Any]:
    """Everything that the template of a place needs."""
    asking, view = frame.asked, frame.asked.view
    page = _page(frame, code)
    choice = map_choice(page, frame)
    drawn = drawn_units(page, choice)
    inner = view if page.grouping is None or code is None else replace(view, where=narrowed(view.where, page.grouping, code))
    by_area = coverage_answer(workspace(), inner, (Grouping.AREA_TYPE,)).rows
    areas = {AreaType(key): row.figures for row in by_area if (key := row.keys[Grouping.AREA_TYPE])}
    return {
        "page": page,
        "count": asking.count,
        "finding": finding(view, page.total.figures),
        "students_affected": students_affected(view, page.total.figures),
        "not_reported": not_reported(page.total.figures),
        "segments": segments(page.total.figures, asking.count),
        "row_segments": [segments(part.figures.figures, asking.count) for part in page.parts],
        "shares": shares_of(page.total.figures, areas, kind=share_kind(asking.measure), count=asking.count),
        "share_title": share_title,
        "area_types": AREA_TYPES,
        "bases": tuple(Basis),
        "statuses": STATUSES,
        "flags": (ANY_POSITION_FLAG, *Flag),
        "flagged_url": _flagged_address(asking, code),
        "clear_url": _clear_address(),
        **filter_members(frame, page),
        **areas_legend(page, drawn, asking, inner),
        "measures": tuple(Measure),
        "area_choices": area_choices(page),
        "area_chosen": shown_areas(page, asking.areas),
        "map_html": map_html(),
        "map_script": choice.script,
        "map_view": map_view(drawn, frame, inner_parameters(frame, inner))
        | {"areas": areas_view(page, frame, choice, inner_parameters(frame, inner))}
        | {"points": points_member(frame.release, inner, inner_parameters(frame, inner)), "notes": map_notes(page)},
        "still": still_address(frame.release, asking, inner_parameters(frame, inner)),
        "csv": _csv_address(page, frame, inner),
        **take_away_members(frame, page, inner),
        "school_name": school_name,
    }


def _page(frame: Frame, code: str | None) -> PlacePage:
    """The place; the country lists its schools where the address names a page of the list, other places always do."""
    asking = frame.asked
    list_page = asking.page if code is None else asking.page or 1
    page = place_page(workspace(), asking.view, code, language=language(), by_district=wants_districts(frame), list_page=list_page)
    return replace(page, parts=by_need(page.parts, share_kind(asking.measure), asking.count))


def _flagged_address(asking: Asked, code: str | None) -> str:
    """Address of the same place with its doubtful positions alone."""
    parameters = {**asking.parameters, "flag": ANY_POSITION_FLAG}
    return url_for("pages.home", **parameters) if code is None else url_for("pages.region", code=code, **parameters)


def _clear_address() -> str:
    """Address of the same place and release without any filter."""
    return same_page(**dict.fromkeys((*FILTERS, "page")))


def inner_parameters(frame: Frame, inner: View) -> dict[str, str]:
    """Query parameters of the map's files: norm and basis always, so that an address stands for one content."""
    parameters = parameters_of(replace(inner, release_id=None, norm=frame.norm.name))
    return {**parameters, "basis": inner.basis.value}


def _csv_address(page: PlacePage, frame: Frame, inner: View) -> str:
    by = {"by": page.parts_grouping.value} if page.parts_grouping else {}
    pinned = replace(inner, release_id=frame.release.id, norm=frame.norm.name)
    return url_for("coverage.get_coverage", **parameters_of(pinned), **by, f="csv")


@dataclass(frozen=True)
class Segment:
    """One status in a bar: where it starts and how wide it is, of 1,000."""

    status: Status
    start: float
    width: float
    figure: int
    share: float | None


def segments(row: Figures, count: str) -> tuple[Segment, ...]:
    """A bar of five statuses; all of width 0 where there is nothing to count."""
    figures = [row[f"{count}_{status}"] for status in STATUSES]
    whole = sum(figures)
    made: list[Segment] = []
    start = 0.0
    for status, figure in zip(STATUSES, figures, strict=True):
        width = 1000 * figure / whole if whole else 0.0
        made.append(Segment(status, round(start, 2), round(width, 2), figure, figure / whole if whole else None))
        start += width
    return tuple(made)


def map_view(drawn: DrawnUnits, frame: Frame, parameters: Mapping[str, str]) -> dict[str, Any]:
    """The JSON beside the map: where its data are, what its regions are called and how they fare, and its words."""
    row = url_for("pages.map_school", tag=frame.release.tag, row=0, **{**parameters, "lang": language()})
    return {
        "school_url": row.replace("/school/0.json", "/school/{row}.json"),
        "focus": drawn.focus,
        "regions": unit_members(drawn, frame.asked),
        "words": map_words(),
    }


def map_words() -> dict[str, str]:
    """Everything that the map's script says by itself."""
    return {
        "label": gettext("Map of schools. Arrow keys move it, plus and minus zoom, Enter opens the school nearest to its middle."),
        "loading": gettext("Loading…"),
        "failed": gettext("This could not be loaded."),
        "retry": gettext("Try again"),
        "zoom_in": gettext("Zoom in"),
        "zoom_out": gettext("Zoom out"),
        "close": gettext("Close"),
        "open_region": gettext("Figures of this place"),
        "none_drawn": gettext("None of these schools has a position."),
        **note_words(),
    }
