"""What reading an upload means: which column is which, what fills what, and that every row is accounted for."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import FileRefused, InvalidParameter
from geo.intake import ColumnHow, ColumnUse, ReadOptions, read_upload
from geo.intake.problems import PROBLEMS, fix, sentence, severity, text_of, title
from geo.model import Severity
from geo.schools import FACTS_SCHEMA
from tests.intake.files import GOOD, TODAY, attempt, column, errors, read, refused, schools, the


def test_a_good_file_gives_typed_columns_of_the_release_and_no_problem():
    parsed = read(schools({}, {"connectivity": "Жоқ", "download_speed_mbps": ""}), country="KZ")

    assert parsed.counts == {"rows_in": 2, "accepted": 2, "blank": 0, "duplicate": 0, "rejected": 0}
    assert errors(parsed) == []
    for name in parsed.present:
        assert parsed.table.schema.field(name).type == FACTS_SCHEMA.field(name).type
    assert parsed.present == set(parsed.table.column_names) - {"line"}
    assert column(parsed, "line") == [2, 3]
    assert column(parsed, "connectivity") == ["yes", "no"]
    assert column(parsed, "num_students") == [300, 300]
    assert parsed.detected == {"format": "csv", "encoding": "utf-8", "delimiter": ",", "decimal_mark": ".", "header_line": "1"}
    assert parsed.sample[0] == {**GOOD, "latitude": "51.160001"}
    assert parsed.has_coordinates


def test_headings_in_other_languages_and_in_the_words_of_giga_are_understood():
    parsed = read("giga_id_school,Наименование школы,lat,LON,environment,Оқушылар саны\nab-1,Школа,51.16,71.44,село,30\n")

    assert column(parsed, "school_id_giga") == ["ab-1"]
    assert column(parsed, "school_area_type") == ["rural"]
    assert column(parsed, "num_students") == [30]
    assert {use.how for use in parsed.columns} == {ColumnHow.EXACT}


def test_a_mapping_stands_before_every_spelling():
    mapping = {"code": "school_id_govt", "download_p50": "download_speed_measured_mbps", "connectivity": ""}

    parsed = read("code,download_p50,connectivity\n1,40,x\n", mapping=mapping)

    assert column(parsed, "download_speed_measured_mbps") == [40.0]
    assert [(use.header, use.name, use.how) for use in parsed.columns] == [
        ("code", "school_id_govt", "mapped"),
        ("download_p50", "download_speed_measured_mbps", "mapped"),
        ("connectivity", None, "ignored"),
    ]


def test_a_mapping_of_a_column_that_the_file_lacks_is_refused_with_those_it_has():
    refusal = refused(schools({}), mapping={"speed": "download_speed_mbps"})

    assert refusal.problem.code == "missing_column"
    assert "no column speed" in str(refusal)
    assert "school_id_govt, school_name" in str(refusal)


@pytest.mark.parametrize(
    "options",
    [
        {"mapping": {"school_name": "title"}},
        {"constants": {"colour": "red"}},
        {"constants": {"school_id_govt": "1"}},
        {"constants": {"connectivity": "maybe"}},
        {"constants": {"collected_on": "2099-01-01"}},
    ],
    ids=["unknown name", "unknown constant", "constant id", "bad word", "future"],
)
def test_options_that_cannot_be_are_an_invalid_parameter(options):
    with pytest.raises(InvalidParameter):
        read(schools({}), **options)


def test_a_constant_fills_a_column_that_the_file_lacks():
    parsed = read("school_id_giga\nab-1\nab-2\n", constants={"connectivity": "да", "data_source": "M-Lab"})

    assert column(parsed, "connectivity") == ["yes", "yes"]
    assert column(parsed, "connectivity_source") == ["M-Lab", "M-Lab"]
    assert parsed.columns[1:] == (
        ColumnUse("connectivity", "connectivity", ColumnHow.CONSTANT, 0),
        ColumnUse("data_source", "data_source", ColumnHow.CONSTANT, 0),
    )


def test_a_constant_never_overrides_the_file():
    parsed = read(schools({"connectivity": "no"}), constants={"connectivity": "yes"})

    assert column(parsed, "connectivity") == ["no"]
    assert the(parsed, "constant_not_used").value == "yes"


def test_a_plain_download_speed_is_declared():
    parsed = read("school_id_govt,download_speed_mbps\n1,40\n")

    assert column(parsed, "download_speed_declared_mbps") == [40.0]
    assert "download_speed_mbps" not in parsed.table.column_names


@pytest.mark.parametrize("other", ["download_speed_basis", "download_speed_measured_mbps", "download_speed_govt"])
def test_a_plain_download_speed_beside_a_surer_column_is_not_read(other):
    cell = "measured" if other == "download_speed_basis" else "7"
    parsed = read(f"school_id_govt,download_speed_mbps,{other}\n1,40,{cell}\n")

    assert 40.0 not in [value for name in parsed.present for value in column(parsed, name)]
    assert the(parsed, "column_not_used").column == "download_speed_mbps"
    assert severity(the(parsed, "column_not_used")) is Severity.NOTICE


def test_our_own_name_stands_before_another_spelling_of_it():
    parsed = read("school_id_govt,connectivity_govt,connectivity\n1,no,yes\n")

    assert column(parsed, "connectivity") == ["yes"]
    assert the(parsed, "column_not_used").column == "connectivity_govt"


def test_source_and_date_go_to_every_fact_that_the_file_has_a_column_of():
    parsed = read("school_id_govt,connectivity,num_students,data_source,collected_on\n1,yes,,Ministry,2026-05-01\n2,,40,Ministry,\n")

    assert column(parsed, "connectivity_source") == ["Ministry", "Ministry"]
    assert column(parsed, "connectivity_collected_on") == [date(2026, 5, 1), None]
    assert column(parsed, "num_students_source") == ["Ministry", "Ministry"]
    assert "latency_source" not in parsed.present


def test_what_a_fact_says_of_its_own_source_and_date_wins():
    parsed = read(
        "school_id_govt,connectivity,connectivity_source,connectivity_collected_on,data_source,collected_on\n"
        "1,yes,Provider,2026-04-01,Ministry,2026-05-01\n2,yes,,,Ministry,2026-05-01\n"
    )

    assert column(parsed, "connectivity_source") == ["Provider", "Ministry"]
    assert column(parsed, "connectivity_collected_on") == [date(2026, 4, 1), date(2026, 5, 1)]


def test_a_region_by_name_is_what_the_file_declares():
    assert column(read("school_id_govt,admin1\n1,Ақмола облысы\n"), "admin1_declared") == ["Ақмола облысы"]


@pytest.mark.parametrize("codes", [("KZ10", "KZ79"), ("KZ-ALA", ""), ("750000000", "710000000")])
def test_a_region_by_code_is_not_what_a_file_declares(codes):
    parsed = read(f"school_id_govt,admin1\n1,{codes[0]}\n2,{codes[1]}\n")

    assert "admin1_declared" not in parsed.table.column_names
    assert the(parsed, "computed_column").column == "admin1"


def test_columns_that_this_service_computes_are_passed_over_with_one_notice():
    parsed = read("school_id,admin1_name,flags,nearest_connected_km,connectivity_import\n1,A,,2.5,7\n")

    assert the(parsed, "computed_column").parameters["columns"] == "admin1_name, flags, nearest_connected_km, connectivity_import"
    assert "unknown_column" not in parsed.totals


def test_an_absent_column_is_not_a_blank_one():
    assert "connectivity" not in read("school_id_govt,school_name\n1,A\n").present
    assert "connectivity" in read("school_id_govt,connectivity\n1,\n").present


def test_all_errors_of_a_row_are_said_at_once():
    parsed = read(schools({"latitude": "91", "longitude": "x", "connectivity": "maybe", "num_students": "-1", "collected_on": "never"}))

    assert {name for _, _, name in errors(parsed)} == {"latitude", "longitude", "connectivity", "num_students", "collected_on"}
    assert parsed.counts["rejected"] == 1


def test_problems_come_by_line_those_of_the_file_first():
    parsed = read(schools({"connectivity": "x"}, {"latitude": "91"}, {"remarks": "a", "num_students": "x"}))

    lines = [problem.line for problem in parsed.problems]
    assert lines == sorted(lines, key=lambda line: line or 0)


def test_warnings_of_one_code_are_listed_up_to_a_thousand_and_counted_in_all():
    parsed = read(schools(*({"latitude": f"{n % 80}", "longitude": f"{n // 80}"} for n in range(1, 1_500))))

    assert parsed.totals["low_precision"] == 1_499
    assert sum(problem.code == "low_precision" for problem in parsed.problems) == 1_000


def test_one_giga_id_on_two_rows_of_different_schools_rejects_both():
    parsed = read("school_id_giga,school_id_govt,connectivity\ng1,1,yes\ng1,2,yes\ng3,3,yes\n,3,yes\n,4,no\n")

    assert {(line, name) for _, line, name in errors(parsed)} == {
        (2, "school_id_giga"),
        (3, "school_id_giga"),
        (4, "school_id_govt"),
        (5, "school_id_govt"),
    }
    assert column(parsed, "school_id_govt") == ["4"]


def test_a_single_column_of_ids_is_a_file():
    parsed = read("school_id_giga\nab-1\n\nab-2\n")

    assert column(parsed, "school_id_giga") == ["ab-1", "ab-2"]
    assert parsed.counts["blank"] == 1


def test_every_problem_has_texts_that_can_be_filled_and_translated():
    def shout(text: str) -> str:
        return text.upper().replace("{", "{").lower() if "{" in text else text.upper()

    for code, text in PROBLEMS.items():
        for variant in (text, *text.variants.values()):
            assert variant.title, code
            assert variant.sentence, code
            assert shout(variant.title).isupper()


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_sentence_can_be_made_of_any_problem_even_without_parameters(code):
    from geo.model import RowProblem

    problem = RowProblem(code, 3, "school_name", "a\x1b[0m\u202eb")

    for text in (title(problem), sentence(problem), fix(problem)):
        assert "{" not in text
        assert text.isprintable()
    assert text_of(problem) is PROBLEMS[code]


SEED = schools({}, {"school_name": 'a, "b"\nc'}, {"connectivity": ""}, {"latitude": "", "longitude": ""}, {}).encode()
ENDS = [b"", b",", b'"', b"\n", b"\r", b"\x00", b"\xff", b"\xd0\x96", b"nan", b"1e400", b"KZ0001", b"'=1", b"\xef\xbb\xbf", b"\xe2\x80\xae"]


@st.composite
def damaged_files(draw: st.DrawFn) -> bytes:
    data = SEED
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["insert", "delete", "repeat", "cut"]))
        length = draw(st.integers(0, 60))
        piece = draw(st.sampled_from(ENDS) | st.binary(max_size=3))
        if kind == "insert":
            data = data[:at] + piece + data[at:]
        elif kind == "delete":
            data = data[:at] + data[at + length :]
        elif kind == "repeat":
            data = data[:at] + data[at : at + length] * 2 + data[at + length :]
        else:
            data = data[:at]
    return data


@given(damaged_files())
def test_a_damaged_file_is_refused_or_every_row_of_it_is_accounted_for(data):
    options = ReadOptions(max_rows=1_000, today=TODAY, country="KZ")

    parsed, refusal = attempt(lambda: read_upload(data, options=options), FileRefused)

    if parsed is None:
        assert refusal is not None
        assert text_of(refusal.problem).refusal is not None
        assert str(refusal).isprintable()
        return
    counts = parsed.counts
    assert counts["rows_in"] == counts["accepted"] + counts["blank"] + counts["duplicate"] + counts["rejected"]
    assert counts["accepted"] == parsed.table.num_rows
    assert counts["rejected"] <= len({line for _, line, _ in errors(parsed)} - {None})
    rejected = {line for _, line, _ in errors(parsed)}
    assert not rejected & set(column(parsed, "line"))
    assert sum(parsed.totals.values()) >= len(parsed.problems)
    for problem in parsed.problems:
        assert sentence(problem).isprintable()
        assert fix(problem).isprintable() or not fix(problem)
