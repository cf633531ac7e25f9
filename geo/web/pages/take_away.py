"""What can be taken away from a view besides its address: pictures in several sizes, files of figures, the code that embeds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from markupsafe import Markup

from geo.model import View
from geo.services.coverage import coverage_answer
from geo.services.places import PlacePage
from geo.web.current import settings, workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Frame
from geo.web.pages.picture_foot import Place, foot_lines
from geo.web.pages.translation import gettext, url_for
from geo.web.params import parameters_of

FRAME_HEIGHT = 560
"""Pixels that the code asks for; the page in the frame fills whatever it gets."""


@dataclass(frozen=True)
class PictureLinks:
    """Addresses of a picture in one size, and what the size is called."""

    words: str
    png: str
    svg: str


def take_away_members(frame: Frame, page: PlacePage, inner: View) -> dict[str, Any]:
    """What templates/parts/take_away.html needs.

    Parameters
    ----------
    inner
        The view with the place among its filters.
    """
    words = _size_words()
    pinned = {**frame.asked.pinned(frame.release, frame.norm), "lang": language()}
    addresses = {kind: _place_address(f"map_{kind}", f"region_{kind}", page, pinned) for kind in ("png", "svg")}
    pictures = tuple(PictureLinks(words[size], *(f"{addresses[kind]}&size={size}" for kind in ("png", "svg"))) for size in words)
    paper = f"{addresses['svg']}&size=map"
    return {
        "pictures": pictures,
        "paper_map": paper,
        "paper_lines": tuple(foot_lines(Place(frame, page, inner))),
        "figure_files": _figure_files(frame, page, inner),
        "school_files": _school_files(frame, inner),
        "figures_link": _figures_link(frame, page, inner),
        "offline": _offline_address(frame, inner),
        "embed": _embed_code(frame, page, pinned),
    }


def _size_words() -> Mapping[str, str]:
    return {
        "a4-landscape": gettext("A4, landscape"),
        "a4-portrait": gettext("A4, portrait"),
        "slide": gettext("Slide"),
        "square": gettext("Square"),
    }


def _place_address(home: str, region: str, page: PlacePage, parameters: Mapping[str, str]) -> str:
    """Address of a country's route or of its counterpart for a region."""
    if page.code is None:
        return url_for(f"pages.{home}", **parameters)
    return url_for(f"pages.{region}", code=page.code, **parameters)


def _figure_files(frame: Frame, page: PlacePage, inner: View) -> Mapping[str, str]:
    """Addresses of the figures of the place's parts, by format."""
    by = {"by": page.parts_grouping.value} if page.parts_grouping else {}
    pinned = parameters_of(replace(inner, release_id=frame.release.id, norm=frame.norm.name))
    return {kind: url_for("coverage.get_coverage", **pinned, **by, f=kind, lang=language()) for kind in ("csv", "xlsx")}


def _figures_link(frame: Frame, page: PlacePage, inner: View) -> str:
    """Address of the figures of the place and its parts as data, which pins them so that anybody can check them."""
    pinned = replace(inner, release_id=frame.release.id, norm=frame.norm.name)
    return coverage_answer(workspace(), pinned, (page.parts_grouping,) if page.parts_grouping else ()).cited.link


def _school_files(frame: Frame, inner: View) -> Mapping[str, str]:
    """Addresses of all schools of the view as a file, by the name of its format."""
    pinned = parameters_of(replace(inner, release_id=frame.release.id, norm=frame.norm.name))
    formats = {"CSV": "csv", "XLSX": "xlsx", "GeoPackage": "gpkg"}
    return {name: url_for(f"files.get_schools_{ending}", **pinned, lang=language()) for name, ending in formats.items()}


def _offline_address(frame: Frame, inner: View) -> str:
    """Address of the bundle of the view's schools that opens without a network."""
    pinned = parameters_of(replace(inner, release_id=frame.release.id, norm=frame.norm.name))
    return url_for("pages.offline_zip", **pinned, **frame.asked.looks, lang=language())


def _embed_code(frame: Frame, page: PlacePage, pinned: Mapping[str, str]) -> Mapping[str, Any]:
    """The elements that put the view into another page: always with the current figures, and with those of this release."""
    current = {name: value for name, value in frame.asked.parameters.items() if name != "release"} | {"lang": language()}
    return {
        "current": _frame_element(_place_address("embed", "embed_region", page, current)),
        "pinned": _frame_element(_place_address("embed", "embed_region", page, pinned)),
        "is_for_others": bool(settings().embed_origins),
    }


def _frame_element(address: str) -> str:
    """An `iframe` as text; what it shows is said for people who do not see it."""
    element = Markup('<iframe src="{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>')
    return str(element.format(request.host_url.rstrip("/") + address, gettext("Map of schools"), FRAME_HEIGHT))
