"""A bundle of files that opens from a disk by a double click on index.html: data as scripts, everything in one zip of steady bytes.

Browsers refuse modules and every request under `file://`, so scripts are classic ones and data are scripts too: an assignment of JSON
to a name of `window`. Nothing here knows what the files say.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

INDEX = "index.html"
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
"""The first moment that a zip can name."""
_FILE_MODE = 0o644 << 16
_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
"""What could end a script, begin a comment in one or break a line of one, though it stands in a string."""
_NAME = re.compile(r"[A-Za-z]\w*")
"""takes qosylView; refuses a-b, 1x and the empty text"""


def data_script(name: str, value: Any) -> str:
    """A classic script that makes a value known as `window.NAME`; no text in it can be taken for markup, in a file or inline.

    Raises
    ------
    ValueError
        The name is not one word, or the value holds NaN or infinity.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"a name must be one word; got {name!r}")
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"window.{name} = {text.translate(_ESCAPES)};\n"


def bundle_zip(files: Mapping[str, bytes], made_at: datetime) -> bytes:
    """The files as one zip, the page to open first, the others in their order; equal input gives equal bytes.

    Parameters
    ----------
    files
        Content by path, with slashes; `INDEX` among them.
    made_at
        The moment that every file carries, to two seconds, UTC; for a release, that of its publication.

    Raises
    ------
    ValueError
        There is no `INDEX`, or a path leaves the directory that the bundle is unpacked in.
    """
    if INDEX not in files:
        raise ValueError(f"a bundle needs {INDEX}")
    moment = max(made_at.astimezone(UTC), _EARLIEST)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in (INDEX, *(path for path in files if path != INDEX)):
            if path.startswith("/") or "\\" in path or ".." in path.split("/"):
                raise ValueError(f"a path must stay in the bundle; got {path!r}")
            entry = zipfile.ZipInfo(path, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # so that the mode is read, on whatever system this was written
            entry.external_attr = _FILE_MODE
            archive.writestr(entry, files[path])
    return written.getvalue()
