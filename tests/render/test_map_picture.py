"""Pictures to take away: everything said is in them, marks are where schools are, equal content gives equal bytes, text stays text."""

from __future__ import annotations

import re
import struct
import threading
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from geo.errors import NotReady
from geo.model import STATUSES, Status
from geo.render import map_picture_map as picture_map
from geo.render.map_picture import (
    SIZES,
    KeyFigure,
    Look,
    LookLine,
    MapPicture,
    PictureArea,
    PictureFormat,
    PictureSchools,
    PictureTable,
    PictureWords,
    StatusLine,
    Texture,
)
from geo.render.map_picture_page import MOST_WAITING, drawn
from geo.render.map_picture_projection import EARTH_RADIUS_KM, bent, projection_about
from geo.render.map_picture_text import cleaned, shortened, width_of, wrapped
from geo.render.palette import MARKS

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
HOSTILE = (
    "$\\frac{1}{0}$",
    "${alert(1)}",
    "`x`",
    "</text></svg><script>alert(1)</script>",
    "--><script>alert(1)</script><!--",
    "&lt;b&gt;",
    "\u202eabc",
    "x" * 900,
)


def make_square(west: float, south: float, side: float = 1.0) -> dict[str, Any]:
    corners = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Polygon", "coordinates": [corners]}


def make_schools(*schools: tuple[float, float, Status, bool]) -> PictureSchools:
    return PictureSchools(
        np.array([one[0] for one in schools]),
        np.array([one[1] for one in schools]),
        np.array([STATUSES.index(one[2]) for one in schools], dtype=np.int8),
        np.array([one[3] for one in schools], dtype=bool),
    )


WORDS = PictureWords(
    kilometres=lambda length: f"{length:g} km",
    projection=lambda latitude, percent: f"true at {latitude:.0f}",
    marks=lambda most: f"1 mark = up to {most} schools",
    outside=lambda count: f"{count} outside",
    more=lambda count: f"{count} more",
)


def make_picture(**changes: Any) -> MapPicture:
    """A picture of two regions and three schools."""
    schools = make_schools(
        (10.5, 50.5, Status.UNCONNECTED, True), (10.6, 50.4, Status.MEETS_NORM, False), (11.5, 50.5, Status.UNKNOWN, True)
    )
    picture = MapPicture(
        place="Somewhere",
        title="1 rural school has no connection.",
        lines=("At least 120 students learn there.",),
        notice="",
        statuses_title="Schools by status",
        statuses=tuple(StatusLine(status, status.value, "1", "20%", 0.2) for status in STATUSES),
        extras=(("rural", "1"),),
        figures=(KeyFigure("50%", "33–67%", "meet the norm"),),
        looks_title="Share",
        looks=(LookLine(Look("#B5D1D3"), "70 to 90%", "1"), LookLine(Look("#F5F6F7", Texture.HATCH), "no data", "1")),
        sizes=(),
        areas=(
            PictureArea("Әкімдік", "75%", make_square(10, 50), Look("#B5D1D3", Texture.DOTS)),
            PictureArea("Beta", "", make_square(11, 50), Look("#F5F6F7", Texture.HATCH)),
        ),
        beside=(make_square(12, 50),),
        schools=schools,
        foot=("Release 1", "Sources: a ministry"),
        words=WORDS,
        table=PictureTable("Regions", ("Region", "share"), (("Әкімдік", "75%"), ("Beta", "–"))),
        citation="Qosyl release 1",
    )
    return replace(picture, **changes)


def svg_of(picture: MapPicture, size: str = "a4-landscape") -> ElementTree.Element:
    return ElementTree.fromstring(drawn(picture, SIZES[size], PictureFormat.SVG))


def marks_of(picture: ElementTree.Element, status: Status) -> int:
    """Marks of a status that are filled or drawn in its colour; a mark of the legend is one of them."""
    colour = MARKS[status].light.lower()
    groups = [group for group in picture.iter(f"{SVG}g") if colour in (group.get("fill"), group.get("stroke"))]
    return sum(1 for group in groups for use in group.findall(f"{SVG}use") if (use.get(HREF) or "").startswith("#m"))


def test_picture_has_the_size_that_was_asked_for() -> None:
    picture = drawn(make_picture(), SIZES["slide"], PictureFormat.PNG)

    assert struct.unpack(">II", picture[16:24]) == (1920, 1080)  # the first chunk of every PNG


def test_equal_content_gives_equal_bytes() -> None:
    first, second = (drawn(make_picture(), SIZES["map"], PictureFormat.PNG) for _ in range(2))

    assert first == second


def test_threads_that_draw_at_once_get_what_each_asked_for() -> None:
    pictures = [make_picture(notice=f"{number} schools") for number in range(3)]
    alone = [drawn(picture, SIZES["map"], PictureFormat.SVG) for picture in pictures]
    together: dict[int, bytes] = {}

    threads = [
        threading.Thread(target=lambda at=at, picture=picture: together.update({at: drawn(picture, SIZES["map"], PictureFormat.SVG)}))
        for at, picture in enumerate(pictures)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [together[at] for at in range(3)] == alone


def test_picture_beyond_those_that_may_wait_is_refused_and_takes_no_place() -> None:
    crowd = threading.Barrier(MOST_WAITING + 5)
    answers: list[object] = []

    def ask() -> None:
        crowd.wait()
        try:
            answers.append(drawn(make_picture(), SIZES["map"], PictureFormat.SVG))
        except NotReady as error:
            answers.append(error)

    threads = [threading.Thread(target=ask) for _ in range(MOST_WAITING + 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    refused = [answer for answer in answers if isinstance(answer, NotReady)]
    assert 0 < len(refused) <= 5
    assert len({answer for answer in answers if isinstance(answer, bytes)}) == 1
    assert drawn(make_picture(), SIZES["map"], PictureFormat.SVG)


def test_every_school_with_a_position_has_a_mark_of_its_status() -> None:
    nowhere = make_schools((10.5, 50.5, Status.BELOW_NORM, False), (np.nan, np.nan, Status.BELOW_NORM, False))
    legend_alone = svg_of(make_picture(schools=make_schools()))

    picture = svg_of(make_picture(schools=nowhere))

    assert marks_of(picture, Status.BELOW_NORM) - marks_of(legend_alone, Status.BELOW_NORM) == 1


def test_svg_needs_no_style_and_runs_nothing() -> None:
    text = drawn(make_picture(notice=HOSTILE[3]), SIZES["slide"], PictureFormat.SVG).decode()

    assert re.findall(r"<script|style=|<style|<!--|\son\w+=", text) == []


def test_hostile_text_is_drawn_as_it_is_everywhere() -> None:
    areas = tuple(PictureArea(text, text, make_square(10 + at, 50), Look("#B5D1D3")) for at, text in enumerate(HOSTILE))
    statuses = tuple(StatusLine(Status.UNCONNECTED, text, text, text, 1.0) for text in HOSTILE)
    table = PictureTable(HOSTILE[0], HOSTILE[:2], tuple(zip(HOSTILE, HOSTILE, strict=True)))
    title = " ".join(HOSTILE)
    picture = make_picture(
        place=title, title=title, lines=HOSTILE, notice=title, areas=areas, statuses=statuses, table=table, foot=HOSTILE, citation=title
    )

    found = svg_of(picture)

    assert [one.tag for one in found.iter() if one.tag.endswith(("}script", "}b"))] == []
    assert found.find(f"{SVG}title").text == cleaned(title)  # type: ignore[union-attr]


def test_letters_of_the_three_languages_and_signs_of_the_pages_have_glyphs() -> None:
    text = "ӘәҒғҚқҢңӨөҰұҮүҺһІі ЁёЪъЫыЭэ ▲■○●◇ – — … · « » “ ” ° − × < > % №"

    assert cleaned(text) == text


def test_letters_that_the_font_lacks_become_boxes_and_controls_nothing() -> None:
    assert cleaned("a\u202e\u0000\n\u200bб\U0001f4a9中") == "a б□□"


def test_wrapped_lines_fit_and_lose_no_word() -> None:
    text = "Солтүстік Қазақстан облысы, Северо-Казахстанская область"

    lines = wrapped(text, 80, 7)

    assert max(width_of(line, 7) for line in lines) <= 80
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_more_lines_than_allowed_end_in_an_ellipsis() -> None:
    lines = wrapped("one two three four five six", 30, 10, most=2)

    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert width_of(shortened("x" * 100, 50, 7), 7) <= 50


def test_a_degree_takes_the_same_surface_in_the_north_as_its_kilometres() -> None:
    projection = projection_about(np.array([46.0, 87.0]), np.array([40.0, 56.0]))
    surfaces = []
    for south in (41.0, 54.0):
        ring = bent(np.array(make_square(50, south)["coordinates"][0], dtype=float))
        across, up = projection.places(ring[:, 0], ring[:, 1])
        sphere = EARTH_RADIUS_KM**2 * np.radians(1) * (np.sin(np.radians(south + 1)) - np.sin(np.radians(south)))
        surfaces.append(abs(np.dot(across[:-1], up[1:]) - np.dot(across[1:], up[:-1])) / 2 / sphere)

    assert surfaces == pytest.approx([1, 1], rel=1e-3)


def test_scale_is_off_by_about_one_percent_at_the_corners_of_a_large_country() -> None:
    projection = projection_about(np.array([46.5, 87.3]), np.array([40.6, 55.4]))

    assert 0.005 < projection.scale_error(3000, 1650) < 0.015


def test_country_on_both_sides_of_the_date_line_is_one() -> None:
    projection = projection_about(np.array([177.0, 179.9, -179.9, -178.0]), np.array([-19.0, -16.0, -17.0, -18.0]))
    across, _ = projection.places(np.array([179.9, -179.9]), np.array([-17.0, -17.0]))

    assert projection.longitude == pytest.approx(179.5)
    assert abs(across[1] - across[0]) < 30


def test_world_is_drawn_whole() -> None:
    projection = projection_about(np.array([-179.0, 0.0, 90.0, -90.0, 179.0]), np.array([-60.0, 0.0, 10.0, 20.0, 75.0]))
    across, up = projection.places(np.array([-180.0, 180.0, 0.0]), np.array([0.0, 0.0, 80.0]))

    assert projection.is_world
    assert across[0] == pytest.approx(-across[1])
    assert np.isfinite(up).all()


@pytest.mark.parametrize(("extent_km", "length_km"), [(612.0, 500), (199.0, 100), (5.0, 5), (0.3, 0.2)])
def test_scale_bar_has_a_round_length(extent_km: float, length_km: float) -> None:
    assert picture_map.scale_length_km(extent_km) == pytest.approx(length_km)


def test_thinning_keeps_the_mark_on_top_and_says_how_many_it_stands_for() -> None:
    places = np.array([[0.1, 0.1], [0.5, 0.5], [1.9, 1.9], [9.0, 9.0]])

    kept, most = picture_map.thinned(places, np.array([0, 5, 3, 1]))

    assert kept.tolist() == [1, 3]
    assert most == 3


def test_picture_of_no_areas_and_no_schools_is_still_a_picture() -> None:
    empty = make_picture(areas=(), beside=(), schools=make_schools(), looks=(), figures=(), table=PictureTable())

    assert drawn(empty, SIZES["a4-portrait"], PictureFormat.PNG).startswith(b"\x89PNG")
