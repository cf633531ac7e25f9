"""What changed, or would change, in words and tables: for `import` before publishing and for `releases show`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geo.cli.tables import NOTHING, aligned
from geo.model import STATUSES

SHOWN_SCHOOLS = 10
_FIELDS = ("schools", *(f"schools_{status}" for status in STATUSES), "students")


def impact_text(impact: Mapping[str, Any]) -> str:
    """An impact as `geo.services.impact.Impact.as_dict` gives it: counts, columns, coverage before and after, regions, some schools."""
    parts = [
        _counted(("what happened", "schools"), {name.replace("_", " "): count for name, count in impact["counts"].items()}),
        _counted(("changed column", "schools"), impact["columns"]),
        aligned(("coverage", "before", "after"), [(_title(name), *_sides(impact["total"], name)) for name in _FIELDS]),
        _regions(impact["regions"]),
        _schools(impact["schools"], impact["schools_total"]),
    ]
    return "\n\n".join(part for part in parts if part)


def _title(field: str) -> str:
    return field.removeprefix("schools_").replace("_", " ")


def _counted(headers: tuple[str, str], counts: Mapping[str, int]) -> str:
    rows = [(name, count) for name, count in counts.items() if count]
    return aligned(headers, rows) if rows else ""


def _sides(sides: Mapping[str, Any], field: str) -> tuple[Any, Any]:
    return tuple((sides[side] or {}).get(field) for side in ("before", "after"))  # type: ignore[return-value]  # always two


def _change(sides: Mapping[str, Any], field: str) -> str:
    """Before and after in one cell; a single number where nothing changed."""
    before, after = _sides(sides, field)
    shown = [NOTHING if value is None else f"{value:,}" for value in (before, after)]
    return shown[0] if shown[0] == shown[1] else " → ".join(shown)


def _regions(regions: list[Mapping[str, Any]]) -> str:
    rows = [
        (region["admin1"] or "no region", region["admin1_name"] or "", *(_change(region, field) for field in _FIELDS[:-1]))
        for region in regions
    ]
    return aligned(("region", "", *(_title(field) for field in _FIELDS[:-1])), rows) if rows else ""


def _schools(schools: list[Mapping[str, Any]], total: int) -> str:
    if not schools:
        return ""
    rows = [
        (
            school["school_id"],
            school["school_name"],
            school["change"],
            school.get("status_before"),
            school.get("status_after"),
            ", ".join(school["columns"]),
        )
        for school in schools[:SHOWN_SCHOOLS]
    ]
    table = aligned(("school_id", "name", "change", "status before", "after", "columns"), rows)
    return table if total <= len(rows) else f"{table}\n… and {total - len(rows):,} more schools"
