"""Bad inputs and the answer each gets: one test a defect, with the file made here. The names B1, B2 … are those of the list of defects."""

import time
from datetime import date

import pytest

from geo.errors import FileRefused, InvalidParameter
from geo.intake.problems import fix, sentence, severity
from geo.model import Severity
from tests.intake.files import GOOD, attempt, column, errors, read, refused, schools, the

HEAD = ",".join(GOOD)
ROW = "KZ0001,School No 1,51.169392,71.449074,yes,40,300,2026-05-01"


def table(*lines: str) -> str:
    return "\n".join([HEAD, *lines]) + "\n"


# whole files


@pytest.mark.parametrize(
    "content", [b"", b" \n\t\r\n ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf \n"], ids=["none", "blanks", "mark", "marks"]
)
def test_b1_a_file_without_content_is_refused_as_empty(content):
    refusal = refused(content)

    assert refusal.problem.code == "empty_file"
    assert "The file is empty." in str(refusal)


@pytest.mark.parametrize("content", [HEAD, HEAD + "\n", HEAD + "\n\n,,,,,,,\n"], ids=["no line end", "line end", "blank rows"])
def test_b2_a_header_alone_is_refused_and_removes_nothing(content):
    refusal = refused(content)

    assert refusal.problem.code == "no_rows"
    assert "nothing was removed" in str(refusal)


def test_b3_a_file_without_header_is_refused_with_the_line_seen_and_the_columns_expected():
    refusal = refused(ROW + "\n")

    assert refusal.problem.code == "missing_column"
    assert "KZ0001" in str(refusal)
    assert "school_id_giga or school_id_govt" in str(refusal)


def test_b3_the_line_seen_is_not_shown_where_it_holds_data_about_a_person():
    refusal = refused("Aigerim,a.b@edu.kz,School No 1\n")

    assert (refusal.problem.code, refusal.wipe) == ("personal_data_suspected", True)
    assert "Aigerim" not in str(refusal)


def test_b3_a_first_line_of_a_megabyte_is_not_repeated_whole():
    assert len(str(refused("x" * 1_000_000))) < 1_000


def test_b4_a_file_without_id_column_is_refused_with_the_columns_found():
    refusal = refused("school_name,latitude,longitude\nA,51.1,71.4\n")

    assert refusal.problem.code == "missing_column"
    assert "school_name, latitude, longitude" in str(refusal)


@pytest.mark.parametrize("second", ["school_id_govt", "School-ID  GOVT", "Код школы"])
def test_b5_a_column_given_twice_is_refused_with_both_positions(second):
    first = "school_id_govt" if second != "Код школы" else "EMIS code"
    refusal = refused(f"{first},school_name,{second}\n1,A,2\n")

    assert refusal.problem.code == "duplicate_column"
    assert (refusal.problem.parameters["first"], refusal.problem.parameters["second"]) == ("1", "3")


def test_b6_an_unknown_column_is_a_warning_and_the_rest_is_stored():
    parsed = read(schools({"remarks": "good"}))

    problem = the(parsed, "unknown_column")
    assert sentence(problem) == "Column remarks is not known; it was not stored."
    assert severity(problem) is Severity.WARNING
    assert "remarks" not in parsed.table.column_names
    assert column(parsed, "school_name") == ["School No 1"]


@pytest.mark.parametrize(
    "headings",
    [
        ("student_name", "guardian_phone"),
        ("studentName", "ParentPhone"),
        ("Teacher's name", "date of birth"),
        ("ФИО", "ИИН"),
        ("ФИО директора", "телефон родителя"),
        ("Аты-жөні", "ЖСН"),
    ],
)
def test_b7_columns_about_persons_are_refused_by_name_and_the_file_is_wiped(headings):
    refusal = refused(f"school_id_govt,{headings[0]},{headings[1]}\n1,Aigerim,+77011234567\n")

    assert refusal.problem.code == "personal_data_column"
    assert refusal.wipe
    assert f"Remove {headings[0]}, {headings[1]}" in str(refusal)
    assert "Aigerim" not in str(refusal)


@pytest.mark.parametrize("heading", ["school_name", "num_students", "number of teachers", "parent_region", "name", "Наименование школы"])
def test_b7_columns_about_schools_are_not_taken_for_persons(heading):
    assert read(f"school_id_govt,{heading}\n1,5\n").counts["rows_in"] == 1


def test_b8_a_quote_open_to_the_end_is_refused_at_the_line_where_it_opens():
    refusal = refused(table(ROW, 'KZ2,"Lyceum,51.2,71.4,yes,1,1,', *[ROW.replace("KZ0001", f"KZ{n}") for n in range(3, 300)]))

    assert refusal.problem.code == "malformed_csv"
    assert refusal.problem.line == 3


def test_b8_an_unclosed_quote_that_meets_another_quote_spoils_its_own_row_alone():
    parsed = read(table('KZ2,"Lyceum,51.2,71.4,yes,1,1,', *[f'KZ{n},"School ""{n}""",51.{n}1234,71.4,yes,1,1,' for n in range(3, 9)]))

    assert errors(parsed) == [("malformed_csv", 2, None)]
    assert parsed.counts == {"rows_in": 7, "accepted": 6, "blank": 0, "duplicate": 0, "rejected": 1}


def test_b8_an_unclosed_quote_that_closes_rows_later_hides_no_school():
    parsed = read('school_id_govt,school_name,num_students\n1,"Lyceum,50\n2,School,60\n3,Gym",70\n')

    assert errors(parsed) == [("malformed_csv", 2, None), ("malformed_csv", 4, None)]
    assert column(parsed, "school_id_govt") == ["2"]


@pytest.mark.parametrize("cell", ['"School "No" 1"', '"School" No 1', r'"School \"Alma\" 1"'], ids=["inner", "after", "backslash"])
def test_b9_text_after_a_closing_quote_is_an_error_of_its_row(cell):
    parsed = read(table(ROW, f"KZ2,{cell},51.2,71.4,yes,1,1,", ROW.replace("KZ0001", "KZ3")))

    problem = the(parsed, "malformed_csv")
    assert problem.line == 3
    assert "write a quote inside it twice" in fix(problem)
    assert column(parsed, "school_id_govt") == ["KZ0001", "KZ3"]


def test_b10_a_bare_quote_in_a_plain_field_is_an_error_of_its_row():
    parsed = read(table('KZ2,School "No" 1,51.2,71.4,yes,1,1,', ROW))

    assert errors(parsed) == [("malformed_csv", 2, None)]
    assert parsed.counts["accepted"] == 1


def test_b11_a_row_with_too_many_or_too_few_fields_says_how_many_it_has():
    parsed = read(table(ROW, "KZ2,School, Annex,51.2,71.4,yes,1,1,", "KZ3,School", ROW.replace("KZ0001", "KZ4")))

    first, second = (problem for problem in parsed.problems if problem.code == "wrong_field_count")
    assert sentence(first) == "Line 3: 9 fields; the header has 8."
    assert "comma in a name" in fix(first)
    assert second.line == 4
    assert parsed.counts["accepted"] == 2


def test_b12_shifted_columns_are_a_number_that_is_none():
    parsed = read("school_id_govt,school_name,latitude,longitude\nKZ1,School, Annex,51.2\n")

    problem = the(parsed, "invalid_number")
    assert (problem.line, problem.column, problem.value) == (2, "latitude", "Annex")
    assert "comma in a name" in fix(problem)


def separated(mark: str, *rows: dict[str, str]) -> str:
    return schools(*rows).replace(",", mark)


@pytest.mark.parametrize(
    ("mark", "shown", "words"),
    [(";", ";", "semicolons"), ("\t", "tab", "tabs"), ("|", "|", "vertical bars")],
    ids=["semicolon", "tab", "pipe"],
)
def test_b13_another_delimiter_is_read_and_said(mark, shown, words):
    parsed = read(separated(mark, {}, {"connectivity": "no"}))

    assert parsed.detected["delimiter"] == shown
    assert sentence(the(parsed, "format_detected")) == f"The values are separated by {words}."
    assert parsed.table.equals(read(schools({}, {"connectivity": "no"})).table)


def test_b13_quoted_values_may_hold_the_delimiter():
    parsed = read('"school_id_govt";"school_name";"num_students"\n"1";"A; ""B"", C";5\n2;D;6\n')

    assert column(parsed, "school_name") == ['A; "B", C', "D"]
    assert column(parsed, "num_students") == [5, 6]


def test_b13_a_comma_in_the_title_above_does_not_hide_semicolons():
    parsed = read("Schools, as of May, all\nschool_id_govt;school_name\n1;A, B\n")

    assert column(parsed, "school_name") == ["A, B"]
    assert the(parsed, "leading_rows_skipped").parameters["lines"] == "1"


def test_b13_decimal_commas_are_read_where_all_numbers_have_them():
    head = "school_id_govt;latitude;longitude;download_speed_mbps\n"

    parsed = read(head + "1;51,169;71,4;40\n2;-0,5;71,449;12,5\n")

    assert parsed.detected["decimal_mark"] == ","
    assert (column(parsed, "latitude"), column(parsed, "longitude")) == ([51.169, -0.5], [71.4, 71.449])
    assert column(parsed, "download_speed_declared_mbps") == [40.0, 12.5]
    assert '"51,169" as 51.169' in " ".join(sentence(problem) for problem in parsed.problems if problem.code == "format_detected")
    assert errors(parsed) == []


def test_b13_degrees_with_three_decimals_cannot_be_thousands():
    assert column(read("school_id_govt;latitude;longitude\n1;51,169;71,449\n"), "latitude") == [51.169]


def test_b13_commas_that_could_all_be_of_thousands_are_refused_not_guessed():
    refusal = refused("school_id_govt;latency_ms\n1;12\n2;1,234\n")

    assert (refusal.problem.code, refusal.problem.line, refusal.problem.column) == ("ambiguous_decimal_mark", 3, "latency_ms")
    assert "1,234" in str(refusal)


def test_b13_commas_and_points_side_by_side_are_refused_with_both_lines():
    refusal = refused("school_id_govt;latency_ms\n1;12,5\n2;13.5\n")

    assert refusal.problem.code == "ambiguous_decimal_mark"
    assert '"12,5" on line 2' in str(refusal)
    assert '"13.5" on line 3' in str(refusal)


@pytest.mark.parametrize(("usual", "odd", "hint"), [("12,5", "13.5", "13,5"), ("12.5", "13,5", "13.5")], ids=["point", "comma"])
def test_b13_one_number_with_the_other_mark_is_an_error_of_its_row(usual, odd, hint):
    parsed = read("school_id_govt;latency_ms\n" + "".join(f"{n};{usual}\n" for n in range(20)) + f"x;{odd}\n")

    problem = the(parsed, "invalid_number")
    assert (problem.line, problem.value) == (22, odd)
    assert hint in fix(problem)
    assert column(parsed, "latency_ms") == [12.5] * 20


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;;;"])
def test_b14_an_excel_separator_line_is_obeyed_and_is_no_row(line):
    parsed = read(f"{line}\n" + separated(";", {}, {"latitude": "x"}))

    assert errors(parsed) == [("invalid_number", 4, "latitude")]
    assert parsed.detected["header_line"] == "2"
    assert the(parsed, "format_detected").parameters["variant"] == "semicolon"
    assert "leading_rows_skipped" not in parsed.totals


def test_b15_lines_above_the_header_and_a_units_row_are_skipped_and_named():
    parsed = read("Register of schools\n# as of May\n\n" + table(",,degrees,degrees,,Mbps,students,", ROW))

    problem = the(parsed, "leading_rows_skipped")
    assert (problem.parameters["header_line"], problem.parameters["lines"]) == ("4", "1, 2, 5")
    assert parsed.counts == {"rows_in": 1, "accepted": 1, "blank": 0, "duplicate": 0, "rejected": 0}
    assert column(parsed, "line") == [6]


def test_b15_a_header_after_20_lines_is_not_looked_for():
    assert refused("title\n" * 20 + table(ROW)).problem.code == "missing_column"


def test_b15_a_header_that_a_person_points_at_is_read_wherever_it_stands():
    content = "a title; with semicolons\n" * 30 + separated(";", {}, {})

    parsed = read(content, header_line=31)

    assert (parsed.detected["header_line"], parsed.detected["delimiter"]) == ("31", ";")
    assert column(parsed, "line") == [32, 33]


def test_b15_a_line_without_ids_that_a_person_points_at_is_refused_with_what_was_seen():
    refusal = refused("Register of schools\n" + table(ROW), header_line=1)

    assert (refusal.problem.code, refusal.problem.line) == ("missing_column", 1)
    assert "Register of schools" in str(refusal)


@pytest.mark.parametrize("line", [0, -1, 3, 4, 99])
def test_b15_a_line_that_is_blank_or_not_there_is_no_header(line):
    with pytest.raises(InvalidParameter, match="'header_line' must be a line of the file") as caught:
        read(table(ROW) + " \n", header_line=line)

    assert caught.value.parameter == "header_line"


def test_b16_a_second_header_in_the_middle_is_an_error():
    parsed = read(table(ROW, HEAD, ROW.replace("KZ0001", "KZ2")))

    assert errors(parsed) == [("repeated_header", 3, None)]
    assert parsed.counts["accepted"] == 2


@pytest.mark.parametrize("line", [",Total,,,,,300,", ",Итого:,,,,,300,", "TOTAL,,,,,,300,", ",Барлығы,,,,,300,"])
def test_b17_a_totals_row_becomes_no_school(line):
    parsed = read(table(ROW, line))

    assert errors(parsed) == [("required_value_missing", 3, "school_id_govt")]
    assert "totals row?" in sentence(the(parsed, "required_value_missing"))
    assert column(parsed, "school_id_govt") == ["KZ0001"]


def test_b18_blank_lines_are_counted_and_all_schools_are_kept():
    parsed = read(table(ROW, "", ",,,,,,,", "  ,, ,,,,,", ROW.replace("KZ0001", "KZ2"), "   ", ""))

    assert parsed.counts == {"rows_in": 7, "accepted": 2, "blank": 5, "duplicate": 0, "rejected": 0}
    assert the(parsed, "blank_row").parameters["count"] == "5"
    assert column(parsed, "line") == [2, 6]


@pytest.mark.parametrize("ends", [["\r"], ["\r\n"], ["\n", "\r\n", "\r"]], ids=["CR", "CRLF", "mixed"])
def test_b19_any_line_ends_give_all_rows(ends):
    lines = [HEAD, *(ROW.replace("KZ0001", f"KZ{n}") for n in range(5))]
    content = "".join(line + ends[position % len(ends)] for position, line in enumerate(lines))

    parsed = read(content)

    assert parsed.counts["accepted"] == 5
    assert column(parsed, "line") == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_b20_a_line_break_in_a_name_is_a_blank_and_later_line_numbers_stay_right(end):
    content = table('KZ1,"School\nNo 1",51.2,71.4,yes,1,1,', "KZ2,School,91,71.4,yes,1,1,").replace("\n", end)

    parsed = read(content)

    warning = the(parsed, "control_character")
    assert (severity(warning), warning.line, warning.column) == (Severity.WARNING, 2, "school_name")
    assert errors(parsed) == [("out_of_range", 4, "latitude")]
    assert column(parsed, "school_name") == ["School No 1"]


def test_b21_a_nul_in_a_name_is_shown_as_its_code_point():
    parsed = read(table("KZ1,Scho\x00ol,51.2,71.4,yes,1,1,"))

    problem = the(parsed, "control_character")
    assert (problem.line, problem.column) == (2, "school_name")
    assert "U+0000" in sentence(problem)


def test_b21_a_nul_in_the_header_is_shown_as_its_code_point():
    assert "school_id_govt U+0000" in str(refused("school_id_govt\x00,school_name\n1,A\n"))


def test_b21_nul_bytes_at_the_end_of_the_file_are_an_error():
    parsed = read(table(ROW) + "\x00\x00\x00")

    assert errors(parsed) == [("control_character", 3, None)]
    assert parsed.counts["accepted"] == 1


@pytest.mark.parametrize("cell", ["x" * 200_000, '"' + '""' * 100_000 + '"', '"' * 100_001], ids=["200 kB", "doubled quotes", "odd quotes"])
def test_b22_a_huge_cell_or_thousands_of_quotes_are_an_error_within_three_seconds(cell):
    begin = time.process_time()

    try:
        parsed = read(table(ROW, f"KZ2,{cell},51.2,71.4,yes,1,1,", *[f'KZ{n},"a ""b""",51.2,71.4{n},yes,1,1,' for n in range(3, 50)]))
        assert errors(parsed)[0][:2] in (("value_too_long", 3), ("malformed_csv", 3))
        assert parsed.counts["accepted"] == 48
    finally:
        assert time.process_time() - begin < 3


@pytest.mark.parametrize(
    "head",
    [
        "x" * 1_000_000,
        "x " * 500_000,
        "school_id_govt," + "Б" * 300_000,
        ",".join(["school_id_govt", *(f"{n}{'я' * 30_000}" for n in range(60))]),
    ],
    ids=["letters", "words", "one heading", "many headings"],
)
def test_b22_huge_headings_are_read_or_refused_within_three_seconds(head):
    begin = time.process_time()

    attempt(lambda: read(f"{head}\n1,2\n"), FileRefused)

    assert time.process_time() - begin < 3


def test_b22_a_value_over_255_characters_names_column_and_limit():
    problem = the(read(schools({"school_name": "x" * 300})), "value_too_long")

    assert (problem.line, problem.column, problem.parameters["limit"]) == (2, "school_name", "255")
    assert len(problem.value or "") == 120


def test_b23_a_thousand_columns_are_refused():
    refusal = refused(",".join(["school_id_govt", *(f"c{n}" for n in range(1_011))]) + "\n")

    assert refusal.problem.code == "too_many_columns"
    assert "1012 columns; at most 64" in str(refusal)


def test_b23_a_row_of_50001_fields_is_an_error_of_its_row():
    parsed = read(table(ROW, "x" + "," * 50_000 + "x"))

    assert errors(parsed) == [("wrong_field_count", 3, None)]


def test_b24_a_file_cut_in_its_last_row_says_so():
    problem = the(read(table(ROW)[:-1] + "\nKZ2,Scho"), "wrong_field_count")

    assert "cut off" in sentence(problem)


def test_b24_a_file_cut_in_its_last_date_says_so():
    problem = the(read(table(ROW, ROW.replace("KZ0001", "KZ2"))[:-3]), "invalid_date")

    assert (problem.line, problem.value) == (3, "2026-05-")
    assert "cut off" in sentence(problem)


# positions


@pytest.mark.parametrize(
    ("cells", "faulty", "hint"),
    [
        ({"latitude": "91", "longitude": "171.5"}, "latitude", "-90 to 90 degrees"),
        ({"latitude": "-90.0001"}, "latitude", "look swapped"),
        ({"longitude": "-180.0001"}, "longitude", "-180 to 180 degrees"),
        ({"latitude": "5671234.5", "longitude": "71.4"}, "latitude", "UTM"),
        ({"latitude": "171.449", "longitude": "51.169"}, "latitude", "look swapped"),
    ],
    ids=["latitude", "swapped by sign", "longitude", "metres", "swapped"],
)
def test_b36_b37_positions_out_of_range_are_errors_with_a_hint(cells, faulty, hint):
    problem = the(read(schools(cells)), "out_of_range")

    assert (problem.line, problem.column) == (2, faulty)
    assert hint in sentence(problem) + fix(problem)


@pytest.mark.parametrize("cell", ["NaN", "nan", "inf", "-inf", "Infinity", "1e400"])
@pytest.mark.parametrize("name", ["latitude", "download_speed_mbps", "num_students"])
def test_b39_numbers_that_are_not_finite_are_errors(cell, name):
    parsed = read(schools({name: cell}))

    assert errors(parsed) == [("not_finite", 2, name)]


def test_b40_the_position_0_0_is_a_warning_and_stored():
    parsed = read(schools({"latitude": "0", "longitude": "0.0"}))

    assert severity(the(parsed, "null_island")) is Severity.WARNING
    assert (column(parsed, "latitude"), column(parsed, "longitude")) == ([0.0], [0.0])


def test_b41_rows_without_position_are_counted_and_accepted():
    parsed = read(schools({"latitude": "", "longitude": " "}, {}, {"latitude": "", "longitude": ""}))

    problem = the(parsed, "coordinates_missing")
    assert (severity(problem), problem.line, problem.parameters["count"]) == (Severity.NOTICE, None, "2")
    assert parsed.counts["accepted"] == 3


@pytest.mark.parametrize("name", ["latitude", "longitude"])
def test_b42_half_a_position_is_an_error_that_says_which_half(name):
    assert errors(read(schools({name: ""}))) == [("coordinates_missing", 2, name)]


def test_b42_a_file_with_latitude_alone_is_refused():
    refusal = refused("school_id_govt,latitude\n1,51.1\n")

    assert refusal.problem.code == "missing_column"
    assert "latitude but not longitude" in str(refusal)


@pytest.mark.parametrize(
    "cell",
    ["51°10'12\"N", "51.1S", "\u22121.5", "51.1\u00a0", "1_000", "0x33", "٥١", "５１", "TRUE", "12,5", "1 000", "--5", "5-", "1.2.3", "."],
)
def test_b43_coordinates_that_are_no_plain_number_are_refused(cell):
    problem = the(read(schools({"longitude": cell})), "invalid_number")

    assert (problem.line, problem.column, problem.value) == (2, "longitude", cell)


def test_b43_the_fix_shows_an_example():
    assert "-1.234567" in fix(the(read(schools({"longitude": "\u22121.5"})), "invalid_number"))


def test_b44_one_decimal_is_a_warning_with_the_distance_it_means():
    parsed = read(schools({"latitude": "51.1", "longitude": "71.4"}, {"latitude": "51.10", "longitude": "71.449"}))

    problem = the(parsed, "low_precision")
    assert problem.line == 2
    assert "about 11 km" in sentence(problem)
    assert column(parsed, "latitude")[0] == 51.1


# ids and repeats


def test_b45_the_same_row_twice_counts_once_and_names_both_lines():
    parsed = read(table(ROW, ROW.replace("KZ0001", "KZ2"), ROW))

    problem = the(parsed, "duplicate_row")
    assert (problem.line, problem.parameters["first_line"]) == (4, "2")
    assert parsed.counts == {"rows_in": 3, "accepted": 2, "blank": 0, "duplicate": 1, "rejected": 0}


def test_b46_one_id_with_two_contents_rejects_both_and_says_what_differs():
    parsed = read(table(ROW, ROW.replace(",yes,", ",no,"), ROW.replace("KZ0001", "KZ2")))

    assert errors(parsed) == [("duplicate_id", 2, "school_id_govt"), ("duplicate_id", 3, "school_id_govt")]
    assert "(connectivity)" in sentence(parsed.problems[0])
    assert column(parsed, "school_id_govt") == ["KZ2"]


def test_b46_ids_equal_but_for_case_reject_both():
    parsed = read(table(ROW, ROW.replace("KZ0001", "kz0001")))

    assert [code for code, *_ in errors(parsed)] == ["duplicate_id", "duplicate_id"]
    assert "but for case or blanks" in sentence(parsed.problems[0])


@pytest.mark.parametrize(("cell", "code_point"), [("ＫＺ１", "U+FF2B"), ("КZ1", "U+041A"), ("KZ1\u00e9", "U+00E9")])
def test_b47_an_id_with_foreign_characters_shows_the_character(cell, code_point):
    problem = the(read(schools({"school_id_govt": cell})), "invalid_id")

    assert code_point in sentence(problem)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "required_value_missing"),
        ("=1+1", "invalid_id"),
        ("../../etc/passwd", "invalid_id"),
        ("1'; DROP TABLE schools--", "invalid_id"),
        ("-", "invalid_id"),
        ("@SUM(A1)", "invalid_id"),
        ("1" * 5_000, "value_too_long"),
        ("KZ\x001", "control_character"),
    ],
)
def test_b48_ids_that_are_none_are_errors(cell, code):
    parsed = read(schools({"school_id_govt": cell}))

    assert [found for found, *_ in errors(parsed)] == [code]


def test_b49_leading_zeros_and_long_ids_stay_exact():
    ids = ["000123", "0123", "123", "123456789012345678901234567890"]

    assert column(read(schools(*({"school_id_govt": text} for text in ids))), "school_id_govt") == ids


def test_b50_an_id_that_a_spreadsheet_made_a_number_of_is_a_warning():
    parsed = read(schools({"school_id_govt": "1.23457E+11"}))

    assert "Format the column as text" in fix(the(parsed, "excel_mangled_id"))
    assert column(parsed, "school_id_govt") == ["1.23457E+11"]


# texts


@pytest.mark.parametrize("name", ["NA", "null", "None", "NaN", "TRUE", "nan"])
def test_b51_words_that_programs_take_for_nothing_stay_text(name):
    assert column(read(schools({"school_name": name})), "school_name") == [name]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "${document.title=7*7}", "`", "'); DROP TABLE schools;--", "<img onerror=1>"]
)
def test_b52_markup_and_code_in_names_stay_exact(name):
    assert column(read(schools({"school_name": name})), "school_name") == [name]


@pytest.mark.parametrize("name", ["=1+1", "+7", "-School", "@SUM(A1)"])
def test_b53_a_name_like_a_formula_is_a_warning_and_exact(name):
    parsed = read(schools({"school_name": name}))

    assert the(parsed, "formula_like_value").line == 2
    assert column(parsed, "school_name") == [name]


@pytest.mark.parametrize("name", ["=1+1", "+7", "-School", "@SUM(A1)"])
def test_b53_the_apostrophe_of_our_exports_is_taken_off(name):
    parsed = read(schools({"school_name": f"'{name}"}))

    assert column(parsed, "school_name") == [name]
    assert "formula_like_value" not in parsed.totals


@pytest.mark.parametrize("character", ["\u202e", "\u202a", "\u2066", "\u2069"])
def test_b54_bidi_overrides_and_isolates_are_errors(character):
    problem = the(read(schools({"school_name": f"School {character}1"})), "bidi_control")

    assert f"U+{ord(character):04X}" in sentence(problem)


@pytest.mark.parametrize("name", ["می\u200cخواهم", "क\u200dष", "עברית\u200f", "\u200eA"])
def test_b55_joiners_and_direction_marks_that_writing_needs_are_kept(name):
    parsed = read(schools({"school_name": name}))

    assert column(parsed, "school_name") == [name]
    assert errors(parsed) == []


@pytest.mark.parametrize("name", ["\u200b\u200b", "\u2060", "A\U000e0041", "\u3164"], ids=["zero width", "joiner", "tag", "filler"])
def test_b56_names_that_cannot_be_seen_are_errors(name):
    assert errors(read(schools({"school_name": name}))) == [("invisible_character", 2, "school_name")]


def test_b56_a_blank_name_keeps_what_is_known():
    parsed = read(schools({"school_name": "  "}))

    assert column(parsed, "school_name") == [None]
    assert the(parsed, "blank_cells").column == "school_name"


def test_b57_piled_up_marks_are_a_warning():
    parsed = read(schools({"school_name": "Z" + "\u0301" * 180}))

    assert the(parsed, "combining_marks").parameters["count"] == "180"
    assert parsed.counts["accepted"] == 1


def test_b57_a_word_of_two_alphabets_is_a_warning():
    parsed = read(schools({"school_name": "Шкoла №12А"}))

    assert the(parsed, "look_alike_letters").parameters["word"] == "Шкoла"


# words, numbers, dates


@pytest.mark.parametrize("cell", ["maybe", "5", "\u212a", "yes!", "да нет"])
def test_b58_a_word_that_is_no_connectivity_is_an_error_and_never_no(cell):
    parsed = read(schools({"connectivity": cell}))

    problem = the(parsed, "invalid_enum")
    assert (problem.column, problem.value) == ("connectivity", cell)
    assert "yes, no, unknown" in fix(problem)
    assert parsed.counts["accepted"] == 0


def test_b58a_a_blank_connectivity_is_nothing_said_and_counted():
    parsed = read(schools({"connectivity": ""}, {}))

    assert column(parsed, "connectivity") == [None, "yes"]
    assert the(parsed, "blank_cells").parameters["count"] == "1"


def test_b59_semi_urban_is_neither_urban_nor_rural():
    problem = the(read(schools({"school_area_type": "semi-urban"})), "invalid_enum")

    assert "urban, rural, unknown" in fix(problem)


@pytest.mark.parametrize(
    ("cell", "code"), [("-5", "out_of_range"), ("10 Mbps", "invalid_number"), ("1e308", "out_of_range"), ("100001", "out_of_range")]
)
def test_b60_speeds_that_cannot_be_are_errors(cell, code):
    problem = the(read(schools({"download_speed_mbps": cell})), code)

    assert "Mbps" in fix(problem)


@pytest.mark.parametrize(
    ("cell", "code"), [("-5", "out_of_range"), ("3.7", "invalid_number"), ("1" + "0" * 20, "out_of_range"), ("50001", "out_of_range")]
)
def test_b61_enrolments_that_cannot_be_are_errors(cell, code):
    assert errors(read(schools({"num_students": cell}))) == [(code, 2, "num_students")]


def test_b62_no_with_a_speed_is_kept_and_flagged():
    parsed = read(schools({"connectivity": "no", "download_speed_mbps": "50"}))

    assert the(parsed, "inconsistent_connectivity").line == 2
    assert (column(parsed, "connectivity"), column(parsed, "download_speed_declared_mbps")) == (["no"], [50.0])


def test_b62_yes_with_0_mbps_is_kept_and_flagged():
    parsed = read(schools({"connectivity": "yes", "download_speed_mbps": "0"}))

    assert "is 0" in sentence(the(parsed, "inconsistent_connectivity"))
    assert column(parsed, "connectivity") == ["yes"]


def test_b63_day_month_year_is_read_and_said():
    parsed = read(schools({"collected_on": "03.04.2024"}))

    assert column(parsed, "connectivity_collected_on") == [date(2024, 4, 3)]
    assert severity(the(parsed, "format_detected")) is Severity.NOTICE


@pytest.mark.parametrize(
    ("cell", "suggestion"),
    [
        ("2024-02-30", "2026-07-01"),
        ("30.02.2024", "2026-07-01"),
        ("03/04/2024", "2024-03-04 / 2024-04-03"),
        ("25/12/2024", "2024-12-25"),
        ("45413", "2024-05-01"),
        ("yesterday", "2026-07-01"),
        ("10000-01-01", "2026-07-01"),
        ("2024-4-3", "2026-07-01"),
        ("２０２４-04-03", "2026-07-01"),
    ],
)
def test_b63_dates_that_are_none_are_errors_with_a_way_to_write_them(cell, suggestion):
    problem = the(read(schools({"collected_on": cell})), "invalid_date")

    assert (problem.line, problem.column, problem.value) == (2, "collected_on", cell)
    assert suggestion in fix(problem)


@pytest.mark.parametrize(
    ("cell", "code"), [("2099-01-01", "date_in_future"), ("0001-01-01", "out_of_range"), ("1989-12-31", "out_of_range")]
)
def test_b64_dates_that_cannot_be_are_errors(cell, code):
    assert errors(read(schools({"collected_on": cell}))) == [(code, 2, "collected_on")]


def test_b64_the_sentence_of_a_future_date_says_today():
    assert "2026-07-01" in sentence(the(read(schools({"collected_on": "2099-01-01"})), "date_in_future"))


IIN = "900101300017"


@pytest.mark.parametrize(
    ("name", "cell", "kind"),
    [
        ("school_name", "School, a.b@edu.kz", "e-mail"),
        ("school_name", "School +7 701 123 45 67", "telephone"),
        ("school_name", "Школа 8 (701) 123-45-67", "telephone"),
        ("remarks", "+77011234567", "telephone"),
        ("remarks", IIN, "IIN"),
        ("school_name", f"ИИН {IIN}", "IIN"),
        ("num_students", IIN, "IIN"),
        ("school_id_govt", "a.b@edu.kz", "e-mail"),
        ("collected_on", "a.b@edu.kz", "e-mail"),
    ],
)
def test_b65_data_about_persons_in_a_cell_refuses_the_file_and_shows_no_value(name, cell, kind):
    refusal = refused(schools({}, {name: cell}))

    assert refusal.problem.code == "personal_data_suspected"
    assert refusal.wipe
    assert refusal.problem.line == 3
    assert kind in str(refusal)
    assert cell not in str(refusal)
    assert refusal.problem.value is None


def test_b65_who_made_the_list_is_no_line_to_pass_over():
    refusal = refused("Report of 2026,,,\nМаман: А. Серік тел. +7 701 123 45 67,,,\n" + schools({}))

    assert (refusal.problem.code, refusal.problem.line, refusal.wipe) == ("personal_data_suspected", 2, True)
    assert "701" not in str(refusal)


def test_b65_who_made_the_list_is_no_id_either():
    refusal = refused(schools({}) + "Исп. 8 701 123 45 67,,,,,,,\n")

    assert (refusal.problem.code, refusal.problem.line, refusal.wipe) == ("personal_data_suspected", 3, True)


def test_b65_a_row_that_cannot_be_read_is_tried_for_persons_too():
    refusal = refused(table(ROW, "KZ2,School,a.b@edu.kz"))

    assert (refusal.problem.code, refusal.problem.line, refusal.wipe) == ("personal_data_suspected", 3, True)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("school_id_govt", IIN),
        ("school_id_govt", "87011234567"),
        ("remarks", "900101300018"),
        ("remarks", "051140001234"),
        ("remarks", "67.44710140319259"),
        ("remarks", "2024-04-03 10:00:00+05:00"),
        ("school_name", "School No 8 701"),
    ],
    ids=["IIN as id", "11 digits as id", "wrong checksum", "BIN", "decimals", "time", "number"],
)
def test_b65_what_is_not_surely_about_a_person_is_taken(name, cell):
    assert read(schools({name: cell})).counts["accepted"] == 1


@pytest.mark.parametrize("name", ["\x1b[31mSchool", "School\x07", "School\x85"])
def test_b66_control_characters_are_errors_and_shown_escaped(name):
    problem = the(read(schools({"school_name": name})), "control_character")

    assert problem.line == 2
    assert sentence(problem).isprintable()


def test_b66_a_forged_log_line_stays_on_one_line_in_every_sentence():
    parsed = read(schools({"connectivity": "maybe\n2026-07-01 INFO all is well\x1b[0m"}))

    assert sentence(the(parsed, "invalid_enum")).isprintable()


def test_b67_a_region_in_four_spellings_and_a_blank_one_are_warnings():
    parsed = read(
        schools(*({"admin1": text} for text in ["Ақмола облысы", "АҚМОЛА ОБЛЫСЫ", "Ақмола-облысы", "Ақмола  облысы", "", "Алматы"]))
    )

    assert the(parsed, "region_variants").parameters["variants"].count('"') == 8
    assert the(parsed, "region_missing").parameters["count"] == "1"
    assert parsed.counts["accepted"] == 6


def test_b68_six_thousand_errors_are_all_there_and_counted():
    rows = [ROW.replace("KZ0001", f"KZ{n}").replace("51.169392", f"51.{n:06d}").replace(",40,", ",fast,") for n in range(6_000)]

    parsed = read(table(*rows))

    assert parsed.totals["invalid_number"] == len(errors(parsed)) == 6_000
    assert parsed.counts["rejected"] == 6_000


def test_b69_three_hundred_schools_on_one_point_are_one_warning():
    parsed = read(schools(*({"latitude": "51.5"} for _ in range(300))))

    problem = the(parsed, "same_position")
    assert (problem.line, problem.parameters["count"]) == (2, "300")
    assert parsed.counts["accepted"] == 300


@pytest.mark.parametrize("cell", ["1" * 60_000, " " * 60_000, "9" * 20_000])
def test_b70_a_date_of_thousands_of_characters_is_an_error_within_two_seconds(cell):
    begin = time.process_time()

    parsed = read(schools({"collected_on": cell}, {}))

    assert errors(parsed)[0][0] in ("invalid_date", "value_too_long")
    assert time.process_time() - begin < 2


@pytest.mark.parametrize("word", ["UZ", "UZB", "Uzbekistan", "Узбекистан", "Өзбекстан"])
def test_b77_a_file_whose_country_column_names_another_country_is_refused(word):
    refusal = refused(schools({"country": "Казахстан"}, {"country": "KAZ"}, {"country": word}), country="KZ")

    assert refusal.problem.code == "wrong_country"
    assert refusal.problem.line == 4


@pytest.mark.parametrize("start", ["UZ", "UZB-"])
def test_b77_a_file_whose_ids_all_name_another_country_is_refused(start):
    content = schools(*({"school_id_govt": f"{start}{n:04d}"} for n in range(3)))

    assert refused(content, country="KZ").problem.code == "wrong_country"
    assert read(content, country="KZ", constants={"country": "KZ"}).counts["accepted"] == 3
    assert read(content).counts["accepted"] == 3


@pytest.mark.parametrize("start", ["PS", "SS", "No", "SCH", "KZ", "KAZ-"])
def test_b77_ids_that_begin_with_a_word_for_a_school_name_no_country(start):
    assert read(schools(*({"school_id_govt": f"{start}{n:04d}"} for n in range(3))), country="KZ").counts["accepted"] == 3


def test_b77_a_file_of_the_stores_country_is_taken():
    assert read(schools({"country": "kz"}, {"country": ""}, {"country": "test"}), country="KZ").counts["accepted"] == 3


def test_more_rows_than_the_limit_are_refused_with_both_numbers():
    refusal = refused(schools({}, {}, {}), max_rows=2)

    assert refusal.problem.code == "too_many_rows"
    assert "3 rows; at most 2" in str(refusal)
