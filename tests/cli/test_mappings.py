"""`mappings` over a real store: what is remembered of a source is listed and removed."""

from __future__ import annotations

import json
from pathlib import Path

from app import create_app
from geo.config import Settings

SCHOOLS = "kod,name,lat,lon\n001,First,50.5123,70.5123\n"


def test_what_is_remembered_of_a_source_is_listed_and_removed(settings: Settings, tmp_path: Path) -> None:
    runner = create_app(settings).test_cli_runner()

    def run(*arguments: str) -> tuple[int, str]:
        result = runner.invoke(args=list(arguments))
        return result.exit_code, result.output

    path = tmp_path / "schools.csv"
    path.write_text(SCHOOLS, encoding="utf-8")
    upload = ("import", str(path), "--source", "Облоно", "--map", "kod=school_id_govt")
    assert run("init")[0] == 0
    assert run("mappings", "list") == (0, "Nothing is remembered of any source.\n")
    token = json.loads(run(*upload, "--format", "json")[1])["report"]["confirm_token"]
    assert run(*upload, "--publish", *(("--confirm", token) if token else ()))[0] == 0

    listed = run("mappings", "list")[1]
    removed = run("mappings", "remove", "Облоно")
    again = run("mappings", "remove", "Облоно")

    assert [line.split()[:2] for line in listed.splitlines() if "Облоно" in line] == [["Облоно", "1"]]
    assert removed == (0, "Nothing is remembered of Облоно any more.\n")
    assert again[0] != 0
    assert "there is no mapping" in again[1]
