"""`verify`: a citation link and the release file are enough to find out whether figures are right, whatever the service answers."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from flask import Flask

from geo.config import Settings
from geo.model import ReleaseRecord
from geo.services.publishing import current_release
from geo.services.withdrawals import withdraw_release
from geo.services.workspace import Workspace
from geo.store import SERVING_SCHEMA
from geo.web.caching import FIXED_RELEASE, IMMUTABLE
from geo.web.current import WORKSPACE
from tests.application import SECRET_KEY, application
from tests.cited import boundaries_of, make_cited, publish_turn

COVERAGE = "/api/v1/coverage"
MATCH, NO_MATCH, NOT_CHECKED = 0, 1, 2
QUERIES = (
    "",
    "by=admin1,area_type&norm=giga-20&basis=declared",
    "by=status,education_level&release=2&lang=kk",
    "admin1=XA10&enrolment=0-400,none&education_level=Pre-Primary, Primary and Secondary",
    "filter=num_students > 100 AND school_name <> '=1%2B1'&by=connectivity_type&weight=schools",
    "by=release,admin2&norm=kz-2023,12.5&release=1,3",
    "by=release&admin1=XA20&bbox=10,50,12,51",
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    data = make_cited(tmp_path_factory.mktemp("verify"))
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    yield app
    app.extensions[WORKSPACE].close()


def verifying(app: Flask) -> Callable[..., Result]:
    runner = app.test_cli_runner()
    return lambda *arguments: runner.invoke(args=["verify", *map(str, arguments)])


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Callable[..., Result]]:
    """The command on a machine that has neither a database nor releases."""
    app = application(Settings(data_dir=tmp_path / "nothing", secret_key=SECRET_KEY, load_demo=False, testing=True))
    yield verifying(app)
    app.extensions[WORKSPACE].close()
    assert not (tmp_path / "nothing" / "catalog.sqlite").exists()


def link_of(app: Flask, query: str, path: str = COVERAGE) -> str:
    return str(app.test_client().get(f"{path}?{query}").json["citation_link"])


def altered(link: str, **values: str) -> str:
    return f"{COVERAGE}?{urlencode({**dict(parse_qsl(urlsplit(link).query)), **values})}"


def downloaded(app: Flask, directory: Path, *ids: int) -> list[Path]:
    """Release files as anybody can download them."""
    paths = []
    for release_id in ids:
        paths.append(directory / f"download-{release_id}.parquet")
        paths[-1].write_bytes(app.test_client().get(f"/api/v1/releases/{release_id}/file").data)
    return paths


@pytest.mark.parametrize("query", QUERIES)
def test_link_verifies_against_the_store_after_other_releases_were_published(app: Flask, query: str) -> None:
    link = link_of(app, query)
    workspace = app.extensions[WORKSPACE]
    publish_turn(workspace, 5 + QUERIES.index(query), boundaries_of(workspace))

    result = verifying(app)(link)

    assert (result.exit_code, result.stdout.splitlines()[0]) == (MATCH, "match"), result.output


@pytest.mark.parametrize("query", QUERIES)
def test_link_and_downloaded_file_verify_without_a_database(
    app: Flask, elsewhere: Callable[..., Result], tmp_path: Path, query: str
) -> None:
    link = link_of(app, query)
    ids = [int(number) for number in dict(parse_qsl(urlsplit(link).query))["release"].split(",")]
    files = [word for path in downloaded(app, tmp_path, *ids) for word in ("--file", path)]

    result = elsewhere(link, *files)

    assert (result.exit_code, result.stdout.splitlines()[0]) == (MATCH, "match"), result.output


@pytest.mark.parametrize("path", [f"{COVERAGE}/trend", f"{COVERAGE}/compare"])
@pytest.mark.parametrize("query", ["by=area_type", "admin1=XA10"])
def test_links_of_trends_and_comparisons_verify(app: Flask, path: str, query: str) -> None:
    asked = f"{query}&from=1&to=3" if path.endswith("compare") else f"{query}&release=3"

    result = verifying(app)(link_of(app, asked, path))

    assert result.exit_code == MATCH, result.output


@pytest.mark.parametrize(
    "values",
    [
        {"figures": "1-0123456789abcdef"},
        {"norm": "giga-5"},
        {"basis": "measured"},
        {"by": "area_type"},
        {"admin1": "XA20"},
        {"boundaries": "admin1:2021,admin2:2024"},
        {"sha256": "0" * 64},
    ],
    ids=str,
)
def test_altered_link_does_not_match(app: Flask, elsewhere: Callable[..., Result], tmp_path: Path, values: dict[str, str]) -> None:
    link = altered(link_of(app, "release=2&by=admin1&admin1=XA10"), **values)
    (file,) = downloaded(app, tmp_path, 2)

    for result in (verifying(app)(link), elsewhere(link, "--file", file)):
        assert (result.exit_code, result.stdout.splitlines()[0]) == (NO_MATCH, "no match"), result.output


def test_file_with_one_other_byte_does_not_match_and_says_its_sha256(app: Flask, elsewhere: Callable[..., Result], tmp_path: Path) -> None:
    (file,) = downloaded(app, tmp_path, 2)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    result = elsewhere(link_of(app, "release=2"), "--file", file)

    assert result.exit_code == NO_MATCH
    assert f"{file.name} has sha256" in result.stdout


@pytest.mark.parametrize("made", ["no columns", "one column less", "a word that there is not", "cut off"])
def test_file_that_is_none_of_a_release_is_not_checked_though_the_link_has_its_sha256(
    app: Flask, elsewhere: Callable[..., Result], tmp_path: Path, made: str
) -> None:
    (file,) = downloaded(app, tmp_path, 2)
    table, place = pq.read_table(file), pq.read_schema(file).get_field_index("connectivity")
    tables = {
        "no columns": pa.table({"a": [1]}),
        "one column less": table.remove_column(place),
        "a word that there is not": table.set_column(place, "connectivity", pa.array(["perhaps"] * len(table))),
    }
    file.write_bytes(file.read_bytes()[:-100]) if made == "cut off" else pq.write_table(tables[made], file)
    link = altered(link_of(app, "release=2"), sha256=hashlib.sha256(file.read_bytes()).hexdigest())

    result = elsewhere(link, "--file", file)

    assert (result.exit_code, "is not a release file" in result.stderr) == (NOT_CHECKED, True), result.output


def test_file_of_another_release_does_not_match(app: Flask, elsewhere: Callable[..., Result], tmp_path: Path) -> None:
    assert elsewhere(link_of(app, "release=2"), "--file", *downloaded(app, tmp_path, 3)).exit_code == NO_MATCH


def test_what_a_damaged_serving_copy_made_the_service_say_does_not_match(tmp_path: Path) -> None:
    data = make_cited(tmp_path)
    app = application(Settings(data_dir=data, secret_key=SECRET_KEY, load_demo=False, testing=True))
    workspace: Workspace = app.extensions[WORKSPACE]
    record = current_release(workspace)
    assert record is not None
    make_everybody_connected(workspace, record)

    wrong = app.test_client().get(COVERAGE).json
    result = verifying(app)(wrong["citation_link"], "--json")
    workspace.close()

    assert wrong["total"]["schools_unconnected"] == 0
    told = json.loads(result.stdout)
    assert (result.exit_code, told["outcome"]) == (NO_MATCH, "no match")
    assert told["totals"][0]["schools_unconnected"] > 0


def make_everybody_connected(workspace: Workspace, record: ReleaseRecord) -> None:
    """Write a serving copy that is not what the release file says."""
    table = workspace.release_files.open(record)
    (copy,) = workspace.settings.data_dir.rglob(f"*{record.sha256}*.arrow")
    word = pa.scalar("yes").cast(table["connectivity"].type.value_type)
    all_yes = pc.dictionary_encode(pa.array([word.as_py()] * table.num_rows)).cast(SERVING_SCHEMA.field("connectivity").type)
    table = table.set_column(table.schema.get_field_index("connectivity"), SERVING_SCHEMA.field("connectivity"), all_yes)
    copy.unlink()
    with pa.ipc.new_file(str(copy), SERVING_SCHEMA) as writer:
        writer.write_table(table)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"figures": "9-0123456789abcdef", "software": "0.9.1"}, "Qosyl 0.9.1 can verify it"),
        ({"figures": ""}, "no figures"),
        ({"release": "77"}, "no release 77"),
        ({"by": "colour"}, "'by'"),
        ({"norm": "fast"}, "'norm'"),
    ],
    ids=str,
)
def test_what_cannot_be_checked_is_neither_match_nor_mismatch(app: Flask, values: dict[str, str], said: str) -> None:
    result = verifying(app)(altered(link_of(app, "release=2"), **values))

    assert result.exit_code == NOT_CHECKED
    assert said in result.stderr
    assert result.stdout == ""


def test_region_that_the_file_does_not_know_is_not_counted_as_0(app: Flask, elsewhere: Callable[..., Result], tmp_path: Path) -> None:
    (file,) = downloaded(app, tmp_path, 2)

    result = elsewhere(altered(link_of(app, "release=2"), admin1="XA99"), "--file", file)

    assert result.exit_code == NOT_CHECKED
    assert "XA99" in result.stderr


def test_withdrawn_release_is_not_read_from_the_store(tmp_path: Path) -> None:
    app = application(Settings(data_dir=make_cited(tmp_path), secret_key=SECRET_KEY, load_demo=False, testing=True))
    link = link_of(app, "release=2")
    withdraw_release(app.extensions[WORKSPACE], 2, reason="names of children", actor=None)

    result = verifying(app)(link)
    app.extensions[WORKSPACE].close()

    assert result.exit_code == NOT_CHECKED
    assert "withdrawn" in result.stderr


def test_json_has_every_figure_of_the_answer(app: Flask) -> None:
    answer = app.test_client().get(f"{COVERAGE}?by=area_type&release=2").json

    told = json.loads(verifying(app)(answer["citation_link"], "--json").stdout)

    assert told["outcome"] == "match"
    assert told["figures_counted"] == told["figures_cited"]
    for mine, theirs in zip([*told["rows"], *told["totals"]], [*answer["rows"], answer["total"]], strict=True):
        assert {name: mine[name] for name in theirs} == theirs


@pytest.mark.parametrize("query", [*QUERIES[2:6:3], "by=admin1,status&weight=students", "norm=20,30&release=2"])
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_saved_answer_matches_until_one_figure_is_changed(app: Flask, tmp_path: Path, query: str, kind: str) -> None:
    link, saved = link_of(app, query), tmp_path / f"answer.{kind}"
    text = app.test_client().get(f"{COVERAGE}?{query}&f={kind}").data.decode()
    saved.write_text(text, encoding="utf-8", newline="")
    untouched = verifying(app)(link, "--answer", saved)
    number = r'(?<=s_unknown":)\d+' if kind == "json" else r"(?<=,)\d+(?=,[^,]*\r\n)"

    saved.write_text(re.sub(number, lambda found: f"1{found[0]}", text, count=1), encoding="utf-8", newline="")
    touched = verifying(app)(link, "--answer", saved)

    assert (untouched.exit_code, touched.exit_code) == (MATCH, NO_MATCH), untouched.output + touched.output
    assert "and the answer says" in touched.stdout


@pytest.mark.parametrize(
    ("content", "exit_code"),
    [
        (b"", NOT_CHECKED),
        (b"{", NOT_CHECKED),
        (b'{"rows": [], "total": 5}', NOT_CHECKED),
        (b'{"rows": [1], "total": null}', NOT_CHECKED),
        (b"\xff\xfe", NOT_CHECKED),
        (b"a,b\r\n1,2\r\n", NOT_CHECKED),
        (b"norm,schools\r\ngiga-5,24\r\n", NO_MATCH),
        (b"norm,schools\r\nkz-2023,24\r\nkz-2023,24\r\n", NO_MATCH),
        (b"norm,schools\r\nkz-2023,many\r\n", NO_MATCH),
        (b"norm,schools\r\nkz-2023,24\r\n", MATCH),
    ],
)
def test_answer_that_is_none_is_told_from_one_that_is_wrong(app: Flask, tmp_path: Path, content: bytes, exit_code: int) -> None:
    (tmp_path / "answer").write_bytes(content)

    result = verifying(app)(link_of(app, "release=2"), "--answer", tmp_path / "answer")

    assert result.exit_code == exit_code, result.output


def test_colour_is_left_out_where_no_color_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    result = app.test_cli_runner().invoke(args=["verify", link_of(app, "release=2")], color=True)

    assert result.stdout.startswith("match\n")


def test_release_file_is_given_byte_for_byte_with_its_digest_and_by_ranges(app: Flask, tmp_path: Path) -> None:
    client = app.test_client()
    workspace: Workspace = app.extensions[WORKSPACE]
    record = workspace.release(2)
    own = workspace.release_files.read_bytes_path(record)
    shutil.copy(own, tmp_path / "own")

    whole = client.get("/api/v1/releases/2/file")
    part = client.get("/api/v1/releases/2/file", headers={"Range": "bytes=100-199", "If-Range": f'"{record.sha256}"'})
    head = client.head(f"/api/v1/releases/2/file?sha256={record.sha256}")

    assert whole.data == (tmp_path / "own").read_bytes()
    assert whole.headers["ETag"] == f'"{record.sha256}"'
    assert whole.headers["Repr-Digest"].startswith("sha-256=:")
    assert whole.headers["Cache-Control"] == FIXED_RELEASE
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert (head.status_code, head.data, int(head.headers["Content-Length"])) == (200, b"", record.byte_count)
    assert head.headers["Cache-Control"] == IMMUTABLE
    assert client.get("/api/v1/releases/2/file", headers={"If-None-Match": f'"{record.sha256}"'}).status_code == 304
    assert client.get(f"/api/v1/releases/2/file?sha256={'0' * 64}").json["code"] == "citation_mismatch"
    assert client.get("/api/v1/releases/99/file").status_code == 404
