"""Units of speeds: what a heading says, what numbers look like, and how they become Mbps.

Giga's own systems use three units: its uploads Mbps, its map database bps, its meter kbps. So a unit is never taken silently from
anything but a heading that says Mbps or a person who says which it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from geo.column_table import COLUMNS, folded
from geo.model import SpeedUnit

SPEED_COLUMNS: frozenset[str] = frozenset(each.name for each in COLUMNS if each.unit == SpeedUnit.MBPS)
"""Columns whose numbers are speeds."""

PER_MBPS: Mapping[SpeedUnit, int] = {SpeedUnit.MBPS: 1, SpeedUnit.KBPS: 1_000, SpeedUnit.BPS: 1_000_000}
"""How many of a unit are one Mbps: decimal prefixes, as for all data rates."""

SLOWEST_MBPS, FASTEST_MBPS = 0.05, 5_000.0
"""A country's schools have a median speed between these: below is less than a telephone line, above is more than a data centre's."""
FEWEST_BPS = 1_000_000.0
"""A median above this is of bits a second: as kbps it would be more than 1 Gbps."""

_PER_SECOND = r" ?(?:/|per|p|в)? ?(?:s|sec|second|с|сек)\b"
_UNITS: Mapping[SpeedUnit | None, re.Pattern[str]] = {
    SpeedUnit.MBPS: re.compile(rf"(?<!\w)(?:mbps|mbit{_PER_SECOND}|мбит{_PER_SECOND}|мбит(?!\w)|mbit(?!\w))"),
    SpeedUnit.KBPS: re.compile(rf"(?<!\w)(?:kbps|kbit{_PER_SECOND}|кбит{_PER_SECOND}|кбит(?!\w)|kbit(?!\w))"),
    SpeedUnit.BPS: re.compile(rf"(?<!\w)(?:bps|bits?{_PER_SECOND}|бит{_PER_SECOND})"),
    None: re.compile(rf"(?<!\w)(?:[mk]b{_PER_SECOND}|[мк]б{_PER_SECOND})"),
}
# takes: "Speed, kbps", "download_speed_mbps", "Скорость (Кбит/с)", "бит/сек"; None: Mb/s, which could be of bits or of bytes
_OTHER_UNIT = re.compile(rf"(?<!\w)(?:gbps|gbit{_PER_SECOND}|гбит{_PER_SECOND}|gb{_PER_SECOND}|гб{_PER_SECOND}|[mkg]bytes?|[мкг]байт)")


def heading_unit(heading: str) -> SpeedUnit | None:
    """The unit that a heading of speeds states; None where it states none that is sure."""
    text = folded(heading)
    return next((unit for unit, pattern in _UNITS.items() if unit and pattern.search(text)), None)


def has_other_unit(heading: str) -> bool:
    """Whether a heading states a unit of speed that is not converted, such as Gbps or Mbytes."""
    return bool(_OTHER_UNIT.search(folded(heading)))


def without_unit(heading: str) -> str:
    """A heading without the unit of speed that it states."""
    text = folded(heading)
    for pattern in (*_UNITS.values(), _OTHER_UNIT):
        text = pattern.sub(" ", text)
    return text.strip(" ,;:()[]")


def likely_unit(median: float, unit: SpeedUnit) -> SpeedUnit | None:
    """The unit that numbers seem to have.

    Parameters
    ----------
    median
        Median of the positive numbers as they stand in the file; above 0.
    unit
        The unit they are read in.

    Returns
    -------
    `unit` where the median is that of speeds in it, another unit where it is that of speeds in the other, None where no unit fits.
    """
    if SLOWEST_MBPS <= median / PER_MBPS[unit] <= FASTEST_MBPS:
        return unit
    likely = SpeedUnit.MBPS if median <= FASTEST_MBPS else SpeedUnit.KBPS if median <= FEWEST_BPS else SpeedUnit.BPS
    return None if likely is unit else likely
