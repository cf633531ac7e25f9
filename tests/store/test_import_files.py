"""Uploads are kept byte for byte, staged tables come back as they were."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest

from geo.config import Settings
from geo.errors import DamagedFile, NotFound
from geo.store import StagedFiles, UploadFiles
from tests.store.publishing import settings_for

DATA = b"\xef\xbb\xbfschool_id;connectivity\r\n007;yes\r\n\x00\xff"


@pytest.fixture(params=["directory", "memory address"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with files in each kind of place."""
    return settings_for(tmp_path / "var", data_url=f"memory://{uuid4().hex}" if request.param == "memory address" else None)


def test_an_upload_is_kept_byte_for_byte(settings: Settings) -> None:
    uploads = UploadFiles(settings)

    sha256 = uploads.keep(DATA)

    assert uploads.read(sha256) == uploads.path(sha256).read_bytes() == DATA


def test_an_empty_upload_is_kept(settings: Settings) -> None:
    uploads = UploadFiles(settings)

    assert uploads.read(uploads.keep(b"")) == b""


def test_the_same_upload_twice_is_kept_once(settings: Settings) -> None:
    uploads = UploadFiles(settings)

    assert uploads.keep(DATA) == uploads.keep(DATA)

    assert len(uploads.folder.entries()) == 1


def test_a_wiped_upload_is_gone(settings: Settings) -> None:
    uploads = UploadFiles(settings)
    sha256 = uploads.keep(DATA)
    uploads.path(sha256)

    uploads.wipe(sha256)
    uploads.wipe(sha256)

    for read in (uploads.read, uploads.path):
        with pytest.raises(NotFound, match="not kept any more"):
            read(sha256)
    assert not [path for path in settings.data_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["../catalog.sqlite", "", "A" * 64, "a" * 63, "a" * 64 + "\n", "/etc/passwd"])
def test_a_name_that_is_no_sha256_never_reaches_the_disk(tmp_path: Path, name: str) -> None:
    uploads = UploadFiles(settings_for(tmp_path))

    for act in (uploads.read, uploads.path, uploads.wipe):
        with pytest.raises(NotFound, match="64 lower-case hexadecimal digits"):
            act(name)


def test_a_damaged_upload_is_refused(tmp_path: Path) -> None:
    uploads = UploadFiles(settings_for(tmp_path))
    sha256 = uploads.keep(DATA)
    uploads.path(sha256).write_bytes(DATA[:-1])

    with pytest.raises(DamagedFile, match=sha256[:12]):
        uploads.read(sha256)


def test_an_upload_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    uploads = UploadFiles(settings_for(tmp_path))

    path = uploads.path(uploads.keep(DATA))

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_staged_table_comes_back_with_its_schema(settings: Settings) -> None:
    staged = StagedFiles(settings)
    table = pa.table({"line": pa.array([2, 3], pa.int32()), "admin1": pa.array(["KZ75", None]).dictionary_encode()})

    name = staged.write(7, table)

    assert name == "import-7.arrow"
    assert staged.read(7).equals(table)
    assert staged.read(7).schema == table.schema


def test_staging_again_replaces_the_table(settings: Settings) -> None:
    staged = StagedFiles(settings)

    staged.write(7, pa.table({"line": [1]}))
    staged.write(7, pa.table({"line": [2]}))

    assert staged.read(7).to_pydict() == {"line": [2]}


def test_a_removed_staged_table_is_not_found(settings: Settings) -> None:
    staged = StagedFiles(settings)
    staged.write(7, pa.table({"line": [1]}))

    staged.remove(7)
    staged.remove(7)

    with pytest.raises(NotFound, match="import 7 has no staged table"):
        staged.read(7)


def test_a_damaged_staged_table_is_refused(tmp_path: Path) -> None:
    staged = StagedFiles(settings_for(tmp_path))
    path = tmp_path / "staged" / staged.write(7, pa.table({"line": [1]}))
    path.write_bytes(path.read_bytes()[:100])

    with pytest.raises(DamagedFile, match="upload the file again"):
        staged.read(7)
