"""Releases for everybody: the list as a history, what one changed, and, for publishers, taking it back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from geo.model import Grouping, ReleaseRecord, Role, View
from geo.services.comparison import former_release
from geo.services.coverage import unit_names
from geo.services.releases import release_changes, undo_release
from geo.services.releases import releases as released
from geo.services.trend import trend
from geo.services.withdrawals import withdraw_release, withdrawals_of
from geo.web.current import workspace
from geo.web.guard import is_allowed
from geo.web.languages import language
from geo.web.pages.blueprint import blueprint, subject
from geo.web.pages.figures import month
from geo.web.pages.links import signed_in_key
from geo.web.pages.sentences import school_name
from geo.web.pages.translation import gettext, url_for
from geo.web.params import read_query
from geo.web.readers import MAX_ID

PAGE_LENGTH = 30
RELEASE = f"/releases/<int(max={MAX_ID}):release_id>"
MAX_LISTED = 100
COMPARED_LISTED = 100
"""Newest releases that another can be compared with by choosing it from a list; an address takes any."""


@blueprint.get("/releases")
def releases() -> str:
    """List the releases, newest first."""
    before = read_query(request.args, ("before", "lang")).get("before")
    records = released(workspace(), limit=PAGE_LENGTH + 1, before=before)
    withdrawn = workspace().withdrawn_ids()
    shown = records[:PAGE_LENGTH]
    return render_template(
        "releases.html",
        records=shown,
        months=[(words, list(published)) for words, published in groupby(shown, lambda record: month(record.published_at))],
        figures=_figures(shown),
        formers={
            record.id: former.id for record in shown if record.id not in withdrawn and (former := former_release(workspace(), record))
        },
        norm_name=workspace().default_norm.name,
        older=records[PAGE_LENGTH - 1].id if len(records) > PAGE_LENGTH else None,
        withdrawals=withdrawals_of(workspace(), records),
        current_id=_current_id(),
        subject=subject(),
    )


def _figures(records: tuple[ReleaseRecord, ...]) -> dict[int, Mapping[str, Any]]:
    """Figures of all schools in each of some releases that follow one another, newest first, under the norm in force."""
    if not records:
        return {}
    points = trend(workspace(), View(), limit=len(records), before=records[0].id + 1).points
    return {point.release.id: point.figures.figures for point in points if point.figures is not None}


def _current_id() -> int | None:
    current = subject()
    return None if current is None else current.id


@blueprint.get(RELEASE)
def release(release_id: int) -> str:
    """Show what a release changed."""
    since = read_query(request.args, ("since", "lang")).get("since")
    changes = release_changes(workspace(), release_id, since=since, language=language())
    record = changes.release
    others = [other for other in released(workspace(), limit=COMPARED_LISTED) if other.id != record.id]
    may_undo = is_allowed(signed_in_key(), Role.PUBLISHER) and record.parent_id is not None
    return render_template(
        "release.html",
        record=record,
        subject=record,
        since=changes.since,
        is_parent=since is None or since == record.parent_id,
        others=[other for other in others if other.id not in withdrawals_of(workspace(), others)],
        impact=None if changes.impact is None else changes.impact.as_dict(),
        may_withdraw=is_allowed(signed_in_key(), Role.ADMIN) and record.id != _current_id(),
        names=unit_names(workspace(), record, Grouping.ADMIN1, language()),
        current_id=_current_id(),
        may_undo=may_undo,
        undo_says=undo_says(record) if may_undo else "",
        school_name=school_name,
        max_listed=MAX_LISTED,
    )


def undo_says(record: ReleaseRecord) -> str:
    """What undoing a release will do, before it does it."""
    if record.id == _current_id():
        return gettext(
            "A new release will be published with the schools as they were in release %(parent)s. Release %(id)s stays in the list.",
            parent=record.parent_id,
            id=record.id,
        )
    return gettext(
        "A new release will be published without what release %(id)s changed; what later releases changed stays. "
        "If they changed the same facts, nothing happens and the clashes are named.",
        id=record.id,
    )


@blueprint.post(f"{RELEASE}/undo")
def undo(release_id: int) -> AnyResponse:
    """Take a release back by publishing a new one."""
    made = undo_release(workspace(), release_id, actor=signed_in_key(), reason=request.form.get("reason", ""))
    flash(gettext("Release %(id)s is undone: release %(new)s is current now.", id=release_id, new=made.id), "good")
    return redirect(url_for("pages.release", release_id=made.id), 303)


@blueprint.post(f"{RELEASE}/withdraw")
def withdraw(release_id: int) -> AnyResponse:
    """Take a release out of public reach for good."""
    withdraw_release(workspace(), release_id, reason=request.form.get("reason", ""), actor=signed_in_key())
    flash(gettext("Release %(id)s is withdrawn. Whoever asks for it is told so, and why.", id=release_id), "good")
    return redirect(url_for("pages.releases"), 303)
