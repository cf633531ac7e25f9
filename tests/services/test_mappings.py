"""How files of a source are read is remembered when one is published, and used for the next where it fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.errors import Conflict, Forbidden, NotFound
from geo.model import ImportRecord, ImportState, Role, SpeedUnit
from geo.services import Workspace
from geo.services.import_changes import change_import
from geo.services.imports import ImportOptions, publish_import, stage_import
from geo.services.keys import create_key
from geo.services.mappings import list_mappings, remembered, remove_mapping, save_mapping
from tests.services.builders import open_empty

SCHOOLS = "school_id_govt,school_name,latitude,longitude\n" + "".join(f"{n},Школа {n},50.{n}1234,10.5432\n" for n in range(1, 5))
SOURCE = "Облоно"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """A deployment with four schools."""
    with open_empty(tmp_path) as opened:
        publish(opened, staged(opened, SCHOOLS, source=None))
        yield opened


def staged(workspace: Workspace, content: str | bytes, **options: Any) -> ImportRecord:
    data = content.encode() if isinstance(content, str) else content
    return stage_import(workspace, data, file_name="list.csv", options=ImportOptions(**{"source": SOURCE, **options}))


def publish(workspace: Workspace, record: ImportRecord) -> None:
    publish_import(workspace, record.id, confirm=(record.report or {}).get("confirm_token"))


def report(record: ImportRecord) -> dict[str, Any]:
    assert record.report is not None
    return record.report


def test_a_confirmed_heading_is_no_question_for_the_next_file_of_the_source(workspace: Workspace) -> None:
    publish(workspace, staged(workspace, "shcool_id_govt,conectivity,Прим\n1,yes,x\n", confirmed=True, mapping={"Прим": ""}))

    again = staged(workspace, "shcool_id_govt,conectivity,Прим\n2,no,x\n")
    other = staged(workspace, "shcool_id_govt,conectivity\n2,no\n", source="Другой")

    found = remembered(workspace, SOURCE)
    assert found is not None
    assert found.options["mapping"] == {"shcool_id_govt": "school_id_govt", "conectivity": "connectivity", "Прим": ""}
    assert (again.state, report(again)["questions"], report(again)["mapping_from"]) == (ImportState.STAGED, [], SOURCE)
    assert [column["how"] for column in report(again)["columns"]][:3] == ["mapped", "mapped", "ignored"]
    assert (other.state, report(other)["mapping_from"]) == (ImportState.NEEDS_CONFIRMATION, None)


def test_headings_that_are_gone_are_passed_over_and_what_is_said_now_stands_first(workspace: Workspace) -> None:
    publish(
        workspace, staged(workspace, "школьный номер,связь\n1,да\n", mapping={"школьный номер": "school_id_govt", "связь": "connectivity"})
    )

    gone = staged(workspace, "school_id_govt,school_name\n1,Лицей\n")
    said = staged(workspace, "школьный номер,связь,сеть\n2,да,нет\n", mapping={"сеть": "connectivity"})

    assert (gone.state, report(gone)["mapping_from"]) == (ImportState.STAGED, None)
    assert [column["name"] for column in report(said)["columns"]][:3] == ["school_id_govt", None, "connectivity"]


def test_what_is_said_anew_of_a_heading_takes_the_place_of_what_was_remembered(workspace: Workspace) -> None:
    text = "school_id_govt,Подключена\n{},2\n"
    publish(workspace, staged(workspace, text.format(1), mapping={"Подключена": "num_students"}))
    publish(workspace, staged(workspace, text.format(2).replace(",2", ",да"), mapping={"Подключена": "connectivity"}))

    found = remembered(workspace, SOURCE)

    assert found is not None
    assert found.options["mapping"] == {"Подключена": "connectivity"}


def test_words_are_remembered_and_added_to(workspace: Workspace) -> None:
    publish(workspace, staged(workspace, "school_id_govt,connectivity\n1,ага\n", values={"connectivity": {"ага": "yes"}}))
    publish(workspace, staged(workspace, "school_id_govt,connectivity\n1,не-а\n2,ага\n", values={"connectivity": {"не-а": "no"}}))

    again = staged(workspace, "school_id_govt,connectivity\n1,ага\n2,не-а\n")

    assert (report(again)["errors_total"], report(again)["mapping_from"]) == (0, SOURCE)
    assert [(found.name, found.options["values"]) for found in list_mappings(workspace)] == [
        (SOURCE, {"connectivity": {"ага": "yes", "не-а": "no"}})
    ]


def test_a_unit_is_remembered_for_its_heading_and_asked_for_under_another(workspace: Workspace) -> None:
    text = "school_id_govt,{}\n1,10240\n2,20480\n"
    mapping = {"Канал": "download_speed_declared_mbps"}
    units = {"download_speed_declared_mbps": SpeedUnit.KBPS}
    publish(workspace, staged(workspace, text.format("Канал"), mapping=mapping, units=units))

    same = staged(workspace, text.format("Канал").replace("10240", "40960"))
    other = staged(workspace, text.format('"Скорость, бит/с"').replace("10240", "10240000"))

    assert (same.state, report(same)["units"]) == (ImportState.STAGED, {"download_speed_declared_mbps": "kbps"})
    assert [(question["kind"], question["guess"]) for question in report(other)["questions"]] == [
        ("column", "download_speed_mbps"),
        ("unit", "bps"),
    ]


def test_an_encoding_is_remembered_for_files_whose_encoding_would_be_guessed(workspace: Workspace) -> None:
    text = "Код школы;Наименование школы\n{};Школа-лицей имени Абая в селе\n"
    first = staged(workspace, text.format(1).encode("cp1251"), encoding="windows-1251")
    publish(workspace, first)

    again = staged(workspace, text.format(2).encode("cp1251"))
    unicode = staged(workspace, text.format(3))

    assert (again.state, report(again)["questions"]) == (ImportState.STAGED, [])
    assert report(again)["detected"]["encoding"] == report(first)["detected"]["encoding"]
    assert report(unicode)["detected"]["encoding"] == "utf-8"


def test_nothing_is_remembered_of_a_file_that_needed_nothing_or_names_no_source(workspace: Workspace) -> None:
    publish(workspace, staged(workspace, "school_id_govt,connectivity\n1,yes\n"))
    publish(workspace, staged(workspace, "shcool_id_govt,connectivity\n2,yes\n", source=None, confirmed=True))

    assert list_mappings(workspace) == ()


def test_a_file_that_is_not_published_is_remembered_only_on_request(workspace: Workspace) -> None:
    plain = staged(workspace, "school_id_govt,connectivity\n1,yes\n")
    record = staged(workspace, "shcool_id_govt,connectivity\n1,yes\n", confirmed=True)

    kept = save_mapping(workspace, " Моя  форма ", record.id)

    assert (kept.name, kept.options["mapping"]) == ("Моя форма", {"shcool_id_govt": "school_id_govt"})
    assert remembered(workspace, SOURCE) is None
    with pytest.raises(Conflict, match="nothing to remember"):
        save_mapping(workspace, "x", plain.id)


def test_a_mapping_is_removed_by_a_publisher_and_not_by_a_contributor(workspace: Workspace) -> None:
    publish(workspace, staged(workspace, "shcool_id_govt,connectivity\n1,yes\n", confirmed=True))
    contributor = create_key(workspace, name="c", role=Role.CONTRIBUTOR)[1]

    with pytest.raises(Forbidden):
        remove_mapping(workspace, SOURCE, actor=contributor)
    remove_mapping(workspace, SOURCE)

    assert list_mappings(workspace) == ()
    with pytest.raises(NotFound):
        remove_mapping(workspace, SOURCE)


def test_guesses_that_a_person_confirmed_are_answers_for_the_next_file(workspace: Workspace) -> None:
    text = "shcool_id_govt,Скорость\n{},20480\n"
    asked = staged(workspace, text.format(1))

    confirmed = change_import(workspace, asked.id, {"confirm": True})
    publish(workspace, confirmed)
    again = staged(workspace, text.format(2))

    assert [question["kind"] for question in report(asked)["questions"]] == ["column", "column", "unit"]
    assert (confirmed.state, report(confirmed)["units"]) == (ImportState.STAGED, {"download_speed_mbps": "kbps"})
    assert (again.state, report(again)["units"]) == (ImportState.STAGED, {"download_speed_mbps": "kbps"})
