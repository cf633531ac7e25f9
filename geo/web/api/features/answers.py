"""How answers of OGC API - Features are made: which of JSON and HTML is wanted, links, and the headers that go with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson
from flask import Response, render_template, request

from geo.model import ReleaseRecord, View
from geo.web.api.blueprint import query
from geo.web.api.features.blueprint import GEOJSON, HTML, JSON
from geo.web.caching import CURRENT, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import chosen_language, names_language
from geo.web.pages.blueprint import _, static_digest, subject
from geo.web.pages.translation import url_for
from geo.web.params import parameters_of

ROOT = "/api/v1"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OGC_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an answer: absolute address, relation, media type and what it leads to."""

    href: str
    rel: str
    type: str
    title: str

    def as_dict(self) -> dict[str, str]:
        """The link as JSON has it."""
        return {"href": self.href, "rel": self.rel, "type": self.type, "title": self.title}


def wants_html() -> bool:
    """Whether the present request asks for a page: by `f`, or by an Accept header that prefers HTML to JSON in so many words."""
    asked = query().get("f")
    if asked is not None:
        return bool(asked == "html")
    accepted = [(media_type.lower(), quality) for media_type, quality in request.accept_mimetypes]
    html = max((quality for name, quality in accepted if name.partition(";")[0] == HTML), default=0.0)
    named = max((quality for name, quality in accepted if name.partition(";")[0] in (JSON, GEOJSON)), default=0.0)
    others = max((quality for name, quality in accepted if name in ("*/*", "application/*")), default=0.0)
    return html > named and html >= others


def href(path: str, parameters: Mapping[str, str] | None = None) -> str:
    """Absolute address of a path of the API with parameters; both are written in ASCII, as headers need them."""
    text = "&".join(f"{name}={_quoted(value)}" for name, value in parameters.items()) if parameters else ""
    return f"{request.url_root.rstrip('/')}{ROOT}{_quoted(path)}{'?' if text else ''}{text}"


@lru_cache(maxsize=1_024)
def _quoted(value: str) -> str:
    return quote(value, safe=",:/")


def view_parameters(view: View, **others: str | None) -> dict[str, str]:
    """Parameters of a view as links carry them, with others that are not None, and the language and format that were asked for."""
    chosen = {**others, "lang": chosen_language(), "f": query().get("f")}
    return parameters_of(view) | {name: value for name, value in chosen.items() if value is not None}


def own_links(path: str, parameters: Mapping[str, str], media_type: str = JSON) -> list[Link]:
    """Links of an answer to itself and to its other format."""
    bare = {name: value for name, value in parameters.items() if name != "f"}
    formats = {"html": (HTML, _("This as a page")), "json": (media_type, _("This as JSON"))}
    own, other = ("html", "json") if wants_html() else ("json", "html")
    return [
        Link(href(path, parameters), "self", formats[own][0], "This answer"),
        Link(href(path, bare | {"f": other}), "alternate", *formats[other]),
    ]


def license_link() -> Link:
    """Where it says what the data may be used for: that is for their sources to say."""
    return Link(url_for("pages.about", _anchor="sources", _external=True), "license", HTML, _("Sources and licences"))


def link_header(links: Iterable[Link]) -> str:
    """Links as RFC 8288 has them."""
    return ", ".join(f'<{link.href}>; rel="{link.rel}"; type="{link.type}"' for link in links)


@dataclass(frozen=True)
class Answer:
    """What an address of the API answers, before it is known whether as JSON or as a page.

    Parameters
    ----------
    links
        Those of the answer, for the header too.
    body
        JSON text of the answer.
    page
        Makes what the template needs.
    """

    links: tuple[Link, ...]
    body: Callable[[], bytes]
    page: Callable[[], Mapping[str, Any]]


def negotiated(
    make: Callable[[], Answer],
    *,
    release: ReleaseRecord | None,
    depends: Mapping[str, str],
    cache_control: str,
    template: str,
    media_type: str = JSON,
) -> Response:
    """Answer the present request in the format that it prefers; see `geo.web.caching.answered`.

    Parameters
    ----------
    release
        The release that the answer is of, None for none.
    depends
        What the answer depends on besides: canonical parameters and the like.
    cache_control
        How long data may be kept; pages are asked for anew each time, since what is around their figures changes.
    """
    is_page = wants_html()
    seen = {**depends, "root": request.url_root, "asked_format": str(query().get("f")), "names": names_language()}
    if is_page:
        seen |= {"static": static_digest(), "default_norm": workspace().settings.default_norm}
    etag = etag_of(release.sha256 if release else "", seen, HTML if is_page else media_type, has_words=is_page)

    def response() -> Response:
        answer = make()
        if is_page:
            text = render_template(template, subject=release or subject(), links=answer.links, **answer.page())
            made = Response(text, mimetype=HTML)
        else:
            made = Response(answer.body(), content_type=media_type)
        made.headers["Link"] = link_header(answer.links)
        return made

    answer = answered(etag, CURRENT if is_page else cache_control, response, has_words=is_page)
    if "f" not in query():
        answer.vary.update(("Accept", "Accept-Language"))
    return answer


def json_text(document: Any) -> bytes:
    """A document as JSON; `orjson.Fragment` in it is JSON already."""
    return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
