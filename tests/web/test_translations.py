"""The Russian and Kazakh catalogues hold every text that pages show, whole and with the same placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

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
