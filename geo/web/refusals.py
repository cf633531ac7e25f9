"""What a request can be refused for before any service is asked, and the one table from our exceptions to HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from geo import errors


class Refusal(errors.QosylError):
    """A request that is refused for its form: its length, encoding, key or rate.

    Parameters
    ----------
    code
        A code of `TITLES`.
    detail
        What is wrong and what is accepted; may be shown.
    headers
        Headers that the answer must carry, such as Retry-After.
    extra
        Members that the problem document has besides the common ones.
    """

    code: ClassVar[str] = "bad_request"

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, extra: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.specific_code = code
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


STATUS: Mapping[type[errors.QosylError], int] = {
    errors.InvalidParameter: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.DetailWithheld: 403,
    errors.NotFound: 404,
    errors.NoRelease: 404,
    errors.Withdrawn: 410,
    errors.Conflict: 409,
    errors.IdempotencyMismatch: 422,
    errors.FileRefused: 422,
    errors.BoundaryError: 422,
    errors.ConfigurationError: 500,
    errors.DamagedFile: 500,
    errors.SourceFailed: 502,
    errors.StoreUnavailable: 503,
    errors.StoreFull: 507,
    errors.NotReady: 503,
    errors.QosylError: 500,
}
"""Status of each class; a class without a row has that of its nearest ancestor."""

STATUS_OF_CODE: Mapping[str, int] = {"not_a_table": 415}
"""Codes of `FileRefused` whose status is not that of the class."""


def status_of(error: errors.QosylError) -> int:
    """HTTP status of one of our exceptions."""
    if isinstance(error, Refusal):
        return error.status
    special = STATUS_OF_CODE.get(code_of(error))
    return special or next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def code_of(error: errors.QosylError) -> str:
    """Stable code of one of our exceptions: that of the case where it has one, else that of its class."""
    if isinstance(error, errors.FileRefused):
        return error.problem.code
    return getattr(error, "specific_code", None) or error.code


def _(message: str) -> str:
    """Mark a message for translation."""
    return message


CODE_OF_STATUS: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    414: "uri_too_long",
    415: "unsupported_type",
    416: "range_not_satisfiable",
    422: "invalid_body",
    429: "rate_limited",
    431: "headers_too_large",
    500: "internal_error",
    503: "store_unavailable",
    507: "store_full",
}
"""Codes of refusals that Flask or Werkzeug make."""

DETAILS: Mapping[int, str] = {
    400: _("The request is not well-formed."),
    401: _("A valid access key is needed. Send it as 'Authorization: Bearer qsl_…'."),
    403: _("This key may not do that."),
    404: _("There is nothing at this address."),
    405: _("This address does not take that method; the Allow header lists those it takes."),
    413: _("The request is too large."),
    415: _("This type of body is not accepted here."),
    500: _("Something went wrong on our side. Nothing was published. Please tell us the request id."),
    503: _("The service cannot reach its store right now. Try again in a minute."),
}
"""What to say where a refusal says nothing of its own."""

PAGE_DETAILS: Mapping[int, str] = {
    **DETAILS,
    400: _("The address or the form holds something that is not accepted here."),
    409: _("What was asked does not fit the present state. Nothing was changed."),
    422: _("The file, or something sent with it, cannot be used. Nothing was published."),
    429: _("Too many requests came in a short time. Wait a little and try again."),
    507: _("There is no space left where files are kept. Nothing was published."),
}
"""What a page says in a language that a refusal's own words are not translated to."""

TITLES: Mapping[str, str] = {
    "ambiguous_file": _("More than one file"),
    "bad_host": _("Unknown host"),
    "bad_request": _("Bad request"),
    "conflict": _("Conflict"),
    "csrf": _("The form has expired"),
    "damaged_file": _("A stored file is damaged"),
    "detail_withheld": _("Not shown without a key"),
    "encoding_error": _("The file's encoding cannot be read"),
    "file_missing": _("No file"),
    "forbidden": _("Not allowed"),
    "gate_not_confirmed": _("More would change than is usual"),
    "has_row_errors": _("The file has row errors"),
    "idempotency_mismatch": _("This Idempotency-Key was used for another request"),
    "headers_too_large": _("Too many or too long headers"),
    "internal_error": _("Internal error"),
    "invalid_json": _("Not valid JSON"),
    "invalid_body": _("The body is not as documented"),
    "invalid_parameter": _("Invalid parameter"),
    "length_required": _("Length required"),
    "method_not_allowed": _("Method not allowed"),
    "needs_confirmation": _("Something was guessed and is not confirmed"),
    "no_release": _("Nothing has been published yet"),
    "not_a_table": _("Not a table"),
    "not_found": _("Not found"),
    "not_ready": _("Not ready yet"),
    "rate_limited": _("Too many requests"),
    "repeated_parameter": _("A parameter is repeated"),
    "store_full": _("No space left"),
    "store_unavailable": _("The store is unavailable"),
    "too_large": _("Too large"),
    "too_many_parts": _("Too many form parts"),
    "unauthorized": _("Key needed"),
    "undo_clashes": _("Later releases changed the same facts"),
    "unknown_parameter": _("Unknown parameter"),
    "unsupported_encoding": _("Content-Encoding is not accepted"),
    "unsupported_type": _("Unsupported type of body"),
    "uri_too_long": _("The address is too long"),
    "withdrawn": _("This release was withdrawn"),
}
"""Short title of each code; a code without one has its words."""


def title_of(code: str, status: int) -> str:
    """Title of a problem, the same for every occurrence of its code."""
    if code in TITLES:
        return TITLES[code]
    return code.replace("_", " ").capitalize() or HTTPStatus(status).phrase
