"""The page of results of a search, and the same results as JSON for the field in the head of every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, render_template
from werkzeug.wrappers import Response as AnyResponse

from geo.model import Grouping, ReleaseRecord, Status
from geo.services.norms import Norm
from geo.services.search import MAX_QUERY_CHARACTERS, Hit, Match, SchoolHit, SearchAnswer, search
from geo.web.caching import CURRENT, cached, etag_of, is_known, not_modified
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Asked, Frame, blueprint, frame_of, page_arguments, static_digest, tidied
from geo.web.pages.figures import number
from geo.web.pages.sentences import school_name
from geo.web.pages.translation import gettext, ngettext, url_for
from geo.web.pages.wording import word
from geo.web.params import read_query, view_of

ACCEPTED = ("q", "release", "norm", "basis", "count", "lang")
CARRIED = ("release", "norm", "basis", "count")
"""Parameters that a search keeps from the page it is asked on; filters are not among them, for every school can be found."""
LISTED, OFFERED = 50, 8
"""Results on the page, and in the list under the field."""
ZOOM_SCHOOL, ZOOM_REGION, ZOOM_DISTRICT = 12, 6, 8
"""Web map zooms at which a school, a region and a district can be recognised."""


@dataclass(frozen=True)
class SearchAsked(Asked):
    """What the address of a search asks for."""

    query: str = ""

    def pinned(self, release: ReleaseRecord, norm: Norm) -> dict[str, str]:
        """See `Asked.pinned`."""
        return {**super().pinned(release, norm), **({"q": self.query} if self.query else {})}


@dataclass(frozen=True)
class ShownHit:
    """A hit as it is shown; every text is text, never markup.

    Parameters
    ----------
    about
        What it is, where it is, and a school's status, in words.
    id
        The id that was searched for; None where it was found otherwise.
    map_url
        The map looking at it; None where no map shows it.
    is_guess
        Whether it was found by other words than those that were typed.
    """

    name: str
    about: str
    url: str
    map_url: str | None
    status: Status | None
    id: str | None
    row: int | None
    latitude: float | None
    longitude: float | None
    is_guess: bool

    def as_dict(self) -> dict[str, Any]:
        """Members for the field's list."""
        return {
            "name": self.name,
            "about": self.about if self.id is None else f"{self.about} · {self.id}",
            "url": self.url,
            "status": self.status,
            "row": self.row,
            "lat": self.latitude,
            "lng": self.longitude,
        }


def _asked() -> tuple[SearchAsked, dict[str, Any]]:
    values = read_query(page_arguments(), ACCEPTED, blank_is_absent=True)
    return SearchAsked(view_of(values), values.get("count", "schools"), query=values.get("q", "")), values


def _etag(asking: SearchAsked, frame: Frame, media_type: str) -> str:
    query = {**asking.parameters, "q": asking.query, "norm": frame.norm.name, "id": str(frame.release.id)}
    return etag_of(frame.release.sha256, query | {"current": str(frame.current_id), "static": static_digest()}, media_type)


@blueprint.get("/search", endpoint="search")
def search_page() -> AnyResponse:
    """Show what a search found."""
    redirection = tidied()
    if redirection is not None:
        return redirection
    asking, _ = _asked()
    frame = frame_of(asking)
    etag = _etag(asking, frame, "text/html")
    if is_known(etag):
        return not_modified(etag, CURRENT)
    found = search(workspace(), asking.view, asking.query, limit=LISTED, language=language())
    page = render_template("search.html", frame=frame, found=found, hits=[_shown(hit, asking) for hit in found.hits])
    return cached(Response(page, mimetype="text/html"), etag, CURRENT)


@blueprint.get("/search.json")
def search_json() -> Response:
    """Serve what the field in the head offers while somebody types."""
    asking, _ = _asked()
    frame = frame_of(asking)
    etag = _etag(asking, frame, "application/json")
    if is_known(etag):
        return not_modified(etag, CURRENT)
    found = search(workspace(), asking.view, asking.query, limit=OFFERED, language=language())
    members = [_shown(hit, asking).as_dict() for hit in found.hits]
    return cached(jsonify(query=found.query, total=found.total, words=_words(found), results=members), etag, CURRENT)


def _words(found: SearchAnswer) -> str:
    """What is announced once the list is there."""
    if not found.hits:
        return gettext("Nothing was found.")
    if found.total > len(found.hits):
        return gettext("%(total)s found, the best %(count)s listed.", total=number(found.total), count=number(len(found.hits)))
    return ngettext("%(count)s found.", "%(count)s found.", found.total, count=number(found.total))


def _shown(hit: Hit, asking: Asked) -> ShownHit:
    parameters = asking.parameters
    is_guess = hit.match in (Match.MISSPELT, Match.PARTLY)
    if isinstance(hit, SchoolHit):
        places = [hit.admin2_name, hit.admin1_name]
        return ShownHit(
            name=school_name(hit.name, hit.school_id),
            about=" · ".join(part for part in (", ".join(place for place in places if place), word("status", hit.status)) if part),
            url=url_for("pages.school", school_id=hit.school_id, **parameters),
            map_url=_map_url(hit.latitude, hit.longitude, ZOOM_SCHOOL, parameters),
            status=hit.status,
            id=_found_id(hit, asking) if hit.match in (Match.ID, Match.ID_BEGINS) else None,
            row=hit.row,
            latitude=hit.latitude,
            longitude=hit.longitude,
            is_guess=is_guess,
        )
    is_region = hit.grouping is Grouping.ADMIN1
    kind = gettext("Region") if is_region else gettext("District")
    return ShownHit(
        name=hit.name,
        about=" · ".join(part for part in (kind, hit.parent_name) if part),
        url=url_for("pages.region", code=hit.code, **parameters),
        map_url=_map_url(hit.latitude, hit.longitude, ZOOM_REGION if is_region else ZOOM_DISTRICT, parameters),
        status=None,
        id=None,
        row=None,
        latitude=hit.latitude,
        longitude=hit.longitude,
        is_guess=is_guess,
    )


def _found_id(hit: SchoolHit, asking: Asked) -> str:
    """The id of a school that the query is or begins."""
    query = asking.query.lower() if isinstance(asking, SearchAsked) else ""
    ids = [own for own in (hit.school_id, hit.school_id_giga, hit.school_id_govt) if own]
    return next((own for own in ids if own.lower().startswith(query)), hit.school_id)


def _map_url(latitude: float | None, longitude: float | None, zoom: int, parameters: dict[str, str]) -> str | None:
    if latitude is None or longitude is None:
        return None
    return f"{url_for('pages.home', **parameters)}#map={zoom}/{latitude:.4f}/{longitude:.4f}"


def search_parameters(frame: Frame) -> dict[str, str]:
    """What the search form of a page carries on from its address."""
    return {name: value for name, value in frame.asked.parameters.items() if name in CARRIED}


def register(app: Flask) -> None:
    """Let an application's templates make the search form."""
    app.jinja_env.globals.update(search_parameters=search_parameters, most_search_characters=MAX_QUERY_CHARACTERS)
