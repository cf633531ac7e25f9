"""Pages of places for visitors where PUBLIC_DETAIL is not `exact`: figures of groups of at least five schools, and points in cells."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Response, jsonify, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo.config import PublicDetail
from geo.errors import DetailWithheld, NotFound
from geo.model import AREA_TYPES, NO_VALUE, STATUSES, Grouping, ReleaseRecord, View, where
from geo.render.school_map import map_html
from geo.services.norms import norm_named
from geo.services.public_detail import PublicWorkspace
from geo.services.public_figures import FEWER, PublicAnswer, PublicRow, public_answer
from geo.web.caching import CURRENT, PAGE_PART, answered, etag_of
from geo.web.current import public_workspace
from geo.web.languages import language
from geo.web.pages.areas import area_members
from geo.web.pages.blueprint import Asked, Frame, asked, frame_of, static_digest, surroundings, tidied
from geo.web.pages.figures import NO_FIGURE, number
from geo.web.pages.ground import ground_member
from geo.web.pages.map_areas import OUTLINE
from geo.web.pages.map_notes import note_words
from geo.web.pages.maps import geometry_address, release_of, script_address
from geo.web.pages.places import inner_parameters, map_words
from geo.web.pages.points import points_member
from geo.web.pages.translation import gettext, url_for
from geo.web.pages.wording import word
from geo.web.params import read_query, view_of

FRAMES = ("pages.embed", "pages.embed_region")


def public_place(code: str | None = None) -> AnyResponse:
    """Show visitors the country, a region or a district."""
    redirection = tidied()
    if redirection is not None:
        return redirection
    frame, workspace = frame_of(asked()), visited()
    check_plain(frame.asked)
    workspace.opened(frame.release).check_norm(frame.norm, frame.asked.view.basis)
    template = "public_embed.html" if request.endpoint in FRAMES else "public_place.html"
    current = str(frame.release.id)
    depends_on = {
        **frame.asked.parameters,
        **surroundings(),
        "static": static_digest(),
        "detail": workspace.detail.value,
        "current": current,
    }
    etag = etag_of(frame.release.sha256, depends_on, "text/html")
    make = lambda: Response(render_template(template, frame=frame, **_members(frame, workspace, code)), mimetype="text/html")  # noqa: E731
    return answered(etag, CURRENT, make)


def visited() -> PublicWorkspace:
    """What the present visitor's answer is made from.

    Raises
    ------
    DetailWithheld
        It is not a visitor's.
    """
    found = public_workspace()
    if found is None:
        raise DetailWithheld("this is an answer for visitors")
    return found


def check_plain(asking: Asked) -> None:
    """Refuse a page that is asked to show anything but a place as it is.

    Raises
    ------
    DetailWithheld
        It is filtered, or counts students.
    """
    if asking.view.where or asking.count != "schools":
        raise DetailWithheld("without a key, pages show the schools of a place, without a filter")


def public_school(tag: str, row: int) -> AnyResponse:
    """What the popup of a point says: its status and area type."""
    release, workspace = release_of(tag), visited()
    view = view_of(read_query(request.args, ("norm", "basis", "lang")))
    opened = workspace.opened(release)
    opened.check_norm(workspace.default_norm if view.norm is None else norm_named(view.norm), view.basis)
    if row >= opened.table.num_rows:
        raise NotFound(f"release {release.id} has no school {row}")
    status = STATUSES[opened.own_statuses[row]]
    members = {
        "status": status.value,
        "name": gettext("A school"),
        "place": gettext("Its position is rounded to 0.1 degrees."),
        "sentence": word("status", status),
        "facts": [[gettext("Area"), word("area_type", AREA_TYPES[opened.columns.area_type[row]])]],
    }
    return answered(etag_of(release.sha256, {"row": str(row)}, "application/json"), PAGE_PART, lambda: jsonify(members))


def _members(frame: Frame, workspace: PublicWorkspace, code: str | None) -> dict[str, Any]:
    """Everything that the template of a place needs."""
    grouping = None if code is None else _grouping_of(frame.release, workspace, code)
    view = View(frame.release.id) if grouping is None or code is None else View(frame.release.id, where=where(**{grouping.value: (code,)}))
    inner = {None: Grouping.ADMIN1, Grouping.ADMIN1: Grouping.ADMIN2}.get(grouping)
    parts_grouping = inner if inner is not None and inner.value in frame.release.boundaries else None
    by_part = public_answer(workspace, view, (parts_grouping,) if parts_grouping else (), language=language())
    by_area = None if grouping is Grouping.ADMIN2 else public_answer(workspace, view, (Grouping.AREA_TYPE,), language=language())
    return {
        "release": frame.release,
        "grouping": grouping,
        "name": _name(workspace, frame.release, grouping, code),
        "parts_grouping": parts_grouping,
        "parts": _lines(by_part, parts_grouping),
        "area_types": [] if by_area is None else _lines(by_area, Grouping.AREA_TYPE),
        "total": _line(by_part.total, None, ""),
        "statuses": STATUSES,
        "has_points": workspace.detail is PublicDetail.SNAPPED,
        "csv": url_for(
            "coverage.get_coverage", **view.where.as_parameters(), **({"by": parts_grouping.value} if parts_grouping else {}), f="csv"
        ),
        "citation": by_part.citation,
        **_map_members(frame, workspace, view, grouping, code),
    }


def _grouping_of(release: ReleaseRecord, workspace: PublicWorkspace, code: str) -> Grouping:
    if code == NO_VALUE:
        return Grouping.ADMIN1
    for grouping in (Grouping.ADMIN1, Grouping.ADMIN2):
        identity = release.boundaries.get(grouping.value)
        if identity is not None and code in workspace.boundary_set(identity).units.codes:
            return grouping
    raise NotFound(f"release {release.id} has no region or district '{code[:60]}'")


def _name(workspace: PublicWorkspace, release: ReleaseRecord, grouping: Grouping | None, code: str | None) -> str:
    if grouping is None or code is None or code == NO_VALUE:
        return "" if grouping is None else gettext("Schools in no region")
    units = workspace.boundary_set(release.boundaries[grouping.value]).units
    return units.names.get(language(), units.names["en"])[units.codes.index(code)]


def _lines(answer: PublicAnswer, grouping: Grouping | None) -> list[dict[str, Any]]:
    if grouping is None:
        return []
    lines = []
    for row in answer.rows:
        code = row.keys[grouping]
        if grouping is Grouping.AREA_TYPE:
            name = word("area_type", code or "unknown")
        else:
            none = gettext("No region") if grouping is Grouping.ADMIN1 else gettext("No district")
            name = answer.names.get(grouping, {}).get(code or "") or code or none
        lines.append(_line(row, code, name))
    return lines


def _line(row: PublicRow, code: str | None, name: str) -> dict[str, Any]:
    """A row of a table: numbers as words, so that what is not told is said."""
    figures = row.figures()
    return {
        "code": code,
        "name": name,
        "schools": told(figures["schools"], row.suppressed),
        "connected": told(figures["schools_connected"], row.statuses_suppressed),
        "meets_norm": told(figures["schools_meets_norm"], row.statuses_suppressed),
        "statuses": {status: told(figures[f"schools_{status}"], row.statuses_suppressed) for status in STATUSES},
        "not_connected_or_unknown": told(figures["schools_unconnected_or_unknown"], row.statuses_suppressed),
        "share_lower": figures["schools_meets_norm_share_lower"],
    }


def told(value: int | None, suppressed: str | None) -> str:
    """A number, or what is said in its place."""
    if value is not None:
        return number(value)
    return {FEWER: gettext("fewer than 5"), None: NO_FIGURE}.get(suppressed) or gettext("held back")


def _map_members(frame: Frame, workspace: PublicWorkspace, view: View, grouping: Grouping | None, code: str | None) -> dict[str, Any]:
    """The map of regions, with the points of the place where there are any; nothing where there are no boundaries."""
    drawn = Grouping.ADMIN2 if grouping is Grouping.ADMIN2 else Grouping.ADMIN1
    identity = frame.release.boundaries.get(drawn.value)
    if identity is None:
        return {"map_html": ""}
    units = workspace.boundary_set(identity).units
    names = dict(zip(units.codes, units.names.get(language(), units.names["en"]), strict=True))
    members = {
        each: area_members(name, None, frame.asked, url=url_for("pages.region", code=each), largest=0)
        | {"fill": OUTLINE, "class": "", "is_wide": False}
        for each, name in names.items()
    }
    has_points = workspace.detail is PublicDetail.SNAPPED
    parameters = inner_parameters(frame, replace(view, norm=frame.norm.name))
    row = url_for("pages.map_school", tag=frame.release.tag, row=0, lang=language())
    shown: dict[str, Any] = {
        "school_url": row.replace("/school/0.json", "/school/{row}.json"),
        "focus": code if code != NO_VALUE else None,
        "regions": members,
        "words": map_words() | note_words() | ({} if has_points else {"none_drawn": gettext("No points are shown here.")}),
        "areas": {
            "shown": "admin1",
            "geometry": asdict(geometry_address(frame.release, drawn)),
            "finer": None,
            "ground": ground_member(),
            "hexagons": None,
        },
        "notes": {"synthetic": "", "filtered": "", "not_placed": ""},
        "points": points_member(frame.release, view, parameters),
    }
    return {"map_html": map_html(), "map_view": shown, "map_script": script_address(frame.release, drawn)}
