"""The map of what an import would change: one picture of the difference, and two small ones of before and after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from geo.errors import NoRelease, NotFound
from geo.model import Grouping, ReleaseRecord, View
from geo.render.change_map import CHANGE_CLASSES, ChangePictures, RegionLook, change_class
from geo.render.palette import NO_SHARE, share_class
from geo.services.coverage import coverage_answer
from geo.services.opened import Memory
from geo.web.current import workspace
from geo.web.pages.figures import number, percent
from geo.web.pages.maps import NO_BOUNDARIES, shapes_of
from geo.web.pages.translation import gettext

EXTENSION = "qosyl_change_maps"
KEPT_SHAPES = 4
SHARE = "schools_meets_norm_share"
KINDS = ("changed", "moved", "added", "newly_connected", "removed", "gone_silent", "lost_connection")
"""Kinds of change in the order they are drawn: what needs a look first lies on top."""

Shares = Mapping[str, float | None]


@dataclass(frozen=True)
class ImpactMap:
    """The pictures and their legend.

    Parameters
    ----------
    definitions, change, before, after
        SVG elements, safe to write into a page.
    classes
        How many regions are in each class of a move, in the order of the legend; those without one are left out.
    places
        Kind of change → how many schools there are and how many marks stand for them.
    """

    definitions: str
    change: str
    before: str
    after: str
    classes: tuple[tuple[str, int], ...]
    places: tuple[tuple[str, int, int], ...]


def impact_map(impact: Mapping[str, Any], base_release_id: int | None, names: Mapping[str, str]) -> ImpactMap | None:
    """The map of an impact; None where there are no regions to draw.

    Parameters
    ----------
    base_release_id
        The release that the impact starts from: regions in which nothing changes have its figures.
    names
        Name of each region by code.
    """
    release = _drawn_release(base_release_id)
    identity = NO_BOUNDARIES if release is None else release.boundaries.get(Grouping.ADMIN1.value, NO_BOUNDARIES)
    pictures = _pictures(identity)
    shapes = pictures.shapes
    if not shapes.codes:
        return None
    before, after = _shares(impact, base_release_id)
    unconnected = {region["admin1"]: _unconnected(region) for region in impact["regions"]}
    moves = {code: change_class(before.get(code), after.get(code)) for code in shapes.codes}
    titles = {code: _title(names.get(code, code), before.get(code), after.get(code), unconnected.get(code, "")) for code in shapes.codes}
    places = impact.get("places", {})
    marks = {kind: places[kind]["positions"] for kind in KINDS if kind in places}
    counted = Counter(moves.values())
    return ImpactMap(
        definitions=pictures.definitions,
        change=pictures.picture(
            gettext("Map of regions by how the share of schools that meet the norm moves, with the schools that change"),
            {code: RegionLook(moves[code], titles[code]) for code in shapes.codes},
            marks,
        ),
        before=pictures.picture(
            gettext("Map of regions by share of schools that meet the norm, before"), _looks(shapes.codes, before, titles)
        ),
        after=pictures.picture(
            gettext("Map of regions by share of schools that meet the norm, after"), _looks(shapes.codes, after, titles)
        ),
        classes=tuple((name, counted[name]) for name in (*CHANGE_CLASSES, NO_SHARE) if counted[name]),
        places=tuple((kind, places[kind]["total"], len(places[kind]["positions"])) for kind in reversed(KINDS) if kind in places),
    )


def _pictures(boundary_set_id: int) -> ChangePictures:
    """The shapes of a boundary set, kept by the process: they never change while the set lives."""
    memory = cast("Memory", current_app.extensions.setdefault(EXTENSION, Memory(KEPT_SHAPES)))
    sha256 = "" if boundary_set_id == NO_BOUNDARIES else workspace().boundary_record(boundary_set_id).sha256
    return memory.get((boundary_set_id, sha256), lambda: ChangePictures(shapes_of(boundary_set_id)))


def _drawn_release(base_release_id: int | None) -> ReleaseRecord | None:
    """The release whose regions are drawn: the one compared with, else the current one."""
    try:
        return workspace().release(base_release_id)
    except (NoRelease, NotFound):
        return None


def _shares(impact: Mapping[str, Any], base_release_id: int | None) -> tuple[Shares, Shares]:
    """Share of schools that meet the norm by region, before and after; the impact names the regions that change alone."""
    before: dict[str, float | None] = {}
    if base_release_id is not None:
        rows = coverage_answer(workspace(), View(release_id=base_release_id), (Grouping.ADMIN1,)).rows
        before = {code: row[SHARE] for row in rows if (code := row.keys[Grouping.ADMIN1])}
    after = dict(before)
    for region in impact["regions"]:
        before[region["admin1"]] = (region["before"] or {}).get(SHARE)
        after[region["admin1"]] = (region["after"] or {}).get(SHARE)
    return before, after


def _looks(codes: Sequence[str], shares: Shares, titles: Mapping[str, str]) -> dict[str, RegionLook]:
    return {code: RegionLook(share_class(shares.get(code)), titles[code]) for code in codes}


def _title(name: str, before: float | None, after: float | None, unconnected: str) -> str:
    """What a region's shape says when a pointer rests on it."""
    was, now = percent(before), percent(after)
    share = now if was == now else f"{was} → {now}"
    said = gettext("%(region)s: %(share)s meet the norm", region=name, share=share)
    return f"{said}; {unconnected}" if unconnected else said


def _unconnected(region: Mapping[str, Any]) -> str:
    was, now = ((region[side] or {}).get("schools_unconnected", 0) for side in ("before", "after"))
    return gettext("not connected: %(before)s → %(after)s", before=number(was), after=number(now)) if was != now else ""
