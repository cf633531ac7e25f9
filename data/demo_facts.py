"""What is drawn about each of the demonstration's schools: enrolment, level, connection, speeds.

Used by `data.build_schools` alone. The targets are stated in data/README.md beside the published figures they imitate. A region's
share of schools that meet the norm is drawn too and says nothing about the real region.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from data.demo_places import Placement

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
TextArray = npt.NDArray[np.str_]

SMALL_STUDENTS = 180
SMALL_SHARE = 0.36
UNCONNECTED = {"rural": 306, "urban": 6}
UNKNOWN_SHARE = 0.06
MEETS_BASE = {"urban": 1.75, "rural": 1.05, "small": 1.15}
REGION_SPREAD = {"urban": 0.5, "rural": 1.0, "small": 1.0}
SLOW_TYPES = ("xdsl", "cellular", "satellite", "copper")
TIERS_MBPS = np.asarray([2, 4, 8, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 100, 120, 150, 200, 250, 300, 400, 500], dtype=np.float64)

LEVELS = ("Primary", "Primary and Secondary", "Secondary", "Pre-Primary, Primary and Secondary")
LEVEL_SHARES = {"urban": (0.02, 0.78, 0.14, 0.06), "rural": (0.03, 0.9, 0.01, 0.06), "small": (0.3, 0.68, 0.0, 0.02)}
TYPES = ("fiber", "xdsl", "wired", "cellular", "p2mp wireless", "p2p wireless", "satellite", "copper", "unknown")
TYPE_SHARES = {
    "urban": (0.87, 0.04, 0.04, 0.01, 0.02, 0.005, 0.0, 0.005, 0.01),
    "rural": (0.68, 0.07, 0.02, 0.06, 0.06, 0.02, 0.05, 0.02, 0.02),
    "small": (0.4, 0.08, 0.01, 0.17, 0.08, 0.02, 0.19, 0.03, 0.02),
}
TYPE_EFFECT = {"fiber": 0.35, "xdsl": -1.3, "cellular": -0.8, "satellite": -0.1, "copper": -1.6}
LATENCY_MS = (8.0, 28.0, 12.0, 45.0, 25.0, 20.0, 65.0, 32.0, 30.0)
SIGNALS = ("2G", "3G", "4G", "5G", "no coverage", "")
SIGNAL_SHARES = {
    "urban": (0.0, 0.01, 0.7, 0.27, 0.0, 0.02),
    "rural": (0.04, 0.16, 0.74, 0.02, 0.01, 0.03),
    "small": (0.12, 0.25, 0.54, 0.0, 0.04, 0.05),
}


@dataclass(frozen=True)
class Facts:
    """One value a school, length n, in the order of the placement. NaN and "" are what the files leave blank."""

    kind: TextArray
    num_students: FloatArray
    education_level: TextArray
    school_funding_type: TextArray
    electricity_availability: TextArray
    connectivity: TextArray
    connectivity_type: TextArray
    declared_mbps: FloatArray
    measured_mbps: FloatArray
    upload_mbps: FloatArray
    latency_ms: FloatArray
    cellular_coverage_type: TextArray
    fiber_node_distance_km: FloatArray


def _by_kind(kind: TextArray, words: tuple[str, ...], shares: Mapping[str, tuple[float, ...]], rng: np.random.Generator) -> TextArray:
    """A word for each school, drawn with the shares of its kind."""
    drawn = rng.random(len(kind))
    limits = np.asarray([np.cumsum(shares[name]) for name in kind])
    positions = np.minimum((drawn[:, None] >= limits).sum(axis=1), len(words) - 1)
    return np.asarray(np.asarray(words)[positions])


def _chosen(count: int, weights: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Exactly `count` of the schools, without repetition, with chances in proportion to the weights."""
    mask = np.zeros(len(weights), dtype=np.bool_)
    mask[rng.choice(len(weights), size=count, replace=False, p=weights / weights.sum())] = True
    return mask


def _kinds(placement: Placement, rng: np.random.Generator) -> TextArray:
    """`urban`, `rural` or `small` (a village school with at most `SMALL_STUDENTS`); remote villages have more small ones."""
    weights = np.where(placement.is_urban, 0.0, 0.3 + placement.town_km / 40)
    is_small = _chosen(round(SMALL_SHARE * len(weights)), weights, rng)
    return np.where(placement.is_urban, "urban", np.where(is_small, "small", "rural"))


def _lognormal_between(low: float, high: float, *, median: float, sigma: float, drawn: FloatArray) -> FloatArray:
    """Log-normal numbers between two limits from numbers between 0 and 1: cut off, not piled up at the limits."""
    low_share, high_share = ndtr(np.log(np.array([low, high]) / median) / sigma)
    return np.asarray(median * np.exp(sigma * ndtri(low_share + drawn * (high_share - low_share))))


def _enrolment(kind: TextArray, rng: np.random.Generator) -> FloatArray:
    """Students of each school: log-normal within the limits of its kind."""
    drawn = rng.random(len(kind))
    urban = _lognormal_between(SMALL_STUDENTS + 1, 3600, median=880, sigma=0.5, drawn=drawn)
    rural = _lognormal_between(SMALL_STUDENTS + 1, 1800, median=400, sigma=0.5, drawn=drawn)
    small = _lognormal_between(4, SMALL_STUDENTS, median=60, sigma=0.6, drawn=drawn)
    return np.round(np.select([kind == "urban", kind == "rural"], [urban, rural], small))


def _connectivity(placement: Placement, kind: TextArray, rng: np.random.Generator) -> TextArray:
    """`no` for exactly `UNCONNECTED` schools, remote small ones first; `unknown` or blank for `UNKNOWN_SHARE`; else `yes`."""
    n = len(kind)
    effect = np.exp(rng.normal(0, 0.7, len(np.unique(placement.code))))
    region = effect[np.unique(placement.code, return_inverse=True)[1]]
    remote = region * (0.2 + placement.town_km / 30) * np.where(kind == "small", 2.0, 1.0)
    is_no = _chosen(UNCONNECTED["rural"], np.where(placement.is_urban, 0.0, remote), rng)
    is_no |= _chosen(UNCONNECTED["urban"], np.where(placement.is_urban, 1.0, 0.0), rng)
    is_unknown = _chosen(round(UNKNOWN_SHARE * n), np.where(is_no, 0.0, np.where(placement.is_urban, 0.7, 1.0)), rng)
    return np.select([is_no, is_unknown], ["no", np.where(rng.random(n) < 0.5, "unknown", "")], "yes")


def _meets(placement: Placement, kind: TextArray, connection: TextArray, required: FloatArray, rng: np.random.Generator) -> BoolArray:
    """Whether a connected school is to meet the norm: chance by kind, technology and a drawn effect of its region."""
    effect = rng.normal(0, 1, len(np.unique(placement.code)))
    regional = effect[np.unique(placement.code, return_inverse=True)[1]] * np.asarray([REGION_SPREAD[name] for name in kind])
    base = np.asarray([MEETS_BASE[name] for name in kind])
    log_odds = base + regional + np.asarray([TYPE_EFFECT.get(name, 0.0) for name in connection])
    is_too_slow = np.isin(connection, SLOW_TYPES) & (required > 40)
    return np.asarray((rng.random(len(kind)) < 1 / (1 + np.exp(-log_odds))) & ~is_too_slow)


def _tier_at_least(speed_mbps: FloatArray) -> FloatArray:
    return TIERS_MBPS[np.minimum(np.searchsorted(TIERS_MBPS, speed_mbps), len(TIERS_MBPS) - 1)]


def _tier_at_most(speed_mbps: FloatArray) -> FloatArray:
    return TIERS_MBPS[np.maximum(np.searchsorted(TIERS_MBPS, speed_mbps, side="right") - 1, 0)]


def _speeds(kind: TextArray, required: FloatArray, is_meeting: BoolArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Declared and measured download speeds in Mbps such that the measured one, else the declared one, is on the drawn side of the norm.

    What is declared are contract steps at or above what was measured, so the two may lie on different sides of the norm.
    """
    n = len(required)
    enough = required * (1 + rng.exponential(0.45, n))
    too_little = required * rng.uniform(0.1, 0.96, n)
    measured = np.where(is_meeting, np.ceil(10 * enough) / 10, np.floor(10 * too_little) / 10)
    contracted = np.where(is_meeting, _tier_at_least(enough), _tier_at_most(too_little))
    is_measured = rng.random(n) < np.where(kind == "urban", 0.45, 0.3)
    declared = np.where(is_measured, _tier_at_least(measured * rng.uniform(1.0, 1.6, n)), contracted)
    drawn = rng.random(n)
    has_none = ~is_measured & (drawn < 0.05)
    is_undeclared = has_none | (is_measured & (drawn < 0.1))
    return np.where(is_undeclared, np.nan, declared), np.where(is_measured, measured, np.nan)


def _quality(connection: TextArray, measured: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Upload speed in Mbps and latency in ms of the schools that were measured."""
    n = len(measured)
    share = np.where(connection == "fiber", rng.uniform(0.3, 1.0, n), rng.uniform(0.08, 0.4, n))
    usual = np.asarray([LATENCY_MS[TYPES.index(name)] for name in connection])
    latency = np.round(usual * rng.lognormal(0, 0.35, n))
    return np.round(measured * share, 1), np.where(np.isnan(measured), np.nan, latency)


def _fiber_distance_km(kind: TextArray, connection: TextArray, rng: np.random.Generator) -> FloatArray:
    n = len(kind)
    far = np.where(kind == "urban", rng.lognormal(0, 0.6, n), rng.lognormal(np.log(9), 0.8, n))
    distance = np.where(connection == "fiber", rng.uniform(0.05, 1.5, n), far)
    return np.where(rng.random(n) < 0.35, np.nan, np.round(np.minimum(distance, 120.0), 1))


def draw_facts(placement: Placement, rng: np.random.Generator) -> Facts:
    """Draw everything but names and positions; the same generator state gives the same facts."""
    kind = _kinds(placement, rng)
    n = len(kind)
    students = _enrolment(kind, rng)
    level = _by_kind(kind, LEVELS, LEVEL_SHARES, rng)
    connectivity = _connectivity(placement, kind, rng)
    is_yes = connectivity == "yes"
    connection = _by_kind(kind, TYPES, TYPE_SHARES, rng)
    required = np.maximum(20.0, students / 20)
    declared, measured = _speeds(kind, required, _meets(placement, kind, connection, required, rng), rng)
    upload, latency = _quality(connection, measured, rng)
    has_power = rng.random(n) >= np.where(connectivity == "no", 0.03, 0.001)
    is_private = rng.random(n) < np.where(kind == "urban", 0.12, 0.01)
    return Facts(
        kind=kind,
        num_students=np.where(rng.random(n) < 0.012, np.nan, students),
        education_level=level,
        school_funding_type=np.where(is_private, "private", "public"),
        electricity_availability=np.where(rng.random(n) < 0.02, "", np.where(has_power, "yes", "no")),
        connectivity=connectivity,
        connectivity_type=np.where(is_yes, connection, ""),
        declared_mbps=np.where(is_yes, declared, np.nan),
        measured_mbps=np.where(is_yes, measured, np.nan),
        upload_mbps=np.where(is_yes, upload, np.nan),
        latency_ms=np.where(is_yes, latency, np.nan),
        cellular_coverage_type=_by_kind(kind, SIGNALS, SIGNAL_SHARES, rng),
        fiber_node_distance_km=_fiber_distance_km(kind, np.where(is_yes, connection, ""), rng),
    )
