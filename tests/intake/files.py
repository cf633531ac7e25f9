"""Small uploads made in code, and reading them with options that show only what matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import pytest

from geo.errors import FileRefused
from geo.intake import Parsed, ReadOptions, read_upload
from geo.intake.problems import fix, sentence, severity
from geo.model import RowProblem, Severity

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

TODAY = date(2026, 7, 1)

GOOD: Mapping[str, str] = {
    "school_id_govt": "KZ0001",
    "school_name": "School No 1",
    "latitude": "51.169392",
    "longitude": "71.449074",
    "connectivity": "yes",
    "download_speed_mbps": "40",
    "num_students": "300",
    "collected_on": "2026-05-01",
}


def schools(*rows: Mapping[str, str], columns: Sequence[str] | None = None) -> str:
    """A CSV text: a header and one line per row; a cell is quoted where it must be. A row says what differs from `GOOD`."""
    names = list(columns or GOOD)
    names += [name for row in rows for name in row if name not in names]
    names = list(dict.fromkeys(names))
    lines = [",".join(quoted(name) for name in names)]
    for number, row in enumerate(rows, start=1):
        full = {**GOOD, "school_id_govt": f"KZ{number:04d}", "latitude": f"51.16{number:04d}", **row}
        lines.append(",".join(quoted(full.get(name, "")) for name in names))
    return "\n".join(lines) + "\n"


def quoted(cell: str) -> str:
    """A cell as RFC 4180 writes it."""
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\r\n') else cell


def read(content: str | bytes, **options: Any) -> Parsed:
    """Read an upload as of `TODAY`; the counts must add up."""
    data = content.encode() if isinstance(content, str) else content
    parsed = read_upload(data, options=ReadOptions(**{"max_rows": 10_000, "today": TODAY, **options}))
    counts = parsed.counts
    assert counts["rows_in"] == counts["accepted"] + counts["blank"] + counts["duplicate"] + counts["rejected"]
    assert counts["accepted"] == parsed.table.num_rows
    return parsed


def refused(content: str | bytes, **options: Any) -> FileRefused:
    """The refusal that an upload meets."""
    with pytest.raises(FileRefused) as caught:
        read(content, **options)
    return caught.value


def attempt(act: Callable[[], T], refusal: type[E] | tuple[type[E], ...]) -> tuple[T | None, E | None]:
    """What an act gives, or the refusal it meets."""
    try:
        return act(), None
    except refusal as met:
        return None, met


def errors(parsed: Parsed) -> list[tuple[str, int | None, str | None]]:
    """Code, line and column of every error."""
    return [(problem.code, problem.line, problem.column) for problem in parsed.problems if severity(problem) is Severity.ERROR]


def the(parsed: Parsed, code: str) -> RowProblem:
    """The one problem of a code; its sentences can be made."""
    found = [problem for problem in parsed.problems if problem.code == code]
    assert len(found) == 1, [(problem.code, problem.line, problem.column) for problem in parsed.problems]
    assert "{" not in sentence(found[0])
    assert "{" not in fix(found[0])
    return found[0]


def column(parsed: Parsed, name: str) -> list[Any]:
    """Values of a column of the accepted rows."""
    values: list[Any] = parsed.table[name].to_pylist()
    return values
