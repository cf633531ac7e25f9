"""Headings of a file → our columns: which is which, which are passed over, and which files are refused for their headings."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geo.column_table import COMPUTED_NAMES, HEADINGS, ID_NAMES, folded, is_column
from geo.errors import InvalidParameter
from geo.intake.options import ColumnHow, ColumnUse
from geo.intake.persons import is_personal_heading, personal_kind
from geo.intake.problems import refusal, row_problem
from geo.model import RowProblem

MAX_COLUMNS = 64
"""Columns of a file that are read at most."""

_SPEEDS = ("download_speed_declared_mbps", "download_speed_measured_mbps")
_LOOK_ALIKES = str.maketrans("аеорсухіһқԁјѕԛԝАВЕКМНОРСТУХІҺЅЈ", "aeopcyxihkdjsqwABEKMHOPCTYXIHSJ")


@dataclass(frozen=True)
class Heading:
    """The header of a file, understood.

    `uses` has one entry per column of the file; `read` maps our name to the column's position in the file, from 0.
    """

    uses: tuple[ColumnUse, ...]
    read: Mapping[str, int]
    problems: tuple[RowProblem, ...]


def known_name(heading: str, mapping: Mapping[str, str]) -> str | None:
    """Our name of a heading by the mapping, else by its spelling; None where neither says."""
    wanted = _mapped(heading, mapping)
    return wanted or None if wanted is not None else HEADINGS.get(folded(heading))


def is_header(cells: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether cells look like the header: an id among them and, where there are several cells, another heading of ours."""
    names = {known_name(cell, mapping) for cell in cells} - {None}
    return bool(names & set(ID_NAMES)) and (len(cells) == 1 or len(names) > 1 or sum(1 for cell in cells if cell.strip()) == 1)


def check_options(mapping: Mapping[str, str], constants: Mapping[str, str]) -> None:
    """Refuse names that are no columns of ours.

    Raises
    ------
    InvalidParameter
        A mapping or a constant names an unknown column, or a constant an id.
    """
    for name in (*filter(None, mapping.values()), *constants):
        if not is_column(name):
            raise InvalidParameter(f"{name!r} is no column of the file format; see docs/csv-format.md", parameter="mapping")
    for name in constants:
        if name in ID_NAMES:
            raise InvalidParameter(f"{name!r} cannot be the same for all schools", parameter="constants")


def understand(cells: Sequence[str], *, line: int, mapping: Mapping[str, str], constants: Mapping[str, str]) -> Heading:
    """What each column of a file is, by the mapping first, then by our own names, then by other spellings.

    Raises
    ------
    FileRefused
        `too_many_columns`, `personal_data_column`, `duplicate_column`, `missing_column`.
    """
    _refuse_by_headings(cells, line=line)
    for heading in mapping:
        if not any(_same_heading(cell, heading) for cell in cells):
            raise refusal("missing_column", variant="mapped", line=line, column=heading, found=", ".join(cells))
    taken, superseded = _takers(cells, line=line, mapping=mapping)
    if not set(ID_NAMES) & set(taken):
        raise _no_id(cells, line=line)
    if ("latitude" in taken) != ("longitude" in taken):
        pair = ("latitude", "longitude") if "latitude" in taken else ("longitude", "latitude")
        raise refusal("missing_column", variant="pair", line=line, column=pair[0], other=pair[1])
    problems = [row_problem("column_not_used", None, cells[position].strip(), reason=name) for position, name in superseded.items()]
    problems += _leave_out_plain_speed(taken, constants, cells)
    uses = _uses(cells, taken, mapping)
    problems += _passed_over(cells, uses, superseded)
    return Heading(uses=uses, read=taken, problems=tuple(problems))


def _same_heading(cell: str, heading: str) -> bool:
    return cell == heading or folded(cell) == folded(heading)


def _mapped(cell: str, mapping: Mapping[str, str]) -> str | None:
    if cell in mapping:
        return mapping[cell]
    return next((name for heading, name in mapping.items() if folded(heading) == folded(cell)), None)


def _refuse_by_headings(cells: Sequence[str], *, line: int) -> None:
    personal = [cell.strip() for cell in cells if is_personal_heading(cell)]
    if personal:
        raise refusal("personal_data_column", line=line, wipe=True, columns=", ".join(personal))
    if len(cells) > MAX_COLUMNS:
        raise refusal("too_many_columns", line=line, count=len(cells), limit=MAX_COLUMNS)
    seen: dict[str, int] = {}
    for position, cell in enumerate(cells):
        if cell.strip() and (first := seen.setdefault(folded(cell), position)) != position:
            raise _twice(cell.strip(), cells, first, position, line)


def _twice(name: str, cells: Sequence[str], first: int, second: int, line: int) -> Exception:
    return refusal(
        "duplicate_column",
        line=line,
        column=name,
        first=first + 1,
        first_heading=cells[first].strip(),
        second=second + 1,
        second_heading=cells[second].strip(),
    )


def _takers(cells: Sequence[str], *, line: int, mapping: Mapping[str, str]) -> tuple[dict[str, int], dict[int, str]]:
    """Our name → position of the column taken for it; position → our name of the columns that a surer one supersedes."""
    claims: dict[str, list[tuple[int, int]]] = {}
    for position, cell in enumerate(cells):
        if name := known_name(cell, mapping):
            rank = 0 if _mapped(cell, mapping) else 1 if folded(cell) == folded(name) else 2
            claims.setdefault(name, []).append((rank, position))
    taken: dict[str, int] = {}
    superseded: dict[int, str] = {}
    for name, ranked in claims.items():
        (rank, position), *others = sorted(ranked)
        if others and others[0][0] == rank:
            raise _twice(name, cells, position, others[0][1], line)
        taken[name] = position
        superseded.update({other: name for _, other in others})
    return taken, superseded


def _leave_out_plain_speed(taken: dict[str, int], constants: Mapping[str, str], cells: Sequence[str]) -> list[RowProblem]:
    """Take the plain speed out where it was computed by us or where a column says which speed it is."""
    surer = next((name for name in ("download_speed_basis", *_SPEEDS) if name in taken or name in constants), None)
    if "download_speed_mbps" not in taken or surer is None:
        return []
    position = taken.pop("download_speed_mbps")
    return [row_problem("column_not_used", None, cells[position].strip(), reason=surer)]


def _uses(cells: Sequence[str], taken: Mapping[str, int], mapping: Mapping[str, str]) -> tuple[ColumnUse, ...]:
    name_at = {position: name for name, position in taken.items()}
    uses: list[ColumnUse] = []
    for position, cell in enumerate(cells):
        name = name_at.get(position)
        if name is not None:
            how = ColumnHow.MAPPED if _mapped(cell, mapping) else ColumnHow.EXACT
        else:
            name = None if known_name(cell, mapping) or _mapped(cell, mapping) is not None else look_alike_of(cell)
            how = ColumnHow.SUGGESTED if name else ColumnHow.IGNORED
        uses.append(ColumnUse(cell, name, how, position + 1))
    return tuple(uses)


def _passed_over(cells: Sequence[str], uses: Sequence[ColumnUse], superseded: Mapping[int, str]) -> list[RowProblem]:
    problems: list[RowProblem] = []
    computed: list[str] = []
    for position, (cell, use) in enumerate(zip(cells, uses, strict=True)):
        heading = cell.strip()
        if use.how is ColumnHow.SUGGESTED:
            problems.append(
                row_problem("unknown_column", None, heading, variant="look_alike", name=use.name or "", code_points=code_points(heading))
            )
        elif use.how is not ColumnHow.IGNORED or position in superseded or HEADINGS.get(folded(cell)):
            continue
        elif folded(cell).replace(" ", "_") in COMPUTED_NAMES:
            computed.append(heading)
        elif heading:
            problems.append(row_problem("unknown_column", None, heading))
        else:
            problems.append(row_problem("unknown_column", None, None, variant="nameless", position=str(position + 1)))
    if computed:
        problems.append(row_problem("computed_column", columns=", ".join(computed)))
    return problems


def look_alike_of(heading: str) -> str | None:
    """Our name that a heading would be if its look-alike and invisible characters were the ones they look like."""
    plain = unicodedata.normalize("NFKC", heading)
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Cc", "Mn")).translate(_LOOK_ALIKES)
    return HEADINGS.get(folded(plain))


def code_points(text: str) -> str:
    """Text with each character that is not plain ASCII as its code point: "s U+0441 hool_id"."""
    return " ".join("".join(c if " " < c < "\x7f" else f" U+{ord(c):04X} " for c in text).split())


def _no_id(cells: Sequence[str], *, line: int) -> Exception:
    """The refusal of a file without id column; where its first line holds personal data, that line is not shown."""
    if kind := personal_kind(",".join(cells)):
        return refusal("personal_data_suspected", line=line, column="?", kind=kind, wipe=True)
    found = ", ".join(code_points(cell) if not cell.isprintable() else cell.strip() for cell in cells)
    for cell in cells:
        if (name := look_alike_of(cell)) in ID_NAMES:
            return refusal(
                "missing_column", variant="look_alike", line=line, heading=cell, name=name, code_points=code_points(cell), found=found
            )
    return refusal("missing_column", line=line, found=found)
