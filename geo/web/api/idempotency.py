"""The `Idempotency-Key` header: a word that whoever uploads chooses, so that sending a request again does not do it again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flask import request

from geo.errors import InvalidParameter
from geo.model import Key
from geo.services.idempotency import OnceOnly
from geo.web.forms import CSRF_FIELD, UploadForm
from geo.web.readers import shown

HEADER = "Idempotency-Key"
MAX_CHARACTERS = 255
PARAMETER: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS},
    "description": "A word of your choice for this upload. Sent again with the same key, file and fields within seven days it gives the "
    "import that the first made; with another file or other fields 422 idempotency_mismatch.",
}


def once_only(form: UploadForm, key: Key | None) -> OnceOnly | None:
    """What an upload is known by where its header asks for it to be done once; None without the header.

    Raises
    ------
    InvalidParameter
        The header holds other than 1 to 255 printable ASCII characters.
    """
    word = request.headers.get(HEADER)
    if word is None or key is None:
        return None
    if not 1 <= len(word) <= MAX_CHARACTERS or not word.isascii() or not word.isprintable():
        told = f"'{HEADER}' must be 1 to {MAX_CHARACTERS} printable ASCII characters; got {shown(word)}"
        raise InvalidParameter(told, parameter=HEADER, code="invalid_idempotency_key")
    return OnceOnly(key, word, _request_sha256(form))


def _request_sha256(form: UploadForm) -> str:
    """SHA-256 of the file, its name and the fields in the order of their names."""
    fields = sorted((name, texts) for name, texts in request.form.lists() if name != CSRF_FIELD)
    digest = hashlib.sha256(json.dumps([form.file_name, fields]).encode())
    digest.update(hashlib.sha256(form.data).digest())
    return digest.hexdigest()
