"""Checks of positions against regions and neighbours: outside, elsewhere than declared, in the middle of a unit, alike next door."""

from __future__ import annotations

import numpy as np

from geo.intake.problem_log import MAX_LISTED, ProblemLog
from geo.intake.problems import row_problem
from geo.model import Flag, RowProblem
from geo.quality import earth_m, is_at_centre
from geo.regions import NEAREST_TOLERANCE_KM
from geo.schools import BoolArray, Int64Array
from geo.services.checked_rows import Subject, log_positions

_POSITION = ("latitude", "longitude")


def check_regions(subject: Subject, log: ProblemLog) -> None:
    """Where the position lies, for rows that state one, and against the declared region, for rows that state either."""
    if 1 not in subject.boundaries:
        return
    says = subject.says(*_POSITION)
    log_positions(subject, log, "outside_country", subject.has(Flag.NO_REGION) & says, tolerance=f"{NEAREST_TOLERANCE_KM:g} km")
    log_positions(subject, log, "district_parent_mismatch", subject.has(Flag.DISTRICT_PARENT_MISMATCH) & says)
    _check_nearest(subject, log, subject.has(Flag.REGION_NEAREST) & says)
    _check_centres(subject, log, subject.has(Flag.REGION_CENTROID) & says)
    either = says | subject.says("admin1_declared")
    _check_declared(subject, log, subject.has(Flag.REGION_DISAGREES) & either)
    _check_outliers(subject, log, subject.has(Flag.LOCATION_OUTLIER) & either)


def _check_nearest(subject: Subject, log: ProblemLog, where: BoolArray) -> None:
    """The unit that was taken and how far it is, at the level that did not hold the point."""
    rows = np.flatnonzero(where)[:MAX_LISTED]
    latitude, longitude = (values[rows] for values in subject.position)
    taken: dict[int, tuple[str, float]] = {}
    for level in sorted(subject.boundaries, reverse=True):
        boundary_set = subject.boundaries[level]
        located = boundary_set.locator.locate(longitude, latitude)
        for at in np.flatnonzero(located.is_nearest).tolist():
            taken[int(rows[at])] = (boundary_set.names["en"][located.unit[at]], float(located.distance_km[at]))

    def make(row: int) -> RowProblem:
        region, distance_km = taken.get(row, ("?", np.nan))
        distance = f"{distance_km * 1000:.0f} m" if distance_km < 1 else f"{distance_km:.1f} km"
        return row_problem(
            "region_nearest", int(subject.lines[row]), "latitude", subject.position_text(row), region=region, distance=distance
        )

    log.add_rows("region_nearest", where, make)


def _check_centres(subject: Subject, log: ProblemLog, where: BoolArray) -> None:
    """Which unit a school is in the middle of."""
    rows = np.flatnonzero(where)[:MAX_LISTED]
    latitude, longitude = (values[rows] for values in subject.position)
    region: dict[int, str] = {}
    for boundary_set in subject.boundaries.values():
        unit = boundary_set.locator.locate(longitude, latitude).unit
        for centre in boundary_set.centres:
            near = is_at_centre(latitude, longitude, unit, centre[:, 1], centre[:, 0])
            region |= {int(rows[at]): boundary_set.names["en"][unit[at]] for at in np.flatnonzero(near).tolist()}

    def make(row: int) -> RowProblem:
        return row_problem("region_centroid", int(subject.lines[row]), "latitude", subject.position_text(row), region=region[row])

    log.add_rows("region_centroid", where, make)


def _check_declared(subject: Subject, log: ProblemLog, where: BoolArray) -> None:
    declared, region = subject.now("admin1_declared"), subject.now("admin1_name")
    log.add_rows(
        "region_disagrees",
        where,
        lambda row: row_problem(
            "region_disagrees", int(subject.lines[row]), "admin1_declared", declared[row].as_py(), region=region[row].as_py() or "?"
        ),
    )


def _check_outliers(subject: Subject, log: ProblemLog, where: BoolArray) -> None:
    """How far from the declared region, or where the point would lie with its coordinates exchanged."""
    found = subject.made.doubts
    if found is None or not where.any():
        return
    rows = np.flatnonzero(where)[:MAX_LISTED]
    latitude, longitude = (values[rows] for values in subject.position)
    exchanged = subject.boundaries[1].locator.locate(latitude, longitude).unit
    region = {row: int(unit) for row, unit in zip(rows.tolist(), exchanged.tolist(), strict=True)}
    measured = rows[~found.is_swapped[subject.school[rows]]]
    away_km = dict(zip(measured.tolist(), found.outside_km(subject.school[measured]).tolist(), strict=True))
    declared = subject.now("admin1_declared")

    def make(row: int) -> RowProblem:
        school = subject.school[row]
        if found.is_swapped[school]:
            parameters = {"variant": "swapped", "region": subject.boundaries[1].names["en"][region[row]]}
        else:
            parameters = {"distance": f"{away_km[row]:.0f}", "declared": declared[row].as_py() or "?"}
        return row_problem("location_outlier", int(subject.lines[row]), "latitude", subject.position_text(row), **parameters)

    log.add_rows("location_outlier", where, make)


def check_neighbours(subject: Subject, log: ProblemLog) -> None:
    """Schools within 100 m whose names look alike, for rows that state a name or a position."""
    where = subject.has(Flag.SIMILAR_NAME_NEARBY) & (subject.says(*_POSITION) | subject.says("school_name"))
    rows = np.flatnonzero(where)[:MAX_LISTED]
    if not len(rows):
        return
    partner = _partners(subject.made.alike, subject.school[rows])
    table = subject.made.table
    names, ids = table["school_name"], table["school_id"]
    points = [np.asarray(table[name].take(both)) for both in (subject.school[rows], partner) for name in _POSITION]
    metres = np.sqrt(((earth_m(points[0], points[1]) - earth_m(points[2], points[3])) ** 2).sum(axis=1))
    place = {row: at for at, row in enumerate(rows.tolist())}

    def make(row: int) -> RowProblem:
        at = place[row]
        other = int(partner[at])
        return row_problem(
            "similar_name_nearby",
            int(subject.lines[row]),
            "school_name",
            names[int(subject.school[row])].as_py(),
            other=names[other].as_py(),
            school_id=ids[other].as_py(),
            metres=f"{metres[at]:.0f}",
        )

    log.add_rows("similar_name_nearby", where, make)


def _partners(pairs: Int64Array, schools: Int64Array) -> Int64Array:
    """One school that each school is paired with; every one of them is in a pair."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.argsort(both[:, 0], kind="stable")]
    return np.asarray(both[np.searchsorted(both[:, 0], schools), 1])
