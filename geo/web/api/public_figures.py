"""The API's figures for visitors where PUBLIC_DETAIL is not `exact`: coverage and the list of regions, with marks where nothing is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, jsonify, request

from geo.errors import DetailWithheld
from geo.model import API_FILTERS, Grouping, View
from geo.render.figures_workbook import Workbook, figures_workbook
from geo.render.upload_template import MEDIA_TYPE_XLSX
from geo.services.coverage import release_summary
from geo.services.public_figures import HELD_BACK, NOTE, PublicAnswer, public_answer
from geo.services.workspace import LEVELS
from geo.web.api.blueprint import ACCEPTED, OWN
from geo.web.api.csv_tables import csv_response
from geo.web.api.figure_files import column_words, file_name
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.languages import names_language
from geo.web.pages.public_places import visited
from geo.web.params import parameters_of, read_query, view_of

_TAKEN = frozenset({"release", "norm", "basis", "by", "lang", "f", *API_FILTERS})
_MEDIA_TYPES: Mapping[str, str] = {"json": "application/json", "csv": "text/csv", "xlsx": MEDIA_TYPE_XLSX}


def public_coverage() -> Response:
    """Coverage as visitors may know it."""
    values = _values(_TAKEN)
    view, by, kind = view_of(_single(values)), tuple(values.get("by", ())), values.get("f", "json")
    if kind not in _MEDIA_TYPES:
        raise DetailWithheld(f"without a key, coverage is given as {', '.join(_MEDIA_TYPES)}")
    workspace = visited()
    release = workspace.release(view.release_id)
    etag = etag_of(release.sha256, {**parameters_of(view), "current": str(release.id), "by": ",".join(by), "f": kind}, _MEDIA_TYPES[kind])

    def make() -> Response:
        answer = public_answer(workspace, view, by, language=names_language())
        return jsonify(answer.as_dict()) if kind == "json" else _file(answer, kind)

    return answered(etag, CURRENT, make)


def _single(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with one release and one norm at most, where an address can name several.

    Raises
    ------
    DetailWithheld
        It names several.
    """
    single = dict(values)
    for name in ("release", "norm"):
        if isinstance(single.get(name), (tuple, list)):
            if len(single[name]) > 1:
                raise DetailWithheld("without a key, figures are given of one release under one norm")
            single[name] = single[name][0]
    return single


def _values(taken: frozenset[str]) -> dict[str, Any]:
    """Values of the present request's parameters, by name.

    Raises
    ------
    InvalidParameter
        The route does not take one of them, or its value is not accepted.
    DetailWithheld
        It takes it, but not from visitors.
    """
    view = current_app.view_functions[request.endpoint or ""]
    values = read_query(request.args, getattr(view, ACCEPTED), own=getattr(view, OWN))
    withheld = sorted(set(values) - taken)
    if withheld:
        raise DetailWithheld(f"without a key, '{withheld[0]}' is not answered here")
    return values


def _file(answer: PublicAnswer, kind: str) -> Response:
    """The rows as CSV or XLSX, the total where nothing is grouped by; words stand for numbers that are not told."""
    rows = [_worded(answer.flat(row)) for row in (answer.rows if answer.by else (answer.total,))]
    columns = list(rows[0]) if rows else list(answer.flat(answer.total))
    name = file_name(answer.release.record, "-".join(("coverage", *(f"by-{each}".replace("_", "-") for each in answer.by))), kind)
    if kind == "csv":
        return csv_response(rows, columns, name)
    content = Workbook(
        title="Coverage of schools",
        figures_name="Figures",
        columns_name="Columns",
        about_name="About these figures",
        columns={column: column_words(column) for column in columns},
        rows=rows,
        about=(("Note", NOTE), ("Cite as", answer.citation)),
    )
    response = Response(figures_workbook(content), mimetype=MEDIA_TYPE_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _worded(row: dict[str, Any]) -> dict[str, Any]:
    """A record whose counts that are not told are words."""
    words: dict[str, str | None] = {"schools": row["suppressed"]}
    counts = [name for name in row if name.startswith("schools_") and "_share" not in name]
    words |= dict.fromkeys(counts, row["suppressed"] or HELD_BACK)
    return {name: words.get(name) if value is None and name in words else value for name, value in row.items()}


def public_regions() -> Response:
    """Regions or districts, with the number of schools of each where it is told."""
    values = _values(frozenset({"release", "level", "lang"}))
    workspace, level = visited(), values.get("level", 1)
    release = workspace.release(values.get("release"))
    etag = etag_of(release.sha256, {"current": str(release.id), "level": str(level)}, "application/json")
    return answered(etag, CURRENT, lambda: jsonify(release=release_summary(release), regions=_regions(level), note=NOTE))


def _regions(level: int) -> list[dict[str, Any]]:
    workspace = visited()
    release = workspace.release()
    grouping: Grouping = next(each for each, own in LEVELS.items() if own == level)
    identity = release.boundaries.get(grouping.value)
    if identity is None:
        return []
    units = workspace.boundary_set(identity).units
    told = {row.keys[grouping]: row for row in public_answer(workspace, View(release.id), (grouping,)).rows}
    found = []
    for at, (code, parent) in enumerate(zip(units.codes, units.parents, strict=True)):
        names = {language: each[at] for language, each in units.names.items()}
        row = told.get(code)
        found.append(
            {
                "code": code,
                "level": level,
                "name": names.get(names_language(), names.get("en", code)),
                "names": names,
                "parent": parent,
                "vintage": release.vintages[grouping.value],
                "schools": 0 if row is None else row.group.schools,
                "suppressed": None if row is None else row.suppressed,
            }
        )
    return found
