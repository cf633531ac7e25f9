"""Gates in words: what is unusual about an import, with the numbers that a person should see before publishing it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from geo.model import GateCode
from geo.web.pages.figures import kilometres, number
from geo.web.pages.translation import format_decimal, format_percent, gettext, ngettext

MAX_REGIONS = 30


@dataclass(frozen=True)
class GateRow:
    """One region's numbers; `of` says which share it is about, "" for the number of schools."""

    admin1: str | None
    of: str
    before: str
    after: str


@dataclass(frozen=True)
class GateLine:
    """One gate: a sentence, and the regions it is about where no gate before it names the same."""

    code: str
    sentence: str
    rows: tuple[GateRow, ...]


def gate_lines(report: Mapping[str, Any]) -> list[GateLine]:
    """The gates of a report in its order."""
    lines: list[GateLine] = []
    for gate in report.get("gates", ()):
        rows = tuple(_rows(gate["code"], gate["numbers"]))
        is_told = any(line.rows == rows for line in lines)
        lines.append(GateLine(gate["code"], _sentence(gate["code"], gate["numbers"]), () if is_told else rows))
    return lines


def _sentence(code: str, numbers: Mapping[str, Any]) -> str:
    match code:
        case GateCode.REPLACE:
            return _replace_sentence(numbers)
        case GateCode.REMOVE:
            return gettext("The file removes %(schools)s.", schools=_schools(numbers["schools_removed"]))
        case GateCode.FEWER_SCHOOLS:
            return gettext(
                "There would be %(percent)s%% fewer schools: %(before)s now, %(after)s after.",
                percent=_tenths(numbers["fewer_percent"]),
                before=number(numbers["schools_before"]),
                after=number(numbers["schools_after"]),
            )
        case GateCode.REGION_SHARE_MOVED:
            count = len(numbers["regions"])
            return ngettext(
                "A share moves by more than %(points)s points in %(count)s place.",
                "A share moves by more than %(points)s points in %(count)s places.",
                count,
                points=number(numbers["limit_points"]),
                count=number(count),
            )
        case GateCode.SCHOOLS_MOVED:
            return gettext(
                "%(schools)s, %(percent)s%% of all, would move by more than %(distance)s.",
                schools=_schools(numbers["schools_moved_far"]),
                percent=_tenths(numbers["moved_percent"]),
                distance=kilometres(numbers["distance_km"]),
            )
    return code


def _replace_sentence(numbers: Mapping[str, Any]) -> str:
    sentence = gettext(
        "The file replaces the whole list: %(before)s schools now, %(after)s after; %(removed)s are dropped and %(added)s added.",
        before=number(numbers["schools_before"]),
        after=number(numbers["schools_after"]),
        removed=number(numbers["schools_removed"]),
        added=number(numbers["schools_added"]),
    )
    kept = numbers.get("schools_kept_in_doubt", 0)
    if not kept:
        return sentence
    more = ngettext(
        "%(count)s school is kept because a row that could not be used has its id.",
        "%(count)s schools are kept because rows that could not be used have their ids.",
        kept,
        count=number(kept),
    )
    return f"{sentence} {more}"


def _schools(count: int) -> str:
    return ngettext("%(count)s school", "%(count)s schools", count, count=number(count))


def _tenths(value: float) -> str:
    return format_decimal(value, "#,##0.#")


def _rows(code: str, numbers: Mapping[str, Any]) -> Iterator[GateRow]:
    for region in numbers.get("regions", ())[:MAX_REGIONS]:
        if code == GateCode.REGION_SHARE_MOVED:
            of = gettext("connected") if region["share"] == "schools_connected_share" else gettext("meet the norm")
            before, after = (format_percent(region[f"{side}_percent"] / 100, "#,##0.#%") for side in ("before", "after"))
            yield GateRow(region["admin1"], of, before, after)
        else:
            before, after = (number(region[f"schools_{side}"]) for side in ("before", "after"))
            yield GateRow(region["admin1"], "", before, after)
