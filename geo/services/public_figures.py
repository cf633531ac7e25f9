"""Figures for visitors where PUBLIC_DETAIL is not `exact`: looked up among the groups that may be told, never counted anew.

Every answer is a part of one fixed set of numbers, so that no two answers together tell more than that set does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.disclosure import CLASSES, Detail, Group
from geo.errors import DetailWithheld, InvalidParameter
from geo.model import NO_VALUE, AreaType, Grouping, Status, View
from geo.services.coverage import citation, norm_summary, release_summary, resolve, unit_names
from geo.services.public_detail import GROUPINGS, PublicRelease, PublicWorkspace
from geo.services.workspace import LEVELS

FEWER = "fewer than 5"
"""Said of a group of 1 to 4 schools."""
HELD_BACK = "held back"
"""Said of what would tell another group's number, or of statuses of which one has 1 to 4 schools."""
NOTE = "Groups of fewer than 5 schools, and what would give one of them away, are not told: rows need not add up to the total."

_CROSSED = frozenset({Grouping.ADMIN2, Grouping.AREA_TYPE})


@dataclass(frozen=True)
class PublicRow:
    """A group as it may be told: its keys by grouping, its figures by field name, and which words stand for what is not told."""

    keys: Mapping[Grouping, str | None]
    group: Group

    @property
    def suppressed(self) -> str | None:
        """What stands for the number of schools, None where it is told."""
        return None if self.group.detail else FEWER if self.group.is_small else HELD_BACK

    @property
    def statuses_suppressed(self) -> str | None:
        """What stands for the statuses that are not told each, None where all are."""
        return None if self.group.detail is Detail.STATUSES else HELD_BACK

    def figures(self) -> dict[str, Any]:
        """Counts, and shares with bounds as far as the counts that are told make them; None is what is not told."""
        count = self.group.count_of
        schools, connected = self.group.schools, count(Status.BELOW_NORM, Status.NORM_UNKNOWN, Status.MEETS_NORM)
        unconnected, unknown, meets = count(Status.UNCONNECTED), count(Status.UNKNOWN), count(Status.MEETS_NORM)
        maybe = count(Status.NORM_UNKNOWN, Status.UNKNOWN)
        return {
            "schools": schools,
            **{f"schools_{status}": count(status) for status in Status},
            "schools_connected": connected,
            "schools_connected_not_surely_meeting": count(Status.BELOW_NORM, Status.NORM_UNKNOWN),
            "schools_unconnected_or_unknown": count(Status.UNCONNECTED, Status.UNKNOWN),
            "schools_connected_share": _ratio(connected, _plus(connected, unconnected)),
            "schools_connected_share_lower": _ratio(connected, schools),
            "schools_connected_share_upper": _ratio(_plus(connected, unknown), schools),
            "schools_meets_norm_share": _ratio(meets, None if schools is None or maybe is None else schools - maybe),
            "schools_meets_norm_share_lower": _ratio(meets, schools),
            "schools_meets_norm_share_upper": _ratio(_plus(meets, maybe), schools),
        }


def _plus(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def _ratio(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


@dataclass(frozen=True)
class PublicAnswer:
    """Figures for visitors: one row per group, the total of the filter, and the names of units in the language asked for."""

    release: PublicRelease
    view: View
    by: tuple[Grouping, ...]
    rows: tuple[PublicRow, ...]
    total: PublicRow
    names: Mapping[Grouping, Mapping[str, str]]

    @property
    def citation(self) -> str:
        """One line that names everything the figures depend on."""
        return citation(self.release.record, self.release.norm, self.view.basis, self.view.where, by=self.by)

    def flat(self, row: PublicRow) -> dict[str, Any]:
        """A row as one flat record."""
        keys: dict[str, Any] = {}
        for grouping, code in row.keys.items():
            keys[grouping.value] = code
            if grouping in self.names:
                keys[f"{grouping}_name"] = self.names[grouping].get(code or "")
        marks = {"suppressed": row.suppressed, "statuses_suppressed": row.statuses_suppressed}
        return {**keys, "norm": self.release.norm.name, **row.figures(), **marks}

    def as_dict(self) -> dict[str, Any]:
        """The answer as the API gives it."""
        record, norm = self.release.record, self.release.norm
        return {
            "release": release_summary(record),
            "norm": norm_summary(norm) | {"basis": self.view.basis.value},
            "boundaries": dict(record.vintages),
            "by": [grouping.value for grouping in self.by],
            "where": self.view.where.as_parameters(),
            "rows": [self.flat(row) for row in self.rows],
            "total": self.flat(self.total),
            "note": NOTE,
            "citation": self.citation,
        }


def public_answer(workspace: PublicWorkspace, view: View, by: Sequence[Grouping] = (), *, language: str = "en") -> PublicAnswer:
    """Figures of the schools of a view, in groups, as far as visitors may know them.

    Raises
    ------
    NoRelease
        Nothing is published yet.
    DetailWithheld
        Another norm, release, grouping or filter is asked for than visitors get.
    InvalidParameter
        A value of the filter is unknown.
    """
    shown = resolve(workspace, view)
    release = workspace.opened(shown.release)
    release.check_norm(shown.norm, shown.basis)
    grouped = tuple(by)
    if not set(GROUPINGS).issuperset(grouped):
        raise DetailWithheld(f"without a key, figures are grouped by {', '.join(GROUPINGS)} alone")
    chosen, value = _filter(view, release)
    rows = _rows(release, grouped, chosen, value) if grouped else ()
    whole = _rows(release, (), chosen, value)
    total = whole[0] if whole else PublicRow({}, Group("", "", "", Detail.STATUSES, (0,) * len(Status)))
    names = {grouping: unit_names(workspace, shown.release, grouping, language) for grouping in grouped if grouping in LEVELS}
    return PublicAnswer(release, view, grouped, rows, total, names)


def _filter(view: View, release: PublicRelease) -> tuple[Grouping | None, str | None]:
    """The one filter and its one value; None for the schools without one.

    Raises
    ------
    DetailWithheld
        There is more than one filter or value, or it is of something else: differences of such figures tell of single schools.
    InvalidParameter
        Neither the release nor its boundaries know the value.
    """
    if not view.where:
        return None, None
    (name, values), *others = view.where.terms
    if others or len(values) > 1 or name not in GROUPINGS:
        raise DetailWithheld(f"without a key, figures take one filter with one value, of {', '.join(GROUPINGS)}")
    chosen, value = Grouping(name), values[0]
    known = {each.value for each in AreaType} if chosen is Grouping.AREA_TYPE else release.codes.get(chosen, frozenset())
    if value not in known and value != NO_VALUE and all(_value(each, chosen) != value for each in release.disclosure.admin2):
        raise InvalidParameter(f"'{chosen}' has no '{value[:60]}'; see /api/v1/regions", parameter=chosen.value, code=f"invalid_{chosen}")
    return chosen, None if value == NO_VALUE else value


def _rows(release: PublicRelease, by: tuple[Grouping, ...], chosen: Grouping | None, value: str | None) -> tuple[PublicRow, ...]:
    told = release.disclosure
    asked = frozenset(by) | (frozenset() if chosen is None else {chosen})
    if asked >= _CROSSED:
        raise DetailWithheld("without a key, figures are not given by district and area type together")
    if Grouping.ADMIN2 in asked:
        groups = told.admin2
    elif asked == {Grouping.ADMIN1, Grouping.AREA_TYPE}:
        groups = told.admin1_area_type
    elif asked:
        groups = told.admin1 if Grouping.ADMIN1 in asked else told.area_type
    else:
        groups = (told.whole,)
    found = [group for group in groups if chosen is None or _value(group, chosen) == value]
    return _merged(found, by, lambda group: tuple(_value(group, grouping) for grouping in by))


def _merged(groups: Iterable[Group], by: tuple[Grouping, ...], key_of: Callable[[Group], tuple[str | None, ...]]) -> tuple[PublicRow, ...]:
    """Groups of equal keys as one, told no more finely than the least of them."""
    found: dict[tuple[str | None, ...], list[Group]] = {}
    for group in groups:
        found.setdefault(key_of(group), []).append(group)
    rows = [PublicRow(dict(zip(by, key, strict=True)), _sum(parts)) for key, parts in found.items()]
    return tuple(sorted(rows, key=lambda row: tuple((code is None, code or "") for code in row.keys.values())))


def _sum(parts: Sequence[Group]) -> Group:
    if len(parts) == 1:
        return parts[0]
    detail = min(part.detail for part in parts)
    counts = tuple(sum(part.count_of(*each) or 0 for part in parts) for each in CLASSES[detail])
    return Group(parts[0].admin1, parts[0].admin2, parts[0].area_type, detail, counts)


def _value(group: Group, grouping: Grouping) -> str | None:
    return {Grouping.ADMIN1: group.admin1, Grouping.ADMIN2: group.admin2, Grouping.AREA_TYPE: group.area_type}[grouping]
