"""The synthetic schools that clients are shown: more than one page of them, and at first sight without a speed."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from tests.builders import make_school

COUNT = 2_600
"""More than two pages of GDAL's, which asks for 1,000 at a time."""
SPEEDLESS = 40
"""Schools that come first and know everything but a speed: more than any client looks at to find types."""
PLACELESS = 7
"""Schools whose position nobody knows."""
HOSTILE = '=1+1 "<script>", `${x}`\n№ 5'
"""A name with everything that formats have to quote."""
KAZAKH = "«Қарашоқы» орта мектебі"
CONNECTED = ("yes", "no", "unknown")
DAY = date(2026, 9, 1)


def school_id(number: int) -> str:
    """The id of a school: a letter first, so that spreadsheets keep it."""
    return f"S{number:05}"


def made_schools() -> list[dict[str, Any]]:
    """All schools as rows of a release, from 10 to 12 degrees east and 50 to 51 north."""
    random = np.random.default_rng(8)
    longitude = np.round(random.uniform(10.0, 12.0, COUNT), 6).tolist()
    latitude = np.round(random.uniform(50.0, 51.0, COUNT), 6).tolist()
    connected, area = random.integers(0, 3, COUNT), random.integers(0, 3, COUNT)
    declared = np.round(random.uniform(1, 120, COUNT), 2).tolist()
    schools = []
    for number in range(COUNT):
        is_placed = number >= PLACELESS
        schools.append(
            make_school(
                school_id(number),
                school_id_govt=f"{number:06}",
                school_name=HOSTILE if number == 1 else f"{KAZAKH} {number}",
                school_area_type=("rural", "urban", "unknown")[area[number]],
                education_level=("primary", "secondary")[number % 2],
                longitude=longitude[number] if is_placed else None,
                latitude=latitude[number] if is_placed else None,
                num_students=number % 900 + 1 if number < COUNT - 100 else None,
                **_speeds(number, CONNECTED[connected[number]], declared[number]),
            )
        )
    return schools


def _speeds(number: int, connectivity: str, declared: float) -> dict[str, Any]:
    """Those who come first know distances and days and no speed; the others the reverse."""
    if PLACELESS <= number < PLACELESS + SPEEDLESS:
        days = ("school_collected_on", "location_collected_on", "num_students_collected_on", "connectivity_collected_on")
        return {"connectivity": "no", "fiber_node_distance_km": 3.25, **dict.fromkeys(days, DAY)}
    if connectivity != "yes":
        return {"connectivity": connectivity, "connectivity_collected_on": DAY if number % 2 else None}
    speeds = {"download_speed_declared_mbps": declared, "upload_speed_mbps": declared / 2}
    return {"connectivity": connectivity, "connectivity_type": "fiber", "latency_ms": 20.5, **speeds}
