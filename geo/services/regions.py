"""Boundaries of the country: loaded from a file, listed, and applied, which publishes a release located anew."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo.errors import BoundaryError, Conflict, InvalidParameter, NotFound
from geo.model import BoundarySetRecord, Grouping, Key, ReleaseKind, ReleaseRecord, Role
from geo.regions import BoundaryUnits, build_index, nesting, read_boundaries, repair, simplified, write_boundary_set
from geo.services.compose import facts_of
from geo.services.keys import actor_name, require_role
from geo.services.publishing import COUNTRY_SETTING, Draft, composed, publish
from geo.services.workspace import LEVELS, Workspace
from geo.store import (
    NewBoundarySet,
    insert_audit,
    insert_boundary_set,
    replace_setting,
    select_boundary_sets,
    select_setting,
)

_COUNTRY = re.compile(r"[A-Z]{2}")
"""ISO 3166-1 alpha-2: takes "KZ"; refuses "kz", "KAZ", "K1"."""
_VINTAGE = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,30}")
"""Takes "2022", "2024-07", "v1.2"; refuses blanks, slashes and a leading dot, since it is part of a directory's name."""

Progress = Callable[[str], None]


def _silent(_step: str) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class BoundaryFile:
    """Where boundary units are in a file, and what they are.

    Parameters
    ----------
    name_columns
        Language to column; without "en" the first one stands for it.
    vintage
        What this version of the boundaries is called, such as its year.
    """

    path: Path
    country: str
    level: int
    code_column: str
    name_columns: Mapping[str, str]
    vintage: str
    layer: str | None = None
    parent_column: str | None = None


def load_boundaries(
    workspace: Workspace, file: BoundaryFile, *, actor: Key | None = None, progress: Progress = _silent
) -> BoundarySetRecord:
    """Read, repair and keep one vintage of one level; no release changes before it is applied.

    The first load sets the country of the deployment.

    Raises
    ------
    Forbidden
        The key may not publish.
    InvalidParameter
        Country, level or vintage cannot be used, or the deployment serves another country.
    BoundaryError
        The file cannot be used as it is.
    Conflict
        This vintage of this level is loaded already.
    """
    require_role(actor, Role.PUBLISHER)
    _check(workspace, file)
    progress("reading")
    units = read_boundaries(
        file.path, layer=file.layer, code_column=file.code_column, name_columns=file.name_columns, parent_column=file.parent_column
    )
    progress(f"repairing {len(units)} units")
    units, repaired = repair(units)
    report: dict[str, Any] = {"repair": repaired.as_dict()}
    if file.level == 2:
        progress("checking that districts lie in their regions")
        report["nesting"] = _nesting_report(workspace, file, units)
    progress("simplifying for the map")
    drawn = simplified(units)
    progress("indexing")
    index = build_index(units)
    source_sha256 = _sha256(file.path)
    directory = f"{file.country}-{file.level}-{file.vintage}-{source_sha256[:12]}"
    progress("writing")
    sha256 = write_boundary_set(workspace.boundaries_dir / directory, units, drawn, index)
    new = NewBoundarySet(
        country=file.country,
        level=file.level,
        vintage=file.vintage,
        directory=directory,
        sha256=sha256,
        unit_count=len(units),
        languages=tuple(units.names),
        source_name=file.path.name,
        source_sha256=source_sha256,
        report=report,
        loaded_by=actor_name(actor),
    )
    return _insert(workspace, new)


def boundary_sets(workspace: Workspace) -> tuple[BoundarySetRecord, ...]:
    """All loaded boundary sets in the order they were loaded."""
    with workspace.catalog.reading() as connection:
        return select_boundary_sets(connection)


def apply_boundaries(
    workspace: Workspace,
    *,
    vintages: Mapping[int, str] | None = None,
    actor: Key | None = None,
    reason: str = "",
    progress: Progress = _silent,
) -> ReleaseRecord:
    """Publish the current schools located anew.

    Parameters
    ----------
    vintages
        Vintage by level; a level that is not named takes the newest load. Level 2 is left out if its units lie in regions of
        other codes than those of level 1.

    Raises
    ------
    Forbidden
        The key may not publish.
    NoRelease
        There are no schools to locate yet.
    NotFound
        A vintage is not loaded.
    Conflict
        The current release is located with these very boundaries, or another was published meanwhile.
    """
    require_role(actor, Role.PUBLISHER)
    current = workspace.release()
    boundaries = _chosen(workspace, vintages or {})
    if boundaries == current.boundaries:
        raise Conflict(f"release {current.id} is located with these boundaries already")
    progress(f"locating {current.school_count} schools")
    made = composed(workspace, facts_of(workspace.opened(current).table), boundaries)
    draft = Draft(current, ReleaseKind.REGIONS, boundaries, reason or "Locate schools in newly loaded boundaries", actor)
    progress("publishing")
    return publish(workspace, draft, made)


def country(workspace: Workspace) -> str | None:
    """Country of the deployment, ISO 3166-1 alpha-2; None before the first boundaries."""
    with workspace.catalog.reading() as connection:
        return select_setting(connection, COUNTRY_SETTING)


def _check(workspace: Workspace, file: BoundaryFile) -> None:
    if not _COUNTRY.fullmatch(file.country):
        raise InvalidParameter(
            f"'country' must be two capital letters (ISO 3166-1), such as KZ; got '{file.country[:20]}'", parameter="country"
        )
    if file.level not in LEVELS.values():
        raise InvalidParameter(f"'level' must be 1 (regions) or 2 (districts); got {file.level}", parameter="level")
    if not _VINTAGE.fullmatch(file.vintage):
        raise InvalidParameter(
            f"'vintage' must be letters, digits, dots and hyphens, such as 2024; got '{file.vintage[:40]}'", parameter="vintage"
        )
    own = country(workspace)
    if own is not None and own != file.country:
        raise InvalidParameter(
            f"this deployment serves {own}; boundaries of {file.country} need a data directory of their own", parameter="country"
        )
    with workspace.catalog.reading() as connection:
        loaded = select_boundary_sets(connection, file.country, file.level)
    if any(record.vintage == file.vintage for record in loaded):
        raise Conflict(f"{file.country} level {file.level} of vintage {file.vintage} is loaded already; name another vintage")


def _nesting_report(workspace: Workspace, file: BoundaryFile, districts: BoundaryUnits) -> dict[str, Any]:
    """How districts lie in the regions of the same vintage, or else of the newest load."""
    with workspace.catalog.reading() as connection:
        loaded = select_boundary_sets(connection, file.country, 1)
    if not loaded:
        raise BoundaryError("load the regions (level 1) before the districts (level 2)")
    regions = next((record for record in loaded if record.vintage == file.vintage), loaded[-1])
    found = nesting(workspace.boundary_set(regions.id).units, districts)
    return {"regions_vintage": regions.vintage, **found.as_dict()}


def _insert(workspace: Workspace, new: NewBoundarySet) -> BoundarySetRecord:
    with workspace.catalog.transaction() as connection:
        if select_setting(connection, COUNTRY_SETTING) is None:
            replace_setting(connection, COUNTRY_SETTING, new.country)
        record = insert_boundary_set(connection, new)
        detail = {"source": new.source_name, "sha256": new.source_sha256, "units": new.unit_count}
        insert_audit(connection, new.loaded_by, "regions.load", f"{new.country} level {new.level} of {new.vintage}", detail)
    return record


def _chosen(workspace: Workspace, vintages: Mapping[int, str]) -> dict[str, int]:
    """Boundary set of each level by grouping word: the vintage asked for, else the newest load."""
    loaded = boundary_sets(workspace)
    chosen: dict[str, int] = {}
    for grouping, level in LEVELS.items():
        candidates = [record for record in loaded if record.level == level and vintages.get(level) in (None, record.vintage)]
        if level in vintages and not candidates:
            raise NotFound(f"no boundaries of level {level} of vintage '{vintages[level][:40]}' are loaded")
        if candidates:
            chosen[grouping.value] = candidates[-1].id
    if Grouping.ADMIN1 not in chosen:
        raise NotFound("no regions (level 1) are loaded")
    if Grouping.ADMIN2 in chosen and 2 not in vintages and not _share_codes(workspace, chosen):
        del chosen[Grouping.ADMIN2]
    return chosen


def _share_codes(workspace: Workspace, chosen: Mapping[str, int]) -> bool:
    """Whether the parents that districts name are codes of the chosen regions; districts without parents fit any."""
    regions, districts = (workspace.boundary_set(chosen[grouping]).units for grouping in (Grouping.ADMIN1, Grouping.ADMIN2))
    parents = {parent for parent in districts.parents if parent is not None}
    return not parents or bool(parents & set(regions.codes))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
