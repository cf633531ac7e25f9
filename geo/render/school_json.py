"""Schools as JSON texts: features of a GeoJSON collection (RFC 7946), or one flat object a line (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from geo.points import coordinates
from geo.render.joined_rows import Cells, joined, replaced, written_ahead

_CONTROL = r"[\x00-\x1f]"
_MOST_WHOLE = 1e15
"""From here on numbers are written with an exponent, which needs no decimals to be a number of the same kind as the others."""


def geojson_parts(
    names: Sequence[str], batches: Iterable[pa.Table], *, identity: str, geometry: str, members: Mapping[str, Any]
) -> Iterator[bytes]:
    """A FeatureCollection in parts: its own members, one part a batch, its end.

    Parameters
    ----------
    names
        Columns that become properties, in order.
    batches
        Besides those, `identity`, the id of each feature, and `geometry`, WKB points in degrees, longitude first, null where there is none.
    members
        Foreign members of the collection, which stand before the features.
    """
    cells = _json_cells()
    head = json.dumps({"type": "FeatureCollection", **members}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    yield f'{head[:-1]},"features":[\n'.encode()

    def written(batch: pa.Table) -> bytes:
        parts: list[pa.Array | str] = ['{"type":"Feature","id":', cells.of(identity, batch[identity]), ',"geometry":']
        parts += [_point_texts(batch[geometry].combine_chunks()), ',"properties":{']
        return joined([*parts, *_members(cells, batch, names), "}}"], "", ",\n")[:-2]

    for number, text in enumerate(written_ahead(written, batches)):
        yield b",\n" + text if number else text
    yield b"\n]}\n"


def json_lines(names: Sequence[str], batches: Iterable[pa.Table]) -> Iterator[bytes]:
    """One flat object a line, one part a batch; every member in every line, null where nothing is known."""
    cells = _json_cells()
    yield from written_ahead(lambda batch: joined(["{", *_members(cells, batch, names), "}"], "", "\n"), batches)


def _members(cells: Cells, batch: pa.Table, names: Sequence[str]) -> Iterator[pa.Array | str]:
    for place, name in enumerate(names):
        yield f'{"," if place else ""}"{name}":'
        yield pc.fill_null(cells.of(name, batch[name]), "null")


def _json_cells() -> Cells:
    return Cells(text=_texts, number=_numbers, day=lambda days: pc.binary_join_element_wise('"', days.cast(pa.string()), '"', ""))


def _texts(texts: pa.Array) -> pa.Array:
    """JSON strings; those with control characters one by one, since they are few."""
    escaped = replaced(
        texts,
        pc.match_substring_regex(texts, r'["\\]'),
        lambda odd: pc.replace_substring(pc.replace_substring(odd, "\\", "\\\\"), '"', '\\"'),
    )
    quoted = pc.binary_join_element_wise('"', escaped, '"', "")
    is_odd = pc.fill_null(pc.match_substring_regex(texts, _CONTROL), False)
    if not pc.any(is_odd).as_py():
        return quoted
    written = [orjson.dumps(text).decode() for text in texts.filter(is_odd).to_pylist()]
    return pc.replace_with_mask(quoted, is_odd, pa.array(written, pa.string()))


def _numbers(values: pa.Array) -> pa.Array:
    """Whole numbers without decimals, all others with them, so that a column looks the same whatever its values are."""
    texts = values.cast(pa.string())
    if not pa.types.is_floating(values.type):
        return texts
    is_whole = pc.and_(pc.equal(pc.floor(values), values), pc.less(pc.abs(values), _MOST_WHOLE))
    return replaced(texts, is_whole, lambda whole: pc.binary_join_element_wise(whole, ".0", ""))


def _point_texts(points: pa.Array) -> pa.Array:
    longitude, latitude = (_numbers(pa.array(values, mask=np.isnan(values))) for values in coordinates(points))
    texts = pc.binary_join_element_wise('{"type":"Point","coordinates":[', longitude, ",", latitude, "]}", "")
    return pc.fill_null(texts, "null")
