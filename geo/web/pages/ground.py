"""What lies under the map: own ground as JSON in the page's language, and the base map of the settings."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from geo.services.ground import ground_digest, ground_features, ground_layers
from geo.web.caching import IMMUTABLE, answered, etag_of
from geo.web.current import workspace
from geo.web.languages import language
from geo.web.pages.blueprint import blueprint
from geo.web.pages.translation import url_for
from geo.web.params import read_query


def ground_member() -> dict[str, Any]:
    """What the JSON beside a map says of what lies under it; empty where nothing does."""
    settings = workspace().settings
    member: dict[str, Any] = {}
    if settings.basemap_origin:
        member["basemap"] = {"url": settings.basemap_url, "credit": settings.basemap_attribution}
    digest = ground_digest(workspace())
    if digest:
        credits_ = dict.fromkeys(layer.credit for layer in ground_layers(workspace()))
        member["layers"] = {"url": url_for("pages.ground_file", digest=digest, lang=language()), "credits": list(credits_)}
    return member


@blueprint.get("/map/ground/<digest>.json")
def ground_file(digest: str) -> Response:
    """Serve the ground that is loaded, with names in the language of `lang`; kept for ever under its own name, not at all under another."""
    read_query(request.args, ("lang",))
    own = ground_digest(workspace())
    etag = etag_of(own, {}, "application/json")
    return answered(etag, IMMUTABLE if own and digest == own else "no-cache", lambda: jsonify(ground_features(workspace(), language())))
