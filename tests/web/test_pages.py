"""What pages say first, in which order, and what every page says of where its figures come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from geo.services import Workspace
from geo.web.current import WORKSPACE
from tests.services.builders import EAST, WEST, load_regions, publish_csv
from tests.set_up import filled

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


@pytest.fixture(scope="module")
def published_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data of a deployment with a release of eight schools in two regions and outside."""

    def fill(workspace: Workspace, directory: Path) -> None:
        load_regions(workspace, directory)
        publish_csv(workspace, HEADING + SCHOOLS)

    return filled(tmp_path_factory.mktemp("published"), fill)


@pytest.fixture
def set_up_data(request: pytest.FixtureRequest, set_up_data: Path, published_data: Path) -> Path:
    """The data that a test's application begins with: a copy of those schools where the test asks for them."""
    return published_data if "published" in request.fixturenames else set_up_data


@pytest.fixture
def published(client: FlaskClient) -> FlaskClient:
    """A client of a service with those schools."""
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

    table = re.search(r'data-sortable="parts">(.*?)</tbody>', published.get(f"/?count={count}").text, re.DOTALL)

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


def test_filter_without_rural_schools_is_not_called_good_news_of_them(published):
    page = words(published.get("/?area_type=unknown").text)

    assert "is shown." in page or "are shown." in page
    assert "No rural school is reported" not in page


def test_students_of_schools_of_unknown_enrolment_are_not_called_at_least_none(published):
    page = words(published.get("/?enrolment=none&status=unknown,meets_norm,norm_unknown").text)

    assert "How many students learn there is not known." in page
    assert "At least 0" not in page


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


def tables(markup: str) -> str:
    """The table of regions, the foot of which has all of them."""
    found = re.search(r'data-sortable="parts">(.*?)</table>', markup, re.DOTALL)
    assert found
    return words(found[1])


def test_a_filter_says_how_many_schools_it_shows_and_hides_and_how_it_is_taken_back(published):
    page = published.get("/?area_type=rural&enrolment=100-299&lang=en").text

    assert "3 of 8 schools; the filter hides 5." in words(page)
    assert "Number of students: 100–299" in words(page)
    assert 'href="/?area_type=rural&amp;lang=en"' in page


def test_ranges_of_enrolment_and_unknown_enrolment_give_every_school_in_page_and_api(published):
    shown = [published.get(f"/api/v1/coverage?enrolment={text}").json["total"]["schools"] for text in ("0-99", "100-299", "300-", "none")]

    assert shown == [0, 6, 1, 1]
    assert "6 of 8 schools" in words(published.get("/?enrolment=100-299").text)


def test_boxes_of_a_form_without_scripts_become_one_canonical_parameter(published):
    answer = published.get("/?status=unknown&status=unconnected&norm=&lang=en")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/?status=unknown,unconnected&lang=en"


@pytest.mark.parametrize(("typed", "norm"), [("12.5", "12.5"), ("12,5", "12.5"), ("030", "30")])
@pytest.mark.parametrize("listed", ["", "giga-5"])
def test_speed_of_ones_own_takes_the_place_of_the_norm_of_the_list(published, typed, norm, listed):
    answer = published.get("/", query_string={"norm": listed, "norm_mbps": typed})

    assert answer.headers["Location"] == f"/?norm={norm}"


@pytest.mark.parametrize("typed", ["-1", "0", "fast", "1e3", "100001", "20.0005", "kz-2023", " "])
def test_speed_of_ones_own_that_is_none_is_refused_in_plain_words(published, typed):
    answer = published.get("/", query_string={"norm": "giga-5", "norm_mbps": typed})

    assert answer.status_code == 400
    assert "must be a number of Mbps above 0 and at most 100,000" in answer.text


def test_every_school_is_on_exactly_one_page_of_the_list(app, client, tmp_path):
    workspace = app.extensions[WORKSPACE]
    load_regions(workspace, tmp_path)
    publish_csv(workspace, HEADING + "".join(f"s{n},School {n},50.2,10.2,rural,{n},{'no' if n % 3 else 'yes'},\n" for n in range(120)))

    pages = [client.get(f"/regions/{WEST}?page={page}&lang=en").text.partition('id="schools"')[2] for page in (1, 2, 3)]
    listed = [re.findall(r'href="/schools/(s\d+)\?', page) for page in pages]

    assert [len(names) for names in listed] == [50, 50, 20]
    assert len({name for names in listed for name in names}) == 120
    assert listed[0][0] == "s119"  # unconnected, rural, most students
    assert f"/regions/{WEST}?page=2&amp;lang=en#schools" in pages[0]
    assert "Page 3 of 3" in words(client.get(f"/regions/{WEST}?page=99").text)


def test_links_to_other_pages_of_a_list_keep_the_filter(published):
    assert re.search(r'href="/\?enrolment=100-&amp;page=1#schools"', published.get("/?enrolment=100-").text)


def test_a_row_of_a_school_leads_to_its_place_on_the_map_and_one_without_place_does_not(published):
    page = published.get("/?page=1").text

    assert re.search(r'data-look-at="50\.20000/10\.20000"[^>]*aria-label="West one on the map"', page)
    assert 'aria-label="Placeless on the map"' not in page
    assert 'aria-label="Null Island on the map"' not in page


def test_share_of_the_chosen_measure_shows_in_table_and_shares_alike(published):
    meets, connected = (tables(published.get(f"/?measure={measure}").text) for measure in ("meets_norm", "connected"))

    assert "meet the norm" in meets
    assert "have a connection" in connected
    assert "All 33% 25–50%" in meets
    assert "All 67% 50–75%" in connected


@pytest.mark.parametrize("path", ["/", f"/regions/{WEST}"])
def test_every_methodology_line_leads_to_a_definition_that_the_about_page_has(published, path):
    about = published.get("/about").text
    anchors = re.findall(r'class="method"><a href="/about#([a-z]+)">', published.get(path).text)

    assert len(anchors) >= 3
    assert all(f'id="{anchor}"' in about for anchor in anchors)


def test_address_to_share_names_release_and_norm(published):
    assert re.search(r'data-share href="/\?release=1&amp;norm=kz-2023&amp;area_type=rural"', published.get("/?area_type=rural").text)
