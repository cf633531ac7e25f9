"""The areas of one page's map: which regions, districts or hexagons it draws, what it knows of each, and its legend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import Response, jsonify

from geo.model import NO_VALUE, Areas, Grouping, View
from geo.render.measures import look_of
from geo.render.palette import NO_SHARE
from geo.services.coverage import coverage_answer, unit_names
from geo.services.places import PlacePage
from geo.web.caching import PAGE_PART, cached, etag_of, is_known, not_modified
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.areas import Legend, area_members, largest_of, legend_of
from geo.web.pages.blueprint import Asked, Frame, blueprint
from geo.web.pages.figures import number
from geo.web.pages.ground import ground_member
from geo.web.pages.hexagons import hexagon_legend, hexagons_member
from geo.web.pages.maps import MapAddress, fixed, geometry_address, script_address
from geo.web.pages.sentences import Figures
from geo.web.pages.translation import url_for

HEXAGONS = (Areas.HEXAGONS_SMALL, Areas.HEXAGONS_MEDIUM, Areas.HEXAGONS_LARGE)


@dataclass(frozen=True)
class MapChoice:
    """Which map a place has.

    Parameters
    ----------
    script
        Where the script of its regions is.
    grouping
        The level that it draws.
    focus
        Code of the unit that it looks at, where it draws its neighbours too.
    parent
        Code of the region whose districts alone it draws.
    """

    script: MapAddress
    grouping: Grouping
    focus: str | None
    parent: str | None = None


def wants_districts(frame: Frame) -> bool:
    """Whether the address asks for districts instead of regions."""
    return frame.asked.areas is Areas.ADMIN2


def map_choice(page: PlacePage, frame: Frame) -> MapChoice:
    """The parts of a place where boundaries say which these are, else all units of the place's level, looking at it."""
    if page.parts_grouping is Grouping.ADMIN2:
        units = workspace().boundary_set(page.release.boundaries[Grouping.ADMIN2.value]).units
        if page.code is None:
            return MapChoice(script_address(frame.release, Grouping.ADMIN2), Grouping.ADMIN2, None)
        if page.code in units.parents:
            return MapChoice(script_address(frame.release, Grouping.ADMIN2, page.code), Grouping.ADMIN2, None, page.code)
    grouping = page.grouping or Grouping.ADMIN1
    focus = page.code if page.code != NO_VALUE else None
    parent = page.parent[0] if page.parent else None
    return MapChoice(script_address(frame.release, grouping, parent), grouping, focus, parent)


@dataclass(frozen=True)
class DrawnUnits:
    """The regions or districts that a map draws: names by code, and the figures of those that hold a school of the filter."""

    names: Mapping[str, str]
    rows: Mapping[str, Figures]
    focus: str | None

    @property
    def counted(self) -> tuple[str, ...]:
        """Codes that the legend counts: all, or the one unit that the map looks at."""
        return tuple(self.names) if self.focus is None else (self.focus,)


def drawn_units(page: PlacePage, choice: MapChoice) -> DrawnUnits:
    """The units of a page's map."""
    names = unit_names(workspace(), page.release, choice.grouping, language())
    if choice.grouping is Grouping.ADMIN2 and choice.parent is not None:
        units = workspace().boundary_set(page.release.boundaries[Grouping.ADMIN2.value]).units
        names = {code: names[code] for code, parent in zip(units.codes, units.parents, strict=True) if parent == choice.parent}
    if choice.grouping is page.parts_grouping:
        rows = {part.code: part.figures.figures for part in page.parts if part.code is not None}
    else:
        rows = {page.code: page.total.figures} if page.code else {}
    return DrawnUnits(names, rows, choice.focus)


OUTLINE = "is-outline"
"""Look of regions whose ground shows something else."""
FINER_ZOOM = 7.0
"""Zoom level from which districts show in the place of regions: a district of Kazakhstan is then some 100 pixels wide."""
MOST_FINER = 1_000
"""More districts than these show only where they are asked for, or on the page of their region."""


def areas_view(page: PlacePage, frame: Frame, choice: MapChoice, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What the JSON beside the map says of its areas: which they are, where their shapes are, and where finer ones are."""
    shown = shown_areas(page, frame.asked.areas)
    return {
        "shown": shown.value,
        "geometry": asdict(geometry_address(frame.release, choice.grouping, choice.parent)),
        "finer": _finer(page, frame, shown, parameters),
        "ground": ground_member(),
        "hexagons": hexagons_member(frame.release, frame.asked, parameters, shown) if shown in HEXAGONS else None,
    }


def areas_legend(page: PlacePage, drawn: DrawnUnits, asking: Asked, view: View) -> dict[str, Any]:
    """The legend of the page's areas and what is said under it, as the template takes them; `view` is that of the place."""
    shown = shown_areas(page, asking.areas)
    if shown in HEXAGONS:
        legend, notes = hexagon_legend(asking, replace(view, release_id=page.release.id), shown)
        return {"legend": legend, "area_notes": notes}
    return {"legend": units_legend(drawn, asking), "area_notes": ()}


def _finer(page: PlacePage, frame: Frame, shown: Areas, parameters: Mapping[str, str]) -> dict[str, Any] | None:
    """Where the districts are that show when the map of the country's regions is looked at from near; None where there are none."""
    if page.grouping is not None or shown is not Areas.ADMIN1 or Grouping.ADMIN2.value not in page.release.boundaries:
        return None
    if workspace().boundary_record(page.release.boundaries[Grouping.ADMIN2.value]).unit_count > MOST_FINER:
        return None
    url = url_for("pages.map_districts", tag=frame.release.tag, **{**parameters, **frame.asked.looks, "lang": language()})
    return {"zoom": FINER_ZOOM, "url": url, "geometry": asdict(geometry_address(frame.release, Grouping.ADMIN2))}


@blueprint.get("/map/<tag>/districts.json")
def map_districts(tag: str) -> Response:
    """Serve what the map knows of every district, and how many are in each class of the legend."""
    release, asking = fixed(tag)
    etag = etag_of(release.sha256, asking.parameters, "application/json")
    if is_known(etag):
        return not_modified(etag, PAGE_PART)
    answer = coverage_answer(workspace(), asking.view, (Grouping.ADMIN2,), language=language())
    rows = {code: row.figures for row in answer.rows if (code := row.keys[Grouping.ADMIN2])}
    drawn = DrawnUnits(answer.names.get(Grouping.ADMIN2, {}), rows, None)
    legend = units_legend(drawn, asking)
    counts = {one.name: number(one.areas) for one in legend.classes} | {NO_SHARE: number(legend.no_data), "is-wide": number(legend.wide)}
    by_region = coverage_answer(workspace(), asking.view, (Grouping.ADMIN1,)).rows
    scale = largest_of(look_of(asking.measure, asking.count, row.figures) for row in by_region if row.keys[Grouping.ADMIN1])
    members = {"regions": unit_members(drawn, asking, scale=scale), "legend": {"counts": counts}}
    return cached(jsonify(members), etag, PAGE_PART)


def unit_members(drawn: DrawnUnits, asking: Asked, *, scale: int | None = None) -> dict[str, dict[str, Any]]:
    """What the map knows of each unit, by code; `scale` is the count of the largest circle where the legend's is that of other units."""
    largest = largest_of(look_of(asking.measure, asking.count, row) for row in drawn.rows.values()) if scale is None else scale
    members = {
        code: area_members(
            name,
            drawn.rows.get(code),
            asking,
            url=url_for("pages.region", code=code, **asking.parameters),
            largest=largest,
        )
        for code, name in drawn.names.items()
    }
    if asking.areas in HEXAGONS:
        return {code: member | {"fill": OUTLINE, "class": "", "is_wide": False, "radius": 0} for code, member in members.items()}
    return members


def units_legend(drawn: DrawnUnits, asking: Asked) -> Legend:
    """The legend of the units."""
    legend = legend_of(asking, (look_of(asking.measure, asking.count, drawn.rows.get(code)) for code in drawn.counted))
    return replace(legend, is_own=drawn.focus is not None)


def area_choices(page: PlacePage) -> tuple[Areas, ...]:
    """Which areas the page's map can show: a region has no regions in it, and districts only where boundaries have them."""
    units = (Areas.ADMIN1, Areas.ADMIN2) if page.grouping is None and Grouping.ADMIN2.value in page.release.boundaries else (Areas.ADMIN1,)
    return (*units, *HEXAGONS)


def shown_areas(page: PlacePage, asked: Areas) -> Areas:
    """The areas that the page's map shows: what was asked for where it can, else its parts."""
    return asked if asked in area_choices(page) else Areas.ADMIN1
