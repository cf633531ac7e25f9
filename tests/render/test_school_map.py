"""The map's script: made by folium, the same every time, with nothing foreign and nothing executable from data."""

import json
import re

import pytest

from geo.render.school_map import MapOptions, RegionShapes, bounds_of, map_html, map_script

SQUARE = {"type": "Polygon", "coordinates": [[[70.0, 50.0], [71.0, 50.0], [71.0, 51.0], [70.0, 50.0]]]}
HOSTILE = "</script>`${document.title=7*7}<img src=x onerror=alert(1)>"


def make_shapes(*codes):
    geometries = (SQUARE,) * len(codes)
    return RegionShapes(codes, geometries, bounds_of(geometries))


def test_equal_regions_give_equal_scripts():
    assert map_script(make_shapes("KZ10", "KZ11")) == map_script(make_shapes("KZ10", "KZ11"))


def test_another_region_gives_another_script():
    assert map_script(make_shapes("KZ10")) != map_script(make_shapes("KZ11"))


def test_script_names_no_foreign_host_and_no_random_id():
    text = map_script(make_shapes("KZ10"))

    assert "http" not in text
    assert not re.search(r"[0-9a-f]{32}", text)


def test_script_is_bare_javascript_without_tags_or_inline_style():
    text = map_script(make_shapes("KZ10"))

    assert "<" not in text
    assert text.startswith("var map_qosyl = L.map(")


def test_hostile_code_stays_json_data():
    text = map_script(make_shapes(HOSTILE))

    assert "<" not in text
    data = json.loads(re.search(r"geo_json_qosyl_add\((\{.*\})\);", text).group(1))
    assert data["features"][0]["id"] == HOSTILE
    assert text.count("${") == 1


def test_regions_carry_their_code_and_nothing_else():
    features = make_shapes("KZ10").feature_collection()["features"]

    assert features == [{"type": "Feature", "id": "KZ10", "properties": {}, "geometry": SQUARE}]


def test_script_starts_our_layer_with_the_id_of_the_pages_data():
    text = map_script(make_shapes("KZ10"), options=MapOptions(view_id="other-view"))

    assert 'qosyl.start(map_qosyl, geo_json_qosyl, "other-view");' in text


def test_map_without_regions_shows_the_world():
    text = map_script(RegionShapes())

    assert "fitBounds([[-60.0, -170.0], [75.0, 170.0]])" in text


def test_map_element_is_focusable_and_has_no_inline_style():
    html = map_html()

    assert html == '<div class="map" id="map_qosyl" role="region" tabindex="0"></div>'


@pytest.mark.parametrize(
    ("geometries", "expected"),
    [
        ((), None),
        ((SQUARE,), (70.0, 50.0, 71.0, 51.0)),
        (
            ({"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], [[[5.0, 6.0, 9.0], [7.0, 6.0, 9.0], [5.0, 8.0, 9.0]]]]},),
            (5.0, 6.0, 71.0, 51.0),
        ),
    ],
    ids=["none", "one", "several with heights"],
)
def test_bounds_hold_every_position(geometries, expected):
    assert bounds_of(geometries) == expected
