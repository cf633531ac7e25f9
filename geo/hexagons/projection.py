"""Lambert's azimuthal equal-area projection of the WGS84 ellipsoid about a point of choice.

Chosen because equal areas make counts comparable, because shapes are true around its centre (within 1,500 km by 1.4%), which is where a
country lies if the centre is the country's, and because it has no seam but the antipode, so that a country may lie across the antimeridian.

Formulas: J. P. Snyder, Map Projections: A Working Manual (USGS Professional Paper 1395, 1987), pages 16 and 187 to 190.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SEMI_MAJOR_KM = 6378.137
FLATTENING = 1 / 298.257223563
"""Of the WGS84 ellipsoid."""
E2 = FLATTENING * (2 - FLATTENING)
E = math.sqrt(E2)
MAX_CENTRE_LATITUDE = 80.0
"""Nearer to a pole the formulas of the oblique case divide by almost nothing; no country has its middle there."""
_LEAST = 1e-12


def _q(latitude: FloatArray) -> FloatArray:
    """Snyder's q of latitudes in radians (3-12): proportional to the area between the equator and them."""
    sine = np.sin(latitude)
    return np.asarray((1 - E2) * (sine / (1 - E2 * sine**2) - np.log((1 - E * sine) / (1 + E * sine)) / (2 * E)))


_Q_POLE = float(_q(np.asarray(math.pi / 2)))
_AUTHALIC_KM = SEMI_MAJOR_KM * math.sqrt(_Q_POLE / 2)
"""Radius of the sphere that has the ellipsoid's surface."""


def _authalic(latitude: FloatArray) -> FloatArray:
    """Latitudes, in radians, on the sphere of the same area (3-11)."""
    return np.asarray(np.arcsin(np.clip(_q(latitude) / _Q_POLE, -1, 1)))


def _geodetic(authalic: FloatArray) -> FloatArray:
    """The way back (3-18), off by less than a millimetre."""
    second = E2 / 3 + 31 * E2**2 / 180 + 517 * E2**3 / 5040
    fourth = 23 * E2**2 / 360 + 251 * E2**3 / 3780
    sixth = 761 * E2**3 / 45360
    return np.asarray(authalic + second * np.sin(2 * authalic) + fourth * np.sin(4 * authalic) + sixth * np.sin(6 * authalic))


@dataclass(frozen=True)
class EqualAreaPlane:
    """A plane, in kilometres east and north of its centre, in which areas are those on the ellipsoid.

    Parameters
    ----------
    longitude, latitude
        The centre, degrees; the latitude at most 80 from the equator.
    """

    longitude: float
    latitude: float

    def __post_init__(self) -> None:
        if not (abs(self.longitude) <= 180 and abs(self.latitude) <= MAX_CENTRE_LATITUDE):
            raise ValueError(f"the centre must lie within 180 and {MAX_CENTRE_LATITUDE:g} degrees; got {self.longitude}, {self.latitude}")

    @cached_property
    def _centre(self) -> tuple[float, float, float]:
        """Sine and cosine of the centre's authalic latitude, and Snyder's D (24-20), which keeps shapes true at the centre."""
        latitude = math.radians(self.latitude)
        authalic = float(_authalic(np.asarray(latitude)))
        scale = SEMI_MAJOR_KM * math.cos(latitude) / math.sqrt(1 - E2 * math.sin(latitude) ** 2)
        return math.sin(authalic), math.cos(authalic), scale / (_AUTHALIC_KM * math.cos(authalic))

    def places(self, longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Kilometres east and north of positions in degrees, shape (n,) each; NaN stays NaN."""
        sine, cosine, d = self._centre
        turned = np.radians(np.asarray(longitude, dtype=np.float64) - self.longitude)
        authalic = _authalic(np.radians(np.asarray(latitude, dtype=np.float64)))
        sine_b, cosine_b, cosine_t = np.sin(authalic), np.cos(authalic), np.cos(turned)
        apart = 1 + sine * sine_b + cosine * cosine_b * cosine_t
        b = _AUTHALIC_KM * np.sqrt(2 / np.maximum(apart, _LEAST))
        return b * d * cosine_b * np.sin(turned), b / d * (cosine * sine_b - sine * cosine_b * cosine_t)

    def positions(self, east_km: FloatArray, north_km: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of places in the plane, degrees, shape (n,) each; longitudes within 180 of the centre's."""
        sine, cosine, d = self._centre
        east, north = np.asarray(east_km, dtype=np.float64) / d, np.asarray(north_km, dtype=np.float64) * d
        away = np.maximum(np.hypot(east, north), _LEAST)
        angle = 2 * np.arcsin(np.clip(away / (2 * _AUTHALIC_KM), -1, 1))
        sine_a, cosine_a = np.sin(angle), np.cos(angle)
        authalic = np.arcsin(np.clip(cosine_a * sine + north * sine_a * cosine / away, -1, 1))
        turned = np.arctan2(east * sine_a, away * cosine * cosine_a - north * sine * sine_a)
        return self.longitude + np.degrees(turned), np.degrees(_geodetic(authalic))


def middle_of(longitude: FloatArray, latitude: FloatArray) -> tuple[float, float]:
    """Middle of the smallest box that holds some positions, in whole degrees; the box may lie across the antimeridian.

    Whole degrees, so that a border drawn a little better moves no hexagon. No positions give 0, 0.

    Parameters
    ----------
    longitude, latitude
        Degrees, shape (n,), finite.
    """
    if len(longitude) == 0:
        return 0.0, 0.0
    around = np.unique(np.mod(longitude, 360.0))
    gaps = np.diff(around, append=around[0] + 360)
    widest = int(np.argmax(gaps))
    middle = around[widest] + gaps[widest] / 2 + 180  # opposite the middle of the widest gap
    turned = float(np.mod(np.round(middle) + 180, 360) - 180)
    north = float(np.round((np.min(latitude) + np.max(latitude)) / 2))
    return turned, float(np.clip(north, -MAX_CENTRE_LATITUDE, MAX_CENTRE_LATITUDE))
