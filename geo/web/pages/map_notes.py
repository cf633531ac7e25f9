"""What the map says about itself in its own picture, so that no copy of it goes without: synthetic data, hidden schools, thinned marks."""

from __future__ import annotations

from dataclasses import replace

from geo.model import NO_VALUE, Where
from geo.services.coverage import coverage_answer, is_synthetic
from geo.services.places import PlacePage, narrowed
from geo.web.current import workspace
from geo.web.pages.figures import number
from geo.web.pages.translation import gettext, ngettext


def map_notes(page: PlacePage) -> dict[str, str]:
    """Sentences that hold of every picture of a place's map, whatever is looked at; empty where there is nothing to say."""
    hidden = _schools(page) - int(page.total.figures["schools"])
    filtered = ngettext("The filter leaves out %(count)s school.", "The filter leaves out %(count)s schools.", hidden, count=number(hidden))
    without = ngettext(
        "%(count)s school has no position.", "%(count)s schools have no position.", page.not_placed, count=number(page.not_placed)
    )
    return {
        "synthetic": gettext("Synthetic data") if is_synthetic(page.release) else "",
        "filtered": filtered if hidden else "",
        "not_placed": without if page.not_placed else "",
    }


def _schools(page: PlacePage) -> int:
    """All schools of the place, filtered or not."""
    where = Where() if page.grouping is None else narrowed(Where(), page.grouping, page.code or NO_VALUE)
    return int(coverage_answer(workspace(), replace(page.view, where=where)).total["schools"])


def note_words() -> dict[str, str]:
    """Words for what only the browser knows: `{n}` stands for a number, `group` parts its thousands."""
    return {
        "group": number(1_000)[1:-3],
        "thinned": gettext("1 mark = up to {n} schools"),
        "hidden": gettext("Hidden by the legend: {n}"),
        "stands_for": gettext("Schools at this mark: {n}"),
        "zoom_here": gettext("Zoom in here"),
    }
