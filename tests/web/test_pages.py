"""What pages say first, in which order, and what every page says of where its figures come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geo.web.current import WORKSPACE
from tests.services.builders import EAST, WEST, load_regions, publish_csv

HEADING = "school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_mbps\n"
SCHOOLS = (
    "w1,West one,50.2,10.2,rural,100,no,\n"
    "w2,West two,50.3,10.3,rural,300,no,\n"
    "w3,West three,50.4,10.4,urban,100,yes,50\n"
    "e1,East one,50.2,11.2,urban,100,yes,50\n"
    "e2,East two,50.3,11.3,rural,,unknown,\n"
    "n1,Nowhere,20,20,rural,100,yes,5\n"
    "n2,Null Island,0,0,rural,100,yes,5\n"
    "n3,Placeless,,,unknown,100,unknown,\n"
)


ROWS_OF_LARGE_SCHOOLS = (
    "w4,West four,50.5,10.5,urban,1000,yes,50\ne3,East three,50.5,11.5,urban,1000,yes,5\ne4,East four,50.6,11.6,urban,10,yes,50\n"
)
"""With them two of four schools of the west meet the norm, but two of three of the east, where fewer students learn in them."""


@pytest.fixture
def published(app: Flask, client: FlaskClient, tmp_path: Path) -> FlaskClient:
    """A client of a service with a release of eight schools in two regions and outside."""
    workspace = app.extensions[WORKSPACE]
    load_regions(workspace, tmp_path)
    publish_csv(workspace, HEADING + SCHOOLS)
    return client


def words(markup: str) -> str:
    """Text of a page, each run of blanks one."""
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_home_begins_with_unconnected_rural_schools_and_their_students(published):
    page = words(published.get("/").text)

    assert page.index("2 rural schools have no connection. 400 students learn there.") < page.index("of schools meet the norm")
    assert "Nobody reported whether 2 schools are connected." in page


@pytest.mark.parametrize(
    ("count", "codes"),
    [("schools", [WEST, EAST, ""]), ("students", [EAST, WEST, ""])],
)
def test_rows_of_regions_begin_with_the_lowest_share_of_what_is_counted(published, app, count, codes):
    publish_csv(app.extensions[WORKSPACE], HEADING + ROWS_OF_LARGE_SCHOOLS)

    table = re.search(r"<tbody>(.*?)</tbody>", published.get(f"/?count={count}").text, re.DOTALL)

    assert table
    assert re.findall(r'data-region="([^"]*)"', table[1]) == codes


def test_legend_counts_schools_at_0_0_and_without_position_as_not_on_the_map(published):
    found = re.search(r"data-not-placed>([^<]*)<", published.get("/").text)

    assert found
    assert found[1] == "2"


def test_choice_that_no_school_fits_is_not_called_good_news(published):
    page = words(published.get("/?education_level=Secondary").text)

    assert "No school fits this choice." in page
    assert "No rural school is reported" not in page


def test_region_lists_its_unconnected_rural_schools_with_most_students_first(published):
    page = words(published.get(f"/regions/{WEST}").text).partition("Unconnected rural schools")[2]

    assert 0 < page.index("West two") < page.index("West one")


def test_legend_of_a_region_without_districts_names_its_own_class(published):
    page = words(published.get(f"/regions/{EAST}").text)

    assert "Share of schools that meet the norm East 99–100%" in page


@pytest.mark.parametrize(
    ("school_id", "sentence"),
    [
        ("w1", "Not connected ; needs 20 Mbps for 100 students."),
        ("w3", "Meets the norm. Connected; 50 Mbps declared; needs 20 Mbps for 100 students."),
        ("n2", "Below the norm. Connected; 5 Mbps declared; needs 20 Mbps for 100 students."),
    ],
)
def test_status_of_a_school_is_said_once_in_words(published, school_id, sentence):
    assert sentence in words(published.get(f"/schools/{school_id}").text)


@pytest.mark.parametrize("path", ["/", f"/regions/{WEST}", "/regions/none", "/schools/w1"])
def test_foot_of_pages_with_figures_names_release_norm_boundaries_and_citation(published, path):
    foot = words(published.get(path).text.partition("<footer")[2])

    for part in ("Release 1", "Norm kz-2023", "Boundaries 2022", "Cite these figures", "Permanent address of this page"):
        assert part in foot


@pytest.mark.parametrize("path", ["/", f"/regions/{WEST}", "/schools/w1", "/releases", "/releases/1", "/about"])
def test_demonstration_data_are_labelled_on_every_page(app, client, tmp_path, path):
    workspace = app.extensions[WORKSPACE]
    load_regions(workspace, tmp_path)
    publish_csv(
        workspace,
        "data_source," + HEADING + "".join(f"synthetic demonstration data: no real school,{row}\n" for row in SCHOOLS.split("\n") if row),
    )

    assert "Synthetic demonstration data: no real school." in words(client.get(path).text)


def test_real_data_are_not_labelled_as_demonstration(published):
    assert "Synthetic" not in words(published.get("/").text)
