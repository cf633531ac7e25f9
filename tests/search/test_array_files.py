"""Files of arrays: mapped as they were written, never half of one, and made once."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import StoreUnavailable
from geo.store.array_files import ALIGNMENT, ArrayFiles
from geo.store.folders import cache_folder

SHA256 = "a" * 64


def sample():
    return {
        "text": np.frombuffer("мектеп".encode(), dtype=np.uint8),
        "numbers": np.arange(7, dtype=np.int64),
        "nothing": np.zeros(0, dtype=np.int32),
        "pairs": np.arange(6, dtype=np.int32).reshape(3, 2),
        "letters": np.asarray([2**63], dtype=np.uint64),
    }


@pytest.fixture
def files(settings):
    return ArrayFiles(cache_folder(settings, "releases"))


def path_of(settings):
    return settings.data_dir / "cache" / "releases" / ArrayFiles.name_of(SHA256)


def test_arrays_come_back_as_they_were_and_cannot_be_written(files):
    files.make(SHA256, sample)

    found = files.open(SHA256)

    assert list(found) == list(sample())
    for name, array in sample().items():
        assert found[name].dtype == array.dtype
        assert found[name].tolist() == array.tolist()
        assert not found[name].flags.writeable or not found[name].size
        assert found[name].ctypes.data % ALIGNMENT == 0 or not found[name].size


def test_arrays_are_made_once(files):
    files.make(SHA256, sample)
    files.make(SHA256, lambda: pytest.fail("made twice"))

    assert files.has(SHA256)


@pytest.mark.parametrize("kept", [0, 5, 15, 40, 200, -1])
def test_a_file_that_is_cut_short_is_made_again(files, settings, kept):
    files.make(SHA256, sample)
    path = path_of(settings)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - ALIGNMENT if kept < 0 else kept])

    assert files.open(SHA256) is None
    files.make(SHA256, sample)
    assert path.read_bytes() == whole


@pytest.mark.parametrize("content", [b"PAR1" * 10, b"QSYLARR1" + b"\xff" * 40, b"QSYLARR1" + (2).to_bytes(8, "little") + b"[]" + bytes(90)])
def test_a_file_that_is_something_else_is_not_opened(files, settings, content):
    path = path_of(settings)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    assert files.open(SHA256) is None


def test_nothing_is_left_where_the_making_fails(files, settings):
    with pytest.raises(ZeroDivisionError):
        files.make(SHA256, lambda: {"x": np.zeros(1 // 0)})

    assert files.open(SHA256) is None
    assert [path.suffix for path in path_of(settings).parent.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_made_is_told(settings):
    settings.data_dir.mkdir()
    (settings.data_dir / "cache").write_text("in the way")

    with pytest.raises(StoreUnavailable):
        ArrayFiles(cache_folder(settings, "releases")).make(SHA256, sample)
