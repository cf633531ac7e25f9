"""Suggested matches on the command line: listed, accepted, refused, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from geo.config import Settings
from tests.application import application
from tests.set_up import set_up

SCHOOLS = """school_id_govt,school_name,latitude,longitude,connectivity
1,Ақсу орта мектебі,50.2,70.5,no
2,Көктөбе орта мектебі,50.6,70.2,no
"""
FOREIGN = """school_id_govt,school_name,connectivity
X1,Aksu secondary school,yes
X2,Kokterek,yes
"""

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """A deployment with two schools, where import 2 knows them by other ids."""
    set_up(settings.data_dir)
    runner = application(settings).test_cli_runner()

    def run(*arguments: object) -> Result:
        return runner.invoke(args=[str(argument) for argument in arguments])

    for name, text in (("schools.csv", SCHOOLS), ("foreign.csv", FOREIGN)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert run("import", tmp_path / "schools.csv", "--publish").exit_code == 0
    assert run("import", tmp_path / "foreign.csv", "--source", "operator").exit_code == 0
    return run


def tiers(result: Result) -> dict[str, int]:
    return {tier: count for tier, count in json.loads(result.stdout)["report"]["tiers"].items() if count}


def test_matches_are_listed_best_first(run: Run) -> None:
    listed = run("imports", "matches", 2)
    above = json.loads(run("imports", "matches", 2, "--above", "0.8", "--format", "json").stdout)

    assert "Aksu secondary school" in listed.stdout
    assert [(match["row_id"], match["school_id"]) for match in above] == [("X1", "1")]


def test_matches_are_accepted_taken_back_and_refused(run: Run) -> None:
    accepted = run("imports", "change", 2, "--accept", "X1=1", "--accept", "X2=2", "--format", "json")
    taken_back = run("imports", "change", 2, "--accept", "X2=", "--refuse", "X1=1", "--format", "json")

    assert tiers(accepted) == {"crosswalk": 2}
    assert tiers(taken_back) == {}
    assert "X1" not in run("imports", "matches", 2).stdout


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--accept", "X1"), "ROW=SCHOOL; got 'X1'"),
        (("--refuse", "X1="), "ROW=SCHOOL; got 'X1='"),
        (("--accept", "=1"), "ROW=SCHOOL; got '=1'"),
        (("--accept", "none=1"), "no row of the file has the id 'none'"),
    ],
)
def test_a_decision_that_names_no_pair_is_refused(run: Run, given: tuple[str, str], told: str) -> None:
    refused = run("imports", "change", 2, *given)

    assert refused.exit_code != 0
    assert told in refused.stderr
