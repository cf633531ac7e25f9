"""`sources` on the command line: named, listed with their age, pulled with an exit code, forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from geo.config import Settings
from tests.application import application
from tests.giga.conftest import interface
from tests.giga.interface import KEYS, Interface, location, profile, status
from tests.set_up import set_up

Run = Callable[..., Result]

__all__ = ["interface"]


@pytest.fixture
def run(settings: Settings) -> Run:
    """An empty deployment."""
    set_up(settings.data_dir)
    runner = application(settings).test_cli_runner()
    return lambda *arguments, **options: runner.invoke(args=[str(argument) for argument in arguments], **options)


@pytest.fixture
def added(run: Run, interface: Interface, tmp_path: Path) -> Run:
    """The same with a trusted source of one school."""
    interface.lists = {"schools_location": [location(1)], "schools_profile": [profile(1)]}
    (tmp_path / "keys.json").write_text(json.dumps(KEYS), encoding="ascii")
    result = run(
        *("sources", "add", "Giga", "--country", "kaz", "--base-url", interface.address, "--key-file", tmp_path / "keys.json"),
        *("--trusted", "--measurements", 30, "--measurements-unit", "kbps"),
    )
    assert result.exit_code == 0
    return run


def test_pull_publishes_and_the_list_says_how_old_it_is(added: Run) -> None:
    pull = added("sources", "pull", "Giga")
    listed = json.loads(added("sources", "list", "--format", "json").stdout)
    table = added("sources", "list").stdout

    assert pull.exit_code == 0
    assert pull.stdout.startswith("Giga: release 1 is published from import 1 (1 locations, 1 profiles, 0 measurements")
    assert [(row["name"], row["country"], row["age_days"], row["last_state"]) for row in listed] == [("Giga", "KAZ", 0, "published")]
    assert "published" in table
    assert not [key for key in KEYS.values() if key in pull.output + table + json.dumps(listed)]


def test_source_that_was_never_pulled_is_listed_without_an_age(added: Run) -> None:
    (row,) = json.loads(added("sources", "list", "--format", "json").stdout)

    assert (row["age_days"], row["last_state"], row["options"]["measurements_unit"]) == (None, None, "kbps")


def test_second_pull_says_that_nothing_is_new(added: Run) -> None:
    added("sources", "pull", "--all")

    result = added("sources", "pull", "--all")

    assert result.exit_code == 0
    assert "nothing new" in result.stdout


def test_failed_pull_ends_with_1_after_the_others_were_pulled(added: Run, interface: Interface, tmp_path: Path) -> None:
    added("sources", "add", "Again", "--country", "KAZ", "--base-url", interface.address, "--key-file", tmp_path / "keys.json")
    interface.next_replies = [status(403)]

    result = added("sources", "pull", "--all")

    assert result.exit_code == 1
    assert "Again: schools_location: the key was refused (403)" in result.stderr
    assert "what was published before stands" in result.stderr
    assert result.stdout.startswith("Giga: release 1 is published")
    assert "failed: key_refused" in added("sources", "list").stdout


def test_no_color_is_kept_where_a_pull_fails(added: Run, interface: Interface, monkeypatch: pytest.MonkeyPatch) -> None:
    interface.next_replies = [status(403), status(403)]
    coloured = added("sources", "pull", "Giga", color=True).stderr
    monkeypatch.setenv("NO_COLOR", "1")
    plain = added("sources", "pull", "Giga", color=True).stderr

    assert "\x1b[" in coloured
    assert "\x1b[" not in plain


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("pull",), 2),
        (("pull", "Giga", "--all"), 2),
        (("pull", "Nobody"), 1),
        (("remove", "Nobody"), 1),
        (("add", "B"), 2),
        (("add", "B", "--country", "Kazakhstan"), 2),
        (("add", "B", "--country", "KAZ", "--measurements", "30"), 2),
        (("add", "B", "--country", "KAZ"), 1),
        (("add", "B", "--country", "KAZ", "--base-url", "https://u:p@example.org"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_and_refusals_have_their_exit_codes(run: Run, arguments: tuple[str, ...], code: int) -> None:
    assert run("sources", *arguments).exit_code == code


def test_trust_is_given_and_taken(added: Run) -> None:
    assert added("sources", "trust", "Giga", "--off").stdout == "Source Giga is not trusted.\n"
    assert added("sources", "pull", "Giga").stdout.startswith("Giga: import 1 is staged")
    assert added("sources", "trust", "Giga").stdout == "Source Giga is trusted.\n"


def test_removed_source_is_gone(added: Run) -> None:
    result = added("sources", "remove", "Giga")

    assert result.exit_code == 0
    assert added("sources", "list").stdout == "There are no sources.\n"
