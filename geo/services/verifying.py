"""Counts cited figures again from release files themselves, apart from the serving copies and, given the files, from any database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from geo.coverage import DEFINITIONS, CoverageRow
from geo.errors import InvalidParameter, QosylError
from geo.model import Grouping, ReleaseKind, ReleaseRecord
from geo.norms import norm_named
from geo.services.citation_links import read_citation
from geo.services.citations import Cited, CitedRelease, FiguresPart, boundaries_text, definitions_of, figures_digest
from geo.services.opened import OpenedRelease
from geo.services.workspace import Workspace
from geo.store import read_own_metadata, serving_table


class NotVerifiable(QosylError):
    """The figures cannot be counted again here, so that nothing is said of whether they match."""

    code: ClassVar[str] = "not_verifiable"


@dataclass(frozen=True)
class Verified:
    """Figures of one release under one norm, counted again."""

    release: CitedRelease
    path: Path
    figures: FiguresPart


@dataclass(frozen=True)
class Verification:
    """What came of counting cited figures again.

    Parameters
    ----------
    figures
        Digest of the figures counted now; "" where there are none.
    reason
        Why they do not match; "" where they do.
    """

    cited: Cited
    parts: tuple[Verified, ...]
    figures: str
    reason: str

    @property
    def is_match(self) -> bool:
        """Whether the figures are those that were cited."""
        return not self.reason


class _Mismatch(Exception):
    """What was cited is not what is there; its text says how."""


def verify(link: str, *, files: Sequence[Path] = (), workspace: Workspace | None = None) -> Verification:
    """Count the figures of a citation again from the release files that it names, and compare.

    Parameters
    ----------
    link
        `citation_link` of an answer.
    files
        Release files; none reads those of the workspace's store, after checking their sha256.

    Raises
    ------
    InvalidParameter
        The link is no citation.
    NotVerifiable
        It is of other definitions than this software's, a file cannot be read, or its filter names codes that a file does not know.
    NotFound, Withdrawn, DamagedFile
        The store does not have a release.
    """
    cited = read_citation(link)
    version = definitions_of(cited.figures)
    if version != DEFINITIONS:
        made_by = f" {cited.software}" if cited.software else " that made it"
        raise NotVerifiable(
            f"the link was made under definitions {version or 'unknown'} and this software counts under definitions {DEFINITIONS}: "
            f"the figures cannot be held against each other; Qosyl{made_by} can verify it"
        )
    try:
        parts = tuple(part for each in _opened(cited, files, workspace) for part in each)
    except _Mismatch as mismatch:
        return Verification(cited, (), "", str(mismatch))
    found = figures_digest(cited.basis, cited.by, cited.where, [part.figures for part in parts])
    reason = "" if found == cited.figures else f"the figures counted now have the digest {found}, and the link says {cited.figures}"
    return Verification(cited, parts, found, reason)


def _opened(cited: Cited, files: Sequence[Path], workspace: Workspace | None) -> list[list[Verified]]:
    sources = _from_files(cited, files) if files or workspace is None else _from_store(cited, workspace)
    vintages = boundaries_text(opened.record.vintages for opened, _ in sources)
    if cited.boundaries and cited.boundaries != vintages:
        raise _Mismatch(f"the release files are of boundaries {vintages or 'none'}, and the link says {cited.boundaries}")
    counted: list[list[Verified]] = []
    faults: list[InvalidParameter] = []
    for release, (opened, path) in zip(cited.releases, sources, strict=True):
        try:
            counted.append(_counted(cited, release, opened, path))
        except InvalidParameter as error:
            faults.append(error)
            # A side of a comparison that does not know a place has no figures; without boundaries nobody can tell whether it does.
            if files or not cited.is_comparison or len(faults) > 1:
                raise NotVerifiable(f"release {release.id} cannot be filtered like this from its file alone: {error}") from error
        except (ValueError, KeyError) as error:  # somebody made the file, and the link with its sha256, by hand
            raise NotVerifiable(f"{path.name} is not a release file: it has values that no release has") from error
    return counted


def _counted(cited: Cited, release: CitedRelease, opened: OpenedRelease, path: Path) -> list[Verified]:
    by = tuple(grouping for grouping in cited.by if grouping is not Grouping.RELEASE)
    found = []
    for name in cited.norms:
        norm = norm_named(name)
        rows: tuple[CoverageRow, ...] = opened.coverage(by, cited.where, norm, cited.basis).rows() if by else ()
        total = opened.coverage((), cited.where, norm, cited.basis).rows()[0]
        found.append(Verified(release, path, FiguresPart(opened.record.sha256, norm.name, rows, total)))
    return found


def _from_store(cited: Cited, workspace: Workspace) -> list[tuple[OpenedRelease, Path]]:
    opened = []
    for release in cited.releases:
        record = workspace.release(release.id)
        path = workspace.release_files.read_bytes_path(record)
        _check(release, _sha256_of(path), f"release {release.id} here")
        codes = {Grouping(name): frozenset(workspace.boundary_set(each).units.codes) for name, each in record.boundaries.items()}
        opened.append((OpenedRelease(record, serving_table(path), codes), path))
    return opened


def _check(release: CitedRelease, sha256: str, what: str) -> None:
    if not sha256.startswith(release.sha256.lower()):
        raise _Mismatch(f"{what} has sha256 {sha256}, and the link says {release.sha256}")


def _from_files(cited: Cited, files: Sequence[Path]) -> list[tuple[OpenedRelease, Path]]:
    digests = {path: _sha256_of(path) for path in files}
    opened = []
    for release in cited.releases:
        path = next((path for path, sha256 in digests.items() if sha256.startswith(release.sha256.lower())), None)
        if path is None:
            given = ", ".join(f"{path.name} has sha256 {sha256}" for path, sha256 in digests.items()) or "no file is given"
            raise _Mismatch(f"release {release.id} of the link has sha256 {release.sha256}; {given}")
        opened.append((_open(release, path, digests[path]), path))
    return opened


def _open(release: CitedRelease, path: Path, sha256: str) -> OpenedRelease:
    try:
        table, metadata = serving_table(path), read_own_metadata(path)
    except (pa.ArrowInvalid, ValueError, KeyError) as error:
        raise NotVerifiable(f"{path.name} is not a release file") from error
    return OpenedRelease(_record(release, path, sha256, metadata, table.num_rows), table, {})


def _record(release: CitedRelease, path: Path, sha256: str, metadata: Mapping[str, object], count: int) -> ReleaseRecord:
    """A release as far as its file says what it is: who published it when is only in the catalog."""
    vintages = metadata.get("vintages")
    return ReleaseRecord(
        id=release.id,
        parent_id=None,
        kind=ReleaseKind.IMPORT,
        file_name=path.name,
        sha256=sha256,
        byte_count=path.stat().st_size,
        school_count=count,
        country=None,
        boundaries={},
        vintages={str(level): str(vintage) for level, vintage in vintages.items()} if isinstance(vintages, dict) else {},
        sources=(),
        counts={},
        import_id=None,
        undone_release_id=None,
        reason="",
        published_at=datetime.min.replace(tzinfo=UTC),
        published_by="",
        software_version=str(metadata.get("software", "")),
    )


def _sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise NotVerifiable(f"{path} cannot be read: {error.strerror}") from error
