"""The command line over a real store: what it prints, what it changes, and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from geo.config import Settings
from tests.application import application
from tests.command_line import our_commands
from tests.set_up import set_up

Run = Callable[..., Result]

SCHOOLS = """school_id_govt,school_name,latitude,longitude,school_area_type,num_students,connectivity,download_speed_declared_mbps
001,First,50.5,70.5,urban,100,yes,100
002,Second,50.5,70.6,rural,40,no,
003,Third,50.5,71.5,rural,,yes,
004,Fourth,50.6,71.6,rural,1000,,
"""
UPDATE = "school_id_govt,connectivity\n002,yes\n999,no\n"
FAULTY = "school_id_govt,num_students\n001,120\n002,many\n"


def square(code: str, name: str, west: float) -> dict[str, object]:
    ring = [[west, 50], [west + 1, 50], [west + 1, 51], [west, 51], [west, 50]]
    properties = {"code": code, "name": name, "name_kk": f"{name} kk", "name_ru": f"{name} ru"}
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def runner_of(settings: Settings) -> Run:
    runner = application(settings).test_cli_runner()
    return lambda *arguments, **options: runner.invoke(args=[str(argument) for argument in arguments], **options)


@pytest.fixture
def run(settings: Settings) -> Run:
    """An empty deployment."""
    set_up(settings.data_dir)
    return runner_of(settings)


def published_knowingly(run: Run, *arguments: object) -> Result:
    """Import and publish a file after a look at what it would change: in four schools every change is a large one."""
    looked = json.loads(run("import", *arguments, "--format", "json").stdout)
    return run("import", *arguments, "--publish", "--confirm", looked["report"]["confirm_token"])


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files to load, in the test's own directory."""
    return written(tmp_path)


def written(directory: Path) -> Path:
    units = [square("KZ10", "West", 70), square("KZ11", "East", 71)]
    (directory / "regions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": units}), encoding="utf-8")
    for name, text in (("schools.csv", SCHOOLS), ("update.csv", UPDATE), ("faulty.csv", FAULTY)):
        (directory / name).write_text(text, encoding="utf-8")
    return directory


LOAD = ("--country", "KZ", "--level", 1, "--vintage", "2022", "--code-column", "code", "--name-column", "name", "--name-kk", "name_kk")


@pytest.fixture(scope="module")
def published_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data directory of a deployment with two regions and four schools, for copying."""
    files = written(tmp_path_factory.mktemp("files"))
    run = runner_of(Settings(data_dir=files / "data", testing=True))
    assert run("init").exit_code == 0
    assert run("regions", "load", files / "regions.geojson", *LOAD).exit_code == 0
    assert run("import", files / "schools.csv", "--source", "ministry", "--publish").exit_code == 0
    return files / "data"


@pytest.fixture
def published(settings: Settings, published_data: Path) -> Run:
    """A deployment of its own with two regions and four schools."""
    shutil.copytree(published_data, settings.data_dir)
    return runner_of(settings)


def test_init_may_be_run_again(run: Run) -> None:
    result = run("init")

    assert result.exit_code == 0
    assert "is ready" in result.stdout


def test_coverage_by_region_adds_up_to_the_whole(published: Run) -> None:
    result = published("coverage", "--by", "admin1", "--format", "json")
    answer = json.loads(result.stdout)

    assert result.exit_code == 0
    assert [(row["admin1"], row["schools"], row["schools_unconnected"]) for row in answer["rows"]] == [("KZ10", 2, 1), ("KZ11", 2, 0)]
    assert sum(row["schools"] for row in answer["rows"]) == answer["total"]["schools"] == 4


def test_coverage_by_status_has_no_share_in_its_rows(published: Run) -> None:
    lines = published("coverage", "--by", "status").stdout.splitlines()
    refused = published("coverage", "--by", "release")

    assert [line.split()[:2] for line in lines[2:6]] == [["meets_norm", "1"], ["norm_unknown", "1"], ["unconnected", "1"], ["unknown", "1"]]
    assert "%" not in "".join(lines[2:6])
    assert (refused.exit_code, "by" in refused.stderr) == (2, True)


def test_coverage_as_csv_has_the_names_of_the_json(published: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(published("coverage", "--by", "admin1", "--format", "csv").stdout)))
    answer = json.loads(published("coverage", "--by", "admin1", "--format", "json").stdout)

    assert list(rows[0]) == list(answer["rows"][0])


def test_coverage_table_names_regions_and_is_citable(published: Run) -> None:
    lines = published("coverage", "--by", "admin1,area_type", "--lang", "kk").stdout.splitlines()

    assert [line.split()[:4] for line in lines[2:6]] == [
        ["KZ10", "West", "kk", "rural"],
        ["KZ10", "West", "kk", "urban"],
        ["KZ11", "East", "kk", "rural"],
        ["all", "all", "4", "1"],
    ]
    assert lines[-2].startswith("Qosyl release 1 of ")
    assert lines[-1].startswith("/api/v1/coverage?release=1&sha256=")


def test_coverage_keeps_to_schools_with_a_flag(published: Run) -> None:
    answer = json.loads(published("coverage", "--flag", "low_precision,same_position", "--disagrees", "false", "--format", "json").stdout)

    assert answer["where"] == {"flag": "low_precision,same_position", "disagrees": "false"}
    assert answer["total"]["schools"] == answer["total"]["schools_flagged_position"] == 4


def test_coverage_keeps_to_its_filter(published: Run) -> None:
    answer = json.loads(published("coverage", "--area-type", "rural", "--status", "unconnected", "--format", "json").stdout)

    assert answer["where"] == {"area_type": "rural", "status": "unconnected"}
    assert answer["total"]["schools"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--by", "region"),
        ("--by", "admin1,admin1"),
        ("--by", "admin1,admin2,area_type,education_level"),
        ("--norm", "fast"),
        ("--basis", "guess"),
        ("--area-type", "village"),
        ("--status", "connected"),
        ("--status", "none"),
        ("--flag", "low"),
        ("--disagrees", "none"),
        ("--admin1", "KZ99"),
        ("--release", "x"),
        ("--unknown",),
    ],
    ids=" ".join,
)
def test_wrong_usage_of_coverage_ends_with_2_and_says_what_is_accepted(published: Run, arguments: tuple[str, ...]) -> None:
    result = published("coverage", *arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_refusal_is_one_line_on_standard_error_and_ends_with_1(run: Run) -> None:
    result = run("coverage")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(r"Refused: nothing has been published yet[^\n]*\n", result.stderr)


def test_staged_file_changes_nothing_public(published: Run, files: Path) -> None:
    result = published("import", files / "update.csv")

    assert result.exit_code == 0
    assert "is staged" in result.stdout
    assert len(published("releases", "list").stdout.splitlines()) == 3


def test_import_reports_both_leftovers_of_the_join(published: Run, files: Path) -> None:
    result = published("import", files / "update.csv")

    assert "Rows that found a school: 1 by school_id_govt. Rows that found none: 1; ambiguous: 0." in result.stdout
    assert "Schools that no row speaks about: 3." in result.stdout
    assert re.search(r"unmatched_row \(line 3\): .*999", result.stdout)


def test_many_problems_of_one_kind_do_not_hide_one_of_another(published: Run, tmp_path: Path) -> None:
    headings = ",".join(f"column{number}" for number in range(30))
    (tmp_path / "wide.csv").write_text(f"school_id_govt,{headings},connectivity\n999{',' * 31}yes\n", encoding="utf-8")

    result = published("import", tmp_path / "wide.csv")

    assert "… unknown_column: 27 more" in result.stdout
    assert "unmatched_row (line 2)" in result.stdout


def test_command_says_itself_what_it_did_and_logs_nothing(
    published: Run, files: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("qosyl"), "propagate", True)
    with caplog.at_level(logging.INFO, logger="qosyl"):
        published_knowingly(published, files / "update.csv")
        logging.getLogger("qosyl.services").info("after the command")

    assert [record.getMessage() for record in caplog.records if record.name.startswith("qosyl")] == ["after the command"]


def test_published_import_changes_coverage_and_undo_takes_it_back(published: Run, files: Path) -> None:
    def unconnected() -> int:
        return int(json.loads(published("coverage", "--format", "json").stdout)["total"]["schools_unconnected"])

    counts = [unconnected()]
    assert published_knowingly(published, files / "update.csv", "--source", "provider").exit_code == 0
    counts.append(unconnected())
    result = published("releases", "undo", 2, "--reason", "wrong file")
    counts.append(unconnected())

    assert result.exit_code == 0
    assert counts == [1, 0, 1]
    assert [line.split()[:2] for line in published("releases", "list").stdout.splitlines()[2:]] == [
        ["3", "undo"],
        ["2", "import"],
        ["1", "import"],
    ]


def test_rows_in_error_are_published_only_on_request(published: Run, files: Path) -> None:
    refused = published("import", files / "faulty.csv", "--publish")
    accepted = published("import", files / "faulty.csv", "--publish", "--accept-partial")

    assert refused.exit_code == 1
    assert refused.stderr.startswith("Refused: ")
    assert "--accept-partial" in refused.stderr
    assert "(line 3)" in refused.stdout
    assert accepted.exit_code == 0
    assert "Release 2 is published" in accepted.stdout


def test_file_that_is_no_table_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")

    result = run("import", tmp_path / "empty.csv")

    assert result.exit_code == 1
    assert result.stderr.startswith("Refused: ")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--map", "speed"), "--map takes COLUMN=NAME"),
        (("--map", "speed=fastness"), "'fastness' is no column of ours"),
        (("--map", "a=connectivity", "--map", "a=latitude"), "--map gives 'a' twice"),
        (("--set", "connectivity"), "--set takes NAME=VALUE"),
        (("--set", "speed=1"), "'speed' is no column of ours"),
        (("--accept-partial",), "go with --publish"),
        (("--confirm", "abc"), "go with --publish"),
        (("--confirm-guesses", "--publish"), "look at what was guessed first"),
        (("--unit", "download_speed_mbps=Gbps"), "--unit takes NAME=UNIT"),
        (("--value", "connectivity=yes"), "--value takes NAME:CELL=WORD"),
        (("--mode", "merge"), "--mode"),
        (("--collected-on", "31.12.2024"), "--collected-on"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_of_import_ends_with_2(run: Run, files: Path, arguments: tuple[str, ...], reason: str) -> None:
    result = run("import", files / "update.csv", *arguments)

    assert result.exit_code == 2
    assert reason in result.stderr


def test_columns_are_mapped_and_values_set_for_every_row(published: Run, tmp_path: Path) -> None:
    (tmp_path / "measured.csv").write_text("ref,p50=50%\n002,33.5\n", encoding="utf-8")

    result = published_knowingly(
        published,
        tmp_path / "measured.csv",
        *("--map", "ref=school_id_govt", "--map", "p50=50%=download_speed_measured_mbps"),
        *("--set", "connectivity=yes", "--source", "speed tests", "--collected-on", "2024-01-31"),
    )
    answer = json.loads(published("coverage", "--basis", "measured", "--format", "json").stdout)

    assert result.exit_code == 0
    assert answer["total"]["schools_meets_norm"] == 1


def test_releases_show_tells_what_changed(published: Run, files: Path) -> None:
    published_knowingly(published, files / "update.csv")

    shown = published("releases", "show").stdout
    told = json.loads(published("releases", "show", 2, "--format", "json").stdout)

    assert re.search(r"unconnected +1 +0\n", shown)
    assert told["release"]["id"] == 2
    assert told["changes"]["columns"] == {"connectivity": 1}


def test_unknown_release_is_refused(published: Run) -> None:
    result = published("releases", "show", 7)

    assert result.exit_code == 1
    assert result.stderr == "Refused: there is no release 7\n"


def test_loading_boundaries_changes_no_release_and_applying_does(published: Run, files: Path) -> None:
    moved = [square("KZ10", "West", 70), square("KZ12", "New East", 71)]
    (files / "new.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": moved}), encoding="utf-8")

    load = published("regions", "load", files / "new.geojson", *LOAD[:4], "--vintage", "2024", *LOAD[6:])
    before = json.loads(published("coverage", "--by", "admin1", "--format", "json").stdout)
    apply = published("regions", "apply", "--reason", "law of 2024")
    after = json.loads(published("coverage", "--by", "admin1", "--format", "json").stdout)

    assert (load.exit_code, apply.exit_code) == (0, 0)
    assert [row["admin1"] for row in before["rows"]] == ["KZ10", "KZ11"]
    assert [row["admin1"] for row in after["rows"]] == ["KZ10", "KZ12"]
    assert after["boundaries"] == {"admin1": "2024"}
    assert [line.split()[2] for line in published("regions", "list").stdout.splitlines()[2:]] == ["2022", "2024"]


def test_missing_code_column_is_refused_with_the_columns_there_are(run: Run, files: Path) -> None:
    result = run("regions", "load", files / "regions.geojson", *LOAD[:6], "--code-column", "kato", *LOAD[8:])

    assert result.exit_code == 1
    assert "kato" in result.stderr
    assert "name_kk" in result.stderr


def test_key_is_shown_once_and_listed_without_its_secret(run: Run) -> None:
    created = run("keys", "create", "--name", "Aigerim", "--role", "contributor", "--days", 30)
    listed = run("keys", "list").stdout
    secret = created.stdout.strip()

    assert re.fullmatch(r"qsl_[\w-]{43}", secret)
    assert "Aigerim" in listed
    assert "valid" in listed
    assert secret not in listed


def test_revoked_key_is_listed_as_such(run: Run) -> None:
    run("keys", "create", "--name", "Old laptop")

    result = run("keys", "revoke", 1)

    assert result.exit_code == 0
    assert "revoked" in run("keys", "list").stdout
    assert run("keys", "revoke", 2).exit_code == 1


def test_doctor_finds_a_healthy_deployment_well(published: Run) -> None:
    published("keys", "create", "--name", "Planner")

    result = published("doctor")

    assert result.exit_code == 0
    assert "wrong" not in result.stdout


def test_doctor_says_what_is_wrong_and_how_to_mend_it(run: Run) -> None:
    result = run("doctor")

    assert result.exit_code == 1
    assert "wrong  release: none" in result.stdout
    assert "to mend it: import a file" in result.stdout


def test_no_color_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = run("doctor", color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = run("doctor", color=True).stdout

    assert "\x1b[" in coloured
    assert "\x1b[" not in plain


def test_every_command_explains_itself() -> None:
    unexplained = [typed for typed, command in our_commands() if not command.help]
    unexplained += [
        f"{typed} {option.opts[0]}"
        for typed, command in our_commands()
        for option in command.params
        if option.opts[0].startswith("--") and not option.help and not getattr(option.type, "choices", None)
    ]

    assert unexplained == []
