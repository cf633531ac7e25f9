"""The column table is one unambiguous source for headings, words and limits."""

import pytest

from geo.column_table import COLUMNS, HEADINGS, ColumnKind, column, folded, word_of
from geo.model import FACT_COLUMNS, AreaType, CellularCoverageType, Connectivity, ConnectivityType
from geo.schools import FACTS_SCHEMA


def test_every_heading_spelling_leads_to_one_column():
    seen: dict[str, str] = {}
    for each in COLUMNS:
        for spelling in {folded(each.name), *(folded(s) for spellings in each.spellings.values() for s in spellings)}:
            assert seen.setdefault(spelling, each.name) == each.name, spelling
    assert seen == dict(HEADINGS)


def test_every_word_spelling_leads_to_one_word():
    for each in COLUMNS:
        seen: dict[str, str] = {}
        for word, spellings in each.value_spellings.items():
            for spelling in {folded(word), *map(folded, spellings)} - {""}:
                assert seen.setdefault(spelling, word) == word, (each.name, spelling)


def test_every_column_that_an_upload_can_change_is_in_the_table():
    targets = {each.target for each in COLUMNS}

    assert {name for columns in FACT_COLUMNS.values() for name in columns} <= targets
    assert {name for name in FACTS_SCHEMA.names if not name.endswith("_import")} <= targets


def test_every_fact_column_knows_its_fact():
    for fact, names in FACT_COLUMNS.items():
        assert [column(name).fact for name in names] == [fact] * len(names)


def test_every_number_has_limits_and_a_unit_and_every_text_a_length():
    for each in COLUMNS:
        if each.kind in (ColumnKind.NUMBER, ColumnKind.WHOLE_NUMBER):
            assert each.unit
            assert each.minimum is not None
            assert each.maximum is not None
        if each.kind in (ColumnKind.TEXT, ColumnKind.ID):
            assert each.max_length == 255


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("School_ID-Giga ", "school_id_giga"),
        ("giga_id_school", "school_id_giga"),
        ("connectivity_govt", "connectivity"),
        ("download_speed_govt", "download_speed_declared_mbps"),
        ("download_speed_contracted", "download_speed_declared_mbps"),
        ("environment", "school_area_type"),
        ("updated_at", "collected_on"),
        ("LAT", "latitude"),
        ("admin_1_name", "admin1"),
        ("Наименование школы", "school_name"),
        ("Код школы", "school_id_govt"),
        ("Количество  учащихся", "num_students"),
        ("Оқушылар саны", "num_students"),
        ("Ендік", "latitude"),
        ("Скорость интернета, Мбит/с", "download_speed_mbps"),
    ],
)
def test_headings_are_known_in_three_languages_and_in_the_words_of_giga(heading, name):
    assert HEADINGS[folded(heading)] == name


@pytest.mark.parametrize("heading", ["s\u0441hool_id", "\u017fchool_id", "school\u200b_id", "id", "speed", ""])
def test_look_alikes_and_vague_headings_are_not_known(heading):
    assert folded(heading) not in HEADINGS


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("connectivity", "да", Connectivity.YES),
        ("connectivity", "Иә", Connectivity.YES),
        ("connectivity", "TRUE", Connectivity.YES),
        ("connectivity", "жоқ", Connectivity.NO),
        ("connectivity", "0", Connectivity.NO),
        ("connectivity", "нет данных", Connectivity.UNKNOWN),
        ("school_area_type", "село", AreaType.RURAL),
        ("school_area_type", "қала", AreaType.URBAN),
        ("connectivity_type", "Оптоволокно", ConnectivityType.FIBER),
        ("connectivity_type", "P2MP-wireless", ConnectivityType.P2MP_WIRELESS),
        ("cellular_coverage_type", "4g", CellularCoverageType.G4),
        ("cellular_coverage_type", "unknown", ""),
        ("connectivity", "maybe", None),
        ("connectivity", "5", None),
        ("connectivity", "", None),
        ("school_area_type", "semi-urban", None),
        ("connectivity_type", "fi\u017fer", None),
        ("education_level", "", None),
    ],
)
def test_words_are_read_only_where_their_meaning_is_certain(name, text, word):
    assert word_of(name, text) == word


def test_the_kelvin_sign_is_no_letter_k():
    assert folded("\u212a") == "\u212a"
