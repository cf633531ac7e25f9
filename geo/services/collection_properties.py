"""The properties of features of each collection besides figures: names, kinds and meanings, in the order of features."""

from __future__ import annotations

from collections.abc import Mapping

from geo.model import ReleaseKind
from geo.school_properties import FEATURE_PROPERTIES, PropertyKind, SchoolProperty

UNIT_PROPERTIES: tuple[SchoolProperty, ...] = (
    SchoolProperty("code", PropertyKind.TEXT, "Its code, which is the id of its feature."),
    SchoolProperty("name", PropertyKind.TEXT, "Its name in the language asked for, English without."),
    SchoolProperty("name_en", PropertyKind.TEXT, "Its name in English."),
    SchoolProperty("name_ru", PropertyKind.TEXT, "Its name in Russian."),
    SchoolProperty("name_kk", PropertyKind.TEXT, "Its name in Kazakh."),
    SchoolProperty("parent", PropertyKind.TEXT, "Code of the region that a district is of."),
    SchoolProperty("level", PropertyKind.WHOLE_NUMBER, "1 for regions, 2 for districts."),
    SchoolProperty("vintage", PropertyKind.TEXT, "Vintage of the boundaries."),
    SchoolProperty("norm", PropertyKind.TEXT, "The norm that the statuses of its schools are held against."),
)
"""Of regions and districts; the figures of their schools follow."""

RELEASE_PROPERTIES: tuple[SchoolProperty, ...] = (
    SchoolProperty("release_id", PropertyKind.WHOLE_NUMBER, "Id of the release, which is that of its feature."),
    SchoolProperty("tag", PropertyKind.TEXT, "Id and the beginning of the checksum, as addresses and file names carry them."),
    SchoolProperty("sha256", PropertyKind.TEXT, "Checksum of the release's file, hexadecimal."),
    SchoolProperty("published_at", PropertyKind.INSTANT, "When it was published."),
    SchoolProperty("kind", PropertyKind.TEXT, "What made it.", tuple(map(str, ReleaseKind))),
    SchoolProperty("parent_id", PropertyKind.WHOLE_NUMBER, "Id of the release before it."),
    SchoolProperty("undone_release_id", PropertyKind.WHOLE_NUMBER, "Id of the release that it undoes."),
    SchoolProperty("is_current", PropertyKind.BOOLEAN, "Whether it is the current one."),
    SchoolProperty("is_synthetic", PropertyKind.BOOLEAN, "Whether its schools are made up."),
    SchoolProperty("country", PropertyKind.TEXT, "Country of its boundaries, ISO 3166-1."),
    SchoolProperty("boundaries_admin1", PropertyKind.TEXT, "Vintage of the regions that its schools are placed in."),
    SchoolProperty("boundaries_admin2", PropertyKind.TEXT, "Vintage of the districts that its schools are placed in."),
    SchoolProperty("software_version", PropertyKind.TEXT, "Version of the software that made it."),
    SchoolProperty("byte_count", PropertyKind.WHOLE_NUMBER, "Size of its file.", unit="bytes"),
    SchoolProperty("schools", PropertyKind.WHOLE_NUMBER, "Its schools; unknown once it is withdrawn, as the rest."),
    SchoolProperty("schools_not_placed", PropertyKind.WHOLE_NUMBER, "Schools without a position."),
    SchoolProperty("schools_no_region", PropertyKind.WHOLE_NUMBER, "Schools whose position lies in no region."),
    SchoolProperty("sources", PropertyKind.TEXT, "Sources of its facts, separated by semicolons."),
    SchoolProperty("withdrawn_at", PropertyKind.INSTANT, "When it was withdrawn."),
    SchoolProperty("withdrawal_reason", PropertyKind.TEXT, "Why it was withdrawn."),
)

PROPERTIES: Mapping[str, tuple[SchoolProperty, ...]] = {
    "schools": FEATURE_PROPERTIES,
    "regions": UNIT_PROPERTIES,
    "districts": UNIT_PROPERTIES,
    "releases": RELEASE_PROPERTIES,
}
"""By the id of the collection."""
