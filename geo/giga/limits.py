"""How much patience one pull has with the other side, and how much it takes from it."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one pull; tests give smaller ones.

    Parameters
    ----------
    connect_s
        Seconds to wait for a connection.
    call_s
        Seconds one try of one call may take in all: name look-up, connection, redirects, headers and body.
    pull_s
        Seconds all calls of a pull may take together, waits included.
    attempts
        Tries of one call, the first included.
    first_wait_s, longest_wait_s
        Seconds before the second try, doubled before each further one; a `Retry-After` stands in their place. Never longer than the latter.
    call_bytes, pull_bytes
        Most bytes of one answer and of all answers together, after decompression.
    page_rows, pages
        Records asked for in one page, and most pages of one list. Giga's own client asks for 1,000.
    """

    connect_s: float = 5.0
    call_s: float = 60.0
    pull_s: float = 3600.0
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    call_bytes: int = 50 * MEGABYTE
    pull_bytes: int = 1000 * MEGABYTE
    page_rows: int = 1_000
    pages: int = 2_000
