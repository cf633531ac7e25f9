"""From single measurements to one measured speed a school: the median of a period, in Mbps."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import MAX_SPEED_MBPS
from geo.errors import SourceFailed
from geo.giga.answers import ID_FIELD, MEASUREMENTS
from geo.model import SpeedUnit
from geo.schools import FloatArray

DayArray = npt.NDArray[np.datetime64]

PER_MBPS = {SpeedUnit.MBPS: 1.0, SpeedUnit.KBPS: 1e3, SpeedUnit.BPS: 1e6}
PLAUSIBLE_MBPS = (0.05, 1_000.0)
"""No country's median school lies outside: a unit that is off by a thousand does, for true medians of 1 to 50 Mbps."""

_DAY = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?$"  # takes: 2025-03-01, 2025-03-01T10:00:00Z; refuses: 01.03.2025, 2025-3-1, 20250301
)


def measured_speeds(found: pa.Table, *, unit: SpeedUnit, start: date, end: date, counts: dict[str, int]) -> pd.DataFrame:
    """Median measured download speed of each school.

    Parameters
    ----------
    found
        Measurements as `geo.giga.answers.table_of` gives them.
    start, end
        First and last day of the period; what lies outside is left out.
    counts
        Takes how many measurements there are, and how many were left out and why.

    Returns
    -------
    `giga_id` (in lower case), `download_speed_measured_mbps` (text, four decimals), `download_speed_measured_collected_on` (day of the last
    measurement) and `download_speed_measured_source`: who measured, None where several did or nobody is named.

    Raises
    ------
    SourceFailed
        `schema_changed`: a day or a speed cannot be read. `implausible_speeds`: the median of all schools says that the unit is wrong.
    """
    counts["measurements"] = found.num_rows
    days, speeds = _days(found["date"]), _numbers(found["download_speed"]) / PER_MBPS[unit]
    is_named = np.asarray(pc.is_valid(found[ID_FIELD]))
    in_period = (days >= np.datetime64(start)) & (days <= np.datetime64(end))
    is_speed = (speeds >= 0) & (speeds <= MAX_SPEED_MBPS)
    left_out = {
        "measurements_without_id": ~is_named,
        "measurements_outside_period": is_named & ~in_period,
        "measurements_without_speed": is_named & in_period & ~is_speed,
    }
    counts.update({why: int(is_out.sum()) for why, is_out in left_out.items() if is_out.any()})
    used = is_named & in_period & is_speed
    taken = found.select([ID_FIELD, "data_source"]).filter(pa.array(used))
    ids, measured_by = pc.utf8_lower(taken[ID_FIELD]).dictionary_encode(), taken["data_source"].dictionary_encode()
    schools = (
        pd.DataFrame({"id": ids.to_pandas(), "speed": speeds[used], "day": days[used], "source": measured_by.to_pandas()})
        .groupby("id", sort=True, observed=True)
        .agg(speed=("speed", "median"), day=("day", "max"), source=("source", "first"), sources=("source", "nunique"))
    )
    _check_unit(schools["speed"], unit)
    counts["measured_schools"] = len(schools)
    return pd.DataFrame(
        {
            "giga_id": schools.index.astype(object),
            "download_speed_measured_mbps": schools["speed"].round(4).map("{:.4f}".format).to_numpy(object),
            "download_speed_measured_collected_on": schools["day"].dt.strftime("%Y-%m-%d").to_numpy(object),
            "download_speed_measured_source": schools["source"].astype(object).where(schools["sources"] == 1, None).to_numpy(object),
        }
    )


def _days(texts: pa.ChunkedArray) -> DayArray:
    """Days of the measurements, shape (n,); there are few different ones, so each is read once."""
    encoded = texts.combine_chunks().dictionary_encode()
    named = pc.extract_regex(encoded.dictionary, _DAY)
    if encoded.null_count or named.null_count:
        raise _changed("date")
    try:
        days = np.asarray(pc.struct_field(named, "day").to_pylist(), dtype="datetime64[D]")
    except ValueError as error:
        raise _changed("date") from error
    found: DayArray = days[np.asarray(encoded.indices)]
    return found


def _numbers(texts: pa.ChunkedArray) -> FloatArray:
    """Numbers, shape (n,); NaN where there is none."""
    try:
        numbers = np.asarray(pc.cast(texts, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid as error:
        raise _changed("download_speed") from error
    return numbers


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
