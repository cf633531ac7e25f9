"""The conformance classes that the API holds to; whoever builds what another class asks for adds its address."""

from __future__ import annotations

_PART1 = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
_COMMON1 = "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/"
CONFORMANCE: tuple[str, ...] = (
    f"{_PART1}core",
    f"{_PART1}geojson",
    f"{_PART1}html",
    f"{_PART1}oas30",
    f"{_COMMON1}core",
    f"{_COMMON1}landing-page",
)
