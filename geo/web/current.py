"""The deployment behind the running application, as far as whoever asks may see it."""

from __future__ import annotations

from typing import cast

from flask import current_app, g, has_request_context

from geo.config import PublicDetail, Settings
from geo.services.public_detail import PublicWorkspace
from geo.services.workspace import Workspace

WORKSPACE = "qosyl"
"""Name under which an application keeps its open deployment."""
PUBLIC_WORKSPACE = "qosyl_public"
"""Name under which an application keeps what visitors get of it."""
SETTINGS = "QOSYL_SETTINGS"
"""Name under which an application keeps its settings."""


def workspace() -> Workspace:
    """What the present request may work with: the deployment, or for visitors what PUBLIC_DETAIL leaves of it.

    Ask for it anew in each request; nobody is signed in before the guard has looked.
    """
    exact = deployment()
    if exact.settings.public_detail is PublicDetail.EXACT or is_signed_in() or not has_request_context():
        return exact
    return _public_workspace(exact, exact.settings.public_detail)


def deployment() -> Workspace:
    """The whole open deployment, whoever asks: for who they are, whether it is well, and the command line; never for what is shown."""
    return cast(Workspace, current_app.extensions[WORKSPACE])


def _public_workspace(exact: Workspace, detail: PublicDetail) -> PublicWorkspace:
    found = current_app.extensions.get(PUBLIC_WORKSPACE)
    if not isinstance(found, PublicWorkspace) or not found.is_of(exact, detail):
        found = current_app.extensions[PUBLIC_WORKSPACE] = PublicWorkspace(exact, detail)
    return found


def public_workspace() -> PublicWorkspace | None:
    """What the present visitor gets instead of the deployment; None where the answer is made from that."""
    found = workspace()
    return found if isinstance(found, PublicWorkspace) else None


def settings() -> Settings:
    """Settings of the current application."""
    return cast(Settings, current_app.config[SETTINGS])


def is_signed_in() -> bool:
    """Whether the present request was made with a key, so that its answer belongs to one person."""
    return g.get("key") is not None
