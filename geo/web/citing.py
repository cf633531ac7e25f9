"""Citations of answers: their absolute address, the Link header that carries it, and the check of what an opened address pins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request

from geo.errors import InvalidParameter
from geo.model import ReleaseRecord
from geo.services.citations import DEFINITIONS, Cited, boundaries_text, definitions_of

LINK_RELATION = "cite-as"
"""RFC 8574: the address by which a resource wants to be cited."""


def absolute(cited: Cited) -> str:
    """The address of a citation on the host that was asked."""
    return f"{request.host_url.rstrip('/')}{request.script_root}{cited.link}"


def cite(response: Response, link: str) -> Response:
    """Add to an answer the address that gives its figures again."""
    response.headers["Link"] = f'<{link}>; rel="{LINK_RELATION}"'
    return response


def check_releases(values: Mapping[str, Any], releases: Sequence[ReleaseRecord]) -> None:
    """Refuse an address whose releases are not those that it pins.

    Parameters
    ----------
    values
        Parsed parameters; `sha256` and `boundaries` are looked at.
    releases
        In the order in which the address names them.

    Raises
    ------
    InvalidParameter
        Code `citation_mismatch`.
    """
    digests = values.get("sha256")
    if digests is not None and len(digests) != len(releases):
        raise _mismatch("sha256", f"{len(digests)} sha256 are given for {len(releases)} releases")
    for record, digest in zip(releases, digests or (), strict=False):
        if not record.sha256.startswith(digest):
            raise _mismatch("sha256", f"release {record.id} here has sha256 {record.sha256}, and the address says {digest}")
    wanted, found = values.get("boundaries"), boundaries_text(release.vintages for release in releases)
    if wanted is not None and wanted != found:
        raise _mismatch("boundaries", f"the boundaries here are {found or 'none'}, and the address says {wanted}")


def check_figures(values: Mapping[str, Any], cited: Cited) -> None:
    """Refuse an address whose figures are not those that it pins.

    Raises
    ------
    InvalidParameter
        Code `citation_mismatch`.
    """
    wanted = values.get("figures")
    if wanted is None or wanted == cited.figures:
        return
    if definitions_of(wanted) != DEFINITIONS:
        by = f" of version {values['software']}" if "software" in values else " that made it"
        raise _mismatch(
            "figures",
            f"this address was made under definitions {definitions_of(wanted)} and this software counts under definitions {DEFINITIONS}; "
            f"software{by} gives the cited figures",
        )
    raise _mismatch("figures", f"the figures here have the digest {cited.figures}, and the address says {wanted}")


def _mismatch(parameter: str, detail: str) -> InvalidParameter:
    return InvalidParameter(f"this is not what was cited: {detail}", parameter=parameter, code="citation_mismatch")
