"""GET /api/v1/schools.csv and its like: all schools of a view as one file, never in pages.

The files of whole releases are kept on this machine; others are made for the request. Text is sent while it is made, so that no filter
takes more memory than a batch of schools.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, BinaryIO

from flask import Response, request

from geo.errors import NotReady, StoreFull, StoreUnavailable
from geo.model import ReleaseRecord, View
from geo.services.norms import NORMS
from geo.services.school_files import SchoolRows, file_words, school_rows
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.figure_files import file_name
from geo.web.api.file_answers import Marks, gzipped, kept_answer, known_answer, passing_answer, wanted_encoding
from geo.web.api.file_formats import FORMATS, FileFormat
from geo.web.caching import CURRENT, FIXED_RELEASE, etag_of, is_known
from geo.web.citing import LINK_RELATION
from geo.web.current import workspace
from geo.web.languages import names_language
from geo.web.pages.translation import url_for
from geo.web.params import API_VIEW_PARAMETERS, parameters_of, view_of

MOST_AT_ONCE = 3
"""Files that a worker makes at once; each takes a processor, and they must not take every thread of it."""
PLACES = BoundedSemaphore(MOST_AT_ONCE)
VERSION = 1
"""Of the content: a change of what stands in the files without one of the software's version."""

blueprint = ApiBlueprint("files", __name__, description="All schools as one file")


@dataclass(frozen=True)
class Asked:
    """A file that is asked for.

    Parameters
    ----------
    view
        With the id of its release, and the norm by name.
    is_pinned
        Whether the address names the release.
    """

    form: FileFormat
    release: ReleaseRecord
    view: View
    is_pinned: bool
    names: tuple[str, ...]
    separator: str
    language: str
    encoding: str

    @property
    def is_kept(self) -> bool:
        """Whether the file is one that many ask for: the whole release with all properties, under a norm that has a name."""
        norm = self.view.norm
        return not self.view.where and self.names == self.form.names and (norm in NORMS or norm == workspace().default_norm.name)

    @property
    def etag(self) -> str:
        """Tag of the file's bytes."""
        query = {
            **parameters_of(self.view),
            "fields": ",".join(self.names),
            "sep": self.separator,
            "lang": self.language,
            "encoding": self.encoding,
            "content": str(VERSION),
        }
        return etag_of(self.release.sha256, query, self.form.media_type, has_words=False)

    def rows(self) -> SchoolRows:
        """The schools; the format is asked whether it holds them."""
        rows = school_rows(workspace(), self.view, self.names, language=self.language)
        self.form.check(rows)
        return rows

    def marks(self) -> Marks:
        """What the answer says of the file."""
        is_text = self.form.parts is not None and self.form.ending != "geojson"
        norm = () if self.view.norm == workspace().default_norm.name else (f"norm-{self.view.norm}",)
        basis = () if self.view.basis.value == "best" else (self.view.basis.value,)
        what = "-".join((file_words(self.view.where), *norm, *basis))
        return Marks(
            etag=self.etag,
            modified=self.release.published_at,
            cache_control=FIXED_RELEASE if self.is_pinned else CURRENT,
            content_type=f"{self.form.media_type}; charset=utf-8" if is_text else self.form.media_type,
            file_name=file_name(self.release, what, self.form.ending),
            encoding=self.encoding,
            links=f'<{self._permanent_address()}>; rel="{LINK_RELATION}"',
        )

    def _permanent_address(self) -> str:
        """Address of the same file of the same release, which gives it years later too."""
        return url_for(f"files.get_schools_{self.form.ending}", _external=True, **_pinned(self.view), **request_options())


def request_options() -> dict[str, str]:
    """What the address says besides the view."""
    return {name: request.args[name] for name in ("fields", "lang", "sep") if name in request.args}


def _pinned(view: View) -> dict[str, Any]:
    return dict(parameters_of(view))


def _asked(form: FileFormat) -> Asked:
    values = query()
    view = view_of(values)
    release = workspace().release(view.release_id)
    return Asked(
        form=form,
        release=release,
        view=replace(view, release_id=release.id, norm=view.norm or workspace().default_norm.name),
        is_pinned=view.release_id is not None,
        names=values.get("fields", form.names),
        separator=values.get("sep", ","),
        language=names_language(),
        encoding=wanted_encoding(is_text=form.parts is not None),
    )


def _answer(form: FileFormat) -> Response:
    asked = _asked(form)
    marks = asked.marks()
    if is_known(marks.etag):
        return known_answer(marks, is_kept=asked.is_kept)
    if asked.is_kept:
        try:
            return kept_answer(_kept(asked), marks)
        except (StoreFull, StoreUnavailable):
            if form.parts is None:
                raise
    return passing_answer(_passing(asked), marks)


def _kept(asked: Asked) -> BinaryIO:
    """The kept file, made now if it is not there.

    Raises
    ------
    NotReady
        Too many are being made already.
    """
    files = workspace().complete_files
    name = f"{asked.release.sha256[:16]}-{asked.etag}.{asked.form.ending}{'.gz' if asked.encoding else ''}"
    if files.has(name):
        return files.opened(name, lambda path: _write(asked, asked.rows(), path))
    rows = asked.rows()
    with _place():
        return files.opened(name, lambda path: _write(asked, rows, path))


def _passing(asked: Asked) -> BinaryIO | Iterator[bytes] | None:
    """What is made for this request alone; None where only what is said of it is asked for, though never of what is refused.

    Raises
    ------
    NotReady
        Too many are being made already.
    """
    rows = asked.rows()
    if request.method == "HEAD":
        return None
    if asked.form.parts is not None:
        return _parts(asked, rows)
    with _place():
        return workspace().complete_files.passing(f".{asked.form.ending}", lambda path: _write(asked, rows, path))


def _parts(asked: Asked, rows: SchoolRows) -> Iterator[bytes]:
    assert asked.form.parts is not None
    parts = asked.form.parts(rows, asked.separator)
    return gzipped(parts) if asked.encoding else parts


def _write(asked: Asked, rows: SchoolRows, path: Path) -> None:
    if asked.form.write is not None:
        asked.form.write(rows, path)
        return
    with path.open("xb") as file:
        file.writelines(_parts(asked, rows))


@contextmanager
def _place() -> Iterator[None]:
    """One of the places for makers of files.

    Raises
    ------
    NotReady
        All are taken.
    """
    if not PLACES.acquire(blocking=False):
        raise NotReady("Many files are being made now; ask again in a moment.")
    try:
        yield
    finally:
        PLACES.release()


def _add_route(form: FileFormat) -> None:
    def view() -> Response:
        return _answer(form)

    view.__name__ = f"get_schools_{form.ending}"
    view.__doc__ = f"{form.title}\n\n{form.description} Never in pages; it takes every filter."
    separators = ("sep",) if form.ending == "csv" else ()
    part = {"type": "string"} if form.parts is not None else {"type": "string", "format": "binary"}
    body = {"type": "object"} if form.ending == "geojson" else part
    decorate: tuple[Callable[[Any], Any], ...] = (
        blueprint.alt_response(
            206, schema=part, content_type=form.media_type, description="The range of a kept file that was asked for", success=True
        ),
        blueprint.response(200, body, content_type=form.media_type, description="The file"),
        blueprint.accepts(*API_VIEW_PARAMETERS, "fields", "lang", *separators),
        blueprint.route(f"/schools.{form.ending}"),
    )
    made: Any = view
    for each in decorate:
        made = each(made)


for _form in FORMATS.values():
    _add_route(_form)
