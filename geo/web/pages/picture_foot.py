"""What stands under a picture, on paper and in files: release, norm, filter, boundaries, sources and the address of the same figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request

from geo.model import View
from geo.services.places import PlacePage
from geo.web.pages.blueprint import Frame
from geo.web.pages.figures import day, number
from geo.web.pages.filter_form import hiding, terms_of
from geo.web.pages.translation import gettext, url_for
from geo.web.pages.wording import country_name, norm_words, word


@dataclass(frozen=True)
class Place:
    """A place under a view, as a picture or a file of figures needs it; `inner` is the view with the place among its filters."""

    frame: Frame
    page: PlacePage
    inner: View

    @property
    def name(self) -> str:
        """Name of the place; "" for an unnamed country."""
        if self.page.name:
            return self.page.name
        return gettext("Schools in no region") if self.page.grouping else country_name(self.page.release.country)


def foot_lines(place: Place) -> Iterator[str]:
    """The lines, each a statement of its own."""
    frame, release = place.frame, place.page.release
    yield " · ".join(
        (
            gettext("Release %(id)s", id=release.id),
            day(release.published_at),
            f"sha256 {release.sha256[:12]}",
            gettext("Norm %(name)s: %(words)s", name=frame.norm.name, words=norm_words(frame.norm)),
            gettext("Speed: %(basis)s", basis=word("basis", frame.asked.view.basis)),
        )
    )
    yield from _filter_line(place)
    if release.vintages:
        vintages = ", ".join(dict.fromkeys(release.vintages.values()))
        disclaimer = gettext("Boundaries and names shown imply no opinion on the legal status of any territory.")
        yield f"{gettext('Boundaries %(vintages)s', vintages=vintages)}. {disclaimer}"
    sources = "; ".join(word("record", source) for source in release.sources) or gettext("not stated")
    yield gettext("Sources: %(sources)s", sources=sources)
    yield request.host_url.rstrip("/") + _permanent_page(place)


def _filter_line(place: Place) -> Iterator[str]:
    """The filters that are on, and how many schools they leave out; nothing without any."""
    terms = "; ".join(f"{term.title}: {term.words}" for term in terms_of(place.frame, place.page))
    if not terms:
        return
    found = hiding(place.frame, place.page)
    counts = {"shown": number(found.shown), "schools": number(found.schools), "hidden": number(found.hidden)}
    told = gettext("%(shown)s of %(schools)s schools; the filter hides %(hidden)s.", **counts)
    yield f"{gettext('Only: %(filters)s', filters=terms)}. {told}"


def _permanent_page(place: Place) -> str:
    """Address of the place's page that will show the same figures years later."""
    pinned = place.frame.asked.pinned(place.frame.release, place.frame.norm)
    code = place.page.code
    return url_for("pages.home", **pinned) if code is None else url_for("pages.region", code=code, **pinned)
