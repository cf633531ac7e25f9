"""The deployment behind the running application."""

from __future__ import annotations

from typing import cast

from flask import current_app, g

from geo.config import Settings
from geo.services.workspace import Workspace

WORKSPACE = "qosyl"
"""Name under which an application keeps its open deployment."""
SETTINGS = "QOSYL_SETTINGS"
"""Name under which an application keeps its settings."""


def workspace() -> Workspace:
    """The open deployment of the current application."""
    return cast(Workspace, current_app.extensions[WORKSPACE])


def settings() -> Settings:
    """Settings of the current application."""
    return cast(Settings, current_app.config[SETTINGS])


def is_signed_in() -> bool:
    """Whether the present request was made with a key, so that its answer belongs to one person."""
    return g.get("key") is not None
