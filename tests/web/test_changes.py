"""What changed between any two releases and of one school over all, and releases taken out of public reach."""

from __future__ import annotations

import csv
import io

import pytest

from geo.model import Role
from geo.services.publishing import current_release
from geo.services.releases import undo_release
from geo.web.current import WORKSPACE
from tests.builders import make_school
from tests.web.published import publish_schools
from tests.web.sign_in import csrf_token, sign_in


@pytest.fixture
def three_releases(app):
    """Release 1 has A unconnected; 2 connects A and adds B; 3 drops B and gives A a name that a spreadsheet would run."""
    workspace = app.extensions[WORKSPACE]
    publish_schools(workspace, make_school("A", connectivity="no", longitude=-10.5, latitude=50.5))
    publish_schools(workspace, make_school("A", connectivity="yes", longitude=-10.5, latitude=50.5), make_school("B"))
    publish_schools(workspace, make_school("A", connectivity="yes", school_name="=1+1", longitude=-11.5, latitude=50.5))
    return workspace


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def test_any_two_releases_are_compared(client, three_releases):
    found = client.get("/api/v1/releases/3/changes?since=1").json

    assert (found["release"]["id"], found["since"]["id"]) == (3, 1)
    assert found["changes"]["counts"]["schools_newly_connected"] == 1
    assert found["changes"]["counts"]["schools_added"] == 0
    assert client.get("/api/v1/releases/3/changes").json["since"]["id"] == 2


def test_a_newer_release_may_be_the_one_compared_with(client, three_releases):
    counts = client.get("/api/v1/releases/1/changes?since=2").json["changes"]["counts"]

    assert (counts["schools_removed"], counts["schools_lost_connection"]) == (1, 1)


def test_a_release_is_not_compared_with_itself(client, three_releases):
    response = client.get("/api/v1/releases/2/changes?since=2")

    assert (response.status_code, response.json["code"]) == (400, "invalid_since")


def test_the_whole_list_of_changes_names_each_cell_and_guards_formulas(client, three_releases):
    rows = rows_of(client.get("/api/v1/releases/3/changes.csv"))

    assert [(row["school_id"], row["change"], row["column"]) for row in rows] == [
        ("B", "removed", ""),
        ("A", "changed", "school_name"),
        ("A", "changed", "longitude"),
    ]
    assert (rows[1]["before"], rows[1]["after"]) == ("", "'=1+1")
    assert (rows[2]["before"], rows[2]["after"]) == ("-10.5", "-11.5")


def test_a_school_tells_what_each_release_changed_of_it(client, three_releases):
    found = client.get("/api/v1/schools/A/history").json

    assert [(change["release_id"], change["change"]) for change in found["changes"]] == [(3, "changed"), (2, "changed"), (1, "added")]
    assert found["changes"][1]["facts"] == [
        {"column": "connectivity", "before": "no", "after": "yes", "source": None, "collected_on": None}
    ]
    assert found["is_complete"] is True
    assert [change["change"] for change in client.get("/api/v1/schools/B/history").json["changes"]] == ["removed", "added"]


def test_history_names_who_published_only_to_people_with_a_key(client, three_releases, secret_of):
    assert "published_by" not in client.get("/api/v1/schools/A/history").json["changes"][0]

    told = client.get("/api/v1/schools/A/history", headers=bearer(secret_of(Role.CONTRIBUTOR))).json["changes"][0]

    assert told["reason"] == "for a test"


def test_history_of_no_school_is_not_found(client, three_releases):
    assert client.get("/api/v1/schools/C/history").status_code == 404


def test_a_withdrawn_release_answers_nobody_and_says_why(client, three_releases, secret_of):
    admin = bearer(secret_of(Role.ADMIN))

    made = client.post("/api/v1/releases/2/withdraw", json={"reason": "held names of children"}, headers=admin)

    assert (made.status_code, made.json["withdrawn"]) == (200, [2])
    for path in (
        "/api/v1/releases/2",
        "/api/v1/coverage?release=2",
        "/api/v1/releases/3/changes?since=2",
        "/api/v1/releases/3/changes.csv",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (410, "withdrawn"), path
        assert "held names of children" in answer.json["detail"]
    assert client.get("/?release=2").status_code == 410
    assert client.get("/releases/2").status_code == 410


def test_the_release_after_a_withdrawn_one_stays_without_the_difference(client, three_releases, secret_of):
    client.post("/api/v1/releases/2/withdraw", json={"reason": "wrong file"}, headers=bearer(secret_of(Role.ADMIN)))

    assert client.get("/api/v1/releases/3").json["changes"] is None
    assert "was withdrawn" in client.get("/releases/3").text
    listed = client.get("/api/v1/releases").json["releases"]
    assert [(release["id"], release["withdrawal_reason"]) for release in listed] == [(3, None), (2, "wrong file"), (1, None)]
    assert listed[1]["counts"] == {}
    assert "wrong file" in client.get("/releases").text
    assert [change["release_id"] for change in client.get("/api/v1/schools/A/history").json["changes"]] == [3, 1]


def test_only_an_admin_withdraws_and_never_what_is_current(client, three_releases, secret_of):
    publisher, admin = bearer(secret_of(Role.PUBLISHER)), bearer(secret_of(Role.ADMIN))

    assert client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=publisher).status_code == 403
    assert client.post("/api/v1/releases/2/withdraw", json={"reason": " "}, headers=admin).status_code == 400
    assert client.post("/api/v1/releases/3/withdraw", json={"reason": "x"}, headers=admin).json["code"] == "conflict"
    assert client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=admin).status_code == 200
    assert client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=admin).status_code == 409


def test_releases_of_the_very_same_data_are_withdrawn_together(client, three_releases, secret_of):
    undo_release(three_releases, 3)  # release 4 names the file of release 2 again
    assert client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=bearer(secret_of(Role.ADMIN))).status_code == 409
    publish_schools(three_releases, make_school("C"))

    made = client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=bearer(secret_of(Role.ADMIN)))

    assert made.json["withdrawn"] == [2, 4]
    assert client.get("/api/v1/releases/4").status_code == 410


def test_undo_never_makes_withdrawn_data_current_again(client, three_releases, secret_of):
    client.post("/api/v1/releases/2/withdraw", json={"reason": "x"}, headers=bearer(secret_of(Role.ADMIN)))

    response = client.post("/api/v1/releases/3/undo", json={}, headers=bearer(secret_of(Role.PUBLISHER)))

    assert (response.status_code, response.json["code"]) == (409, "conflict")
    assert current_release(three_releases).id == 3


def test_pages_compare_and_withdraw_by_their_forms(client, three_releases, secret_of):
    page = client.get("/releases/3?since=1").text
    assert 'value="1" selected' in page
    assert "/api/v1/releases/3/changes.csv?since=1" in page
    assert "for a test" not in page
    sign_in(client, secret_of(Role.ADMIN))

    made = client.post("/releases/1/withdraw", data={"reason": "a mistake", "csrf_token": csrf_token(client, "/releases/1")})

    assert made.status_code == 303
    assert "a mistake" in client.get("/releases").text
