"""What coverage alone takes: several releases and norms, what is counted, the format of its files, and what a citation pins."""

from __future__ import annotations

import re

from geo.model import GROUPING_COLUMNS, Grouping
from geo.services.citations import MIN_SHA256, WEIGHTS
from geo.services.coverage_sets import MAX_COUNTED, NEWEST_RELEASES
from geo.services.norms import NORMS
from geo.web.readers import MAX_GROUPINGS, MAX_ID, Parameter, enum_schema, number_reader, read_norm, refused, word_reader

MAX_NORMS = 10
MAX_SOFTWARE = 40
FORMATS = ("json", "csv", "xlsx", "datapackage")
_SHA256 = re.compile(rf"[0-9a-f]{{{MIN_SHA256},64}}", re.ASCII)
_VINTAGES = re.compile(r"[A-Za-z0-9.:,;-]+", re.ASCII)
"""Takes "admin1:2022,admin2:2024"; vintages are letters, digits, dots and hyphens."""
_FIGURES = re.compile(r"[1-9]\d{0,4}-[0-9a-f]{16}", re.ASCII)
"""Takes "1-9f86d081884c7d65"."""


def read_norms(text: str) -> tuple[str, ...]:
    """Canonical names of different norms, in the order given."""
    names = tuple(read_norm(word.strip()) for word in text.split(",")) if text.count(",") < MAX_NORMS else ()
    if not names or len(set(names)) < len(names):
        raise refused("norm", text, f"up to {MAX_NORMS} different norms, separated by commas")
    return names


def read_releases(text: str) -> tuple[int, ...]:
    """Different ids of releases, in the order given."""
    read = number_reader("release", MAX_ID)
    ids = tuple(read(word.strip()) for word in text.split(",")) if text.count(",") < MAX_COUNTED else ()
    if not ids or len(set(ids)) < len(ids):
        raise refused("release", text, f"up to {MAX_COUNTED} different ids, separated by commas")
    return ids


def read_groupings(text: str) -> tuple[Grouping, ...]:
    """Distinct groupings, outermost first; releases do not count among them."""
    words = tuple(word.strip() for word in text.split(","))
    is_known = set(words) <= set(Grouping) and len(set(words)) == len(words)
    if not is_known or len(set(words) - {Grouping.RELEASE}) > MAX_GROUPINGS:
        raise refused("by", text, f"up to {MAX_GROUPINGS} different ones of {', '.join(Grouping)}, separated by commas")
    return tuple(Grouping(word) for word in words)


def read_column_groupings(text: str) -> tuple[Grouping, ...]:
    """Distinct groupings that are columns of a release, outermost first."""
    found = read_groupings(text)
    if not set(found) <= set(GROUPING_COLUMNS):
        raise refused("by", text, f"up to {MAX_GROUPINGS} different ones of {', '.join(GROUPING_COLUMNS)}, separated by commas")
    return found


def read_sha256s(text: str) -> tuple[str, ...]:
    """The sha256 of releases, or their beginnings, in lower case."""
    digests = tuple(word.strip().lower() for word in text.split(","))
    if not all(_SHA256.fullmatch(digest) for digest in digests):
        raise refused(
            "sha256", text, f"the sha256 of each release, or its first {MIN_SHA256} hexadecimal digits or more, separated by commas"
        )
    return digests


def _read_boundaries(text: str) -> str:
    if not _VINTAGES.fullmatch(text):
        raise refused("boundaries", text, "the vintage of each level, such as admin1:2022,admin2:2024")
    return text


def _read_figures(text: str) -> str:
    if not _FIGURES.fullmatch(text):
        raise refused("figures", text, "a digest of figures as `citation_link` has it, such as 1-9f86d081884c7d65")
    return text


def _read_software(text: str) -> str:
    if len(text) > MAX_SOFTWARE:
        raise refused("software", text, f"a version of at most {MAX_SOFTWARE} characters")
    return text


NORM = Parameter(
    "norm",
    read_norms,
    f"The speed a school needs: {', '.join(NORMS)}, or a plain number of Mbps. Several, at most {MAX_NORMS}, each give rows of their own.",
    {"type": "string", "maxLength": 64},
    is_list=True,
    example="kz-2023",
)
RELEASE = Parameter(
    "release",
    read_releases,
    "Id of a release; the current one if absent. With `by=release` several ids; if absent the newest "
    f"{NEWEST_RELEASES} that are in public reach.",
    {"type": "integer", "minimum": 1},
    is_list=True,
    example="1",
)
BY = Parameter(
    "by",
    read_groupings,
    f"What to group by, outermost first, up to {MAX_GROUPINGS}, releases not counted; without it there are no rows, only the total.",
    enum_schema(Grouping),
    is_list=True,
    example="admin1",
)
COLUMNS_BY = Parameter(
    "by",
    read_column_groupings,
    f"What to group by, outermost first, up to {MAX_GROUPINGS}.",
    enum_schema(GROUPING_COLUMNS),
    is_list=True,
    example="admin1",
)
WEIGHT = Parameter(
    "weight",
    word_reader("weight", WEIGHTS),
    "Which figures are given: of schools, of students (with the schools of unknown enrolment, which those leave out), or both.",
    {**enum_schema(WEIGHTS), "default": "both"},
)
FORMAT = Parameter(
    "f",
    word_reader("f", FORMATS),
    "Format of the answer: JSON, CSV, XLSX, or the descriptor of a Frictionless Data Package whose resource is the CSV.",
    {**enum_schema(FORMATS), "default": "json"},
)
TABLE_FORMAT = Parameter(
    "f", word_reader("f", ("json", "csv")), "Format of the answer.", {**enum_schema(("json", "csv")), "default": "json"}
)
SHA256 = Parameter(
    "sha256",
    read_sha256s,
    f"sha256 that the release must have, at least its first {MIN_SHA256} digits; of several releases in the order of their ids given.",
    {"type": "string", "pattern": f"^[0-9a-fA-F]{{{MIN_SHA256},64}}$"},
    is_list=True,
)
PINNED: tuple[Parameter, ...] = (
    SHA256,
    Parameter(
        "boundaries",
        _read_boundaries,
        "Vintages of boundaries that the release must have, such as admin1:2022,admin2:2024.",
        {"type": "string", "pattern": "^[A-Za-z0-9.:,;-]+$", "maxLength": 4_000},
    ),
    Parameter(
        "software",
        _read_software,
        "Version of the software that made the cited figures; any is taken.",
        {"type": "string", "maxLength": 40},
    ),
    Parameter(
        "figures",
        _read_figures,
        "Digest of the cited figures: the answer is refused where it has others.",
        {"type": "string", "pattern": "^[1-9][0-9]{0,4}-[0-9a-f]{16}$"},
    ),
)
"""What a citation holds besides the question: each is checked, or says where the figures came from."""
