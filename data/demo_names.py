"""Invented school names, Kazakh and Russian, each marked as a sample.

Used by `data.build_schools` alone. A village name is put together from parts, so that it may sound like a place that exists;
the mark and the numbers (from 1001, which no real school bears) say that the school does not.
"""

from __future__ import annotations

import numpy as np

RUSSIAN_SHARE = 0.4
FIRST_NUMBER = 1001

_KAZAKH_FIRST = (
    *("Ақ", "Қара", "Көк", "Сары", "Қызыл", "Жаңа", "Бес", "Үш", "Қос", "Ұзын"),
    *("Алтын", "Күміс", "Тас", "Орта", "Кең", "Бай", "Тұзды", "Құм", "Сұлу", "Нұрлы"),
)
_KAZAKH_LAST = (
    *("бұлақ", "су", "тоғай", "арал", "көл", "терек", "жар", "төбе", "қайың", "өзек"),
    *("құдық", "дала", "сай", "өткел", "қамыс", "жол", "ағаш", "жота", "жазық", "шоқы"),
)
_RUSSIAN_FIRST = ("Ново", "Верхне", "Нижне", "Средне", "Красно", "Бело", "Светло", "Добро", "Старо", "Много")
_RUSSIAN_LAST = (
    *("озёрное", "полье", "речье", "луговое", "степное", "горское", "каменка"),
    *("берёзовка", "сосновка", "рощинское", "ключевое", "раздольное", "дубровка", "отрадное"),
)

_KAZAKH_RURAL = {
    "Primary": "{place} бастауыш мектебі (үлгі)",
    "Primary and Secondary": "{place} орта мектебі (үлгі)",
    "Secondary": "{place} мектеп-лицейі (үлгі)",
    "Pre-Primary, Primary and Secondary": "{place} мектеп-балабақшасы (үлгі)",
}
_RUSSIAN_RURAL = {
    "Primary": "Начальная школа села {place} (образец)",
    "Primary and Secondary": "Средняя школа села {place} (образец)",
    "Secondary": "Школа-лицей села {place} (образец)",
    "Pre-Primary, Primary and Secondary": "Школа-сад села {place} (образец)",
}
_KAZAKH_URBAN = {
    "Primary": "№ {number} бастауыш мектебі (үлгі)",
    "Primary and Secondary": "№ {number} жалпы білім беретін мектебі (үлгі)",
    "Secondary": "№ {number} мектеп-гимназиясы (үлгі)",
    "Pre-Primary, Primary and Secondary": "№ {number} мектеп-балабақшасы (үлгі)",
}
_RUSSIAN_URBAN = {
    "Primary": "Начальная школа № {number} (образец)",
    "Primary and Secondary": "Средняя школа № {number} (образец)",
    "Secondary": "Школа-гимназия № {number} (образец)",
    "Pre-Primary, Primary and Secondary": "Школа-сад № {number} (образец)",
}


def village_name(*, is_russian: bool, rng: np.random.Generator) -> str:
    """A place name put together from two parts."""
    first, last = (_RUSSIAN_FIRST, _RUSSIAN_LAST) if is_russian else (_KAZAKH_FIRST, _KAZAKH_LAST)
    return first[rng.integers(len(first))] + last[rng.integers(len(last))]


def rural_school_name(place: str, *, education_level: str, is_russian: bool) -> str:
    """Name of a village school, such as "Ақбұлақ орта мектебі (үлгі)"."""
    patterns = _RUSSIAN_RURAL if is_russian else _KAZAKH_RURAL
    return patterns[education_level].format(place=place)


def urban_school_name(number: int, *, education_level: str, is_russian: bool) -> str:
    """Name of a town school, such as "Средняя школа № 1001 (образец)"."""
    patterns = _RUSSIAN_URBAN if is_russian else _KAZAKH_URBAN
    return patterns[education_level].format(number=number)
