"""A grid of hexagons of one area in an equal-area plane: cells by axial coordinates, corners in degrees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.hexagons.projection import EqualAreaPlane, FloatArray

Int64Array = npt.NDArray[np.int64]

AREAS_KM2 = (1_000, 4_000, 16_000)
"""Area of a small, a medium and a large hexagon, square kilometres: 34, 68 and 136 km from side to side, each twice the one before.

At the scale that shows Kazakhstan in a window of 700 pixels these are 8, 16 and 31 pixels."""

_OFFSET = 1 << 20
"""Axial coordinates lie within this many of 0: hexagons of a square kilometre are 20,000 to the antipode."""


@dataclass(frozen=True)
class HexagonGrid:
    """Hexagons with a corner to the north, one of them about the centre of the plane.

    A cell goes by its key, which holds its two axial coordinates. Keys of different grids mean different places.

    Parameters
    ----------
    area_km2
        Area of every hexagon on the ellipsoid, but for the bend of the straight sides that it is drawn with.
    """

    plane: EqualAreaPlane
    area_km2: float

    @property
    def side_km(self) -> float:
        """Length of a side in the plane: the area is 3√3/2 times its square."""
        return math.sqrt(2 * self.area_km2 / (3 * math.sqrt(3)))

    def keys_of(self, longitude: FloatArray, latitude: FloatArray) -> Int64Array:
        """Key of the hexagon that holds each position, shape (n,); positions must be finite."""
        east, north = self.plane.places(longitude, latitude)
        return _key(*_rounded((math.sqrt(3) / 3 * east - north / 3) / self.side_km, 2 / 3 * north / self.side_km))

    def centres(self, keys: Int64Array) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of the middle of cells, degrees, shape (m,) each."""
        return self.plane.positions(*self._middles(keys))

    def corners(self, keys: Int64Array) -> FloatArray:
        """Corners of cells, shape (m, 6, 2), degrees, longitude first, counter-clockwise from the most northern.

        The middle of each cell lies from -180 to 180; corners of one across the antimeridian lie beyond that.
        """
        east, north = self._middles(keys)
        angles = np.radians(90 + 60 * np.arange(6))
        longitude, latitude = self.plane.positions(
            east[:, None] + self.side_km * np.cos(angles), north[:, None] + self.side_km * np.sin(angles)
        )
        middle, _ = self.plane.positions(east, north)
        near = middle[:, None] + np.mod(longitude - middle[:, None] + 180, 360) - 180
        return np.stack([near - 360 * np.floor((middle[:, None] + 180) / 360), latitude], axis=-1)

    def _middles(self, keys: Int64Array) -> tuple[FloatArray, FloatArray]:
        """Kilometres east and north of the middle of cells, shape (m,) each."""
        across, down = axial(keys)
        return np.asarray(self.side_km * math.sqrt(3) * (across + down / 2)), np.asarray(self.side_km * 1.5 * down)


def axial(keys: Int64Array) -> tuple[Int64Array, Int64Array]:
    """The two axial coordinates of cells: steps to the east, and steps to the north-east."""
    high, low = np.divmod(keys, 2 * _OFFSET)
    return high - _OFFSET, low - _OFFSET


def _key(across: Int64Array, down: Int64Array) -> Int64Array:
    return (across + _OFFSET) * (2 * _OFFSET) + down + _OFFSET


def _rounded(across: FloatArray, down: FloatArray) -> tuple[Int64Array, Int64Array]:
    """The cells of fractional axial coordinates: all three cube coordinates are rounded, and the one that was furthest off follows."""
    third = -across - down
    whole = [np.round(value) for value in (across, down, third)]
    off = [np.abs(rounded - value) for rounded, value in zip(whole, (across, down, third), strict=True)]
    fixes_across = (off[0] > off[1]) & (off[0] > off[2])
    fixes_down = ~fixes_across & (off[1] > off[2])
    columns = np.where(fixes_across, -whole[1] - whole[2], whole[0])
    rows = np.where(fixes_down, -whole[0] - whole[2], whole[1])
    return columns.astype(np.int64), rows.astype(np.int64)
