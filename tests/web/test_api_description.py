"""The descriptions of the API have the form that QGIS, GDAL and OWSLib look for, and are valid by the rules of OpenAPI."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import schemathesis

from geo.model import API_FILTERS
from geo.web.current import WORKSPACE
from geo.web.params import PARAMETERS
from geo.web.readers import list_schema
from tests.application import STANDARD, application
from tests.set_up import set_up

DOCUMENTS = ("openapi.json", "openapi-3.0.json")
ITEMS = "/collections/schools/items"


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """Both descriptions by the end of their address."""
    app = application(replace(STANDARD, data_dir=set_up(tmp_path_factory.mktemp("description") / "var")))
    yield {name: app.test_client().get(f"/api/v1/{name}").json for name in DOCUMENTS}
    app.extensions[WORKSPACE].close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_description_is_valid_by_the_schema_of_openapi(documents, name):
    schemathesis.openapi.from_dict(documents[name]).validate()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_paths_begin_below_the_server_with_the_pages_of_features(documents, name):
    paths = list(documents[name]["paths"])

    assert documents[name]["servers"] == [{"url": "/api/v1", "description": "This service"}]
    assert {f"/collections/{each}/items" for each in ("schools", "regions", "districts", "releases")} == set(paths[:4])
    assert not [path for path in paths if path.startswith("/api/")]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_page_size_of_features_stands_among_the_components(documents, name):
    parameters = documents[name]["components"]["parameters"]

    assert (parameters["limit"]["schema"]["maximum"], parameters["limit"]["schema"]["default"]) == (10_000, 100)
    assert {"bbox", "datetime"} <= set(parameters)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_filter_of_schools_is_of_one_plain_type(documents, name):
    described = {each["name"]: each for each in documents[name]["paths"][ITEMS]["get"]["parameters"]}

    assert set(API_FILTERS) <= set(described)
    for each in described.values():
        assert (each["in"], each["style"], each["explode"]) == ("query", "form", False)
        assert each["schema"]["type"] in ("string", "integer")
    assert described["filter-lang"]["schema"]["enum"] == ["cql2-text"]


@pytest.mark.parametrize(
    "parameter", [each for each in PARAMETERS.values() if each.is_list and "enum" in each.schema], ids=lambda each: each.name
)
def test_pattern_of_a_list_of_words_takes_what_its_reader_takes(parameter):
    pattern = list_schema(parameter.schema)["pattern"]
    words = parameter.schema["enum"]

    for text in (words[0], f"{words[-1]},{words[0]}"):
        assert re.search(pattern, text)
        assert parameter.read(text)
    for text in ("", "nothing", f"{words[0]},", f",{words[0]}", f"x{words[0]}"):
        assert not re.search(pattern, text)


def test_older_description_has_no_word_of_the_newer_one(documents):
    older = documents["openapi-3.0.json"]

    assert older["openapi"] == "3.0.3"
    assert "identifier" not in older["info"]["license"]
    types = [each["schema"].get("type") for item in older["paths"].values() for each in item.get("get", {}).get("parameters", ())]
    assert all(isinstance(each, str) for each in types)
