"""How the columns' headings may be spelled in a file: English, Russian, Kazakh, and Giga's own names, new and old.

Standard library only; part of the column table. A spelling is listed only where its meaning, and for numbers its unit, is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _speeds(*names: str) -> str:
    """Each name with the ways to write Mbps behind it."""
    return "|".join(f"{name}{end}" for name in names for end in (" мбит/с", ", мбит/с", " (мбит/с)", " мбит/сек", ", мбит/сек"))


_HEADINGS: Mapping[str, Mapping[str, str]] = {
    "school_id": {},
    "school_id_giga": {"en": "giga id", "giga": "giga_id_school|giga_school_id|giga_id", "ru": "giga id школы", "kk": "мектептің giga id"},
    "school_id_govt": {
        "en": "government id|government school id|national school id|ministry id|emis id|emis code|school code|code|"
        "school identifier|institution code|school emis code",
        "giga": "external_id|school_id_government|govt_school_id",
        "ru": "id школы|код школы|идентификатор школы|государственный id школы|государственный код школы|"
        "код организации образования|код|код организации|код учреждения|код объекта образования",
        "kk": "мектеп id|мектеп коды|мектептің коды|мектеп идентификаторы|мемлекеттік мектеп коды|білім беру ұйымының коды|"
        "мекеме коды|мекеменің коды|ұйым коды",
    },
    "school_name": {
        "en": "name|school|name of school|name of the school|institution|institution name",
        "ru": "наименование школы|название школы|школа|наименование организации образования|наименование|название|"
        "наименование организации|наименование учреждения|название организации|полное наименование школы|организация образования",
        "kk": "мектеп атауы|мектептің атауы|мектеп|білім беру ұйымының атауы|атауы|мекеме атауы|ұйым атауы|білім беру ұйымы",
    },
    "latitude": {"en": "lat", "giga": "school_latitude", "ru": "широта|географическая широта", "kk": "ендік|географиялық ендік"},
    "longitude": {
        "en": "lon|lng|long",
        "giga": "school_longitude",
        "ru": "долгота|географическая долгота",
        "kk": "бойлық|географиялық бойлық",
    },
    "admin1": {
        "en": "region|province|oblast",
        "giga": "admin_1|admin_1_name",
        "ru": "область|регион|область/город|наименование области|наименование региона",
        "kk": "облыс|өңір|облыс атауы|облыс/қала",
    },
    "admin2": {
        "en": "district|rayon",
        "giga": "admin_2|admin_2_name",
        "ru": "район|район/город|наименование района",
        "kk": "аудан|аудан/қала|аудан атауы",
    },
    "school_area_type": {
        "en": "area type|urban rural|urban/rural|rural urban|rural/urban|locality type|settlement type",
        "giga": "environment|school_environment",
        "ru": "тип местности|вид местности|местность|город/село|село/город|тип населенного пункта|тип населённого пункта|"
        "вид населенного пункта|вид населённого пункта",
        "kk": "елді мекен түрі|қала/ауыл|ауыл/қала|жер түрі|елді мекен типі|елді мекеннің түрі|жергілікті жер түрі",
    },
    "education_level": {
        "en": "level of education|school level",
        "giga": "educ_level",
        "ru": "уровень образования|уровень обучения|ступень образования",
        "kk": "білім деңгейі|білім беру деңгейі|оқыту деңгейі",
    },
    "school_funding_type": {
        "en": "funding type|ownership",
        "ru": "форма собственности|вид собственности|тип финансирования",
        "kk": "меншік нысаны|меншік түрі|қаржыландыру түрі",
    },
    "num_students": {
        "en": "students|number of students|student count|enrolment|enrollment|total students|pupils|number of pupils",
        "giga": "student_count|student_count_total",
        "ru": "количество учащихся|число учащихся|количество учеников|число учеников|количество обучающихся|число обучающихся|"
        "численность учащихся|численность обучающихся|кол во учащихся|кол во учеников|контингент обучающихся|"
        "учащиеся|учащихся|контингент|контингент учащихся",
        "kk": "оқушылар саны|оқушы саны|білім алушылар саны|оқушылар контингенті|оқушылардың саны|білім алушылардың саны",
    },
    "connectivity": {
        "en": "internet|has internet|internet connection|internet access|connected|is connected|has connectivity|"
        "connected to internet|connected to the internet|internet available",
        "giga": "connectivity_govt|internet_availability",
        "ru": "интернет|наличие интернета|подключение к интернету|подключение|доступ к интернету|есть интернет|подключена|"
        "подключен|подключена к интернету|подключен к интернету|подключено к интернету|подключение к сети интернет|"
        "наличие подключения к интернету|наличие доступа к интернету|наличие сети интернет|интернет есть",
        "kk": "интернет бар|интернеттің болуы|интернетке қосылу|интернетке қосылған|интернет байланысы|қосылған|"
        "интернетке қосылған ба|интернет желісіне қосылу|интернет қолжетімділігі|интернет бар ма",
    },
    "connectivity_type": {
        "en": "connection type|internet type|type of connection|type of internet",
        "giga": "connectivity_type_govt|type_connectivity",
        "ru": "тип подключения|тип соединения|вид подключения|технология подключения|тип интернета|тип подключения к интернету|"
        "вид подключения к интернету|тип связи|тип канала|способ подключения",
        "kk": "қосылу түрі|байланыс түрі|интернет түрі|қосылу технологиясы|интернетке қосылу түрі|технология түрі|байланыс арнасының түрі",
    },
    "download_speed_mbps": {
        "en": "download mbps|download (mbps)|download speed (mbps)|download speed, mbps|speed mbps|speed (mbps)|"
        "internet speed mbps|internet speed (mbps)",
        "ru": _speeds("скорость", "скорость интернета", "скорость загрузки", "входящая скорость"),
        "kk": _speeds("жылдамдық", "интернет жылдамдығы", "жүктеу жылдамдығы"),
    },
    "download_speed_declared_mbps": {
        "en": "declared speed mbps|declared speed (mbps)|declared download speed mbps|contracted speed mbps|"
        "contracted speed (mbps)|"
        "contracted download speed mbps",
        "giga": "download_speed_govt|download_speed_contracted",
        "ru": _speeds("заявленная скорость", "скорость по договору", "договорная скорость"),
        "kk": _speeds("мәлімделген жылдамдық", "келісімшарт бойынша жылдамдық"),
    },
    "download_speed_measured_mbps": {
        "en": "measured speed mbps|measured speed (mbps)|measured download speed mbps",
        "ru": _speeds("измеренная скорость", "фактическая скорость"),
        "kk": _speeds("өлшенген жылдамдық", "нақты жылдамдық"),
    },
    "upload_speed_mbps": {
        "en": "upload mbps|upload (mbps)|upload speed (mbps)|upload speed, mbps",
        "ru": _speeds("скорость отдачи", "исходящая скорость"),
        "kk": _speeds("жіберу жылдамдығы"),
    },
    "latency_ms": {
        "en": "latency (ms)|ping ms|ping (ms)",
        "ru": "задержка мс|задержка, мс|задержка (мс)|пинг мс|пинг, мс|пинг (мс)",
        "kk": "кідіріс мс|кідіріс, мс|кідіріс (мс)",
    },
    "cellular_coverage_type": {
        "en": "mobile coverage|mobile coverage type|cellular coverage|mobile signal",
        "giga": "coverage_type",
        "ru": "мобильное покрытие|покрытие мобильной связи|тип мобильной связи",
        "kk": "ұялы байланыс қамтуы|мобильді байланыс түрі",
    },
    "electricity_availability": {
        "en": "has electricity|electricity available",
        "giga": "electricity",
        "ru": "электричество|наличие электричества|электроснабжение",
        "kk": "электр қуаты|электр энергиясы|электрмен жабдықтау",
    },
    "fiber_node_distance_km": {
        "en": "distance to fiber node km|distance to fibre node km|fibre node distance km",
        "giga": "fiber_node_distance",
        "ru": "расстояние до волс км|расстояние до волс, км|расстояние до волс (км)",
        "kk": "тобж дейінгі қашықтық км|тобж дейінгі қашықтық, км|тобж дейінгі қашықтық (км)",
    },
    "data_source": {
        "en": "source|source of data|source of information",
        "giga": "school_data_source",
        "ru": "источник|источник данных|источник информации",
        "kk": "дереккөз|деректер көзі|ақпарат көзі",
    },
    "collected_on": {
        "en": "date collected|collection date|collected at|as of|date|date updated|last updated|survey date",
        "giga": "updated_at|data_collection_date",
        "ru": "дата сбора|дата сбора данных|дата обновления|по состоянию на|дата|дата актуализации|дата проверки|дата опроса",
        "kk": "жинау күні|деректер күні|жаңартылған күні|күні|жаңарту күні|тексеру күні",
    },
    "country": {"en": "country code", "giga": "country_iso3_code|country_code|iso3", "ru": "страна|код страны", "kk": "ел|ел коды"},
    "download_speed_basis": {},
}

GENERIC_HEADINGS: frozenset[str] = frozenset(
    (
        *("name", "school", "institution", "code", "date", "source", "internet", "connected", "region", "district"),
        *("наименование", "название", "школа", "организация образования", "код", "код организации", "код учреждения", "дата"),
        *("интернет", "подключение", "подключена", "подключен", "источник", "регион", "наименование организации"),
        *("наименование учреждения", "название организации", "атауы", "мектеп", "мекеме атауы", "ұйым атауы", "мекеме коды"),
        *("мекеменің коды", "ұйым коды", "күні", "қосылған", "білім беру ұйымы"),
    )
)
"""Spellings that say little: where another heading of the file says the same column more fully, that one is taken."""


def heading_spellings(name: str) -> Mapping[str, tuple[str, ...]]:
    """Accepted headings of a column besides its own name, by language ("en", "ru", "kk") and "giga"."""
    spellings = _HEADINGS.get(name, {})
    return MappingProxyType({language: tuple(text.split("|")) for language, text in spellings.items()})
