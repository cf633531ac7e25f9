"""Hostile filters are refused quickly and in words, and never end the process."""

from __future__ import annotations

import threading

import pytest

from geo.cql2 import InvalidFilter
from geo.cql2.reading import MAX_CHARACTERS
from geo.services.filters import school_filter

STACK_BYTES = 512 * 1024
"""Less than any thread of the server has: 2 MiB."""
MANY = 3_000


def refusal(text: str) -> str:
    with pytest.raises(InvalidFilter) as caught:
        school_filter(text)
    assert caught.value.specific_code == "invalid_filter"
    return str(caught.value)


def read_in_a_small_stack(text: str) -> str:
    """What became of a text that is read in a thread of little stack."""
    told: list[str] = []

    def read() -> None:
        try:
            told.append(school_filter(text).text)
        except InvalidFilter as error:
            told.append(str(error))

    before = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=read)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    return told[0]


NESTED = {
    "parentheses": lambda n: "(" * n + "num_students=1" + ")" * n,
    "open parentheses": lambda n: "(" * n + "num_students=1",
    "an error within parentheses": lambda n: "(" * n + "num_students=" + ")" * n,
    "NOT": lambda n: "NOT " * n + "num_students=1",
    "NOT in parentheses": lambda n: "NOT(" * n + "num_students=1" + ")" * n,
    "signs": lambda n: "num_students=" + "-" * n + "1",
    "signs of a property": lambda n: "num_students=" + "-" * n + "num_students",
    "signs apart": lambda n: "num_students=" + "- " * n + "1",
    "functions": lambda n: "CASEI(" * n + "school_name" + ")" * n + "='a'",
    "comparisons": lambda n: "num_students" + "=1" * n,
    "differences": lambda n: "num_students=1" + " -1" * n,
    "powers": lambda n: "num_students=" + "2^" * n + "1",
    "sums": lambda n: "num_students=" + "2+" * n + "1",
    "products of powers": lambda n: "num_students=" + "1+2*3^" * n + "1",
    "divisions": lambda n: "num_students=1" + " div 1" * n,
    "LIKE": lambda n: "school_name" + " like 'b'" * n,
    "NOT IN": lambda n: "school_name" + " not in ('b')" * n,
    "IN within IN": lambda n: "num_students in (num_students in (" * n + "1" + "))" * n,
    "lists": lambda n: "num_students in " + "(" * n + "1,1" + ")" * n,
    "dates": lambda n: "DATE(" * n + "'2020-01-01'" + ")" * n,
    "rings": lambda n: "S_INTERSECTS(geometry,POLYGON(" + "(" * n + "0 0,1 1,0 0",
    "collections": lambda n: "S_INTERSECTS(geometry," + "GEOMETRYCOLLECTION(" * n + "POINT(0 0)" + ")" * (n + 1),
    "quoted parentheses between": lambda n: "(school_name=')' AND " * n + "TRUE" + ")" * n,
    "quoted names between": lambda n: "(\"school_name\"='x' AND " * n + "TRUE" + ")" * n,
}


@pytest.mark.parametrize("count", [9, 12, 40, 79, 150, 400])
@pytest.mark.parametrize("kind", NESTED)
def test_nothing_that_nests_runs_out_of_stack_or_time(kind, count):
    text = NESTED[kind](count)

    assert read_in_a_small_stack(text[:MAX_CHARACTERS])


@pytest.mark.parametrize("kind", NESTED)
def test_thousands_of_nested_parts_are_refused(kind):
    assert read_in_a_small_stack(NESTED[kind](MANY)).startswith("'filter' ")


def test_long_text_in_deep_parentheses_is_not_tried_again_and_again():
    assert "nested too deeply" in refusal("(" * 8 + "num_students=1 and " * 60 + "num_students=" + ")" * 8)


def test_polygon_of_a_hundred_thousand_vertices_is_refused_for_its_length():
    assert "4000 characters" in refusal(f"S_INTERSECTS(geometry, POLYGON(({'0 0,' * 100_000}0 0)))")


def test_polygon_that_fills_the_length_is_read_wherever_it_stands():
    ring = ",".join(f"{66 + step / 100:.2f} -{40 + (step % 2) / 10:.1f}" for step in range(270))
    polygon = f"MULTIPOLYGON((({ring},68.70 -50,66 -50,66.00 -40.0)))"

    assert school_filter(f"num_students > 1 AND (status = 'unknown' OR (S_INTERSECTS(geometry, {polygon})))")


def test_number_whose_canonical_text_is_too_long_is_refused():
    assert "4000 characters" in refusal(f"num_students IN ({','.join(['1e300'] * 600)})")


@pytest.mark.parametrize("number", ["1e400", "nan", "inf", "-inf", "0x10", "1_0", "１"])
def test_number_that_is_none_is_refused(number):
    refusal(f"num_students = {number}")


@pytest.mark.parametrize("position", ["nan 1", "1e400 1", "inf 1", "181 0", "0 91", "1", "1 2 3 4 5"])
def test_position_that_is_none_is_refused(position):
    refusal(f"S_INTERSECTS(geometry, POINT({position}))")


@pytest.mark.parametrize(
    "geometry",
    [
        "POLYGON((0 0,1 1,1 0,0 1,0 0))",
        "POLYGON((0 0,1 0,1 1))",
        "POLYGON((0 0,1 0,1 1,2 2))",
        "POLYGON((0 0,0 0,0 0,0 0))",
        "POLYGON EMPTY",
        "POLYGON((0 0,5 0,5 5,0 0),(9 9,9 8,8 8,9 9))",
        "BBOX(1,2,3)",
        "BBOX(0,5,1,4)",
        "BBOX(-181,0,0,1)",
        "'POINT(0 0)'",
        "geometry",
        "5",
        "NULL",
    ],
)
def test_geometry_that_is_not_valid_is_refused(geometry):
    refusal(f"S_INTERSECTS(geometry, {geometry})")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stauts = 'unknown'", "names no property 'stauts'; did you mean 'status'? There are school_id, "),
        ("status = 'unconected'", "asks whether status is 'unconected'; did you mean 'unconnected'? It is one of unconnected, below_norm"),
        ("status IN ('unknown', 'x')", "asks whether status is 'x'"),
        ("num_students > 'a'", "must compare num_students, a number, with a number such as 100, not with the text 'a'"),
        ("5 < school_name", "must compare school_name, a text, with a text such as 'KZ', not with the number 5"),
        ("num_students BETWEEN 1 AND 'a'", "must compare num_students"),
        (
            "connectivity_collected_on > '2024-01-01'",
            "must compare connectivity_collected_on, a date, with a date such as DATE('2024-05-01')",
        ),
        ("connectivity_collected_on > DATE('2024-02-30')", "must write dates as DATE('2024-05-01')"),
        ("connectivity_collected_on > TIMESTAMP('2024-01-01')", "must write dates as"),
        ("num_students = NULL", "cannot compare with NULL"),
        ("num_students = TRUE", "no property is either"),
        ("num_students ^ 2 > 2", "accepted there are + - * /"),
        ("num_students + 'a' > 2", "must give + two numbers, not the text 'a'"),
        ("school_name = num_students - 1", "must compare school_name"),
        ("UPPER(school_name) = 'A'", "'UPPER'"),
        ("S_WITHIN(geometry, POINT(1 1))", "'s_within' for a condition"),
        ("S_INTERSECTS(geom, POINT(1 1))", "has no geometry 'geom'; did you mean 'geometry'?"),
        ("geometry = 1", "S_INTERSECTS(geometry"),
        ("status", "alone it is no condition"),
        ("5", "for a condition"),
        ("school_name LIKE admin1_name", "a pattern such as"),
        ("school_name LIKE 'a\\'", "ends in a single"),
        (f"school_name LIKE '%{'_' * 11}'", "up to 10 '_'"),
        (" OR ".join(["school_name LIKE '%a'"] * 6), "at most 5 LIKE"),
        ("CASEI(num_students) = 1", "must give CASEI a text"),
        ("status = 'unknown' AND", "unexpected from character 23 on"),
        ("school_name = 'a", "every quote closed"),
        ("S_INTERSECTS(geometry)", "it takes 2"),
        ("num_students BETWEEN 1", "must be CQL2 text"),
    ],
)
def test_refusal_names_what_is_wrong_and_what_is_accepted(text, words):
    assert words in refusal(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("status='unknown'", "  status   =  'unknown' "),
        ("(num_students > 1)", "num_students > 1.0"),
        ("num_students IS NOT NULL", "NOT num_students is null"),
        ("\"status\" = 'unknown' and num_students=1e2", "((status = 'unknown') AND num_students = 100)"),
    ],
)
def test_filters_that_differ_in_spelling_alone_have_one_canonical_text(one, other):
    assert school_filter(one).text == school_filter(other).text
