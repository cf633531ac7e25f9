"""Since when the interface gives a value. It dates no fact, so a fact's day is that of the first pull that brought its value.

A value that stays is therefore not renewed by every pull, and a newer fact of another source is not overwritten by it again.
Why: docs/decisions/0013-days-of-pulled-facts.md.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from geo.model import FACT_COLUMNS, Fact

_FILLED_BY = {"admin1": "admin1_declared", "admin2": "admin2_declared"}
"""Column of a pull → column of a release, where the names differ."""


def dated(frame: pd.DataFrame, former: pd.DataFrame | None, *, today: date) -> pd.DataFrame:
    """A pull with a `<fact>_collected_on` for each fact that has none of its own.

    Parameters
    ----------
    frame
        Text, None where nothing is known; one row a school by `school_id_giga`.
    former
        The pull before it, dated, in the same form; None where there is none. Columns and schools may differ.

    Returns
    -------
    The frame with the columns added: the former day where all values of the fact are the former ones, else today.
    """
    before = _aligned(former, frame["school_id_giga"])
    result = frame.copy()
    for fact in Fact:
        names = [name for name in frame.columns if _FILLED_BY.get(name, name) in FACT_COLUMNS[fact]]
        day = f"{fact}_collected_on"
        if not names or day in frame.columns:
            continue
        is_same = np.logical_and.reduce([_column(before, name) == frame[name].fillna("").to_numpy(object) for name in names])
        former_day = _column(before, day)
        result[day] = np.where(is_same & (former_day != ""), former_day, today.isoformat())
    return result


def _aligned(former: pd.DataFrame | None, ids: pd.Series[Any]) -> pd.DataFrame:
    """The former pull in the order of these schools; "" where it says nothing, no column where it has none."""
    if former is None or "school_id_giga" not in former.columns:
        return pd.DataFrame(index=ids)
    return former.drop_duplicates("school_id_giga").set_index("school_id_giga").reindex(ids).fillna("")


def _column(table: pd.DataFrame, name: str) -> Any:
    return table[name].to_numpy(object) if name in table.columns else np.full(len(table), "", dtype=object)
