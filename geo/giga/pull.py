"""One pull: the lists of a country, joined on Giga's id, as the columns of a file that anybody could have uploaded.

Pure but for the calls that `geo.giga.client` makes. What it leaves out it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.column_table import word_of
from geo.errors import SourceFailed
from geo.giga.answers import COUNTRY_FIELD, ID_FIELD, LOCATIONS, MEASUREMENTS, PROFILES
from geo.giga.client import Client
from geo.giga.speeds import measured_speeds
from geo.model import SpeedUnit

LICENCE_OF_LOCATIONS = "ODbL 1.0"
LICENCE_OF_FACTS = "CC BY 4.0"
"""Giga's licences: country and location data under the first, all other data of its interface under the second."""
KEY = "giga_id"
"""Column that lists are joined on: Giga's id in lower case, since one list may write it otherwise than another."""
MAX_SOURCES = 40
"""More different sources than this in one list are no sources; "Giga" alone is named then."""
MAX_SOURCE_CHARACTERS = 200
OPEN_TYPES = ("unknown", "other")
"""Connection types that say the least; a list that names another one beside them means that."""

Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to pull.

    Parameters
    ----------
    country
        ISO 3166-1 code of three letters.
    has_profiles
        Whether the profiles are pulled too; without them there are names and places alone.
    measured_days
        Length of the period whose measurements are pulled, up to and with `today`; 0 pulls none.
    measured_unit
        Unit of the interface's speeds: nobody can tell from the interface.
    """

    country: str
    today: date
    has_profiles: bool = True
    measured_days: int = 0
    measured_unit: SpeedUnit | None = None

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Endpoints that are asked, each with a key of its own."""
        measured = (MEASUREMENTS.endpoint,) if self.measured_days else ()
        profiled = (PROFILES.endpoint,) if self.has_profiles else ()
        return (LOCATIONS.endpoint, *profiled, *measured)


@dataclass(frozen=True, slots=True)
class Pulled:
    """A pull's table and what there is to say about it.

    Parameters
    ----------
    frame
        One row a school, text in every column, None where nothing is known; columns by our names. Facts of the lists have no date:
        the interface gives none.
    counts
        Records of each list, and what was left out of them, by what it was.
    """

    frame: pd.DataFrame
    counts: dict[str, int]


def pull(client: Client, wanted: Wanted) -> Pulled:
    """Pull the lists of a country and join them on Giga's id.

    Raises
    ------
    SourceFailed
        The interface did anything else than answer as it is described, or has no schools of the country, or has records of another.
    """
    locations = _frame(client.records(LOCATIONS, f"{LOCATIONS.endpoint}/country/{wanted.country}"), LOCATIONS.endpoint, wanted)
    counts = {"locations": len(locations)}
    locations = _with_id(locations, "locations", counts).drop_duplicates(ignore_index=True)
    if locations.empty:
        raise SourceFailed("no_data", f"{LOCATIONS.endpoint}: the interface has no schools of {wanted.country}")
    frame = _school_columns(locations)
    if wanted.has_profiles:
        found = _frame(client.records(PROFILES, PROFILES.endpoint, {COUNTRY_FIELD: wanted.country}), PROFILES.endpoint, wanted)
        frame = _joined(frame, _profile_columns(found, counts), "profiles", counts)
    if wanted.measured_days:
        frame = _joined(frame, _measured_columns(client, wanted, counts), "measured_schools", counts)
    frame = frame.drop(columns=KEY).assign(country=wanted.country)
    return Pulled(frame.astype(object).where(frame.notna(), None), counts)


def _frame(table: pa.Table, endpoint: str, wanted: Wanted) -> pd.DataFrame:
    """A list as a frame of text and None.

    Raises
    ------
    SourceFailed
        `wrong_country`: a record of another country. One that names none is taken for ours.
    """
    _check_country(table[COUNTRY_FIELD], endpoint, wanted)
    return pd.DataFrame({name: pd.Series(table[name].to_numpy(), dtype=object) for name in table.column_names})


def _check_country(countries: pa.ChunkedArray, endpoint: str, wanted: Wanted) -> None:
    if pc.any(pc.not_equal(pc.utf8_upper(countries), wanted.country)).as_py():
        raise SourceFailed("wrong_country", f"{endpoint}: {wanted.country} was asked for, records of another country came")


def _with_id(frame: pd.DataFrame, what: str, counts: dict[str, int]) -> pd.DataFrame:
    """Records that say which school they are about; the others are counted."""
    is_named = frame[ID_FIELD].notna()
    if not is_named.all():
        counts[f"{what}_without_id"] = int((~is_named).sum())
    return frame[is_named].assign(**{KEY: frame[ID_FIELD].str.lower()})


def _school_columns(locations: pd.DataFrame) -> pd.DataFrame:
    source = sources_of(locations["school_data_source"], LICENCE_OF_LOCATIONS)
    return pd.DataFrame(
        {
            KEY: locations[KEY],
            "school_id_giga": locations[ID_FIELD],
            "school_name": locations["school_name"],
            "latitude": locations["latitude"],
            "longitude": locations["longitude"],
            "education_level": locations["education_level"],
            "school_source": source,
            "location_source": source,
        }
    )


def _profile_columns(profiles: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """Profiles by id. A school with two that contradict each other has none: nobody can tell which is right."""
    counts["profiles"] = len(profiles)
    profiles = _with_id(profiles, "profiles", counts).drop(columns=ID_FIELD).drop_duplicates(ignore_index=True)
    is_contradicted = profiles[KEY].duplicated(keep=False)
    if is_contradicted.any():
        counts["profiles_contradicting"] = int(is_contradicted.sum())
    profiles = profiles[~is_contradicted]
    source = sources_of(profiles["school_data_source"], LICENCE_OF_FACTS)
    return pd.DataFrame(
        {
            KEY: profiles[KEY],
            "admin1": _without_unknown(profiles["admin1"]),
            "admin2": _without_unknown(profiles["admin2"]),
            "school_area_type": profiles["school_area_type"],
            "connectivity": profiles["connectivity"],
            "connectivity_type": connection_types(profiles["connectivity_type"]),
            "connectivity_source": source,
            "connectivity_type_source": source,
        }
    )


def _measured_columns(client: Client, wanted: Wanted, counts: dict[str, int]) -> pd.DataFrame:
    start = wanted.today - timedelta(days=wanted.measured_days - 1)
    period = {"start_date": start.isoformat(), "end_date": wanted.today.isoformat()}
    found = client.records(MEASUREMENTS, MEASUREMENTS.endpoint, {COUNTRY_FIELD: wanted.country, **period})
    _check_country(found[COUNTRY_FIELD], MEASUREMENTS.endpoint, wanted)
    speeds = measured_speeds(found, unit=wanted.measured_unit or SpeedUnit.MBPS, start=start, end=wanted.today, counts=counts)
    speeds["download_speed_measured_source"] = sources_of(speeds["download_speed_measured_source"], LICENCE_OF_FACTS)
    return speeds


def _joined(frame: pd.DataFrame, facts: pd.DataFrame, what: str, counts: dict[str, int]) -> pd.DataFrame:
    """Facts beside the schools they are about; those about no school of the list are counted and left out."""
    homeless = int((~facts[KEY].isin(frame[KEY])).sum())
    if homeless:
        counts[f"{what}_without_location"] = homeless
    return frame.merge(facts, on=KEY, how="left")


def _without_unknown(names: pd.Series[Any]) -> pd.Series[Any]:
    """Region names, without the word that Giga puts where it has none."""
    return names.where(names.str.casefold() != "unknown", None)


def sources_of(named: pd.Series[Any], licence: str) -> pd.Series[Any]:
    """Who says so, with Giga and its licence: `Giga: Ministry of Education (ODbL 1.0)`, `Giga (ODbL 1.0)` where nobody is named."""
    plain = f"Giga ({licence})"
    if named.nunique() > MAX_SOURCES:
        return pd.Series(plain, index=named.index, dtype=object)
    words: Mapping[str, str] = {name: f"Giga: {name} ({licence})" for name in named.dropna().unique() if len(name) <= MAX_SOURCE_CHARACTERS}
    return named.map(words).fillna(plain)


def connection_types(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Connection types in our words.

    Giga may send a database array such as `{ADSL,NULL}`: NULL is left out; of several known words the first counts that says more
    than "other" or "unknown". Where no word is known the text stays as it is, for the report to name.
    """
    return texts.map({text: connection_type(text) for text in texts.dropna().unique()})


def connection_type(text: str) -> str | None:
    """One connection type: `{ADSL,NULL}` is xdsl, `{NULL}` nothing, `{Fibre,Other}` fiber, `Carrier pigeon` itself."""
    if not (text.startswith("{") and text.endswith("}")):
        named = [text]
    else:
        named = [part.strip().strip('"').strip() for part in text[1:-1].split(",")]
    named = [part for part in named if part and part.casefold() != "null"]
    if not named:
        return None
    known = [word for part in named if (word := word_of("connectivity_type", part))]
    telling = [word for word in known if word not in OPEN_TYPES]
    return (telling or known or named)[0]
