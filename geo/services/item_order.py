"""In which order the schools of a release are listed as items, which of them a filter leaves, and the page of them that is asked for.

Rows that know most come first, since clients take the types of columns from the first rows; then the Morton curve, so that neighbours
are listed together. The order depends on the release alone, so a place in it is a cursor under any filter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.model import Where
from geo.school_properties import SCHOOL_PROPERTIES, PropertyKind
from geo.schools import BoolArray, Int64Array
from geo.selecting import BoundingBox
from geo.services.coverage import Shown
from geo.services.opened import OpenedRelease
from geo.tiles.boxes import found_in_box

UInt32Array = npt.NDArray[np.uint32]
TYPED_COLUMNS: tuple[str, ...] = tuple(
    each.name for each in SCHOOL_PROPERTIES if each.kind is not PropertyKind.TEXT and each.name != "required_mbps"
)
"""Columns of a release that a client would take for text where it saw no value of them."""
LEAST_KEPT = 10_000
"""Selections of fewer schools are made again: finding them takes less than a millisecond."""


class ItemOrder:
    """The order of a release's schools as items; kept with the release.

    Attributes
    ----------
    rows
        Row of the school at each place, shape (n,).
    along
        Place of each school along the curve, shape (n,), those without a position last.
    places
        Place of the school in each row, shape (n,).
    """

    def __init__(self, opened: OpenedRelease) -> None:
        curve = opened.curve
        rows = curve.rows(np.arange(curve.count, dtype=np.uint32))
        self.rows: UInt32Array = rows[np.argsort(_missing(opened)[rows], kind="stable")]
        self.places: UInt32Array = np.empty_like(self.rows)
        self.places[self.rows] = np.arange(len(self.rows), dtype=np.uint32)
        self.along = self.places if curve.order is None else self.places[rows]


def _missing(opened: OpenedRelease) -> npt.NDArray[np.uint8]:
    """How many values of typed columns each school lacks that some school of the release has, shape (n,)."""
    missing = np.zeros(opened.table.num_rows, dtype=np.uint8)
    for name in TYPED_COLUMNS:
        column = opened.table[name]
        if 0 < column.null_count < len(column):
            missing += np.asarray(column.is_null())
    return missing


@dataclass(frozen=True)
class PageRows:
    """The schools of one page.

    Parameters
    ----------
    rows
        Their rows in the release, in the order of items, shape (at most the limit,).
    matched
        How many schools the filter leaves in all.
    following
        Place that the next page begins at; None on the last one.
    preceding
        Place that the page before begins at; None on the first one.
    """

    rows: Int64Array
    matched: int
    following: int | None
    preceding: int | None


def page_rows(shown: Shown, *, start: int, limit: int) -> PageRows:
    """The first schools of a view from a place in the order on.

    Raises
    ------
    InvalidParameter
        A value of the filter that neither the release nor its boundaries know.
    """
    order = item_order(shown.opened)
    found = _selected(shown, order, is_walked=start > 0)
    if found is None:
        first, matched = min(start, len(order.rows)), len(order.rows)
        chosen = np.arange(first, min(first + limit, matched), dtype=np.uint32)
        before = max(0, first - limit)
    elif start:
        first, matched = int(np.searchsorted(found, start)), len(found)
        chosen = found[first : first + limit]
        before = 0 if first <= limit else int(found[first - limit])
    else:
        first, matched, before = 0, len(found), 0
        chosen = np.sort(np.partition(found, limit)[:limit] if matched > limit else found)
    return PageRows(
        rows=order.rows[chosen].astype(np.int64),
        matched=matched,
        following=int(chosen[-1]) + 1 if len(chosen) and first + len(chosen) < matched else None,
        preceding=before if first else None,
    )


def item_order(opened: OpenedRelease) -> ItemOrder:
    """The order of a release's items, made once."""
    return opened.item_parts.get("order", lambda: ItemOrder(opened))


def _selected(shown: Shown, order: ItemOrder, *, is_walked: bool) -> UInt32Array | None:
    """Places of the schools that a view's filter leaves, shape (found,); None where it leaves all.

    They are ascending where somebody goes through them page by page, and kept then if they are many.
    """
    if not shown.where:
        return None
    key = (shown.where, shown.norm.name, shown.basis)
    if not is_walked and key not in shown.opened.item_places:
        return _places(shown, order)
    return shown.opened.item_places.get(key, lambda: np.sort(_places(shown, order)), keeps=lambda places: len(places) >= LEAST_KEPT)


def _places(shown: Shown, order: ItemOrder) -> UInt32Array:
    boxes = shown.where.values_of("bbox")
    rest = Where(tuple(term for term in shown.where.terms if term[0] != "bbox"))
    mask = _mask(shown, rest)
    if not boxes:
        return order.places if mask is None else order.places[mask]
    columns, curve = shown.opened.columns, shown.opened.curve
    box = BoundingBox.read(boxes[0])
    found = found_in_box(curve, columns.longitude, columns.latitude, (box.west, box.south, box.east, box.north))
    places = found.taken(order.along)
    return places if mask is None else places[found.taken(mask if curve.order is None else mask[curve.order])]


def _mask(shown: Shown, where: Where) -> BoolArray | None:
    """Which schools a filter without a box leaves, kept while a map is moved under it, shape (n,); None is all."""
    if not where:
        return None
    key = (where, shown.norm.name, shown.basis)
    return shown.opened.item_masks.get(key, lambda: shown.opened.mask(where, shown.norm, shown.basis))
