"""Shares of a place as it is shown: one share with its bounds for all schools, for rural and for urban ones, and the gap between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geo.model import AreaType, Measure
from geo.services.places import PlaceRow
from geo.web.pages.sentences import Figures
from geo.web.pages.translation import gettext


@dataclass(frozen=True)
class ShareLine:
    """A share of 0 to 1 with its bounds; `area_type` None is all schools. None values are not known."""

    area_type: AreaType | None
    share: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Gap:
    """The rural gap in percentage points with its bounds."""

    points: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class Shares:
    """What the shares of a page are of: `kind` is "meets_norm" or "connected"."""

    kind: str
    lines: tuple[ShareLine, ...]
    gap: Gap | None


def share_kind(measure: Measure) -> str:
    """Which share figures and table show while the map shows a measure."""
    return "connected" if measure is Measure.CONNECTED else "meets_norm"


def share_title(kind: str, count: str) -> str:
    """What a share is of, in words."""
    if count == "students":
        return (
            gettext("Share of students in schools with a connection")
            if kind == "connected"
            else gettext("Share of students in schools that meet the norm")
        )
    return gettext("Share of schools with a connection") if kind == "connected" else gettext("Share of schools that meet the norm")


def shares_of(total: Figures, areas: Mapping[AreaType, Figures], *, kind: str, count: str) -> Shares:
    """Shares of a place.

    Parameters
    ----------
    areas
        Coverage by area type; a missing one has no school.
    count
        "schools" or "students".
    """
    rows: list[tuple[AreaType | None, Figures]] = [(None, total)]
    rows += [(area, areas[area]) for area in (AreaType.RURAL, AreaType.URBAN) if area in areas]
    return Shares(kind, tuple(ShareLine(area, *share_and_bounds(row, kind, count)) for area, row in rows), _gap(total, kind, count))


def share_and_bounds(row: Figures, kind: str, count: str) -> tuple[float | None, float | None, float | None]:
    """A share of a coverage row with its lower and upper bound."""
    name = f"{count}_{kind}_share"
    return row[name], row[f"{name}_lower"], row[f"{name}_upper"]


def _gap(total: Figures, kind: str, count: str) -> Gap | None:
    name = f"{count}_{kind}_gap_points"
    return None if total[name] is None else Gap(total[name], total[f"{name}_lower"], total[f"{name}_upper"])


def by_need(parts: tuple[PlaceRow, ...], kind: str, count: str) -> tuple[PlaceRow, ...]:
    """Parts with the lowest share first, null shares last, ties by what is unconnected and rural; the part without a code at the end."""

    def need(part: PlaceRow) -> tuple[bool, bool, float, int, str]:
        row: Any = part.figures.figures
        share = row[f"{count}_{kind}_share"]
        return part.code is None, share is None, share or 0.0, -row[f"{count}_unconnected_rural"], part.code or ""

    return tuple(sorted(parts, key=need))
