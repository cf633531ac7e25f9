"""The words of the service as types: statuses, area types, outcomes, flags, releases.

Standard library only. Every other module may import this one; it imports none of them. The definitions behind the words
are in docs/definitions.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Exactly one of five for each school under a norm; the order is that of the legend and of status codes 0 to 4."""

    UNCONNECTED = "unconnected"
    BELOW_NORM = "below_norm"
    NORM_UNKNOWN = "norm_unknown"
    MEETS_NORM = "meets_norm"
    UNKNOWN = "unknown"


STATUSES: tuple[Status, ...] = tuple(Status)
"""Position in this tuple is the status code that arrays carry."""


class AreaType(StrEnum):
    """Settlement type of a school; codes 0 to 2 in this order. Never guessed from anything unreadable."""

    URBAN = "urban"
    RURAL = "rural"
    UNKNOWN = "unknown"


AREA_TYPES: tuple[AreaType, ...] = tuple(AreaType)


class Connectivity(StrEnum):
    """Whether a school has an internet connection, as last reported; codes 0 to 2 in this order."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


CONNECTIVITIES: tuple[Connectivity, ...] = tuple(Connectivity)


class ConnectivityType(StrEnum):
    """Technology of the connection, in Giga's words."""

    FIBER = "fiber"
    XDSL = "xdsl"
    WIRED = "wired"
    CELLULAR = "cellular"
    P2MP_WIRELESS = "p2mp wireless"
    P2P_WIRELESS = "p2p wireless"
    SATELLITE = "satellite"
    COPPER = "copper"
    COAXIAL = "coaxial"
    OTHER = "other"
    UNKNOWN = "unknown"


class EducationLevel(StrEnum):
    """Education levels in Giga's words."""

    PRE_PRIMARY = "Pre-Primary"
    PRIMARY = "Primary"
    SECONDARY = "Secondary"
    POST_SECONDARY = "Post-Secondary"
    PRE_PRIMARY_AND_PRIMARY = "Pre-Primary and Primary"
    PRIMARY_AND_SECONDARY = "Primary and Secondary"
    PRE_PRIMARY_PRIMARY_AND_SECONDARY = "Pre-Primary, Primary and Secondary"
    PRIMARY_SECONDARY_AND_POST_SECONDARY = "Primary, Secondary and Post-Secondary"


class FundingType(StrEnum):
    """Who pays for the school, in Giga's words."""

    PUBLIC = "public"
    PRIVATE = "private"
    CHARITABLE = "charitable"
    OTHERS = "others"


class CellularCoverageType(StrEnum):
    """Best mobile signal at the school. "Coverage" alone never means mobile signal here."""

    G2 = "2G"
    G3 = "3G"
    G4 = "4G"
    G5 = "5G"
    NO_COVERAGE = "no coverage"


class ElectricityAvailability(StrEnum):
    """Whether the school has electricity."""

    YES = "yes"
    NO = "no"


class Basis(StrEnum):
    """Which download speed a norm is held against: measured if known else declared, or one of the two alone."""

    BEST = "best"
    DECLARED = "declared"
    MEASURED = "measured"


class Measure(StrEnum):
    """What areas on the map show: shares and gaps by colour, counts by the size of a circle; docs/definitions.md says what each is."""

    MEETS_NORM = "meets_norm"
    CONNECTED = "connected"
    UNCONNECTED_RURAL = "unconnected_rural"
    """The one count: how many, so never a colour."""
    RURAL_GAP = "rural_gap"
    UNKNOWN = "unknown"


class Areas(StrEnum):
    """Which areas the map shows."""

    ADMIN1 = "admin1"
    ADMIN2 = "admin2"
    HEXAGONS_SMALL = "hexagons_small"
    HEXAGONS_MEDIUM = "hexagons_medium"
    HEXAGONS_LARGE = "hexagons_large"


class GroundKind(StrEnum):
    """What a layer of ground under the map holds."""

    LAKES = "lakes"
    RIVERS = "rivers"
    ROADS = "roads"
    PLACES = "places"


class Grouping(StrEnum):
    """What coverage can be grouped by; the value is the parameter's word."""

    ADMIN1 = "admin1"
    ADMIN2 = "admin2"
    AREA_TYPE = "area_type"
    EDUCATION_LEVEL = "education_level"
    CONNECTIVITY_TYPE = "connectivity_type"
    STATUS = "status"
    """The status under the norm and basis that are asked for: no column of a release."""
    RELEASE = "release"
    """One release after another; never added up."""


GROUPING_COLUMNS: dict[Grouping, str] = {
    Grouping.ADMIN1: "admin1",
    Grouping.ADMIN2: "admin2",
    Grouping.AREA_TYPE: "school_area_type",
    Grouping.EDUCATION_LEVEL: "education_level",
    Grouping.CONNECTIVITY_TYPE: "connectivity_type",
}
"""Column of a release behind each grouping that has one."""


class Fact(StrEnum):
    """A fact about a school that is reported, dated and sourced on its own.

    A release stores `<fact>_source`, `<fact>_collected_on` and `<fact>_import` beside the columns of each fact.
    """

    SCHOOL = "school"
    LOCATION = "location"
    NUM_STUDENTS = "num_students"
    CONNECTIVITY = "connectivity"
    CONNECTIVITY_TYPE = "connectivity_type"
    DOWNLOAD_SPEED_DECLARED = "download_speed_declared"
    DOWNLOAD_SPEED_MEASURED = "download_speed_measured"
    UPLOAD_SPEED = "upload_speed"
    LATENCY = "latency"
    CELLULAR_COVERAGE = "cellular_coverage"
    ELECTRICITY = "electricity"
    FIBER_NODE_DISTANCE = "fiber_node_distance"


FACT_COLUMNS: dict[Fact, tuple[str, ...]] = {
    Fact.SCHOOL: (
        "school_name",
        "school_area_type",
        "education_level",
        "school_funding_type",
        "admin1_declared",
        "admin2_declared",
    ),
    Fact.LOCATION: ("latitude", "longitude"),
    Fact.NUM_STUDENTS: ("num_students",),
    Fact.CONNECTIVITY: ("connectivity",),
    Fact.CONNECTIVITY_TYPE: ("connectivity_type",),
    Fact.DOWNLOAD_SPEED_DECLARED: ("download_speed_declared_mbps",),
    Fact.DOWNLOAD_SPEED_MEASURED: ("download_speed_measured_mbps",),
    Fact.UPLOAD_SPEED: ("upload_speed_mbps",),
    Fact.LATENCY: ("latency_ms",),
    Fact.CELLULAR_COVERAGE: ("cellular_coverage_type",),
    Fact.ELECTRICITY: ("electricity_availability",),
    Fact.FIBER_NODE_DISTANCE: ("fiber_node_distance_km",),
}
"""Columns of a release that each fact fills; together they are every column that an upload can change but the ids."""


class Flag(StrEnum):
    """A mark that a release puts on a school; computed at publish, never a silent fix."""

    REGION_NEAREST = "region_nearest"
    """The point lies outside every unit but within the tolerance; the nearest unit was taken."""
    NO_REGION = "no_region"
    """The point lies in no unit and none is within the tolerance."""
    DISTRICT_PARENT_MISMATCH = "district_parent_mismatch"
    """The district that holds the point belongs to another region than the point does; the district is left out."""
    NO_DISTRICT = "no_district"
    """The point has a region but lies in no district of the vintage, or none is within the tolerance."""
    REGION_DISAGREES = "region_disagrees"
    """A file declared another region than the point lies in."""
    NOT_PLACED = "not_placed"
    """No coordinates, or 0,0."""
    YES_WITH_ZERO_SPEED = "yes_with_zero_speed"
    NO_WITH_SPEED = "no_with_speed"
    UNKNOWN_WITH_SPEED = "unknown_with_speed"
    SPEEDS_DISAGREE = "speeds_disagree"
    """Declared and measured speeds lie on different sides of the default norm."""
    NULL_ISLAND = "null_island"
    """The position is 0,0, which spreadsheets and programs write for "unknown"."""
    SAME_POSITION = "same_position"
    """Another school has the very same position."""
    REGION_CENTROID = "region_centroid"
    """The position is the middle of the region or district, within 100 m."""
    LOW_PRECISION = "low_precision"
    """Neither coordinate has more than two decimals, which is about a kilometre."""
    LOCATION_OUTLIER = "location_outlier"
    """The point lies over 50 km from the declared region, or belongs where it should with latitude and longitude exchanged."""
    MANY_SCHOOLS_NEARBY = "many_schools_nearby"
    """More than five schools lie in the square kilometre around it."""
    SIMILAR_NAME_NEARBY = "similar_name_nearby"
    """A school within 100 m has a name that looks alike."""
    IMPLAUSIBLE_ENROLMENT = "implausible_enrolment"
    """Enrolment is 0 or over 10,000."""
    EXCEL_MANGLED_ID = "excel_mangled_id"
    """An id looks like a number that a spreadsheet rewrote."""


POSITION_FLAGS: frozenset[Flag] = frozenset(
    {
        Flag.REGION_NEAREST,
        Flag.NO_REGION,
        Flag.REGION_DISAGREES,
        Flag.NULL_ISLAND,
        Flag.SAME_POSITION,
        Flag.REGION_CENTROID,
        Flag.LOW_PRECISION,
        Flag.LOCATION_OUTLIER,
        Flag.MANY_SCHOOLS_NEARBY,
    }
)
"""Flags that doubt where a school is: `schools_flagged_position` counts the schools with any of them."""


class MatchTier(StrEnum):
    """How a row found its school, best first."""

    GIGA_ID = "school_id_giga"
    GOVT_ID = "school_id_govt"
    SCHOOL_ID = "school_id"
    CROSSWALK = "crosswalk"
    """A person accepted the pair, now or for an earlier file of the same source."""
    FOLDED_ID = "folded_id"
    """Ids equal only after trimming and case folding; flagged."""


class MatchReason(StrEnum):
    """What speaks for a suggested match of a row and a school without a shared id."""

    SAME_NAME = "same_name"
    """The names are equal in one spelling, words of kind aside."""
    SIMILAR_NAME = "similar_name"
    SAME_NUMBER = "same_number"
    SAME_KIND = "same_kind"
    NEAR = "near"
    """The two positions lie within 5 km of each other."""
    SAME_REGION = "same_region"
    SAME_DISTRICT = "same_district"
    SAME_LEVEL = "same_level"
    SAME_ENROLMENT = "same_enrolment"


MATCH_REASONS: tuple[MatchReason, ...] = tuple(MatchReason)


class Outcome(StrEnum):
    """What became of a row of an uploaded file: exactly one each."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    STALE = "stale"
    REMOVED = "removed"
    UNMATCHED = "unmatched"
    AMBIGUOUS = "ambiguous"
    DUPLICATE = "duplicate"
    BLANK = "blank"
    REJECTED = "rejected"


OUTCOMES: tuple[Outcome, ...] = tuple(Outcome)


class ImportState(StrEnum):
    """Where an import stands."""

    QUEUED = "queued"
    READING = "reading"
    NEEDS_CONFIRMATION = "needs_confirmation"
    STAGED = "staged"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    DISCARDED = "discarded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ImportStep(StrEnum):
    """What is being done with an import that is read or published, in the order of the work."""

    READING = "reading"
    """The file is opened, decoded and cut into cells."""
    PARSING = "parsing"
    MATCHING = "matching"
    MERGING = "merging"
    PLACING = "placing"
    """Schools are located in their regions."""
    IMPACT = "impact"
    CHECKING = "checking"
    """Suggestions are sought and doubts are written down."""
    WRITING = "writing"
    PREPARING = "preparing"
    """The release that it would become is written ahead."""
    PUBLISHING = "publishing"


class JobKind(StrEnum):
    """What a job does."""

    STAGE = "stage"
    PUBLISH = "publish"


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ImportMode(StrEnum):
    """What a file is taken for."""

    UPDATE = "update"
    """Facts about schools; schools that the file does not name keep what they have."""
    REPLACE = "replace"
    """The whole list: schools that the file does not name are dropped. Asks for a confirmation."""
    REMOVE = "remove"
    """A list of ids: the schools it names are dropped. Asks for a confirmation."""


class EmptyCells(StrEnum):
    """What an empty cell in a column that is present says about the school."""

    KEEP = "keep"
    """Nothing: the school keeps what it has."""
    CLEAR = "clear"
    """That the value is not known any more."""


class GateCode(StrEnum):
    """A change so large that publishing asks for a confirmation."""

    REPLACE = "replace"
    """The file is taken for the whole list."""
    REMOVE = "remove"
    """The file is a list of schools to drop."""
    FEWER_SCHOOLS = "fewer_schools"
    REGION_SHARE_MOVED = "region_share_moved"
    """A region's share of connected schools, or of those that meet the norm, moves far."""
    SCHOOLS_MOVED = "schools_moved"
    """Many schools move far."""


class SpeedUnit(StrEnum):
    """Unit in which the speeds of a file are written; chosen by a person, never guessed."""

    MBPS = "Mbps"
    KBPS = "kbps"
    BPS = "bps"


class ReleaseKind(StrEnum):
    """What made a release."""

    IMPORT = "import"
    REGIONS = "regions"
    UNDO = "undo"


class Role(StrEnum):
    """What a key may do; each role may do what those before it may."""

    CONTRIBUTOR = "contributor"
    PUBLISHER = "publisher"
    ADMIN = "admin"


ROLES: tuple[Role, ...] = tuple(Role)


class Severity(StrEnum):
    """How much a problem weighs: an error keeps a file from being published as it is; the others never block."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing that is wrong, odd or worth saying about an uploaded file.

    Parameters
    ----------
    code
        A code of `geo.intake.problems.PROBLEMS`, which gives its severity and its sentences.
    line
        Physical line in the file, 1 for the first, right even after quoted line breaks; None for the whole file.
    column
        The column as our table names it, or as the file spells it where it has no name of ours; None for the whole row.
    value
        The cell as sent, cut to 120 characters; None where showing it would disclose data about a person.
    parameters
        What the sentences of the code need besides line, column and value.
    """

    code: str
    line: int | None = None
    column: str | None = None
    value: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """An access key as the catalog knows it: never the secret itself."""

    id: int
    prefix: str
    name: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class BoundarySetRecord:
    """One vintage of one level of a country's boundaries, as the catalog knows it."""

    id: int
    country: str
    level: int
    vintage: str
    directory: str
    sha256: str
    unit_count: int
    languages: tuple[str, ...]
    source_name: str
    source_sha256: str
    report: dict[str, Any]
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """One published, immutable version of the joined data, as the catalog knows it.

    `boundaries` maps "admin1" and "admin2" to the id of the boundary set that located the schools; `vintages` to its name.
    `counts` holds the totals fixed at publish: schools, placed, not_placed, no_region and the like.
    """

    id: int
    parent_id: int | None
    kind: ReleaseKind
    file_name: str
    sha256: str
    byte_count: int
    school_count: int
    country: str | None
    boundaries: dict[str, int]
    vintages: dict[str, str]
    sources: tuple[str, ...]
    counts: dict[str, int]
    import_id: int | None
    undone_release_id: int | None
    reason: str
    published_at: datetime
    published_by: str
    software_version: str

    @property
    def tag(self) -> str:
        """Name used in immutable addresses: release id and the first 12 hexadecimal digits of its sha256."""
        return f"{self.id}-{self.sha256[:12]}"


@dataclass(frozen=True, slots=True)
class WithdrawalRecord:
    """That a release is out of public reach for good, since when, why and by whom."""

    release_id: int
    reason: str
    withdrawn_at: datetime
    withdrawn_by: str


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One uploaded file and where it stands, as the catalog knows it."""

    id: int
    state: ImportState
    file_name: str
    file_sha256: str
    byte_count: int
    options: dict[str, Any]
    source: str | None
    base_release_id: int | None
    release_id: int | None
    staged_file: str | None
    report: dict[str, Any] | None
    failure: dict[str, Any] | None
    progress: float
    created_at: datetime
    updated_at: datetime
    created_by: str
    created_by_key_id: int | None
    step: ImportStep | None
    """What is being done while it is read or published; None while nothing is."""
    prepared: dict[str, Any] | None
    """The release file that staging has written ahead, so that publishing only names it; see `geo.services.prepared`."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """Work beyond about a second, as the catalog knows it: who works on it until when.

    `lease_until` of a queued job is the moment before which nobody takes it; None is now.
    """

    id: int
    kind: JobKind
    state: JobState
    import_id: int | None
    parameters: dict[str, Any]
    attempts: int
    lease_owner: str | None
    lease_until: datetime | None
    is_cancelled: bool
    failure: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


class PullState(StrEnum):
    """How the last pull from a source ended."""

    PUBLISHED = "published"
    STAGED = "staged"
    UNCHANGED = "unchanged"
    """It brought nothing that is not known."""
    FAILED = "failed"
    """Nothing of it was staged; the release before it stands."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """An interface that data is pulled from, as the catalog knows it: never a key.

    `country` is an ISO 3166-1 code of three letters. `last_import_id` and `last_report` are those of the last pull that did not
    fail, which was at `last_success_at`; `last_pull_at` and `last_failure` are those of the last try. `pulling_since` is set while
    a pull runs.
    """

    id: int
    name: str
    kind: str
    base_url: str
    country: str
    options: dict[str, Any]
    is_trusted: bool
    created_at: datetime
    created_by: str
    pulling_since: datetime | None
    last_pull_at: datetime | None
    last_success_at: datetime | None
    last_state: PullState | None
    last_import_id: int | None
    last_report: dict[str, Any] | None
    last_failure: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


FILTERS: tuple[str, ...] = (
    "admin1",
    "admin2",
    "area_type",
    "education_level",
    "connectivity_type",
    "enrolment",
    "status",
    "flag",
    "disagrees",
)
"""Parameters by which pages narrow which schools count, in canonical order."""

PROPERTY_FILTERS: tuple[str, ...] = (
    "school_id",
    "school_id_giga",
    "school_id_govt",
    "school_name",
    "admin1_name",
    "admin2_name",
    "school_area_type",
    "school_funding_type",
    "num_students",
    "connectivity",
    "download_speed_basis",
    "cellular_coverage_type",
    "electricity_availability",
)
"""Parameters of the API that are named like the property whose value they ask for: clients make them of their own filters."""

API_FILTERS: tuple[str, ...] = (*FILTERS, *PROPERTY_FILTERS, "bbox", "datetime", "filter")
"""Parameters by which the API narrows which schools count, in canonical order: those of pages and more.

`bbox`, `datetime` and `filter` have one value, their canonical text.
"""

MOST_STUDENTS = 9_999_999
"""The largest number that a range of enrolment can name."""

NO_VALUE = "none"
"""Filter value that selects schools without a value, such as those in no region."""


@dataclass(frozen=True, slots=True)
class Where:
    """A filter: for each named parameter the accepted values; all parameters must hold.

    `terms` is canonical: parameters in the order of `API_FILTERS`, values sorted (ranges of enrolment by their ends) and distinct, so
    equal filters are equal objects.
    Build it with `where`.
    """

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def values_of(self, name: str) -> tuple[str, ...]:
        """Accepted values of one parameter; empty where it does not filter."""
        return dict(self.terms).get(name, ())

    def as_parameters(self) -> dict[str, str]:
        """Query-string form: values joined by commas, in canonical order."""
        return {name: ",".join(values) for name, values in self.terms}


def where(**values: tuple[str, ...]) -> Where:
    """Canonical filter from parameter names and accepted values; empty values do not filter."""
    return Where(tuple((name, tuple(sorted(set(values[name]), key=_place_of(name)))) for name in API_FILTERS if values.get(name)))


def _place_of(name: str) -> Callable[[str], tuple[tuple[int, str], ...]]:
    """What the values of a filter are sorted by: ranges of enrolment by their numbers, so that "1000-" follows "300-999"."""
    if name == "enrolment":
        return lambda text: tuple((int(end) if end.isdigit() else MOST_STUDENTS + 1, end) for end in text.split("-"))
    return lambda text: ((0, text),)


@dataclass(frozen=True, slots=True)
class View:
    """What a figure or a map shows: which release, norm, basis and filter. `release_id` None is the current release."""

    release_id: int | None = None
    norm: str | None = None
    basis: Basis = Basis.BEST
    where: Where = Where()
