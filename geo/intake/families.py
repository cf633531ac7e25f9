"""Families of problems: how a report groups what was found. Every code that a staged file can have belongs to one."""

from __future__ import annotations

from collections.abc import Mapping

_CODES: Mapping[str, tuple[str, ...]] = {
    "ids": (
        "duplicate_id",
        "duplicate_row",
        "excel_mangled_id",
        "folded_id_match",
        "giga_id_not_uuid",
        "invalid_id",
        "other_id_kept",
        "required_value_missing",
        "unmatched_row",
        "ambiguous_match",
    ),
    "positions": (
        "coordinates_missing",
        "fair_precision",
        "low_precision",
        "many_schools_nearby",
        "null_island",
        "region_centroid",
        "same_position",
    ),
    "regions": (
        "district_parent_mismatch",
        "location_outlier",
        "outside_country",
        "region_disagrees",
        "region_missing",
        "region_nearest",
        "region_variants",
    ),
    "connectivity": ("inconsistent_connectivity", "signal_missing", "speed_missing", "speeds_disagree"),
    "values": ("implausible_enrolment", "invalid_enum", "invalid_number", "not_finite", "out_of_range", "value_too_long"),
    "names": (
        "bidi_control",
        "combining_marks",
        "control_character",
        "formula_like_value",
        "invisible_character",
        "look_alike_letters",
        "mojibake",
        "name_without_letters",
        "similar_name_nearby",
    ),
    "dates": ("date_in_future", "invalid_date", "stale_date", "stale_row", "undated_facts"),
    "jumps": ("connectivity_lost", "enrolment_jump", "moved_far"),
    "completeness": ("blank_cells", "blank_row", "new_school_incomplete", "schools_removed", "schools_without_row"),
    "file": (),
}

FAMILIES: tuple[str, ...] = tuple(_CODES)
"""Families in the order of a report."""

_FAMILY_OF = {code: family for family, codes in _CODES.items() for code in codes}


def family_of(code: str) -> str:
    """Family of a problem code; how a file is written is "file", which is whatever has no other."""
    return _FAMILY_OF.get(code, "file")
