"""Sources end to end: a pull is staged like any upload, published only where trusted, and a failure leaves what was published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from geo.config import Settings
from geo.errors import ConfigurationError, Conflict, Forbidden, InvalidParameter, NotFound, SourceFailed
from geo.model import ImportState, Key, PullState, Role, SourceRecord, SpeedUnit
from geo.services import Workspace, open_workspace
from geo.services.imports import publish_import, stage_import
from geo.services.releases import undo_release
from geo.services.source_pulls import PullResult, pull_source
from geo.services.sources import NewSource, add_source, age_days, remove_source, source_named, sources, trust_source
from geo.store import claim_source, select_audit, update_pull_done
from tests.giga.interface import KEYS, QUICK, Interface, body, cut_short, giga_id, location, measurement, profile, records, status
from tests.set_up import set_up


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    """An empty deployment."""
    set_up(settings.data_dir)
    with open_workspace(settings) as opened:
        yield opened


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """A file with all keys."""
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(KEYS), encoding="ascii")
    return path


@pytest.fixture
def source(workspace: Workspace, interface: Interface, key_file: Path) -> NewSource:
    """A trusted source of two schools, not yet added."""
    interface.lists = {"schools_location": [location(1), location(2)], "schools_profile": [profile(1), profile(2, connectivity=None)]}
    return NewSource("Giga", "KAZ", base_url=interface.address, key_file=key_file, is_trusted=True)


def pulled(workspace: Workspace, name: str = "Giga") -> PullResult:
    return pull_source(workspace, name, limits=QUICK)


def schools(workspace: Workspace) -> list[dict[str, Any]]:
    """Schools of the current release by id."""
    return list(workspace.opened(workspace.release()).table.sort_by("school_id").to_pylist())


def connectivity(workspace: Workspace) -> list[str]:
    return [school["connectivity"] for school in schools(workspace)]


def test_trusted_source_publishes_by_itself(workspace: Workspace, source: NewSource) -> None:
    add_source(workspace, source)

    result = pulled(workspace)

    assert result.release is not None
    assert (result.release.id, result.release.school_count, result.release.reason) == (1, 2, "pulled from Giga")
    assert result.release.sources == ("Giga: Ministry (CC BY 4.0)", "Giga: Ministry (ODbL 1.0)")
    assert connectivity(workspace) == ["yes", "unknown"]
    assert result.source.last_state is PullState.PUBLISHED
    assert result.source.last_report is not None
    assert result.source.last_report["licences"] == ["ODbL 1.0", "CC BY 4.0"]


def test_source_that_is_not_trusted_only_stages(workspace: Workspace, source: NewSource) -> None:
    add_source(workspace, replace(source, is_trusted=False))

    result = pulled(workspace)

    assert (result.release, result.held) == (None, None)
    assert result.imported.state is ImportState.STAGED
    assert result.source.last_state is PullState.STAGED
    assert result.imported.source == "Giga"


def test_source_can_be_trusted_once_its_first_pull_was_looked_at(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    add_source(workspace, replace(source, is_trusted=False))
    publish_import(workspace, pulled(workspace).imported.id)

    trust_source(workspace, "Giga", is_trusted=True)
    interface.lists["schools_location"].append(location(3))

    assert pulled(workspace).release is not None
    assert not trust_source(workspace, "Giga", is_trusted=False).is_trusted
    with pytest.raises(NotFound):
        trust_source(workspace, "Nobody", is_trusted=True)


def test_pull_that_brings_nothing_new_publishes_nothing(workspace: Workspace, source: NewSource) -> None:
    add_source(workspace, source)
    pulled(workspace)

    again = pulled(workspace)

    assert again.release is None
    assert again.source.last_state is PullState.UNCHANGED
    assert workspace.release().id == 1


def test_value_that_stays_does_not_overwrite_a_newer_one_of_another_source(workspace: Workspace, source: NewSource) -> None:
    record = add_source(workspace, source)
    former = f"school_id_giga,latitude,longitude,connectivity,connectivity_collected_on\n{giga_id(1)},50.5,70.5,yes,2026-01-01\n"
    newer = f"school_id_giga,connectivity,collected_on\n{giga_id(1)},no,2026-02-01\n"
    first = stage_import(workspace, former.encode(), file_name="giga.csv")
    publish_import(workspace, first.id)
    publish_import(workspace, stage_import(workspace, newer.encode(), file_name="ministry.csv").id)
    now = datetime.now(UTC)
    with workspace.catalog.transaction() as connection:
        claim_source(connection, record.id, at=now, abandoned_before=now)
        update_pull_done(connection, record.id, began_at=now, at=now, state=PullState.PUBLISHED, import_id=first.id, report={})

    pulled(workspace)

    assert connectivity(workspace) == ["no", "unknown"]
    assert schools(workspace)[0]["connectivity_collected_on"] == date(2026, 2, 1)


def test_rows_with_errors_keep_a_trusted_pull_from_being_published(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    interface.lists["schools_location"].append(location(3, latitude=95))
    add_source(workspace, source)

    result = pulled(workspace)

    assert (result.release, result.held) == (None, "errors")
    assert result.source.last_state is PullState.STAGED


def test_gate_keeps_a_trusted_pull_from_being_published(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    add_source(workspace, source)
    pulled(workspace)
    interface.lists["schools_location"] = [location(1, latitude=49.0), location(2, latitude=48.0)]

    result = pulled(workspace)

    assert (result.release, result.held) == (None, "gates")
    assert workspace.release().id == 1


def test_undone_pull_is_not_published_again_until_a_person_publishes_one(
    workspace: Workspace, source: NewSource, interface: Interface
) -> None:
    add_source(workspace, source)
    pulled(workspace)
    interface.lists["schools_location"].append(location(3))
    pulled(workspace)
    undo_release(workspace, 2)

    held = pulled(workspace)
    publish_import(workspace, held.imported.id)
    interface.lists["schools_location"].append(location(4))

    assert (held.release, held.held) == (None, "undone")
    assert pulled(workspace).release is not None


def test_measurements_arrive_in_mbps_with_their_last_day(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    day = datetime.now(UTC).date()
    interface.lists["all_measurements"] = [
        measurement(1, str(day - timedelta(days=n)), speed) for n, speed in enumerate((30_000, 10_000, 12_000))
    ]
    add_source(workspace, replace(source, measurements_days=7, measurements_unit=SpeedUnit.KBPS))

    pulled(workspace)

    school = schools(workspace)[0]
    assert school["download_speed_measured_mbps"] == 12.0
    assert school["download_speed_measured_collected_on"] == day
    assert school["download_speed_measured_source"] == "Giga: Giga Meter (CC BY 4.0)"


FAILURES = {
    "hangs": lambda interface: interface.hang,
    "stops half-way": lambda _: cut_short,
    "redirects": lambda _: status(302, location="http://localhost:1/"),
    "changes its schema": lambda _: records({"id": 1}),
    "lies about the country": lambda _: records(location(1, country_iso3_code="UZB")),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_interface_that_fails_leaves_the_last_good_release_in_place(
    workspace: Workspace, source: NewSource, interface: Interface, failure: str
) -> None:
    add_source(workspace, source)
    before = pulled(workspace).source
    interface.always = FAILURES[failure](interface)

    with pytest.raises(SourceFailed) as caught:
        pull_source(workspace, "Giga", limits=replace(QUICK, attempts=2, call_s=0.2))

    after = source_named(workspace, "Giga")
    assert workspace.release().id == 1
    assert (after.last_state, after.last_failure and after.last_failure["code"]) == (PullState.FAILED, caught.value.reason)
    assert (after.last_success_at, after.last_import_id) == (before.last_success_at, before.last_import_id)
    assert after.last_pull_at is not None
    assert before.last_pull_at is not None
    assert after.last_pull_at > before.last_pull_at
    assert after.pulling_since is None


def test_interface_that_fails_on_a_later_list_leaves_no_import(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    add_source(workspace, source)
    interface.next_replies = [None, status(403)]

    with pytest.raises(SourceFailed, match="the key was refused"):
        pulled(workspace)

    assert source_named(workspace, "Giga").last_import_id is None


def test_pull_after_a_failure_clears_it(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    add_source(workspace, source)
    interface.next_replies = [status(401)]
    with pytest.raises(SourceFailed):
        pulled(workspace)

    assert pulled(workspace).source.last_failure is None


def test_two_pulls_of_a_source_do_not_run_at_once(workspace: Workspace, source: NewSource) -> None:
    record = add_source(workspace, source)
    now = datetime.now(UTC)
    with workspace.catalog.transaction() as connection:
        assert claim_source(connection, record.id, at=now, abandoned_before=now)

    with pytest.raises(Conflict, match="being pulled by another process"):
        pulled(workspace)

    with workspace.catalog.transaction() as connection:
        assert claim_source(connection, record.id, at=now - timedelta(hours=4), abandoned_before=now + timedelta(seconds=1))
    assert pulled(workspace).release is not None


def test_no_key_is_in_the_catalog_the_log_the_audit_or_a_file(
    workspace: Workspace, source: NewSource, interface: Interface, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    add_source(workspace, source)
    pulled(workspace)
    interface.next_replies = [records(location(1, school_name=KEYS["schools_location"]))]
    with pytest.raises(SourceFailed):
        pulled(workspace)
    with workspace.catalog.reading() as connection:
        told = repr(select_audit(connection)) + repr(sources(workspace)) + caplog.text + repr(settings)
    workspace.close()

    stored = b"".join(path.read_bytes() for path in settings.data_dir.rglob("*") if path.is_file())

    assert "source.pull" in told
    assert b"pulled from Giga" in stored
    assert [key for key in KEYS.values() if key in told or key.encode() in stored] == []


def test_key_that_an_answer_spells_otherwise_is_found_too(workspace: Workspace, source: NewSource, interface: Interface) -> None:
    add_source(workspace, source)
    spelled = json.dumps([location(1, school_name=f"School {KEYS['schools_profile'].upper()}")]).replace("KEY", "\\u004bEY")
    interface.next_replies = [body(spelled.encode())]

    with pytest.raises(SourceFailed) as caught:
        pulled(workspace)

    assert caught.value.reason == "key_repeated"
    assert source_named(workspace, "Giga").last_import_id is None


def test_keys_of_the_environment_go_to_the_interface_of_the_settings_alone(
    settings: Settings, interface: Interface, source: NewSource
) -> None:
    known = replace(
        settings,
        giga_api_url=interface.address,
        giga_key_schools_location=KEYS["schools_location"],
        giga_key_schools_profile=KEYS["schools_profile"],
    )
    with open_workspace(known) as workspace:
        add_source(workspace, replace(source, base_url="", key_file=None))
        assert pulled(workspace).release is not None
        with pytest.raises(ConfigurationError, match="give this source a key file"):
            add_source(workspace, replace(source, name="Other", base_url="https://example.org/api", key_file=None))
    assert KEYS["schools_location"] not in repr(known)


def test_missing_key_is_named_before_anything_is_asked(
    workspace: Workspace, source: NewSource, interface: Interface, key_file: Path
) -> None:
    key_file.write_text("schools_location = abc", encoding="ascii")

    with pytest.raises(ConfigurationError, match="no key for schools_profile"):
        add_source(workspace, source)
    add_source(workspace, replace(source, has_profiles=False))
    assert interface.asked == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "'name'"),
        ({"name": "x" * 81}, "'name'"),
        ({"name": "a\nb"}, "'name'"),
        ({"country": "KZ"}, "'country'"),
        ({"country": "QQQ"}, "'country'"),
        ({"base_url": "ftp://example.org"}, "'base_url'"),
        ({"base_url": "https://user:word@example.org"}, "'base_url'"),
        ({"base_url": "https://example.org/?key=1"}, "'base_url'"),
        ({"base_url": "https://"}, "'base_url'"),
        ({"base_url": "http://example.org"}, "'base_url'"),
        ({"base_url": "http://localhost.example.org"}, "'base_url'"),
        ({"base_url": "https://[::1/"}, "'base_url'"),
        ({"measurements_days": 7}, "'measurements'"),
        ({"measurements_unit": SpeedUnit.BPS}, "'measurements'"),
        ({"measurements_days": 1000, "measurements_unit": SpeedUnit.BPS}, "'measurements'"),
    ],
)
def test_source_that_cannot_be_used_is_refused(workspace: Workspace, source: NewSource, change: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidParameter, match=says):
        add_source(workspace, replace(source, **change))  # type: ignore[arg-type]


def test_production_takes_no_address_without_tls(settings: Settings, source: NewSource) -> None:
    with open_workspace(replace(settings, environment="production")) as workspace:
        workspace.catalog.migrate()
        with pytest.raises(InvalidParameter, match="with https, and"):
            add_source(workspace, source)


def test_source_is_named_once_and_forgotten_when_removed(workspace: Workspace, source: NewSource) -> None:
    add_source(workspace, source)
    with pytest.raises(Conflict, match="already"):
        add_source(workspace, source)

    remove_source(workspace, "Giga")

    assert sources(workspace) == ()
    with pytest.raises(NotFound):
        pulled(workspace)


def test_only_an_admin_names_sources_and_only_a_publisher_pulls(workspace: Workspace, source: NewSource) -> None:
    actor = Key(1, "qsl_abc", "Aigerim", Role.CONTRIBUTOR, datetime.now(UTC), None, None)

    with pytest.raises(Forbidden):
        add_source(workspace, source, actor=replace(actor, role=Role.PUBLISHER))
    with pytest.raises(Forbidden):
        pull_source(workspace, "Giga", actor=actor)


def test_age_counts_from_the_last_good_pull(workspace: Workspace, source: NewSource) -> None:
    record: SourceRecord = add_source(workspace, source)
    now = datetime.now(UTC)

    assert age_days(record) is None
    assert age_days(replace(record, last_success_at=now - timedelta(days=3, hours=5), last_pull_at=now), now) == 3
