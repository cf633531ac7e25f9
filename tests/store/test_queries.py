"""The queries of every table, the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from geo.errors import Conflict
from geo.model import AuditRecord, BoundarySetRecord, ImportState, Key, ReleaseKind, ReleaseRecord, Role
from geo.store import (
    Catalog,
    NewBoundarySet,
    NewImport,
    insert_audit,
    insert_boundary_set,
    insert_import,
    insert_key,
    insert_release,
    insert_withdrawal,
    move_import,
    read_current_release_id,
    read_standing,
    replace_setting,
    revoke_key,
    select_audit,
    select_boundary_set,
    select_boundary_sets,
    select_current_release,
    select_current_release_id,
    select_import,
    select_imports,
    select_imports_in,
    select_key,
    select_key_by_hash,
    select_keys,
    select_release,
    select_release_files,
    select_releases,
    select_setting,
    select_upload_sha256s,
    update_import,
)
from tests.store.publishing import new_release

MOMENT = datetime(2025, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
ALMATY = timezone(timedelta(hours=5))


def new_boundary_set(**values: Any) -> NewBoundarySet:
    given: dict[str, Any] = {
        "country": "KZ",
        "level": 1,
        "vintage": "2024",
        "directory": "boundaries/kz-1-2024",
        "sha256": "cd" * 32,
        "unit_count": 20,
        "languages": ("en", "kk", "ru"),
        "source_name": "units.zip",
        "source_sha256": "ef" * 32,
        "report": {"overlap_km2": 15.6, "repaired": ["KZ63"]},
        "loaded_by": "tester",
        "loaded_at": MOMENT,
    }
    return NewBoundarySet(**given | values)


def new_import(**values: Any) -> NewImport:
    given: dict[str, Any] = {"file_name": "schools.csv", "file_sha256": "12" * 32, "byte_count": 10, "created_by": "tester"}
    return NewImport(**given | values)


class TestSettings:
    def test_a_setting_never_set_is_none(self, catalog: Catalog) -> None:
        with catalog.reading() as connection:
            assert select_setting(connection, "country") is None

    def test_a_setting_is_replaced(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            replace_setting(connection, "country", "KZ")
            replace_setting(connection, "country", "MD")

            assert select_setting(connection, "country") == "MD"


class TestKeys:
    def test_a_key_is_found_by_hash_and_by_id(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_key(connection, prefix="qsl_ab", name="Region", role=Role.PUBLISHER, hash="h1", created_at=MOMENT)

            found = select_key_by_hash(connection, "h1"), select_key(connection, made.id), *select_keys(connection)
            missing = select_key_by_hash(connection, "h2"), select_key(connection, 99)

        assert made == Key(1, "qsl_ab", "Region", Role.PUBLISHER, MOMENT, None, None)
        assert found == (made, made, made)
        assert missing == (None, None)

    def test_a_revoked_key_keeps_the_moment_it_was_first_revoked(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_key(connection, prefix="qsl_ab", name="Region", role=Role.ADMIN, hash="h1", expires_at=MOMENT)

            revoke_key(connection, made.id, at=MOMENT)
            revoked = revoke_key(connection, made.id, at=MOMENT + timedelta(days=1))
            missing = revoke_key(connection, 99)

        assert revoked == replace(made, revoked_at=MOMENT)
        assert missing is None

    def test_two_keys_cannot_have_one_secret(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_key(connection, prefix="qsl_ab", name="One", role=Role.ADMIN, hash="h1")

        with pytest.raises(IntegrityError), catalog.transaction() as connection:
            insert_key(connection, prefix="qsl_cd", name="Two", role=Role.ADMIN, hash="h1")


class TestMoments:
    def test_a_moment_of_any_zone_is_read_back_in_utc(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_audit(connection, "tester", "looked", "clock", at=MOMENT.astimezone(ALMATY))
        with catalog.reading() as connection:
            (line,) = select_audit(connection)

        assert line.at == MOMENT
        assert line.at.tzinfo is UTC

    def test_a_moment_without_a_zone_is_refused(self, catalog: Catalog) -> None:
        with pytest.raises(Exception, match="a stored moment needs a time zone"), catalog.transaction() as connection:
            insert_audit(connection, "tester", "looked", "clock", at=datetime(2025, 3, 1))  # noqa: DTZ001


class TestText:
    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ("Қосыл; مدرسة; é; 🏫", "Қосыл; مدرسة; é; 🏫"),
            ("a\0b.csv", "a\ufffdb.csv"),
            ("a\udc80b.csv", "a\ufffdb.csv"),
            ("'; DROP TABLE imports; --", "'; DROP TABLE imports; --"),
            ("007", "007"),
        ],
        ids=["many scripts", "NUL", "lone surrogate", "SQL", "leading zeros"],
    )
    def test_a_file_may_have_any_name(self, catalog: Catalog, given: str, stored: str) -> None:
        with catalog.transaction() as connection:
            made = insert_import(connection, new_import(file_name=given, options={"name": given}))
        with catalog.reading() as connection:
            found = select_import(connection, made.id)

        assert found is not None
        assert found.file_name == stored
        assert found.options == {"name": given}

    def test_a_number_that_json_cannot_hold_is_refused(self, catalog: Catalog) -> None:
        with pytest.raises(Exception, match="not JSON compliant"), catalog.transaction() as connection:
            insert_audit(connection, "tester", "counted", "share", {"share": float("nan")})


class TestBoundarySets:
    def test_a_boundary_set_comes_back_as_it_was_given(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_boundary_set(connection, new_boundary_set())
            found = select_boundary_set(connection, made.id), select_boundary_set(connection, 99)

        expected = BoundarySetRecord(
            id=1,
            country="KZ",
            level=1,
            vintage="2024",
            directory="boundaries/kz-1-2024",
            sha256="cd" * 32,
            unit_count=20,
            languages=("en", "kk", "ru"),
            source_name="units.zip",
            source_sha256="ef" * 32,
            report={"overlap_km2": 15.6, "repaired": ["KZ63"]},
            loaded_at=MOMENT,
            loaded_by="tester",
        )
        assert (made, found) == (expected, (expected, None))

    def test_the_same_vintage_twice_is_a_conflict_and_the_transaction_goes_on(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_boundary_set(connection, new_boundary_set())
            with pytest.raises(Conflict, match=r"KZ already has boundaries of level 1 of vintage '2024'"):
                insert_boundary_set(connection, new_boundary_set())
            insert_boundary_set(connection, new_boundary_set(vintage="2025"))

        with catalog.reading() as connection:
            assert [found.vintage for found in select_boundary_sets(connection)] == ["2024", "2025"]

    def test_boundary_sets_are_listed_newest_load_last_and_by_country_and_level(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            for country, level, vintage in (("KZ", 1, "2024"), ("MD", 1, "2020"), ("KZ", 2, "2024"), ("KZ", 1, "2022")):
                insert_boundary_set(connection, new_boundary_set(country=country, level=level, vintage=vintage))

            everything = [found.id for found in select_boundary_sets(connection)]
            kazakhstan = [found.id for found in select_boundary_sets(connection, "KZ")]
            regions = [found.vintage for found in select_boundary_sets(connection, "KZ", 1)]

        assert (everything, kazakhstan, regions) == ([1, 2, 3, 4], [1, 3, 4], ["2024", "2022"])


class TestReleases:
    def test_a_release_comes_back_as_it_was_given(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            source = insert_import(connection, new_import())
            made = insert_release(connection, new_release(import_id=source.id, published_at=MOMENT))
        with catalog.reading() as connection:
            found = select_current_release(connection), select_release(connection, 1), *select_releases(connection)

        expected = ReleaseRecord(
            id=1,
            parent_id=None,
            kind=ReleaseKind.IMPORT,
            file_name="some.parquet",
            sha256="ab" * 32,
            byte_count=1,
            school_count=0,
            country="KZ",
            boundaries={"admin1": 1},
            vintages={"admin1": "2024"},
            sources=("ministry",),
            counts={"schools": 0},
            import_id=1,
            undone_release_id=None,
            reason="test",
            published_at=MOMENT,
            published_by="tester",
            software_version="0.1.0",
        )
        assert made == expected
        assert found == (expected, expected, expected)

    def test_before_the_first_release_there_is_none(self, catalog: Catalog) -> None:
        with catalog.reading() as connection:
            found = select_current_release(connection), select_current_release_id(connection), select_releases(connection)

        assert found == (None, None, ())

    def test_the_current_id_read_cheaply_is_that_of_the_last_commit(self, catalog: Catalog) -> None:
        found = [read_current_release_id(catalog)]
        for parent_id in (None, 1):
            with catalog.transaction() as connection:
                insert_release(connection, new_release(parent_id))
            found.append(read_current_release_id(catalog))

        with catalog.transaction() as connection:
            insert_release(connection, new_release(2))
        assert found == [None, 1, 2]
        assert read_current_release_id(catalog) == 3

    def test_the_standing_is_another_after_each_release_and_each_withdrawal(self, catalog: Catalog) -> None:
        found = [read_standing(catalog)]
        for parent_id in (None, 1):
            with catalog.transaction() as connection:
                insert_release(connection, new_release(parent_id))
            found += [read_standing(catalog), read_standing(catalog, patience_s=1.0)]
        with catalog.transaction() as connection:
            insert_withdrawal(connection, 1, reason="held names", withdrawn_by="a key")
        found.append(read_standing(catalog))

        assert found == [None, "1/0", "1/0", "2/0", "2/0", "2/1"]

    def test_a_publish_that_was_rolled_back_leaves_no_gap(self, catalog: Catalog) -> None:
        def publish_and_stop() -> None:
            with catalog.transaction() as connection:
                insert_release(connection, new_release(1))
                raise KeyError("stop")

        with catalog.transaction() as connection:
            insert_release(connection, new_release())
        with pytest.raises(KeyError, match="stop"):
            publish_and_stop()
        with catalog.transaction() as connection:
            made = insert_release(connection, new_release(1))

        assert (made.id, made.parent_id) == (2, 1)

    @pytest.mark.parametrize("parent_id", [None, 1, 3], ids=["as the first", "from an old one", "from one to come"])
    def test_a_release_made_from_another_than_the_current_one_is_a_conflict(self, catalog: Catalog, parent_id: int | None) -> None:
        with catalog.transaction() as connection:
            insert_release(connection, new_release())
            insert_release(connection, new_release(1))

        with pytest.raises(Conflict, match="the current release is now 2"), catalog.transaction() as connection:
            insert_release(connection, new_release(parent_id))

        with catalog.reading() as connection:
            assert select_current_release_id(connection) == 2

    def test_undoing_the_current_release_names_its_parents_file_again(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_release(connection, new_release(file_name="one.parquet", sha256="11" * 32))
            insert_release(connection, new_release(1, file_name="two.parquet", sha256="22" * 32))
            undone = new_release(2, kind=ReleaseKind.UNDO, undone_release_id=2, file_name="one.parquet", sha256="11" * 32)

            made = insert_release(connection, undone)
            files = select_release_files(connection)

        assert (made.id, made.parent_id, made.undone_release_id, made.file_name) == (3, 2, 2, "one.parquet")
        assert files == {"one.parquet": "11" * 32, "two.parquet": "22" * 32}

    def test_releases_are_listed_newest_first_and_page_by_page(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            for number in range(5):
                insert_release(connection, new_release(number or None))

            first = [found.id for found in select_releases(connection, 2)]
            second = [found.id for found in select_releases(connection, 2, before=4)]
            last = [found.id for found in select_releases(connection, 2, before=1)]

        assert (first, second, last) == ([5, 4], [3, 2], [])

    def test_a_release_cannot_name_an_import_that_does_not_exist(self, catalog: Catalog) -> None:
        with pytest.raises(IntegrityError), catalog.transaction() as connection:
            insert_release(connection, new_release(import_id=7))


class TestImports:
    def test_a_new_import_is_queued_and_has_no_report(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_import(connection, new_import(options={"mode": "update"}, source="ministry", created_at=MOMENT))

        assert (made.state, made.progress, made.report, made.failure) == (ImportState.QUEUED, 0.0, None, None)
        assert (made.options, made.source, made.created_at, made.updated_at) == ({"mode": "update"}, "ministry", MOMENT, MOMENT)

    def test_an_import_is_changed_and_the_moment_is_noted(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_import(connection, new_import(created_at=MOMENT))

            changed = update_import(connection, made.id, report={"rows_in": 3}, progress=0.5, staged_file="import-1.arrow")
            found = select_import(connection, made.id)
            missing = update_import(connection, 99, progress=1.0)

        assert changed is not None
        assert changed.updated_at > MOMENT
        assert changed == replace(made, report={"rows_in": 3}, progress=0.5, staged_file="import-1.arrow", updated_at=changed.updated_at)
        assert (found, missing) == (changed, None)

    @pytest.mark.parametrize("column", ["state", "id", "file_sha256", "created_by", "no_such"])
    def test_what_may_not_change_is_refused(self, catalog: Catalog, column: str) -> None:
        with pytest.raises(TypeError, match=column), catalog.transaction() as connection:
            update_import(connection, 1, **{column: "x"})

    def test_an_import_moves_only_from_the_states_named(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            made = insert_import(connection, new_import(state=ImportState.STAGED))

            moves = [
                move_import(connection, made.id, [ImportState.QUEUED, ImportState.READING], ImportState.STAGED),
                move_import(connection, made.id, [ImportState.STAGED], ImportState.PUBLISHING),
                move_import(connection, made.id, [ImportState.STAGED], ImportState.PUBLISHING),
                move_import(connection, made.id, [ImportState.PUBLISHING], ImportState.PUBLISHED, release_id=4),
                move_import(connection, 99, list(ImportState), ImportState.DISCARDED),
            ]
            found = select_import(connection, made.id)

        assert moves == [False, True, False, True, False]
        assert found is not None
        assert (found.state, found.release_id) == (ImportState.PUBLISHED, 4)

    def test_imports_are_listed_newest_first_and_page_by_page(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            for _ in range(4):
                insert_import(connection, new_import())

            first = [found.id for found in select_imports(connection, 2)]
            second = [found.id for found in select_imports(connection, 5, before=3)]

        assert (first, second) == ([4, 3], [2, 1])

    def test_unfinished_imports_and_files_in_use_are_found(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_import(connection, new_import(file_sha256="aa" * 32, state=ImportState.READING))
            insert_import(connection, new_import(file_sha256="bb" * 32, state=ImportState.PUBLISHED))
            insert_import(connection, new_import(file_sha256="bb" * 32, state=ImportState.PUBLISHING))

            unfinished = [found.id for found in select_imports_in(connection, [ImportState.READING, ImportState.PUBLISHING])]
            nothing = select_imports_in(connection, [])
            uploads = select_upload_sha256s(connection, [ImportState.READING])

        assert (unfinished, nothing, uploads) == ([1, 3], (), {"aa" * 32})


class TestAudit:
    def test_lines_are_listed_newest_first(self, catalog: Catalog) -> None:
        with catalog.transaction() as connection:
            insert_audit(connection, "tester", "published", "release 1", {"schools": 3}, at=MOMENT)
            newest = insert_audit(connection, "tester", "undid", "release 1")

            everything = select_audit(connection)
            one = select_audit(connection, 1)

        assert everything == (newest, AuditRecord(1, MOMENT, "tester", "published", "release 1", {"schools": 3}))
        assert one == (newest,)
