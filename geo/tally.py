"""Counts by area type and status, and the shares, bounds and gaps that follow. Definitions: docs/definitions.md#coverage."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.model import AREA_TYPES, STATUSES, AreaType, Status
from geo.schools import FloatArray, Int64Array

_UNCONNECTED = STATUSES.index(Status.UNCONNECTED)
_NORM_UNKNOWN = STATUSES.index(Status.NORM_UNKNOWN)
_MEETS = STATUSES.index(Status.MEETS_NORM)
_UNKNOWN = STATUSES.index(Status.UNKNOWN)
_CONNECTED = (STATUSES.index(Status.BELOW_NORM), _NORM_UNKNOWN, _MEETS)
_URBAN = AREA_TYPES.index(AreaType.URBAN)
_RURAL = AREA_TYPES.index(AreaType.RURAL)


@dataclass(frozen=True)
class Share:
    """A share of each group with its bounds, 0 to 1, shape (groups,); NaN stands for null.

    `value` holds among what is known; `lower` and `upper` hold whatever the unknown turn out to be.
    """

    value: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True)
class Tally:
    """Counts of one kind (schools, or students of schools with known enrolment) by group, area type and status.

    Parameters
    ----------
    counts
        Shape (groups, 3 area types, 5 statuses); also with axes before these.
    """

    counts: Int64Array

    @property
    def by_status(self) -> Int64Array:
        """Counts over all area types, shape (groups, 5)."""
        return np.asarray(self.counts.sum(axis=-2))

    def connected_share(self, counts: Int64Array | None = None) -> Share:
        """Share with a connection, whatever its speed."""
        c = self.by_status if counts is None else counts
        connected = c[..., list(_CONNECTED)].sum(axis=-1)
        return _share(connected, connected + c[..., _UNCONNECTED], c[..., _UNKNOWN], c.sum(axis=-1))

    def meets_norm_share(self, counts: Int64Array | None = None) -> Share:
        """Share that surely meets the norm."""
        c = self.by_status if counts is None else counts
        maybe = c[..., _NORM_UNKNOWN] + c[..., _UNKNOWN]
        return _share(c[..., _MEETS], c.sum(axis=-1) - maybe, maybe, c.sum(axis=-1))

    def shares(self, by_status: Int64Array) -> dict[str, Share]:
        """Both shares of all schools, and both gaps: urban minus rural, in percentage points; by the names of figures.

        Parameters
        ----------
        by_status
            What `by_status` gives, which whoever asks has at hand.
        """
        spans = np.stack(
            [by_status, self.counts[..., _URBAN, :], self.counts[..., _RURAL, :]]
        )  # at once, since small arrays cost by the call
        connected, meets_norm = self.connected_share(spans), self.meets_norm_share(spans)
        return {
            "connected_share": _span(connected, 0),
            "meets_norm_share": _span(meets_norm, 0),
            "connected_gap_points": _gap(_span(connected, 1), _span(connected, 2)),
            "meets_norm_gap_points": _gap(_span(meets_norm, 1), _span(meets_norm, 2)),
        }


def _share(part: Int64Array, known: Int64Array, maybe: Int64Array, whole: Int64Array) -> Share:
    return Share(value=_quotient(part, known), lower=_quotient(part, whole), upper=_quotient(part + maybe, whole))


def _quotient(part: Int64Array, whole: Int64Array) -> FloatArray:
    """Part of a whole, NaN where there is none."""
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


def _span(share: Share, number: int) -> Share:
    return Share(share.value[number], share.lower[number], share.upper[number])


def _gap(urban: Share, rural: Share) -> Share:
    return Share(
        value=100 * (urban.value - rural.value),
        lower=100 * (urban.lower - rural.upper),
        upper=100 * (urban.upper - rural.lower),
    )
