"""Words for the codes that pages show: statuses, area types, facts, flags, states, columns. English here, translated when shown."""

from __future__ import annotations

from collections.abc import Mapping

from babel import UnknownLocaleError
from flask import Flask
from flask_babel import get_locale
from flask_babel import lazy_gettext as _

from geo.model import (
    Areas,
    AreaType,
    Basis,
    Connectivity,
    ConnectivityType,
    EducationLevel,
    Fact,
    Flag,
    FundingType,
    ImportState,
    Measure,
    Outcome,
    ReleaseKind,
    ReleaseRecord,
    Role,
    Status,
)
from geo.render.palette import MARKS, NO_SHARE, SHARE_CLASSES
from geo.services.coverage import is_synthetic
from geo.services.keys import COMMAND_LINE
from geo.services.norms import Norm
from geo.web.pages.figures import decimal
from geo.web.pages.flag_words import FLAG_LIST_WORDS
from geo.web.pages.import_words import IMPORT_WORDS
from geo.web.pages.translation import gettext

STATUS_WORDS: Mapping[str, str] = {
    Status.UNCONNECTED: _("Not connected"),
    Status.BELOW_NORM: _("Below the norm"),
    Status.NORM_UNKNOWN: _("Connected, norm unknown"),
    Status.MEETS_NORM: _("Meets the norm"),
    Status.UNKNOWN: _("Not reported"),
}

AREA_TYPE_WORDS: Mapping[str, str] = {
    AreaType.URBAN: _("urban"),
    AreaType.RURAL: _("rural"),
    AreaType.UNKNOWN: _("area type unknown"),
}

CONNECTIVITY_WORDS: Mapping[str, str] = {Connectivity.YES: _("yes"), Connectivity.NO: _("no"), Connectivity.UNKNOWN: _("not reported")}

BASIS_WORDS: Mapping[str, str] = {
    Basis.BEST: _("measured, else declared"),
    Basis.DECLARED: _("declared"),
    Basis.MEASURED: _("measured"),
}

MEASURE_WORDS: Mapping[str, str] = {
    Measure.MEETS_NORM: _("share that meets the norm"),
    Measure.CONNECTED: _("share with a connection"),
    Measure.UNCONNECTED_RURAL: _("unconnected rural schools"),
    Measure.RURAL_GAP: _("rural gap"),
    Measure.UNKNOWN: _("share not reported"),
}

AREAS_WORDS: Mapping[str, str] = {
    Areas.ADMIN1: _("regions"),
    Areas.ADMIN2: _("districts"),
    Areas.HEXAGONS_SMALL: _("small hexagons"),
    Areas.HEXAGONS_MEDIUM: _("medium hexagons"),
    Areas.HEXAGONS_LARGE: _("large hexagons"),
}

CONNECTIVITY_TYPE_WORDS: Mapping[str, str] = {
    ConnectivityType.FIBER: _("optical fibre"),
    ConnectivityType.XDSL: _("xDSL"),
    ConnectivityType.WIRED: _("wired"),
    ConnectivityType.CELLULAR: _("mobile network"),
    ConnectivityType.P2MP_WIRELESS: _("wireless, point to multipoint"),
    ConnectivityType.P2P_WIRELESS: _("wireless, point to point"),
    ConnectivityType.SATELLITE: _("satellite"),
    ConnectivityType.COPPER: _("copper"),
    ConnectivityType.COAXIAL: _("coaxial cable"),
    ConnectivityType.OTHER: _("other"),
    ConnectivityType.UNKNOWN: _("not known"),
}

EDUCATION_LEVEL_WORDS: Mapping[str, str] = {
    EducationLevel.PRE_PRIMARY: _("Pre-primary"),
    EducationLevel.PRIMARY: _("Primary"),
    EducationLevel.SECONDARY: _("Secondary"),
    EducationLevel.POST_SECONDARY: _("Post-secondary"),
    EducationLevel.PRE_PRIMARY_AND_PRIMARY: _("Pre-primary and primary"),
    EducationLevel.PRIMARY_AND_SECONDARY: _("Primary and secondary"),
    EducationLevel.PRE_PRIMARY_PRIMARY_AND_SECONDARY: _("Pre-primary, primary and secondary"),
    EducationLevel.PRIMARY_SECONDARY_AND_POST_SECONDARY: _("Primary, secondary and post-secondary"),
}

FUNDING_WORDS: Mapping[str, str] = {
    FundingType.PUBLIC: _("public"),
    FundingType.PRIVATE: _("private"),
    FundingType.CHARITABLE: _("charitable"),
    FundingType.OTHERS: _("other"),
}

FACT_WORDS: Mapping[str, str] = {
    Fact.SCHOOL: _("School"),
    Fact.LOCATION: _("Position"),
    Fact.NUM_STUDENTS: _("Students"),
    Fact.CONNECTIVITY: _("Connected"),
    Fact.CONNECTIVITY_TYPE: _("Kind of connection"),
    Fact.DOWNLOAD_SPEED_DECLARED: _("Download speed, declared"),
    Fact.DOWNLOAD_SPEED_MEASURED: _("Download speed, measured"),
    Fact.UPLOAD_SPEED: _("Upload speed"),
    Fact.LATENCY: _("Latency"),
    Fact.CELLULAR_COVERAGE: _("Mobile signal at the school"),
    Fact.ELECTRICITY: _("Electricity"),
    Fact.FIBER_NODE_DISTANCE: _("Distance to the nearest fibre node"),
}

FLAG_WORDS: Mapping[str, str] = {
    Flag.REGION_NEAREST: _("The position lies just outside every region or district; the nearest one was taken."),
    Flag.NO_REGION: _("The position lies in no region."),
    Flag.NO_DISTRICT: _("The position lies in no district."),
    Flag.DISTRICT_PARENT_MISMATCH: _("The district at this position belongs to another region; the district is left out."),
    Flag.REGION_DISAGREES: _("A file names another region than the one the position lies in."),
    Flag.NOT_PLACED: _("The school has no position, so no map can show it."),
    Flag.YES_WITH_ZERO_SPEED: _("Reported as connected, with a speed of 0."),
    Flag.NO_WITH_SPEED: _("Reported as not connected, yet with a speed."),
    Flag.UNKNOWN_WITH_SPEED: _("A speed is reported, but not whether the school is connected."),
    Flag.SPEEDS_DISAGREE: _("Declared and measured speed lie on different sides of the norm."),
    Flag.NULL_ISLAND: _("The position is 0, 0, in the sea off Africa."),
    Flag.SAME_POSITION: _("Another school has the very same position."),
    Flag.REGION_CENTROID: _("The position is the middle of its region or district, not a place of its own."),
    Flag.LOW_PRECISION: _("The position has at most two decimals, so the place is known to about a kilometre."),
    Flag.LOCATION_OUTLIER: _("The position lies far from the region that a file names, or latitude and longitude are exchanged."),
    Flag.MANY_SCHOOLS_NEARBY: _("More than five schools lie in the square kilometre around it."),
    Flag.SIMILAR_NAME_NEARBY: _("A school within 100 m has a name that looks alike: they may be one."),
    Flag.IMPLAUSIBLE_ENROLMENT: _("The number of students is 0 or over 10,000."),
    Flag.EXCEL_MANGLED_ID: _("An id looks like a number that a spreadsheet rewrote."),
}

OUTCOME_WORDS: Mapping[str, str] = {
    Outcome.NEW: _("new schools"),
    Outcome.CHANGED: _("schools that change"),
    Outcome.UNCHANGED: _("nothing new"),
    Outcome.STALE: _("older than what is known"),
    Outcome.REMOVED: _("schools to remove"),
    Outcome.UNMATCHED: _("no school found"),
    Outcome.AMBIGUOUS: _("more than one school found"),
    Outcome.DUPLICATE: _("repeated in the file"),
    Outcome.BLANK: _("blank"),
    Outcome.REJECTED: _("with errors"),
}

STATE_WORDS: Mapping[str, str] = {
    ImportState.QUEUED: _("waiting"),
    ImportState.READING: _("being read"),
    ImportState.NEEDS_CONFIRMATION: _("needs an answer"),
    ImportState.STAGED: _("ready to publish"),
    ImportState.PUBLISHING: _("being published"),
    ImportState.PUBLISHED: _("published"),
    ImportState.DISCARDED: _("discarded"),
    ImportState.FAILED: _("failed"),
    ImportState.CANCELLED: _("cancelled"),
}

KIND_WORDS: Mapping[str, str] = {
    ReleaseKind.IMPORT: _("file published"),
    ReleaseKind.REGIONS: _("boundaries applied"),
    ReleaseKind.UNDO: _("release undone"),
}

ROLE_WORDS: Mapping[str, str] = {Role.CONTRIBUTOR: _("contributor"), Role.PUBLISHER: _("publisher"), Role.ADMIN: _("administrator")}

TIER_WORDS: Mapping[str, str] = {
    "school_id_giga": _("by Giga's school id"),
    "school_id_govt": _("by the government's school id"),
    "school_id": _("by our school id"),
    "crosswalk": _("by a match that a person accepted"),
    "folded_id": _("by an id that differs in blanks or capitals only"),
}

CHANGE_WORDS: Mapping[str, str] = {
    "schools_added": _("schools added"),
    "schools_removed": _("schools removed"),
    "schools_changed": _("schools changed"),
    "schools_moved": _("schools moved"),
    "schools_moved_far": _("schools moved over 5 km"),
    "schools_newly_connected": _("schools newly connected"),
    "schools_lost_connection": _("schools that lost their connection"),
    "schools_gone_silent": _("schools not reported any more"),
    "added": _("added"),
    "removed": _("removed"),
    "changed": _("changed"),
}

HOW_WORDS: Mapping[str, str] = {
    "exact": _("known spelling"),
    "mapped": _("as you said"),
    "constant": _("same for every row"),
    "ignored": _("not used"),
    "suggested": _("not used; do you mean this?"),
}

SEVERITY_WORDS: Mapping[str, str] = {"error": _("Error"), "warning": _("Warning"), "notice": _("Notice")}

DETECTED_WORDS: Mapping[str, str] = {
    "format": _("Format"),
    "encoding": _("Encoding"),
    "delimiter": _("Delimiter"),
    "decimal_mark": _("Decimal mark"),
    "sheet": _("Sheet"),
    "sheets": _("Sheets in the file"),
    "header_line": _("Line of headings"),
    "rows": _("Rows"),
    "columns": _("Columns"),
}

RECORD_WORDS: Mapping[str, str] = {
    COMMAND_LINE: _("command line"),
    "Demo: list of schools": _("Demo: list of schools"),
    "Demo: connectivity of the schools": _("Demo: connectivity of the schools"),
    "Locate schools in newly loaded boundaries": _("Locate schools in newly loaded boundaries"),
    "synthetic demonstration data: no real school": _("synthetic demonstration data: no real school"),
}
"""Texts that the service itself writes into its records: who acted, why, and whence the demonstration data are."""

FAILURE_WORDS: Mapping[str, str] = {
    "abandoned": _("The service stopped while it was reading the file. Upload it again."),
    "gave_up": _("The service ended several times while it worked on the file, perhaps for want of memory. Nothing was published."),
    "gate_not_confirmed": _("It was to be published, but nobody has confirmed the unusual numbers below."),
    "store_full": _("There is no space left where files are kept. Nothing was published; try again later."),
    "store_unavailable": _("The place where files are kept cannot be used now. Nothing was published; try again later."),
    "internal_error": _("Reading stopped because of a fault in the service. Nothing was published."),
}

NORM_WORDS: Mapping[str, str] = {
    "kz-2023": _("50 kbps a student, at least 20 Mbps"),
    "giga-20": _("20 Mbps a school"),
    "giga-5": _("5 Mbps a school"),
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "status": STATUS_WORDS,
    "area_type": AREA_TYPE_WORDS,
    "connectivity": CONNECTIVITY_WORDS,
    "basis": BASIS_WORDS,
    "measure": MEASURE_WORDS,
    "areas": AREAS_WORDS,
    "connectivity_type": CONNECTIVITY_TYPE_WORDS,
    "education_level": EDUCATION_LEVEL_WORDS,
    "school_funding_type": FUNDING_WORDS,
    "fact": FACT_WORDS,
    "flag": FLAG_WORDS,
    **FLAG_LIST_WORDS,
    "outcome": OUTCOME_WORDS,
    "state": STATE_WORDS,
    "kind": KIND_WORDS,
    "role": ROLE_WORDS,
    "tier": TIER_WORDS,
    "change": CHANGE_WORDS,
    "how": HOW_WORDS,
    "severity": SEVERITY_WORDS,
    "detected": DETECTED_WORDS,
    "record": RECORD_WORDS,
    **IMPORT_WORDS,
}


def word(kind: str, code: str | None) -> str:
    """The word for a code in the present language; the code itself where we have none for it, a dash for None."""
    if code is None:
        return "–"
    return str(WORDS[kind].get(code, code))


def reason_words(record: ReleaseRecord) -> str:
    """Why a release was published, as its publisher said; "" where nobody said more than its kind does."""
    is_plain_undo = record.undone_release_id is not None and record.reason == f"Undo release {record.undone_release_id}"
    return "" if is_plain_undo or not record.reason else word("record", record.reason)


def norm_words(norm: Norm) -> str:
    """What a norm asks, in a few words."""
    words = NORM_WORDS.get(norm.name)
    return str(words) if words is not None else gettext("%(speed)s Mbps a school", speed=decimal(norm.minimum_mbps))


def country_name(code: str | None) -> str:
    """Name of a country by its ISO 3166-1 code; the code where its name is not known, "" for None."""
    locale = get_locale()
    try:
        return str(locale.territories.get(code, code)) if code and locale else code or ""
    except UnknownLocaleError:
        return code or ""


def register(app: Flask) -> None:
    """Let an application's templates use the words."""
    app.jinja_env.globals.update(
        word=word,
        is_synthetic=is_synthetic,
        norm_words=norm_words,
        reason_words=reason_words,
        country_name=country_name,
        marks=MARKS,
        share_classes=SHARE_CLASSES,
        no_share=NO_SHARE,
    )
