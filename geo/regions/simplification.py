"""Units drawn with fewer vertices, borders still shared: for maps, never for locating points."""

from __future__ import annotations

import numpy as np
import shapely

from geo.errors import BoundaryError
from geo.regions.units import BoundaryUnits, FloatArray, GeometryArray

DEFAULT_TOLERANCE_DEG = 0.01
"""Looks like the original at country scale, cities keep their shape; Kazakhstan's 20 regions are then about 50 kB compressed."""

DECIMALS = (4, 5, 6, 7)
"""Decimals of a degree that are tried, fewest first; 4 are 11 m."""


def simplified(units: BoundaryUnits, tolerance_deg: float = DEFAULT_TOLERANCE_DEG) -> BoundaryUnits:
    """The same units with fewer vertices, as a coverage again.

    Coordinates are rounded to 4 decimals, or to as many more as the coverage needs to stay one.

    Parameters
    ----------
    units
        A coverage, as `repair` gives it. n = 0 comes back as it is.
    tolerance_deg
        Degrees: triangles of less than its square are removed (Visvalingam and Whyatt). 0 only rounds.

    Raises
    ------
    BoundaryError
        The units are not a coverage.
    """
    if not shapely.coverage_is_valid(units.geometries):
        raise BoundaryError("only a coverage can be simplified with its shared borders; repair the units first")
    fewer = np.array(shapely.coverage_simplify(units.geometries, tolerance_deg), dtype=object)
    for decimals in DECIMALS:
        rounded = _rounded(fewer, decimals)
        if _is_sound(rounded):
            return units.with_geometries(shapely.remove_repeated_points(rounded))
    return units.with_geometries(fewer if _is_sound(fewer) else units.geometries)


def _rounded(geometries: GeometryArray, decimals: int) -> GeometryArray:
    def round_positions(positions: FloatArray) -> FloatArray:
        return np.round(positions, decimals) + 0.0  # no negative zero in what is drawn

    return np.array(shapely.transform(geometries, round_positions), dtype=object)


def _is_sound(geometries: GeometryArray) -> bool:
    is_drawn = bool((shapely.area(geometries) > 0).all() and shapely.is_valid(geometries).all())
    return is_drawn and bool(shapely.coverage_is_valid(geometries))
