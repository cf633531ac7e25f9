"""Release files and serving copies: what is written is read back, and what was damaged is refused."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.config import Settings
from geo.errors import ConfigurationError, DamagedFile, StoreFull, StoreUnavailable
from geo.model import ReleaseKind, ReleaseRecord
from geo.schools import RELEASE_SCHEMA, school_columns
from geo.store import SERVING_SCHEMA, ReleaseFiles, WrittenFile
from geo.store.faults import file_faults
from geo.store.serving_copies import ServingCopies
from geo.store.tables import now
from tests.builders import make_release_table, make_school
from tests.store.publishing import numbered_table, settings_for

SCHOOLS = make_release_table(
    make_school(
        "007",
        school_name="Мектеп `${7*7}`",
        longitude=76.95,
        latitude=43.25,
        num_students=120,
        admin1="KZ75",
        connectivity="yes",
        connectivity_import=1,
        connectivity_collected_on=date(2025, 1, 31),
    ),
    make_school("008", school_name="مدرسة", longitude=71.4, latitude=51.2, admin1="KZ71", connectivity="no"),
    make_school("009", longitude=70.0),
    make_school("010", longitude=0.0, latitude=0.0, admin1="KZ75"),
)


@pytest.fixture(params=["directory", "file address", "memory address"])
def placed_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with release files in each kind of place."""
    data_url = {"directory": None, "file address": f"file://{tmp_path}/shared", "memory address": f"memory://{uuid4().hex}"}
    return settings_for(tmp_path / "var", data_url=data_url[request.param])


@pytest.fixture
def files(tmp_path: Path) -> ReleaseFiles:
    """Release files in a directory."""
    return ReleaseFiles(settings_for(tmp_path / "var"))


def record_of(written: WrittenFile, table: pa.Table, **values: Any) -> ReleaseRecord:
    """The catalog's row for a file."""
    given: dict[str, Any] = {
        "id": 1,
        "parent_id": None,
        "kind": ReleaseKind.IMPORT,
        "file_name": written.file_name,
        "sha256": written.sha256,
        "byte_count": written.byte_count,
        "school_count": table.num_rows,
        "country": None,
        "boundaries": {},
        "vintages": {},
        "sources": (),
        "counts": {},
        "import_id": None,
        "undone_release_id": None,
        "reason": "",
        "published_at": now(),
        "published_by": "tester",
        "software_version": "0",
    }
    return ReleaseRecord(**given | values)


def written_record(files: ReleaseFiles, table: pa.Table) -> ReleaseRecord:
    return record_of(files.write(table, {}), table)


@contextmanager
def largest_file(byte_count: int) -> Iterator[None]:
    """Files of this process cannot grow beyond a size, as if the disk were full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestReadingBack:
    def test_a_release_is_read_back_row_by_row_from_any_place(self, placed_settings: Settings) -> None:
        files = ReleaseFiles(placed_settings)

        record = written_record(files, SCHOOLS)
        opened = files.open(record)

        assert opened.schema == SERVING_SCHEMA
        assert opened.to_pylist() == SCHOOLS.to_pylist()

    def test_another_machine_reads_a_release_from_a_shared_place(self, tmp_path: Path) -> None:
        address = f"memory://{uuid4().hex}"
        one = ReleaseFiles(settings_for(tmp_path / "one", data_url=address))
        two = ReleaseFiles(settings_for(tmp_path / "two", data_url=address))

        record = written_record(one, SCHOOLS)

        assert not two.is_prepared(record)
        assert two.open(record).to_pylist() == SCHOOLS.to_pylist()
        assert two.read_bytes_path(record).read_bytes() == one.read_bytes_path(record).read_bytes()

    def test_text_columns_plain_or_coded_give_the_same_release(self, files: ReleaseFiles) -> None:
        coded_columns = [column.dictionary_encode() if pa.types.is_string(column.type) else column for column in SCHOOLS.columns]
        coded = pa.table(coded_columns, names=SCHOOLS.column_names)

        opened = files.open(written_record(files, coded))

        assert opened.to_pylist() == SCHOOLS.to_pylist()

    def test_an_opened_release_can_be_written_again(self, files: ReleaseFiles) -> None:
        opened = files.open(written_record(files, SCHOOLS))

        again = files.open(written_record(files, opened))

        assert again.equals(opened)

    def test_a_release_without_schools_is_a_release(self, files: ReleaseFiles) -> None:
        empty = RELEASE_SCHEMA.empty_table()

        record = written_record(files, empty)

        assert files.open(record).num_rows == 0
        assert geopandas.read_parquet(files.read_bytes_path(record)).empty

    def test_rows_keep_the_order_they_were_given_in_across_row_groups(self, files: ReleaseFiles) -> None:
        table = numbered_table(1, 250_001)

        opened = files.open(written_record(files, table))

        assert opened["school_id"].equals(table["school_id"])
        assert opened["connectivity"].num_chunks == 1
        assert school_columns(opened).longitude.tolist() == table["longitude"].to_pylist()

    def test_the_metadata_is_read_back(self, placed_settings: Settings) -> None:
        files = ReleaseFiles(placed_settings)
        metadata = {"release": 1, "sources": ["министерство"], "demo": True}

        record = record_of(files.write(SCHOOLS, metadata), SCHOOLS)

        assert files.metadata_of(record) == metadata

    def test_opening_maps_the_columns_without_copying_them(self, files: ReleaseFiles) -> None:
        table = numbered_table(1, 100_000)
        record = written_record(files, table)
        files.prepare(record)
        before = pa.total_allocated_bytes()

        opened = files.open(record)
        longitude = opened["longitude"].chunk(0).to_numpy(zero_copy_only=True)

        assert pa.total_allocated_bytes() - before < 10_000
        assert longitude[0] == pytest.approx(46.5)

    def test_one_file_may_serve_two_releases(self, files: ReleaseFiles) -> None:
        written = files.write(SCHOOLS, {})

        first, third = record_of(written, SCHOOLS), record_of(written, SCHOOLS, id=3, parent_id=2)

        assert files.open(first).equals(files.open(third))
        assert len(files.folder.entries()) == 1


class TestGeoParquet:
    def test_geopandas_reads_points_longitude_first_in_wgs84(self, files: ReleaseFiles) -> None:
        frame = geopandas.read_parquet(files.read_bytes_path(written_record(files, SCHOOLS)))

        expected = [shapely.Point(76.95, 43.25), shapely.Point(71.4, 51.2), None, None]
        assert list(frame.geometry) == expected
        assert frame.crs.to_string() == "OGC:CRS84"
        assert list(frame["school_id"]) == ["007", "008", "009", "010"]

    def test_the_file_says_what_geoparquet_1_1_asks(self, files: ReleaseFiles) -> None:
        path = files.read_bytes_path(written_record(files, SCHOOLS))

        geo = json.loads(pq.read_metadata(path).metadata[b"geo"])

        column = {"encoding": "WKB", "geometry_types": ["Point"], "bbox": [71.4, 43.25, 76.95, 51.2]}
        assert geo == {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}

    def test_pyarrow_reads_plain_columns_in_the_order_of_the_schema(self, files: ReleaseFiles) -> None:
        path = files.read_bytes_path(written_record(files, SCHOOLS))

        table = pq.read_table(path)

        assert table.column_names == [*RELEASE_SCHEMA.names, "geometry"]
        assert table.select(RELEASE_SCHEMA.names).schema.equals(RELEASE_SCHEMA)
        assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"

    def test_a_position_that_is_not_finite_has_no_point(self, files: ReleaseFiles) -> None:
        odd = make_release_table(*(make_school(str(value), longitude=value, latitude=50.0) for value in (np.nan, np.inf, -np.inf)))

        frame = geopandas.read_parquet(files.read_bytes_path(written_record(files, odd)))

        assert list(frame.geometry) == [None, None, None]

    def test_a_point_on_the_equator_or_the_first_meridian_stays(self, files: ReleaseFiles) -> None:
        edges = make_release_table(make_school("a", longitude=0.0, latitude=5.6), make_school("b", longitude=36.0, latitude=0.0))

        frame = geopandas.read_parquet(files.read_bytes_path(written_record(files, edges)))

        assert list(frame.geometry) == [shapely.Point(0, 5.6), shapely.Point(36, 0)]

    @pytest.mark.parametrize(
        ("table", "message"),
        [
            (SCHOOLS.drop_columns(["latency_ms"]), r"missing or not known: \['latency_ms'\]"),
            (SCHOOLS.append_column("env", SCHOOLS["school_id"]), r"missing or not known: \['env'\]"),
            (SCHOOLS.select(RELEASE_SCHEMA.names[::-1]), "in their order"),
            (SCHOOLS.set_column(0, "school_id", [pa.array([1, 2, 3, 4])]), "column school_id of a release is string; got int64"),
            (SCHOOLS.set_column(0, "school_id", [pa.nulls(4, pa.string())]), "column school_id of a release is required; 4 rows have none"),
        ],
        ids=["a column too few", "a column too many", "another order", "another type", "no id"],
    )
    def test_a_table_that_is_not_a_release_is_refused_and_leaves_no_file(self, files: ReleaseFiles, table: pa.Table, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            files.write(table, {})

        assert files.folder.entries() == ()

    def test_metadata_that_json_cannot_hold_is_refused(self, files: ReleaseFiles) -> None:
        with pytest.raises(ValueError, match="not JSON compliant"):
            files.write(SCHOOLS, {"share": float("nan")})

        assert files.folder.entries() == ()


class TestDamage:
    def test_a_file_with_one_byte_changed_is_refused(self, files: ReleaseFiles) -> None:
        record = written_record(files, SCHOOLS)
        path = files.read_bytes_path(record)
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)

        with pytest.raises(DamagedFile, match=rf"release 1 is damaged: its sha256 is .*the catalog says {record.sha256[:12]}"):
            files.open(record)
        with pytest.raises(DamagedFile, match="is damaged"):
            files.verify(record)
        assert not files.is_prepared(record)

    def test_a_damaged_file_in_a_shared_place_is_refused_and_not_kept(self, tmp_path: Path) -> None:
        address = f"memory://{uuid4().hex}"
        record = written_record(ReleaseFiles(settings_for(tmp_path / "one", data_url=address)), SCHOOLS)
        other = ReleaseFiles(settings_for(tmp_path / "two", data_url=address))
        wrong = record_of(WrittenFile(record.file_name, "0" * 64, record.byte_count), SCHOOLS)

        for read in (other.open, other.read_bytes_path, other.verify):
            with pytest.raises(DamagedFile, match="is damaged"):
                read(wrong)

        assert other.open(record).num_rows == 4

    def test_a_missing_file_is_refused(self, placed_settings: Settings) -> None:
        files = ReleaseFiles(placed_settings)
        record = record_of(WrittenFile("20250101T000000-0.parquet", "0" * 64, 1), SCHOOLS)

        for read in (files.open, files.read_bytes_path, files.verify, files.metadata_of, files.prepare):
            with pytest.raises(DamagedFile, match=r"the file 20250101T000000-0.parquet of release 1 is missing"):
                read(record)

    def test_a_file_cut_short_is_not_sent(self, files: ReleaseFiles) -> None:
        record = written_record(files, SCHOOLS)
        path = files.read_bytes_path(record)
        path.write_bytes(path.read_bytes()[:-10])

        with pytest.raises(DamagedFile, match=rf"has {record.byte_count - 10} bytes; the catalog says {record.byte_count}"):
            files.read_bytes_path(record)

    def test_a_catalog_that_says_another_number_of_schools_is_refused(self, files: ReleaseFiles) -> None:
        record = record_of(files.write(SCHOOLS, {}), SCHOOLS, school_count=5)

        with pytest.raises(DamagedFile, match="has 4 schools; the catalog says 5"):
            files.open(record)

    @pytest.mark.parametrize("kept_bytes", [0, 100, 2000])
    def test_a_serving_copy_cut_short_is_made_again(self, files: ReleaseFiles, kept_bytes: int) -> None:
        record = written_record(files, SCHOOLS)
        files.prepare(record)
        copy = files.cache.directory / ServingCopies.name_of(record.sha256)
        copy.write_bytes(copy.read_bytes()[:kept_bytes])

        assert files.open(record).to_pylist() == SCHOOLS.to_pylist()

    def test_readers_at_once_make_one_serving_copy(self, files: ReleaseFiles) -> None:
        record = written_record(files, numbered_table(1, 20_000))
        copies = ServingCopies(files.cache)
        asked: list[Path] = []

        def verified() -> Path:
            asked.append(files.read_bytes_path(record))
            return asked[-1]

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: copies.make(record.sha256, verified), range(8)))

        assert len(asked) == 1
        assert files.open(record).num_rows == 20_000

    def test_the_serving_copy_is_made_only_once(self, files: ReleaseFiles) -> None:
        record = written_record(files, SCHOOLS)
        files.prepare(record)
        files.read_bytes_path(record).unlink()

        files.prepare(record)

        assert files.open(record).num_rows == 4


class TestNoSpace:
    def test_no_space_for_a_release_file_is_store_full_and_leaves_nothing(self, placed_settings: Settings) -> None:
        files = ReleaseFiles(placed_settings)
        table = numbered_table(1, 50_000)

        with largest_file(50_000), pytest.raises(StoreFull, match=r"no space left for the (release file|cache)"):
            files.write(table, {})

        assert files.folder.entries() == files.cache.entries() == ()
        assert files.open(written_record(files, table)).num_rows == 50_000

    def test_no_space_for_a_serving_copy_is_store_full_and_leaves_nothing(self, files: ReleaseFiles) -> None:
        record = written_record(files, numbered_table(1, 50_000))

        with largest_file(50_000), pytest.raises(StoreFull, match="no space left for the cache"):
            files.open(record)

        assert [entry.name for entry in files.cache.entries()] == ["making.lock"]
        assert files.open(record).num_rows == 50_000

    def test_a_device_without_space_is_store_full(self) -> None:
        with pytest.raises(StoreFull, match="no space left for the release file"), file_faults("release file"):
            Path("/dev/full").write_bytes(b"x")

    def test_a_directory_that_cannot_be_made_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")

        with pytest.raises(StoreUnavailable, match="the release file cannot be read or written now: Not a directory"):
            ReleaseFiles(settings_for(tmp_path / "file")).write(SCHOOLS, {})

    @pytest.mark.parametrize("address", ["nosuchsystem://bucket", "s3://bucket/qosyl"])
    def test_an_address_of_a_file_system_that_is_not_installed_is_refused(self, tmp_path: Path, address: str) -> None:
        with pytest.raises(ConfigurationError, match="DATA_URL"):
            ReleaseFiles(settings_for(tmp_path, data_url=address))
