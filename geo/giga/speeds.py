"""From single measurements to one measured speed a school: the median of a period, in Mbps."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo.column_table import MAX_SPEED_MBPS
from geo.errors import SourceFailed
from geo.giga.answers import ID_FIELD, MEASUREMENTS
from geo.model import SpeedUnit

PER_MBPS = {SpeedUnit.MBPS: 1.0, SpeedUnit.KBPS: 1e3, SpeedUnit.BPS: 1e6}
PLAUSIBLE_MBPS = (0.05, 1_000.0)
"""No country's median school lies outside: a unit that is off by a thousand does, for true medians of 1 to 50 Mbps."""

_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?"  # takes: 2025-03-01, 2025-03-01T10:00:00Z; refuses: 01.03.2025, 2025-3-1, 20250301


def measured_speeds(found: pd.DataFrame, *, unit: SpeedUnit, start: date, end: date, counts: dict[str, int]) -> pd.DataFrame:
    """Median measured download speed of each school.

    Parameters
    ----------
    found
        Measurements as `geo.giga.answers.frame_of` gives them, each with an id.
    start, end
        First and last day of the period; what lies outside is left out.
    counts
        Takes how many measurements were left out, and why.

    Returns
    -------
    `school_id_giga`, `download_speed_measured_mbps` (text, at most four decimals), `download_speed_measured_collected_on` (day of the
    last measurement) and `download_speed_measured_source`: who measured, None where several did or nobody is named.

    Raises
    ------
    SourceFailed
        `schema_changed`: a day or a speed cannot be read. `implausible_speeds`: the median of all schools says that the unit is wrong.
    """
    days = _days(found["date"])
    speeds = _numbers(found["download_speed"]) / PER_MBPS[unit]
    in_period = (days >= start.isoformat()) & (days <= end.isoformat())
    is_speed = speeds.between(0.0, MAX_SPEED_MBPS)
    for why, is_out in (("measurements_outside_period", ~in_period), ("measurements_without_speed", in_period & ~is_speed)):
        if is_out.any():
            counts[why] = int(is_out.sum())
    used = in_period & is_speed
    taken = pd.DataFrame({"id": found[ID_FIELD], "speed": speeds, "day": days, "source": found["data_source"]})[used]
    schools = taken.groupby("id", sort=True).agg(
        speed=("speed", "median"), day=("day", "max"), source=("source", "first"), sources=("source", "nunique")
    )
    _check_unit(schools["speed"], unit)
    counts["measured_schools"] = len(schools)
    return pd.DataFrame(
        {
            "school_id_giga": schools.index.astype(object),
            "download_speed_measured_mbps": schools["speed"].round(4).map("{:.4f}".format).to_numpy(object),
            "download_speed_measured_collected_on": schools["day"].to_numpy(object),
            "download_speed_measured_source": schools["source"].where(schools["sources"] == 1, None).to_numpy(object),
        }
    )


def _days(texts: pd.Series[Any]) -> pd.Series[Any]:
    days = texts.astype("string").str.extract(f"^{_DAY}$", expand=False)
    if days.isna().any():
        raise _changed("date")
    return days


def _numbers(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers, NaN where there is none; what is not finite is none."""
    numbers = pd.to_numeric(texts, errors="coerce").astype(float)
    if (numbers.isna() & texts.notna() & ~texts.str.casefold().isin(("nan",))).any():
        raise _changed("download_speed")
    return numbers.where(np.isfinite(numbers))


def _changed(field: str) -> SourceFailed:
    return SourceFailed("schema_changed", f"{MEASUREMENTS.endpoint}: a value of '{field}' cannot be read")


def _check_unit(medians: pd.Series[Any], unit: SpeedUnit) -> None:
    low, high = PLAUSIBLE_MBPS
    middle = float(medians.median()) if len(medians) else low
    if not low <= middle <= high:
        raise SourceFailed(
            "implausible_speeds",
            f"{MEASUREMENTS.endpoint}: read as {unit}, the median school has {middle:.3g} Mbps; the unit of the source is wrong",
        )
