"""Schools at random places, put along the curve as a release has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.schools import BoolArray, FloatArray, Int8Array
from geo.tiles import Curve, curve_codes


@dataclass(frozen=True)
class Places:
    """Columns of made-up schools in the order of a release; towns crowd them, as in life."""

    longitude: FloatArray
    latitude: FloatArray
    statuses: Int8Array
    area_types: Int8Array

    @property
    def curve(self) -> Curve:
        return Curve(self.longitude, self.latitude)

    @property
    def is_rural_unconnected(self) -> BoolArray:
        return (self.statuses == 0) & (self.area_types == 1)


def make_places(count: int, *, seed: int = 3, unplaced: int = 0, span: float = 4.0) -> Places:
    """So many schools around 70 degrees east and 50 north, `unplaced` of them without a position."""
    rng = np.random.default_rng(seed)
    towns = rng.normal((70.0, 50.0), span, size=(max(1, count // 50), 2))
    places = towns[rng.integers(0, len(towns), count)] + rng.normal(0, 0.05, size=(count, 2))
    places = np.clip(places, (-179.0, -84.0), (179.0, 84.0))
    places[count - unplaced :] = np.nan
    order = np.argsort(curve_codes(places[:, 0], places[:, 1]), kind="stable")
    statuses = rng.choice(5, count, p=[0.1, 0.2, 0.1, 0.5, 0.1]).astype(np.int8)
    area_types = rng.choice(3, count, p=[0.3, 0.6, 0.1]).astype(np.int8)
    return Places(places[order, 0], places[order, 1], statuses, area_types)
