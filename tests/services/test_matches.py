"""Matches without shared ids through the services: suggested, decided, published, and remembered for the next file of the source."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.errors import Conflict, InvalidParameter, NotFound
from geo.model import ImportRecord, ImportState, MatchReason, MatchTier
from geo.services import Workspace
from geo.services.imports import ImportOptions, discard_import, import_record, publish_import, reread_import, stage_import
from geo.services.matches import decided, import_matches
from geo.services.suggestions import suggested_matches
from tests.services.builders import load_regions, open_empty, publish_csv

SCHOOLS = """school_id_govt,school_name,latitude,longitude,connectivity
1,Ақсу орта мектебі,50.2,10.5,no
2,Ақсу бастауыш мектебі,50.2,10.5,no
3,Средняя школа № 12,50.8,11.5,no
4,Көктөбе орта мектебі,50.6,10.2,no
"""
FOREIGN = """school_id_govt,school_name,admin1,connectivity
X1,Aksu secondary school,West,yes
X2,СОШ №12,Восток,yes
X9,Unheard of,West,yes
"""
PLACED = """school_id_govt,school_name,latitude,longitude,connectivity
X4,КГУ «Средняя школа Коктобе»,50.601,10.201,yes
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A deployment with two regions and four schools."""
    with open_empty(tmp_path) as opened:
        load_regions(opened, tmp_path)
        publish_csv(opened, SCHOOLS)
        yield opened


def stage(workspace: Workspace, text: str = FOREIGN, *, source: str | None = "operator") -> ImportRecord:
    return stage_import(workspace, text.encode(), file_name="operator.csv", options=ImportOptions(source=source))


def decide(workspace: Workspace, staged: ImportRecord, **decisions: Any) -> ImportRecord:
    """Decide about matches and read the file again, as a change of an import does."""
    options = ImportOptions.from_dict(staged.options, source=staged.source)
    found = reread_import(workspace, staged.id, decided(workspace, staged, options, **decisions))
    while found.state in (ImportState.QUEUED, ImportState.READING):
        time.sleep(0.02)
        found = import_record(workspace, staged.id)
    return found


def publish(workspace: Workspace, staged: ImportRecord) -> None:
    """Publish, whatever gates the few schools make it go through."""
    publish_import(workspace, staged.id, confirm=(staged.report or {})["confirm_token"])


def pairs(workspace: Workspace, staged: ImportRecord) -> list[tuple[str | None, str]]:
    """Rows and schools whose match is suggested from the default score up, best first."""
    score = (staged.report or {})["suggestions"]["default_score"]
    return [(match.row_id, match.school_id) for match in suggested_matches(workspace, staged.id) if match.score >= score]


def tiers(staged: ImportRecord) -> dict[str, int]:
    return {tier: count for tier, count in (staged.report or {})["tiers"].items() if count}


def connected(workspace: Workspace) -> list[str]:
    """Schools of the current release that are connected."""
    table = workspace.opened(workspace.release()).table.select(["school_id", "connectivity"])
    return sorted(row["school_id"] for row in table.to_pylist() if row["connectivity"] == "yes")


def test_rows_with_foreign_ids_get_suggestions_that_are_never_applied(workspace: Workspace) -> None:
    staged = stage(workspace)

    report = staged.report or {}
    sample = {member["row_id"]: member for member in reversed(report["suggestions"]["sample"])}
    assert sorted(pairs(workspace, staged)) == [("X1", "1"), ("X2", "3")]
    assert report["rows"]["unmatched"] == 3
    assert [report["suggestions"][name] for name in ("searched", "proposed", "left_out", "source")] == [3, 2, 0, "operator"]
    assert sample["X1"] == {
        "line": 2,
        "row_id": "X1",
        "row_name": "Aksu secondary school",
        "school_id": "1",
        "school_name": "Ақсу орта мектебі",
        "score": pytest.approx(0.97, abs=0.03),
        "reasons": [MatchReason.SAME_NAME, MatchReason.SAME_KIND, MatchReason.SAME_REGION],
        "distance_km": None,
        "admin1": "XA10",
    }


def test_a_file_whose_matched_rows_say_nothing_new_waits_for_a_decision_about_the_others(workspace: Workspace) -> None:
    staged = stage(workspace, FOREIGN + "4,Көктөбе орта мектебі,,no\n", source=None)

    report = staged.report or {}
    assert (report["rows"]["unchanged"], report["rows"]["unmatched"]) == (1, 3)
    assert (staged.state, report["unchanged"]) == (ImportState.STAGED, False)


def test_a_row_that_would_be_a_new_school_gets_suggestions_too(workspace: Workspace) -> None:
    staged = stage(workspace, PLACED)

    assert (staged.report or {})["rows"]["new"] == 1
    assert pairs(workspace, staged) == [("X4", "4")]


def test_accepted_matches_are_published_and_the_next_file_of_the_source_matches_by_them(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), accept={"X1": "1"}, accept_above=0.8)
    report = staged.report or {}

    publish(workspace, staged)

    assert tiers(staged) == {MatchTier.CROSSWALK: 2}
    assert report["rows"]["changed"] == 2
    assert "other_id_kept" not in report["problems_by_code"]
    assert connected(workspace) == ["1", "3"]
    later = stage(workspace, FOREIGN.replace("yes", "no"))
    assert tiers(later) == {MatchTier.CROSSWALK: 2}
    assert (later.report or {})["rows"]["changed"] == 2


def test_a_school_keeps_its_own_ids_whatever_a_person_matched_to_it(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), accept={"X1": "1"})
    publish(workspace, staged)

    ids = workspace.opened(workspace.release()).table.select(["school_id", "school_id_govt"]).to_pylist()

    assert sorted((row["school_id"], row["school_id_govt"]) for row in ids) == [(str(number), str(number)) for number in range(1, 5)]


def test_files_of_other_sources_know_nothing_of_it(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), accept_above=0.8)
    publish(workspace, staged)

    assert tiers(stage(workspace, source="regulator")) == {}
    assert tiers(stage(workspace, source=None)) == {}


def test_a_refused_match_is_never_suggested_again_by_this_file_or_the_next_of_its_source(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), refuse=[("X2", "3")], accept={"X1": "1"})
    assert pairs(workspace, staged) == []
    publish(workspace, staged)

    later = stage(workspace, FOREIGN + "X3,Көктөбе,West,yes\n")

    assert pairs(workspace, later) == [("X3", "4")]
    assert ("X2", "3") not in {(match.row_id, match.school_id) for match in suggested_matches(workspace, later.id)}


def test_what_was_accepted_for_a_discarded_import_is_not_remembered(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), accept={"X1": "1"}, refuse=[("X2", "3")])
    discard_import(workspace, staged.id)

    later = stage(workspace)

    assert tiers(later) == {}
    assert sorted(pairs(workspace, later)) == [("X1", "1"), ("X2", "3")]


def test_a_source_that_nobody_named_is_not_remembered_but_its_decisions_hold_for_the_file(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace, source=None), accept={"X1": "1"})
    publish(workspace, staged)

    assert connected(workspace) == ["1"]
    assert tiers(stage(workspace, FOREIGN.replace("yes", "no"), source=None)) == {}


def test_a_decision_can_be_taken_back_and_changed(workspace: Workspace) -> None:
    staged = decide(workspace, stage(workspace), accept={"X1": "1", "X2": "3"})

    staged = decide(workspace, staged, accept={"X1": "2", "X2": None})

    assert staged.options["accepted"] == {"X1": "2"}
    assert pairs(workspace, staged) == [("X2", "3")]
    staged = decide(workspace, staged, refuse=[("X1", "2")])
    assert (staged.options["accepted"], staged.options["refused"]) == ({}, [["X1", "2"]])
    staged = decide(workspace, staged, accept={"X1": "2"})
    assert (staged.options["accepted"], staged.options["refused"]) == ({"X1": "2"}, [])


def test_a_remembered_match_is_given_up_when_a_person_refuses_it(workspace: Workspace) -> None:
    publish(workspace, decide(workspace, stage(workspace), accept={"X1": "1"}))

    later = stage(workspace, FOREIGN.replace("yes", "no"))
    assert import_matches(workspace, later.id).remembered == (("X1", "1"),)

    staged = decide(workspace, later, refuse=[("X1", "1")], accept={"X2": "3", "X9": "4"})
    publish(workspace, staged)

    assert tiers(staged) == {MatchTier.CROSSWALK: 2}
    assert tiers(stage(workspace)) == {MatchTier.CROSSWALK: 2}


@pytest.mark.parametrize(
    "decisions",
    [{"accept": {"none": "1"}}, {"accept": {"X1": "none"}}, {"refuse": [("X1", "none")]}, {"accept_above": 0.0}, {"accept_above": 1.5}],
    ids=["row", "school", "refused", "low", "high"],
)
def test_a_decision_about_what_is_not_there_is_refused(workspace: Workspace, decisions: dict[str, Any]) -> None:
    staged = stage(workspace)

    with pytest.raises(InvalidParameter):
        decide(workspace, staged, **decisions)

    assert import_record(workspace, staged.id).state is ImportState.STAGED


def test_two_rows_never_get_one_school_by_accepting_all(workspace: Workspace) -> None:
    staged = stage(workspace, FOREIGN + "X5,Aqsu orta mektebi,West,yes\n")

    staged = decide(workspace, staged, accept_above=0.2)

    accepted = staged.options["accepted"]
    assert len(set(accepted.values())) == len(accepted)


def test_a_discarded_import_has_no_matches_to_decide_on(workspace: Workspace) -> None:
    staged = stage(workspace)
    discard_import(workspace, staged.id)

    with pytest.raises(NotFound):
        suggested_matches(workspace, staged.id)
    with pytest.raises(Conflict, match="discarded"):
        decide(workspace, import_record(workspace, staged.id), accept={"X1": "1"})
