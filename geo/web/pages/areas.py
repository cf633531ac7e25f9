"""What the map says of its areas: the figure of each in words, its look, and the legend of the chosen measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from geo.model import Measure
from geo.render.measures import MAX_RADIUS, Look, MeasureClass, classes_of, look_of, radius_px, round_sizes
from geo.render.palette import NO_SHARE, SHARE_CLASSES
from geo.web.pages.blueprint import Asked
from geo.web.pages.figures import number, percent, points
from geo.web.pages.sentences import Figures, region_lines, share_words
from geo.web.pages.translation import gettext, ngettext


def measure_title(measure: Measure, count: str) -> str:
    """What a measure is, as the heading of the legend."""
    titles = {
        ("schools", Measure.MEETS_NORM): gettext("Share of schools that meet the norm"),
        ("students", Measure.MEETS_NORM): gettext("Share of students in schools that meet the norm"),
        ("schools", Measure.CONNECTED): gettext("Share of schools with a connection"),
        ("students", Measure.CONNECTED): gettext("Share of students in schools with a connection"),
        ("schools", Measure.UNCONNECTED_RURAL): gettext("Unconnected rural schools"),
        ("students", Measure.UNCONNECTED_RURAL): gettext("Students in unconnected rural schools"),
        ("schools", Measure.RURAL_GAP): gettext("Rural gap: how far rural schools are behind urban ones in meeting the norm"),
        ("students", Measure.RURAL_GAP): gettext("Rural gap: how far students of rural schools are behind urban ones in meeting the norm"),
        ("schools", Measure.UNKNOWN): gettext("Share of schools that nobody reported on"),
        ("students", Measure.UNKNOWN): gettext("Share of students in schools that nobody reported on"),
    }
    return titles[count, measure]


def figure_words(measure: Measure, count: str, row: Figures) -> str:
    """What an area's figure says on the map ("70% · 66–73% of schools meet the norm")."""
    if measure is Measure.UNCONNECTED_RURAL:
        return _count_words(count, row[f"{count}_unconnected_rural"])
    if measure is Measure.UNKNOWN:
        share = percent(row[f"{count}_unknown"] / row[count] if row[count] else None)
        if count == "students":
            return gettext("Nobody reported on the schools of %(share)s of students", share=share)
        return gettext("Nobody reported on %(share)s of schools", share=share)
    if measure is Measure.RURAL_GAP:
        return _gap_words(count, row)
    return share_words(row, count) if measure is Measure.MEETS_NORM else _connected_words(count, row)


def _count_words(count: str, figure: int) -> str:
    if count == "students":
        return ngettext(
            "%(count)s student in unconnected rural schools",
            "%(count)s students in unconnected rural schools",
            figure,
            count=number(figure),
        )
    return ngettext("%(count)s unconnected rural school", "%(count)s unconnected rural schools", figure, count=number(figure))


def _gap_words(count: str, row: Figures) -> str:
    gap, *ends = (row[f"{count}_meets_norm_gap_points{end}"] for end in ("", "_lower", "_upper"))
    if gap is None:
        return gettext("The rural gap is not known")
    return gettext("Rural gap in meeting the norm: %(points)s points", points=points(gap, *ends))


def _connected_words(count: str, row: Figures) -> str:
    value, *ends = (row[f"{count}_connected_share{end}"] for end in ("", "_lower", "_upper"))
    if value is None:
        return gettext("Nobody reported whether its schools are connected")
    between = _between(*ends)
    if count == "students":
        return gettext("%(share)s of students in schools with a connection", share=percent(value) + between)
    return gettext("%(share)s of schools have a connection", share=percent(value) + between)


def _between(lower: float | None, upper: float | None) -> str:
    from_, to = percent(lower), percent(upper)
    return "" if from_ == to else f" · {from_}–{to}"


def class_words(measure: Measure, one: MeasureClass) -> str:
    """What a class of a measure holds, ends included."""
    low, high = one.lower, one.upper
    if measure is Measure.UNCONNECTED_RURAL:
        return _count_range(low or 0, high)
    if measure is Measure.RURAL_GAP:
        return _gap_range(low, high)
    if high == 100:
        return gettext("%(low)s–%(high)s%%", low=number(low), high=100)
    return gettext("%(low)s to under %(high)s%%", low=number(low), high=number(high))


def _gap_range(low: float | None, high: float | None) -> str:
    if low is None:
        return gettext("rural ahead by more than %(points)s points", points=number(-(high or 0)))
    if low < 0:
        return gettext("less than %(points)s points either way", points=number(high))
    if high is None:
        return gettext("%(low)s points and more", low=number(low))
    return gettext("%(low)s to under %(high)s points", low=number(low), high=number(high))


def _count_range(low: float, high: float | None) -> str:
    if high is None:
        return gettext("%(low)s and more", low=number(low))
    return number(low) if high == low + 1 else f"{number(low)}–{number(high - 1)}"


@dataclass(frozen=True)
class LegendClass:
    """A line of the legend: the switch and fill of a class, its words, and how many areas are in it."""

    name: str
    words: str
    areas: int


@dataclass(frozen=True)
class Legend:
    """The legend of the map's areas.

    Parameters
    ----------
    classes
        The classes of the measure, the best news first, circles the other way round: none first.
    no_data
        Areas whose figure is null or that hold no school of the filter.
    wide
        Areas whose bounds are wider than 20 points; they are in `classes` too.
    sizes
        Radius in pixels and words of circles to compare with, the largest first; none for rates.
    """

    title: str
    classes: tuple[LegendClass, ...]
    no_data: int
    wide: int
    sizes: tuple[tuple[float, str], ...]
    is_count: bool
    is_own: bool = False
    """Whether it is about the one area that the page is about, which needs no switches."""

    @property
    def areas(self) -> int:
        """How many areas there are in all."""
        return self.no_data + sum(one.areas for one in self.classes)


def legend_of(asking: Asked, looks: Iterable[Look]) -> Legend:
    """The legend of areas that look so."""
    found = list(looks)
    return legend_from(asking, Counter(look.name for look in found), sum(look.is_wide for look in found), largest_of(found))


def legend_from(asking: Asked, areas: Mapping[str, int], wide: int, largest: int, max_radius: float = MAX_RADIUS) -> Legend:
    """The legend of areas counted by class; `largest` is the largest count of one area, whose circle has `max_radius`."""
    measure, count = asking.measure, asking.count
    is_count = measure is Measure.UNCONNECTED_RURAL
    classes = tuple(LegendClass(one.name, class_words(measure, one), areas.get(one.name, 0)) for one in classes_of(measure, count))
    worst_first = not is_count and classes[0].name == SHARE_CLASSES[0].name
    return Legend(
        title=measure_title(measure, count),
        classes=classes[::-1] if worst_first else classes,
        no_data=areas.get(NO_SHARE, 0),
        wide=wide,
        sizes=tuple((radius_px(size, largest, max_radius), number(size)) for size in round_sizes(largest)) if is_count else (),
        is_count=is_count,
    )


def largest_of(looks: Iterable[Look]) -> int:
    """The largest count of one area, 0 where there is none."""
    return max((look.count or 0 for look in looks), default=0)


def area_members(name: str, row: Figures | None, asking: Asked, *, url: str | None, largest: int) -> dict[str, Any]:
    """What the map knows of one region or district; `row` None where no school of the filter lies in it."""
    look = look_of(asking.measure, asking.count, row)
    lines = [] if row is None else region_lines(row)
    if row is not None and asking.measure is not Measure.MEETS_NORM:
        lines = [share_words(row, asking.count), *lines]
    members: dict[str, Any] = {
        "name": name,
        "class": f"{asking.measure}-{look.name}",
        "fill": look.fill,
        "is_wide": look.is_wide,
        "share": "" if row is None else figure_words(asking.measure, asking.count, row),
        "lines": lines,
        "url": url,
    }
    if look.count:
        members["radius"] = radius_px(look.count, largest)
    return members
