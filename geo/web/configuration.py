"""Settings of a deployment as Flask's configuration, and strict JSON."""

from __future__ import annotations

from typing import IO, Any

import orjson
from flask import Flask, Request
from flask.json.provider import JSONProvider
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from geo.config import Settings, check_production
from geo.web.current import SETTINGS
from geo.web.refusals import Refusal

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
UNSAFE_METHODS = frozenset(("POST", "PUT", "PATCH", "DELETE"))
MAX_FORM_PARTS = 50
MAX_FIELD_BYTES = 100_000
SESSION_HOURS = 12


class StrictJSON(JSONProvider):
    """JSON by orjson: NaN and infinity become null, duplicate keys and NaN in what comes in are refused by the parser of bodies."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Text of `obj`; `indent` gives two blanks a level, other options of the standard library are ignored."""
        option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if kwargs.get("indent") else 0)
        return orjson.dumps(obj, option=option, default=str).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Value of a JSON text; orjson.JSONDecodeError (a ValueError) where it is not JSON."""
        return orjson.loads(s)


class StrictRequest(Request):
    """A request whose broken form body is an error instead of an empty form."""

    max_form_parts = MAX_FORM_PARTS

    def make_form_data_parser(self) -> FormDataParser:
        """The parser of form bodies, told to complain."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None, content_length: int | None = None
    ) -> IO[bytes]:
        stream = super()._get_file_stream(total_content_length, content_type, filename, content_length)
        self._streams = [*getattr(self, "_streams", ()), stream]
        return stream

    def _load_form_data(self) -> None:
        """Parse the form; where it is refused, the files received so far are closed at once."""
        try:
            self._parse_form()
        except BaseException:
            for stream in getattr(self, "_streams", ()):
                stream.close()
            raise

    def _parse_form(self) -> None:
        try:
            super()._load_form_data()
        except RequestEntityTooLarge as error:
            detail = f"A form may have at most {MAX_FORM_PARTS} parts, and each field beside the file at most {MAX_FIELD_BYTES // 1000} kB."
            raise Refusal(413, "too_many_parts", detail) from error
        except ValueError as error:
            raise Refusal(400, "bad_request", "The form body is cut off or not well-formed.") from error
        if any(name is None for name in (*self.form, *self.files)):  # the parser lets a part without a name through
            raise Refusal(400, "bad_request", "A part of the form has no name.")


def trusted_hosts(settings: Settings) -> list[str] | None:
    """Hosts that requests may name; None trusts any, which only a development server bound beyond loopback does."""
    if settings.trusted_hosts:
        return [*settings.trusted_hosts]
    if settings.host in ("127.0.0.1", "localhost", "::1"):
        return [*LOOPBACK_HOSTS]
    return None


def configure(app: Flask, settings: Settings) -> None:
    """Give an application its settings.

    Raises
    ------
    ConfigurationError
        A production deployment is not safe to start.
    """
    check_production(settings)
    app.request_class = StrictRequest
    app.json = StrictJSON(app)
    app.config.update(
        {
            SETTINGS: settings,
            "TESTING": settings.testing,
            "PROPAGATE_EXCEPTIONS": False,
            "SECRET_KEY": settings.secret_key,
            "TRUSTED_HOSTS": trusted_hosts(settings),
            "MAX_CONTENT_LENGTH": settings.max_upload_mb * 1024 * 1024,
            "MAX_FORM_PARTS": MAX_FORM_PARTS,
            "MAX_FORM_MEMORY_SIZE": MAX_FIELD_BYTES,
            "SESSION_COOKIE_NAME": f"qosyl_{settings.port}",
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "PERMANENT_SESSION_LIFETIME": SESSION_HOURS * 3600,
            "SESSION_REFRESH_EACH_REQUEST": False,
        }
    )
