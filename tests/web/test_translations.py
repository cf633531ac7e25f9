"""The Russian and Kazakh catalogues hold every text that pages show, whole, and pages in these languages show no other."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from geo.model import Role
from geo.services.keys import create_key
from geo.web.current import WORKSPACE
from tests.web.sign_in import csrf_token, sign_in

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "geo/web/translations"
LANGUAGES = ("ru", "kk")
PLURALS = {"ru": 3, "kk": 2}
HOW_TO_UPDATE = (
    "texts changed; run `pybabel extract -F geo/web/translations/babel.cfg --no-wrap --add-location=file --sort-by-file"
    " -o geo/web/translations/messages.pot .` and `pybabel update -i geo/web/translations/messages.pot -d geo/web/translations"
    " --no-wrap --no-fuzzy-matching --ignore-obsolete`, then translate what is empty"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
"""Takes "%(count)s", "%%" and "{line}"; refuses a bare "%"."""
CYRILLIC = re.compile(r"[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]")
SAME_IN_ALL = {"xDSL", "Giga", "%(low)s–%(high)s%%"}
"""Texts that have no word to translate."""
PATTERNS = {"d MMMM y", "LLLL y"}
"""Patterns of dates, whose letters are CLDR's."""


@lru_cache
def extracted() -> frozenset[str | tuple[str, ...]]:
    """Every text that the extractor finds now."""
    with (DIRECTORY / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: set[str | tuple[str, ...]] = set()
    for directory in ("geo", "templates"):
        prefixed = [(pattern.removeprefix(f"{directory}/"), method) for pattern, method in methods]
        named = {pattern.removeprefix(f"{directory}/"): value for pattern, value in options.items()}
        found |= {text for _, _, text, _, _ in extract_from_dir(ROOT / directory, prefixed, named)}
    return frozenset(found)


@lru_cache
def catalogue(name: str) -> Catalog:
    path = DIRECTORY / "messages.pot" if name == "pot" else DIRECTORY / name / "LC_MESSAGES/messages.po"
    with path.open("rb") as file:
        return read_po(file, locale=None if name == "pot" else name)


def messages(name: str) -> list[Message]:
    return [message for message in catalogue(name) if message.id]


def pairs(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form beside the English text it stands for."""
    if isinstance(message.id, str):
        yield message.id, message.string
    else:
        for form in message.string:
            yield message.id[-1], form


@pytest.mark.parametrize("name", ["pot", *LANGUAGES])
def test_catalogue_holds_exactly_the_texts_that_the_extractor_finds(name: str) -> None:
    kept = {message.id for message in messages(name)}

    assert kept - extracted() == set(), HOW_TO_UPDATE
    assert extracted() - kept == set(), HOW_TO_UPDATE


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_text_has_a_translation_that_is_not_fuzzy(name: str) -> None:
    missing = [message.id for message in messages(name) if message.fuzzy or not all(text.strip() for _, text in pairs(message))]

    assert missing == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_plural_forms_are_complete(name: str) -> None:
    plural = [message for message in messages(name) if not isinstance(message.id, str)]

    assert plural
    assert catalogue(name).num_plurals == PLURALS[name]
    assert {len(message.string) for message in plural} == {PLURALS[name]}


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_have_the_placeholders_of_the_english_text(name: str) -> None:
    differing = [
        (text, translated)
        for message in messages(name)
        for text, translated in pairs(message)
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated))
    ]

    assert differing == []


@pytest.mark.parametrize("name", LANGUAGES)
def test_translations_are_in_cyrillic_script(name: str) -> None:
    english = [
        text
        for message in messages(name)
        for text, translated in pairs(message)
        if not CYRILLIC.search(translated) and text not in SAME_IN_ALL | PATTERNS
    ]

    assert english == []


def test_kazakh_is_not_a_copy_of_russian() -> None:
    russian = {message.id: message.string for message in messages("ru")}
    same = [message.id for message in messages("kk") if russian[message.id] == message.string and len(str(message.id)) > 25]

    assert same == []


SCHOOLS = (
    "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps,data_source\n"
    "001,Ақ мектеп,43.21234,76.91234,rural,120,no,,министерство\n"
    "002,Көк мектеп,51.11234,71.41234,urban,400,yes,100,министерство\n"
    "003,,50.31234,57.21234,rural,,yes,4,министерство\n"
    "004,Қара мектеп,,,unknown,,,,\n"
)
FAULTY = (
    "school_id_govt,latitude,longitude,connectivity,download_speed_mbps,num_students,collected_on,note\n"
    "001,43.2,76.9,maybe,abc,1.5,01/02/2025,а\n"
    '002,172.5,51.1,no,"12,5",20,2999-01-01,б\n'
    "003,0,0,yes,0,20,2025-01-01,в\n"
    "003,0,0,yes,20 Mbps,20,45000,в\n"
    ",50.31234,57.21234,yes,30,20,2025-01-01,г\n"
    "005,50.31234,,yes,30,20,2025-01-01,г,д\n"
    "006,50.31234,57.21234,yes,30,20,2025-01-01,г\n"
)
PUBLIC_PAGES = (
    "/",
    "/?count=students&area_type=urban&basis=measured",
    "/?status=unconnected&norm=20",
    "/regions/none",
    "/schools/001",
    "/schools/002?norm=giga-5",
    "/schools/003",
    "/schools/004",
    "/releases",
    "/releases/1",
    "/about",
    "/sign-in",
    "/nowhere",
    "/schools/nowhere",
    "/?norm=abc",
    "/?colour=red",
)
OWN_PAGES = ("/imports", "/imports/1", "/imports/2", "/releases/1")
ENGLISH = re.compile(r"\b[A-Za-z]?[a-z]{2,} +[a-z]{2,}\b")
"""Takes "No data" and "schools removed"; refuses one word, a column's name and "CSV UTF-8"."""
TWO_WORDS = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
COMMAND = "flask --app app demo"


class Texts(HTMLParser):
    """Everything of a page that is read or spoken, but for code and what is marked as English."""

    SKIPPED = ("script", "style", "code", "svg")
    SPOKEN = ("aria-label", "alt", "placeholder", "title")
    VOID = ("meta", "link", "input", "img", "br", "hr")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.texts += [values[name] or "" for name in self.SPOKEN if name in values]
        if tag not in self.VOID:
            is_page = tag == "html"
            is_foreign = values.get("lang") == "en" and not is_page
            self.open.append(tag in self.SKIPPED or is_foreign or values.get("translate") == "no")

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.texts.append(" ".join(data.split()))


def texts_of(html: str) -> list[str]:
    parser = Texts()
    parser.feed(html)
    return [text.replace(COMMAND, "") for text in parser.texts if text]


@lru_cache
def english_fragments() -> frozenset[str]:
    """What stands between the placeholders of each English text, where it is long enough to be told from a name."""
    forms = (form for text in extracted() for form in ((text,) if isinstance(text, str) else text))
    fragments = (fragment.strip() for form in forms for fragment in PLACEHOLDER.split(form))
    return frozenset(fragment for fragment in fragments if TWO_WORDS.search(fragment))


def english_left(texts: list[str]) -> list[str]:
    return [text for text in texts if ENGLISH.search(text) or any(fragment in text for fragment in english_fragments())]


@pytest.fixture
def publisher(app: Flask) -> FlaskClient:
    """A signed-in publisher of a deployment with one release and one file with errors."""
    client = app.test_client()
    sign_in(client, create_key(app.extensions[WORKSPACE], name="ключ", role=Role.PUBLISHER)[0])
    for content, publish in ((SCHOOLS, "true"), (FAULTY, "false")):
        data = {"file": (io.BytesIO(content.encode()), "файл.csv"), "csrf_token": csrf_token(client), "publish": publish}
        assert client.post("/api/v1/imports", data=data).status_code == 201
    return client


def in_language(path: str, language: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_have_no_english_left_over(app, publisher, language):
    left = {}
    for client, paths in ((app.test_client(), PUBLIC_PAGES), (publisher, OWN_PAGES)):
        for path in paths:
            answer = client.get(in_language(path, language))
            assert answer.status_code in (200, 400, 404)
            assert f'<html lang="{language}">' in answer.text
            left[path] = english_left(texts_of(answer.text))

    assert {path: texts for path, texts in left.items() if texts} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_refused_file_is_explained_in_the_page_s_language(publisher, language):
    data = {"file": (io.BytesIO(b"%PDF-1.7"), "файл.pdf"), "csrf_token": csrf_token(publisher)}

    answer = publisher.post(in_language("/imports", language), data=data, headers={"Accept": "text/html"})

    assert answer.status_code in (415, 422)
    assert "PDF" in answer.text
    assert english_left(texts_of(answer.text)) == []


def test_english_page_is_recognised_as_english(app, publisher):
    texts = texts_of(app.test_client().get("/?lang=en").text)

    assert english_left(texts)
