"""Who is asking: a bearer key, or a session that signing in with a key began.

A session holds the id of its key and nothing else that matters; the key is looked up at every request, so that revoking it
ends its sessions at once. A request with an Authorization header never has a session.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, Response, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import Unauthorized
from geo.model import Key
from geo.services.keys import authenticate, key_by_id
from geo.web.configuration import UNSAFE_METHODS
from geo.web.current import deployment
from geo.web.errors import Problem, problem_of, problem_response, wants_page
from geo.web.framing import is_for_frames

KEY_ID = "key_id"
MAX_KEY_CHARACTERS = 200
BEARER = "bearer "
blueprint = Blueprint("sessions", __name__)


class SessionsWithoutBearer(SecureCookieSessionInterface):
    """Signed cookies; a request with an Authorization header or for a page in a frame neither reads nor writes any."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Session of the request's cookie, an empty one where there is none or where the header rules it out."""
        if self.get_cookie_name(app) not in request.cookies or "Authorization" in request.headers or is_for_frames(request.path):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where the session changed."""
        if "Authorization" in request.headers or is_for_frames(request.path):
            return
        if session or session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie is kept to HTTPS: always, unless the service is asked on the machine it runs on."""
        return request.is_secure or not is_loopback(request.environ.get("HTTP_HOST", ""))


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: takes "localhost:8000", "127.0.0.1" and "[::1]:8000", refuses names and other addresses."""
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def current_key() -> Key | None:
    """The key behind the present request, None where nobody is signed in.

    Raises
    ------
    Unauthorized
        The request brings an Authorization header that is not a good bearer key.
    """
    if "key" not in g:
        g.key = g.key_id = None  # what an error page sees when the next line refuses
        g.key = _identify()
        g.key_id = g.key.id if g.key else None
    key: Key | None = g.key
    return key


def _identify() -> Key | None:
    header = request.headers.get("Authorization")
    if header is not None:
        if not header[: len(BEARER)].lower() == BEARER or len(header) > MAX_KEY_CHARACTERS:
            raise Unauthorized("The Authorization header must be 'Bearer' and a key.")
        return authenticate(deployment(), header[len(BEARER) :].strip())
    key_id = session.get(KEY_ID)
    if not isinstance(key_id, int):
        return None
    key = key_by_id(deployment(), key_id)
    if key is None:
        session.clear()
    return key


def safe_next(target: str | None) -> str:
    """Where to go after signing in: a path of this service, else the start page.

    Takes "/imports?lang=kk"; refuses "//evil", "/\\evil", "https://evil", "javascript:…", control characters and anything without
    a leading slash.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    if any(unicodedata.category(character)[0] in "CZ" for character in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


@blueprint.get("/sign-in")
def sign_in() -> str:
    """Show the form with its one field."""
    return render_template("sign_in.html", next=safe_next(request.args.get("next")), problem=None)


@blueprint.post("/sign-in")
def sign_in_post() -> AnyResponse | tuple[str, int]:
    """Begin a session with a key."""
    target = safe_next(request.form.get("next"))
    secret = request.form.get("key", "").strip()
    session.clear()
    try:
        key = authenticate(deployment(), secret[:MAX_KEY_CHARACTERS])
    except Unauthorized:
        problem = gettext("This key is not valid. It may be mistyped, expired or revoked.")
        return render_template("sign_in.html", next=target, problem=problem), 401
    session[KEY_ID] = key.id
    session.permanent = True
    return redirect(target, 303)


@blueprint.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session."""
    session.clear()
    return redirect("/", 303)


def _protect(csrf: CSRFProtect) -> None:
    """Ask an unsafe request that comes with a cookie, or that signs in, for its token."""
    if request.method in UNSAFE_METHODS and request.url_rule is not None and "Authorization" not in request.headers:
        csrf.protect()


def _answer_csrf(error: CSRFError) -> Response:
    detail = gettext("The form has expired or came from another site. Go back, reload the page and send it again.")
    return problem_response(Problem(403, "csrf", detail))


def _answer_stranger(error: Unauthorized) -> AnyResponse:
    """Send a person who opened a page that needs a key to the form; everybody else gets the canonical refusal."""
    if wants_page() and request.method in ("GET", "HEAD") and "Authorization" not in request.headers:
        here = request.full_path.rstrip("?")
        return redirect(url_for("sessions.sign_in", next=here), 303)
    return problem_response(problem_of(error))


def register(app: Flask) -> None:
    """Give an application its sessions and their protection; comes after the guard, so that no body is read for a stranger."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    app.session_interface = SessionsWithoutBearer()
    csrf = CSRFProtect(app)
    app.before_request(lambda: _protect(csrf))
    app.register_error_handler(CSRFError, _answer_csrf)
    app.register_error_handler(Unauthorized, _answer_stranger)
    app.jinja_env.globals["current_key"] = current_key
    app.register_blueprint(blueprint)
