"""The command `ground`: loads what it can draw with source and licence, lists it, removes it."""

from __future__ import annotations

import json

import pytest

from tests.application import application
from tests.set_up import set_up


@pytest.fixture
def run(settings):
    """An empty deployment."""
    set_up(settings.data_dir)
    runner = application(settings).test_cli_runner()
    return lambda *arguments: runner.invoke(args=["ground", *(str(argument) for argument in arguments)])


@pytest.fixture
def rivers(tmp_path):
    line = {"type": "Feature", "properties": {"name": "River"}, "geometry": {"type": "LineString", "coordinates": [[10, 50], [11, 51]]}}
    (tmp_path / "rivers.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [line]}), encoding="utf-8")
    return tmp_path / "rivers.geojson"


def test_ground_is_loaded_once_listed_with_its_licence_and_removed(run, rivers):
    loaded = [run("load", rivers, "--kind", "rivers", "--source", "Somebody", "--licence", "CC BY 4.0") for _ in range(2)]
    listed = run("list").stdout
    name = listed.splitlines()[2].split()[0]

    removed = run("remove", name)

    assert [one.exit_code for one in loaded] == [0, 0]
    assert listed.count("rivers.geojson") == 1
    assert "Somebody  CC BY 4.0" in listed
    assert removed.exit_code == 0
    assert "No ground is loaded" in run("list").stdout


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--kind", "rivers", "--source", "Somebody"), 2, "--licence"),
        (("--kind", "rivers", "--source", " ", "--licence", "x"), 2, "source"),
        (("--kind", "mountains", "--source", "x", "--licence", "x"), 2, "mountains"),
        (("--kind", "lakes", "--source", "x", "--licence", "x"), 1, "holds no polygons"),
        (("--kind", "rivers", "--source", "x", "--licence", "x", "--name-column", "nom"), 1, "nom"),
    ],
)
def test_ground_that_cannot_be_used_is_refused_with_its_reason(run, rivers, options, code, says):
    result = run("load", rivers, *options)

    assert result.exit_code == code
    assert says in result.stderr
    assert "No ground is loaded" in run("list").stdout


def test_removing_what_is_not_there_is_refused(run):
    assert run("remove", "../../secret-key").exit_code == 1
