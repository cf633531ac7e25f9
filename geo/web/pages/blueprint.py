"""The blueprint of all pages, how a page's query string becomes a view, and how a page is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from geo.errors import InvalidParameter, NoRelease
from geo.model import Areas, Measure, ReleaseRecord, View
from geo.services.coverage import citation, resolve
from geo.services.ground import ground_digest
from geo.services.norms import NORMS, Norm, norm_named
from geo.web.assets import EXTENSION as ASSETS
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import workspace
from geo.web.pages.translation import url_for
from geo.web.params import PARAMETERS, VIEW_PARAMETERS, parameters_of, read_query, view_of

blueprint = Blueprint("pages", __name__)

ACCEPTED = (*VIEW_PARAMETERS, "count", "measure", "areas", "lang")
"""Parameters of every page that shows figures."""

OWN_NORM = "norm_mbps"
"""Field of forms for a speed that is no norm of the list; it never stays in an address."""

TRACKING_PREFIXES = ("utm_", "fbclid", "gclid", "yclid", "mc_")
"""Begin the parameters that mail programs and social networks hang on links that people share; pages pass over them."""


@dataclass(frozen=True)
class Asked:
    """What the address of a page asks for.

    Parameters
    ----------
    view
        As the address has it: without a release it is about the current one.
    count
        What bars and shares count: "schools" or "students".
    measure, areas
        What the map shows, and of which areas.
    page
        Which page of its list of schools, None where the address names none.
    """

    view: View
    count: str
    measure: Measure = Measure.MEETS_NORM
    areas: Areas = Areas.ADMIN1
    page: int | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """Query parameters that give the same view of another page, language apart."""
        return {**parameters_of(self.view), **self.looks}

    @property
    def looks(self) -> dict[str, str]:
        """Query parameters that say how figures are shown, defaults left out."""
        chosen = {"count": self.count, "measure": self.measure.value, "areas": self.areas.value}
        return {name: value for name, value in chosen.items() if value not in ("schools", Measure.MEETS_NORM, Areas.ADMIN1)}

    def pinned(self, release: ReleaseRecord, norm: Norm) -> dict[str, str]:
        """Query parameters that will give the same figures years later."""
        view = replace(self.view, release_id=release.id, norm=norm.name)
        return {**parameters_of(view), **self.looks}


def _(text: str) -> str:
    """Mark a text for extraction; translated where it is shown."""
    return text


BAD_SPEED = _("A speed of your own must be a number of Mbps above 0 and at most 100,000, with at most three decimals, such as 20 or 12.5.")


def asked(*accepted: str) -> Asked:
    """What the present address asks for, by the parameters of figures and those named besides.

    Raises
    ------
    InvalidParameter
        A parameter is unknown, repeated, or its value is not accepted.
    """
    values = read_query(page_arguments(), (*ACCEPTED, *accepted), blank_is_absent=True)
    measure, areas = values.get("measure", Measure.MEETS_NORM), values.get("areas", Areas.ADMIN1)
    return Asked(view_of(values), values.get("count", "schools"), measure, areas, values.get("page"))


def page_arguments() -> MultiDict[str, str]:
    """Parameters of the present address without those of other people's link counters."""
    items = [(name, text) for name, text in request.args.items(multi=True) if not name.startswith(TRACKING_PREFIXES)]
    return MultiDict(items)


def tidied() -> AnyResponse | None:
    """A redirection to the address as it is written, where a form sent it otherwise; None where it is written so.

    Forms send blanks, several values of a filter as one parameter each: `status=unknown&status=unconnected`, and a speed of the visitor's
    own beside the norm of the list, which it takes the place of.

    Raises
    ------
    InvalidParameter
        The visitor's own speed is none.
    """
    sent = list(request.args.items(multi=True))
    arguments: dict[str, Any] = MultiDict([(name, text) for name, text in sent if text]).to_dict(flat=False)
    has_own_norm = OWN_NORM in arguments
    if has_own_norm:
        arguments["norm"] = [_own_norm(arguments.pop(OWN_NORM)[-1])]
    for name, texts in arguments.items():
        if name in PARAMETERS and PARAMETERS[name].is_list:
            arguments[name] = [",".join(texts)]
    is_as_sent = sum(map(len, arguments.values())) == len(sent) and not has_own_norm
    if is_as_sent or request.endpoint is None:
        return None
    return redirect(url_for(request.endpoint, **(request.view_args or {}), **arguments))


def _own_norm(text: str) -> str:
    """Name of the norm that a speed typed by a visitor makes, with a point or a comma before its decimals."""
    number = text.strip().replace(",", ".")
    try:
        return norm_named("" if number in NORMS else number).name
    except InvalidParameter as error:
        raise InvalidParameter(BAD_SPEED, parameter=OWN_NORM, code="invalid_norm") from error


@dataclass(frozen=True)
class Frame:
    """What the head and foot of a page with figures say about where these come from."""

    asked: Asked
    release: ReleaseRecord
    current_id: int
    norm: Norm
    citation: str

    @property
    def is_current(self) -> bool:
        """Whether no newer release has been published."""
        return self.release.id == self.current_id

    @property
    def permanent_url(self) -> str:
        """Address of this page that will show the same figures years later."""
        pinned = {**self.asked.pinned(self.release, self.norm), **({} if self.asked.page is None else {"page": self.asked.page})}
        return url_for(request.endpoint or "pages.home", **(request.view_args or {}), **pinned)


def frame_of(asking: Asked) -> Frame:
    """Frame of a page.

    Raises
    ------
    NoRelease, NotFound
        There is no such release.
    InvalidParameter
        There is no such norm.
    """
    shown = resolve(workspace(), asking.view)
    current = workspace().release()
    line = citation(shown.release, shown.norm, shown.basis, shown.where)
    return Frame(asking, shown.release, current.id, shown.norm, line)


def answer_page(frame: Frame, make: Callable[[], Mapping[str, Any]], template: str) -> AnyResponse:
    """The page, or an empty 304 to somebody who has it; `make` gives what the template needs and is called only then."""
    query = {**frame.asked.parameters, "page": str(frame.asked.page), "norm": frame.norm.name, **surroundings()}
    etag = etag_of(frame.release.sha256, query, "text/html")
    return answered(etag, CURRENT, lambda: Response(render_template(template, frame=frame, **make()), mimetype="text/html"))


def surroundings() -> dict[str, str]:
    """What a page with a map depends on besides its address and its release, for its tag."""
    settings = workspace().settings
    return {
        "current": str(workspace().release().id),
        "withdrawn": str(len(workspace().withdrawn_ids())),  # pages name other releases too, whose figures must go with them
        "static": static_digest(),
        "host": request.host_url,  # addresses to be used elsewhere name it
        "ground": ground_digest(workspace()),
        "basemap": f"{settings.basemap_url} {settings.basemap_attribution}",
        "framed": str(bool(settings.embed_origins)),
        "default_norm": settings.default_norm,
    }


def subject() -> ReleaseRecord | None:
    """The release that a page without figures is about, so that its head says whose schools they are; None before the first."""
    try:
        return workspace().release()
    except NoRelease:
        return None


def static_digest() -> str:
    """Name of the present state of style sheet and scripts, which a page's addresses carry."""
    return str(current_app.extensions[ASSETS].own.digest)
