"""Languages of pages: `lang` in the address wins, then Accept-Language, then English; the choice is kept in links.

Translations are the .po files under geo/web/translations; they are read as they are, so no compiled files are kept.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale

from geo.web.params import LANGUAGES

DEFAULT_LANGUAGE = "en"
TRANSLATIONS = Path(__file__).parent / "translations"
DOMAIN = "messages"


def chosen_language() -> str | None:
    """Language that the address itself names, None where it names none or an unknown one."""
    named = request.args.get("lang") if has_request_context() else None
    return named if named in LANGUAGES else None


def language() -> str:
    """Language of the present answer."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    return chosen_language() or _accepted_language() or DEFAULT_LANGUAGE


def names_language() -> str:
    """Language of names in the API's answers: English unless the address says otherwise, so that a link's answer is the same for all."""
    return chosen_language() or DEFAULT_LANGUAGE


def _accepted_language() -> str | None:
    """First of our languages in the browser's order; "ru-RU" counts as "ru" before an "en" that is liked less."""
    wanted = (tag.lower().partition("-")[0] for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in wanted if tag in LANGUAGES), None)


class PlainTextDomain(Domain):  # type: ignore[misc]
    """Translations read from .po files when a language is first asked for."""

    def get_translations(self) -> NullTranslations:
        """Translations of the present language; none for English and for a language without a file."""
        name = str(get_locale() or DEFAULT_LANGUAGE)
        if name not in self.cache:
            self.cache[name] = read_translations(name)
        translations: NullTranslations = self.cache[name]
        return translations


def read_translations(name: str, directory: Path = TRANSLATIONS) -> NullTranslations:
    """Translations into one language; empty where there is no file. Fuzzy entries are left out."""
    path = directory / name / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=name, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Carry `lang` into links between pages."""
    chosen = chosen_language()
    if chosen and endpoint.startswith(("pages.", "sessions.")):
        values.setdefault("lang", chosen)


def register(app: Flask) -> None:
    """Make an application speak the languages."""
    babel = Babel(app, default_locale=DEFAULT_LANGUAGE, locale_selector=language)
    babel.domain_instance = PlainTextDomain()
    app.url_defaults(_keep_language)
    app.jinja_env.globals.update(languages=LANGUAGES, language=language)
