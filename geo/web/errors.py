"""Turns every refusal and failure into one canonical answer: RFC 9457 problem+json for programs, a page for people.

The text of an unknown exception never leaves the server; it goes to the log under the request id that the answer names.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import get_locale, gettext
from jinja2 import TemplateNotFound
from markupsafe import escape
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from geo import errors
from geo.web.refusals import CODE_OF_STATUS, DETAILS, PAGE_DETAILS, TITLES, Refusal, code_of, status_of, title_of

PROBLEM_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:qosyl:problem:"
DATA_PREFIXES = ("/api/", "/static/", "/healthz", "/readyz", "/metrics")
LOGGER = logging.getLogger("qosyl.web")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one request, ready to be shown."""

    status: int
    code: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Title of the code."""
        return title_of(self.code, self.status)

    def as_dict(self) -> dict[str, Any]:
        """Members of the problem document; those every answer has come first."""
        return {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "request_id": g.get("request_id", ""),
            **self.extra,
        }


def _extra_of(error: errors.QosylError) -> dict[str, Any]:
    """Members beyond the common ones that an exception carries for programs."""
    if isinstance(error, Refusal):
        return error.extra
    if isinstance(error, errors.InvalidParameter) and error.parameter:
        nearest = getattr(error, "nearest", None)
        return {"parameter": error.parameter} | ({"nearest": nearest} if nearest else {})
    if isinstance(error, errors.UndoClashes):
        clashes = [{"school_id": school_id, "fact": fact} for school_id, fact in error.clashes]
        return {"clashes": clashes, "clashes_total": error.clashes_total}
    if isinstance(error, errors.GateNotConfirmed):
        return {"gates": [dict(gate) for gate in error.gates], "confirm_token": error.confirm_token}
    if isinstance(error, errors.FileRefused):
        problem = error.problem
        row = {"line": problem.line, "column": problem.column, "code": problem.code, "value": problem.value, "fix": str(error)}
        return {"errors": [row], "errors_total": 1}
    return {}


def problem_of(error: errors.QosylError) -> Problem:
    """The problem that one of our exceptions is."""
    status, headers = status_of(error), dict(getattr(error, "headers", {}))
    if status == 401:
        return Problem(401, "unauthorized", DETAILS[401], headers={"WWW-Authenticate": 'Bearer realm="qosyl"'})
    if status == 503:
        headers.setdefault("Retry-After", "30")
    detail = DETAILS[404] if status == 404 and _asks_for_a_path() else str(error)
    return Problem(status, code_of(error), detail, headers=headers, extra=_extra_of(error))


def _asks_for_a_path() -> bool:
    """Whether the address names a thing by what looks like a path ("../../etc/passwd"); such a name is not repeated."""
    return any(mark in str(value) for value in (request.view_args or {}).values() for mark in ("/", "\\", ".."))


def problem_of_http(error: HTTPException) -> Problem:
    """The problem that a refusal by Flask or Werkzeug is; nothing of its own text is shown."""
    status = error.code or 500
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range", "Retry-After", "WWW-Authenticate")}
    if isinstance(error, SecurityError):
        return Problem(400, "bad_host", "This service does not answer for the host that the request names.")
    if status == 413:
        limit = (request.max_content_length or 0) // 1024
        size = f"{limit // 1024} MB" if limit >= 1024 else f"{limit} kB"
        return Problem(413, "too_large", f"A body here may have at most {size}.", headers=headers)
    code = CODE_OF_STATUS.get(status, "bad_request" if status < 500 else "internal_error")
    return Problem(status, code, DETAILS.get(status, title_of(code, status) + "."), headers=headers)


def wants_page() -> bool:
    """Whether the answer is read by a person: the address is a page's and the request takes HTML."""
    if request.path.startswith(DATA_PREFIXES):
        return False
    best = request.accept_mimetypes.best_match(["text/html", PROBLEM_TYPE, "application/json"], default="text/html")
    return best == "text/html"


def problem_response(problem: Problem) -> Response:
    """The problem as an answer, never stored by caches."""
    if wants_page():
        response = Response(_page(problem), problem.status, mimetype="text/html")
    else:
        body = current_app.json.dumps(problem.as_dict() | _words(problem))
        response = Response(body, problem.status, content_type=PROBLEM_TYPE)
    response.headers.update(problem.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(problem: Problem) -> str:
    """The problem as a page; a bare one where the template or what it needs is not there."""
    g.problem = problem
    if not isinstance(request.routing_exception, SecurityError):
        try:
            title, detail, english = _told(problem)  # here, since templates would take "%" for a placeholder
            members = {"title": title, "detail": detail, "english": english, "request_id": g.get("request_id", "")}
            return render_template("error.html", problem=problem, **members)
        except TemplateNotFound:
            pass
        except Exception:  # an error page that fails must not hide the error
            LOGGER.exception("error page failed", extra={"request_id": g.get("request_id", "")})
    heading, text = escape(problem.title), escape(problem.detail)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{heading}</title><h1>{heading}</h1><p>{text}</p><p>{escape(g.get('request_id', ''))}</p></html>"
    )


def _told(problem: Problem) -> tuple[str, str, str]:
    """Title and what a page says went wrong, and the exact English words where these are not translated, since they name values."""
    title, detail = _title(problem), gettext(problem.detail)
    if str(get_locale() or "en") == "en":
        return title, detail, ""
    if detail != problem.detail:
        return title, detail, ""
    general = problem.title if problem.code == errors.NotReady.code else PAGE_DETAILS.get(problem.status, problem.title)
    return title, gettext(general), problem.detail


def _words(problem: Problem) -> dict[str, str]:
    """Title and detail for programs in the language that is asked for; a detail that names values stays English."""
    if isinstance(request.routing_exception, SecurityError):
        return {}
    return {"title": _title(problem), "detail": gettext(problem.detail)}


def _title(problem: Problem) -> str:
    title: str = gettext(problem.title)
    if title == problem.title and problem.status == 400 and str(get_locale() or "en") != "en":  # one that is made from a parameter's name
        title = gettext(TITLES[errors.InvalidParameter.code])
    return title


def _answer_http(error: HTTPException) -> Response | AnyResponse:
    if error.code is None or error.code < 400 or error.response is not None:
        return error.get_response()
    return problem_response(problem_of_http(error))


def _answer_ours(error: errors.QosylError) -> Response:
    problem = problem_of(error)
    if problem.status >= 500:
        LOGGER.error("%s: %s", problem.code, error, exc_info=error, extra={"request_id": g.get("request_id", "")})
    return problem_response(problem)


def _answer_unknown(error: Exception) -> Response:
    LOGGER.error("unhandled %s", type(error).__name__, exc_info=error, extra={"request_id": g.get("request_id", "")})
    return problem_response(Problem(500, "internal_error", DETAILS[500]))


def register(app: Flask) -> None:
    """Make an application answer every refusal and failure in the canonical form."""
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(errors.QosylError, _answer_ours)
    app.register_error_handler(Exception, _answer_unknown)
