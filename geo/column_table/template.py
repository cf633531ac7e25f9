"""The template that people fill in: its columns, their headings and words in three languages, and the example row.

Standard library only. Headings and words are written out here and not left to the translations of the pages, because the parser must
read every one of them back; a test holds them against the column table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geo.model import AreaType, CellularCoverageType, Connectivity, ConnectivityType, EducationLevel, ElectricityAvailability, FundingType

LANGUAGES: tuple[str, ...] = ("en", "ru", "kk")

EXAMPLE_ID = "EXAMPLE-1"
"""Id of the example row: a row with such an id is passed over wherever it is read."""

EXAMPLE_ID_PATTERN = r"^EXAMPLE-[0-9]{1,4}$"
"""Takes EXAMPLE-1; refuses EXAMPLE-SCHOOL-1 and every id of a register."""

_HEADINGS: Mapping[str, tuple[str, str]] = {
    "school_id_govt": ("Код школы", "Мектеп коды"),
    "school_id_giga": ("Giga ID школы", "Мектептің Giga ID"),
    "school_name": ("Наименование школы", "Мектеп атауы"),
    "latitude": ("Широта", "Ендік"),
    "longitude": ("Долгота", "Бойлық"),
    "admin1": ("Область", "Облыс"),
    "admin2": ("Район", "Аудан"),
    "school_area_type": ("Тип местности", "Елді мекен түрі"),
    "education_level": ("Уровень образования", "Білім деңгейі"),
    "school_funding_type": ("Форма собственности", "Меншік нысаны"),
    "num_students": ("Количество учащихся", "Оқушылар саны"),
    "connectivity": ("Наличие интернета", "Интернеттің болуы"),
    "connectivity_type": ("Тип подключения", "Қосылу түрі"),
    "download_speed_declared_mbps": ("Заявленная скорость, Мбит/с", "Мәлімделген жылдамдық, Мбит/с"),
    "download_speed_measured_mbps": ("Измеренная скорость, Мбит/с", "Өлшенген жылдамдық, Мбит/с"),
    "upload_speed_mbps": ("Скорость отдачи, Мбит/с", "Жіберу жылдамдығы, Мбит/с"),
    "latency_ms": ("Задержка, мс", "Кідіріс, мс"),
    "cellular_coverage_type": ("Мобильное покрытие", "Ұялы байланыс қамтуы"),
    "electricity_availability": ("Электричество", "Электр қуаты"),
    "fiber_node_distance_km": ("Расстояние до ВОЛС, км", "ТОБЖ дейінгі қашықтық, км"),
    "data_source": ("Источник данных", "Деректер көзі"),
    "collected_on": ("Дата сбора данных", "Деректер күні"),
}

TEMPLATE_COLUMNS: tuple[str, ...] = tuple(_HEADINGS)
"""Columns of the template, in its order: those that a person fills in."""

_UNKNOWN = ("неизвестно", "белгісіз")
_OTHER = ("другое", "басқа")
_WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "school_area_type": {AreaType.URBAN: ("город", "қала"), AreaType.RURAL: ("село", "ауыл"), AreaType.UNKNOWN: _UNKNOWN},
    "education_level": {
        EducationLevel.PRE_PRIMARY: ("дошкольное", "мектепке дейінгі"),
        EducationLevel.PRIMARY: ("начальное", "бастауыш"),
        EducationLevel.SECONDARY: ("среднее", "орта"),
        EducationLevel.POST_SECONDARY: ("послесреднее", "орта білімнен кейінгі"),
        EducationLevel.PRE_PRIMARY_AND_PRIMARY: ("дошкольное и начальное", "мектепке дейінгі және бастауыш"),
        EducationLevel.PRIMARY_AND_SECONDARY: ("начальное и среднее", "бастауыш және орта"),
        EducationLevel.PRE_PRIMARY_PRIMARY_AND_SECONDARY: ("дошкольное, начальное и среднее", "мектепке дейінгі, бастауыш және орта"),
        EducationLevel.PRIMARY_SECONDARY_AND_POST_SECONDARY: (
            "начальное, среднее и послесреднее",
            "бастауыш, орта және орта білімнен кейінгі",
        ),
    },
    "school_funding_type": {
        FundingType.PUBLIC: ("государственная", "мемлекеттік"),
        FundingType.PRIVATE: ("частная", "жекеменшік"),
        FundingType.CHARITABLE: ("благотворительная", "қайырымдылық"),
        FundingType.OTHERS: _OTHER,
    },
    "connectivity": {Connectivity.YES: ("да", "иә"), Connectivity.NO: ("нет", "жоқ"), Connectivity.UNKNOWN: _UNKNOWN},
    "connectivity_type": {
        ConnectivityType.FIBER: ("оптоволокно", "талшықты оптика"),
        ConnectivityType.XDSL: ("xDSL", "xDSL"),
        ConnectivityType.WIRED: ("проводная", "сымды"),
        ConnectivityType.CELLULAR: ("мобильная связь", "ұялы байланыс"),
        ConnectivityType.P2MP_WIRELESS: ("точка-многоточка", "P2MP wireless"),
        ConnectivityType.P2P_WIRELESS: ("радиорелейная", "радиорелелік"),
        ConnectivityType.SATELLITE: ("спутник", "жерсерік"),
        ConnectivityType.COPPER: ("медная линия", "мыс кабель"),
        ConnectivityType.COAXIAL: ("коаксиальный кабель", "коаксиалды кабель"),
        ConnectivityType.OTHER: _OTHER,
        ConnectivityType.UNKNOWN: _UNKNOWN,
    },
    "cellular_coverage_type": {
        CellularCoverageType.G2: ("2G", "2G"),
        CellularCoverageType.G3: ("3G", "3G"),
        CellularCoverageType.G4: ("4G", "4G"),
        CellularCoverageType.G5: ("5G", "5G"),
        CellularCoverageType.NO_COVERAGE: ("нет покрытия", "қамту жоқ"),
    },
    "electricity_availability": {ElectricityAvailability.YES: ("да", "иә"), ElectricityAvailability.NO: ("нет", "жоқ")},
}

_EXAMPLE_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "school_name": ("Example school, not real", "Пример: школа, которой нет", "Мысал: жоқ мектеп"),
    "admin1": ("Example region", "Область для примера", "Мысал облысы"),
    "admin2": ("Example district", "Район для примера", "Мысал ауданы"),
    "data_source": ("Example", "Пример", "Мысал"),
}
_EXAMPLE: Mapping[str, str | float] = {
    "school_id_govt": EXAMPLE_ID,
    "latitude": 51.169392,
    "longitude": 71.449074,
    "school_area_type": AreaType.RURAL.value,
    "education_level": EducationLevel.PRIMARY_AND_SECONDARY.value,
    "school_funding_type": FundingType.PUBLIC.value,
    "num_students": 120,
    "connectivity": Connectivity.YES.value,
    "connectivity_type": ConnectivityType.FIBER.value,
    "download_speed_declared_mbps": 100,
    "download_speed_measured_mbps": 84.5,
    "upload_speed_mbps": 20,
    "latency_ms": 35,
    "cellular_coverage_type": CellularCoverageType.G4.value,
    "electricity_availability": ElectricityAvailability.YES.value,
    "fiber_node_distance_km": 1.5,
    "collected_on": "2026-01-15",
}
"""Made up: no school of any register."""


def template_heading(name: str, language: str) -> str:
    """Heading of a column of the template; in English our own name.

    Raises
    ------
    KeyError
        The template does not have the column.
    """
    return {"en": name, "ru": _HEADINGS[name][0], "kk": _HEADINGS[name][1]}[language]


def template_words(name: str, language: str) -> Mapping[str, str]:
    """Word of a closed list → how the template writes it; empty for other columns."""
    words = _WORDS.get(name, {})
    return MappingProxyType({str(word): {"en": str(word), "ru": ru, "kk": kk}[language] for word, (ru, kk) in words.items()})


def example_row(language: str) -> Mapping[str, str | float]:
    """Cells of the example row by our names, in the order of the template; columns left blank are absent."""
    place = LANGUAGES.index(language)
    cells: dict[str, str | float] = {}
    for name in TEMPLATE_COLUMNS:
        if name in _EXAMPLE_TEXTS:
            cells[name] = _EXAMPLE_TEXTS[name][place]
        elif name in _EXAMPLE:
            value = _EXAMPLE[name]
            cells[name] = template_words(name, language).get(value, value) if isinstance(value, str) else value
    return MappingProxyType(cells)
