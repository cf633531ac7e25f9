"""Rows about schools as another authority would write them: names damaged, points moved, ids foreign, some schools unknown to us.

Seeded, so that a benchmark and a test say the same of the same data. Every damage is one that files of real ministries show.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from geo.schools import FACTS_SCHEMA, RELEASE_SCHEMA

UNKNOWN_SHARE = 0.1
"""Rows whose school is not among ours."""
PLACELESS_SHARE = 0.12
REGIONLESS_SHARE = 0.1
SIZELESS_SHARE = 0.5
MOVED_KM = 3.0
KM_PER_DEGREE = 111.2

DEMO = Path(__file__).resolve().parent.parent / "data" / "demo" / "schools.csv"
_FIRST = ("Терең", "Биік", "Жасыл", "Сулы", "Ескі", "Күн")
_LAST = ("бел", "қыр", "ауз", "шат", "мүйіс")

Rng = np.random.Generator
Ints = npt.NDArray[np.int64]

_RUSSIAN_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_RUSSIAN_LATIN = "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch - y - e yu ya"
_KAZAKH_LETTERS = "аәбвгғдеёжзийіклмнңоөпрстуұүфхһцчшщъыьэюяқ"
_KAZAKH_LATIN = "a ä b v g ğ d e yo j z i i i k l m n ñ o ö p r s t u ū ü f h h ts ch ş şş - y - e yu ya q"
_WITHOUT_KAZAKH = str.maketrans("ӘІҢҒҮҰҚӨҺәіңғүұқөһ", "АИНГУУКОХаингуукох")


def _spelt(text: str, letters: str, spellings: str) -> str:
    table = dict(zip(letters, spellings.replace("-", "\0").split(), strict=True))
    return "".join(table.get(letter, table.get(letter.lower(), letter).title()) for letter in text).replace("\0", "")


def latin(name: str, rng: Rng) -> str:
    """As on an English map, or in the Kazakh Latin alphabet of 2021."""
    if rng.random() < 0.5:
        return _spelt(name, _KAZAKH_LETTERS, _KAZAKH_LATIN)
    return _spelt(name.translate(_WITHOUT_KAZAKH), _RUSSIAN_LETTERS, _RUSSIAN_LATIN)


def russian_keys(name: str, rng: Rng) -> str:
    """Typed on a keyboard without Kazakh letters, and without ё."""
    return name.translate(_WITHOUT_KAZAKH).replace("ё", "е").replace("Ё", "Е")


def without_kind(name: str, rng: Rng) -> str:
    """Only the name or the number, or hardly more."""
    short = re.sub(r"орта мектебі|жалпы білім беретін мектебі|бастауыш мектебі|Средняя школа|Начальная школа|села", "", name)
    return re.sub(r"\s+", " ", short).strip() or name


def abbreviated(name: str, rng: Rng) -> str:
    """Kinds as abbreviations, as in lists of ministries."""
    for long, brief in (
        ("Средняя школа", "СОШ"),
        ("Начальная школа", "НШ"),
        ("жалпы білім беретін мектебі", "ЖББМ"),
        ("орта мектебі", "ОМ"),
        ("села", "с."),
    ):
        name = name.replace(long, brief)
    return name


def other_number_sign(name: str, rng: Rng) -> str:
    """No 12, N12, #12, нөмір 12, номер 12, №12, 12-ші."""
    signs = (r"No \1", r"N\1", r"#\1", r"нөмір \1", r"номер \1", r"№\1", r"\1-ші", r"№ 0\1")
    return re.sub(r"№ (\d+)", signs[rng.integers(len(signs))], name)


def typo(name: str, rng: Rng) -> str:
    """One letter lost, doubled, changed or swapped with its neighbour, never in a number."""
    places = [place for place in range(1, len(name) - 1) if name[place].isalpha() and name[place + 1].isalpha()]
    if not places:
        return name
    place = places[rng.integers(len(places))]
    before, letter, following, after = name[:place], name[place], name[place + 1], name[place + 2 :]
    return before + (following + letter, following, letter * 2 + following, "а" + following)[rng.integers(4)] + after


def capitals(name: str, rng: Rng) -> str:
    """All in capitals."""
    return name.upper()


def legal_form(name: str, rng: Rng) -> str:
    """With the full name of the legal person around it."""
    if re.search("[әіңғүұқөһ]", name):
        return f"«{name}» коммуналдық мемлекеттік мекемесі"
    return f"КГУ «{name}» отдела образования"


def full_width(name: str, rng: Rng) -> str:
    """Digits in full width and blanks that do not break."""
    return name.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}).replace(" ", "\u00a0")


DAMAGES: dict[str, Callable[[str, Rng], str]] = {
    "none": lambda name, rng: name,
    "latin": latin,
    "russian_keys": russian_keys,
    "without_kind": without_kind,
    "abbreviated": abbreviated,
    "number_sign": other_number_sign,
    "typo": typo,
    "capitals": capitals,
    "legal_form": legal_form,
    "full_width": full_width,
    "two": lambda name, rng: typo((latin, russian_keys, abbreviated)[rng.integers(3)](name, rng), rng),
}


def demo_release() -> pa.Table:
    """The schools of the demonstration data as a release whose region is what the file declares."""
    read = pyarrow.csv.ConvertOptions(
        strings_can_be_null=True, column_types={name: FACTS_SCHEMA.field(name).type for name in FACTS_SCHEMA.names}
    )
    demo = pyarrow.csv.read_csv(DEMO, convert_options=read)
    columns = {field.name: pa.nulls(demo.num_rows, field.type) for field in RELEASE_SCHEMA}
    columns |= {
        name: pc.cast(demo[name], RELEASE_SCHEMA.field(name).type) for name in demo.column_names if name in columns and name != "admin1"
    }
    columns |= {
        "school_id": demo["school_id_govt"],
        "admin1_declared": demo["admin1"],
        "connectivity": pa.array(["unknown"] * demo.num_rows),
    }
    return pa.table(columns, schema=pa.schema([field.with_nullable(True) for field in RELEASE_SCHEMA]))


def country(schools: int) -> pa.Table:
    """Copies of the demonstration data side by side, each with regions and village names of its own, and the same school numbers."""
    demo = demo_release()
    copies = [_copy(demo, number) for number in range(-(-schools // demo.num_rows))]
    return pa.concat_tables(copies).slice(0, schools).combine_chunks()


def _copy(demo: pa.Table, number: int) -> pa.Table:
    word = f"{_FIRST[number % len(_FIRST)]}{_LAST[number // len(_FIRST) % len(_LAST)]}"
    is_village = pc.invert(pc.match_substring(demo["school_name"], "№"))
    changed = {
        "school_id": pc.binary_join_element_wise(demo["school_id"], str(number), "-"),
        "school_name": pc.if_else(is_village, pc.binary_join_element_wise(word, demo["school_name"], " "), demo["school_name"]),
        "admin1_declared": pc.binary_join_element_wise(word, demo["admin1_declared"], " "),
        "latitude": pc.add(demo["latitude"], -20.0 * (number // 9)),
        "longitude": pc.add(demo["longitude"], 42.0 * (number % 9) - 220.0),
    }
    for name, column in changed.items():
        demo = demo.set_column(demo.column_names.index(name), name, column)
    return demo


@dataclass(frozen=True)
class Damaged:
    """A file without shared ids and the truth about it.

    Parameters
    ----------
    rows
        As reading a file gives them.
    schools
        The release without the schools that are unknown to us.
    school
        Position in `schools` of each row's school, -1 where it is none of ours; shape (rows,).
    damage
        Name of each row's damage in `DAMAGES`, length rows.
    """

    rows: pa.Table
    schools: pa.Table
    school: Ints
    damage: list[str]


def damaged(release: pa.Table, count: int, *, seed: int = 20260901) -> Damaged:
    """Damage `count` schools of a release; those of the `UNKNOWN_SHARE` are taken out of it."""
    rng = np.random.default_rng(seed)
    picked = rng.permutation(release.num_rows)[:count]
    is_unknown = rng.random(count) < UNKNOWN_SHARE
    stays = np.ones(release.num_rows, dtype=bool)
    stays[picked[is_unknown]] = False
    place = np.cumsum(stays) - 1
    kinds = [list(DAMAGES)[kind] for kind in rng.integers(0, len(DAMAGES), count)]
    return Damaged(
        _rows(release.take(pa.array(picked)), kinds, rng), release.filter(pa.array(stays)), np.where(is_unknown, -1, place[picked]), kinds
    )


def _rows(schools: pa.Table, kinds: list[str], rng: Rng) -> pa.Table:
    count = schools.num_rows
    names = [DAMAGES[kind](name, rng) for kind, name in zip(kinds, schools["school_name"].to_pylist(), strict=True)]
    is_placed = rng.random(count) >= PLACELESS_SHARE
    latitude, longitude = _moved(schools, rng)
    size = schools["num_students"].to_numpy(zero_copy_only=False).astype(float) * rng.uniform(0.93, 1.07, count)
    has_size = (rng.random(count) >= SIZELESS_SHARE) & np.isfinite(size)
    return pa.table(
        {
            "school_id_govt": [f"X-{row:07d}" for row in rng.permutation(count)],
            "school_name": names,
            "latitude": pa.array(latitude, mask=~is_placed | np.isnan(latitude)),
            "longitude": pa.array(longitude, mask=~is_placed | np.isnan(longitude)),
            "admin1_declared": pa.array(schools["admin1_declared"].to_pylist(), pa.string(), mask=rng.random(count) < REGIONLESS_SHARE),
            "num_students": pa.array(np.where(has_size, np.round(size), 0).astype(np.int32), mask=~has_size),
        }
    )


def _moved(schools: pa.Table, rng: Rng) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points moved by 0 to `MOVED_KM` in any direction."""
    latitude, longitude = (schools[name].to_numpy(zero_copy_only=False).astype(float) for name in ("latitude", "longitude"))
    far, angle = rng.uniform(0, MOVED_KM, len(latitude)) / KM_PER_DEGREE, rng.uniform(0, 2 * np.pi, len(latitude))
    moved = latitude + far * np.cos(angle)
    return moved, longitude + far * np.sin(angle) / np.cos(np.radians(latitude))
