"""Registers all pages with an application. Importing one module of the pages imports no other, so that the API can use their words."""

from flask import Flask

import geo.web.pages.about
import geo.web.pages.compare
import geo.web.pages.embed
import geo.web.pages.file_format
import geo.web.pages.import_choices
import geo.web.pages.imports
import geo.web.pages.maps
import geo.web.pages.offline
import geo.web.pages.pictures
import geo.web.pages.places
import geo.web.pages.points
import geo.web.pages.releases
import geo.web.pages.schools
import geo.web.pages.search
import geo.web.pages.upload_templates  # noqa: F401 - importing these modules puts their routes on the blueprint
from geo.web.pages import figures, links, search, wording
from geo.web.pages.blueprint import blueprint


def register(app: Flask) -> None:
    """Give an application its pages, and its templates the words and the forms of figures that all pages share."""
    figures.register(app)
    links.register(app)
    search.register(app)
    wording.register(app)
    app.register_blueprint(blueprint)
