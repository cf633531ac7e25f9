"""Sources that data is pulled from: named, listed with their age, forgotten. Keys are never kept here."""

from __future__ import annotations

from datetime import UTC, datetime

from geo.errors import Conflict, InvalidParameter, NotFound
from geo.intake.countries import country_code
from geo.model import Key, Role, SourceRecord
from geo.services.keys import actor_name, require_role
from geo.services.publishing import COUNTRY_SETTING
from geo.services.source_settings import NewSource, checked, keys_for, wanted_of
from geo.services.workspace import Workspace
from geo.store import delete_source, insert_audit, insert_source, select_setting, select_source, select_sources, update_trust

KIND = "giga"

__all__ = ["NewSource", "add_source", "age_days", "check_country", "remove_source", "source_named", "sources", "trust_source"]


def sources(workspace: Workspace) -> tuple[SourceRecord, ...]:
    """All sources by name, with how the last pull of each went."""
    with workspace.catalog.reading() as connection:
        return select_sources(connection)


def source_named(workspace: Workspace, name: str) -> SourceRecord:
    """A source.

    Raises
    ------
    NotFound
        There is none of that name.
    """
    with workspace.catalog.reading() as connection:
        record = select_source(connection, name)
    if record is None:
        raise _no_source(name)
    return record


def age_days(source: SourceRecord, now: datetime | None = None) -> int | None:
    """Whole days since the last good pull; None where there was none."""
    if source.last_success_at is None:
        return None
    return max(0, ((now or datetime.now(UTC)) - source.last_success_at).days)


def add_source(workspace: Workspace, new: NewSource, *, actor: Key | None = None) -> SourceRecord:
    """Name a source; nothing is asked of it yet.

    Raises
    ------
    Forbidden
        The actor is not an admin.
    InvalidParameter
        The name, the address, the country or the measurements cannot be used.
    ConfigurationError
        A key is missing or cannot be sent.
    Conflict
        There is a source of that name.
    """
    require_role(actor, Role.ADMIN)
    new = checked(new, workspace.settings)
    check_country(workspace, new.country)
    keys_for(workspace.settings, base_url=new.base_url, options=new.options(), endpoints=wanted_of(new.country, new.options()).endpoints)
    with workspace.catalog.transaction() as connection:
        if select_source(connection, new.name) is not None:
            raise Conflict(f"there is a source {new.name!r} already; remove it first")
        record = insert_source(
            connection,
            name=new.name,
            kind=KIND,
            base_url=new.base_url,
            country=new.country,
            options=new.options(),
            is_trusted=new.is_trusted,
            created_by=actor_name(actor),
        )
        detail = {"base_url": new.base_url, "country": new.country, "is_trusted": new.is_trusted}
        insert_audit(connection, record.created_by, "source.add", f"source {new.name}", detail)
    return record


def trust_source(workspace: Workspace, name: str, *, is_trusted: bool, actor: Key | None = None) -> SourceRecord:
    """Say whether what a source brings is published by itself from now on; nothing is published by this.

    Raises
    ------
    Forbidden
        The actor is not an admin.
    NotFound
        There is none of that name.
    """
    require_role(actor, Role.ADMIN)
    with workspace.catalog.transaction() as connection:
        record = update_trust(connection, name, is_trusted=is_trusted)
        if record is None:
            raise _no_source(name)
        insert_audit(connection, actor_name(actor), "source.trust", f"source {name}", {"is_trusted": is_trusted})
    return record


def remove_source(workspace: Workspace, name: str, *, actor: Key | None = None) -> None:
    """Forget a source; what was published from it stays.

    Raises
    ------
    Forbidden
        The actor is not an admin.
    NotFound
        There is none of that name.
    """
    require_role(actor, Role.ADMIN)
    with workspace.catalog.transaction() as connection:
        if not delete_source(connection, name):
            raise _no_source(name)
        insert_audit(connection, actor_name(actor), "source.remove", f"source {name}")


def check_country(workspace: Workspace, country: str) -> None:
    """Refuse a source of another country than the service holds.

    Raises
    ------
    InvalidParameter
        The service holds a country, and it is another.
    """
    with workspace.catalog.reading() as connection:
        held = select_setting(connection, COUNTRY_SETTING)
    if held is not None and country_code(country) != held:
        raise InvalidParameter(f"'country' must be the country this service holds, {held}; got {country}", parameter="country")


def _no_source(name: str) -> NotFound:
    return NotFound(f"there is no source {name[:80]!r}; `sources list` names them")
