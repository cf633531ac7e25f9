"""The digest of figures: the same for ever, as long as the definitions are; another one for other figures or another question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.coverage import DEFINITIONS, CoverageRow, coverage
from geo.model import Basis, Grouping, Where, where
from geo.norms import NORMS, statuses
from geo.services.citations import COUNTED, GAPS, FiguresPart, figures_digest
from tests.builders import make_columns
from tests.cited import schools

BY = (Grouping.ADMIN1, Grouping.AREA_TYPE)
FILTER = where(area_type=("rural", "urban"))


def part(norm: str = "kz-2023", turn: int = 1) -> FiguresPart:
    made = [{**school, "admin1": ("XA10", "XA20", None)[n % 3]} for n, school in enumerate(schools(turn))]
    columns = make_columns(*made)
    codes = statuses(columns.connectivity, columns.download_speed_mbps(Basis.BEST), columns.num_students, NORMS[norm])
    return FiguresPart("ab" * 32, norm, coverage(columns, codes, by=BY).rows(), coverage(columns, codes).rows()[0])


def digest(made: FiguresPart, by: tuple[Grouping, ...] = BY, chosen: Where = FILTER, basis: Basis = Basis.BEST) -> str:
    return figures_digest(basis, by, chosen, [made])


@pytest.mark.parametrize(
    ("norm", "expected"), [("kz-2023", "444618d9fb3f4af9"), ("giga-20", "e1811a8cfa957881"), ("giga-5", "f1589182e766e8fa")]
)
def test_digest_of_given_figures_never_changes_while_the_definitions_stay(norm: str, expected: str) -> None:
    """Links that were printed hold these: where this fails, a count or a norm has another meaning, and DEFINITIONS must be raised."""
    assert DEFINITIONS == 1
    assert digest(part(norm)) == f"1-{expected}"


def test_releases_beside_each_other_are_no_part_of_the_grouping() -> None:
    assert digest(part(), by=(Grouping.RELEASE, *BY)) == digest(part())


def test_another_question_has_another_digest_though_the_figures_be_the_same() -> None:
    made = part()
    others = [
        digest(made, by=(Grouping.AREA_TYPE, Grouping.ADMIN1)),
        digest(made, chosen=Where()),
        digest(made, basis=Basis.DECLARED),
        digest(replace(made, norm="20")),
        digest(replace(made, sha256="cd" * 32)),
        figures_digest(Basis.BEST, BY, FILTER, [made, made]),
    ]

    assert len({digest(made), *others}) == 7


@pytest.mark.parametrize("name", [*COUNTED, *GAPS])
def test_each_figure_is_in_the_digest(name: str) -> None:
    made = part()
    known = next(row for row in made.rows if row[name] is not None) if any(row[name] is not None for row in made.rows) else made.total
    touched = CoverageRow(known.keys, {**known.figures, name: (known[name] or 0) + 1})
    rows = tuple(touched if row is known else row for row in made.rows)

    assert digest(replace(made, rows=rows, total=touched if known is made.total else made.total)) != digest(made)
