"""What the figures mean, where they come from, and what is kept about whoever reads them."""

from __future__ import annotations

from flask import render_template, request

from geo import __version__
from geo.services.norms import NORMS
from geo.services.sources import age_days, sources
from geo.web.current import public_workspace, settings, workspace
from geo.web.pages.blueprint import blueprint, subject
from geo.web.params import read_query


@blueprint.get("/about")
def about() -> str:
    """Explain the service."""
    read_query(request.args, ("lang",))
    release = subject()
    contact = settings().contact_url
    return render_template(
        "about.html",
        release=release,
        subject=release,
        norms=NORMS.values(),
        pulled=[(source, age_days(source)) for source in sources(workspace())] if public_workspace() is None else [],
        contact=contact if contact.startswith(("https://", "http://", "mailto:")) else "",
        version=__version__,
    )
