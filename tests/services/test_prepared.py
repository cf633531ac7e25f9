"""Releases written ahead: published where nothing came between, thrown away where something did, and never more than a few."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from geo.model import ImportState
from geo.services import Workspace, open_workspace
from geo.services.imports import discard_import, import_record, publish_import
from geo.services.prepared import KEPT_PREPARED
from geo.store import sweep
from tests.services.builders import load_regions, open_empty, publish_csv, stage_csv

SCHOOLS = "school_id_govt,latitude,longitude,connectivity\n1,50.5,70.5,yes\n2,50.6,70.6,no\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with open_empty(tmp_path) as opened:
        yield opened


def update(school: int, students: int) -> str:
    return f"school_id_govt,num_students\n{school},{students}\n"


def prepared_file(workspace: Workspace, import_id: int) -> str | None:
    prepared = import_record(workspace, import_id).prepared
    return None if prepared is None else str(prepared["file_name"])


def release_files(workspace: Workspace) -> set[str]:
    return {entry.name for entry in workspace.release_files.folder.entries()}


def test_publishing_names_the_file_that_staging_wrote(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)
    written = prepared_file(workspace, staged.id)

    release = publish_import(workspace, staged.id, reason="new list")

    assert release.file_name == written
    path = workspace.release_files.read_bytes_path(release)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == release.sha256
    assert (release.reason, release.import_id, release.parent_id) == ("new list", staged.id, None)
    assert prepared_file(workspace, staged.id) is None
    assert import_record(workspace, staged.id).state is ImportState.PUBLISHED


def test_a_prepared_release_is_what_publishing_makes_without_it(tmp_path: Path) -> None:
    tables = []
    for name in ("prepared", "plain"):
        with open_empty(tmp_path / name) as workspace:
            load_regions(workspace, tmp_path)
            publish_csv(workspace, SCHOOLS)
            staged = stage_csv(workspace, update(1, 40))
            if name == "plain":
                workspace.release_files.folder.remove(prepared_file(workspace, staged.id) or "")
            release = publish_import(workspace, staged.id)
            tables.append((workspace.opened(release).table.to_pylist(), release.counts, release.sources, release.vintages))

    assert tables[0] == tables[1]


def test_another_release_in_between_makes_publishing_merge_again(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    one, two = stage_csv(workspace, update(1, 11)), stage_csv(workspace, update(2, 22))
    written = prepared_file(workspace, two.id)
    publish_import(workspace, one.id)

    release = publish_import(workspace, two.id)

    assert release.file_name != written
    assert written not in release_files(workspace)
    assert sorted(workspace.opened(release).table["num_students"].to_pylist()) == [11, 22]


def test_another_norm_makes_publishing_compose_again(tmp_path: Path) -> None:
    with open_empty(tmp_path) as workspace:
        staged = stage_csv(workspace, SCHOOLS)
        written = prepared_file(workspace, staged.id)
        settings = workspace.settings
    with open_workspace(type(settings)(data_dir=settings.data_dir, default_norm="giga-5")) as other:
        release = publish_import(other, staged.id)

        assert release.file_name != written


def test_a_damaged_prepared_file_is_not_published(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)
    written = prepared_file(workspace, staged.id) or ""
    path = workspace.release_files.folder.fetch(written)
    path.write_bytes(path.read_bytes()[:-1])

    release = publish_import(workspace, staged.id)

    assert release.file_name != written
    workspace.release_files.verify(release)


def test_only_the_newest_few_are_kept(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    staged = [stage_csv(workspace, update(1, number)) for number in range(1, KEPT_PREPARED + 3)]

    kept = [prepared_file(workspace, record.id) for record in staged]

    assert [name is not None for name in kept] == [False, False] + [True] * KEPT_PREPARED
    assert len(release_files(workspace)) == 1 + KEPT_PREPARED
    assert publish_import(workspace, staged[0].id).id == 2


def test_discarding_removes_what_was_prepared(workspace: Workspace) -> None:
    staged = stage_csv(workspace, SCHOOLS)

    discard_import(workspace, staged.id)

    assert release_files(workspace) == set()
    assert prepared_file(workspace, staged.id) is None


def test_the_sweep_leaves_what_a_staged_import_may_yet_become(workspace: Workspace) -> None:
    publish_csv(workspace, SCHOOLS)
    staged = stage_csv(workspace, update(1, 7))
    month_ago = time.time() - 30 * 86_400
    for path in (workspace.settings.data_dir).rglob("*"):
        if path.is_file():
            os.utime(path, (month_ago, month_ago))

    swept = sweep(workspace.catalog, workspace.release_files, timedelta(days=7))

    assert swept.release_files == ()
    assert publish_import(workspace, staged.id).file_name == staged_name(staged.prepared)


def staged_name(prepared: dict[str, object] | None) -> object:
    assert prepared is not None
    return prepared["file_name"]
