"""What a failing database or disk means to the person who asked: full, unavailable, or not set up.

Translates errors of SQLAlchemy and of the operating system into `geo.errors`; everything else passes unchanged.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from geo.errors import QosylError, StoreFull, StoreUnavailable

FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No space on the device, over quota, over the largest file allowed."""

DISK_FULL_SQLSTATE = "53100"
UNDEFINED_TABLE_SQLSTATES = ("42P01", "42703")
UNAVAILABLE_SQLSTATES = ("25006", "55P03", "57", "58", "08", "53", "40", "XX")
"""PostgreSQL: read-only transaction, lock not available, operator intervention, system error, connection, resources, rollback, internal."""

RETRY = "try again shortly"


@contextmanager
def database_faults() -> Iterator[None]:
    """Raise StoreFull or StoreUnavailable for what the database cannot do now; other database errors pass.

    The message never holds the statement, its values or the address of the database.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreUnavailable(f"the catalog is busy: no connection became free in time; {RETRY}") from error
    except exc.InterfaceError as error:
        raise StoreUnavailable(f"the catalog cannot be reached; {RETRY}") from error
    except exc.DBAPIError as error:
        translated = _sqlite_fault(error) if _sqlstate(error) is None else _postgresql_fault(error)
        if translated is None:
            raise
        raise translated from error


def _sqlstate(error: exc.DBAPIError) -> str | None:
    """PostgreSQL's code of the error, "" where the server could not be asked; None for SQLite."""
    if type(error.orig).__module__.startswith("sqlite3"):
        return None
    return getattr(error.orig, "sqlstate", None) or ""


def _sqlite_fault(error: exc.DBAPIError) -> QosylError | None:
    if not isinstance(error, exc.OperationalError):
        return None
    text = str(error.orig)
    if "is full" in text:
        return StoreFull("no space left for the catalog; free some space and try again")
    if "no such table" in text or "no such column" in text:
        return _not_migrated()
    if "locked" in text:
        return StoreUnavailable(f"the catalog is locked by another process; {RETRY}")
    if "readonly" in text:
        return StoreUnavailable("the catalog is read-only here; nothing was changed")
    return StoreUnavailable(f"the catalog cannot be used: {text}")


def _postgresql_fault(error: exc.DBAPIError) -> QosylError | None:
    sqlstate = _sqlstate(error) or ""
    if sqlstate == DISK_FULL_SQLSTATE:
        return StoreFull("no space left for the catalog; free some space and try again")
    if sqlstate in UNDEFINED_TABLE_SQLSTATES:
        return _not_migrated()
    if sqlstate == "25006":
        return StoreUnavailable("the catalog is read-only here; nothing was changed")
    if sqlstate == "55P03":
        return StoreUnavailable(f"the catalog is locked by another process; {RETRY}")
    if sqlstate.startswith(UNAVAILABLE_SQLSTATES) or (not sqlstate and isinstance(error, exc.OperationalError)):
        return StoreUnavailable(f"the catalog cannot be reached or cannot work now; {RETRY}")
    return None


def _not_migrated() -> StoreUnavailable:
    return StoreUnavailable("the catalog is not set up for this version of the service; run `flask --app app init`")


@contextmanager
def file_faults(what: str) -> Iterator[None]:
    """Raise StoreFull where no space is left and StoreUnavailable where files cannot be used.

    Parameters
    ----------
    what
        Names the thing in the message, such as "release file".

    Raises
    ------
    FileNotFoundError
        Passes unchanged: whoever asks knows what a missing file means.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in FULL_ERRNOS:
            raise StoreFull(f"no space left for the {what}; free some space and try again") from error
        reason = error.strerror or type(error).__name__
        raise StoreUnavailable(f"the {what} cannot be read or written now: {reason}") from error
