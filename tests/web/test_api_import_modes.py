"""Modes, gates and changed options over HTTP: what a file may do, what must be confirmed, and what reading it again gives."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask import Flask

from geo.config import Settings
from geo.model import Role
from geo.services.workspace import open_workspace
from geo.web.current import WORKSPACE
from tests.application import application
from tests.services.builders import EAST, WEST, load_regions, publish_csv
from tests.web.uploads import change, publish, publish_upload, refusal, upload

COUNT = 20
PLACES = [(f"{number:03}", 50.2, 10.05 + number * 0.04 if number < 10 else 11.05 + number * 0.04) for number in range(COUNT)]
"""Ten schools in the west and ten in the east."""


def listed(places: list[tuple[str, float, float]], connectivity: str = "yes") -> str:
    rows = "".join(f"{school_id},{latitude},{longitude:.4f},rural,{connectivity}\n" for school_id, latitude, longitude in places)
    return f"school_id_govt,latitude,longitude,school_area_type,connectivity\n{rows}"


@pytest.fixture(scope="module")
def set_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a deployment with two regions."""
    directory = tmp_path_factory.mktemp("regions")
    with open_workspace(Settings(data_dir=directory / "data", testing=True)) as workspace:
        workspace.catalog.migrate()
        load_regions(workspace, directory)
    return directory / "data"


@pytest.fixture(scope="module")
def published_data(set_up_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a deployment with twenty connected schools."""
    directory = tmp_path_factory.mktemp("published") / "data"
    shutil.copytree(set_up_data, directory)
    with open_workspace(Settings(data_dir=directory, testing=True)) as workspace:
        publish_csv(workspace, listed(PLACES))
    return directory


@pytest.fixture
def app(settings: Settings, set_up_data: Path, published_data: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """An application over two regions, and over the schools where a test asks for them."""
    shutil.copytree(published_data if "schools" in request.fixturenames else set_up_data, settings.data_dir)
    app = application(settings)
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def publisher(secret_of) -> dict[str, str]:
    """Headers of a publisher's request."""
    return {"Authorization": f"Bearer {secret_of(Role.PUBLISHER)}"}


@pytest.fixture
def schools() -> None:
    """Twenty connected schools are published: import 1, release 1."""


def gate(document: dict[str, Any], code: str) -> dict[str, Any]:
    """Numbers of one gate of a report or of a refusal."""
    gates = document.get("gates") or document["report"]["gates"]
    return next(found["numbers"] for found in gates if found["code"] == code)


def total(client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/coverage").json["total"]
    return found


def test_first_list_of_an_empty_service_goes_through_no_gate(client, publisher):
    document = upload(client, listed(PLACES), publisher, publish="true").json

    assert (document["state"], document["report"]["gates"], document["report"]["confirm_token"]) == ("published", [], None)


def test_b83_replacement_that_drops_schools_needs_the_token_and_shows_numbers_by_region(client, publisher, schools):
    document = upload(client, listed(PLACES[:2] + PLACES[10:16]), publisher, mode="replace").json

    refused = publish(client, document["id"], publisher)

    assert (document["state"], document["report"]["schools_removed"]) == ("staged", 12)
    assert refusal(refused) == (409, "gate_not_confirmed")
    numbers = gate(refused.json, "replace")
    assert (numbers["schools_before"], numbers["schools_after"], numbers["schools_removed"]) == (20, 8, 12)
    assert [(row["admin1"], row["schools_before"], row["schools_after"]) for row in numbers["regions"]] == [(WEST, 10, 2), (EAST, 10, 6)]
    assert gate(refused.json, "fewer_schools")["fewer_percent"] == 60.0
    assert total(client)["schools"] == 20


def test_b83_token_of_the_report_publishes_the_replacement(client, publisher, schools):
    document = upload(client, listed(PLACES[:8]), publisher, mode="replace").json

    wrong = publish(client, document["id"], publisher, confirm="0" * 24)
    right = publish(client, document["id"], publisher, confirm=document["report"]["confirm_token"])

    assert refusal(wrong) == (409, "gate_not_confirmed")
    assert (right.status_code, right.json["schools"]) == (201, 8)


def test_replacement_is_asked_about_even_where_it_drops_nothing(client, publisher, schools):
    document = upload(client, listed(PLACES, "no"), publisher, mode="replace", publish="true").json

    assert document["state"] == "staged"
    assert gate(document, "replace")["schools_removed"] == 0


def test_publish_true_stops_at_a_gate_unless_it_names_the_token(client, publisher, schools):
    half = listed(PLACES[:10])
    looked = upload(client, half, publisher, mode="replace", publish="true").json

    done = upload(client, half, publisher, mode="replace", publish="true", confirm=looked["report"]["confirm_token"]).json

    assert (looked["state"], done["state"]) == ("staged", "published")
    assert total(client)["schools"] == 10


def test_token_does_not_hold_for_other_numbers_and_the_new_ones_are_shown(client, publisher, schools):
    document = upload(client, listed(PLACES[:8]), publisher, mode="replace").json
    publish_upload(client, "school_id_govt\n000\n001\n002\n003\n004\n", publisher, mode="remove")

    refused = publish(client, document["id"], publisher, confirm=document["report"]["confirm_token"])
    again = publish(client, document["id"], publisher, confirm=refused.json["confirm_token"])

    assert refusal(refused) == (409, "gate_not_confirmed")
    assert (gate(document, "replace")["schools_before"], gate(refused.json, "replace")["schools_before"]) == (20, 15)
    assert again.status_code == 201
    assert client.get(f"/api/v1/imports/{document['id']}", headers=publisher).json["base_release_id"] == 2


def test_replacement_with_row_errors_is_not_published_in_part(client, publisher, schools):
    broken = listed(PLACES[:8]) + "019,91,10,rural,yes\n"
    document = upload(client, broken, publisher, mode="replace").json

    answer = publish(client, document["id"], publisher, accept_partial=True, confirm=document["report"]["confirm_token"])

    assert refusal(answer) == (409, "has_row_errors")
    assert "must be whole" in answer.json["detail"]


def test_removal_drops_the_schools_it_lists_and_reports_the_ids_it_does_not_find(client, publisher, schools):
    document = upload(client, "school_id_govt\n003\n777\n", publisher, mode="remove").json

    assert (document["rows"]["removed"], document["rows"]["unmatched"], document["rows"]["rows_in"]) == (1, 1, 2)
    assert refusal(publish(client, document["id"], publisher)) == (409, "gate_not_confirmed")
    assert publish(client, document["id"], publisher, confirm=document["report"]["confirm_token"]).json["schools"] == 19


def test_removal_again_is_unchanged_and_after_an_undo_it_is_staged_again(client, publisher, schools):
    publish_upload(client, "school_id_govt\n003\n", publisher, mode="remove")

    again = upload(client, "school_id_govt\n003\n", publisher, mode="remove")
    client.post("/api/v1/releases/2/undo", headers=publisher)
    after_undo = upload(client, "school_id_govt\n003\n", publisher, mode="remove")

    assert (again.status_code, again.json["unchanged"]) == (200, True)
    assert (after_undo.status_code, after_undo.json["rows"]["removed"]) == (201, 1)


def test_b80_same_rows_in_another_order_are_unchanged(client, publisher, schools):
    answer = upload(client, listed(PLACES[::-1]), publisher)

    assert (answer.status_code, answer.json["unchanged"]) == (200, True)
    assert len(client.get("/api/v1/releases").json["releases"]) == 1


def test_b80_same_bytes_with_another_mode_are_not_unchanged(client, publisher, schools):
    few = listed(PLACES[:5])

    assert upload(client, few, publisher).status_code == 200
    assert upload(client, few, publisher, mode="replace").status_code == 201


def test_b80_same_replacement_again_is_unchanged(client, publisher, schools):
    publish_upload(client, listed(PLACES[:15]), publisher, mode="replace")

    assert upload(client, listed(PLACES[:15]), publisher, mode="replace").status_code == 200


def test_region_whose_share_moves_far_is_a_gate_with_its_numbers(client, publisher, schools):
    document = upload(client, listed(PLACES[:4], "no"), publisher, publish="true").json

    assert document["state"] == "staged"
    assert gate(document, "region_share_moved")["regions"] == [
        {
            "admin1": WEST,
            "admin1_name": "West",
            "share": "schools_connected_share",
            "before_percent": 100.0,
            "after_percent": 60.0,
            "points": -40.0,
            "schools_after": 10,
        }
    ]


def test_region_whose_share_moves_by_thirty_points_is_no_gate(client, publisher, schools):
    assert upload(client, listed(PLACES[:3], "no"), publisher, publish="true").json["state"] == "published"


def test_many_schools_that_move_far_are_a_gate(client, publisher, schools):
    moved = [(school_id, latitude + 0.1, longitude) for school_id, latitude, longitude in PLACES[:2]]

    one = upload(client, listed(moved[:1]), publisher).json
    two = upload(client, listed(moved), publisher).json

    assert one["report"]["gates"] == []
    assert gate(two, "schools_moved") == {
        "schools_before": 20,
        "schools_moved_far": 2,
        "moved_percent": 10.0,
        "limit_percent": 5.0,
        "distance_km": 5.0,
    }


def test_empty_cells_clear_only_where_that_was_asked_for(client, publisher, schools):
    rows = "school_id_govt,connectivity\n000,\n001,\n"

    kept = upload(client, rows, publisher)
    cleared = upload(client, rows, publisher, empty="clear")

    assert (kept.status_code, kept.json["rows"]["unchanged"]) == (200, 2)
    assert (cleared.status_code, cleared.json["rows"]["changed"], cleared.json["report"]["empty"]) == (201, 2, "clear")
    assert cleared.json["report"]["impact"]["counts"]["schools_gone_silent"] == 2


def test_a_constant_beside_empty_cells_is_not_cleared(client, publisher, schools):
    document = upload(client, "school_id_govt,num_students\n000,\n", publisher, empty="clear", set="connectivity=no").json
    publish(client, document["id"], publisher, confirm=document["report"]["confirm_token"])

    assert total(client)["schools_unconnected"] == 1


def test_b82_older_rows_are_named_by_line_and_the_newer_facts_are_kept(client, publisher, schools):
    publish_upload(client, "school_id_govt,connectivity,collected_on\n000,no,2026-05-01\n001,no,2026-05-01\n", publisher)

    answer = upload(client, "school_id_govt,connectivity,collected_on\n000,yes,2026-04-01\n001,yes,\n", publisher)

    stale = [notice for notice in answer.json["notices"] if notice["code"] == "stale_row"]
    assert (answer.status_code, answer.json["rows"]["stale"], answer.json["rows"]["changed"]) == (201, 1, 1)
    assert [notice["line"] for notice in stale] == [2]
    publish(client, answer.json["id"], publisher, confirm=answer.json["report"]["confirm_token"])
    assert total(client)["schools_unconnected"] == 1


def test_b82_file_that_is_stale_throughout_is_staged_and_told_so(client, publisher, schools):
    publish_upload(client, "school_id_govt,connectivity,collected_on\n000,no,2026-05-01\n", publisher)

    answer = upload(client, "school_id_govt,connectivity,collected_on\n000,yes,2026-04-01\n", publisher)

    assert (answer.status_code, answer.json["state"], answer.json["publishable"]) == (201, "staged", False)
    assert answer.json["rows"]["stale"] == 1


def test_b77_file_of_another_country_is_refused_at_its_first_row(client, publisher):
    content = "school_id_govt,country,connectivity\n000,XA,yes\n001,KZ,yes\n"

    answer = upload(client, content, publisher)

    assert refusal(answer) == (422, "wrong_country")
    assert answer.json["errors"][0]["line"] == 3


def test_impact_gives_shares_with_bounds_by_region_and_area_type(client, publisher, schools):
    impact = upload(client, listed(PLACES[:2], "no"), publisher).json["report"]["impact"]

    (west,) = impact["regions"]
    (cell,) = impact["regions_by_area_type"]
    (rural,) = impact["area_types"]
    assert (west["admin1"], cell["admin1"], cell["school_area_type"], rural["school_area_type"]) == (WEST, WEST, "rural", "rural")
    for side, share in (("before", 1.0), ("after", 0.8)):
        assert [cell[side][f"schools_connected_share{bound}"] for bound in ("", "_lower", "_upper")] == [share] * 3
        assert cell[side]["schools_meets_norm_share_upper"] is not None
        assert cell[side]["students_connected_share_lower"] is None
    assert (rural["before"]["schools"], cell["before"]["schools"]) == (20, 10)


def test_every_change_of_an_import_comes_as_csv_with_formulas_guarded(client, publisher, schools):
    content = "school_id_govt,school_name,latitude,longitude\n000,=cmd|calc,50.2,10.05\nnew,New,50.3,10.2\n"
    document = upload(client, content, publisher).json

    staged = client.get(document["links"]["changes"], headers=publisher)
    publish(client, document["id"], publisher)
    published = client.get(document["links"]["changes"], headers=publisher)

    rows = list(csv.DictReader(io.StringIO(staged.data.decode("utf-8-sig"))))
    assert staged.mimetype == "text/csv"
    assert [(row["school_id"], row["change"], row["column"], row["after"]) for row in rows] == [
        ("new", "added", "", ""),
        ("000", "changed", "school_name", "'=cmd|calc"),
    ]
    assert published.data == staged.data
    assert client.get(document["links"]["changes"]).status_code == 401


def test_changed_options_are_applied_by_reading_the_file_again(client, publisher, schools):
    document = upload(client, listed(PLACES[:5]), publisher).json

    changed = change(client, document["id"], publisher, mode="replace")

    assert (document["unchanged"], document["state"]) == (True, "discarded")
    assert (changed.status_code, changed.json["state"], changed.json["options"]["mode"]) == (200, "staged", "replace")
    assert changed.json["report"]["schools_removed"] == 15


def test_changed_mapping_is_merged_and_null_takes_a_member_out(client, publisher):
    document = upload(client, "code,net\n1,yes\n", publisher, map=["code=school_id_govt", "net=connectivity"], set="num_students=5").json

    changed = change(client, document["id"], publisher, map={"net": None}, set={"num_students": None, "latency_ms": "30"})

    assert changed.json["options"]["map"] == {"code": "school_id_govt"}
    assert changed.json["options"]["set"] == {"latency_ms": "30"}
    assert changed.json["rows"]["rows_in"] == 1


def test_words_and_units_can_be_told_after_the_upload(client, publisher):
    content = "school_id_govt,latitude,longitude,connectivity,download_speed_mbps\n1,50.2,10.2,perhaps so,20480\n"
    document = upload(client, content, publisher).json

    changed = change(
        client, document["id"], publisher, values={"connectivity": {"perhaps so": "yes"}}, units={"download_speed_mbps": "kbps"}
    ).json

    assert (document["errors_total"], changed["errors_total"]) == (1, 0)
    publish(client, document["id"], publisher)
    assert total(client)["schools_meets_norm"] + total(client)["schools_norm_unknown"] == 1


CYRILLIC = "school_id_govt,school_name,latitude,longitude\n" + "".join(
    f"{number},Назарбаев атындағы №{number} орта мектеп,50.2,10.2\n" for number in range(1, 30)
)


def test_b27_guessed_encoding_is_confirmed_before_it_is_published(client, publisher):
    data = CYRILLIC.encode("kz1048")
    document = upload(client, data, publisher, publish="true").json

    refused = publish(client, document["id"], publisher)
    confirmed = change(client, document["id"], publisher, confirm=True).json
    done = publish(client, document["id"], publisher)

    assert document["state"] == "needs_confirmation"
    assert refusal(refused) == (409, "needs_confirmation")
    assert (confirmed["state"], confirmed["report"]["questions"]) == ("staged", [])
    assert confirmed["options"]["encoding"] == document["report"]["questions"][0]["guess"]
    assert done.status_code == 201


def test_b27_stated_encoding_is_not_asked_about(client, publisher):
    document = upload(client, CYRILLIC.encode("kz1048"), publisher, encoding="kz-1048").json

    assert (document["state"], document["report"]["questions"]) == ("staged", [])


def test_failed_file_is_read_again_with_what_was_missing(client, publisher):
    refused = upload(client, "name,place\n1,50\n", publisher)
    document = client.get("/api/v1/imports/1", headers=publisher).json

    changed = change(client, 1, publisher, map={"name": "school_id_govt"})

    assert (refusal(refused), document["state"]) == ((422, "missing_column"), "failed")
    assert (changed.status_code, changed.json["state"], changed.json["failure"]) == (200, "staged", None)


def test_change_that_cannot_be_leaves_the_import_as_it_was(client, publisher):
    upload(client, listed(PLACES[:1]), publisher)

    refused = change(client, 1, publisher, map={"connectivity": "nonsense"})

    assert refusal(refused) == (400, "invalid_parameter")
    assert client.get("/api/v1/imports/1", headers=publisher).json["state"] == "staged"


BODIES = [
    ({"mod": "replace"}, "invalid_body"),
    ({"mode": "merge"}, "invalid_body"),
    ({"header_line": 0}, "invalid_body"),
    ({"header_line": "3"}, "invalid_body"),
    ({"units": {"download_speed_mbps": "Gbps"}}, "invalid_body"),
    ({"confirm": "true"}, "invalid_body"),
    ({"accept": [{"row_id": "1"}]}, "invalid_body"),
    ({"accept_above": 2}, "invalid_body"),
]


@pytest.mark.parametrize(("body", "code"), BODIES, ids=[str(body) for body, _ in BODIES])
def test_change_that_is_not_as_documented_is_refused(client, publisher, body, code):
    upload(client, listed(PLACES[:1]), publisher)

    assert refusal(change(client, 1, publisher, **body)) == (422, code)


def test_published_import_is_not_changed_any_more(client, publisher, schools):
    assert refusal(change(client, 1, publisher, mode="replace")) == (409, "conflict")


def test_change_of_what_is_not_there_is_404_and_without_a_key_401(client, publisher):
    assert refusal(change(client, 77, publisher, mode="replace")) == (404, "not_found")
    assert refusal(change(client, 77, {}, mode="replace")) == (401, "unauthorized")


def test_report_with_gates_and_questions_is_as_documented(client, publisher, schools):
    answer = upload(client, listed(PLACES[:5]), publisher, mode="replace").json

    documented = client.get("/api/v1/openapi.json").json
    schema = {"$ref": "#/components/schemas/Import", "components": documented["components"]}
    jsonschema.Draft202012Validator(schema).validate(answer)


FIELDS = [
    ({"mode": "merge"}, "invalid_mode"),
    ({"empty": "wipe"}, "invalid_empty"),
    ({"header_line": "0"}, "invalid_header_line"),
    ({"value": "connectivity=yes"}, "invalid_value"),
    ({"unit": "download_speed_mbps=Gbps"}, "invalid_unit"),
    ({"mode": ["update", "replace"]}, "repeated_parameter"),
]


@pytest.mark.parametrize(("fields", "code"), FIELDS, ids=[code for _, code in FIELDS])
def test_field_of_an_upload_that_is_not_documented_is_refused(client, publisher, fields, code):
    assert refusal(upload(client, listed(PLACES[:1]), publisher, **fields)) == (400, code)
