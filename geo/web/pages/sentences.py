"""Sentences that pages say about figures and schools: the finding of a place, a school's status, a region on the map."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geo.model import AreaType, Basis, Grouping, ReleaseRecord, Status, View
from geo.services.coverage import unit_names
from geo.services.school import SchoolCard, SchoolPage
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import Asked
from geo.web.pages.figures import kilometres, mbps, month, number, share
from geo.web.pages.translation import gettext, ngettext, url_for
from geo.web.pages.wording import word

Figures = Mapping[str, Any]
"""Fields of a coverage row by name."""


def school_name(name: str | None, school_id: str) -> str:
    """A school's name, its id where it has none."""
    return name or gettext("School %(id)s", id=school_id)


def finding(view: View, total: Figures) -> str:
    """The finding of a place in one sentence: unconnected rural schools, unless the filter asks for something else."""
    if not total["schools"]:
        return gettext("No school fits this choice.")
    if _picks_schools(view):
        count = total["schools"]
        return ngettext("%(count)s school is shown.", "%(count)s schools are shown.", count, count=number(count))
    if view.where.values_of("area_type") == (AreaType.URBAN.value,):
        count = total["schools_unconnected"]
        if count == 0:
            return gettext("No urban school is reported to be without a connection.")
        return ngettext(
            "%(count)s urban school has no connection.", "%(count)s urban schools have no connection.", count, count=number(count)
        )
    count = total["schools_unconnected_rural"]
    if count == 0:
        return gettext("No rural school is reported to be without a connection.")
    return ngettext("%(count)s rural school has no connection.", "%(count)s rural schools have no connection.", count, count=number(count))


def _picks_schools(view: View) -> bool:
    """Whether the filter says itself what is found: by status, by what is to be checked, or without rural schools to speak of."""
    areas = view.where.values_of("area_type")
    has_no_subject = bool(areas) and AreaType.RURAL.value not in areas and areas != (AreaType.URBAN.value,)
    return has_no_subject or any(view.where.values_of(name) for name in ("status", "flag", "disagrees"))


def students_affected(view: View, total: Figures) -> str:
    """How many students the finding is about; "at least" where some enrolment is unknown; "" where it is about no school."""
    is_urban = view.where.values_of("area_type") == (AreaType.URBAN.value,)
    if _picks_schools(view):
        schools, students = total["schools"], total["students"]
        is_least = bool(total["schools_without_enrolment"])
    else:
        schools = total["schools_unconnected"] if is_urban else total["schools_unconnected_rural"]
        students = total["students_unconnected"] if is_urban else total["students_unconnected_rural"]
        is_least = bool(total["schools_without_enrolment_unconnected"])
    if not schools:
        return ""
    if is_least and not students:
        return gettext("How many students learn there is not known.")
    if is_least:
        return ngettext(
            "At least %(count)s student learns there.", "At least %(count)s students learn there.", students, count=number(students)
        )
    return ngettext("%(count)s student learns there.", "%(count)s students learn there.", students, count=number(students))


def not_reported(total: Figures) -> str:
    """How many schools nobody reported on; "" where there are none."""
    count = total["schools_unknown"]
    if not count:
        return ""
    return ngettext(
        "Nobody reported whether %(count)s school is connected.",
        "Nobody reported whether %(count)s schools are connected.",
        count,
        count=number(count),
    )


def share_words(row: Figures, count: str) -> str:
    """What a region's share says on the map ("70% · 66–73% meet the norm")."""
    value, low, high = (row[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
    if value is None:
        return gettext("No school whose status under the norm is known")
    if count == "students":
        return gettext("%(share)s of students in schools that meet the norm", share=share(value, low, high))
    return gettext("%(share)s of schools meet the norm", share=share(value, low, high))


def region_lines(row: Figures) -> list[str]:
    """What else a region's card on the map says."""
    rural, schools = row["schools_unconnected_rural"], row["schools"]
    return [
        "▲ " + ngettext("%(count)s unconnected rural school", "%(count)s unconnected rural schools", rural, count=number(rural)),
        ngettext("%(count)s school in all", "%(count)s schools in all", schools, count=number(schools)),
    ]


def status_sentence(status: Status, speed: str, required_mbps: float | None, num_students: int | None) -> str:
    """A school's status in words ("Connected; 8 Mbps measured in May 2026; needs 24 Mbps for 480 students").

    Parameters
    ----------
    speed
        The speed in words; "" where none is known.
    """
    parts = [_connection(status), speed] if speed else [_connection(status)]
    if status not in (Status.UNCONNECTED, Status.UNKNOWN) and not speed:
        parts.append(gettext("speed not known"))
    parts.append(_need(required_mbps, num_students))
    return "; ".join(parts)


def _connection(status: Status) -> str:
    if status is Status.UNCONNECTED:
        return gettext("Not connected")
    return gettext("Nobody reported whether it is connected") if status is Status.UNKNOWN else gettext("Connected")


def _need(required_mbps: float | None, num_students: int | None) -> str:
    if required_mbps is None:
        return gettext("what it needs depends on its enrolment, which is not known")
    if num_students is None:
        return gettext("needs %(speed)s", speed=mbps(required_mbps))
    return ngettext(
        "needs %(speed)s for %(count)s student",
        "needs %(speed)s for %(count)s students",
        num_students,
        speed=mbps(required_mbps),
        count=number(num_students),
    )


def speed_words(page: SchoolPage) -> str:
    """The speed that the norm is held against, with how and when it became known; "" where none is."""
    if page.download_speed_mbps is None:
        return ""
    has_measured = page.values["download_speed_measured_mbps"] is not None and page.view.basis is not Basis.DECLARED
    collected_on = page.values[f"download_speed_{'measured' if has_measured else 'declared'}_collected_on"]
    return _dated_speed(page.download_speed_mbps, collected_on, has_measured=has_measured)


def _dated_speed(speed_mbps: float, collected_on: date | None, *, has_measured: bool) -> str:
    speed = mbps(speed_mbps)
    if collected_on is None:
        return gettext("%(speed)s measured", speed=speed) if has_measured else gettext("%(speed)s declared", speed=speed)
    when = month(collected_on)
    if has_measured:
        return gettext("%(speed)s measured (%(month)s)", speed=speed, month=when)
    return gettext("%(speed)s declared (%(month)s)", speed=speed, month=when)


def card_members(card: SchoolCard, release: ReleaseRecord, asking: Asked) -> dict[str, Any]:
    """What the map's popup of a school is made from; all of it is set as text."""
    speed = "" if card.download_speed_mbps is None else mbps(card.download_speed_mbps)
    names = unit_names(workspace(), release, Grouping.ADMIN1, language())
    place = [names.get(card.admin1 or "", ""), word("area_type", card.area_type)]
    facts = [[gettext("Students"), number(card.num_students)]]
    if card.status is not Status.UNKNOWN:
        facts.append([gettext("Download speed"), mbps(card.download_speed_mbps)])
    facts.append([gettext("Needs"), mbps(card.required_mbps)])
    nearest = getattr(card, "nearest_connected_km", None)
    if nearest is not None and card.status is Status.UNCONNECTED:
        facts.append([gettext("Nearest connected school"), kilometres(nearest)])
    return {
        "name": school_name(card.school_name, card.school_id),
        "place": ", ".join(part for part in place if part),
        "status": card.status.value,
        "sentence": word("status", card.status) if not speed else f"{word('status', card.status)} · {speed}",
        "facts": facts,
        "link": gettext("More about this school"),
        "url": url_for("pages.school", school_id=card.school_id, **asking.parameters),
    }
