"""Areas on the ellipsoid, in square kilometres, of shapes given in degrees."""

from __future__ import annotations

import numpy as np
import shapely

from geo.regions.units import FloatArray, GeometryArray

WGS84_SEMI_MAJOR_KM = 6378.137
WGS84_ECCENTRICITY_SQUARED = 6.69437999014e-3
"""Source: NGA.STND.0036, World Geodetic System 1984."""


def areas_km2(geometries: GeometryArray) -> FloatArray:
    """Area of each shape on the WGS84 ellipsoid.

    Shapes are mapped by the cylindrical equal-area projection, in which meridians and parallels stay straight; edges are
    taken as straight lines in degrees, as GeoJSON defines them (RFC 7946, 3.1.1).

    Parameters
    ----------
    geometries
        Polygons in degrees, WGS84, longitude first; shape (n,). Empty shapes and None have area 0.

    Returns
    -------
    Square kilometres, shape (n,).

    Notes
    -----
    Authalic formula: Snyder, Map Projections: A Working Manual (USGS 1395), equations 3-12 and 10-15.
    """
    projected = shapely.transform(geometries, _equal_area_km)
    return np.nan_to_num(np.asarray(shapely.area(projected), dtype=np.float64))


def _equal_area_km(positions: FloatArray) -> FloatArray:
    squared = WGS84_ECCENTRICITY_SQUARED
    eccentricity = np.sqrt(squared)
    sine = np.sin(np.radians(positions[:, 1]))
    authalic = (1 - squared) * (sine / (1 - squared * sine**2) + np.arctanh(eccentricity * sine) / eccentricity)
    east_km = WGS84_SEMI_MAJOR_KM * np.radians(positions[:, 0])
    return np.column_stack((east_km, WGS84_SEMI_MAJOR_KM * authalic / 2))
