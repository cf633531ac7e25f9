"""The norms that an address, a form or a command can name: what lies outside the services takes them from here."""

from __future__ import annotations

from geo.norms import NORMS, Norm, norm_named

__all__ = ["NORMS", "Norm", "norm_named"]
