"""Every row of a whole file has one outcome, whatever is wrong with it and whatever the file is taken for."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileRefused
from geo.intake import ReadOptions, read_upload
from geo.join import match
from geo.merge import Rules, merge
from geo.model import OUTCOMES, EmptyCells, ImportMode
from geo.services.preview import row_counts
from tests.builders import make_facts_table, make_school

SCHOOLS = make_facts_table(
    make_school("1", connectivity="yes", connectivity_collected_on=date(2026, 5, 1)) | {"school_id_giga": "g1"},
    make_school("2", num_students=5),
    make_school("A"),
)
CELLS = {
    "school_id_govt": ["1", "2", "a", "A", " 1", "9", "", "01", "=1"],
    "school_id_giga": ["g1", "", "", "2"],
    "connectivity": ["yes", "no", "", "maybe"],
    "collected_on": ["2026-01-01", "2026-06-01", "", "soon"],
    "latitude": ["50.5", "", "91"],
    "longitude": ["10.5", "", "x"],
}
LINES = st.one_of(
    st.tuples(*(st.sampled_from(cells) for cells in CELLS.values())).map(",".join),
    st.sampled_from(["", ",,,,,", "1", "1,,yes,,,,,", ",".join(CELLS), "TOTAL,,,,,", '"1']),
)


@given(
    lines=st.lists(LINES, min_size=1, max_size=9),
    has_coordinates=st.booleans(),
    mode=st.sampled_from(list(ImportMode)),
    empty=st.sampled_from(list(EmptyCells)),
)
def test_rows_by_outcome_add_up_to_the_rows_of_the_file(
    lines: list[str], has_coordinates: bool, mode: ImportMode, empty: EmptyCells
) -> None:
    names = list(CELLS) if has_coordinates else list(CELLS)[:-2]
    text = "\n".join([",".join(names), *(line if has_coordinates else line.rsplit(",", 2)[0] for line in lines), ""])
    try:
        parsed = read_upload(text.encode(), options=ReadOptions(max_rows=100, today=date(2026, 7, 1)))
    except FileRefused:
        return
    clears = frozenset({"connectivity"} if empty is EmptyCells.CLEAR else ())

    merged = merge(SCHOOLS, parsed.table, match(parsed.table, SCHOOLS), Rules(7, parsed.has_coordinates, mode, clears))
    counts = row_counts(parsed.counts, {outcome: merged.count(outcome) for outcome in OUTCOMES})

    assert counts["rows_in"] == sum(counts[outcome] for outcome in OUTCOMES)
    assert merged.facts.num_rows == SCHOOLS.num_rows + counts["new"] - len(merged.dropped)
