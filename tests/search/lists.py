"""Small lists of schools to search in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from geo.schools import coded
from geo.search import Found, Located, SearchIndex, built_arrays, find, opened_index


@dataclass(frozen=True)
class Listed:
    """Schools by name, each with the ids and the place it has, and the index over them."""

    ids: pa.Table
    index: SearchIndex
    located: tuple[Located, ...]

    def find(self, query: str, limit: int = 10) -> Found:
        """What a query finds."""
        return find(self.index, query, ids=self.ids, located=self.located, limit=limit)

    def school_ids(self, query: str, limit: int = 10) -> list[str]:
        """Ids of the schools that a query finds, "place N" for a place."""
        found = self.find(query, limit)
        return [
            self.ids["school_id"][document].as_py()
            if document < self.index.schools
            else f"place {self.index.units[document - self.index.schools]}"
            for document in found.documents.tolist()
        ]


def listed(
    *names: str | None,
    ids: tuple[str, ...] = (),
    giga: tuple[str | None, ...] = (),
    places: tuple[tuple[str, ...], ...] = (),
    places_of: tuple[int, ...] = (),
) -> Listed:
    """Schools named so, with ids A, B, … unless given; `places` are the names of each place, `places_of` each school's place or -1."""
    own = ids or tuple(chr(ord("A") + number) for number in range(len(names)))
    table = pa.table(
        {
            "school_name": pa.array(names, pa.string()),
            "school_id": pa.array(own, pa.string()),
            "school_id_giga": pa.array(giga or (None,) * len(names), pa.string()),
            "school_id_govt": pa.array(own, pa.string()),
        }
    )
    spellings = [(number, name) for number, all_names in enumerate(places) for name in all_names]
    column = coded(pa.array([None if number < 0 else f"{number:03}" for number in places_of or (-1,) * len(names)], pa.string()))
    units = np.asarray([int(label) for label in column.labels], dtype=np.int32)
    return Listed(table, opened_index(built_arrays(table, spellings)), (Located(column.codes, units),))
