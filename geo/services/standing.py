"""What all public answers depend on besides what is asked: which release is current, and which are out of public reach."""

from __future__ import annotations

from geo.services.last_known import LastKnown
from geo.services.workspace import Workspace
from geo.store import read_standing


class Standing:
    """The standing of a deployment, asked of its catalog each time; safe to share between threads."""

    def __init__(self, workspace: Workspace) -> None:
        self._catalog = workspace.catalog
        self._last_known = LastKnown()

    def now(self) -> str | None:
        """A text that is another one after each release that is published or withdrawn; None before the first.

        Raises
        ------
        StoreUnavailable
            The catalog does not answer, and never did.
        """
        return self._last_known.get("standing", lambda patience_s: read_standing(self._catalog, patience_s=patience_s))
