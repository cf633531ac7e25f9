"""The formats of complete files: what each is called, what it has of schools, and how it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask_babel import force_locale

from geo.render.school_csv import csv_parts
from geo.render.school_json import geojson_parts, json_lines
from geo.render.school_layers import write_flatgeobuf, write_geopackage
from geo.render.school_parquet import ROWS_PER_GROUP, write_school_parquet
from geo.render.school_workbook import MOST_ROWS, SchoolBook, write_school_workbook
from geo.render.upload_template import MEDIA_TYPE_XLSX
from geo.school_properties import FEATURE_NAMES, PROPERTY_NAMES
from geo.services.coverage import is_synthetic
from geo.services.school_files import GEOMETRY, IDENTITY, SchoolRows
from geo.web.api.figure_files import definitions, rests_on
from geo.web.languages import names_language
from geo.web.pages.translation import gettext
from geo.web.refusals import Refusal

Parts = Callable[[SchoolRows, str], Iterator[bytes]]
"""Schools and what stands between cells → the file, part by part."""
Write = Callable[[SchoolRows, Path], None]
"""Schools and a path → the file at that path."""


@dataclass(frozen=True)
class FileFormat:
    """A format of complete files.

    Parameters
    ----------
    ending
        Of the address and of the name, without the dot.
    media_type
        What the answer says it is.
    title, description
        In English, for the description of the API.
    names
        Properties that a file has where nothing else is asked for.
    parts
        How a format that is text is made; it can be sent while it is.
    write
        How the others are.
    most_rows
        How many schools it can hold; None is any number.
    """

    ending: str
    media_type: str
    title: str
    description: str
    names: tuple[str, ...]
    parts: Parts | None = None
    write: Write | None = None
    most_rows: int | None = None

    def check(self, rows: SchoolRows) -> None:
        """Refuse more schools than the format holds, before any work.

        Raises
        ------
        Refusal
            400 `too_many_rows`.
        """
        if self.most_rows is not None and len(rows) > self.most_rows:
            detail = (
                f"A sheet of {self.ending.upper()} holds {self.most_rows:,} schools; these are {len(rows):,}. "
                "Narrow them by a filter, or take /api/v1/schools.csv or /api/v1/schools.parquet."
            )
            raise Refusal(400, "too_many_rows", detail)


def _csv(rows: SchoolRows, separator: str) -> Iterator[bytes]:
    return csv_parts(rows.names, rows.batches(), separator)


def _geojson(rows: SchoolRows, _separator: str) -> Iterator[bytes]:
    return geojson_parts(
        rows.names, rows.batches(with_geometry=True, with_identity=True), identity=IDENTITY, geometry=GEOMETRY, members=rows.notes
    )


def _ndjson(rows: SchoolRows, _separator: str) -> Iterator[bytes]:
    return json_lines(rows.names, rows.batches())


def _parquet(rows: SchoolRows, path: Path) -> None:
    batches = rows.batches(ROWS_PER_GROUP, with_geometry=True)
    write_school_parquet(path, rows.schema(with_geometry=True), batches, bounds=rows.bounds, notes=rows.notes)


def _geopackage(rows: SchoolRows, path: Path) -> None:
    made_at = f"{rows.shown.release.published_at:%Y-%m-%dT%H:%M:%S}.000Z"
    write_geopackage(path, rows.schema(with_geometry=True), rows.batches(with_geometry=True), notes=rows.notes, made_at=made_at)


def _flatgeobuf(rows: SchoolRows, path: Path) -> None:
    batches = rows.batches(with_geometry=True)
    write_flatgeobuf(path, rows.schema(with_geometry=True), batches, is_placed=rows.is_placed, notes=rows.notes)


def _workbook(rows: SchoolRows, path: Path) -> None:
    with force_locale(names_language()):
        book = SchoolBook(
            title=gettext("Schools"),
            rows_name=gettext("Schools"),
            about_name=gettext("About these schools"),
            about=tuple(_about(rows)),
        )
    write_school_workbook(path, rows.schema(), rows.batches(), len(rows), book)


def _about(rows: SchoolRows) -> Iterator[tuple[str, str]]:
    """What the schools of a file rest on, then what its words mean."""
    shown = rows.shown
    release = shown.release
    yield gettext("About these schools"), ""
    if is_synthetic(release):
        yield gettext("Notice"), gettext("Synthetic demonstration data: no real school.")
    yield gettext("Schools"), str(len(rows))
    yield from rests_on(release, shown.norm, shown.basis, shown.where)
    yield gettext("Licence"), gettext("That of the sources named above; this service adds no conditions of its own.")
    yield gettext("Cite as"), rows.citation
    yield from definitions()


FORMATS: Mapping[str, FileFormat] = {
    each.ending: each
    for each in (
        FileFormat(
            "csv",
            "text/csv",
            "All schools as CSV",
            "UTF-8 with a byte-order mark, lines that end with CR LF, quotes by RFC 4180. Cells that a spreadsheet would run as a formula "
            "begin with an apostrophe, which an upload of the file takes off again.",
            PROPERTY_NAMES,
            parts=_csv,
        ),
        FileFormat(
            "xlsx",
            MEDIA_TYPE_XLSX,
            "All schools as a workbook",
            "A sheet of schools, ids as text, and one that says what they rest on. It holds 1,048,575 schools.",
            PROPERTY_NAMES,
            write=_workbook,
            most_rows=MOST_ROWS,
        ),
        FileFormat(
            "geojson",
            "application/geo+json",
            "All schools as GeoJSON",
            "One FeatureCollection by RFC 7946. Schools without a position have a null geometry.",
            FEATURE_NAMES,
            parts=_geojson,
        ),
        FileFormat(
            "ndjson",
            "application/x-ndjson",
            "All schools as lines of JSON",
            "One flat object a line, for pandas.read_json(…, lines=True) and the like.",
            PROPERTY_NAMES,
            parts=_ndjson,
        ),
        FileFormat(
            "gpkg",
            "application/geopackage+sqlite3",
            "All schools as a GeoPackage",
            "One layer of points, schools. Schools without a position have a null geometry.",
            FEATURE_NAMES,
            write=_geopackage,
        ),
        FileFormat(
            "parquet",
            "application/vnd.apache.parquet",
            "All schools as GeoParquet",
            "GeoParquet 1.1 with a box around each point. Schools without a position have a null geometry.",
            PROPERTY_NAMES,
            write=_parquet,
        ),
        FileFormat(
            "fgb",
            "application/flatgeobuf",
            "All schools as FlatGeobuf",
            "One layer of points, with an index where every school has a position: the format has no place in it for the others.",
            FEATURE_NAMES,
            write=_flatgeobuf,
        ),
    )
}
"""Every format by its ending."""
