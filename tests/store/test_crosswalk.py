"""The crosswalk between the ids of a source and ours, the same on both databases."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from geo.store import Catalog, Crosswalk, NewImport, insert_import, replace_decisions, select_crosswalk


def decide(
    catalog: Catalog, source: str = "ministry", *, accepted: Mapping[str, str] | None = None, refused: tuple[tuple[str, str], ...] = ()
) -> Crosswalk:
    """Remember decisions of one more import and give back all that is remembered of the source."""
    with catalog.transaction() as connection:
        record = insert_import(connection, NewImport(file_name="list.csv", file_sha256="ab" * 32, byte_count=3, created_by="Aigul"))
        replace_decisions(connection, source, accepted=accepted or {}, refused=refused, import_id=record.id, decided_by="Aigul")
    with catalog.reading() as connection:
        return select_crosswalk(connection, source)


def test_what_was_decided_about_a_source_is_remembered(catalog: Catalog) -> None:
    found = decide(catalog, accepted={"X1": "S1", "Ә\x00": "S2"}, refused=(("X3", "S1"), ("X3", "S2")))

    assert found == Crosswalk({"X1": "S1", "Ә\ufffd": "S2"}, frozenset({("X3", "S1"), ("X3", "S2")}))


def test_sources_know_nothing_of_each_other(catalog: Catalog) -> None:
    decide(catalog, "ministry", accepted={"1": "S1"})

    assert decide(catalog, "operator", accepted={"1": "S2"}).accepted == {"1": "S2"}


def test_an_id_stands_for_the_school_that_was_accepted_last(catalog: Catalog) -> None:
    decide(catalog, accepted={"X1": "S1", "X2": "S2"})

    assert decide(catalog, accepted={"X1": "S3"}).accepted == {"X1": "S3", "X2": "S2"}


@pytest.mark.parametrize("last", ["accepted", "refused"])
def test_a_pair_is_as_it_was_decided_last(catalog: Catalog, last: str) -> None:
    accepts, refuses = {"accepted": {"X1": "S1"}}, {"refused": (("X1", "S1"),)}
    decide(catalog, **(refuses if last == "accepted" else accepts))

    found = decide(catalog, **(accepts if last == "accepted" else refuses))

    assert found == (Crosswalk({"X1": "S1"}, frozenset()) if last == "accepted" else Crosswalk({}, frozenset({("X1", "S1")})))


def test_the_same_decision_again_is_remembered_once(catalog: Catalog) -> None:
    decide(catalog, accepted={"X1": "S1"}, refused=(("X1", "S2"),))

    assert decide(catalog, accepted={"X1": "S1"}, refused=(("X1", "S2"), ("X1", "S2"))) == Crosswalk(
        {"X1": "S1"}, frozenset({("X1", "S2")})
    )


def test_nothing_is_remembered_of_a_source_that_nothing_was_decided_about(catalog: Catalog) -> None:
    assert decide(catalog) == Crosswalk({}, frozenset())
