"""Tables of schools as features and files show them: some properties of some schools of a view."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.model import Grouping
from geo.school_properties import PROPERTY_NAMES
from geo.schools import Int64Array
from geo.services.coverage import Shown, unit_names
from geo.services.property_values import Rows
from geo.services.workspace import LEVELS, Workspace

_UNIT_NAMES: Mapping[str, Grouping] = {f"{grouping}_name": grouping for grouping in LEVELS}


def selected_rows(shown: Shown) -> Int64Array | None:
    """Rows of the release that a view's filter selects, shape (m,), ascending; None where it selects all.

    Raises
    ------
    InvalidParameter
        A value that neither the release nor its boundaries know.
    """
    mask = shown.opened.mask(shown.where, shown.norm, shown.basis)
    return None if mask is None else np.flatnonzero(mask)


def school_table(
    workspace: Workspace, shown: Shown, rows: Rows = None, names: Collection[str] = PROPERTY_NAMES, *, language: str = "en"
) -> pa.Table:
    """Values of properties of some schools, whatever the filter of the view.

    Parameters
    ----------
    rows
        Rows of the release, shape (m,), in the order wanted, or a slice of them; None is all.
    names
        Names of `geo.school_properties.SCHOOL_PROPERTIES`, in the order wanted.
    language
        Language of the names of regions.

    Returns
    -------
    A table of m rows, columns as `geo.services.property_values.property_values` gives them.
    """
    return pa.table([_column(workspace, shown, name, rows, language) for name in names], names=list(names))


def _column(workspace: Workspace, shown: Shown, name: str, rows: Rows, language: str) -> pa.Array | pa.ChunkedArray:
    values = shown.opened.property_values(name, shown.norm, shown.basis, rows)
    if name not in _UNIT_NAMES or language == "en":
        return values
    grouping = _UNIT_NAMES[name]
    codes = shown.opened.property_values(grouping.value, shown.norm, shown.basis, rows)
    return _translated(values, codes, unit_names(workspace, shown.release, grouping, language))


def _translated(names: pa.ChunkedArray, codes: pa.ChunkedArray, known: Mapping[str, str]) -> pa.ChunkedArray:
    """Names by the codes of regions; the release's own name where the boundaries have none."""
    found = pc.index_in(codes.cast(pa.string()), value_set=pa.array(list(known), pa.string()))
    return pc.coalesce(pa.array(list(known.values()), pa.string()).take(found.combine_chunks()), names.cast(pa.string()).combine_chunks())
