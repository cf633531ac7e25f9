"""Releases of a few schools, published through the service without an upload."""

from __future__ import annotations

from typing import Any

from geo.model import ReleaseKind, ReleaseRecord
from geo.services.publishing import Draft, composed, current_release, publish
from geo.services.workspace import Workspace
from tests.builders import make_facts_table


def publish_schools(workspace: Workspace, *schools: dict[str, Any]) -> ReleaseRecord:
    """Make a release of these schools and no others, located in no region."""
    draft = Draft(current_release(workspace), ReleaseKind.IMPORT, {}, "for a test", None)
    return publish(workspace, draft, composed(workspace, make_facts_table(*schools), {}))
