"""What a picture of a place says: the page's sentences, figures, legend and sources in the words of its language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from geo.model import AREA_TYPES, NO_VALUE, STATUSES, AreaType, Grouping, Measure, View
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
from geo.render.measures import MAX_RADIUS, PLAIN, look_of, radius_px
from geo.render.measures import Look as AreaLook
from geo.render.palette import NO_SHARE, SHARE_CLASSES
from geo.services.coverage import coverage_answer, is_synthetic, unit_names
from geo.services.maps import map_schools
from geo.services.places import PlacePage
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.areas import Legend, largest_of
from geo.web.pages.blueprint import Asked, Frame
from geo.web.pages.figures import bounds, day, number, percent, points
from geo.web.pages.map_areas import DrawnUnits, MapChoice, drawn_units, map_choice, units_legend
from geo.web.pages.maps import NO_BOUNDARIES, shapes_of
from geo.web.pages.sentences import Figures, finding, not_reported, students_affected
from geo.web.pages.translation import format_decimal, gettext, ngettext, url_for
from geo.web.pages.wording import country_name, norm_words, word

PLAIN_FILL = "#F5F6F7"
_FILLS: Mapping[str, str] = {one.name: one.light for one in SHARE_CLASSES} | {NO_SHARE: PLAIN_FILL, PLAIN: PLAIN_FILL}


@dataclass(frozen=True)
class Place:
    """A place under a view, as a picture or a file of figures needs it; `inner` is the view with the place among its filters."""

    frame: Frame
    page: PlacePage
    inner: View

    @property
    def name(self) -> str:
        """Name of the place; "" for an unnamed country."""
        if self.page.name:
            return self.page.name
        return gettext("Schools in no region") if self.page.grouping else country_name(self.page.release.country)


def picture_of(place: Place) -> MapPicture:
    """The picture of a place."""
    frame, page, count = place.frame, place.page, place.frame.asked.count
    total = page.total.figures
    choice = map_choice(page, frame)
    drawn = drawn_units(page, choice)
    areas, beside = _areas(page, choice, drawn, frame.asked)
    legend = units_legend(drawn, frame.asked)
    return MapPicture(
        place=place.name,
        title=finding(frame.asked.view, total),
        lines=tuple(line for line in (students_affected(frame.asked.view, total), not_reported(total)) if line),
        notice=gettext("Synthetic demonstration data: no real school.") if is_synthetic(page.release) else "",
        statuses_title=gettext("Schools by status") if count == "schools" else gettext("Students by the status of their school"),
        statuses=tuple(_statuses(total, count)),
        extras=tuple(_extras(page, count)),
        figures=tuple(_key_figures(place)),
        looks_title=legend.title,
        looks=tuple(_legend_lines(legend, is_one=drawn.focus is not None)),
        sizes=tuple((radius / MAX_RADIUS, words) for radius, words in legend.sizes),
        areas=areas,
        beside=beside,
        schools=_schools(place.inner),
        foot=tuple(foot_lines(place)),
        words=_words(),
        table=_table(page, count),
        citation=frame.citation,
    )


def _areas(page: PlacePage, choice: MapChoice, drawn: DrawnUnits, asking: Asked) -> tuple[tuple[PictureArea, ...], tuple[Any, ...]]:
    """The areas that count, with their looks, and the shapes around them."""
    shapes = shapes_of(page.release.boundaries.get(choice.grouping.value, NO_BOUNDARIES), choice.parent)
    looks = {code: look_of(asking.measure, asking.count, drawn.rows.get(code)) for code in drawn.counted}
    largest = largest_of(looks.values())
    areas, beside = [], []
    for code, geometry in zip(shapes.codes, shapes.geometries, strict=True):
        if code not in looks:
            beside.append(geometry)
            continue
        row, look = drawn.rows.get(code), looks[code]
        figure = "" if row is None else short_figure(row, asking)
        circle = radius_px(look.count, largest) / MAX_RADIUS if look.count else None
        areas.append(PictureArea(drawn.names.get(code, code), figure, geometry, _look(look), circle))
    return tuple(areas), tuple(beside)


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


def _key_figures(place: Place) -> Iterator[KeyFigure]:
    """The share that meets the norm: of all, of rural and of urban schools, and the gap."""
    count, total = place.frame.asked.count, place.page.total.figures
    name = gettext("of schools meet the norm") if count == "schools" else gettext("of students in schools that meet the norm")
    yield _share_figure(total, count, name)
    rows = coverage_answer(workspace(), place.inner, (Grouping.AREA_TYPE,)).rows
    by_area = {AreaType(key): row.figures for row in rows if (key := row.keys[Grouping.AREA_TYPE])}
    for area in (AreaType.RURAL, AreaType.URBAN):
        if area in by_area:
            yield _share_figure(by_area[area], count, word("area_type", area))
    gap, low, high = (total[f"{count}_meets_norm_gap_points{end}"] for end in ("", "_lower", "_upper"))
    if gap is not None:
        yield KeyFigure(points(gap), f"{points(low)} … {points(high)}", gettext("points of rural gap"))


def _share_figure(row: Figures, count: str, words: str) -> KeyFigure:
    value, low, high = (row[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
    return KeyFigure(percent(value), bounds(low, high), words)


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


def _table(page: PlacePage, count: str) -> PictureTable:
    """The parts of the place in the order of need."""
    if not page.parts:
        return PictureTable()
    is_regions = page.parts_grouping is Grouping.ADMIN1
    rows = []
    for part in page.parts:
        row = part.figures.figures
        name = part.name or part.code or (gettext("No region") if is_regions else gettext("No district"))
        value, low, high = (row[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
        rows.append((name, percent(value), bounds(low, high), number(row[f"{count}_unconnected_rural"])))
    return PictureTable(
        gettext("Regions, lowest share first") if is_regions else gettext("Districts, lowest share first"),
        (
            gettext("Region") if is_regions else gettext("District"),
            gettext("meet the norm"),
            gettext("bounds"),
            f"▲ {gettext('rural')}",
        ),
        tuple(rows),
    )


def foot_lines(place: Place) -> Iterator[str]:
    """Release, norm, filter, boundaries, sources and address, as they stand under a picture or in a file."""
    frame, release = place.frame, place.page.release
    basis = word("basis", frame.asked.view.basis)
    yield " · ".join(
        (
            gettext("Release %(id)s", id=release.id),
            day(release.published_at),
            f"sha256 {release.sha256[:12]}",
            gettext("Norm %(name)s: %(words)s", name=frame.norm.name, words=norm_words(frame.norm)),
            gettext("Speed: %(basis)s", basis=basis),
        )
    )
    filters = "; ".join(filter_words(place))
    if filters:
        yield gettext("Only: %(filters)s", filters=filters)
    if release.vintages:
        vintages = ", ".join(dict.fromkeys(release.vintages.values()))
        disclaimer = gettext("Boundaries and names shown imply no opinion on the legal status of any territory.")
        yield f"{gettext('Boundaries %(vintages)s', vintages=vintages)}. {disclaimer}"
    sources = "; ".join(word("record", source) for source in release.sources) or gettext("not stated")
    yield gettext("Sources: %(sources)s", sources=sources)
    yield request.host_url.rstrip("/") + permanent_page(place)


def permanent_page(place: Place) -> str:
    """Address of the place's page that will show the same figures years later."""
    pinned = place.frame.asked.pinned(place.frame.release, place.frame.norm)
    code = place.page.code
    return url_for("pages.home", **pinned) if code is None else url_for("pages.region", code=code, **pinned)


_FILTER_KINDS: Mapping[str, str] = {
    "area_type": "area_type",
    "education_level": "education_level",
    "connectivity_type": "connectivity_type",
    "status": "status",
    "flag": "flag_name",
    "disagrees": "disagrees",
}


def filter_words(place: Place) -> Iterator[str]:
    """The filters of a view, each with its values in words; the place itself is not among them."""
    for name, values in place.frame.asked.view.where.terms:
        if name in (Grouping.ADMIN1.value, Grouping.ADMIN2.value):
            names = unit_names(workspace(), place.page.release, Grouping(name), language())
            shown = [gettext("no region") if value == NO_VALUE else names.get(value, value) for value in values]
        else:
            shown = [word(_FILTER_KINDS[name], value) if name in _FILTER_KINDS else value for value in values]
        yield f"{_filter_name(name)}: {', '.join(shown)}"


def _filter_name(name: str) -> str:
    names = {
        "admin1": gettext("Region"),
        "admin2": gettext("District"),
        "area_type": gettext("Area"),
        "education_level": gettext("Education level"),
        "connectivity_type": gettext("Kind of connection"),
        "status": gettext("Status"),
        "flag": gettext("To be checked"),
        "disagrees": gettext("Declared and measured"),
    }
    return names.get(name, name)


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
    where = format_decimal(abs(latitude), "0") + ("° N" if latitude >= 0 else "° S")
    most = percent(error_percent / 100)
    return gettext(
        "Equal-area projection; the scale is true at %(latitude)s, off by at most %(percent)s here.", latitude=where, percent=most
    )
