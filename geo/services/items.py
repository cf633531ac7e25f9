"""Items of the collection of schools: a page of them under a view, or one by its id, as GeoJSON text."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from geo.errors import InvalidParameter, NotFound
from geo.model import ReleaseRecord, View
from geo.school_properties import FEATURE_NAMES
from geo.services.coverage import Shown, resolve
from geo.services.feature_text import features_text
from geo.services.item_order import PageRows, page_rows
from geo.services.workspace import Workspace

MAX_CURSOR_CHARACTERS = 40
_PLACE_BYTES = 5
_CHECK_BYTES = 7


@dataclass(frozen=True)
class ItemsPage:
    """A page of schools.

    Parameters
    ----------
    shown
        The view, resolved.
    page
        Which rows of the release, how many the filter leaves in all, and where the neighbouring pages begin.
    """

    shown: Shown
    page: PageRows

    @property
    def following(self) -> str | None:
        """Cursor of the next page; None on the last one."""
        return None if self.page.following is None else cursor_of(self.shown.release, self.page.following)

    @property
    def preceding(self) -> str | None:
        """Cursor of the page before, "" where that is the first one; None on the first one."""
        if not self.page.preceding:
            return None if self.page.preceding is None else ""
        return cursor_of(self.shown.release, self.page.preceding)


def items_page(workspace: Workspace, view: View, *, limit: int, cursor: str | None = None) -> ItemsPage:
    """The schools of a view from a cursor on, at most `limit` of them; the order is that of `geo.services.item_order`.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release.
    InvalidParameter
        The norm, a value of the filter or the cursor is unknown.
    """
    shown = resolve(workspace, view)
    start = 0 if cursor is None else place_of(shown.release, cursor)
    return ItemsPage(shown, page_rows(shown, start=start, limit=limit))


def page_text(workspace: Workspace, found: ItemsPage, names: Collection[str] = FEATURE_NAMES, *, language: str = "en") -> bytes:
    """The features of a page as JSON, separated by commas."""
    return features_text(workspace, found.shown, found.page.rows, names, language=language)


def item_text(
    workspace: Workspace, view: View, school_id: str, names: Collection[str] = FEATURE_NAMES, *, language: str = "en"
) -> tuple[Shown, bytes]:
    """One school of a view's release as a GeoJSON feature, whatever the view's filter.

    Raises
    ------
    NoRelease, NotFound, Withdrawn
        There is no such release, or no such school in it.
    """
    shown = resolve(workspace, view)
    row = shown.opened.row_of(school_id)
    if row is None:
        raise NotFound(f"release {shown.release.id} has no school '{school_id[:64]}'")
    return shown, features_text(workspace, shown, np.asarray([row]), names, language=language)


def cursor_of(release: ReleaseRecord, place: int) -> str:
    """A place in the order of a release's items as a text that is good for that release alone."""
    place_bytes = place.to_bytes(_PLACE_BYTES, "big")
    return base64.urlsafe_b64encode(place_bytes + _check(release, place_bytes)).decode()


def place_of(release: ReleaseRecord, cursor: str) -> int:
    """The place in the order of a release's items that a cursor names.

    Raises
    ------
    InvalidParameter
        It is no cursor of that release, code `invalid_cursor`.
    """
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _refused(release) from error
    place_bytes, check = raw[:_PLACE_BYTES], raw[_PLACE_BYTES:]
    if check != _check(release, place_bytes) or len(place_bytes) != _PLACE_BYTES:
        raise _refused(release)
    return int.from_bytes(place_bytes, "big")


def _check(release: ReleaseRecord, place_bytes: bytes) -> bytes:
    return hashlib.sha256(f"{release.id} {release.sha256} ".encode() + place_bytes).digest()[:_CHECK_BYTES]


def _refused(release: ReleaseRecord) -> InvalidParameter:
    message = f"'cursor' must be that of a 'next' link, with the 'release' of that link; this one is none of release {release.id}"
    return InvalidParameter(message, parameter="cursor", code="invalid_cursor")
