"""From lists to one table of our columns: joined on Giga's id, read strictly, nothing guessed."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pandas as pd
import pytest

from geo.errors import SourceFailed
from geo.giga import Client, Pulled, Wanted, dated, pull
from geo.giga.pull import connection_type, sources_of
from geo.model import SpeedUnit
from tests.giga.interface import KEYS, QUICK, Interface, location, measurement, profile

TODAY = date(2026, 3, 30)
ALL = Wanted("KAZ", TODAY, measured_days=30, measured_unit=SpeedUnit.KBPS)


def pulled(interface: Interface, wanted: Wanted = ALL) -> Pulled:
    with Client(interface.address, KEYS, limits=QUICK) as client:
        return pull(client, wanted)


def schools(interface: Interface, wanted: Wanted = ALL) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in pulled(interface, wanted).frame.to_dict("records")]


def fault(interface: Interface, wanted: Wanted = ALL) -> str:
    with pytest.raises(SourceFailed) as caught:
        pulled(interface, wanted)
    return caught.value.reason


def test_lists_are_joined_on_gigas_id(interface: Interface) -> None:
    interface.lists = {
        "schools_location": [location(1, giga_id_school="0000000A"), location(2)],
        "schools_profile": [profile(2, connectivity=False)],
        "all_measurements": [measurement(1, "2026-03-29", 40_000, giga_id_school="0000000a")],
    }

    first, second = schools(interface)

    assert first == {
        "school_id_giga": "0000000A",
        "school_name": "School 1",
        "latitude": "50.501",
        "longitude": "70.5",
        "education_level": "Secondary",
        "school_source": "Giga: Ministry (ODbL 1.0)",
        "location_source": "Giga: Ministry (ODbL 1.0)",
        "admin1": None,
        "admin2": None,
        "school_area_type": None,
        "connectivity": None,
        "connectivity_type": None,
        "connectivity_source": None,
        "connectivity_type_source": None,
        "download_speed_measured_mbps": "40.0000",
        "download_speed_measured_collected_on": "2026-03-29",
        "download_speed_measured_source": "Giga: Giga Meter (CC BY 4.0)",
        "country": "KAZ",
    }
    assert (second["connectivity"], second["connectivity_type"], second["school_area_type"]) == ("no", "xdsl", "rural")
    assert (second["admin1"], second["admin2"]) == ("Akmola", None)
    assert second["connectivity_source"] == "Giga: Ministry (CC BY 4.0)"
    assert second["download_speed_measured_mbps"] is None


def test_each_endpoint_is_asked_with_its_own_key_and_for_the_country_and_period(interface: Interface) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, "2026-03-29", 40_000)],
    }

    pulled(interface)

    assert [headers["authorization"].removeprefix("Bearer ") for _, _, headers in interface.asked] == list(KEYS.values())
    assert [path for path, _, _ in interface.asked] == [
        "/api/v1/schools_location/country/KAZ",
        "/api/v1/schools_profile",
        "/api/v1/all_measurements",
    ]
    assert [query.get("country_iso3_code") for _, query, _ in interface.asked] == [None, "KAZ", "KAZ"]
    assert (interface.asked[2][1]["start_date"], interface.asked[2][1]["end_date"]) == ("2026-03-01", "2026-03-30")


def test_locations_alone_can_be_pulled(interface: Interface) -> None:
    interface.lists = {"schools_location": [location(1)]}

    (school,) = schools(interface, Wanted("KAZ", TODAY, has_profiles=False))

    assert "connectivity" not in school
    assert len(interface.asked) == 1


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (True, "yes"),
        (False, "no"),
        (None, None),
        ("null", None),
        ("unknown", None),
        ("True", "yes"),
        ("disconnected", "no"),
        ("connected", "yes"),
        ("perhaps", "perhaps"),
    ],
)
def test_connectivity_is_what_was_said_and_nothing_is_not_no(interface: Interface, sent: Any, read: str | None) -> None:
    interface.lists = {"schools_location": [location(1), location(2)], "schools_profile": [profile(1, connectivity=sent), profile(2)]}

    assert schools(interface, Wanted("KAZ", TODAY))[0]["connectivity"] == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("{ADSL,NULL}", "xdsl"),
        ('{"Fiber Optic",NULL}', "fiber"),
        ("{NULL,NULL}", None),
        ("{}", None),
        ("{Other,VSAT}", "satellite"),
        ("{Unknown,Other}", "unknown"),
        ("{Fibre,Satellite}", "fiber"),
        ("Starlink", "satellite"),
        ("{Carrier pigeon}", "Carrier pigeon"),
        ("{Carrier pigeon,4G}", "cellular"),
    ],
)
def test_connection_type_is_read_from_database_arrays(sent: str, read: str | None) -> None:
    assert connection_type(sent) == read


@pytest.mark.parametrize("endpoint", ["schools_location", "schools_profile", "all_measurements"])
def test_list_with_a_record_of_another_country_is_refused(interface: Interface, endpoint: str) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, "2026-03-29", 40_000)],
    }
    interface.lists[endpoint] = [*interface.lists[endpoint], interface.lists[endpoint][0] | {"country_iso3_code": "UZB"}]

    assert fault(interface) == "wrong_country"


def test_country_without_schools_is_a_failure_and_not_an_empty_list(interface: Interface) -> None:
    assert fault(interface) == "no_data"


@pytest.mark.parametrize(
    ("endpoint", "field"),
    [
        ("schools_location", "latitude"),
        ("schools_profile", "connectivity"),
        ("all_measurements", "date"),
        ("all_measurements", "download_speed"),
    ],
)
def test_field_that_is_gone_from_every_record_is_a_changed_schema(interface: Interface, endpoint: str, field: str) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, "2026-03-29", 40_000)],
    }
    del interface.lists[endpoint][0][field]

    assert fault(interface) == "schema_changed"


def test_what_is_left_out_is_counted(interface: Interface) -> None:
    interface.lists = {
        "schools_location": [location(1), location(1), location(2), location(3, giga_id_school=None)],
        "schools_profile": [profile(1), profile(1, connectivity=False), profile(2), profile(2), profile(9)],
        "all_measurements": [
            measurement(2, "2026-03-29", 40_000),
            measurement(2, "2026-02-01", 40_000),
            measurement(2, "2026-03-31", 40_000),
            measurement(2, "2026-03-29", None),
            measurement(2, "2026-03-29", -1),
            measurement(8, "2026-03-29", 40_000),
        ],
    }

    result = pulled(interface)

    assert result.counts == {
        "locations": 4,
        "locations_without_id": 1,
        "profiles": 5,
        "profiles_contradicting": 2,
        "profiles_without_location": 1,
        "measurements": 6,
        "measurements_outside_period": 2,
        "measurements_without_speed": 2,
        "measured_schools": 2,
        "measured_schools_without_location": 1,
    }
    assert list(result.frame["connectivity"]) == [None, "yes"]


@pytest.mark.parametrize(
    ("unit", "speeds", "median"),
    [
        (SpeedUnit.KBPS, [1000, 9000, 2000], "2.0000"),
        (SpeedUnit.BPS, [1_000_000, 9_000_000], "5.0000"),
        (SpeedUnit.MBPS, [0, 0, 0.5, 7, "12.5"], "0.5000"),
    ],
)
def test_measured_speed_is_the_median_in_the_unit_of_the_source(
    interface: Interface, unit: SpeedUnit, speeds: list[Any], median: str
) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, f"2026-03-{day:02d}T08:00:00Z", speed) for day, speed in enumerate(speeds, 10)],
    }

    (school,) = schools(interface, Wanted("KAZ", TODAY, measured_days=30, measured_unit=unit))

    assert school["download_speed_measured_mbps"] == median
    assert school["download_speed_measured_collected_on"] == f"2026-03-{9 + len(speeds)}"


@pytest.mark.parametrize("unit", [SpeedUnit.MBPS, SpeedUnit.BPS])
def test_unit_that_cannot_be_right_is_refused(interface: Interface, unit: SpeedUnit) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, "2026-03-29", 20_000)],
    }

    assert fault(interface, Wanted("KAZ", TODAY, measured_days=30, measured_unit=unit)) == "implausible_speeds"


@pytest.mark.parametrize(
    ("field", "value"), [("date", "29.03.2026"), ("date", "yesterday"), ("date", "2026-02-30"), ("date", None), ("download_speed", "fast")]
)
def test_measurement_that_cannot_be_read_is_a_changed_schema(interface: Interface, field: str, value: str) -> None:
    interface.lists = {
        "schools_location": [location(1)],
        "schools_profile": [profile(1)],
        "all_measurements": [measurement(1, "2026-03-29", 20_000) | {field: value}],
    }

    assert fault(interface) == "schema_changed"


def test_no_measurements_in_the_period_is_no_failure(interface: Interface) -> None:
    interface.lists = {"schools_location": [location(1)], "schools_profile": [profile(1)]}

    (school,) = schools(interface)

    assert school["download_speed_measured_mbps"] is None


def test_source_names_giga_and_its_licence() -> None:
    named = pd.Series(["Ministry", None, "x" * 300], dtype=object)

    assert list(sources_of(named, "ODbL 1.0")) == ["Giga: Ministry (ODbL 1.0)", "Giga (ODbL 1.0)", "Giga (ODbL 1.0)"]


def test_list_where_every_record_has_a_source_of_its_own_has_one_source() -> None:
    named = pd.Series([f"source {number}" for number in range(1000)], dtype=object)

    assert set(sources_of(named, "ODbL 1.0")) == {"Giga (ODbL 1.0)"}


# since when a value is given


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})


def test_value_that_stays_keeps_its_day_and_one_that_changes_gets_a_new_one() -> None:
    former = dated(frame(school_id_giga=["a", "b"], connectivity=["yes", "no"]), None, today=date(2026, 1, 1))

    now = dated(frame(school_id_giga=["b", "c", "a"], connectivity=["yes", "yes", "yes"]), former, today=TODAY)

    assert list(former["connectivity_collected_on"]) == ["2026-01-01", "2026-01-01"]
    assert list(now["connectivity_collected_on"]) == ["2026-03-30", "2026-03-30", "2026-01-01"]


def test_fact_of_two_columns_has_a_new_day_when_one_of_them_changes() -> None:
    former = dated(frame(school_id_giga=["a"], latitude=["50.1"], longitude=["70.1"]), None, today=date(2026, 1, 1))

    now = dated(frame(school_id_giga=["a"], latitude=["50.1"], longitude=["70.2"]), former, today=TODAY)

    assert list(now["location_collected_on"]) == ["2026-03-30"]


def test_day_of_a_measurement_is_its_own() -> None:
    measured = frame(school_id_giga=["a"], download_speed_measured_mbps=["5.0"], download_speed_measured_collected_on=["2026-02-02"])

    assert dated(measured, None, today=TODAY).equals(measured)


def test_coordinates_are_written_as_they_were_sent(interface: Interface) -> None:
    interface.lists = {
        "schools_location": [location(1, latitude=51.1694, longitude=71), location(2, latitude=-0.00001, longitude="71.4491")]
    }

    found = [(row["latitude"], row["longitude"]) for row in schools(interface, Wanted("KAZ", TODAY, has_profiles=False))]

    assert found == [("51.1694", "71"), ("-1e-05", "71.4491")]
    assert math.isclose(float(found[1][0]), -0.00001)
