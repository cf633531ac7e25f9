"""Checks of schools on columns: what is doubtful about positions, names, values and changes. Decides nothing and changes nothing.

Pure functions on NumPy and Arrow columns, one value a school; each gives one answer a school. Thresholds stand beside the check that
uses them, with their sources, and in docs/checks.md.
"""

from geo.quality.declared import OUTLIER_KM, Doubts, Regions, doubts
from geo.quality.jumps import ENROLMENT_FACTOR, MOVED_KM, is_enrolment_jump, moved_km
from geo.quality.names import ALIKE_DISTANCE_M, ALIKE_RATIO, are_alike, is_unlettered
from geo.quality.neighbours import CROWD, CROWD_RADIUS_M, Neighbours, copy_number, earth_m
from geo.quality.positions import CENTRE_M, is_at_centre, is_null_island, is_round, is_shared
from geo.quality.values import MOST_STUDENTS, is_implausible_enrolment, is_mangled_id, is_no_uuid

__all__ = [
    "ALIKE_DISTANCE_M",
    "ALIKE_RATIO",
    "CENTRE_M",
    "CROWD",
    "CROWD_RADIUS_M",
    "ENROLMENT_FACTOR",
    "MOST_STUDENTS",
    "MOVED_KM",
    "OUTLIER_KM",
    "Doubts",
    "Neighbours",
    "Regions",
    "are_alike",
    "copy_number",
    "doubts",
    "earth_m",
    "is_at_centre",
    "is_enrolment_jump",
    "is_implausible_enrolment",
    "is_mangled_id",
    "is_no_uuid",
    "is_null_island",
    "is_round",
    "is_shared",
    "is_unlettered",
    "moved_km",
]
