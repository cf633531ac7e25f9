"""One function per thing a person can ask for: the only place that combines the pure modules, the intake and the store."""

from geo.services.workspace import Workspace, open_workspace

__all__ = ["Workspace", "open_workspace"]
