"""What is remembered of how a source's files are read, the same on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from geo.store import Catalog, delete_mapping, replace_mapping, select_mapping, select_mappings


def test_a_mapping_is_kept_replaced_and_removed_by_name(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        replace_mapping(connection, "Облоно", {"mapping": {"Код": "school_id_govt"}}, updated_by="A")
        replace_mapping(connection, "A", {}, updated_by="A")
        replace_mapping(connection, "Облоно", {"units": {"upload_speed_mbps": "kbps"}}, updated_by="B")

    with catalog.reading() as connection:
        kept = select_mapping(connection, "Облоно")
        assert kept is not None
        assert (kept.options, kept.updated_by) == ({"units": {"upload_speed_mbps": "kbps"}}, "B")
        assert [record.name for record in select_mappings(connection)] == ["A", "Облоно"]
    with catalog.transaction() as connection:
        assert [delete_mapping(connection, "Облоно"), delete_mapping(connection, "Облоно")] == [True, False]
        assert select_mapping(connection, "Облоно") is None


def test_a_source_that_several_remember_at_once_is_remembered_once_and_nobody_is_refused(catalog: Catalog) -> None:
    together = Barrier(4)

    def remember(number: int) -> None:
        together.wait()
        with catalog.transaction() as connection:
            replace_mapping(connection, "Облоно", {"mapping": {"Код": str(number)}}, updated_by="A")

    with ThreadPoolExecutor(max_workers=4) as threads:
        list(threads.map(remember, range(4)))

    with catalog.reading() as connection:
        assert [record.name for record in select_mappings(connection)] == ["Облоно"]
