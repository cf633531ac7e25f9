"""Whether the service is alive and whether it is ready: for load balancers and monitors."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

blueprint = Blueprint("status", __name__)


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers; touches no store."""
    return _never_stored(jsonify(status="alive"))


def _never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
