"""The page of one school: its status in words, what is known of it and from whom, and what it was before."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from geo.model import Fact, Grouping
from geo.render.school_map import RegionShapes, bounds_of
from geo.render.still_map import outline
from geo.services.history import school_history
from geo.services.school import HISTORY_RELEASES, SchoolFact, SchoolPage, school_page
from geo.web.current import settings, workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Frame, answer_page, asked, blueprint, frame_of, tidied
from geo.web.pages.figures import decimal, kilometres, mbps, number
from geo.web.pages.maps import NO_BOUNDARIES, shapes_of
from geo.web.pages.sentences import school_name, speed_words, status_sentence
from geo.web.pages.translation import gettext, url_for
from geo.web.pages.wording import word

SHOWN_FIRST = (
    Fact.CONNECTIVITY,
    Fact.DOWNLOAD_SPEED_MEASURED,
    Fact.DOWNLOAD_SPEED_DECLARED,
    Fact.UPLOAD_SPEED,
    Fact.LATENCY,
    Fact.CONNECTIVITY_TYPE,
    Fact.NUM_STUDENTS,
    Fact.CELLULAR_COVERAGE,
    Fact.ELECTRICITY,
    Fact.FIBER_NODE_DISTANCE,
    Fact.LOCATION,
    Fact.SCHOOL,
)
"""Facts in the order of the page."""


@blueprint.get("/schools/<path:school_id>")
def school(school_id: str) -> AnyResponse:
    """Show one school."""
    redirection = tidied()
    if redirection is not None:
        return redirection
    asking = asked()
    frame = frame_of(asking)
    return answer_page(frame, lambda: _members(frame, school_id), "school.html")


def _members(frame: Frame, school_id: str) -> dict[str, Any]:
    page = school_page(workspace(), frame.asked.view, school_id, language=language())
    students = page.values["num_students"]
    facts = {fact.fact: fact for fact in page.facts}
    return {
        "page": page,
        "name": school_name(page.values["school_name"], school_id),
        "sentence": status_sentence(page.status, speed_words(page), page.required_mbps, students),
        "facts": [(word("fact", fact), fact_words(facts[fact]), facts[fact]) for fact in SHOWN_FIRST],
        "outline": _outline(page),
        "on_map": _on_map(page, frame),
        "changes": school_history(workspace(), school_id, before=frame.release.id + 1, limit=HISTORY_RELEASES).changes,
        "report_url": _report_address(school_id, frame),
        "kilometres": kilometres,
        "mbps": mbps,
    }


def fact_words(fact: SchoolFact) -> str:
    """A fact's values in words; "" where nothing was reported."""
    values = fact.values
    if fact.fact is Fact.SCHOOL:
        words = [values["school_name"], word("area_type", values["school_area_type"])]
        words += [word(kind, values[kind]) for kind in ("education_level", "school_funding_type") if values[kind]]
        words += [values[name] for name in ("admin1_declared", "admin2_declared") if values[name]]
        return ", ".join(text for text in words if text)
    if fact.fact is Fact.LOCATION:
        latitude, longitude = values["latitude"], values["longitude"]
        return "" if latitude is None or longitude is None else f"{latitude:.5f}, {longitude:.5f}"
    (value,) = values.values()
    return "" if value is None else _value_words(fact.fact, value)


def _value_words(fact: Fact, value: Any) -> str:
    if fact in (Fact.CONNECTIVITY, Fact.CONNECTIVITY_TYPE):
        return word(str(fact), value)
    if fact is Fact.ELECTRICITY:
        return word("connectivity", value)
    if fact is Fact.NUM_STUDENTS:
        return number(value)
    if fact is Fact.LATENCY:
        return gettext("%(latency)s ms", latency=decimal(value))
    if fact is Fact.FIBER_NODE_DISTANCE:
        return kilometres(value)
    return mbps(value) if isinstance(value, float) else str(value)


def _outline(page: SchoolPage) -> Markup:
    """Outline of the school's region with its place in it; empty where there is no region to draw."""
    identity = page.release.boundaries.get(Grouping.ADMIN1.value, NO_BOUNDARIES)
    shapes = shapes_of(identity)
    code = page.values[Grouping.ADMIN1.value]
    geometries = tuple(geometry for own, geometry in zip(shapes.codes, shapes.geometries, strict=True) if own == code)
    here = None if _position(page) is None else _position(page)
    return Markup(outline(RegionShapes((code,) * len(geometries), geometries, bounds_of(geometries)), here))  # noqa: S704 - numbers and fixed words only


def _position(page: SchoolPage) -> tuple[float, float] | None:
    longitude, latitude = page.values["longitude"], page.values["latitude"]
    return None if longitude is None or latitude is None or (longitude == 0 and latitude == 0) else (longitude, latitude)


def _on_map(page: SchoolPage, frame: Frame) -> str | None:
    """Address of the map that looks at the school, None where no map can show it."""
    position = _position(page)
    if position is None:
        return None
    place = url_for("pages.home", **frame.asked.parameters)
    return f"{place}#map=11/{position[1]:.4f}/{position[0]:.4f}"


def _report_address(school_id: str, frame: Frame) -> str | None:
    """Where a mistake is reported: the deployment's contact, told which school and release it is about; None where it has none."""
    contact = settings().contact_url
    if not contact.startswith(("https://", "http://", "mailto:")):
        return None
    about = f"{school_id}, release {frame.release.id}"
    if contact.startswith("mailto:"):
        return f"{contact}{'&' if '?' in contact else '?'}{urlencode({'subject': about}).replace('+', '%20')}"
    return contact
