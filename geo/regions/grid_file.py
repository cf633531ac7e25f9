"""The grid index as two files: whole numbers to be memory-mapped, and a note that says what they are and over which units."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from geo.regions.grid import GridIndex
from geo.regions.nearest import NEAREST_TOLERANCE_KM
from geo.regions.raster import GridFrame

INDEX_FORMAT = 2
"""Raise it whenever the meaning of the numbers changes: older files are then ignored."""

NUMBERS = "grid.npy"
NOTE = "grid.json"


def write_index(directory: Path, index: GridIndex, *, units_sha256: str) -> None:
    """Write an index into a directory, the note last, so that a cut-short one is never taken for whole.

    Parameters
    ----------
    units_sha256
        sha256 of the units file the index was built over.
    """
    (directory / NOTE).unlink(missing_ok=True)
    numbers = np.concatenate((index.cells, index.starts, index.candidates, index.outer))
    np.save(directory / NUMBERS, numbers, allow_pickle=False)
    note = {
        "format": INDEX_FORMAT,
        "units_sha256": units_sha256,
        "tolerance_km": NEAREST_TOLERANCE_KM,
        "frame": asdict(index.frame),
        "lengths": [len(index.cells), len(index.starts), len(index.candidates), len(index.outer)],
    }
    (directory / NOTE).write_text(json.dumps(note), encoding="utf-8")


def open_index(directory: Path, *, units_sha256: str) -> GridIndex | None:
    """Memory-map the index of a directory; None where there is none that fits these units and this format."""
    try:
        note = json.loads((directory / NOTE).read_text(encoding="utf-8"))
        numbers = np.load(directory / NUMBERS, mmap_mode="r", allow_pickle=False)
        return _index(note, numbers, units_sha256)
    except (OSError, EOFError, ValueError, KeyError, TypeError):
        return None


def _index(note: dict[str, Any], numbers: np.memmap[Any, np.dtype[np.int32]], units_sha256: str) -> GridIndex | None:
    said = note["format"], note["units_sha256"], note["tolerance_km"]
    if said != (INDEX_FORMAT, units_sha256, NEAREST_TOLERANCE_KM):
        return None
    frame = GridFrame(**note["frame"])
    lengths = [int(length) for length in note["lengths"]]
    if numbers.dtype != np.int32 or len(numbers) != sum(lengths) or lengths[0] != frame.rows * frame.columns:
        return None
    flat = np.asarray(numbers)  # a view on the mapped pages without the subclass's cost at every slice
    cells, starts, candidates, outer = np.split(flat, np.cumsum(lengths)[:-1])
    return GridIndex(frame, cells, starts, candidates, outer)
