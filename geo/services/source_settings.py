"""What is said of a source when it is named, checked; and the keys for it, found anew at every pull and never kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from geo.config import ENVIRONMENT, Settings
from geo.errors import ConfigurationError, InvalidParameter
from geo.giga import Wanted, checked_keys, keys_in_file
from geo.intake.countries import country_code
from geo.model import SpeedUnit

MAX_NAME_CHARACTERS = 80
MAX_ADDRESS_CHARACTERS = 500
MAX_DAYS = 366

_COUNTRY = re.compile(r"[A-Z]{3}")  # takes: KAZ; refuses: KZ, kaz, Kazakhstan
_SETTING_OF = {endpoint: f"giga_key_{endpoint}" for endpoint in ("schools_location", "schools_profile", "all_measurements")}
"""Endpoint → field of the settings that may hold its key."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source before it has an id.

    Parameters
    ----------
    country
        ISO 3166-1 code of three letters, as Giga's interface has them.
    base_url
        Base address of the interface; empty takes the setting GIGA_API_URL.
    key_file
        File with a key for each endpoint; None takes those of the settings, which are sent to GIGA_API_URL alone.
    has_profiles
        Whether connectivity and regions are pulled too, for which Giga gives a key only on request.
    measurements_days, measurements_unit
        Length of the period whose measurements are pulled, in days, and the unit of the interface's speeds; both or none.
    """

    name: str
    country: str
    base_url: str = ""
    key_file: Path | None = None
    is_trusted: bool = False
    has_profiles: bool = True
    measurements_days: int = 0
    measurements_unit: SpeedUnit | None = None

    def options(self) -> dict[str, Any]:
        """What the catalog keeps besides the columns of its own; the path of the key file, never a key."""
        return {
            "key_file": None if self.key_file is None else str(self.key_file),
            "has_profiles": self.has_profiles,
            "measurements_days": self.measurements_days,
            "measurements_unit": None if self.measurements_unit is None else self.measurements_unit.value,
        }


def checked(new: NewSource, settings: Settings) -> NewSource:
    """A source that can be used, with its address and the path of its key file in full.

    Raises
    ------
    InvalidParameter
        The name, the address, the country or the measurements cannot be used.
    """
    name, country = new.name.strip(), new.country.strip().upper()
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidParameter(f"'name' must be 1 to {MAX_NAME_CHARACTERS} printable characters; got {name[:40]!r}", parameter="name")
    if not _COUNTRY.fullmatch(country) or country_code(country) is None:
        raise InvalidParameter(
            f"'country' must be an ISO 3166-1 code of three letters, such as KAZ; got {country[:40]!r}", parameter="country"
        )
    if (new.measurements_days > 0) != (new.measurements_unit is not None) or not 0 <= new.measurements_days <= MAX_DAYS:
        units = ", ".join(SpeedUnit)
        raise InvalidParameter(
            f"'measurements' must be 1 to {MAX_DAYS} days and goes with 'measurements_unit' ({units}): the interface does not say it",
            parameter="measurements",
        )
    return replace(
        new,
        name=name,
        country=country,
        base_url=checked_address(new.base_url.strip() or settings.giga_api_url, is_production=settings.is_production),
        key_file=None if new.key_file is None else new.key_file.expanduser().absolute(),
    )


def checked_address(address: str, *, is_production: bool) -> str:
    """A base address without the stroke at its end.

    Raises
    ------
    InvalidParameter
        It is none, holds a name or password, a query or a fragment, or a key sent there could be read on the way: http is taken for
        this machine itself alone, and in production not at all.
    """
    accepted = "https" if is_production else "https, or http to this machine"
    try:
        parts = urlsplit(address)
        is_own = parts.scheme == "http" and not is_production and _is_this_machine(parts.hostname or "")
        is_whole = bool(parts.hostname) and parts.port != 0 and (parts.scheme == "https" or is_own)
    except ValueError:
        is_whole = False
    is_plain = address.isascii() and address.isprintable() and " " not in address and not set("@?#\\") & set(address)
    if not is_whole or not is_plain or len(address) > MAX_ADDRESS_CHARACTERS:
        raise InvalidParameter(
            f"'base_url' must be an address with {accepted}, and without name, password, query or fragment", parameter="base_url"
        )
    return address.rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def keys_for(settings: Settings, *, base_url: str, options: Mapping[str, Any], endpoints: Sequence[str]) -> dict[str, str]:
    """A key for each endpoint of a source.

    Raises
    ------
    ConfigurationError
        One is missing or cannot be sent, or the key file cannot be read. No message repeats a key.
    """
    path = options.get("key_file")
    if path is not None:
        keys, where = keys_in_file(Path(path)), f"the key file {path}"
    elif base_url == settings.giga_api_url.rstrip("/"):
        keys = checked_keys({endpoint: getattr(settings, name) for endpoint, name in _SETTING_OF.items()}, "the environment")
        where = f"the environment ({', '.join(ENVIRONMENT[_SETTING_OF[endpoint]] for endpoint in endpoints)})"
    else:
        raise ConfigurationError("keys of the environment are sent to GIGA_API_URL alone; give this source a key file")
    missing = [endpoint for endpoint in endpoints if endpoint not in keys]
    if missing:
        raise ConfigurationError(f"there is no key for {', '.join(missing)} in {where}; Giga gives one for each")
    return {endpoint: keys[endpoint] for endpoint in endpoints}


def wanted_of(country: str, options: dict[str, Any], today: datetime | None = None) -> Wanted:
    """What to pull from a source with these options, up to and with a day; now where it is not given."""
    unit = options.get("measurements_unit")
    return Wanted(
        country,
        (today or datetime.now(UTC)).date(),
        has_profiles=options.get("has_profiles", True),
        measured_days=options.get("measurements_days") or 0,
        measured_unit=SpeedUnit(unit) if unit else None,
    )
