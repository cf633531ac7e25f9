"""Files of keys: both forms are read, and no message ever repeats a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.errors import ConfigurationError
from geo.giga import keys_in_file

SECRET = "s3cret-0123456789"


@pytest.mark.parametrize(
    "text",
    [
        '{"schools_location": "s3cret-0123456789", "schools_profile": ""}',
        "schools_location = s3cret-0123456789\n",
        "# keys of the ministry\n[giga]\nschools_location=s3cret-0123456789\r\nschools_profile =\n",
        "\ufeffSCHOOLS_LOCATION = s3cret-0123456789",
    ],
    ids=["JSON", "lines", "section", "byte-order mark"],
)
def test_keys_are_read_from_json_and_from_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys"
    path.write_text(text, encoding="utf-8")

    assert keys_in_file(path) == {"schools_location": SECRET}


@pytest.mark.parametrize(
    "data",
    [
        b'{"schools_location": "s3cret-0123456789"',
        b'{"schools_location": ["s3cret-0123456789"]}',
        b'{"s3cret-0123456789": "schools_location"}',
        b"s3cret-0123456789 = schools_location",
        b"s3cret-0123456789",
        b"schools_location = s3cret-0123456789\nschools_location = s3cret-0123456789",
        b"schools_location = s3cret-0123456789 and more",
        b"schools_location = s3cret-0123456789\xff",
        "schools_location = s3cret-0123456789\u0451".encode(),
        b"{" * 10_000,
        b"schools_location = s3cret-0123456789" * 10_000,
    ],
    ids=["JSON cut short", "list", "swapped", "swapped line", "bare", "twice", "blank inside", "not UTF-8", "not ASCII", "deep", "large"],
)
def test_what_is_no_file_of_keys_is_refused_without_repeating_it(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "keys"
    path.write_bytes(data)

    with pytest.raises(ConfigurationError) as caught:
        keys_in_file(path)

    assert "s3cret" not in str(caught.value)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no-such-file cannot be read"):
        keys_in_file(tmp_path / "no-such-file")
