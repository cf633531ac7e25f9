"""Records of CSV text: found exactly as RFC 4180 says, never merged silently, on the right physical line."""

import csv
import io
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileRefused
from geo.intake.csv_cells import read_cells
from geo.intake.csv_fields import split_fields
from geo.intake.csv_records import AFTER_QUOTE, BARE_QUOTE, NO_FAULT, UNCLOSED, find_records
from tests.intake.files import attempt

CELL = st.text(alphabet=st.sampled_from('aб ,"\n\r1'), max_size=6)


def rows_of(data: bytes, width: int) -> list[list[str]]:
    records = find_records(data)
    chosen = (records.fault == NO_FAULT) & (records.field_count == width)
    return [list(row) for row in zip(*(column.to_pylist() for column in read_cells(records, chosen, width)), strict=True)]


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=6)))
def test_what_a_csv_writer_wrote_is_read_back_exactly(rows):
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL).writerows(rows)

    records = find_records(target.getvalue().encode())

    assert (records.fault == NO_FAULT).all()
    assert [records.fields(position) for position in range(len(records))] == rows
    assert rows_of(target.getvalue().encode(), len(rows[0])) == rows


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n", "\r"]))
def test_line_numbers_are_physical_even_after_quoted_line_breaks(rows, end):
    target = io.StringIO()
    csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator=end).writerows(rows)
    expected, line = [], 1
    for row in rows:
        expected.append(line)
        line += len(split_lines("".join(row[0]))) - 1 + len(split_lines(row[1])) - 1 + 1

    assert find_records(target.getvalue().encode()).line.tolist() == expected


def split_lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


@given(st.text(alphabet=st.sampled_from('ab,"\n\r'), max_size=30))
def test_any_text_gives_records_that_cover_it_or_a_refusal(text):
    data = text.encode()

    records, refusal = attempt(lambda: find_records(data), FileRefused)

    if records is None:
        assert refusal is not None
        assert (refusal.problem.code, refusal.problem.line is None) == ("malformed_csv", False)
        return
    assert records.start.tolist() == [0, *records.stop[:-1].tolist()]
    assert records.stop[-1] == len(data)
    assert (np.diff(records.line) > 0).all()
    if (records.fault == NO_FAULT).all() and text:
        rows = [records.fields(position) for position in range(len(records))]
        assert [row or [""] for row in csv.reader(io.StringIO(text, newline=""), strict=True)] == rows
        assert [len(row) for row in rows] == records.field_count.tolist()


@given(st.lists(st.text(alphabet=st.sampled_from('ab,"\n'), max_size=8), max_size=8))
def test_the_fast_reader_and_the_exact_one_agree_on_every_record(parts):
    data = "\n".join(parts).encode()
    records, _ = attempt(lambda: find_records(data), FileRefused)

    for width in set(records.field_count[records.fault == NO_FAULT].tolist()) if records else ():
        chosen = (records.fault == NO_FAULT) & (records.field_count == width)
        exact = [records.fields(position) for position in np.flatnonzero(chosen)]
        assert [list(row) for row in zip(*(c.to_pylist() for c in read_cells(records, chosen, width)), strict=True)] == exact


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('a,"b",c', NO_FAULT),
        ('a,"b""",c', NO_FAULT),
        ('"",,""', NO_FAULT),
        ('a,""""', NO_FAULT),
        ('a,"b"c,d', AFTER_QUOTE),
        ('a,"b" ,d', AFTER_QUOTE),
        ('a,b"c,d', BARE_QUOTE),
        ('a, "b",c', BARE_QUOTE),
        ('a,""b"",c', AFTER_QUOTE),
        ('a,"b', UNCLOSED),
    ],
)
def test_each_quoting_fault_spoils_its_own_line_alone(line, fault):
    records = find_records(f'x,y,z\n{line}\n1,2,"3""4"\n'.encode())

    assert records.fault.tolist() == [NO_FAULT, fault, NO_FAULT]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ('i,n,s\n1,"a,5\n2,b,6\n3,c",7\n', [NO_FAULT, UNCLOSED, NO_FAULT, BARE_QUOTE]),
        ('i,n,s\n1,"a,5\n2,b",6\n', [NO_FAULT, UNCLOSED, BARE_QUOTE]),
        ('i,n,s\n1,"a\nb",5\n2,c,6\n', [NO_FAULT, NO_FAULT, NO_FAULT]),
        ('i,n,s\n1,"a, b\n c, d, e",5\n2,c,6\n', [NO_FAULT, NO_FAULT, NO_FAULT]),
    ],
    ids=["two rows inside", "one row inside", "line break", "line break and commas"],
)
def test_a_quoted_value_never_hides_whole_records(text, faults):
    assert find_records(text.encode(), field_count=3).fault.tolist() == faults


HOSTILE = {
    "triple": b'"""\n' * 50_000,
    "openers": b'a,"\n' * 50_000 + b'"x',
    "pairs": b'"a\n' + b'""\n' * 100_000 + b'"x\n',
    "pairs of faults": b'a,"b\n"x,c\n' * 30_000,
    "quotes": b'"' * 300_001,
    "returns": b"\r" * 300_000,
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_quotes_take_no_more_than_a_few_seconds(data):
    begin = time.process_time()

    _, refusal = attempt(lambda: find_records(data, field_count=3), FileRefused)

    assert refusal is None or refusal.problem.code == "malformed_csv"
    assert time.process_time() - begin < 5


def test_fields_keep_quotes_commas_and_blanks():
    assert split_fields('a,"b,c", d ,"e ""f""",') == ["a", "b,c", " d ", 'e "f"', ""]
    assert split_fields("") == [""]
    assert split_fields('"a,"') == ["a,"]
