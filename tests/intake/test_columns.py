"""Headings that are not spelled as we know them: suggested, taken to be confirmed, or left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.column_table import HEADINGS, folded
from geo.errors import FileRefused
from geo.intake import ColumnHow, QuestionKind
from geo.intake.likeness import like_columns, taken_for
from geo.intake.problems import sentence
from tests.intake.files import attempt, column, quoted, read, refused, the

STRANGERS = (
    *("remarks", "phone model", "№ п/п", "Примечание", "Ескерту", "comments", "Адрес", "address", "Телефон школы", "website", "БИН"),
    *("number of teachers", "Количество учителей", "Количество компьютеров", "num_classrooms", "admin3", "lat2", "girls", "Тип школы"),
    *("unconnected", "not connected", "Без интернета", "provider", "Провайдер интернета", "Дата подключения", "has water", "status"),
    *("connectivity_RT", "speed_connectivity", "connectivity_type_root", "num_students_girls", "electricity_type", "school_type"),
    *("school_id_govt_type", "education_level_regional", "download_speed_benchmark", "microwave_node_distance", "admin1_id_giga"),
    *("Код района", "облыс коды", "distance to city km", "wind speed", "Speed, Gbps", "school area", "Мұғалімдер саны", "lte availability"),
)


@pytest.mark.parametrize("heading", STRANGERS)
def test_a_heading_of_something_else_is_taken_for_no_column(heading):
    assert folded(heading) not in HEADINGS
    assert taken_for(like_columns(heading)) is None


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("shcool_id_govt", "school_id_govt"),
        ("lattitude", "latitude"),
        ("Longitute", "longitude"),
        ("schoolname", "school_name"),
        ("Наименвание школы", "school_name"),
        ("Мектеп атуы", "school_name"),
        ("Количество учащихся, чел.", "num_students"),
        ("Оқушылар саны (адам)", "num_students"),
        ("conectivity type", "connectivity_type"),
        ("Наличие интернета (да/нет)", "connectivity"),
        ("Код школы (НОБД)", "school_id_govt"),
        ("uplaod_speed_mbps", "upload_speed_mbps"),
        ("Дата обновлений", "collected_on"),
        ("\u0441onnectivity", "connectivity"),
        ("school_\u200bname", "school_name"),
    ],
)
def test_a_misspelt_heading_is_taken_with_a_score_below_one(heading, name):
    likely = like_columns(heading)

    assert taken_for(likely) == name
    assert 0.80 <= likely[0][1] < 1


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Подключена", "connectivity"),
        ("Подключен к интернету", "connectivity"),
        ("Дата", "collected_on"),
        ("Источник", "data_source"),
        ("Мекеме коды", "school_id_govt"),
        ("Код", "school_id_govt"),
        ("Тип населённого пункта", "school_area_type"),
        ("Тип населенного пункта", "school_area_type"),
    ],
)
def test_usual_headings_of_ministries_need_no_confirmation(heading, name):
    assert HEADINGS[folded(heading)] == name


def test_b4a_a_column_recognised_by_likeness_is_read_and_must_be_confirmed():
    parsed = read("shcool_id_govt,conectivity,remarks\n1,yes,a\n2,,b\n3,no,c\n4,yes,d\n")

    assert [(use.header, use.name, use.how, use.score) for use in parsed.columns] == [
        ("shcool_id_govt", "school_id_govt", ColumnHow.SUGGESTED, 0.93),
        ("conectivity", "connectivity", ColumnHow.SUGGESTED, 0.96),
        ("remarks", None, ColumnHow.IGNORED, None),
    ]
    question = parsed.questions[1]
    assert (question.kind, question.subject, question.guess, question.score) == (QuestionKind.COLUMN, "conectivity", "connectivity", 0.96)
    assert question.shown == {"connectivity": ("yes", "no", "yes")}
    assert "connectivity_type" in question.alternatives
    assert column(parsed, "connectivity") == ["yes", None, "no", "yes"]
    assert "(96 of 100)" in sentence([problem for problem in parsed.problems if problem.code == "guessed_column"][1])


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ({"mapping": {"conectivity": "connectivity"}}, ColumnHow.MAPPED),
        ({"mapping": {"conectivity": ""}}, ColumnHow.IGNORED),
        ({"confirmed": True}, ColumnHow.SUGGESTED),
    ],
    ids=["named", "left out", "confirmed"],
)
def test_saying_what_a_column_is_answers_its_question(options, how):
    parsed = read("school_id_govt,conectivity\n1,yes\n", **options)

    assert parsed.questions == ()
    assert parsed.columns[1].how is how
    assert ("connectivity" in parsed.table.column_names) == (how is not ColumnHow.IGNORED)


def test_b4_no_id_and_none_suggested_is_refused_with_what_is_missing_and_what_was_found():
    refusal = refused("schol,lat,lon\nA,51.1,71.4\n")

    assert refusal.problem.code == "missing_column"
    assert "schol, lat, lon" in str(refusal)


def test_a_bare_id_is_looked_up_as_school_id_and_only_where_no_other_id_is():
    alone, beside = read("id,name\n1,A\n"), read("id,EMIS code\n1,A1\n")

    assert [question.guess for question in alone.questions] == ["school_id"]
    assert (beside.questions, beside.columns[0].name) == ((), None)


def test_a_column_that_another_heading_names_is_neither_taken_nor_suggested():
    parsed = read("school_id_govt,latitude,longitude,lattitude\n1,51.1234,71.4321,0\n")

    assert parsed.questions == ()
    assert "latitude" not in dict(parsed.columns[3].suggestions)
    assert column(parsed, "latitude") == [51.1234]


def test_of_two_headings_for_one_column_the_likelier_is_taken():
    parsed = read("school_id_govt,conectivty,connectivty\n1,no,yes\n")

    assert [question.subject for question in parsed.questions] == ["connectivty"]
    assert column(parsed, "connectivity") == ["yes"]


def test_half_a_position_is_not_guessed():
    parsed = read("school_id_govt,lattitude\n1,51.1\n")

    assert (parsed.questions, parsed.has_coordinates) == ((), False)


def test_a_constant_stands_before_a_guess():
    parsed = read("school_id_govt,conectivity\n1,no\n", constants={"connectivity": "yes"})

    assert (parsed.questions, column(parsed, "connectivity")) == ((), ["yes"])


def test_a_fuller_heading_stands_before_one_that_says_little():
    parsed = read("Код,Код школы,Наименование,Наименование школы\n7,KZ1,x,Лицей\n")

    assert (column(parsed, "school_id_govt"), column(parsed, "school_name")) == (["KZ1"], ["Лицей"])
    assert [problem.column for problem in parsed.problems if problem.code == "column_not_used"] == ["Код", "Наименование"]


def test_b7_a_misspelt_heading_about_persons_is_no_column_of_ours():
    assert like_columns("Имя ученика") == like_columns("contact phone") == ()


def test_an_unknown_column_names_what_it_resembles():
    assert "resembles num_students" in sentence(the(read("school_id_govt,number of computers\n1,5\n"), "unknown_column"))


@pytest.mark.parametrize(
    "text",
    [
        "List of schools\nas of today\nshcool_id_govt,school_name,connectivity\n1,A,yes\n",
        "Список школ, область, 2026\n\nКод школы (НОБД);Название школы*;Наличие интернета (да/нет)\n1;A;да\n",
    ],
    ids=["comma", "semicolon under a title with commas"],
)
def test_lines_above_a_header_with_a_misspelt_id_are_passed_over(text):
    parsed = read(text)

    assert (parsed.detected["header_line"], column(parsed, "connectivity")) == ("3", ["yes"])


def test_a_header_for_sure_stands_before_a_line_above_it_that_only_resembles_one():
    parsed = read("School ids,School names,x\nschool_id_govt,school_name,connectivity\n1,A,yes\n")

    assert (parsed.detected["header_line"], parsed.questions) == ("2", ())


@pytest.mark.parametrize("heading", ["Код школы:", "Код школы *", "Код школы."])
def test_the_mark_of_a_form_behind_a_heading_says_nothing(heading):
    assert [(use.name, use.how) for use in read(f"{heading}\n1\n").columns] == [("school_id_govt", ColumnHow.EXACT)]


def test_our_own_names_are_exact_whatever_their_likeness():
    assert {use.how for use in read("school_id_giga,school_id_govt,admin1,admin2\na,b,c,d\n").columns} == {ColumnHow.EXACT}


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_any_headings_are_understood_or_refused_and_scores_stay_below_one(headings):
    for heading in headings:
        likely = like_columns(heading)
        assert all(0.60 <= score < 1 for _, score in likely)
        assert len({name for name, _ in likely}) == len(likely)

    text = (
        ",".join(quoted(heading) for heading in ("school_id_govt", *headings))
        + "\n"
        + ",".join("1" for _ in range(len(headings) + 1))
        + "\n"
    )
    attempt(lambda: read(text), FileRefused)
