"""Bundles of files: steady bytes, the first page first, data that no name can break out of."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta, timezone

import pytest

from geo.render.offline_bundle import bundle_zip, data_script
from tests.hostile import NAMES

MOMENT = datetime(2026, 10, 2, 12, 30, 20, tzinfo=UTC)
FILES = {"map.js": b"1;", "index.html": b"<!doctype html>", "data/schools.csv": b"a,b\r\n" * 1000}


def test_equal_files_give_equal_bytes_wherever_the_moment_is_told() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=5)))

    assert bundle_zip(FILES, MOMENT) == bundle_zip(dict(FILES), elsewhere)


def test_page_to_open_comes_first_and_every_file_as_it_was() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle_zip(FILES, MOMENT))) as archive:
        assert archive.namelist() == ["index.html", "map.js", "data/schools.csv"]
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 10, 2, 12, 30, 20)}


def test_moment_before_any_that_a_zip_can_name_is_its_first() -> None:
    with zipfile.ZipFile(io.BytesIO(bundle_zip(FILES, datetime(1970, 1, 1, tzinfo=UTC)))) as archive:
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("path", ["/etc/passwd", "../index.html", "data/../../x", "data\\x"])
def test_path_that_leaves_the_bundle_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="stay in the bundle"):
        bundle_zip({**FILES, path: b""}, MOMENT)


def test_bundle_without_a_page_to_open_is_refused() -> None:
    with pytest.raises(ValueError, match="index"):
        bundle_zip({"map.js": b""}, MOMENT)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_ends_the_script_that_holds_it(name: str) -> None:
    text = data_script("qosylSchools", {"names": [NAMES[name]]})

    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text.removeprefix("window.qosylSchools = ").removesuffix(";\n")) == {"names": [NAMES[name]]}


@pytest.mark.parametrize("name", ["", "a-b", "1x", "a;alert(1)"])
def test_name_that_is_more_than_one_word_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="one word"):
        data_script(name, {})


def test_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        data_script("x", float("nan"))
