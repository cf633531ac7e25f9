"""Two releases side by side: their figures with how surely they differ, both maps, and the schools that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flask import Response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import InvalidParameter
from geo.model import AREA_TYPES, FILTERS, STATUSES, AreaType, Grouping, Measure, ReleaseRecord, View
from geo.render.change_map import change_class
from geo.render.change_marks import CHANGE_MARKS
from geo.render.change_payload import FORMAT_VERSION, ChangePoints, ThinnedChanges, encode_changes, thinned
from geo.render.still_changes import NOT_SURE, still_changes
from geo.services.comparison import Compared, ComparedRow, Verdict, compared, former_release
from geo.services.coverage import is_synthetic
from geo.services.places import filter_choices, place_page
from geo.services.school_changes import CHANGE_KINDS, NO_ROW, SchoolChanges, changed_schools
from geo.web.caching import CURRENT, IMMUTABLE, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import chosen_language, language
from geo.web.pages.areas import Legend
from geo.web.pages.blueprint import Asked, Frame, blueprint, frame_of, page_arguments, static_digest, surroundings, tidied
from geo.web.pages.compare_words import finding_of, kind_words, signed, signed_points, verdict_words
from geo.web.pages.filter_form import terms_of
from geo.web.pages.map_areas import areas_view, drawn_units, map_choice, units_legend
from geo.web.pages.map_notes import map_notes
from geo.web.pages.maps import NO_BOUNDARIES, release_of, shapes_of
from geo.web.pages.places import inner_parameters, map_view
from geo.web.pages.points import points_member
from geo.web.pages.sentences import school_name
from geo.web.pages.translation import gettext, url_for
from geo.web.params import VIEW_PARAMETERS, parameters_of, read_query, view_of

PAGE_LENGTH = 100
CHOICES = 200
"""Newest releases that either side can be chosen from by a list; an address takes any."""
FILE_PARAMETERS = ("norm", "basis", *FILTERS, "count")


@dataclass(frozen=True)
class Pair:
    """What the address of the page asks for: two releases, and what of them.

    Parameters
    ----------
    before
        None where there is no release before the other one.
    asking
        View and looks; its release is `after`.
    """

    before: ReleaseRecord | None
    after: ReleaseRecord
    asking: Asked
    kinds: tuple[str, ...]
    page: int

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters of the view without releases."""
        return {name: value for name, value in self.asking.parameters.items() if name != "release"}

    @property
    def pinned(self) -> dict[str, str]:
        """Query parameters that will give the same figures years later."""
        norm = self.asking.view.norm or workspace().default_norm.name
        return {**self.parameters, "norm": norm, **self.releases}

    @property
    def releases(self) -> dict[str, str]:
        """The two releases as query parameters."""
        return {"to": str(self.after.id), **({} if self.before is None else {"from": str(self.before.id)})}

    def side(self, release: ReleaseRecord) -> Frame:
        """Frame of one side's map."""
        return frame_of(replace(self.asking, view=replace(self.asking.view, release_id=release.id)))


def _pair() -> Pair:
    """The pair that the present address asks for.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release, or it is out of public reach.
    InvalidParameter
        A parameter is not accepted, or both releases are the same.
    """
    accepted = (*VIEW_PARAMETERS[1:], "count", "measure", "lang", "from", "to", "change", "page")
    values = read_query(page_arguments(), accepted, blank_is_absent=True)
    after = workspace().release(values.get("to"))
    before = workspace().release(values["from"]) if "from" in values else former_release(workspace(), after)
    view = replace(view_of(values), release_id=after.id)
    asking = Asked(view, values.get("count", "schools"), values.get("measure", Measure.MEETS_NORM))
    return Pair(before, after, asking, values.get("change", ()), values.get("page", 1))


@blueprint.get("/compare")
def compare() -> AnyResponse:
    """Show two releases side by side."""
    redirection = tidied()
    if redirection is not None:
        return redirection
    pair = _pair()
    asked = {**pair.pinned, "change": ",".join(pair.kinds), "page": str(pair.page), **surroundings()}
    tags = "" if pair.before is None else pair.before.sha256
    etag = etag_of(f"{tags} {pair.after.sha256}", asked, "text/html")
    return answered(etag, CURRENT, lambda: Response(render_template("compare.html", **_members(pair)), mimetype="text/html"))


def _members(pair: Pair) -> dict[str, Any]:
    """Everything that the template needs."""
    frame = pair.side(pair.after)
    shared = {
        "pair": pair,
        "subject": pair.after,
        "norm": frame.norm,
        "count": pair.asking.count,
        "choices": filter_choices(workspace(), frame.asked.view, language=language()),
        "area_types": AREA_TYPES,
        "chosen": {name: ",".join(frame.asked.view.where.values_of(name)) for name in FILTERS},
        "kept": _kept(pair),
        "records": _records(pair),
    }
    if pair.before is None:
        return shared | {"found": None}
    found = _compared(pair, pair.before, (Grouping.ADMIN1,))
    return shared | {
        "found": found,
        "finding": _finding(found, frame),
        "area_rows": _area_rows(pair, pair.before),
        "verdict_words": verdict_words,
        "kind_words": kind_words,
        "signed": signed,
        "signed_points": signed_points,
        "statuses": STATUSES,
        "marks": CHANGE_MARKS,
        "map_view": _map_view(pair, found),
        "still": url_for("pages.changes_picture", **_file_names(found), **_file_parameters(pair), lang=language()),
        "placed": int(found.changes.is_placed.sum()),
        "permanent_url": url_for("pages.compare", **pair.pinned),
        "school_name": school_name,
        **_list(pair, found),
    }


def _finding(found: Compared, frame: Frame) -> tuple[str, str]:
    """The difference in two sentences, and with the second the filter that both hold under."""
    schools, share = finding_of(found, frame.asked.count)
    terms = "; ".join(f"{term.title}: {term.words}" for term in terms_of(frame))
    return schools, f"{share} {gettext('Only: %(filters)s', filters=terms)}." if terms else share


def _kept(pair: Pair) -> dict[str, str]:
    """What the form carries along without showing it."""
    shown = ("norm", "count", "area_type")
    kept = {name: value for name, value in pair.parameters.items() if name not in shown}
    return kept | ({"lang": chosen} if (chosen := chosen_language()) else {})


def _records(pair: Pair) -> tuple[ReleaseRecord, ...]:
    """Releases that the form offers, newest first: the newest in public reach, and the two that are shown."""
    withdrawn, current = workspace().withdrawn_ids(), workspace().release().id
    numbers = {number for number in range(max(current - CHOICES, 0) + 1, current + 1) if number not in withdrawn}
    numbers |= {record.id for record in (pair.before, pair.after) if record is not None}
    return tuple(workspace().release_record(number) for number in sorted(numbers, reverse=True))


def _compared(pair: Pair, before: ReleaseRecord, by: tuple[Grouping, ...]) -> Compared:
    return compared(workspace(), pair.asking.view, before, by=by, language=language())


def _area_rows(pair: Pair, before: ReleaseRecord) -> tuple[tuple[AreaType, ComparedRow], ...]:
    rows = {row.keys[Grouping.AREA_TYPE]: row for row in _compared(pair, before, (Grouping.AREA_TYPE,)).rows}
    return tuple((area, rows[area.value]) for area in AREA_TYPES if area.value in rows)


def _list(pair: Pair, found: Compared) -> dict[str, Any]:
    """The page of changed schools that is asked for, the last one where there are fewer."""
    wanted = found.changes.of(pair.kinds)
    pages = max(-(-len(wanted) // PAGE_LENGTH), 1)
    page = min(pair.page, pages)
    shown = wanted.page((page - 1) * PAGE_LENGTH, page * PAGE_LENGTH)
    longitude, latitude = shown.places
    places = [
        f"11/{north:.4f}/{east:.4f}" if is_placed else ""
        for east, north, is_placed in zip(longitude.tolist(), latitude.tolist(), shown.is_placed.tolist(), strict=True)
    ]
    return {
        "schools": tuple(zip(changed_schools(shown), places, strict=True)),
        "schools_total": len(wanted),
        "page": page,
        "pages": pages,
        "page_start": (page - 1) * PAGE_LENGTH,
    }


def _map_view(pair: Pair, found: Compared) -> dict[str, Any]:
    """The JSON beside the maps: what either shows, and where the layer of changes is."""
    drawn = _drawn(found.changes)
    sides = [_side(pair.side(release)) for release in (found.before, found.after)]
    return {
        "sides": [None if side is None else side[0] for side in sides],
        "legends": [None if side is None else side[1] for side in sides],
        "changes": {
            "url": url_for("pages.changes_payload", **_file_names(found), **_file_parameters(pair), lang=None),
            "kinds": list(CHANGE_KINDS),
            "marks": {kind: {"path": mark.path, "is_filled": mark.is_filled} for kind, mark in CHANGE_MARKS.items()},
            "most": drawn.most,
        },
    }


def _side(frame: Frame) -> tuple[dict[str, Any], Legend] | None:
    """What one of the two maps shows, and its legend; None where its release does not know a region of the filter."""
    try:
        page = place_page(workspace(), frame.asked.view, None, language=language())
    except InvalidParameter:
        return None
    choice = map_choice(page, frame)
    parameters = inner_parameters(frame, frame.asked.view)
    drawn = drawn_units(page, choice)
    made = map_view(drawn, frame, parameters)
    made["words"] = {**made["words"], "label": f"{gettext('Release %(id)s', id=frame.release.id)}. {made['words']['label']}"}
    made |= {"areas": areas_view(page, frame, choice, parameters) | {"finer": None}, "notes": map_notes(page)}
    return made | {"points": points_member(frame.release, frame.asked.view, parameters)}, units_legend(drawn, frame.asked)


def _file_names(found: Compared) -> dict[str, str]:
    return {"tag": found.before.tag, "other": found.after.tag}


def _file_parameters(pair: Pair) -> dict[str, str]:
    """Query parameters of the pair's files: the norm always, so that an address stands for one content."""
    return {name: value for name, value in pair.pinned.items() if name in FILE_PARAMETERS}


def _drawn(changes: SchoolChanges) -> ThinnedChanges:
    placed = np.flatnonzero(changes.is_placed)
    longitude, latitude = changes.places
    former_longitude, former_latitude = changes.former_places
    is_moved = (changes.kinds & (1 << CHANGE_KINDS.index("moved"))) != 0
    rows = np.where(changes.rows_after == NO_ROW, changes.rows_before, changes.rows_after)
    former = [np.where(is_moved, values, np.nan) for values in (former_longitude, former_latitude)]
    return thinned(ChangePoints(longitude, latitude, former[0], former[1], rows, changes.kinds).at(placed))


def _files(tag: str, other: str) -> tuple[ReleaseRecord, View, str]:
    """The first release, the view of the second one, and what is counted, as the address of a file of a pair names them."""
    before, after = release_of(tag), release_of(other)
    values = read_query(request.args, (*FILE_PARAMETERS, "lang"))
    view = replace(view_of(values), release_id=after.id)
    return before, replace(view, norm=view.norm or workspace().default_norm.name), values.get("count", "schools")


@blueprint.get(f"/map/<tag>/changes-{FORMAT_VERSION}/<other>.bin")
def changes_payload(tag: str, other: str) -> AnyResponse:
    """Serve the changed schools of two releases as bytes (geo.render.change_payload)."""
    before, view, _ = _files(tag, other)
    etag = etag_of(f"{tag} {other}", parameters_of(view), "application/octet-stream", has_words=False)

    def make() -> Response:
        data = encode_changes(_drawn(compared(workspace(), view, before).changes))
        return Response(data, mimetype="application/octet-stream")

    return answered(etag, IMMUTABLE, make, has_words=False)


@blueprint.get("/map/<tag>/changes/<other>.svg")
def changes_picture(tag: str, other: str) -> AnyResponse:
    """Serve the changes between two releases as a picture: regions by how their share moved, and marks of schools on top."""
    before, view, count = _files(tag, other)
    etag = etag_of(f"{tag} {other}", {**parameters_of(view), "count": count, "static": static_digest()}, "image/svg+xml")

    def make() -> Response:
        found = compared(workspace(), view, before, by=(Grouping.ADMIN1,))
        shapes = shapes_of(found.after.boundaries.get(Grouping.ADMIN1.value, NO_BOUNDARIES))
        note = gettext("Synthetic data") if is_synthetic(found.before) or is_synthetic(found.after) else ""
        text = still_changes(shapes, region_moves(found, count), _kind_places(found.changes), note=note)
        return Response(text, mimetype="image/svg+xml")

    return answered(etag, CURRENT, make)


def region_moves(found: Compared, count: str) -> Mapping[str, str]:
    """Class of each region's move, none where the bounds leave it open; regions that a side does not know are not in it."""
    share = f"{count}_meets_norm"
    moves = {}
    for row in found.rows:
        code = row.keys[Grouping.ADMIN1]
        if code is not None and row.before is not None and row.after is not None:
            is_sure = row.change(share).verdict in (Verdict.ROSE, Verdict.FELL)
            moves[code] = change_class(row.before[f"{share}_share"], row.after[f"{share}_share"]) if is_sure else NOT_SURE
    return moves


def _kind_places(changes: SchoolChanges) -> dict[str, Any]:
    """Where the schools lie of which a kind is the first, what needs a look first last, so that it is drawn on top."""
    longitude, latitude = changes.places
    first = changes.kinds & -changes.kinds.astype(np.int16)
    places = {}
    for bit, kind in reversed(list(enumerate(CHANGE_KINDS))):
        at = np.flatnonzero((first == 1 << bit) & changes.is_placed)
        places[kind] = (longitude[at], latitude[at])
    return places
