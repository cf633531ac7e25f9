"""Settings of one deployment: read from the environment once, then frozen.

docs/operations.md lists each with its default and limits; a test keeps that list complete.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from geo.errors import ConfigurationError

DEFAULT_SECRET = "development-only"  # noqa: S105 - refused in production
GIGA_API_URL = "https://uni-ooi-giga-maps-service.azurewebsites.net/api/v1"
"""Base address of Giga's public data interface."""
MAX_ATTRIBUTION_CHARACTERS = 200
ROOT = Path(__file__).resolve().parent.parent


class PublicDetail(StrEnum):
    """How much of where schools are visitors without a key may see; docs/decisions/0029-public-detail.md."""

    EXACT = "exact"
    SNAPPED = "snapped"
    """Points moved to cells of 0.1°, and figures of groups of at least five schools."""
    REGIONS = "regions"
    """No points, and figures of groups of at least five schools."""


@dataclass(frozen=True)
class Settings:
    """All settings; the name of each in the environment is in `ENVIRONMENT`.

    Parameters
    ----------
    data_dir
        Directory of the embedded catalog, release files, boundaries, uploads and caches.
    database_url
        SQLAlchemy address of the catalog; None is SQLite in the data directory.
    data_url
        Where release files are kept: a directory or an fsspec address; None is the data directory.
    """

    data_dir: Path = ROOT / "data" / "var"
    database_url: str | None = None
    data_url: str | None = None
    environment: str = "development"
    port: int = 8000
    host: str = "127.0.0.1"
    workers: int = 2
    secret_key: str = DEFAULT_SECRET
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    rate_limit_reads: str = ""
    rate_limit_uploads: str = "60/hour"
    rate_limit_storage: str = "memory://"
    max_upload_mb: int = 50
    max_rows: int = 250_000
    contact_url: str = ""
    embed_origins: tuple[str, ...] = ()
    basemap_url: str = ""
    basemap_attribution: str = ""
    load_demo: bool = True
    default_norm: str = "kz-2023"
    public_detail: PublicDetail = PublicDetail.EXACT
    giga_api_url: str = GIGA_API_URL
    giga_key_schools_location: str = field(default="", repr=False)
    giga_key_schools_profile: str = field(default="", repr=False)
    giga_key_all_measurements: str = field(default="", repr=False)
    testing: bool = field(default=False, kw_only=True)

    @property
    def basemap_origin(self) -> str:
        """Scheme, host and port that pictures of the ground come from; "" where there are none."""
        found = _BASEMAP.fullmatch(self.basemap_url)
        return found["origin"] if found else ""

    @property
    def is_production(self) -> bool:
        return self.environment == "production"


_BASEMAP = re.compile(
    r"(?P<origin>https://[a-z0-9.-]+(?::\d{1,5})?|http://(?:localhost|127\.0\.0\.1)(?::\d{1,5})?)/[\w~!$&()*+=:@%./?{}-]*"
)
"""Takes "https://tiles.example.org/{z}/{x}/{y}.png?key=1"; refuses other schemes, a host with `{s}`, blanks, quotes, commas, semicolons."""
_BASEMAP_PLACES = ("{z}", "{x}", "{y}")

ENVIRONMENT: Mapping[str, str] = {
    "data_dir": "QOSYL_DATA_DIR",
    "database_url": "DATABASE_URL",
    "data_url": "DATA_URL",
    "environment": "QOSYL_ENV",
    "port": "PORT",
    "host": "HOST",
    "workers": "WORKERS",
    "secret_key": "SECRET_KEY",
    "trusted_hosts": "TRUSTED_HOSTS",
    "trusted_proxies": "TRUSTED_PROXIES",
    "rate_limit_reads": "RATE_LIMIT_READS",
    "rate_limit_uploads": "RATE_LIMIT_UPLOADS",
    "rate_limit_storage": "RATE_LIMIT_STORAGE",
    "max_upload_mb": "MAX_UPLOAD_MB",
    "max_rows": "MAX_ROWS",
    "contact_url": "CONTACT_URL",
    "embed_origins": "EMBED_ORIGINS",
    "basemap_url": "BASEMAP_URL",
    "basemap_attribution": "BASEMAP_ATTRIBUTION",
    "load_demo": "QOSYL_DEMO",
    "default_norm": "DEFAULT_NORM",
    "public_detail": "PUBLIC_DETAIL",
    "giga_api_url": "GIGA_API_URL",
    "giga_key_schools_location": "GIGA_KEY_SCHOOLS_LOCATION",
    "giga_key_schools_profile": "GIGA_KEY_SCHOOLS_PROFILE",
    "giga_key_all_measurements": "GIGA_KEY_ALL_MEASUREMENTS",
}
"""Field of `Settings` → name in the environment."""


def _whole_number(name: str, text: str, *, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise ConfigurationError(f"{name} must be a whole number from {low} to {high}; got {text!r}")
    return int(text)


def _public_detail(text: str) -> PublicDetail:
    """What a word asks for: `exact` only where nothing or that is said, so that a slip never shows what was to be kept back."""
    if text not in ("", *PublicDetail):
        raise ConfigurationError(f"PUBLIC_DETAIL must be one of {', '.join(PublicDetail)}; got {text!r}")
    return PublicDetail(text or PublicDetail.EXACT)


_ORIGIN = re.compile(r"https?://(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?")
"""Takes "https://gov.kz", "https://*.gov.kz", "http://localhost:8080"; refuses paths, blanks, semicolons and hosts without a scheme."""


def _origins(name: str, text: str) -> tuple[str, ...]:
    """Origins separated by commas, or "*" alone for all."""
    origins = tuple(part.strip().lower().rstrip("/") for part in text.split(",") if part.strip())
    wrong = [origin for origin in origins if not _ORIGIN.fullmatch(origin)]
    if wrong and origins != ("*",):
        raise ConfigurationError(f"{name} must be origins such as https://www.gov.kz, separated by commas, or * for all; got {wrong[0]!r}")
    return origins


def _secret_in(data_dir: Path) -> str:
    """The development secret kept in the data directory, made at first use; readable by its owner alone."""
    path = data_dir / "secret-key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError:
        return DEFAULT_SECRET
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return DEFAULT_SECRET
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(32)
        file.write(secret)
    return secret


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from the environment.

    Raises
    ------
    ConfigurationError
        A value is outside its limits; in production, SECRET_KEY or TRUSTED_HOSTS is missing.
    """
    env = os.environ if environ is None else environ

    def text(field_name: str, default: str) -> str:
        return env.get(ENVIRONMENT[field_name], default).strip()

    environment = text("environment", "development")
    if environment not in ("development", "production"):
        raise ConfigurationError(f"QOSYL_ENV must be development or production; got {environment!r}")
    data_dir = Path(text("data_dir", "") or Settings.data_dir).expanduser().absolute()
    secret_key = text("secret_key", "") or (DEFAULT_SECRET if environment == "production" else _secret_in(data_dir))
    settings = Settings(
        data_dir=data_dir,
        database_url=text("database_url", "") or None,
        data_url=text("data_url", "") or None,
        environment=environment,
        port=_whole_number("PORT", text("port", "8000"), low=1, high=65535),
        host=text("host", "127.0.0.1"),
        workers=_whole_number("WORKERS", text("workers", "2"), low=1, high=64),
        secret_key=secret_key,
        trusted_hosts=tuple(host.strip() for host in text("trusted_hosts", "").split(",") if host.strip()),
        trusted_proxies=_whole_number("TRUSTED_PROXIES", text("trusted_proxies", "0"), low=0, high=10),
        rate_limit_reads=text("rate_limit_reads", ""),
        rate_limit_uploads=text("rate_limit_uploads", "60/hour"),
        rate_limit_storage=text("rate_limit_storage", "memory://"),
        max_upload_mb=_whole_number("MAX_UPLOAD_MB", text("max_upload_mb", "50"), low=1, high=4096),
        max_rows=_whole_number("MAX_ROWS", text("max_rows", "250000"), low=1, high=10_000_000),
        contact_url=text("contact_url", ""),
        embed_origins=_origins("EMBED_ORIGINS", text("embed_origins", "")),
        basemap_url=text("basemap_url", ""),
        basemap_attribution=text("basemap_attribution", ""),
        load_demo=text("load_demo", "1") not in ("0", "no", "false"),
        default_norm=text("default_norm", "kz-2023"),
        public_detail=_public_detail(text("public_detail", "")),
        giga_api_url=text("giga_api_url", "") or GIGA_API_URL,
        giga_key_schools_location=text("giga_key_schools_location", ""),
        giga_key_schools_profile=text("giga_key_schools_profile", ""),
        giga_key_all_measurements=text("giga_key_all_measurements", ""),
    )
    return _checked(settings)


def _checked(settings: Settings) -> Settings:
    """Settings that can be used together.

    Raises
    ------
    ConfigurationError
        They cannot.
    """
    _check_basemap(settings)
    check_production(settings)
    return settings


def _check_basemap(settings: Settings) -> None:
    """Refuse pictures of the ground that the map could not show, or that it may not show without naming their makers."""
    url, attribution = settings.basemap_url, settings.basemap_attribution
    if not url and not attribution:
        return
    places = [place for place in re.findall(r"\{[^}]*\}", url) if place not in _BASEMAP_PLACES]
    if not settings.basemap_origin or places or any(url.count(place) != 1 for place in _BASEMAP_PLACES):
        raise ConfigurationError(
            f"BASEMAP_URL must be an https:// address of pictures with {{z}}, {{x}} and {{y}} once each and no other braces, such as "
            f"https://tiles.example.org/{{z}}/{{x}}/{{y}}.png; got {url!r}"
        )
    if not attribution:
        raise ConfigurationError("BASEMAP_ATTRIBUTION must say whose pictures BASEMAP_URL shows, as their licence asks")
    if len(attribution) > MAX_ATTRIBUTION_CHARACTERS or not attribution.isprintable():
        raise ConfigurationError(f"BASEMAP_ATTRIBUTION must be one line of at most {MAX_ATTRIBUTION_CHARACTERS} characters")


def check_production(settings: Settings) -> None:
    """Refuse a production deployment that is not safe to start.

    Raises
    ------
    ConfigurationError
        The secret is the default one or shorter than 32 characters, no trusted host is named, or keys would be sent without TLS.
    """
    if not settings.is_production:
        return
    if settings.secret_key == DEFAULT_SECRET or len(settings.secret_key) < 32:
        raise ConfigurationError("in production SECRET_KEY must be set to at least 32 random characters")
    if not settings.trusted_hosts:
        raise ConfigurationError("in production TRUSTED_HOSTS must name the hosts this service answers for, separated by commas")
    if not settings.giga_api_url.startswith("https://"):
        raise ConfigurationError("in production GIGA_API_URL must begin with https://")
