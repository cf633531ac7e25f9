"""The schools of a view for files: some properties of all of them, batch after batch, so that no file needs the memory of a country."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from geo.model import NO_VALUE, View, Where
from geo.points import LngLatBox, wkb_points
from geo.schools import Int64Array, is_position
from geo.services.coverage import Shown, citation, release_summary, resolve
from geo.services.property_values import Rows
from geo.services.school_tables import school_table, selected_rows
from geo.services.workspace import Workspace

IDENTITY = "school_id"
GEOMETRY = "geometry"
"""Column of the positions of batches that have them."""
BATCH_ROWS = 4_096
"""Schools worked on at once: two megabytes of CSV, seven of JSON."""
MOST_NAME_CHARACTERS = 40


@dataclass(frozen=True)
class SchoolRows:
    """The schools that a view selects, in the release's order.

    Parameters
    ----------
    rows
        Their rows in the release, shape (m,), ascending; None is all.
    names
        Properties that files have of them, in order: names of `geo.school_properties.SCHOOL_PROPERTIES`.
    language
        Language of the names of regions.
    """

    workspace: Workspace
    shown: Shown
    rows: Int64Array | None
    names: tuple[str, ...]
    language: str

    def __len__(self) -> int:
        return self.shown.opened.table.num_rows if self.rows is None else len(self.rows)

    @property
    def citation(self) -> str:
        """One line that names everything the rows depend on."""
        return citation(self.shown.release, self.shown.norm, self.shown.basis, self.shown.where)

    @property
    def notes(self) -> dict[str, Any]:
        """What the rows rest on, for formats that can say so of themselves."""
        shown = self.shown
        return {
            "release": release_summary(shown.release),
            "norm": shown.norm.name,
            "basis": shown.basis.value,
            "boundaries": dict(shown.release.vintages),
            "where": shown.where.as_parameters(),
            "sources": list(shown.release.sources),
            "citation": self.citation,
        }

    def batches(self, size: int = BATCH_ROWS, *, with_geometry: bool = False, with_identity: bool = False) -> Iterator[pa.Table]:
        """Tables of at most `size` rows, columns `names` as `geo.services.property_values` gives them; none where no school is selected.

        Parameters
        ----------
        with_geometry
            Whether a last column `GEOMETRY` has the positions: WKB points, degrees, longitude first, null where there is none.
        with_identity
            Whether there is a column `school_id` even where it is none of `names`.
        """
        names = self.names if not with_identity or IDENTITY in self.names else (*self.names, IDENTITY)
        for start in range(0, len(self), size):
            rows = slice(start, start + size) if self.rows is None else self.rows[start : start + size]
            table = school_table(self.workspace, self.shown, rows, names, language=self.language)
            yield table.append_column(GEOMETRY, self._points(rows)) if with_geometry else table

    def schema(self, *, with_geometry: bool = False) -> pa.Schema:
        """Schema of the batches, known where there is none too."""
        table = school_table(self.workspace, self.shown, slice(0, 0), self.names, language=self.language)
        return table.append_column(GEOMETRY, pa.array([], pa.binary())).schema if with_geometry else table.schema

    @cached_property
    def bounds(self) -> LngLatBox | None:
        """West, south, east and north of all positions in degrees; None where no school has one."""
        columns = self.shown.opened.columns
        part = slice(None) if self.rows is None else self.rows
        longitude, latitude = columns.longitude[part], columns.latitude[part]
        has_point = is_position(latitude, longitude)
        if not has_point.any():
            return None
        longitude, latitude = longitude[has_point], latitude[has_point]
        return float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())

    @cached_property
    def is_placed(self) -> bool:
        """Whether every school has a position."""
        columns = self.shown.opened.columns
        part = slice(None) if self.rows is None else self.rows
        return bool(is_position(columns.latitude[part], columns.longitude[part]).all())

    def _points(self, rows: Rows) -> pa.Array:
        columns = self.shown.opened.columns
        part = slice(None) if rows is None else rows
        longitude, latitude = columns.longitude[part], columns.latitude[part]
        return wkb_points(is_position(latitude, longitude), longitude, latitude)


def school_rows(workspace: Workspace, view: View, names: tuple[str, ...], *, language: str = "en") -> SchoolRows:
    """The schools that a view selects, for a file.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release.
    InvalidParameter
        The norm or a value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    return SchoolRows(workspace, shown, selected_rows(shown), names, language)


def file_words(where: Where) -> str:
    """What the name of a file says of the schools in it: "schools", "schools-unconnected-rural", "schools-bbox".

    Values stand for themselves where they are short and plain, else the parameter's name does, so that no file of some schools is called
    like that of all.
    """
    parts = [_term_words(name, values) for name, values in where.terms]
    joined = "-".join(["schools", *parts])
    return joined if len(joined) <= MOST_NAME_CHARACTERS else "schools-filtered"


def _term_words(name: str, values: tuple[str, ...]) -> str:
    is_plain = all(value.isascii() and value.replace("_", "").isalnum() and value not in (NO_VALUE, "true", "false") for value in values)
    text = "-".join(values) if is_plain else name
    return text.lower().replace("_", "-")
