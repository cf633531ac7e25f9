"""The conformance classes that the API holds to, and no others."""

from __future__ import annotations

_PART1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_PART3 = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/"
_PART5 = "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf/"
_COMMON3 = "http://www.opengis.net/spec/ogcapi-common-3/1.0/conf/"
_COMMON1 = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/"
CONFORMANCE: tuple[str, ...] = (
    f"{_PART1}core",
    f"{_PART1}geojson",
    f"{_PART1}html",
    f"{_PART1}oas30",
    f"{_COMMON1}core",
    f"{_COMMON1}landing-page",
    f"{_PART3}filter",
    f"{_PART3}features-filter",
    f"{_PART3}queryables",
    f"{_CQL2}cql2-text",
    f"{_CQL2}basic-cql2",
    f"{_CQL2}advanced-comparison-operators",
    f"{_CQL2}basic-spatial-functions",
    f"{_CQL2}property-property",
    f"{_PART5}schemas",  # the address that QGIS looks for; that of the published text follows
    f"{_COMMON3}schemas",
)
