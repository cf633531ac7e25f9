"""Bad inputs B25 to B35: encodings, and files that are no text. One test a defect, with the file made here."""

import gzip
import io
import zipfile

import pytest

from geo.errors import InvalidParameter
from geo.intake.problems import sentence
from tests.intake.biff import container
from tests.intake.files import column, read, refused, schools, the


@pytest.mark.parametrize("marks", [1, 2])
def test_b25_b29_byte_order_marks_are_taken_off(marks):
    parsed = read(b"\xef\xbb\xbf" * marks + schools({"school_name": "Көкшетау"}).encode())

    assert column(parsed, "school_name") == ["Көкшетау"]
    assert parsed.detected["encoding"] == "utf-8-sig"


WIDE = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\x00\x00", "utf-32-be": b"\x00\x00\xfe\xff"}


@pytest.mark.parametrize("encoding", WIDE)
def test_b26_wide_text_with_its_mark_is_read_and_said(encoding):
    content = schools({"school_name": "Көкшетау №1"}).replace(",", "\t")

    parsed = read(WIDE[encoding] + content.encode(encoding))

    assert column(parsed, "school_name") == ["Көкшетау №1"]
    assert parsed.detected["encoding"] == encoding[:6].upper()
    assert f"read as {encoding[:6].upper()} text" in sentence(parsed.problems[0])


def test_b26_wide_text_that_is_cut_is_refused_with_line_and_byte():
    refusal = refused(b"\xff\xfe" + schools({}).encode("utf-16-le") + b"\x41")

    assert (refusal.problem.code, refusal.problem.line) == ("encoding_error", 3)
    assert "begins as UTF-16 text" in str(refusal)


def test_b26_wide_text_without_its_mark_is_refused():
    assert refused(schools({}).encode("utf-16-le")).problem.code == "encoding_error"


KAZAKH = ("Көкшетау №3 «Үміт»", "Қарағанды орта мектебі", "Ғабит Мүсірепов атындағы", "Әл-Фараби", "Ұлытау ауылы")
RUSSIAN = ("Средняя школа №5", "Школа-гимназия имени Абая", "Щучинск", "Съезжинская", "Лицей")


def in_encoding(encoding: str, names: tuple[str, ...]) -> bytes:
    return schools(*({"school_name": name} for name in names)).encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "name", "names"),
    [
        ("kz1048", "KZ-1048", KAZAKH),
        ("ptcp154", "PTCP154", KAZAKH),
        ("cp1251", "windows-1251", RUSSIAN),
        ("cp866", "cp866", RUSSIAN[1:]),
        ("cp866", "cp866", ("ШКОЛА №5",)),
    ],
)
def test_b27_an_old_cyrillic_encoding_is_guessed_read_exactly_and_asked_about(encoding, name, names):
    parsed = read(in_encoding(encoding, names))

    assert column(parsed, "school_name") == list(names)
    assert parsed.detected["encoding"] == name
    assert [(question.kind, question.guess) for question in parsed.questions] == [("encoding", name)]
    assert "guessed" in sentence(the(parsed, "format_detected"))


def test_b27_three_names_are_shown_as_each_encoding_gives_them():
    question = read(in_encoding("kz1048", KAZAKH)).questions[0]

    assert question.alternatives == ("PTCP154", "windows-1251", "cp866")
    assert set(question.shown) == {question.guess, *question.alternatives}
    assert {len(texts) for texts in question.shown.values()} == {3}
    assert set(question.shown["KZ-1048"]) <= set(KAZAKH)
    assert all(texts != question.shown["KZ-1048"] for name, texts in question.shown.items() if name != "KZ-1048")


def test_b27_letters_that_are_the_same_in_several_encodings_are_asked_about_all_the_same():
    question = read(in_encoding("kz1048", RUSSIAN)).questions[0]

    assert question.guess == "windows-1251"
    assert question.shown["KZ-1048"] == question.shown["windows-1251"]


def test_b27_headings_are_shown_where_no_row_has_a_letter_to_judge_by():
    question = read("school_id_govt,Наименование школы\n1,A\n".encode("cp1251")).questions[0]

    assert question.shown["windows-1251"] == ("Наименование школы",)


@pytest.mark.parametrize("name", ["KZ-1048", "kz1048", "STRK1048", "Kz_1048"])
def test_b27_an_encoding_that_is_stated_is_read_without_question(name):
    parsed = read(in_encoding("kz1048", KAZAKH), encoding=name)

    assert (column(parsed, "school_name"), parsed.questions) == (list(KAZAKH), ())
    assert parsed.detected["encoding"] == "KZ-1048"


def test_b27_a_confirmed_guess_is_no_question():
    parsed = read(in_encoding("cp866", RUSSIAN[1:]), confirmed=True)

    assert parsed.questions == ()
    assert "guessed" not in sentence(the(parsed, "format_detected"))


def test_b27_a_stated_encoding_that_the_text_is_not_in_is_refused_with_line_and_byte():
    content = in_encoding("kz1048", (KAZAKH[3],)) + b"\x98"

    refusal = refused(content, encoding="windows-1251")

    assert (refusal.problem.code, refusal.problem.line) == ("encoding_error", 3)
    assert f"98 at byte {len(content) - 1} are not windows-1251 text" in str(refusal)


def test_b26_wide_text_without_its_mark_is_read_where_its_encoding_is_stated():
    assert column(read(in_encoding("utf-16-le", KAZAKH), encoding="utf-16le"), "school_name") == list(KAZAKH)


def test_an_encoding_that_is_not_known_is_no_fault_of_the_file():
    with pytest.raises(InvalidParameter, match=r"'encoding' must be one of UTF-8, .*KZ-1048.*; got 'klingon'") as caught:
        read(schools({}), encoding="klingon")

    assert caught.value.parameter == "encoding"


@pytest.mark.parametrize(
    "names",
    [("École", "Café Élysée"), ("Straße", "Österreich über alles")],
    ids=["french", "german"],
)
def test_b27_western_letters_are_not_taken_for_cyrillic_ones(names):
    assert refused(in_encoding("latin-1", names)).problem.code == "encoding_error"


@pytest.mark.parametrize("faults", [b"\xff", b"\xd0", b"\x98\xff"])
def test_b28_text_that_is_utf8_but_for_a_few_bytes_is_not_guessed(faults):
    content = schools(*({"school_name": name} for name in RUSSIAN)).encode()

    refusal = refused(content.replace("Лицей".encode(), "Лиц".encode() + faults))

    assert (refusal.problem.code, refusal.problem.line) == ("encoding_error", 6)


@pytest.mark.parametrize("tail", [b"\xd0", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff"], ids=["cut", "overlong", "surrogate", "no byte"])
def test_b28_bad_utf8_is_refused_with_line_and_byte_offset(tail):
    content = b"\xef\xbb\xbf" + schools({}).encode() + "KZ2,Мектеп".encode() + tail

    refusal = refused(content)

    assert refusal.problem.code == "encoding_error"
    assert refusal.problem.line == 3
    assert refusal.problem.parameters["offset"] == str(len(content) - len(tail))


@pytest.mark.parametrize(
    ("heading", "shown"),
    [("s\u0441hool_id", "s U+0441 hool_id"), ("school_id\u200b", "school_id U+200B"), ("\u200bschool_id_giga", "U+200B school_id_giga")],
)
def test_b29_an_id_heading_with_look_alikes_must_be_confirmed_and_shows_its_code_points(heading, shown):
    parsed = read(f"{heading},school_name\n1,A\n")

    assert [(question.kind, question.code_points) for question in parsed.questions] == [("column", shown)]
    assert shown in sentence(the(parsed, "guessed_column"))


def test_b29_a_look_alike_of_a_heading_that_the_file_has_is_not_read():
    parsed = read("school_id_govt,connectivity,\u0441onnectivity\n1,yes,no\n")

    assert "U+0441" in sentence(the(parsed, "unknown_column"))
    assert (column(parsed, "connectivity"), parsed.questions) == (["yes"], ())


@pytest.mark.parametrize(("garbled", "likely"), [("Ð¨ÐºÐ¾Ð»Ð°", "Школа"), ("РњРµРєС‚РµРї", "Мектеп"), ("Ã‰cole", "École")])
def test_b30_garbled_text_is_a_warning_with_what_it_may_have_been(garbled, likely):
    parsed = read(schools({"school_name": garbled}))

    assert the(parsed, "mojibake").parameters["likely"] == likely
    assert column(parsed, "school_name") == [garbled]


def test_b30_replacement_characters_are_a_warning_and_stored_as_sent():
    parsed = read(schools({"school_name": "Ме\ufffdтеп"}))

    assert the(parsed, "mojibake").line == 2
    assert column(parsed, "school_name") == ["Ме\ufffdтеп"]


def test_b31_utf7_script_stays_literal_text():
    text = "+ADw-script+AD4-alert(1)+ADw-/script+AD4-"

    assert column(read(schools({"school_name": text})), "school_name") == [text]


def zipped(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "damaged workbook"),
        (zipped("xl/workbook.bin"), "XLSB"),
        (zipped("schools.csv"), "zip archive"),
        (zipped("a.shp", "a.dbf"), "zipped shapefile"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "damaged workbook"),
        (container(b"", "WordDocument"), "Word document"),
        (gzip.compress(schools({}).encode()), "gzip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"SQLite format 3\x00" + bytes(100), "SQLite"),
        (b"PAR1\x15\x04", "Parquet"),
    ],
    ids=["xlsx", "xlsb", "zip", "shapefile", "ole2", "doc", "gzip", "bzip2", "pdf", "png", "sqlite", "parquet"],
)
def test_b32_b33_other_files_are_recognised_by_content_whatever_their_name(content, kind):
    refusal = refused(content)

    assert refusal.problem.code == "not_a_table"
    assert kind in str(refusal)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ('[{"school_id": 1}]', "JSON"),
        ("<!doctype html><script>alert(1)</script>", "web page"),
        ("<svg onload='alert(1)'/>", "XML"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "XML"),
    ],
)
def test_b34_json_and_markup_are_refused_and_not_repeated(content, kind):
    refusal = refused(content)

    assert refusal.problem.code == "not_a_table"
    assert kind in str(refusal)
    assert "alert" not in str(refusal)
    assert "passwd" not in str(refusal)


@pytest.mark.parametrize(
    "content", [bytes(range(255, 0, -1)) * 40, schools({}).encode() + zipped("a.csv") + b"\xfe"], ids=["random", "zip tail"]
)
def test_b35_bytes_that_are_no_text_are_refused_with_the_line(content):
    refusal = refused(content)

    assert refusal.problem.code == "encoding_error"
    assert refusal.problem.line is not None
