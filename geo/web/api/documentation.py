"""The page that shows every call of the API with a real answer, and the one where each can be tried; nobody else is asked for either.

What it shows are pages of docs/, which tests hold to what the service answers.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Response, render_template, url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from geo.config import ROOT
from geo.web.caching import CURRENT, cached, etag_of

PAGES = ("recipes.md", "api-examples.md")
"""Pages of docs/ that the documentation is made of, in order."""
_NO_LETTERS = re.compile(r"[^\w]+")
_ELSEWHERE = re.compile(r'<a href="(?!https?:|#|/)[^"]*">(.*?)</a>', re.DOTALL)
"""Links to other pages of the repository, which the service does not serve."""


@dataclass(frozen=True, slots=True)
class Part:
    """One page of docs/ as HTML.

    Parameters
    ----------
    title
        Its heading.
    entries
        Anchor and words of each section.
    body
        What stands under the heading.
    """

    title: str
    entries: tuple[tuple[str, str], ...]
    body: Markup


def docs() -> Response:
    """Show every call with a real answer, and recipes for the programs that people use."""
    parts = [part(name) for name in PAGES]
    digest = hashlib.sha256("".join(each.body for each in parts).encode()).hexdigest()
    page = Response(render_template("api/documentation.html", parts=parts), mimetype="text/html")
    return cached(page, etag_of(digest, {}, "text/html"), CURRENT)


def try_it() -> Response:
    """Show the description of the API as a page where each call can be tried."""
    page = Response(render_template("api_docs.html", document_url=url_for("api.openapi_3_0")), mimetype="text/html")
    return cached(page, etag_of("", {}, "text/html"), CURRENT)


@functools.cache
def part(name: str) -> Part:
    """A page of docs/ as HTML; text that looks like HTML stays text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("fence", _fence)
    tokens = reader.parse((ROOT / "docs" / name).read_text(encoding="utf-8"))
    title, rest = tokens[1].content, tokens[3:]
    entries = tuple(_entries(rest, name.removesuffix(".md")))
    body = _ELSEWHERE.sub(r"\1", reader.renderer.render(rest, reader.options, {}))
    return Part(title, entries, Markup(body))  # noqa: S704 # made by the library with its HTML switched off


def _entries(tokens: Sequence[Token], prefix: str) -> Iterator[tuple[str, str]]:
    """Give each heading an anchor, and name those of the second level."""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[number + 1].content.replace("`", "")
            anchor = f"{prefix}-{_NO_LETTERS.sub('-', words.lower()).strip('-')}"
            token.attrSet("id", anchor)
            if token.tag == "h2":
                yield anchor, words


def _fence(renderer: object, tokens: Sequence[Token], number: int, options: object, environment: object) -> str:
    """Code; a request that only reads, without a key, can be tried where it stands."""
    token = tokens[number]
    code = escape(token.content)
    first = token.content.partition("\n")[0]
    if token.info != "http" or not first.startswith("GET ") or "Authorization:" in token.content:
        return f'<pre tabindex="0"><code>{code}</code></pre>\n'
    address = escape(first.removeprefix("GET "))
    return f'<pre tabindex="0"><code>{code}</code></pre>\n<p class="try"><a href="{address}" data-try>Try it</a></p>\n'
