"""Gates: changes so large that publishing asks for them to be confirmed with the numbers in view.

Thresholds and their reasons: docs/definitions.md#gates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.errors import GateNotConfirmed
from geo.model import GateCode, ImportMode
from geo.quality.jumps import MOVED_KM
from geo.services.impact import Impact
from geo.services.options import ImportOptions

MAX_FEWER_PERCENT = 20.0
MAX_SHARE_POINTS = 30.0
MAX_MOVED_PERCENT = 5.0
WATCHED_SHARES = ("schools_connected_share", "schools_meets_norm_share")
TOKEN_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class Gate:
    """A change that asks for a confirmation, and the numbers that a person should see first."""

    code: GateCode
    numbers: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The gate as JSON keeps it."""
        return {"code": self.code.value, "numbers": dict(self.numbers)}


def gates_of(impact: Impact, mode: ImportMode, *, kept_in_doubt: int = 0) -> tuple[Gate, ...]:
    """Gates that a file would go through.

    Parameters
    ----------
    impact
        What publishing the file would change; before the first release nothing can be lost or moved.
    kept_in_doubt
        Schools that a `replace` file keeps only because a row that was not used has one of their ids.
    """
    found = [*_mode_gate(impact, mode, kept_in_doubt), *_fewer_schools(impact), *_moved_shares(impact), *_moved_schools(impact)]
    return tuple(found)


def confirm_token(gates: Sequence[Gate], *, file_sha256: str, base_release_id: int | None, options: ImportOptions) -> str | None:
    """What confirms these gates and no others: it holds for one file, its options, one base release and these very numbers.

    None where there is nothing to confirm. The same file uploaded again has the same token, so that a script may look first.
    """
    if not gates:
        return None
    told = [file_sha256, base_release_id, options.as_dict(), options.source, [gate.as_dict() for gate in gates]]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:TOKEN_CHARACTERS]


def require_confirmation(import_id: int, gates: Sequence[Mapping[str, Any]], token: str | None, given: str | None) -> None:
    """Stop a publishing whose gates nobody has confirmed.

    Raises
    ------
    GateNotConfirmed
        The confirmation is missing, or was given for other numbers.
    """
    if token is None or given == token:
        return
    named = ", ".join(str(gate["code"]) for gate in gates)
    told = "the confirmation was given for other numbers" if given else "it was not confirmed"
    raise GateNotConfirmed(
        f"import {import_id} would change more than is usual ({named}) and {told}; look at the numbers and publish with confirm={token}",
        gates=gates,
        confirm_token=token,
    )


def _mode_gate(impact: Impact, mode: ImportMode, kept_in_doubt: int) -> Iterator[Gate]:
    """`replace` and `remove` are asked about whatever they do: both can only be meant."""
    if mode is ImportMode.UPDATE:
        return
    numbers = _schools(impact) | {"schools_removed": impact.counts["schools_removed"]}
    if mode is ImportMode.REPLACE:
        more = {"schools_added": impact.counts["schools_added"], "schools_kept_in_doubt": kept_in_doubt}
        yield Gate(GateCode.REPLACE, numbers | more | {"regions": _regions(impact)})
    else:
        yield Gate(GateCode.REMOVE, numbers | {"regions": _regions(impact)})


def _fewer_schools(impact: Impact) -> Iterator[Gate]:
    schools = _schools(impact)
    before, after = schools["schools_before"], schools["schools_after"]
    if before and 100 * (before - after) > MAX_FEWER_PERCENT * before:
        percent = round(100 * (before - after) / before, 1)
        yield Gate(
            GateCode.FEWER_SCHOOLS,
            schools | {"fewer_percent": percent, "limit_percent": MAX_FEWER_PERCENT, "regions": _regions(impact)},
        )


def _moved_shares(impact: Impact) -> Iterator[Gate]:
    moved = [
        {
            "admin1": region["admin1"],
            "admin1_name": region["admin1_name"],
            "share": share,
            "before_percent": round(100 * before, 1),
            "after_percent": round(100 * after, 1),
            "points": round(100 * (after - before), 1),
            "schools_after": region["after"]["schools"],
        }
        for region in impact.regions
        for share in WATCHED_SHARES
        if region["admin1"] is not None
        for before, after in [[(region[side] or {}).get(share) for side in ("before", "after")]]
        if before is not None and after is not None and round(100 * abs(after - before), 9) > MAX_SHARE_POINTS
    ]
    if moved:
        yield Gate(GateCode.REGION_SHARE_MOVED, {"limit_points": MAX_SHARE_POINTS, "regions": moved})


def _moved_schools(impact: Impact) -> Iterator[Gate]:
    before, moved = _schools(impact)["schools_before"], impact.counts["schools_moved_far"]
    if 100 * moved > MAX_MOVED_PERCENT * before:
        yield Gate(
            GateCode.SCHOOLS_MOVED,
            {
                "schools_before": before,
                "schools_moved_far": moved,
                "moved_percent": round(100 * moved / before, 1),
                "limit_percent": MAX_MOVED_PERCENT,
                "distance_km": MOVED_KM,
            },
        )


def _schools(impact: Impact) -> dict[str, int]:
    return {f"schools_{side}": impact.total[side]["schools"] for side in ("before", "after")}


def _regions(impact: Impact) -> list[dict[str, Any]]:
    """Schools by region, before and after, where their number changes; the largest loss first."""
    rows = [
        {
            "admin1": region["admin1"],
            "admin1_name": region["admin1_name"],
            **{f"schools_{side}": (region[side] or {}).get("schools", 0) for side in ("before", "after")},
        }
        for region in impact.regions
    ]
    changed = [row for row in rows if row["schools_before"] != row["schools_after"]]
    return sorted(changed, key=lambda row: row["schools_after"] - row["schools_before"])
