"""Whether the service is alive and whether it is ready: for load balancers and monitors."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from geo import __version__
from geo.services.deployment import health
from geo.web.current import deployment

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers; touches no store."""
    return jsonify(status="alive", version=__version__)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say whether the store answers and which release is served, and how old it is in seconds."""
    found = health(deployment())
    document = jsonify(
        status="ready" if found.is_ready else "not ready",
        release=found.release_id,
        release_age_seconds=None if found.age_seconds is None else round(found.age_seconds),
        trouble=found.trouble,
        version=__version__,
    )
    return document, 200 if found.is_ready else 503
