"""Pages of uploads without a script: forms post, the answer leads to the report, and the report says what publishing would do."""

from __future__ import annotations

import io
import itertools
import re
import time
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from geo.config import Settings
from geo.errors import InvalidParameter
from geo.model import ImportState, ImportStep, Role
from geo.services.workspace import open_workspace
from geo.store import move_import
from geo.web.current import WORKSPACE
from geo.web.pages.import_choices import match_changes, reading_changes
from geo.web.pages.import_words import CHOICES
from tests.services.builders import load_regions, publish_csv
from tests.web.sign_in import csrf_token, sign_in
from tests.web.test_translations import english_left, texts_of

HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
SCHOOLS = (
    "w1,№ 12 орта мектебі,50.2,10.2,rural,100,no,\n"
    "w2,Абай мектебі,50.3,10.3,rural,300,no,\n"
    "e1,Лицей 7,50.2,11.2,urban,100,yes,50\n"
    "e2,Шығыс гимназиясы,50.3,11.3,rural,200,unknown,\n"
)
WAIT_S = 20


TICKED = ("radio", "checkbox")


def _is_sent(values: dict[str, str]) -> bool:
    return values.get("type") not in TICKED or "checked" in values


class Fields(HTMLParser):
    """Fields of one form as a browser would send them, wherever they stand on the page, and whatever a policy would block."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.sent: list[tuple[str, str]] = []
        self.inline: list[str] = []
        self._select: tuple[str, str] | None = None
        self._in_form = self._has_first = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.inline += [f"{tag} {name}" for name in values if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") != "application/json"):
            self.inline.append(tag)
        if tag == "form":
            self._in_form = values.get("id") == self.form_id
        belongs = values.get("form") == self.form_id or (self._in_form and "form" not in values)
        if tag == "select" and belongs and "disabled" not in values:
            self._select = (values["name"], "")
            self._has_first = False
        elif tag == "option" and self._select and ("selected" in values or not self._has_first):
            self._select, self._has_first = (self._select[0], values.get("value", "")), True
        elif tag == "input" and belongs and values.get("name") and "disabled" not in values and _is_sent(values):
            self.sent.append((values["name"], values.get("value", "on" if values.get("type") in TICKED else "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self.sent.append(self._select)
            self._select = None
        if tag == "form":
            self._in_form = False


def fields_of(markup: str, form_id: str) -> list[tuple[str, str]]:
    parser = Fields(form_id)
    parser.feed(markup)
    return parser.sent


def words(markup: str) -> str:
    """Text of a page, each run of blanks one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.fixture(scope="module")
def set_up_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a service with four schools in two regions, to be copied."""
    directory = tmp_path_factory.mktemp("schools")
    with open_workspace(Settings(data_dir=directory / "data", testing=True)) as workspace:
        workspace.catalog.migrate()
        load_regions(workspace, directory)
        publish_csv(workspace, HEADING + SCHOOLS)
    return directory / "data"


@pytest.fixture
def person(client: FlaskClient, secret_of: Callable[[Role], str]) -> FlaskClient:
    """A signed-in publisher."""
    sign_in(client, secret_of(Role.PUBLISHER))
    return client


def uploaded(person: FlaskClient, content: str | bytes, **more: str) -> str:
    """Upload through the form and give the address of the report."""
    data = content if isinstance(content, bytes) else content.encode()
    form = {"file": (io.BytesIO(data), "файл.csv"), "csrf_token": csrf_token(person, "/imports"), **more}
    answer = person.post("/imports", data=form, headers={"Accept": "text/html"})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def report(person: FlaskClient, address: str) -> str:
    """The report once the work on the file is done."""
    end = time.monotonic() + WAIT_S
    while "data-poll" in (page := person.get(address).text):
        assert time.monotonic() < end, words(page)
        time.sleep(0.05)
    return page


def post(person: FlaskClient, address: str, to: str, fields: Any) -> str:
    """Send fields of a form of the report, and give the report that it leads back to."""
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    answer = person.post(f"{address}/{to}", data=data, headers={"Accept": "text/html"})
    assert answer.status_code == 303, answer.text
    return report(person, address)


def replaced(fields: list[tuple[str, str]], name: str, at: int, value: str) -> list[tuple[str, str]]:
    """The fields with the value of the at-th one of a name exchanged."""
    places = [place for place, (each, _) in enumerate(fields) if each == name]
    return [(each, value if place == places[at] else old) for place, (each, old) in enumerate(fields)]


def test_report_begins_with_what_publishing_would_do(person):
    page = report(person, uploaded(person, "school_id_govt,connectivity\nw1,yes\ne2,no\n"))

    text = words(page)
    assert text.index("Publishing would do this: 2 schools change in 2 regions.") < text.index("How the file was read")
    assert "Publish: 2 schools change in 2 regions" in text


def test_upload_by_a_script_is_told_where_the_report_is(person):
    form = {"file": (io.BytesIO(b"school_id_govt,connectivity\nw1,yes\n"), "a.csv"), "csrf_token": csrf_token(person, "/imports")}

    answer = person.post("/imports", data=form, headers={"Accept": "text/html", "X-Qosyl-Upload": "1"})

    assert (answer.status_code, answer.json) == (200, {"url": "/imports/2"})


def test_work_that_goes_on_is_shown_with_its_stage_and_can_be_cancelled(app, person):
    address = uploaded(person, "school_id_govt,connectivity\nw1,yes\n")
    report(person, address)
    with app.extensions[WORKSPACE].catalog.transaction() as connection:
        move_import(connection, 2, (ImportState.STAGED,), ImportState.READING, progress=0.4, step=ImportStep.MATCHING)

    page = person.get(address).text

    assert "Finding the school of each row" in words(page)
    assert '<progress max="1" value="0.4"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'data-poll="/api/v1/imports/2"' in page
    answer = person.post(f"{address}/discard", data={"csrf_token": csrf_token(person, address)}, follow_redirects=True)
    assert "Import 2 is cancelled. Nothing was published." in words(answer.text)


def test_refused_file_is_explained_on_the_page_of_the_upload(person):
    form = {"file": (io.BytesIO(b"%PDF-1.7"), "a.pdf"), "csrf_token": csrf_token(person, "/imports")}

    answer = person.post("/imports", data=form, headers={"Accept": "text/html", "X-Qosyl-Upload": "1"})

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "PDF" in words(answer.text)


def test_source_day_and_mode_are_taken_with_the_file(person):
    address = uploaded(person, "school_id_govt\nw1\n", source="ministry", collected_on="2026-10-02", mode="remove")

    page = report(person, address)

    assert ("source", "ministry") in fields_of(page, "reading")
    assert ("set_value", "2026-10-02") in fields_of(page, "reading")
    assert ("mode", "remove") in fields_of(page, "reading")
    assert "The file removes 1 school." in words(page)


def test_guessed_columns_wait_for_a_person_who_says_that_they_look_right(person):
    address = uploaded(person, "schol id govt,conectivity\nw1,yes\n")
    page = report(person, address)
    assert "2 guesses need your answer before this file can be published." in words(page)
    assert 'id="publish"' not in page

    page = post(person, address, "options", [*fields_of(page, "reading"), ("confirm", "true")])

    assert "Publishing would do this: 1 school changes in 1 region." in words(page)


def test_column_is_read_as_what_a_person_chooses_for_it(person):
    address = uploaded(person, "school_id_govt,pupils at present\nw1,120\n")
    page = report(person, address)
    fields = fields_of(page, "reading")
    assert [value for name, value in fields if name == "column"] == ["school_id_govt", ""]

    page = post(person, address, "options", replaced(fields, "column", 1, "num_students"))

    assert "as you said" in words(page)
    assert "Number of students: 1 school" in words(page)


def test_reading_again_without_a_change_reads_nothing(person):
    address = uploaded(person, "school_id_govt,connectivity\nw1,yes\n")

    page = post(person, address, "options", fields_of(report(person, address), "reading"))

    assert "Nothing was changed, so the file was not read again." in words(page)


def test_unknown_word_is_listed_once_and_read_as_what_a_person_says(person):
    address = uploaded(person, "school_id_govt,connectivity\nw1,works\nw2,works\n")
    page = report(person, address)
    assert "1 word not known" in words(page)
    fields = fields_of(page, "reading")
    assert ("word_cell", "works") in fields

    page = post(person, address, "options", replaced(fields, "word", 0, "yes"))

    assert "Publishing would do this: 2 schools change in 1 region." in words(page)


def test_value_for_every_row_is_set_and_taken_out_again(person):
    address = uploaded(person, "school_id_govt\nw1\n")
    fields = fields_of(report(person, address), "reading")
    page = post(person, address, "options", replaced(replaced(fields, "set_name", 0, "connectivity"), "set_value", 0, "yes"))
    assert "schools newly connected 1" in words(page)

    page = post(person, address, "options", replaced(fields_of(page, "reading"), "set_value", 0, ""))

    assert "The file says nothing new" in words(page)


def test_encoding_is_shown_by_names_and_can_be_said_otherwise(person):
    content = "код школы;наименование школы;подключена\nw1;Қызылжар орта мектебі;да\nw2;Ұлытау өңірі;нет\n".encode("kz1048")
    address = uploaded(person, content)
    page = report(person, address)
    assert "Қызылжар орта мектебі" in words(page)
    assert ("encoding", "KZ-1048") in fields_of(page, "reading")

    page = post(person, address, "options", replaced(fields_of(page, "reading"), "encoding", 0, "windows-1251"))

    assert ("encoding", "windows-1251") in fields_of(page, "reading")
    assert "Қызылжар" not in words(page.partition('id="impact"')[0])


def test_suggested_match_is_joined_only_when_it_is_accepted(person):
    address = uploaded(person, "school_id_govt,school_name,num_students,connectivity\nM-1,No 12 орта мектеп,100,yes\nM-2,Лицей 7,100,yes\n")
    page = report(person, address)
    assert "No school would change." in words(page)
    form = re.search(r'action="[^"]*/matches".*?</form>', page, re.DOTALL)
    assert form
    rows = re.findall(r'name="row_id" value="([^"]*)"><input type="hidden" name="school_id" value="([^"]*)"', form[0])
    assert ("M-1", "w1") in rows
    token = re.search(r'name="csrf_token" value="([^"]+)"', form[0])
    assert token

    sent = [("csrf_token", token[1]), *(pair for row, school in rows for pair in (("row_id", row), ("school_id", school)))]
    verdicts = [(f"match-{at}", "accept" if row == ("M-1", "w1") else "refuse") for at, row in enumerate(rows)]
    page = post(person, address, "matches", [*sent, *verdicts])

    assert "Publishing would do this: 1 school changes in 1 region." in words(page)
    assert f"Judged so far: 1 accepted, {len(rows) - 1} refused." in words(page)


def test_all_matches_from_a_score_up_are_accepted_at_once_and_each_can_be_taken_back(person):
    address = uploaded(person, "school_id_govt,school_name,num_students,connectivity\nM-1,No 12 орта мектеп,100,yes\n")
    report(person, address)

    token = ("csrf_token", csrf_token(person, address))
    page = post(person, address, "matches", [token, ("all", "true"), ("accept_above", "50")])

    assert "Judged so far: 1 accepted, 0 refused." in words(page)
    page = post(person, address, "matches", [token, ("row_id", "M-1"), ("school_id", "w1"), ("match-0", "refuse")])
    assert "Judged so far: 0 accepted, 1 refused." in words(page)


def test_file_whose_header_was_not_found_is_read_from_the_line_that_a_person_names(person):
    title = "a title\n" * 30
    form = {
        "file": (io.BytesIO(f"{title}school_id_govt,connectivity\nw1,yes\n".encode()), "a.csv"),
        "csrf_token": csrf_token(person, "/imports"),
    }
    assert person.post("/imports", data=form, headers={"Accept": "text/html"}).status_code == 422
    assert "or say below how to read it" in words(report(person, "/imports/2"))

    page = post(person, "/imports/2", "options", [("csrf_token", csrf_token(person, "/imports/2")), ("header_line", "31")])

    assert "Publishing would do this: 1 school changes in 1 region." in words(page)


@pytest.mark.parametrize("above", ["", "0", "101", "nine", "-5", "９０"])
def test_score_that_is_no_percentage_is_refused(above):
    with pytest.raises(InvalidParameter, match="accept_above"):
        match_changes(MultiDict({"all": "true", "accept_above": above}))


@pytest.mark.parametrize("line", ["0x1", "1e3", "-1", "٣", "12345678"])
def test_line_of_headings_that_is_no_number_is_refused(line):
    record = SimpleNamespace(report={"detected": {"header_line": "1"}, "columns": []}, options={}, source=None)

    with pytest.raises(InvalidParameter, match="header_line"):
        reading_changes(MultiDict({"header_line": line}), record)


def test_gate_asks_with_its_numbers_and_publishes_once_they_were_seen(person):
    address = uploaded(person, HEADING + "w1,№ 12 орта мектебі,50.2,10.2,rural,100,no,\n", mode="replace")
    page = report(person, address)
    assert "4 schools now, 1 after; 3 are dropped and 0 added" in words(page)
    fields = fields_of(page, "publish")

    unseen = post(person, address, "publish", [field for field in fields if field[0] != "confirm"])
    assert "Look at the numbers below and confirm that you have seen them." in words(unseen)
    token = re.search(r'name="confirm" value="([0-9a-f]+)"', unseen)
    assert token

    answer = person.post(f"{address}/publish", data={**dict(fields), "confirm": token[1], "reason": "new list"})
    assert answer.location == "/releases/2"
    text = words(person.get(address).text)
    assert "Published as release 2." in text
    assert "new list" in text


def test_impact_is_drawn_with_every_region_and_the_schools_that_change(person):
    page = report(person, uploaded(person, "school_id_govt,connectivity\nw1,yes\ne1,no\n"))

    picture = page.partition('class="difference"')[2].partition("</figure>")[0]
    assert picture.count("<title>") == 2
    assert "place-newly-connected" in picture
    assert "place-lost-connection" in picture
    assert page.count('class="change-map"') == 3


def test_pages_hold_nothing_that_the_policy_would_block(person):
    addresses = [uploaded(person, "school_id_govt,connectivity\nw1,maybe\nX,yes\n"), "/imports"]
    report(person, addresses[0])

    for address in addresses:
        for language in ("en", "ru", "kk"):
            parser = Fields("reading")
            parser.feed(person.get(f"{address}?lang={language}").text)
            assert parser.inline == []


def test_contributor_sees_no_button_to_publish(app, person, secret_of):
    address = uploaded(person, "school_id_govt,connectivity\nw1,yes\n")
    report(person, address)
    contributor = app.test_client()
    sign_in(contributor, secret_of(Role.CONTRIBUTOR))

    page = contributor.get(address).text

    assert 'form="publish"' not in page
    assert "A publisher can publish this." in words(page)


def test_headings_of_a_report_go_down_one_step_at_a_time(person):
    page = report(person, uploaded(person, "schol id govt,connectivity\nw1,maybe\nX,yes\n"))

    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_page_of_the_format_names_every_column_that_a_report_offers(client):
    page = client.get("/imports/format?lang=kk").text

    offered = {name for names in CHOICES.values() for name in names}
    assert {name for name in offered if f'id="{name}"' in page} == offered
    assert "мектеп коды" in page
    assert "қосылмаған" in page


def test_checks_list_what_never_blocks_and_leave_errors_to_the_problems(person):
    page = report(person, uploaded(person, "school_id_govt,connectivity,download_speed_mbps\nw1,no,50\nw2,maybe,10\n"))

    checks = words(page.partition('id="checks"')[2].partition("</details>")[0])
    assert "Connectivity and speed disagree Warning 1 2" in checks
    assert "Error" not in checks
    assert "Error: Line 3" in words(page.partition('id="problems"')[2].partition("</details>")[0])


FILES = {
    "guesses": "код школ,подключна,скорость загрузки мбит/с\nw1,да,50000\nw2,жұмыс істейді,60000\n".encode("kz1048"),
    "matches": "код школы,наименование школы,число учащихся,подключена\nМ-1,No 12 орта мектеп,100,да\nw1,,120,иә\n".encode(),
    "no header": ("заголовок\n" * 30 + "код школы,подключена\nw1,да\n").encode(),
    "gate": "код школы\nw1\nw2\n".encode(),
}


@pytest.mark.parametrize("language", ["ru", "kk"])
@pytest.mark.parametrize("name", FILES)
def test_reports_have_no_english_left_over(person, name, language):
    mode = {"mode": "remove"} if name == "gate" else {}
    form = {"file": (io.BytesIO(FILES[name]), "файл.csv"), "csrf_token": csrf_token(person, "/imports"), **mode}
    assert person.post("/imports", data=form, headers={"Accept": "text/html"}).status_code == (422 if name == "no header" else 303)
    report(person, "/imports/2")

    page = person.get(f"/imports/2?lang={language}").text

    assert f'<html lang="{language}">' in page
    assert english_left([text for text in texts_of(page) if "qsl_" not in text]) == []
