"""How figures are written: never all or nothing unless exact, grouped by the language's rule, bounds beside shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.web.pages import figures

NBSP, THIN = "\u00a0", "\u202f"


def plain(text: str) -> str:
    return text.replace(NBSP, " ").replace(THIN, " ")


@pytest.fixture
def speaking(app: Flask) -> Callable[[str], AbstractContextManager[object]]:
    """A request in a language."""
    return lambda language: app.test_request_context(f"/?lang={language}")


@pytest.fixture
def _english(app: Flask) -> Iterator[None]:
    with app.test_request_context("/?lang=en"):
        yield


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "–"),
        (0.0, "0%"),
        (0.0001, "<1%"),
        (0.00499, "<1%"),
        (0.005, "1%"),
        (0.125, "13%"),
        (0.994, "99%"),
        (0.995, ">99%"),
        (0.99999, ">99%"),
        (1.0, "100%"),
    ],
)
@pytest.mark.usefixtures("_english")
def test_share_is_whole_percent_and_all_or_nothing_only_where_exact(share: float | None, text: str) -> None:
    assert figures.percent(share) == text


@given(st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.usefixtures("_english")
def test_only_none_of_them_reads_0_and_only_all_reads_100(share: float) -> None:
    assert (figures.percent(share) == "0%") == (share == 0)
    assert (figures.percent(share) == "100%") == (share == 1)


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        ((0.7, 0.66, 0.73), "70% · 66–73%"),
        ((0.7, 0.7, 0.7), "70%"),
        ((1.0, 0.86, 1.0), "100% · 86–100%"),
        ((0.001, 0.001, 0.5), "<1% · <1–50%"),
        ((None, 0.0, 1.0), "not known · 0–100%"),
        ((None, None, None), "no data"),
    ],
)
@pytest.mark.usefixtures("_english")
def test_share_has_its_bounds_beside_it(figure: tuple[float | None, float | None, float | None], text: str) -> None:
    assert figures.share(*figure) == text


@pytest.mark.parametrize(("language", "text"), [("en", "41,200"), ("ru", "41 200"), ("kk", "41 200")])
def test_number_is_grouped_by_the_languages_rule(
    speaking: Callable[[str], AbstractContextManager[object]], language: str, text: str
) -> None:
    with speaking(language):
        assert plain(figures.number(41200)) == text


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_bounds_name_the_percent_sign_once_in_each_language(
    speaking: Callable[[str], AbstractContextManager[object]], language: str
) -> None:
    with speaking(language):
        assert figures.bounds(0.66, 0.73).count("%") == 1


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (33.4, "33"), (-4.6, "−5"), (-0.3, "0"), (0.0, "0")])
@pytest.mark.usefixtures("_english")
def test_difference_has_a_true_minus_and_no_minus_nought(value: float | None, text: str) -> None:
    assert figures.points(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (0.5, "0.5"), (24.05, "24.05"), (20.0, "20"), (1150.254, "1,150.25")])
@pytest.mark.usefixtures("_english")
def test_speed_just_below_what_is_needed_does_not_read_the_same(value: float | None, text: str) -> None:
    assert figures.decimal(value) == text


@pytest.mark.usefixtures("_english")
def test_missing_figure_is_a_dash_in_every_form() -> None:
    forms = (figures.number, figures.decimal, figures.mbps, figures.kilometres, figures.percent, figures.points, figures.day, figures.month)

    assert {form(None) for form in forms} == {figures.NO_FIGURE}
