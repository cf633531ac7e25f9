"""Words mapped once for a whole file, and speeds in other units than Mbps."""

from __future__ import annotations

import pytest

from geo.column_table import word_of
from geo.errors import InvalidParameter
from geo.intake import QuestionKind
from geo.intake.problems import fix, sentence
from geo.intake.speed_units import heading_unit, likely_unit
from geo.model import SpeedUnit
from tests.intake.files import column, errors, read, the

MBPS, KBPS, BPS = SpeedUnit


@pytest.mark.parametrize(
    ("name", "cell", "word"),
    [
        ("connectivity", "жоқ интернет", "no"),
        ("connectivity", "Нет интернета", "no"),
        ("connectivity", "интернет бар", "yes"),
        ("connectivity_type", "ВОЛС", "fiber"),
        ("connectivity_type", "Радиорелейная", "p2p wireless"),
        ("connectivity_type", "жерсеріктік байланыс", "satellite"),
        ("connectivity_type", "4G (LTE)", "cellular"),
        ("connectivity_type", "ШПД", "wired"),
        ("school_area_type", "сельский округ", "rural"),
        ("school_area_type", "Ауылда", "rural"),
        ("school_area_type", "посёлок", None),
        ("education_level", "Начальное, основное среднее и общее среднее", "Primary and Secondary"),
        ("education_level", "бастауыш, негізгі орта және жалпы орта", "Primary and Secondary"),
        ("cellular_coverage_type", "LTE", "4G"),
        ("school_funding_type", "КГУ", "public"),
    ],
)
def test_words_as_kazakhstan_writes_them_are_read(name, cell, word):
    assert word_of(name, cell) == word


def test_b58_unknown_words_are_errors_with_suggestions_and_how_often_they_occur():
    parsed = read("school_id_govt,connectivity_type\n1,fibr\n2,optical fibber\n3,fibr\n4,carrier doves\n5,fiber\n")

    assert errors(parsed) == [("invalid_enum", line, "connectivity_type") for line in (2, 3, 4, 5)]
    assert [(each.cell, each.count, [word for word, _ in each.suggestions][:1]) for each in parsed.value_suggestions] == [
        ("fibr", 2, ["fiber"]),
        ("optical fibber", 1, ["fiber"]),
        ("carrier doves", 1, []),
    ]
    assert fix(the(read("school_id_govt,connectivity_type\n1,fibr\n"), "invalid_enum")).startswith(
        "Did you mean fiber? Words that are taken"
    )
    assert all(0.60 <= score < 1 for each in parsed.value_suggestions for _, score in each.suggestions)


def test_a_word_is_mapped_once_for_all_rows_and_to_nothing_reads_as_blank():
    parsed = read("school_id_govt,connectivity\n1,Частично\n2,частично \n3,?\n", values={"connectivity": {"Частично": "yes", "?": ""}})

    assert (errors(parsed), parsed.value_suggestions) == ([], ())
    assert column(parsed, "connectivity") == ["yes", "yes", None]


def test_a_mapped_word_stands_before_its_spelling():
    parsed = read("school_id_govt,connectivity\n1,1\n2,0\n", values={"connectivity": {"1": "no", "0": "yes"}})

    assert column(parsed, "connectivity") == ["no", "yes"]


def test_no_is_never_suggested_for_a_word_without_denial():
    parsed = read("school_id_govt,connectivity\n1,подключенна\n2,не подключенна\n")

    assert [each.suggestions[0][0] for each in parsed.value_suggestions] == ["yes", "no"]
    assert all(len({word for word, _ in each.suggestions} & {"yes", "no"}) == 1 for each in parsed.value_suggestions)


def test_a_column_of_nonsense_lists_fifty_words():
    parsed = read("school_id_govt,connectivity\n" + "".join(f"{n},word {n}\n" for n in range(200)))

    assert (len(parsed.value_suggestions), len(errors(parsed))) == (50, 200)


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"values": {"conectivity": {"x": "yes"}}}, "values"),
        ({"values": {"school_name": {"x": "yes"}}}, "values"),
        ({"values": {"connectivity": {"x": "maybe"}}}, "values"),
        ({"units": {"latency_ms": KBPS}}, "units"),
        ({"units": {"speed": KBPS}}, "units"),
        ({"mapping": {"connectivity": "wifi"}}, "mapping"),
        ({"constants": {"wifi": "yes"}}, "constants"),
    ],
    ids=["no column", "no words", "no word", "no speed", "no such column", "mapping", "constant"],
)
def test_options_that_are_not_ours_are_refused_by_their_own_name(options, parameter):
    with pytest.raises(InvalidParameter) as caught:
        read("school_id_govt,connectivity,download_speed_mbps\n1,yes,20\n", **options)

    assert caught.value.parameter == parameter


def test_constants_are_read_as_the_cells_of_their_columns():
    parsed = read("school_id_govt\n1\n2\n", constants={"connectivity": "иә", "data_source": "Облоно", "download_speed_mbps": "20"})

    assert column(parsed, "connectivity") == ["yes", "yes"]
    assert column(parsed, "connectivity_source") == ["Облоно", "Облоно"]
    assert column(parsed, "download_speed_declared_mbps") == [20, 20]


@pytest.mark.parametrize(("unit", "cells"), [(KBPS, ("10240", "512", "0,3")), (BPS, ("10240000", "512000", "300"))])
def test_speeds_of_another_unit_become_mbps_exactly_before_they_are_checked(unit, cells):
    rows = "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))
    parsed = read(
        f"school_id_govt,download_speed_measured_mbps\n{rows}".replace("0,3", "300" if unit is KBPS else "0.3"),
        units={"download_speed_measured_mbps": unit},
    )

    assert column(parsed, "download_speed_measured_mbps")[:2] == [10.24, 0.512]
    assert (errors(parsed), parsed.questions, parsed.units) == ([], (), {"download_speed_measured_mbps": unit})


def test_limits_of_speeds_are_said_in_their_unit():
    parsed = read("school_id_govt,upload_speed_mbps\n1,100000000\n2,100000001\n", units={"upload_speed_mbps": KBPS})

    assert errors(parsed) == [("out_of_range", 3, "upload_speed_mbps")]
    assert "0 to 100000000 kbps" in fix(the(parsed, "out_of_range"))


def test_a_unit_of_a_column_that_the_file_lacks_is_a_warning_that_names_those_it_has():
    parsed = read("school_id_govt,download_speed_mbps\n1,20\n", units={"upload_speed_mbps": KBPS})

    assert "columns of speeds: download_speed_mbps" in sentence(the(parsed, "unit_not_used"))


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("Speed, kbps", KBPS),
        ("Скорость (Кбит/с)", KBPS),
        ("Скорость, бит/сек", BPS),
        ("download_speed_bps", BPS),
        ("upload speed mbps", MBPS),
        ("Жылдамдық, Мбит/с", MBPS),
        ("Скорость", None),
        ("Speed, Gbps", None),
        ("Speed MB/s", None),
    ],
)
def test_a_heading_states_its_unit(heading, unit):
    assert heading_unit(heading) is unit


@pytest.mark.parametrize(
    ("heading", "cells", "unit", "speeds"),
    [
        ("Speed, kbps", ("10240", "20480"), "kbps", [10.24, 20.48]),
        ("Скорость, бит/с", ("10240000", "20480000"), "bps", [10.24, 20.48]),
        ("Скорость", ("10", "20"), "Mbps", [10, 20]),
        ("Скорость", ("10240", "20480"), "kbps", [10.24, 20.48]),
        ("Download speed", ("200000000", "20000000"), "bps", [200, 20]),
    ],
)
def test_speeds_whose_unit_is_not_sure_are_read_in_the_likeliest_and_asked_for(heading, cells, unit, speeds):
    parsed = read(f'school_id_govt,"{heading}"\n1,{cells[0]}\n2,{cells[1]}\n')

    assert [(question.kind, question.guess) for question in parsed.questions] == [
        (QuestionKind.COLUMN, "download_speed_mbps"),
        (QuestionKind.UNIT, unit),
    ]
    assert parsed.questions[1].shown[unit] == tuple(f"{speed:.6g} Mbps" for speed in speeds)
    assert column(parsed, "download_speed_declared_mbps") == speeds
    assert the(parsed, "unit_guessed").parameters["unit"] == unit


def test_naming_the_column_and_its_unit_answers_both_questions():
    text = 'school_id_govt,"Speed, kbps"\n1,10240\n'
    named = read(text, mapping={"Speed, kbps": "download_speed_mbps"})
    answered = read(text, mapping={"Speed, kbps": "download_speed_mbps"}, units={"download_speed_mbps": KBPS})

    assert [question.kind for question in named.questions] == [QuestionKind.UNIT]
    assert (answered.questions, column(answered, "download_speed_declared_mbps")) == ((), [10.24])


@pytest.mark.parametrize(
    ("median", "unit", "likely"),
    [
        (20, MBPS, MBPS),
        (5_000, MBPS, MBPS),
        (5_001, MBPS, KBPS),
        (20_480, MBPS, KBPS),
        (20_480_000, MBPS, BPS),
        (0.02, MBPS, None),
        (20_480, KBPS, KBPS),
        (20, KBPS, MBPS),
        (20_480_000, KBPS, BPS),
        (40_000, BPS, KBPS),
    ],
)
def test_the_median_tells_which_unit_is_likely(median, unit, likely):
    assert likely_unit(median, unit) is likely


def test_a_median_off_by_a_thousand_is_a_warning_with_the_option_to_use():
    parsed = read("school_id_govt,download_speed_declared_mbps\n1,10240\n2,20480\n3,0\n4,51200\n")

    assert sentence(the(parsed, "unit_suspected")) == (
        "Column download_speed_declared_mbps: half of the speeds are above 20480 Mbps, which is 20480 Mbps. They look like kbps."
    )
    assert "unit of download_speed_declared_mbps to kbps" in fix(the(parsed, "unit_suspected"))
    assert parsed.questions == ()


def test_speeds_in_gbps_are_suspected_too():
    assert "Gbps" in sentence(the(read("school_id_govt,upload_speed_mbps\n1,0.02\n2,0.04\n"), "unit_suspected"))


def test_b60_a_speed_too_high_for_mbps_hints_at_the_unit():
    parsed = read("school_id_govt,download_speed_mbps\n1,2000000\n2,30\n")

    assert "kbps or bps" in fix(the(parsed, "out_of_range"))


def test_the_example_row_of_the_template_is_passed_over_with_a_notice():
    parsed = read("school_id_govt,connectivity\nEXAMPLE-1,nonsense\nKZ1,yes\nEXAMPLE-SCHOOL,no\n")

    assert parsed.counts == {"rows_in": 3, "accepted": 2, "blank": 1, "duplicate": 0, "rejected": 0}
    assert (the(parsed, "example_row").line, errors(parsed)) == (2, [])
