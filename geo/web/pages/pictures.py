"""Pictures to take away: the map of any view as PNG or SVG, made here without a browser."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model import View
from geo.render.map_picture import DEFAULT_SIZE, SIZES, MapPicture, PictureFormat
from geo.services.places import narrowed, place_page
from geo.web.caching import CURRENT, PAGE_PART, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Frame, asked, blueprint, frame_of, tidied
from geo.web.pages.map_areas import wants_districts
from geo.web.pages.picture_content import picture_of
from geo.web.pages.picture_foot import Place

MEDIA_TYPES = {PictureFormat.PNG: "image/png", PictureFormat.SVG: "image/svg+xml"}


@blueprint.get("/map.png")
def map_png() -> AnyResponse:
    """Give the map of the country as PNG."""
    return _picture(None, PictureFormat.PNG)


@blueprint.get("/map.svg")
def map_svg() -> AnyResponse:
    """Give the map of the country as SVG."""
    return _picture(None, PictureFormat.SVG)


@blueprint.get("/regions/<code>/map.png")
def region_png(code: str) -> AnyResponse:
    """Give the map of a region or district as PNG."""
    return _picture(code, PictureFormat.PNG)


@blueprint.get("/regions/<code>/map.svg")
def region_svg(code: str) -> AnyResponse:
    """Give the map of a region or district as SVG."""
    return _picture(code, PictureFormat.SVG)


def place_of(frame: Frame, code: str | None) -> Place:
    """The country, or the place of a code, under the view of a page.

    Raises
    ------
    NotFound
        The release has no such region or district.
    """
    view = frame.asked.view
    page = place_page(workspace(), view, code, language=language(), by_district=wants_districts(frame))
    inner = view if page.grouping is None or code is None else replace(view, where=narrowed(view.where, page.grouping, code))
    return Place(frame, page, inner)


def _picture(code: str | None, picture_format: PictureFormat) -> AnyResponse:
    redirection = tidied()
    if redirection is not None:
        return redirection
    asking = asked("size")
    size = request.args.get("size") or DEFAULT_SIZE
    frame = frame_of(asking)
    media_type = MEDIA_TYPES[picture_format]
    query = {**asking.parameters, "norm": frame.norm.name, "size": size, "host": request.host_url}
    etag = etag_of(frame.release.sha256, query, media_type)

    def make() -> Response:
        response = Response(_drawn(picture_of(place_of(frame, code)), size, picture_format), mimetype=media_type)
        response.headers["Content-Disposition"] = f'inline; filename="{file_stem(frame, code)}-{size}.{picture_format}"'
        return response

    return answered(etag, CURRENT if _is_open(asking.view) else PAGE_PART, make)


def _is_open(view: View) -> bool:
    """Whether the address names no release, so that its answer changes with the next one."""
    return view.release_id is None


def file_stem(frame: Frame, code: str | None) -> str:
    """Begin of the name of a file with figures of a place: what it is of, which release, and of which day."""
    release = frame.release
    where = "-".join(part for part in (release.country, code) if part) or "schools"
    safe = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "-") else "_" for letter in where)[:40]
    return f"qosyl-{safe.lower()}-release-{release.id}-{release.published_at:%Y-%m-%d}"


def _drawn(picture: MapPicture, size: str, picture_format: PictureFormat) -> bytes:
    from geo.render.map_picture_page import drawn  # noqa: PLC0415 - Matplotlib: 40 MB and half a second, for those alone who want pictures

    return drawn(picture, SIZES[size], picture_format)
