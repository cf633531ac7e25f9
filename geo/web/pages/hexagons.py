"""The hexagons of a map: all that a filter's schools lie in as compact JSON, what each says, and their legend.

The file of all hexagons serves every measure, so that changing the measure fetches nothing; figures in words are asked for one by one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from flask import Response, jsonify, request

from geo.errors import NotFound
from geo.model import FILTERS, Areas, Measure, ReleaseRecord, View
from geo.render.measures import HEXAGON_RADIUS, classes_of, figure_of, looks_of
from geo.services.hexagons import SIZES, HexagonCoverage, hexagon_coverage
from geo.web.caching import IMMUTABLE, PAGE_PART, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.areas import Legend, area_members, legend_from
from geo.web.pages.blueprint import Asked, blueprint
from geo.web.pages.figures import number
from geo.web.pages.maps import fixed, release_of
from geo.web.pages.translation import format_decimal, gettext, url_for
from geo.web.params import parameters_of, read_query, view_of
from geo.web.readers import MAX_ID

FORMAT_VERSION = 1
"""Part of the address: another one whenever the members below or the breaks of a measure change."""
STEPS_PER_DEGREE = 10_000
COUNTS = ("schools", "students")
_MEDIA_TYPE = "application/json"


def hexagons_member(release: ReleaseRecord, asking: Asked, parameters: Mapping[str, str], size: Areas) -> dict[str, Any]:
    """What the JSON beside a map says of its hexagons: where all are, where one is in words (`{n}`), and how to draw them."""
    names = {"tag": release.tag, "size": size.value}
    one = url_for("pages.map_hexagon", position=0, **names, **{**parameters, **asking.looks, "lang": language()})
    return {
        "url": url_for("pages.map_hexagons", **names, **{**parameters, "lang": None}),
        "one_url": one.replace("/0.json", "/{n}.json"),
        "count": asking.count,
        "measure": asking.measure.value,
        "max_radius": HEXAGON_RADIUS,
    }


def _size(word: str) -> Areas:
    """The size that an address names.

    Raises
    ------
    NotFound
        It names none.
    """
    if word not in SIZES:
        raise NotFound(f"there are no hexagons of size '{word[:40]}'; there are {', '.join(SIZES)}")
    return Areas(word)


@blueprint.get(f"/map/<tag>/hexagons-{FORMAT_VERSION}/<size>.json")
def map_hexagons(tag: str, size: str) -> Response:
    """Serve all hexagons that hold a school of the filter, for every measure."""
    release, areas = release_of(tag), _size(size)
    chosen = view_of(read_query(request.args, ("norm", "basis", *FILTERS)))
    view = View(release.id, chosen.norm or workspace().default_norm.name, chosen.basis, chosen.where)
    etag = etag_of(release.sha256, parameters_of(view), _MEDIA_TYPE, has_words=False)
    return answered(etag, IMMUTABLE, lambda: jsonify(_payload(hexagon_coverage(workspace(), view, areas))), has_words=False)


@blueprint.get(f"/map/<tag>/hexagons-{FORMAT_VERSION}/<size>/<int(max={MAX_ID}):position>.json")
def map_hexagon(tag: str, size: str, position: int) -> Response:
    """Serve what one hexagon says; positions are those of the file of all."""
    release, asking = fixed(tag)
    areas = _size(size)
    etag = etag_of(release.sha256, asking.parameters, _MEDIA_TYPE)

    def make() -> Response:
        found = hexagon_coverage(workspace(), asking.view, areas)
        return jsonify(area_members(_name(found, position), found.row(position), asking, url=None, largest=0))

    return answered(etag, PAGE_PART, make)


def hexagon_legend(asking: Asked, view: View, size: Areas) -> tuple[Legend, tuple[str, ...]]:
    """The legend of hexagons, and what is said under it."""
    found = hexagon_coverage(workspace(), view, size)
    looks = looks_of(asking.measure, asking.count, found.figures)
    largest = int(found.figures[f"{asking.count}_unconnected_rural"].max(initial=0))
    legend = legend_from(asking, looks.areas(asking.measure, asking.count), int(looks.is_wide.sum()), largest, HEXAGON_RADIUS)
    notes = (
        gettext("Each hexagon is %(area)s km² large. Where no school of the choice lies, there is none.", area=number(found.grid.area_km2)),
        gettext("The table counts the same schools by region; point at a hexagon for its figures."),
    )
    return legend, notes


def _payload(found: HexagonCoverage) -> dict[str, Any]:
    """All hexagons as columns.

    `corners` holds six corners a hexagon in steps of 1/10,000 degree, longitude before latitude, each corner as the difference from the
    one before it in the file. `looks` has one character a hexagon (`ManyLooks.letters`) by count and measure, `names` what they mean.
    """
    steps = np.round(found.corners * STEPS_PER_DEGREE).astype(np.int64).reshape(-1, 2)
    return {
        "area_km2": found.grid.area_km2,
        "hexagons": len(found.keys),
        "schools": found.total - found.not_placed,
        "not_placed": found.not_placed,
        "steps_per_degree": STEPS_PER_DEGREE,
        "corners": np.diff(steps, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel().tolist(),
        "names": {measure.value: [one.name for one in classes_of(measure, "schools")] for measure in Measure},
        "looks": {count: {one.value: looks_of(one, count, found.figures).letters() for one in Measure} for count in COUNTS},
        "counts": {count: figure_of(Measure.UNCONNECTED_RURAL, count, found.figures).value.astype(int).tolist() for count in COUNTS},
    }


def _name(found: HexagonCoverage, position: int) -> str:
    """What a hexagon is called: its area and its middle; a position that is not there is refused by `row`."""
    longitude, latitude = (float(values[0]) if len(values) else 0.0 for values in found.grid.centres(found.keys[position : position + 1]))
    turned = (longitude + 180) % 360 - 180
    north = (
        gettext("%(degrees)s° N", degrees=_degrees(latitude)) if latitude >= 0 else gettext("%(degrees)s° S", degrees=_degrees(-latitude))
    )
    east = gettext("%(degrees)s° E", degrees=_degrees(turned)) if turned >= 0 else gettext("%(degrees)s° W", degrees=_degrees(-turned))
    return gettext("%(area)s km² around %(north)s, %(east)s", area=number(found.grid.area_km2), north=north, east=east)


def _degrees(value: float) -> str:
    return str(format_decimal(value, "0.0"))
