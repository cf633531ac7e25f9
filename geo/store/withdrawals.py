"""Queries on `withdrawals`: releases that are out of public reach for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from geo.model import WithdrawalRecord
from geo.store.catalog import Catalog
from geo.store.tables import now, withdrawals

# fmt: off
SELECT_WITHDRAWAL = (
    select(withdrawals)
    .where(withdrawals.c.release_id == bindparam("release_id"))
)
SELECT_WITHDRAWALS = (
    select(withdrawals)
    .where(withdrawals.c.release_id.in_(bindparam("release_ids", expanding=True)))
)
SELECT_WITHDRAWN_IDS = (
    select(withdrawals.c.release_id)
    .order_by(withdrawals.c.release_id)
)
# fmt: on

COUNT_ALL_WITHDRAWALS_SQL = "SELECT COUNT(*) FROM withdrawals"
COUNT_WITHDRAWALS_SQL = f"{COUNT_ALL_WITHDRAWALS_SQL} WHERE release_id ="


def _record(row: Row[Any]) -> WithdrawalRecord:
    return WithdrawalRecord(**row._asdict())


def insert_withdrawal(connection: Connection, release_id: int, *, reason: str, withdrawn_by: str) -> WithdrawalRecord:
    """Keep that a release is withdrawn; the release must exist and not be withdrawn yet."""
    made = {"release_id": release_id, "reason": reason, "withdrawn_at": now(), "withdrawn_by": withdrawn_by}
    return _record(connection.execute(insert(withdrawals).values(made).returning(*withdrawals.c)).one())


def select_withdrawal(connection: Connection, release_id: int) -> WithdrawalRecord | None:
    """The withdrawal of a release; None where it is in reach, or there is none of that id."""
    row = connection.execute(SELECT_WITHDRAWAL, {"release_id": release_id}).one_or_none()
    return None if row is None else _record(row)


def is_withdrawn(catalog: Catalog, release_id: int, *, patience_s: float | None = None) -> bool:
    """Whether a release is out of public reach, by the cheapest way there is.

    Parameters
    ----------
    patience_s
        As `Catalog.first_value` takes it.

    Raises
    ------
    StoreUnavailable
        The catalog is locked, unreachable or not set up.
    """
    return bool(catalog.first_value(f"{COUNT_WITHDRAWALS_SQL} {int(release_id)}", patience_s=patience_s))


def select_withdrawals(connection: Connection, release_ids: Collection[int]) -> Mapping[int, WithdrawalRecord]:
    """The withdrawals of those of some releases that are withdrawn, by release id."""
    rows = connection.execute(SELECT_WITHDRAWALS, {"release_ids": list(release_ids)})
    return {row.release_id: _record(row) for row in rows}


def count_withdrawals(catalog: Catalog, *, patience_s: float | None = None) -> int:
    """How many releases are withdrawn, by the cheapest way there is; none ever returns, so the count tells whether there are new ones.

    Parameters
    ----------
    patience_s
        As `Catalog.first_value` takes it.

    Raises
    ------
    StoreUnavailable
        The catalog is locked, unreachable or not set up.
    """
    return int(catalog.first_value(COUNT_ALL_WITHDRAWALS_SQL, patience_s=patience_s))


def select_withdrawn_ids(connection: Connection) -> tuple[int, ...]:
    """Ids of all withdrawn releases, ascending."""
    return tuple(connection.execute(SELECT_WITHDRAWN_IDS).scalars())
