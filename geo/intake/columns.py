"""Headings of a file → our columns: which is which, which are passed over, and which files are refused for their headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from geo.column_table import COMPUTED_NAMES, GENERIC_HEADINGS, HEADINGS, ID_NAMES, folded
from geo.intake.likeness import code_points, is_bare_id, like_columns, look_alike_of, taken_for
from geo.intake.options import ColumnHow, ColumnUse
from geo.intake.persons import is_personal_heading, personal_kind
from geo.intake.problems import refusal, row_problem
from geo.model import RowProblem

MAX_COLUMNS = 64
"""Columns of a file that are read at most."""

_ENDS = " :*.;"
_SPEEDS = ("download_speed_declared_mbps", "download_speed_measured_mbps")


@dataclass(frozen=True, slots=True)
class Guess:
    """A column of the file that is read under a name which its heading only resembles.

    `position` counts from 0; `alternatives` are other columns of ours that it resembles, likeliest first; `code_points` spells the
    heading out where it only looks like one we know.
    """

    position: int
    heading: str
    name: str
    score: float
    alternatives: tuple[str, ...]
    code_points: str = ""


@dataclass(frozen=True)
class Heading:
    """The header of a file, understood.

    `uses` has one entry per column of the file; `read` maps our name to the column's position in the file, from 0, guesses included.
    """

    uses: tuple[ColumnUse, ...]
    read: Mapping[str, int]
    problems: tuple[RowProblem, ...]
    guesses: tuple[Guess, ...] = ()


def known_name(heading: str, mapping: Mapping[str, str]) -> str | None:
    """Our name of a heading by the mapping, else by its spelling; None where neither says."""
    wanted = _mapped(heading, mapping)
    return wanted or None if wanted is not None else _spelled(heading)


def _spelled(heading: str) -> str | None:
    """Our name of a heading by its spelling; the colon, the asterisk or the point of a form behind it say nothing."""
    return HEADINGS.get(folded(heading)) or HEADINGS.get(folded(heading.rstrip(_ENDS)))


def is_header(cells: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether cells look like the header: an id among them and, where there are several cells, another heading of ours."""
    names = {known_name(cell, mapping) for cell in cells} - {None}
    has_id = bool(names & set(ID_NAMES))
    return has_id and (len(cells) == 1 or len(names) > 1 or sum(1 for cell in cells if cell.strip()) == 1)


def is_likely_header(cells: Sequence[str], mapping: Mapping[str, str]) -> bool:
    """Whether cells look like a header whose headings only resemble ours: an id among them and another."""
    return likely_headings(cells, mapping) > 1


def known_headings(cells: Sequence[str], mapping: Mapping[str, str]) -> int:
    """How many columns of ours cells name for sure; 0 where none is an id."""
    names = {known_name(cell, mapping) for cell in cells} - {None}
    return len(names) if names & set(ID_NAMES) else 0


def likely_headings(cells: Sequence[str], mapping: Mapping[str, str]) -> int:
    """How many columns of ours cells name or resemble; 0 where none is an id, and where they are too many for a header."""
    if len(cells) > MAX_COLUMNS:
        return 0
    names = {known_name(cell, mapping) or (taken_for(like_columns(cell)) if _is_open(cell, mapping) else None) for cell in cells} - {None}
    return len(names) if names & set(ID_NAMES) else 0


def understand(
    cells: Sequence[str],
    *,
    line: int,
    mapping: Mapping[str, str],
    constants: Mapping[str, str],
    required: Iterable[str] | None = None,
) -> Heading:
    """What each column of a file is, by the mapping first, then by our own names, then by other spellings, then by likeness.

    Parameters
    ----------
    required
        Headings of the mapping that the file must have; all of them where not given.

    Raises
    ------
    FileRefused
        `too_many_columns`, `personal_data_column`, `duplicate_column`, `missing_column`.
    """
    _refuse_by_headings(cells, line=line)
    for heading in mapping if required is None else required:
        if not any(_same_heading(cell, heading) for cell in cells):
            raise refusal("missing_column", variant="mapped", line=line, column=heading, found=", ".join(cells))
    taken, superseded = _takers(cells, line=line, mapping=mapping)
    guesses = _guesses(cells, taken, mapping, constants)
    taken |= {guess.name: guess.position for guess in guesses}
    if not set(ID_NAMES) & set(taken):
        raise _no_id(cells, line=line)
    if ("latitude" in taken) != ("longitude" in taken):
        pair = ("latitude", "longitude") if "latitude" in taken else ("longitude", "latitude")
        raise refusal("missing_column", variant="pair", line=line, column=pair[0], other=pair[1])
    problems = [row_problem("column_not_used", None, cells[position].strip(), reason=name) for position, name in superseded.items()]
    problems += _leave_out_plain_speed(taken, constants, cells)
    guesses = [guess for guess in guesses if guess.name in taken]
    problems += [_guess_problem(guess) for guess in guesses]
    uses = _uses(cells, taken, mapping, guesses)
    problems += _passed_over(cells, uses, superseded)
    return Heading(uses=uses, read=taken, problems=tuple(problems), guesses=tuple(guesses))


def _guesses(cells: Sequence[str], taken: Mapping[str, int], mapping: Mapping[str, str], constants: Mapping[str, str]) -> list[Guess]:
    """Columns that are read for their likeness: at most one for each column of ours that nothing says for sure."""
    has_surer_speed = any(name in taken or name in constants for name in ("download_speed_basis", *_SPEEDS))
    best: dict[str, Guess] = {}
    for position, cell in enumerate(cells):
        if not _is_open(cell, mapping):
            continue
        likely = like_columns(cell)
        name = taken_for(likely)
        if name is None or name in taken or name in constants or (name == "download_speed_mbps" and has_surer_speed):
            continue
        others = tuple(other for other, _ in likely if other != name and other not in taken)
        points = code_points(cell.strip()) if look_alike_of(cell) else ""
        guess = Guess(position, cell.strip(), name, likely[0][1], others, points)
        best[name] = max(best.get(name, guess), guess, key=lambda each: (each.score, -each.position))
    return _without_loose_ends(best, taken)


def _without_loose_ends(best: dict[str, Guess], taken: Mapping[str, int]) -> list[Guess]:
    """Guesses without half a position, and without a bare "id" beside another id."""
    ids = {name for name in ID_NAMES if name in taken or name in best}
    if "school_id" in best and len(ids) > 1 and is_bare_id(best["school_id"].heading):
        del best["school_id"]
    for name, other in (("latitude", "longitude"), ("longitude", "latitude")):
        if name in best and other not in best and other not in taken:
            del best[name]
    return sorted(best.values(), key=lambda guess: guess.position)


def _is_open(cell: str, mapping: Mapping[str, str]) -> bool:
    """Whether nothing is known of a heading: neither said by the mapping, nor a spelling, nor computed by us."""
    is_said = _mapped(cell, mapping) is not None or _spelled(cell) is not None or folded(cell).replace(" ", "_") in COMPUTED_NAMES
    return bool(cell.strip()) and not is_said


def _guess_problem(guess: Guess) -> RowProblem:
    score = f"{100 * guess.score:.0f}"
    if guess.code_points:
        return row_problem("guessed_column", None, guess.heading, variant="look_alike", name=guess.name, code_points=guess.code_points)
    return row_problem("guessed_column", None, guess.heading, name=guess.name, score=score)


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
            is_own, is_generic = folded(cell) == folded(name), folded(cell) in GENERIC_HEADINGS
            rank = 0 if _mapped(cell, mapping) else 1 if is_own else 3 if is_generic else 2
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


def _uses(cells: Sequence[str], taken: Mapping[str, int], mapping: Mapping[str, str], guesses: Sequence[Guess]) -> tuple[ColumnUse, ...]:
    name_at = {position: name for name, position in taken.items()}
    score_at = {guess.position: guess.score for guess in guesses}
    uses: list[ColumnUse] = []
    for position, cell in enumerate(cells):
        name = name_at.get(position)
        if name is None:
            how = ColumnHow.IGNORED
        else:
            how = ColumnHow.SUGGESTED if position in score_at else ColumnHow.MAPPED if _mapped(cell, mapping) else ColumnHow.EXACT
        likely = like_columns(cell) if _is_open(cell, mapping) else ()
        free = tuple((other, score) for other, score in likely if other == name or other not in taken)
        uses.append(ColumnUse(cell, name, how, position + 1, score_at.get(position), free))
    return tuple(uses)


def _passed_over(cells: Sequence[str], uses: Sequence[ColumnUse], superseded: Mapping[int, str]) -> list[RowProblem]:
    problems: list[RowProblem] = []
    computed: list[str] = []
    for position, (cell, use) in enumerate(zip(cells, uses, strict=True)):
        heading = cell.strip()
        if use.how is not ColumnHow.IGNORED or position in superseded or _spelled(cell):
            continue
        if folded(cell).replace(" ", "_") in COMPUTED_NAMES:
            computed.append(heading)
        elif heading:
            problems.append(_unknown(heading, use))
        else:
            problems.append(row_problem("unknown_column", None, None, variant="nameless", position=str(position + 1)))
    if computed:
        problems.append(row_problem("computed_column", columns=", ".join(computed)))
    return problems


def _unknown(heading: str, use: ColumnUse) -> RowProblem:
    """The warning about a column that is not read, with what it may be."""
    if name := look_alike_of(heading):
        return row_problem("unknown_column", None, heading, variant="look_alike", name=name, code_points=code_points(heading))
    if use.suggestions:
        return row_problem("unknown_column", None, heading, variant="resembles", names=", ".join(name for name, _ in use.suggestions))
    return row_problem("unknown_column", None, heading)


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
