"""How the words of closed lists may be spelled in a file: English, Russian, Kazakh and Giga's own.

Standard library only; part of the column table. A spelling is listed only where its meaning is certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from geo.model import AreaType, CellularCoverageType, Connectivity, ConnectivityType, EducationLevel, ElectricityAvailability, FundingType

_YES = "y|true|t|1|+|да|есть|имеется|в наличии|иә|ия|бар"
_NO = "n|false|f|0|нет|отсутствует|не имеется|нет в наличии|жоқ|жок"
_UNKNOWN = (
    "unknown|not known|no data|n/a|not available|неизвестно|не известно|нет данных|нет сведений|нет информации|н/д|"
    "белгісіз|мәлімет жоқ|деректер жоқ|ақпарат жоқ"
)


def _words(spellings: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return MappingProxyType({word: tuple(text.split("|")) if text else () for word, text in spellings.items()})


VALUE_SPELLINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "connectivity": _words(
            {
                Connectivity.YES: f"{_YES}|connected|online|has internet|подключена|подключено|подключен|подключён|есть интернет|"
                "интернет есть|имеется доступ|қосылған|интернет бар|бар интернет",
                Connectivity.NO: f"{_NO}|not connected|unconnected|disconnected|offline|no internet|without internet|"
                "не подключена|не подключено|"
                "не подключен|не подключён|нет интернета|интернета нет|без интернета|нет доступа|нет подключения|интернет отсутствует|"
                "қосылмаған|интернет жоқ|жоқ интернет|интернетсіз",
                Connectivity.UNKNOWN: _UNKNOWN,
            }
        ),
        "school_area_type": _words(
            {
                AreaType.URBAN: "city|town|город|г|г.|городская|городской|городское|городская местность|"
                "город республиканского значения|"
                "город областного значения|город районного значения|қала|қалалық|қалалық жер|қалада",
                AreaType.RURAL: "village|село|с|с.|сельская|сельский|сельское|сельская местность|аул|"
                "сельский округ|ауыл|ауылдық|ауылдық жер|ауылдық жерлер|ауылда|ауылдық округ",
                AreaType.UNKNOWN: _UNKNOWN,
            }
        ),
        "connectivity_type": _words(
            {
                ConnectivityType.FIBER: "fibre|fiber optic|fibre optic|optical fiber|optical fibre|ftth|fttx|fttb|gpon|оптоволокно|"
                "оптоволоконный|оптоволоконная|волс|волоконно оптическая|волоконно оптическая линия|оптическое волокно|"
                "оптика|оптический|оптоволоконная линия|оптоволоконная связь|волоконно оптическая линия связи|волс (fttx)|"
                "талшықты оптикалық|талшықты оптика|оптикалық талшық|оптоталшық|оптикалық|тобж|талшықты оптикалық байланыс желісі",
                ConnectivityType.XDSL: "dsl|adsl|adsl2|adsl2+|vdsl|vdsl2|sdsl|шпд adsl|адсл",
                ConnectivityType.WIRED: "ethernet|lan|проводная|проводной|проводное|шпд|шпд (проводной)|сымды",
                ConnectivityType.CELLULAR: "mobile|mobile network|2g|3g|4g|lte|4g/lte|5g|сотовая|сотовая связь|мобильный|мобильная|"
                "мобильная связь|мобильный интернет|модем 3g|модем 4g|3g/4g|4g (lte)|2g/3g|lte 4g|3g модем|4g модем|ұялы|"
                "ұялы байланыс|мобильді|мобильді интернет",
                ConnectivityType.P2MP_WIRELESS: "p2mp|point to multipoint|point to multipoint wireless|точка многоточка|"
                "wimax|беспроводная точка многоточка",
                ConnectivityType.P2P_WIRELESS: "p2p|point to point|point to point wireless|microwave|radio relay|"
                "точка точка|радиорелейная|радиорелейный|"
                "радиорелейная связь|радиорелейная линия|ррл|беспроводная точка точка|радиорелелік|радиорелелік байланыс",
                ConnectivityType.SATELLITE: "vsat|starlink|спутник|спутниковая|спутниковый|спутниковая связь|спутниковый интернет|"
                "спутниковый канал|старлинк|"
                "жерсерік|жерсеріктік|жерсеріктік байланыс|жерсеріктік интернет|спутниктік|спутниктік байланыс",
                ConnectivityType.COPPER: "медь|медная|медный|медная линия|медный кабель|мыс|мыс кабель",
                ConnectivityType.COAXIAL: "coax|coaxial cable|коаксиальный|коаксиальный кабель|коаксиал|коаксиалды|коаксиалды кабель",
                ConnectivityType.OTHER: "others|другое|другой|прочее|иное|басқа|өзге",
                ConnectivityType.UNKNOWN: _UNKNOWN,
            }
        ),
        "education_level": _words(
            {
                EducationLevel.PRE_PRIMARY: "preprimary|preschool|pre school|kindergarten|дошкольное|дошкольное образование|"
                "детский сад|"
                "мектепке дейінгі|мектепке дейінгі білім|балабақша",
                EducationLevel.PRIMARY: "начальное|начальная|начальное образование|начальная школа|бастауыш|бастауыш білім|бастауыш мектеп",
                EducationLevel.SECONDARY: "среднее|среднее образование|основное среднее|основное среднее образование|"
                "общее среднее|общее среднее образование|"
                "орта|орта білім|негізгі орта|негізгі орта білім|жалпы орта|жалпы орта білім",
                EducationLevel.POST_SECONDARY: "postsecondary|послесреднее|послесреднее образование|"
                "орта білімнен кейінгі|орта білімнен кейінгі білім",
                EducationLevel.PRE_PRIMARY_AND_PRIMARY: "дошкольное и начальное|начальная школа детский сад|"
                "мектепке дейінгі және бастауыш|бастауыш мектеп балабақша",
                EducationLevel.PRIMARY_AND_SECONDARY: "начальное и среднее|начальное, основное среднее|"
                "начальное, основное среднее и общее среднее|"
                "начальное, основное среднее, общее среднее|средняя школа|средняя общеобразовательная школа|сош|бастауыш және орта|"
                "бастауыш, негізгі орта|бастауыш, негізгі орта және жалпы орта|бастауыш, негізгі орта, жалпы орта|"
                "орта мектеп|жалпы орта мектеп|"
                "жалпы білім беретін орта мектеп",
                EducationLevel.PRE_PRIMARY_PRIMARY_AND_SECONDARY: "pre primary primary and secondary|дошкольное, начальное и среднее|"
                "мектепке дейінгі, бастауыш және орта",
                EducationLevel.PRIMARY_SECONDARY_AND_POST_SECONDARY: "primary secondary and post secondary|"
                "начальное, среднее и послесреднее|бастауыш, орта және орта білімнен кейінгі",
                "": _UNKNOWN,
            }
        ),
        "school_funding_type": _words(
            {
                FundingType.PUBLIC: "state|government|governmental|municipal|государственная|государственный|"
                "государственное|кгу|ксу|коммунальная|"
                "республиканская|мемлекеттік|коммуналдық|кмм",
                FundingType.PRIVATE: "non state|частная|частный|частное|негосударственная|жеке|жекеменшік|жеке меншік|мемлекеттік емес",
                FundingType.CHARITABLE: "charity|благотворительная|благотворительный|қайырымдылық",
                FundingType.OTHERS: "other|другое|прочее|иное|басқа|өзге",
                "": _UNKNOWN,
            }
        ),
        "cellular_coverage_type": _words(
            {
                CellularCoverageType.G2: "gsm|edge|gprs|2g (gsm)",
                CellularCoverageType.G3: "umts|hspa|hspa+|wcdma|3g (umts)",
                CellularCoverageType.G4: "lte|4g/lte|4g lte|4g (lte)|lte 4g|lte a|lte advanced",
                CellularCoverageType.G5: "nr|5g nr|5g (nr)",
                CellularCoverageType.NO_COVERAGE: "no|no signal|no service|not covered|нет|отсутствует|сигнала нет|"
                "нет сигнала|вне зоны|нет покрытия|нет связи|жоқ|қамту жоқ|байланыс жоқ|сигнал жоқ",
                "": _UNKNOWN,
            }
        ),
        "electricity_availability": _words({ElectricityAvailability.YES: _YES, ElectricityAvailability.NO: _NO, "": _UNKNOWN}),
    }
)
"""Column → word → accepted spellings besides the word itself; "" holds spellings of "not known" where the list has no word for it."""
