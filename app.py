"""The application: knows every part and joins them, nothing else."""

from __future__ import annotations

from flask import Flask

from geo import cli
from geo.config import ROOT, Settings, read_settings
from geo.services.workspace import open_workspace
from geo.web import (
    assets,
    caching,
    configuration,
    errors,
    framing,
    guard,
    languages,
    limits,
    recall,
    restricted,
    security,
    sessions,
    status,
)
from geo.web.api import document
from geo.web.current import WORKSPACE
from geo.web.pages import registration


def create_app(settings: Settings | None = None) -> Flask:
    """Build an application; any number of them can live in one process.

    Parameters
    ----------
    settings
        Settings of the deployment; None reads them from the environment.

    Raises
    ------
    ConfigurationError
        A setting cannot be used, or a production deployment is not safe to start.
    """
    with cli.refusals_told():
        settings = settings or read_settings()
        workspace = open_workspace(settings)
    app = recall.RecallingFlask("qosyl", root_path=str(ROOT), static_folder=None, template_folder="templates")
    configuration.configure(app, settings)
    app.extensions[WORKSPACE] = workspace
    errors.register(app)
    framing.register(app, settings)
    recall.register(app, settings)
    security.register(app, settings)
    guard.register(app)
    sessions.register(app)
    caching.register(app)
    languages.register(app)
    assets.register(app, watches=not settings.is_production)
    app.register_blueprint(status.blueprint)
    document.register(app)
    registration.register(app)
    limits.register(app, settings)
    restricted.register(app, settings)
    cli.register(app)
    return app
