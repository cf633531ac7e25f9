"""The template in three languages: whoever fills it in is understood, and nobody publishes its example."""

from __future__ import annotations

import csv
import zipfile
from datetime import date
from io import BytesIO, StringIO

import pytest

from geo.column_table import ColumnKind, column, word_of
from geo.column_table.template import EXAMPLE_ID, LANGUAGES, TEMPLATE_COLUMNS, example_row, template_heading, template_words
from geo.errors import FileRefused
from geo.intake import ColumnHow, ReadOptions, read_upload
from geo.model import FACT_COLUMNS
from geo.render.spreadsheet_cells import guarded
from geo.render.upload_template import template_csv, template_workbook

OPTIONS = ReadOptions(max_rows=100, today=date(2026, 7, 1))


def filled_csv(language: str) -> bytes:
    """The CSV template with a second row like its example, under an id of its own."""
    head, example = template_csv(language).removeprefix("\ufeff").splitlines()
    return "\r\n".join([head, example, example.replace(EXAMPLE_ID, "KZ-7")]).encode("utf-8-sig")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_in_csv_template_is_read_whole_without_a_question(language: str) -> None:
    parsed = read_upload(filled_csv(language), options=OPTIONS)

    row = parsed.table.to_pylist()[0]
    assert [(use.name, use.how) for use in parsed.columns] == [(name, ColumnHow.EXACT) for name in TEMPLATE_COLUMNS]
    assert (parsed.questions, parsed.counts["accepted"], parsed.counts["blank"], parsed.counts["rejected"]) == ((), 1, 1, 0)
    assert (row["latitude"], row["download_speed_measured_mbps"], row["num_students"]) == (51.169392, 84.5, 120)
    assert (row["connectivity"], row["connectivity_type"], row["school_area_type"]) == ("yes", "fiber", "rural")
    assert row["connectivity_collected_on"] == date(2026, 1, 15)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_as_it_comes_holds_no_school(language: str) -> None:
    for content in (template_csv(language).encode(), template_workbook(language, str)):
        with pytest.raises(FileRefused) as caught:
            read_upload(content, options=OPTIONS)

        assert caught.value.problem.code == "no_rows"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_has_the_same_headings_and_a_drop_down_for_every_list(language: str) -> None:
    book = template_workbook(language, str)

    with zipfile.ZipFile(BytesIO(book)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        texts = parts.read("xl/sharedStrings.xml").decode()
        names = parts.read("xl/workbook.xml").decode()
    assert sheet.count('<dataValidation type="list"') == sum(column(name).kind is ColumnKind.WORD for name in TEMPLATE_COLUMNS)
    assert sheet.count("<dataValidation ") == len(TEMPLATE_COLUMNS)
    assert all(template_heading(name, language) in texts for name in TEMPLATE_COLUMNS)
    assert 'state="hidden"' in names
    assert "<f>" not in sheet


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_in_workbook_is_read_whole(language: str) -> None:
    """The example's id is replaced in the packed XML, as a person would type over it."""
    source = zipfile.ZipFile(BytesIO(template_workbook(language, str)))
    changed = BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(EXAMPLE_ID.encode(), b"KZ-7"))

    parsed = read_upload(changed.getvalue(), options=OPTIONS)

    row = parsed.table.to_pylist()[0]
    assert [(use.name, use.how) for use in parsed.columns] == [(name, ColumnHow.EXACT) for name in TEMPLATE_COLUMNS]
    assert (parsed.questions, parsed.counts["accepted"], parsed.counts["rejected"]) == ((), 1, 0)
    assert (row["latitude"], row["longitude"], row["connectivity_type"]) == (51.169392, 71.449074, "fiber")
    assert row["connectivity_collected_on"] == date(2026, 1, 15)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_the_template_offers_is_read_as_it_was_meant(language: str) -> None:
    for name in TEMPLATE_COLUMNS:
        words = template_words(name, language)
        assert set(words) == set(column(name).values)
        assert {word: word_of(name, shown) for word, shown in words.items()} == {word: word for word in words}


def test_the_template_has_every_column_that_a_person_reports() -> None:
    reported = {name for names in FACT_COLUMNS.values() for name in names}

    assert {column(name).target for name in TEMPLATE_COLUMNS} >= reported


def test_equal_templates_are_equal_bytes() -> None:
    assert template_workbook("kk", str) == template_workbook("kk", str)


def test_the_csv_template_of_russian_excel_has_semicolons_and_decimal_commas() -> None:
    rows = list(csv.reader(StringIO(template_csv("ru").removeprefix("\ufeff")), delimiter=";"))

    assert rows[0][TEMPLATE_COLUMNS.index("download_speed_measured_mbps")] == "Измеренная скорость, Мбит/с"
    assert rows[1][TEMPLATE_COLUMNS.index("download_speed_measured_mbps")] == "84,5"
    assert len(rows[0]) == len(rows[1]) == len(TEMPLATE_COLUMNS)


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@x", "\tx"])
def test_a_text_that_a_spreadsheet_would_run_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


def test_the_example_is_of_no_real_place_and_says_so() -> None:
    assert example_row("en")["school_id_govt"] == "EXAMPLE-1"
    assert all(str(example_row(language)["school_name"]) for language in LANGUAGES)
    assert "not real" in str(example_row("en")["school_name"])
