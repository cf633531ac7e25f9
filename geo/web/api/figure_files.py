"""Figures of any view as files for spreadsheets: what each column means in words, what the figures rest on, and what the file is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from geo import __version__
from geo.model import STATUSES, Basis, Grouping, ReleaseRecord, Where
from geo.render.upload_template import MEDIA_TYPE_XLSX
from geo.services.norms import Norm
from geo.web.pages.figures import day
from geo.web.pages.translation import gettext
from geo.web.pages.wording import norm_words, word

MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": MEDIA_TYPE_XLSX,
    "datapackage": "application/vnd.datapackage+json",
}
"""Media type of each format of figures; that of the descriptor is registered with IANA."""


def file_name(release: ReleaseRecord, what: str, ending: str) -> str:
    """Name of a file of figures: whose, what, of which release and of which day."""
    country = f"{release.country.lower()}-" if release.country and release.country.isascii() and release.country.isalnum() else ""
    return f"qosyl-{country}{what}-release-{release.id}-{release.published_at:%Y-%m-%d}.{ending}"


def rests_on(release: ReleaseRecord, norm: Norm, basis: Basis, where: Where) -> Iterator[tuple[str, str]]:
    """Release, norm, filter, boundaries and sources of figures, a name and a text each."""
    yield from all_rest_on((release,), (norm,), basis, where)


def all_rest_on(releases: Sequence[ReleaseRecord], norms: Sequence[Norm], basis: Basis, where: Where) -> Iterator[tuple[str, str]]:
    """The same for figures of several releases or norms: a line each."""
    for release in releases:
        yield gettext("Release"), f"{release.id} · {day(release.published_at)} · sha256 {release.sha256}"
    for norm in norms:
        yield gettext("Norm"), f"{norm.name}: {norm_words(norm)} ({gettext(norm.source)})"
    yield gettext("Speed"), word("basis", basis)
    parameters = where.as_parameters()
    yield gettext("Only"), "; ".join(f"{name}={values}" for name, values in parameters.items()) or gettext("all schools")
    told = dict.fromkeys("; ".join(f"{level}: {vintage}" for level, vintage in sorted(each.vintages.items())) for each in releases)
    for vintages in filter(None, told):
        yield gettext("Boundaries"), vintages
    if any(told):
        yield "", gettext("Boundaries and names shown imply no opinion on the legal status of any territory.")
    sources = dict.fromkeys(word("record", source) for release in releases for source in release.sources)
    yield gettext("Sources"), "; ".join(sources) or gettext("not stated")
    yield gettext("Made by"), f"Qosyl {__version__}"


def definitions() -> Iterator[tuple[str, str]]:
    """The definitions that a reader of the figures needs."""
    yield gettext("Definitions"), ""
    texts = {
        "unconnected": gettext("Reported to have no connection."),
        "below_norm": gettext("Connected, and its speed is surely too low."),
        "norm_unknown": gettext("Connected, but its speed is not known, or its enrolment is not and the norm depends on it."),
        "meets_norm": gettext("Connected, and its speed is surely enough."),
        "unknown": gettext("Nobody reported whether it is connected. Unknown never counts as unconnected, and is never left out."),
    }
    for status in STATUSES:
        yield word("status", status), texts[status]
    yield (
        gettext("Shares and bounds"),
        gettext(
            "A share is of the schools whose status is known. The bounds beside it say what it would be if all unknown schools turned out "
            'badly, or well. A speed never turns a reported "no" into a "yes", and a speed of 0 never means "yes".'
        ),
    )
    yield (
        gettext("Students"),
        gettext(
            "Student figures sum known enrolment only. The rural gap is the urban share minus the rural share, in percentage points; "
            "schools of unknown area type are left out of it. Distances to the nearest connected school are straight lines."
        ),
    )
    yield gettext("Blank cells"), gettext("Not known, or nothing to count. Blank is never 0.")


def column_words(name: str) -> str:
    """What a column of figures means, in the present language; its own name where there is nothing to add."""
    if name in tuple(Grouping):
        return _groupings()[name]
    if name.endswith("_name") and name.removesuffix("_name") in _groupings():
        return gettext("%(what)s: name", what=_groupings()[name.removesuffix("_name")])
    for unit, words in _units().items():
        if name == unit or name.startswith(f"{unit}_"):
            return _figure_words(unit, words, name.removeprefix(unit).lstrip("_"))
    return _named().get(name, name)


def _named() -> Mapping[str, str]:
    """Columns that are neither groups nor figures."""
    return {
        "norm": gettext("Norm"),
        "sha256": gettext("sha256 of the release file"),
        "published_at": gettext("Published"),
        "boundaries_admin1": gettext("Boundaries of the regions"),
        "boundaries_admin2": gettext("Boundaries of the districts"),
    }


def _groupings() -> Mapping[str, str]:
    return {
        "admin1": gettext("Region"),
        "admin2": gettext("District"),
        "area_type": gettext("Area"),
        "education_level": gettext("Education level"),
        "connectivity_type": gettext("Kind of connection"),
        "status": gettext("Status"),
        "release": gettext("Release"),
    }


def _units() -> Mapping[str, str]:
    """What is counted, the longest names first."""
    return {
        "schools_without_enrolment": gettext("Schools of unknown enrolment"),
        "schools": gettext("Schools"),
        "students": gettext("Students of schools of known enrolment"),
    }


def _figure_words(unit: str, words: str, rest: str) -> str:
    """A column of one unit: "schools_connected_share_lower" is the lower bound of a share of schools."""
    ends = {"_lower": gettext("lower bound"), "_upper": gettext("upper bound")}
    end = next((end for end in ends if rest.endswith(end)), "")
    parts = {
        "": gettext("all"),
        "connected_share": gettext("share with a connection, of those known"),
        "meets_norm_share": gettext("share that meets the norm, of those known"),
        "connected_gap_points": gettext("rural gap in having a connection, percentage points"),
        "meets_norm_gap_points": gettext("rural gap in meeting the norm, percentage points"),
        "area_type_unknown": gettext("area type unknown, left out of the gap"),
        "flagged_position": gettext("with a doubtful position"),
        "rural": gettext("rural"),
        "unconnected_rural": gettext("rural, not connected"),
        **{status.value: word("status", status) for status in STATUSES},
    }
    what = parts.get(rest.removesuffix(end), rest)
    return f"{words}: {what}" + (f"; {ends[end]}" if end else "")
