"""Queries on `settings`: what use has fixed for this deployment, such as its country."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, insert, select

from geo.store.tables import settings

# fmt: off
SELECT_VALUE = (
    select(settings.c.value)
    .where(settings.c.name == bindparam("setting"))
)
DELETE_VALUE = (
    delete(settings)
    .where(settings.c.name == bindparam("setting"))
)
# fmt: on


def select_setting(connection: Connection, name: str) -> str | None:
    """Value of a setting; None where it was never set."""
    return connection.execute(SELECT_VALUE, {"setting": name}).scalar_one_or_none()


def replace_setting(connection: Connection, name: str, value: str) -> None:
    """Set a setting, whether or not it was set before."""
    connection.execute(DELETE_VALUE, {"setting": name})
    connection.execute(insert(settings).values(name=name, value=value))
