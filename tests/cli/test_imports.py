"""The commands about imports: how a file is to be read, what must be confirmed, and what is done with it later."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from geo.config import Settings
from tests.application import application
from tests.command_line import our_commands
from tests.set_up import set_up

Run = Callable[..., Result]

SCHOOLS = "school_id_govt,school_name,latitude,longitude,connectivity\n" + "".join(
    f"{number:02},Орта мектеп №{number},50.5,70.{number:02},yes\n" for number in range(1, 11)
)


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """A deployment of ten schools, and commands in it."""
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    set_up(settings.data_dir)
    runner = application(settings).test_cli_runner()

    def invoke(*arguments: object) -> Result:
        return runner.invoke(args=[str(argument) for argument in arguments])

    assert invoke("import", tmp_path / "schools.csv", "--publish").exit_code == 0
    return invoke


def written(directory: Path, content: str | bytes) -> Path:
    path = directory / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def told(result: Result) -> dict[str, object]:
    """What a command told programs."""
    assert result.exit_code == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_replacement_shows_its_numbers_and_takes_the_token(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "".join(SCHOOLS.splitlines(keepends=True)[:6]))

    refused = run("import", path, "--mode", "replace", "--publish")
    token = refused.stderr.rpartition("confirm=")[2].strip()
    done = run("import", path, "--mode", "replace", "--publish", "--confirm", token)

    assert refused.exit_code == 1
    assert "Gate fewer_schools: schools before 10, schools after 5, fewer percent 50.0" in refused.stderr
    assert f"Publishing it takes --confirm {token}" in refused.stdout
    assert "5 schools" in done.stdout


def test_staged_import_is_shown_changed_and_published_by_its_id(run: Run, tmp_path: Path) -> None:
    run("import", written(tmp_path, "code\n03\n04\n"), "--map", "code=school_id_govt")

    changed = told(run("imports", "change", 2, "--mode", "remove", "--format", "json"))
    refused = run("imports", "publish", 2)
    done = run("imports", "publish", 2, "--confirm", changed["report"]["confirm_token"])  # type: ignore[index]  # of a report

    assert "is published" in run("imports", "show", 2).stdout
    assert refused.exit_code == 1
    assert "Release 2 is published: 8 schools." in done.stdout
    assert [line.split()[:2] for line in run("imports", "list").stdout.splitlines()[2:]] == [["2", "published"], ["1", "published"]]


def test_guessed_encoding_is_shown_and_confirmed_before_it_is_published(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, SCHOOLS.replace("Орта мектеп", "Ақсу орта мектебі").encode("kz1048"))

    guessed = run("import", path, "--publish")
    changed = run("imports", "change", 2, "--confirm-guesses")

    assert guessed.exit_code == 1
    assert "nobody has confirmed" in guessed.stderr
    assert "kz1048" in guessed.stdout.lower().replace("-", "")
    assert "Import 2" in changed.stdout
    assert run("imports", "publish", 2).exit_code == 0


def test_words_units_and_empty_cells_are_told_on_the_command_line(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, "school_id_govt,connectivity,download_speed_mbps\n01,есть: да=да,20480\n02,,\n")

    found = told(
        run(
            *("import", path, "--empty", "clear", "--unit", "download_speed_mbps=kbps"),
            *("--value", "connectivity:есть: да=да=yes", "--format", "json"),
        )
    )

    report = found["report"]
    assert isinstance(report, dict)
    assert (report["errors_total"], report["rows"]["changed"]) == (0, 2)
    assert report["impact"]["columns"] == {"connectivity": 1, "download_speed_declared_mbps": 1}


def test_discarded_import_is_not_published(run: Run, tmp_path: Path) -> None:
    run("import", written(tmp_path, "school_id_govt,connectivity\n01,no\n"))

    assert "Import 2 is discarded. Nothing was published." in run("imports", "discard", 2).stdout
    assert run("imports", "publish", 2).exit_code == 1


def test_change_without_an_option_is_wrong_usage(run: Run) -> None:
    assert run("imports", "change", 1).exit_code == 2


def test_import_commands_are_among_ours() -> None:
    typed = {name for name, _ in our_commands()}

    assert {"imports list", "imports show", "imports change", "imports publish", "imports discard"} <= typed
