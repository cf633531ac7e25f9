"""The language of an answer: the address first, then the browser, then English."""

from __future__ import annotations

import pytest

from geo.web.languages import language, names_language, read_translations

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Sign in"
msgstr "Кіру"

#, fuzzy
msgid "School"
msgstr "guess"
"""


@pytest.mark.parametrize(
    ("query", "accepted", "expected"),
    [
        ({}, "", "en"),
        ({}, "kk-KZ,kk;q=0.9,ru;q=0.8", "kk"),
        ({}, "ru-RU,en;q=0.5", "ru"),
        ({}, "de,fr", "en"),
        ({"lang": "ru"}, "kk", "ru"),
        ({"lang": "xx"}, "kk", "kk"),
    ],
)
def test_language_is_the_address_s_then_the_browser_s_then_english(app, query, accepted, expected):
    with app.test_request_context("/", query_string=query, headers={"Accept-Language": accepted}):
        assert language() == expected


@pytest.mark.parametrize(("query", "expected"), [({}, "en"), ({"lang": "kk"}, "kk")], ids=["browser's", "address's"])
def test_names_in_the_api_follow_the_address_alone(app, query, expected):
    with app.test_request_context("/", query_string=query, headers={"Accept-Language": "ru"}):
        assert names_language() == expected


def test_translations_are_read_from_text_without_guesses(tmp_path):
    folder = tmp_path / "kk" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(PO, encoding="utf-8")

    translations = read_translations("kk", tmp_path)

    assert translations.gettext("Sign in") == "Кіру"
    assert translations.gettext("School") == "School"


def test_language_without_a_file_is_english(tmp_path):
    assert read_translations("kk", tmp_path).gettext("Sign in") == "Sign in"
