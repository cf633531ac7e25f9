"""Citations: an address gives the figures that it was cited for, years later too, or says what is different."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from geo import __version__
from geo.config import Settings
from geo.errors import InvalidParameter
from geo.model import API_FILTERS, Basis, Grouping, where
from geo.services.citation_links import read_citation
from geo.services.citations import COUNTED, GAPS, Cited, CitedRelease
from geo.web.api.coverage import ACCEPTED
from geo.web.current import WORKSPACE
from geo.web.params import read_query, view_of
from geo.web.readers import Parameter
from tests.application import SECRET_KEY, application
from tests.cited import boundaries_of, make_cited, publish_turn

COVERAGE = "/api/v1/coverage"
QUERIES = (
    "",
    "by=admin1",
    "by=admin1,area_type&norm=giga-20&basis=declared&lang=ru",
    "by=status,connectivity_type&education_level=Pre-Primary, Primary and Secondary,none",
    "release=2&admin1=XA10,none&area_type=rural&enrolment=0-99,300-",
    "by=education_level&bbox=10,50,11,51&weight=students",
    "school_name=Lyceum, north %26 south&by=area_type",
    "school_name==1%2B1",
    "filter=num_students > 100 AND school_name <> 'school = ''a'''&by=admin2",
    "norm=kz-2023,20&by=admin2",
    "by=release,admin1&norm=20,giga-5&release=3,1",
    "by=release&admin1=XA20",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = make_cited(tmp_path_factory.mktemp("citations"))
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    yield app
    app.extensions[WORKSPACE].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def answer(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200, response.text
    return dict(response.json)


def altered(link: str, **values: str) -> str:
    """A link with other parameters; blank ones are taken out."""
    parts = urlsplit(link)
    parameters = {**dict(parse_qsl(parts.query)), **values}
    return f"{parts.path}?" + "&".join(f"{name}={value}" for name, value in parameters.items() if value)


def tables(found: dict[str, Any]) -> list[Any]:
    """Figures of an answer, names in a language left out."""
    rows = [*found["rows"], found["total"], *found.get("totals", ())]
    return [row and {name: value for name, value in row.items() if not name.endswith("_name")} for row in rows]


@pytest.mark.parametrize("query", QUERIES)
def test_link_gives_the_same_figures_after_other_releases_were_published(app: Flask, client: FlaskClient, query: str) -> None:
    cited = answer(client, f"{COVERAGE}?{query}")
    workspace = app.extensions[WORKSPACE]
    publish_turn(workspace, 4 + QUERIES.index(query), boundaries_of(workspace))

    again = answer(client, cited["citation_link"])

    assert tables(again) == tables(cited)
    assert again["citation_link"] == cited["citation_link"]
    assert again["citation"] == cited["citation"]


def test_link_names_everything_that_figures_depend_on(client: FlaskClient) -> None:
    found = answer(client, f"{COVERAGE}?release=2&by=admin1&area_type=rural&basis=measured&norm=20")
    parameters = dict(parse_qsl(urlsplit(found["citation_link"]).query))

    assert list(parameters) == ["release", "sha256", "norm", "basis", "by", "area_type", "boundaries", "software", "figures"]
    assert (parameters["release"], parameters["sha256"]) == ("2", found["release"]["sha256"])
    assert (parameters["boundaries"], parameters["software"]) == ("admin1:2022,admin2:2024", __version__)
    assert found["citation_link"].startswith("http://localhost/api/v1/coverage?")


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx", "datapackage"])
def test_every_format_carries_the_link_in_its_header(client: FlaskClient, kind: str) -> None:
    link = answer(client, f"{COVERAGE}?by=admin1&release=2")["citation_link"]

    for _ in range(2):  # made, and remembered
        assert client.get(f"{COVERAGE}?by=admin1&release=2&f={kind}").headers["Link"] == f'<{link}>; rel="cite-as"'


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"release": "1"}, "sha256"),
        ({"sha256": "0" * 12}, "sha256"),
        ({"boundaries": "admin1:2021,admin2:2024"}, "boundaries"),
        ({"figures": "1-0123456789abcdef"}, "figures"),
        ({"figures": "2-0123456789abcdef"}, "figures"),
        ({"norm": "giga-5"}, "figures"),
        ({"basis": "measured"}, "figures"),
        ({"by": "admin2"}, "figures"),
        ({"area_type": "urban"}, "figures"),
        ({"admin1": "XA10"}, "figures"),
        ({"f": "csv", "area_type": "urban"}, "figures"),
    ],
)
def test_altered_link_is_refused_and_says_what_differs(client: FlaskClient, values: dict[str, str], parameter: str) -> None:
    link = answer(client, f"{COVERAGE}?release=2&by=admin1&area_type=rural")["citation_link"]

    response = client.get(altered(link, **values))

    assert (response.status_code, response.json["code"], response.json["parameter"]) == (400, "citation_mismatch", parameter)


def test_link_of_other_definitions_says_which_software_counts_by_them(client: FlaskClient) -> None:
    link = answer(client, f"{COVERAGE}?release=2")["citation_link"]

    said = client.get(altered(link, figures="7-0123456789abcdef", software="0.9.1")).json["detail"]

    assert "definitions 7" in said
    assert "0.9.1" in said


def test_digest_of_the_figures_can_be_made_from_the_answer_as_the_decision_says(client: FlaskClient) -> None:
    found = answer(client, f"{COVERAGE}?release=3&by=admin1,area_type&enrolment=0-400,none")
    numbers = [*COUNTED, *GAPS]

    def line(labels: Any, row: dict[str, Any]) -> list[Any]:
        return [labels, *(row[name] if name in COUNTED or row[name] is None else round(row[name] * 1_000_000) for name in numbers)]

    lines = [
        ["qosyl-figures", 1, "best", ["admin1", "area_type"], [["enrolment", "0-400,none"]]],
        [found["release"]["sha256"], "kz-2023"],
        *(line([row["admin1"], row["area_type"]], row) for row in found["rows"]),
        line(None, found["total"]),
    ]
    text = "\n".join(json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in lines)

    assert found["citation_link"].endswith(f"figures=1-{hashlib.sha256(text.encode()).hexdigest()[:16]}")
    assert len(numbers) == 33


def test_trend_is_cited_by_an_address_of_coverage_with_the_same_figures(client: FlaskClient) -> None:
    for query in ("release=3", "release=3&admin1=XA10", "release=3&by=admin1,area_type,connectivity_type&norm=20"):
        cited = answer(client, f"{COVERAGE}/trend?{query}")
        again = answer(client, cited["citation_link"])

        names = set(again["rows"][0])
        key = json.dumps
        rows = [{name: value for name, value in row.items() if name in names} for row in cited["rows"]]
        assert sorted(map(key, rows)) == sorted(key({name: row[name] for name in rows[0]}) for row in again["rows"])


def test_comparison_is_cited_with_both_releases(client: FlaskClient) -> None:
    cited = answer(client, f"{COVERAGE}/compare?from=1&to=3&by=admin1&filter=num_students < 600")
    again = answer(client, cited["citation_link"])

    assert again == cited
    for values in ({"figures": "1-0123456789abcdef"}, {"from": "2"}, {"to": "2"}, {"norm": "20"}):
        assert client.get(altered(cited["citation_link"], **values)).json["code"] == "citation_mismatch"


def test_comparison_with_a_side_that_does_not_know_the_region_can_be_opened_again(client: FlaskClient) -> None:
    cited = answer(client, f"{COVERAGE}/compare?from=1&to=3&admin1=XA10")

    assert cited["total"]["from"] is None
    assert answer(client, cited["citation_link"]) == cited


@pytest.mark.parametrize(
    ("page", "filters", "by"),
    [
        ("/?release=3", {}, ["admin1"]),
        ("/regions/XA10?release=3&area_type=rural&norm=20&lang=kk", {"admin1": "XA10", "area_type": "rural"}, ["admin2"]),
        ("/compare?from=1&to=3&area_type=urban", {"area_type": "urban"}, ["admin1"]),
    ],
)
def test_pages_that_cite_lead_to_their_figures_as_data(client: FlaskClient, page: str, filters: dict[str, str], by: list[str]) -> None:
    (link,) = re.findall(r'href="(/api/v1/coverage[^"]*figures=[^"]*)"', client.get(page).text)

    found = answer(client, html.unescape(link))

    assert (found["where"], found["by"]) == (filters, by)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20).filter(lambda text: text != "none")
CODES = WORDS.filter(lambda text: "," not in text)
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "admin1": st.lists(CODES, min_size=1, max_size=3).map(tuple),
        "education_level": st.lists(st.sampled_from(["Pre-Primary", "Pre-Primary, Primary and Secondary", "none"]), min_size=1).map(tuple),
        "enrolment": st.lists(st.sampled_from(["0-9", "300-", "none", "20-25"]), min_size=1).map(tuple),
        "status": st.lists(st.sampled_from(["unconnected", "unknown"]), min_size=1).map(tuple),
        "flag": st.lists(st.sampled_from(["no_region", "low_precision"]), min_size=1).map(tuple),
        "disagrees": st.sampled_from([("true",), ("false",)]),
        "school_id": st.lists(CODES, min_size=1, max_size=3).map(tuple),
        "school_name": st.tuples(WORDS),
        "school_area_type": st.lists(st.sampled_from(["urban", "unknown"]), min_size=1).map(tuple),
        "num_students": st.sampled_from([("300",), ("none",)]),
        "bbox": st.sampled_from([("10,50,11,51",), ("170,-5,-170,5",)]),
        "datetime": st.sampled_from([("2024-01-01/..",), ("2024-05-01",)]),
    },
)


@given(filters=FILTERS, by=st.lists(st.sampled_from(list(Grouping)), max_size=3, unique=True), basis=st.sampled_from(list(Basis)))
def test_what_a_link_says_is_what_it_was_made_from_and_what_the_service_reads(
    filters: dict[str, tuple[str, ...]], by: list[Grouping], basis: Basis
) -> None:
    releases = (CitedRelease(3, "ab" * 32),)
    cited = Cited(releases, ("kz-2023", "20"), basis, tuple(by), where(**filters), boundaries="admin1:2022", figures="1-" + "0" * 16)

    read = read_citation(f"https://example.org{cited.link}")

    assert read == cited
    assert read.link == cited.link
    query = MultiDict(parse_qsl(urlsplit(cited.link).query))
    own = {each.name: each for each in ACCEPTED if isinstance(each, Parameter)}
    values = read_query(query, [each.name if isinstance(each, Parameter) else each for each in ACCEPTED], own=own)
    assert view_of({name: value for name, value in values.items() if name in (*API_FILTERS, "basis")}).where == cited.where
    assert (values["norm"], values.get("by", ())) == (cited.norms, cited.by)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://localhost/coverage?release=1",
        "/api/v1/coverage",
        "/api/v1/coverage?by=admin1",
        "/api/v1/coverage?release=1&sha256=ab&norm=20&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1,2&sha256=abababababab&norm=20&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=x&sha256=abababababab&norm=20&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1&release=1&sha256=abababababab&norm=20&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1&sha256=abababababab&norm=fast&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1&sha256=abababababab&norm=20&by=colour&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1&sha256=abababababab&norm=20&area_typ=rural&figures=1-0123456789abcdef",
        "/api/v1/coverage?release=1&sha256=abababababab&norm=20&area_type=pink&figures=1-0123456789abcdef",
        "http://[::1",
    ],
)
def test_what_is_no_citation_is_refused(link: str) -> None:
    with pytest.raises(InvalidParameter):
        read_citation(link)
