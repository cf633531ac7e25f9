"""Who may do what: the one registry of routes with the role each needs, and the check before every request.

A route that is not listed is refused to everybody, so that a new one is never open by accident.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, request

from geo.errors import Forbidden, Unauthorized
from geo.model import ROLES, Key, Role
from geo.web.sessions import current_key

LOGGER = logging.getLogger("qosyl.web")


class Weight(StrEnum):
    """Which rate limit a route counts under."""

    NONE = "none"
    READ = "read"
    UPLOAD = "upload"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of the person who calls it.

    Parameters
    ----------
    role
        Least role needed; None is open to all.
    weight
        The rate limit it counts under; uploads may have a body as large as MAX_UPLOAD_MB.
    """

    role: Role | None = None
    weight: Weight = Weight.READ


PUBLIC = Access()
UNCOUNTED = Access(weight=Weight.NONE)
CONTRIBUTOR = Access(Role.CONTRIBUTOR)
UPLOAD = Access(Role.CONTRIBUTOR, Weight.UPLOAD)
PUBLISHER = Access(Role.PUBLISHER)
ADMIN = Access(Role.ADMIN)

ACCESS: Mapping[str, Access] = {
    # status and files
    "status.healthz": UNCOUNTED,
    "status.readyz": UNCOUNTED,
    "assets.static": UNCOUNTED,
    "assets.vendor": UNCOUNTED,
    "assets.bundle": UNCOUNTED,
    # signing in and out
    "sessions.sign_in": PUBLIC,
    "sessions.sign_in_post": Access(weight=Weight.SIGN_IN),
    "sessions.sign_out": PUBLIC,
    # pages
    "pages.home": PUBLIC,
    "pages.region": PUBLIC,
    "pages.school": PUBLIC,
    "pages.regions_script": PUBLIC,
    "pages.regions_geometry": PUBLIC,
    "pages.map_districts": PUBLIC,
    "pages.map_hexagons": PUBLIC,
    "pages.ground_file": PUBLIC,
    "pages.map_hexagon": PUBLIC,
    "pages.map_points": PUBLIC,
    "pages.map_school": PUBLIC,
    "pages.still_picture": PUBLIC,
    "pages.embed": PUBLIC,
    "pages.embed_region": PUBLIC,
    "pages.offline_zip": PUBLIC,
    "pages.map_png": PUBLIC,
    "pages.map_svg": PUBLIC,
    "pages.region_png": PUBLIC,
    "pages.region_svg": PUBLIC,
    "pages.search": PUBLIC,
    "pages.search_json": PUBLIC,
    "pages.compare": PUBLIC,
    "pages.changes_payload": PUBLIC,
    "pages.changes_picture": PUBLIC,
    "pages.releases": PUBLIC,
    "pages.release": PUBLIC,
    "pages.undo": PUBLISHER,
    "pages.withdraw": ADMIN,
    "pages.about": PUBLIC,
    "pages.imports": CONTRIBUTOR,
    "pages.template_xlsx": PUBLIC,
    "pages.file_format": PUBLIC,
    "pages.template_text": PUBLIC,
    "pages.create_import": UPLOAD,
    "pages.import_report": CONTRIBUTOR,
    "pages.change_import": CONTRIBUTOR,
    "pages.match_import": CONTRIBUTOR,
    "pages.publish_import": PUBLISHER,
    "pages.discard_import": CONTRIBUTOR,
    # API v1
    "api.openapi": PUBLIC,
    "api.openapi_3_0": PUBLIC,
    "api.docs": PUBLIC,
    "api.try_it": PUBLIC,
    "api.changelog": PUBLIC,
    "features.get_landing": PUBLIC,
    "features.get_conformance": PUBLIC,
    "features.get_collections": PUBLIC,
    "features.get_schools": PUBLIC,
    "features.get_regions": PUBLIC,
    "features.get_districts": PUBLIC,
    "features.get_releases": PUBLIC,
    "features.get_school_items": PUBLIC,
    "features.get_school_item": PUBLIC,
    "features.get_region_items": PUBLIC,
    "features.get_region_item": PUBLIC,
    "features.get_district_items": PUBLIC,
    "features.get_district_item": PUBLIC,
    "features.get_release_items": PUBLIC,
    "features.get_release_item": PUBLIC,
    "features.get_schools_queryables": PUBLIC,
    "features.get_schools_schema": PUBLIC,
    "features.get_schools_feature_schema": PUBLIC,
    "features.get_regions_queryables": PUBLIC,
    "features.get_regions_schema": PUBLIC,
    "features.get_regions_feature_schema": PUBLIC,
    "features.get_districts_queryables": PUBLIC,
    "features.get_districts_schema": PUBLIC,
    "features.get_districts_feature_schema": PUBLIC,
    "features.get_releases_queryables": PUBLIC,
    "features.get_releases_schema": PUBLIC,
    "features.get_releases_feature_schema": PUBLIC,
    "coverage.get_coverage": PUBLIC,
    "trend.get_trend": PUBLIC,
    "trend.get_compare": PUBLIC,
    "releases.list_releases": PUBLIC,
    "releases.get_release": PUBLIC,
    "release_file.get_release_file": PUBLIC,
    "releases.undo_release": PUBLISHER,
    "changes.get_changes": PUBLIC,
    "changes.get_change_list": PUBLIC,
    "changes.get_history": PUBLIC,
    "changes.withdraw": ADMIN,
    "regions.list_regions": PUBLIC,
    "search.get_search": PUBLIC,
    "files.get_schools_csv": PUBLIC,
    "files.get_schools_xlsx": PUBLIC,
    "files.get_schools_geojson": PUBLIC,
    "files.get_schools_ndjson": PUBLIC,
    "files.get_schools_gpkg": PUBLIC,
    "files.get_schools_parquet": PUBLIC,
    "files.get_schools_fgb": PUBLIC,
    "tiles.get_tilejson": PUBLIC,
    "tiles.get_tile": PUBLIC,
    "tiles.get_archive": PUBLIC,
    "tile_looks.get_style": PUBLIC,
    "tile_looks.get_marks": PUBLIC,
    "tile_looks.get_dense_marks": PUBLIC,
    "tile_looks.get_mark_sheet": PUBLIC,
    "tile_looks.get_dense_mark_sheet": PUBLIC,
    "sources.list_sources": PUBLIC,
    "imports.create_import": UPLOAD,
    "imports.get_import": CONTRIBUTOR,
    "imports.change_import": CONTRIBUTOR,
    "imports.get_import_errors": CONTRIBUTOR,
    "imports.get_import_changes": CONTRIBUTOR,
    "imports.get_import_file": CONTRIBUTOR,
    "imports.publish_import": PUBLISHER,
    "imports.discard_import": CONTRIBUTOR,
    "matches.get_import_matches": CONTRIBUTOR,
    "matches.get_import_matches_csv": CONTRIBUTOR,
    "mappings.list_mappings": CONTRIBUTOR,
    "mappings.save_mapping": PUBLISHER,
    "mappings.delete_mapping": PUBLISHER,
    "schema.get_schema": PUBLIC,
}
"""What each route needs, by endpoint."""


def is_allowed(key: Key | None, role: Role | None) -> bool:
    """Whether a key may do what needs a role; each role may do what those before it may."""
    if role is None:
        return True
    return key is not None and ROLES.index(key.role) >= ROLES.index(role)


def access_of(endpoint: str | None) -> Access | None:
    """Registry entry of a route, None where it is not listed."""
    return ACCESS.get(endpoint or "")


def is_upload() -> bool:
    """Whether the matched route takes a file."""
    access = access_of(request.endpoint)
    return access is not None and access.weight is Weight.UPLOAD


def _check() -> None:
    """Refuse a request whose key does not reach what the matched route needs.

    Raises
    ------
    Unauthorized
        There is no key, or it is wrong, expired or revoked.
    Forbidden
        The key is good but its role is too small, or the route is not listed.
    """
    if request.url_rule is None or request.method == "OPTIONS":
        return
    access = access_of(request.endpoint)
    if access is None:
        LOGGER.error("route %s is not listed in geo.web.guard.ACCESS", request.endpoint)
        raise Forbidden("This address is closed.")
    if access.weight is Weight.NONE:
        return
    key = current_key()
    if not is_allowed(key, access.role):
        if key is None:
            raise Unauthorized("A key is needed.")
        raise Forbidden(f"This needs a key with the role {access.role}; this key has the role {key.role}.")


def register(app: Flask) -> None:
    """Put the check before every request of an application."""
    app.before_request(_check)
