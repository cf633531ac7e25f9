"""GET /api/v1/regions: the units that schools are counted in, with their codes and names."""

from __future__ import annotations

import marshmallow as ma
from flask import Response, jsonify

from geo.services.coverage import release_summary
from geo.services.maps import Region, regions
from geo.web.api.blueprint import ApiBlueprint, query
from geo.web.api.fields import nested, record, text, whole
from geo.web.api.releases import ReleaseSummarySchema
from geo.web.caching import CURRENT, FIXED_RELEASE, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import names_language

blueprint = ApiBlueprint("regions", __name__, description="Regions and districts: codes, names, vintage")


class RegionSchema(ma.Schema):
    """A unit of the boundaries that a release was located with."""

    code = text("Its code, which is its identity.")
    level = whole("1 for regions, 2 for districts.")
    name = text("Its name in the language asked for.")
    names = record("Its name by language.")
    parent = text("Code of the unit above; null at level 1.", is_nullable=True)
    vintage = text("Version of the boundaries.")
    schools = whole("Schools in it.")


class RegionsSchema(ma.Schema):
    """Units of one level."""

    release = nested(ReleaseSummarySchema, "The release that was located with them.")
    regions = nested(RegionSchema, "By code; none where the release had no boundaries of the level.", is_list=True)


@blueprint.route("/regions")
@blueprint.accepts("release", "level", "lang")
@blueprint.response(200, RegionsSchema)
def list_regions() -> Response:
    """Regions or districts

    Those that the release was located with, a unit without a school included.
    """
    wanted, level = query().get("release"), query().get("level", 1)
    release = workspace().release(wanted)
    etag = etag_of(release.sha256, {"release": str(release.id), "level": str(level)}, "application/json")

    def make() -> Response:
        found = [_document(region) for region in regions(workspace(), release.id, level)]
        return jsonify(release=release_summary(release), regions=found)

    return answered(etag, CURRENT if wanted is None else FIXED_RELEASE, make)


def _document(region: Region) -> dict[str, object]:
    return {
        "code": region.code,
        "level": region.level,
        "name": region.names.get(names_language(), region.names.get("en", region.code)),
        "names": dict(region.names),
        "parent": region.parent,
        "vintage": region.vintage,
        "schools": region.schools,
    }
