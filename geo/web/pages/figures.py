"""How figures are written on pages: grouped by the language's rule, shares as whole percent with bounds, none rounded to all or nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask

from geo.web.pages.translation import format_date, format_decimal, format_percent, gettext

NO_FIGURE = "–"
ALMOST_NONE = 0.005
ALMOST_ALL = 0.995


def number(value: float | None) -> str:
    """A whole number grouped by the language's rule ("41,200"); a dash for None."""
    return NO_FIGURE if value is None else str(format_decimal(value, "#,##0"))


def decimal(value: float | None) -> str:
    """A number with at most two decimals, so that what a school has and what it needs read alike only where they are; a dash for None."""
    return NO_FIGURE if value is None else format_decimal(value, "#,##0.##")


def mbps(value: float | None) -> str:
    """A speed with its unit; a dash for None."""
    return NO_FIGURE if value is None else gettext("%(speed)s Mbps", speed=decimal(value))


def kilometres(value: float | None) -> str:
    """A distance with its unit, tenths below 100 km; a dash for None."""
    if value is None:
        return NO_FIGURE
    return gettext("%(distance)s km", distance=format_decimal(value, "#,##0" if value >= 100 else "#,##0.0"))


def percent(share: float | None) -> str:
    """A share of 0 to 1 as whole percent: "0%" and "100%" only where exact, else "<1%" and ">99%"; a dash for None."""
    if share is None:
        return NO_FIGURE
    if 0 < share < ALMOST_NONE:
        return f"<{format_percent(0.01)}"
    if ALMOST_ALL <= share < 1:
        return f">{format_percent(0.99)}"
    return str(format_percent(_whole(share) / 100))


def bounds(lower: float | None, upper: float | None) -> str:
    """Bounds of a share of 0 to 1 ("66–73%"); "" where they are null or read the same, since the share then is certain."""
    if lower is None or upper is None:
        return ""
    low, high = percent(lower), percent(upper)
    if low == high:
        return ""
    sign = "".join(character for character in format_percent(0.5) if not character.isdigit())
    return f"{low.removesuffix(sign)}–{high}"


def share(value: float | None, lower: float | None, upper: float | None) -> str:
    """A share with its bounds ("70% · 66–73%"); "no data" where it is null and so are the bounds."""
    between = bounds(lower, upper)
    if value is None:
        return gettext("not known · %(bounds)s", bounds=between) if between else gettext("no data")
    return f"{percent(value)} · {between}" if between else percent(value)


def points(value: float | None, lower: float | None = None, upper: float | None = None) -> str:
    """A difference of shares in whole percentage points with its bounds ("33 · 28–39"), a true minus before a negative one."""
    if value is None:
        return NO_FIGURE
    text = _signed(value)
    if lower is None or upper is None or _signed(lower) == _signed(upper):
        return text
    return f"{text} · {_signed(lower)} … {_signed(upper)}"


def day(value: date | datetime | None) -> str:
    """A date in words; a dash for None."""
    return NO_FIGURE if value is None else str(format_date(value, gettext("d MMMM y")))


def month(value: date | None) -> str:
    """Month and year as they stand alone ("May 2026"); a dash for None."""
    return NO_FIGURE if value is None else str(format_date(value, gettext("LLLL y")))


def kilobytes(value: int) -> str:
    """A size of a file."""
    return gettext("%(size)s kB", size=number(max(1, round(value / 1000))))


def _whole(fraction: float) -> int:
    """Percent rounded half up, as people round."""
    return math.floor(fraction * 100 + 0.5)


def _signed(value: float) -> str:
    rounded = math.floor(abs(value) + 0.5)
    return f"−{number(rounded)}" if value < 0 and rounded else number(rounded)


FILTERS: Mapping[str, Callable[[Any], str]] = {
    "number": number,
    "decimal": decimal,
    "mbps": mbps,
    "kilometres": kilometres,
    "percent": percent,
    "points": points,
    "day": day,
    "month": month,
    "kilobytes": kilobytes,
}


def figure(value: float | None, form: str) -> str:
    """A figure written by one of `FILTERS`, for templates that are told which."""
    return FILTERS[form](value)


def register(app: Flask) -> None:
    """Let an application's templates write figures."""
    app.jinja_env.filters.update({**FILTERS, "figure": figure})
    app.jinja_env.globals.update(share_text=share, bounds_text=bounds, points_text=points)
