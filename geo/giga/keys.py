"""Keys of the interface, one for each endpoint: from a file or from settings. No message repeats one, nor are they kept elsewhere."""

from __future__ import annotations

import configparser
import json
from collections.abc import Mapping
from pathlib import Path

from geo.errors import ConfigurationError
from geo.giga.answers import SHAPES

MAX_FILE_BYTES = 65_536
MAX_KEY_CHARACTERS = 4_096


def keys_in_file(path: Path) -> dict[str, str]:
    """Endpoint → key, from a file of JSON (`{"schools_location": "…"}`) or of lines (`schools_location = …`, with or without a section).

    Raises
    ------
    ConfigurationError
        The file cannot be read, is neither, names an endpoint that there is not, or holds what cannot be a key. No message repeats a key.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"the key file {path} cannot be read: {error.strerror or 'it is no file'}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"the key file {path} is not UTF-8 text") from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigurationError(f"the key file {path} has more than {MAX_FILE_BYTES:,} bytes")
    read = _from_json(text, path) if text.lstrip()[:1] == "{" else _from_lines(text, path)
    return checked_keys(read, f"the key file {path}")


def checked_keys(keys: Mapping[str, object], where: str) -> dict[str, str]:
    """Keys that can be sent, without those that are empty.

    Raises
    ------
    ConfigurationError
        An endpoint that there is not, or a key with other than visible ASCII characters.
    """
    unknown = sorted(set(keys) - set(SHAPES))
    if unknown:
        raise ConfigurationError(f"{where} names an endpoint that there is not; there are {', '.join(SHAPES)}")  # a swapped key is a key
    checked = {}
    for endpoint, key in keys.items():
        if not isinstance(key, str) or not _can_be_sent(key.strip()):
            raise ConfigurationError(f"{where}: the key for {endpoint} must be visible ASCII characters, at most {MAX_KEY_CHARACTERS:,}")
        if key.strip():
            checked[endpoint] = key.strip()
    return checked


def _can_be_sent(key: str) -> bool:
    return len(key) <= MAX_KEY_CHARACTERS and all("!" <= letter <= "~" for letter in key)


def _from_json(text: str, path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(text))
    except (ValueError, RecursionError):
        raise ConfigurationError(f"the key file {path} is not an object of JSON") from None


def _from_lines(text: str, path: Path) -> dict[str, object]:
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), default_section="")
    try:
        parser.read_string(text if text.lstrip()[:1] == "[" else f"[keys]\n{text}")
    except configparser.Error:
        raise ConfigurationError(f"the key file {path} has a line that is not 'endpoint = key', or an endpoint twice") from None
    return {endpoint: key for section in parser.sections() for endpoint, key in parser.items(section)}
