"""A coverage answer as JSON, CSV, workbook or data package: the same figures under the same names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Response, jsonify
from flask_babel import force_locale

from geo.render.figures_workbook import Workbook, figures_workbook
from geo.render.upload_template import MEDIA_TYPE_XLSX
from geo.services.coverage import CoverageAnswer, is_synthetic
from geo.services.coverage_sets import CoverageSet
from geo.web.api.csv_tables import csv_response
from geo.web.api.data_package import data_package
from geo.web.api.figure_files import all_rest_on, column_words, definitions, file_name
from geo.web.languages import names_language
from geo.web.pages.translation import gettext

Answer = CoverageAnswer | CoverageSet


def figures_response(answer: Answer, kind: str, *, link: str = "", weight: str = "both") -> Response:
    """The answer in a format.

    Parameters
    ----------
    kind
        "json", "csv", "xlsx" or "datapackage".
    link
        Address that gives the same figures years later.
    weight
        "schools", "students" or "both": which figures are given.
    """
    if kind == "json":
        return jsonify({**_document(answer, weight), "citation_link": link})
    columns = kept_names(answer.columns, weight)
    name = file_name(_newest(answer), _what(answer), "csv" if kind == "datapackage" else kind)
    if kind == "xlsx":
        return _workbook(answer, columns, name, link)
    response = csv_response(answer.records, columns, name)
    return data_package(answer, columns, response.get_data(), name=name, link=link) if kind == "datapackage" else response


def kept_names(names: Sequence[str], weight: str) -> list[str]:
    """Names of fields that a weight leaves; those of students keep the schools of unknown enrolment, which they leave out."""
    dropped = {"schools": ("students", "schools_without_enrolment"), "students": ("schools",), "both": ()}[weight]
    kept = "schools_without_enrolment" if weight == "students" else "\n"
    return [name for name in names if name.startswith(kept) or not name.startswith(dropped)]


def _document(answer: Answer, weight: str) -> dict[str, Any]:
    document = answer.as_dict()
    if weight == "both":
        return document
    names = kept_names(answer.columns, weight)
    for member in ("rows", "totals"):
        if member in document:
            document[member] = [_only(row, names) for row in document[member]]
    return document | {"total": document["total"] and _only(document["total"], names)}


def _only(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in names if name in row}


def _newest(answer: Answer) -> Any:
    return answer.releases[-1] if isinstance(answer, CoverageSet) else answer.release


def _what(answer: Answer) -> str:
    return "-".join(("coverage", *(f"by-{grouping}".replace("_", "-") for grouping in answer.by)))


def _workbook(answer: Answer, columns: Sequence[str], name: str, link: str) -> Response:
    with force_locale(names_language()):
        content = Workbook(
            title=gettext("Coverage of schools"),
            figures_name=gettext("Figures"),
            columns_name=gettext("Columns"),
            about_name=gettext("About these figures"),
            columns={column: column_words(column) for column in columns},
            rows=answer.records,
            about=tuple(_about(answer, link)),
        )
    response = Response(figures_workbook(content), mimetype=MEDIA_TYPE_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _about(answer: Answer, link: str) -> Iterator[tuple[str, str]]:
    """What the figures rest on, then what they mean."""
    parts = answer.parts if isinstance(answer, CoverageSet) else (answer,)
    releases = list({part.release.id: part.release for part in parts}.values())
    norms = list({part.norm.name: part.norm for part in parts}.values())
    yield gettext("About these figures"), ""
    if any(is_synthetic(release) for release in releases):
        yield gettext("Notice"), gettext("Synthetic demonstration data: no real school.")
    yield from all_rest_on(releases, norms, parts[0].basis, parts[0].where)
    if answer.by:
        yield gettext("Grouped by"), ", ".join(answer.by)
    yield gettext("Cite as"), answer.citation
    yield gettext("Permanent address"), link
    yield from definitions()
