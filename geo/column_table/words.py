"""How the words of closed lists may be spelled in a file: English, Russian, Kazakh and Giga's own.

Standard library only; part of the column table. A spelling is listed only where its meaning is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geo.model import AreaType, CellularCoverageType, Connectivity, ConnectivityType, EducationLevel, ElectricityAvailability, FundingType

_YES = "y|true|t|1|да|есть|имеется|иә|ия|бар"
_NO = "n|false|f|0|нет|отсутствует|не имеется|жоқ|жок"
_UNKNOWN = "unknown|not known|неизвестно|нет данных|нет сведений|белгісіз|мәлімет жоқ|деректер жоқ"


def _words(spellings: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({word: tuple(text.split("|")) if text else () for word, text in spellings.items()})


VALUE_SPELLINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "connectivity": _words(
            {
                Connectivity.YES: f"{_YES}|connected|online|подключена|подключено|подключен|подключён|қосылған",
                Connectivity.NO: f"{_NO}|not connected|unconnected|disconnected|offline|не подключена|не подключено|не подключен|"
                "не подключён|қосылмаған",
                Connectivity.UNKNOWN: _UNKNOWN,
            }
        ),
        "school_area_type": _words(
            {
                AreaType.URBAN: "city|town|город|городская|городской|городская местность|қала|қалалық|қалалық жер",
                AreaType.RURAL: "village|село|сельская|сельский|сельская местность|ауыл|ауылдық|ауылдық жер|ауылдық жерлер",
                AreaType.UNKNOWN: _UNKNOWN,
            }
        ),
        "connectivity_type": _words(
            {
                ConnectivityType.FIBER: "fibre|fiber optic|fibre optic|optical fiber|optical fibre|ftth|fttx|fttb|gpon|оптоволокно|"
                "оптоволоконный|оптоволоконная|волс|волоконно оптическая|волоконно оптическая линия|оптическое волокно|"
                "талшықты оптикалық|талшықты оптика|оптикалық талшық|оптоталшық|тобж",
                ConnectivityType.XDSL: "dsl|adsl|adsl2|adsl2+|vdsl|vdsl2|sdsl",
                ConnectivityType.WIRED: "проводная|проводной|проводное|сымды",
                ConnectivityType.CELLULAR: "mobile|mobile network|2g|3g|4g|lte|4g/lte|5g|сотовая|сотовая связь|мобильный|мобильная|"
                "мобильная связь|мобильный интернет|ұялы|ұялы байланыс|мобильді|мобильді интернет",
                ConnectivityType.P2MP_WIRELESS: "p2mp|point to multipoint|point to multipoint wireless|точка многоточка",
                ConnectivityType.P2P_WIRELESS: "p2p|point to point|point to point wireless|точка точка",
                ConnectivityType.SATELLITE: "vsat|starlink|спутник|спутниковая|спутниковый|спутниковая связь|спутниковый интернет|"
                "жерсерік|жерсеріктік|спутниктік|спутниктік байланыс",
                ConnectivityType.COPPER: "медь|медная|медный|медная линия|медный кабель|мыс|мыс кабель",
                ConnectivityType.COAXIAL: "coax|coaxial cable|коаксиальный|коаксиальный кабель|коаксиал|коаксиалды|коаксиалды кабель",
                ConnectivityType.OTHER: "others|другое|другой|прочее|иное|басқа|өзге",
                ConnectivityType.UNKNOWN: _UNKNOWN,
            }
        ),
        "education_level": _words(
            {
                EducationLevel.PRE_PRIMARY: "preprimary|preschool|pre school|kindergarten|дошкольное|дошкольное образование|детский сад|"
                "мектепке дейінгі|мектепке дейінгі білім|балабақша",
                EducationLevel.PRIMARY: "начальное|начальная|начальное образование|начальная школа|бастауыш|бастауыш білім|бастауыш мектеп",
                EducationLevel.SECONDARY: "среднее|среднее образование|орта білім",
                EducationLevel.POST_SECONDARY: "postsecondary|послесреднее|послесреднее образование|орта білімнен кейінгі",
                EducationLevel.PRE_PRIMARY_AND_PRIMARY: "дошкольное и начальное|мектепке дейінгі және бастауыш",
                EducationLevel.PRIMARY_AND_SECONDARY: "начальное и среднее|бастауыш және орта",
                EducationLevel.PRE_PRIMARY_PRIMARY_AND_SECONDARY: "pre primary primary and secondary|дошкольное, начальное и среднее|"
                "мектепке дейінгі, бастауыш және орта",
                EducationLevel.PRIMARY_SECONDARY_AND_POST_SECONDARY: "primary secondary and post secondary|"
                "начальное, среднее и послесреднее|бастауыш, орта және орта білімнен кейінгі",
                "": _UNKNOWN,
            }
        ),
        "school_funding_type": _words(
            {
                FundingType.PUBLIC: "state|government|governmental|государственная|государственный|государственное|мемлекеттік",
                FundingType.PRIVATE: "частная|частный|частное|жеке|жекеменшік|жеке меншік",
                FundingType.CHARITABLE: "charity|благотворительная|благотворительный|қайырымдылық",
                FundingType.OTHERS: "other|другое|прочее|иное|басқа|өзге",
                "": _UNKNOWN,
            }
        ),
        "cellular_coverage_type": _words(
            {
                CellularCoverageType.G2: "gsm",
                CellularCoverageType.G3: "umts",
                CellularCoverageType.G4: "lte|4g/lte|4g lte",
                CellularCoverageType.G5: "nr|5g nr",
                CellularCoverageType.NO_COVERAGE: "no|no signal|no service|нет|нет покрытия|нет связи|жоқ|қамту жоқ|байланыс жоқ",
                "": _UNKNOWN,
            }
        ),
        "electricity_availability": _words({ElectricityAvailability.YES: _YES, ElectricityAvailability.NO: _NO, "": _UNKNOWN}),
    }
)
"""Column → word → accepted spellings besides the word itself; "" holds spellings of "not known" where the list has no word for it."""
