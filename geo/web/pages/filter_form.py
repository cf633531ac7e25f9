"""The filters of a place's page: what can be chosen, what is, how each term is taken back, and how many schools they hide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from geo.model import FILTERS, NO_VALUE, Grouping, ReleaseRecord, Where
from geo.schools import enrolment_range
from geo.services.coverage import coverage_answer, unit_names
from geo.services.places import PlacePage, filter_choices, narrowed
from geo.web.current import workspace
from geo.web.languages import chosen_language, language
from geo.web.pages.blueprint import Asked, Frame
from geo.web.pages.figures import number
from geo.web.pages.links import same_page
from geo.web.pages.translation import gettext
from geo.web.pages.wording import word

ENROLMENT_RANGES = ("0-99", "100-299", "300-599", "600-", NO_VALUE)
"""Ranges that the form offers; any others can be asked for in the address."""
WORD_KINDS = {"flag": "flag_name"}
"""Kind of the words of a filter's values, where it is not the filter's name."""


@dataclass(frozen=True)
class Term:
    """One filter that is on: its name, its values in words, and the address without it."""

    name: str
    title: str
    words: str
    url: str


@dataclass(frozen=True)
class Hiding:
    """How many schools of a place a filter shows, and of how many."""

    shown: int
    schools: int

    @property
    def hidden(self) -> int:
        """Schools that the filter hides."""
        return self.schools - self.shown


def filter_members(frame: Frame, page: PlacePage) -> dict[str, Any]:
    """What the template of the filters needs."""
    view = frame.asked.view
    return {
        "choices": filter_choices(workspace(), view, language=language()),
        "chosen": {name: view.where.values_of(name) for name in FILTERS},
        "terms": tuple(terms_of(frame, page)),
        "hiding": hiding(frame, page),
        "kept": _kept(frame.asked),
        "enrolment_ranges": _offered(ENROLMENT_RANGES, view.where.values_of("enrolment")),
        "enrolment_words": enrolment_words,
    }


def hiding(frame: Frame, page: PlacePage) -> Hiding:
    """How many schools of the place the filter hides."""
    own = Where() if page.grouping is None or page.code is None else narrowed(Where(), page.grouping, page.code)
    whole = coverage_answer(workspace(), replace(frame.asked.view, where=own)).total
    return Hiding(page.total.figures["schools"], whole.figures["schools"])


def enrolment_words(text: str) -> str:
    """A range of enrolment in words ("100–299", "600 and more", "not known").

    Raises
    ------
    InvalidParameter
        The text is no range.
    """
    span = enrolment_range(text)
    if span is None:
        return gettext("not known")
    if span.most is None:
        return gettext("%(count)s and more", count=number(span.least))
    return number(span.least) if span.least == span.most else f"{number(span.least)}–{number(span.most)}"


def _offered(values: Iterable[str], chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Values of a form, those that the address asks for besides among them."""
    offered = tuple(values)
    return (*offered, *(value for value in chosen if value not in offered))


def terms_of(frame: Frame, page: PlacePage | None = None) -> Iterable[Term]:
    """The filters that are on, in canonical order; the place of the page, where it is of one, is none of them."""
    for name, values in frame.asked.view.where.terms:
        if page is not None and page.grouping is not None and name == page.grouping.value:
            continue
        words = ", ".join(_value_words(frame.release, name, values))
        yield Term(name, filter_title(name), words, same_page(**{name: None, "page": None}))


def _value_words(release: ReleaseRecord, name: str, values: tuple[str, ...]) -> list[str]:
    if name == "enrolment":
        return [enrolment_words(value) for value in values]
    if name in (Grouping.ADMIN1.value, Grouping.ADMIN2.value):
        names = unit_names(workspace(), release, Grouping(name), language())
        return [gettext("none") if value == NO_VALUE else names.get(value, value) for value in values]
    return [gettext("not known") if value == NO_VALUE else word(WORD_KINDS.get(name, name), value) for value in values]


def filter_title(name: str) -> str:
    """What a filter is called."""
    titles = {
        "admin1": gettext("Region"),
        "admin2": gettext("District"),
        "area_type": gettext("Area"),
        "education_level": gettext("Education level"),
        "connectivity_type": gettext("Kind of connection"),
        "enrolment": gettext("Number of students"),
        "status": gettext("Status"),
        "flag": gettext("To be checked"),
        "disagrees": gettext("Declared and measured"),
    }
    return titles[name]


def _kept(asking: Asked) -> dict[str, str]:
    """What the filter form carries along without showing it."""
    kept = {"release": str(asking.view.release_id)} if asking.view.release_id is not None else {}
    for name in ("admin1", "admin2"):
        if asking.view.where.values_of(name):
            kept[name] = ",".join(asking.view.where.values_of(name))
    return kept | ({"lang": chosen} if (chosen := chosen_language()) else {})
