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

RETRY = "try again shortly"

FULL = (StoreFull, "no space left for the catalog; free some space and try again")
READ_ONLY = (StoreUnavailable, "the catalog is read-only here; nothing was changed")
LOCKED = (StoreUnavailable, f"the catalog is locked by another process; {RETRY}")
NOT_SET_UP = (StoreUnavailable, "the catalog is not set up for this version of the service; run `flask --app app init`")
UNUSABLE = (StoreUnavailable, f"the catalog cannot be reached or cannot work now; {RETRY}")
DAMAGED = (StoreUnavailable, "the catalog is not a sound database; restore it from a backup")

SQLITE_FAULTS = {
    "is full": FULL,
    "no such table": NOT_SET_UP,
    "no such column": NOT_SET_UP,
    "locked": LOCKED,
    "readonly": READ_ONLY,
    "not a database": DAMAGED,
    "malformed": DAMAGED,
}
"""What SQLite's message holds → what it means. Result codes: https://www.sqlite.org/rescode.html."""

POSTGRESQL_FAULTS = {
    "53100": FULL,
    "42P01": NOT_SET_UP,
    "42703": NOT_SET_UP,
    "25006": READ_ONLY,
    "55P03": LOCKED,
    **dict.fromkeys(("08", "40", "53", "57", "58", "XX"), UNUSABLE),
}
"""SQLSTATE or its class → what it means: https://www.postgresql.org/docs/current/errcodes-appendix.html."""


@contextmanager
def database_faults() -> Iterator[None]:
    """Raise StoreFull or StoreUnavailable for what the database cannot do now; other database errors pass.

    The message never holds the statement, its values or the address of the database.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise StoreUnavailable(f"the catalog is busy: no connection became free in time; {RETRY}") from error
    except exc.DBAPIError as error:
        meaning = _sqlite_meaning(error) if type(error.orig).__module__.startswith("sqlite3") else _postgresql_meaning(error)
        if meaning is None:
            raise
        kind, message = meaning
        raise kind(message) from error


Meaning = tuple[type[QosylError], str]


def _sqlite_meaning(error: exc.DBAPIError) -> Meaning | None:
    text = str(error.orig)
    known = next((meaning for fragment, meaning in SQLITE_FAULTS.items() if fragment in text), None)
    return known or (UNUSABLE if isinstance(error, exc.OperationalError) else None)


def _postgresql_meaning(error: exc.DBAPIError) -> Meaning | None:
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    known = POSTGRESQL_FAULTS.get(sqlstate) or POSTGRESQL_FAULTS.get(sqlstate[:2])
    return known or (UNUSABLE if isinstance(error, exc.OperationalError | exc.InterfaceError) else None)


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
