"""What a picture of a place says: the page's sentences, figures, legend and sources in the words of its language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geo.model import AREA_TYPES, STATUSES, Areas, AreaType, Grouping, Measure, View
from geo.render.map_picture import (
    KeyFigure,
    Look,
    LookLine,
    MapPicture,
    PictureArea,
    PictureSchools,
    PictureTable,
    PictureWords,
    StatusLine,
    Texture,
)
from geo.render.measures import HEXAGON_RADIUS, MAX_RADIUS, PLAIN, look_of, looks_of, radius_px
from geo.render.measures import Look as AreaLook
from geo.render.palette import NO_SHARE, SHARE_CLASSES
from geo.services.coverage import coverage_answer, is_synthetic
from geo.services.hexagons import hexagon_coverage
from geo.services.maps import map_schools
from geo.services.places import PlacePage
from geo.web.current import workspace
from geo.web.pages.areas import Legend, largest_of
from geo.web.pages.blueprint import Asked
from geo.web.pages.figures import bounds, number, percent, points
from geo.web.pages.map_areas import HEXAGONS, DrawnUnits, MapChoice, areas_legend, drawn_units, map_choice, shown_areas
from geo.web.pages.maps import NO_BOUNDARIES, shapes_of
from geo.web.pages.picture_foot import Place, foot_lines
from geo.web.pages.sentences import Figures, finding, not_reported, students_affected
from geo.web.pages.shares import Shares, by_need, share_and_bounds, share_kind, shares_of
from geo.web.pages.translation import format_decimal, gettext, ngettext
from geo.web.pages.wording import word

PLAIN_FILL = "#F5F6F7"
_FILLS: Mapping[str, str] = {one.name: one.light for one in SHARE_CLASSES} | {NO_SHARE: PLAIN_FILL, PLAIN: PLAIN_FILL}


def picture_of(place: Place) -> MapPicture:
    """The picture of a place."""
    frame, page, count = place.frame, place.page, place.frame.asked.count
    total = page.total.figures
    shares = _shares(place)
    choice = map_choice(page, frame)
    drawn = drawn_units(page, choice)
    areas, beside = _areas(place, choice, drawn)
    legend = areas_legend(page, drawn, frame.asked, place.inner)["legend"]
    return MapPicture(
        place=place.name,
        title=finding(frame.asked.view, total),
        lines=tuple(line for line in (students_affected(frame.asked.view, total), not_reported(total)) if line),
        notice=gettext("Synthetic demonstration data: no real school.") if is_synthetic(page.release) else "",
        statuses_title=gettext("Schools by status") if count == "schools" else gettext("Students by the status of their school"),
        statuses=tuple(_statuses(total, count)),
        extras=tuple(_extras(page, count)),
        figures=tuple(_key_figures(place, shares)),
        looks_title=legend.title,
        looks=tuple(_legend_lines(legend, is_one=drawn.focus is not None)),
        sizes=tuple((radius / MAX_RADIUS, words) for radius, words in legend.sizes),
        areas=areas,
        beside=beside,
        schools=_schools(place.inner),
        foot=tuple(foot_lines(place)),
        words=_words(),
        table=_table(page, shares, count),
        citation=frame.citation,
    )


def _areas(place: Place, choice: MapChoice, drawn: DrawnUnits) -> tuple[tuple[PictureArea, ...], tuple[Any, ...]]:
    """The areas that count, with their looks, hexagons over plain units; and the shapes around them."""
    page, asking = place.page, place.frame.asked
    size = shown_areas(page, asking.areas)
    shapes = shapes_of(page.release.boundaries.get(choice.grouping.value, NO_BOUNDARIES), choice.parent)
    looks = {code: look_of(asking.measure, asking.count, drawn.rows.get(code)) for code in drawn.counted}
    largest = largest_of(looks.values())
    areas, beside = [], []
    hexagons = _hexagons(place, size) if size in HEXAGONS else ()
    for code, geometry in zip(shapes.codes, shapes.geometries, strict=True):
        if code not in looks:
            beside.append(geometry)
            continue
        if hexagons:
            areas.append(PictureArea(drawn.names.get(code, code), "", geometry, Look(PLAIN_FILL)))
            continue
        row, look = drawn.rows.get(code), looks[code]
        figure = "" if row is None else short_figure(row, asking)
        circle = radius_px(look.count, largest) / MAX_RADIUS if look.count else None
        areas.append(PictureArea(drawn.names.get(code, code), figure, geometry, _look(look), circle))
    return (*areas, *hexagons), tuple(beside)


def _hexagons(place: Place, size: Areas) -> tuple[PictureArea, ...]:
    """The hexagons that hold a school of the choice."""
    asking = place.frame.asked
    found = hexagon_coverage(workspace(), place.inner, size)
    looks = looks_of(asking.measure, asking.count, found.figures).each(asking.measure, asking.count)
    largest = largest_of(looks)
    return tuple(
        PictureArea(
            name="",
            figure="",
            geometry={"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            look=_look(look),
            circle=radius_px(look.count, largest, HEXAGON_RADIUS) / MAX_RADIUS if look.count else None,
        )
        for ring, look in zip(found.corners.tolist(), looks, strict=True)
    )


def _look(look: AreaLook) -> Look:
    texture = Texture.HATCH if look.fill == NO_SHARE else Texture.DOTS if look.is_wide else Texture.NONE
    return Look(_FILLS[look.fill], texture)


def short_figure(row: Figures, asking: Asked) -> str:
    """The figure of an area alone, as it is written on a map ("61%")."""
    count = asking.count
    match asking.measure:
        case Measure.UNCONNECTED_RURAL:
            return number(row[f"{count}_unconnected_rural"])
        case Measure.UNKNOWN:
            return percent(row[f"{count}_unknown"] / row[count] if row[count] else None)
        case Measure.RURAL_GAP:
            return points(row[f"{count}_meets_norm_gap_points"])
        case measure:
            return percent(row[f"{count}_{measure}_share"])


def _statuses(total: Figures, count: str) -> Iterator[StatusLine]:
    whole = total[count]
    for status in STATUSES:
        figure = total[f"{count}_{status}"]
        fraction = figure / whole if whole else 0.0
        yield StatusLine(status, word("status", status), number(figure), percent(fraction if whole else None), fraction)


def _extras(page: PlacePage, count: str) -> Iterator[tuple[str, str]]:
    total = page.total.figures
    yield gettext("of these rural, not connected"), number(total[f"{count}_unconnected_rural"])
    if page.not_placed:
        yield gettext("of all schools, without a position: not on the map"), number(page.not_placed)
    if count == "students" and total["schools_without_enrolment"]:
        yield gettext("schools of unknown enrolment, not counted here"), number(total["schools_without_enrolment"])


def _key_figures(place: Place, shares: Shares) -> Iterator[KeyFigure]:
    """The share of all, of rural and of urban schools, and the gap."""
    count, is_connected = place.frame.asked.count, shares.kind == "connected"
    if count == "students":
        whole = (
            gettext("of students in schools with a connection") if is_connected else gettext("of students in schools that meet the norm")
        )
    else:
        whole = gettext("of schools have a connection") if is_connected else gettext("of schools meet the norm")
    for line in shares.lines:
        words = whole if line.area_type is None else word("area_type", line.area_type)
        yield KeyFigure(percent(line.share), bounds(line.lower, line.upper), words)
    if shares.gap is not None:
        gap = shares.gap
        between = f"{points(gap.lower)} … {points(gap.upper)}"
        yield KeyFigure(points(gap.points), between, gettext("points of rural gap"))


def _shares(place: Place) -> Shares:
    """The shares that the page shows beside the same map."""
    asking = place.frame.asked
    rows = coverage_answer(workspace(), place.inner, (Grouping.AREA_TYPE,)).rows
    by_area = {AreaType(key): row.figures for row in rows if (key := row.keys[Grouping.AREA_TYPE])}
    return shares_of(place.page.total.figures, by_area, kind=share_kind(asking.measure), count=asking.count)


def _legend_lines(legend: Legend, *, is_one: bool) -> Iterator[LookLine]:
    """Classes of the legend, all of them; of a map that looks at one area only its own."""
    for one in () if legend.is_count else legend.classes:
        if one.areas or not is_one:
            yield LookLine(Look(_FILLS[one.name]), one.words, number(one.areas))
    if legend.no_data:
        yield LookLine(Look(PLAIN_FILL, Texture.HATCH), gettext("no data"), number(legend.no_data))
    if legend.wide:
        yield LookLine(Look(_FILLS["share-3"], Texture.DOTS), gettext("dotted: bounds wider than 20 points"), number(legend.wide))


def _schools(inner: View) -> PictureSchools:
    found = map_schools(workspace(), inner)
    return PictureSchools(found.longitude, found.latitude, found.statuses, found.area_types == AREA_TYPES.index(AreaType.RURAL))


def _table(page: PlacePage, shares: Shares, count: str) -> PictureTable:
    """The parts of the place in the order of need."""
    if not page.parts:
        return PictureTable()
    is_regions = page.parts_grouping is Grouping.ADMIN1
    none = gettext("No region") if is_regions else gettext("No district")
    rows = []
    for part in by_need(page.parts, shares.kind, count):
        row = part.figures.figures
        value, low, high = share_and_bounds(row, shares.kind, count)
        rows.append((part.name or part.code or none, percent(value), bounds(low, high), number(row[f"{count}_unconnected_rural"])))
    return PictureTable(
        title=gettext("Regions, lowest share first") if is_regions else gettext("Districts, lowest share first"),
        head=(
            gettext("Region") if is_regions else gettext("District"),
            gettext("have a connection") if shares.kind == "connected" else gettext("meet the norm"),
            gettext("bounds"),
            f"▲ {gettext('rural')}",
        ),
        rows=tuple(rows),
    )


def _words() -> PictureWords:
    return PictureWords(
        kilometres=lambda length: gettext("%(distance)s km", distance=format_decimal(length, "#,##0.###")),
        projection=_projection_words,
        marks=lambda most: gettext("One mark stands for up to %(count)s schools.", count=number(most)),
        outside=lambda count: ngettext(
            "%(count)s school lies outside this picture.", "%(count)s schools lie outside this picture.", count, count=number(count)
        ),
        more=lambda count: ngettext("and %(count)s more", "and %(count)s more", count, count=number(count)),
    )


def _projection_words(latitude: float, error_percent: float) -> str:
    """What the scale is worth; a world says only that surfaces are true."""
    if not error_percent:
        return gettext("Equal-area projection: surfaces are true, distances only near the equator.")
    degrees = format_decimal(abs(latitude), "0")
    where = gettext("%(degrees)s° N", degrees=degrees) if latitude >= 0 else gettext("%(degrees)s° S", degrees=degrees)
    most = percent(error_percent / 100)
    return gettext(
        "Equal-area projection; the scale is true at %(latitude)s, off by at most %(percent)s here.", latitude=where, percent=most
    )
