"""Where single bytes stand in a large text, looked for in pieces that the processor keeps at hand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.schools import Int64Array

_PIECE, _STRETCHES_AT_ONCE = 1 << 20, 8_192

Bytes = npt.NDArray[np.uint8]


def positions_of(buffer: Bytes, byte: int) -> Int64Array:
    """Where a byte stands, ascending."""
    found = [np.flatnonzero(buffer[at : at + _PIECE] == byte) + at for at in range(0, len(buffer), _PIECE)]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def counts_between(buffer: Bytes, byte: int, edges: Int64Array) -> Int64Array:
    """How often a byte stands between each edge and the next, edges ascending; shape (edges - 1,). No position is kept."""
    counts = np.zeros(len(edges) - 1, dtype=np.int64)
    for begin in range(0, len(counts), _STRETCHES_AT_ONCE):
        end = min(begin + _STRETCHES_AT_ONCE, len(counts))
        stretch = buffer[edges[begin] : edges[end]] == byte
        if len(stretch):
            counts[begin:end] = np.add.reduceat(stretch.view(np.uint8), edges[begin:end] - edges[begin], dtype=np.int64)
    return counts
