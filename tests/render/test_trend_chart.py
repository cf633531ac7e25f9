"""A figure over releases as a chart: where marks lie, where lines break, and that names stay text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from geo.render.trend_chart import HEIGHT, WIDTH, ChartPoint, nice_top, trend_chart

START = datetime(2026, 1, 1, tzinfo=UTC)


def point(day: float, value: float | None, **members: object) -> ChartPoint:
    return ChartPoint(START + timedelta(days=day), value, **members)  # type: ignore[arg-type]


def paths(svg: str, name: str) -> list[str]:
    return re.findall(rf'class="{name}" d="([^"]*)"', svg)


def test_marks_lie_by_date_across_and_by_figure_up() -> None:
    chart = trend_chart([point(0, 0.0), point(10, 0.5), point(40, 1.0)], top=1.0, label="share")

    assert paths(chart.svg, "trend-dot") == [f"M0 {HEIGHT:g}h0", f"M250 {HEIGHT / 2:g}h0", f"M{WIDTH:g} 0h0"]
    assert not chart.is_even


def test_releases_of_one_day_are_evenly_spaced() -> None:
    chart = trend_chart([point(0, 1.0), point(0.01, 1.0), point(0.9, 1.0)], top=1.0, label="share")

    assert [path.split(" ")[0] for path in paths(chart.svg, "trend-dot")] == ["M0", "M500", "M1000"]
    assert chart.is_even


def test_the_line_breaks_where_nothing_is_known_and_where_the_place_is_another() -> None:
    known = [point(day, 0.5) for day in (0, 5)]
    chart = trend_chart(
        [*known, point(10, None), point(15, 0.5), point(20, 0.5, breaks=True, is_marked=True), point(25, 0.5)], top=1.0, label=""
    )

    assert [path.count("L") for path in paths(chart.svg, "trend-line")] == [1, 1]
    assert len(paths(chart.svg, "trend-break")) == 1


def test_bounds_are_drawn_even_where_the_figure_is_not_known_and_end_at_the_top() -> None:
    points = [point(0, None, lower=0.0, upper=40.0), point(5, 2.0, lower=2.0, upper=4.0)]
    chart = trend_chart(points, top=4.0, label="count")

    assert paths(chart.svg, "trend-band") == ["M0 0L1000 0L1000 100L0 200Z"]
    assert chart.is_cut


def test_names_in_titles_and_labels_stay_text() -> None:
    chart = trend_chart([point(0, 1.0, title="<b>\"&'", is_shown=True)], top=1.0, label='"><script>')

    assert "<b>" not in chart.svg
    assert "<script" not in chart.svg
    assert len(paths(chart.svg, "trend-here")) == 1


@pytest.mark.parametrize(("highest", "top"), [(0, 4), (4, 4), (5, 8), (117, 200), (304, 400), (400, 400), (401, 800), (9_999, 10_000)])
def test_an_axis_ends_at_four_equal_round_parts(highest: float, top: float) -> None:
    assert nice_top(highest) == top
