"""What the page of two releases says of their difference: signed figures, and how sure a change of a share is."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from geo.services.comparison import Compared, ComparedRow, ShareChange, Verdict
from geo.web.pages.figures import number, points, share
from geo.web.pages.sentences import Figures
from geo.web.pages.shares import share_title
from geo.web.pages.translation import gettext, ngettext

VERDICT_WORDS: Mapping[str, str] = {
    Verdict.ROSE: _("surely higher"),
    Verdict.FELL: _("surely lower"),
    Verdict.SAME: _("the same"),
    Verdict.UNSURE: _("not certain"),
    Verdict.UNKNOWN: _("no data"),
}

KIND_NOTES: Mapping[str, str] = {
    "lost_connection": _("lost their connection"),
    "gone_silent": _("not reported any more"),
    "removed": _("gone from the list"),
    "newly_connected": _("newly connected"),
    "added": _("new in the list"),
    "moved": _("moved on the map"),
    "status_changed": _("status under the norm changed"),
}
"""What happened to a school, for legend and list."""


def kind_words(kind: str) -> str:
    """What a kind of change is called."""
    return str(KIND_NOTES[kind])


def verdict_words(change: ShareChange) -> str:
    """What the bounds of two shares say of the change between them."""
    return str(VERDICT_WORDS[change.verdict])


def signed(value: int | None) -> str:
    """A difference of counts with its sign; a dash for None."""
    if value is None or value == 0:
        return number(value)
    return f"+{number(value)}" if value > 0 else f"−{number(-value)}"


def signed_points(value: float | None) -> str:
    """A difference of shares in whole percentage points with its sign; a dash for None."""
    text = points(value)
    return f"+{text}" if value is not None and value > 0 and text != points(0) else text


def finding_of(found: Compared, count: str) -> tuple[str, str]:
    """The difference of two releases in two sentences: how many schools, and what the share that meets the norm did."""
    changed = len(found.changes)
    schools = (
        ngettext(
            "%(count)s school differs between the two releases.",
            "%(count)s schools differ between the two releases.",
            changed,
            count=number(changed),
        )
        if changed
        else gettext("No school differs between the two releases.")
    )
    return schools, _share_sentence(found.total, count)


def _share_sentence(total: ComparedRow, count: str) -> str:
    change = total.change(f"{count}_meets_norm")
    if total.before is None or total.after is None or change.verdict is Verdict.UNKNOWN:
        return gettext("One of the two releases has no school of this choice.")
    was, now = (_share_text(side.figures, count) for side in (total.before, total.after))
    if count == "students":
        return f"{share_title('meets_norm', count)}: {was} → {now} ({verdict_words(change)})."
    if change.verdict is Verdict.SAME:
        return gettext("The share that meets the norm is the same: %(share)s.", share=now)
    if change.verdict is Verdict.ROSE:
        return gettext("The share that meets the norm rose from %(before)s to %(after)s.", before=was, after=now)
    if change.verdict is Verdict.FELL:
        return gettext("The share that meets the norm fell from %(before)s to %(after)s.", before=was, after=now)
    return gettext(
        "The share that meets the norm was %(before)s and is %(after)s; the bounds overlap, so it is not certain that it changed.",
        before=was,
        after=now,
    )


def _share_text(side: Figures, count: str) -> str:
    value, lower, upper = (side[f"{count}_meets_norm_share{end}"] for end in ("", "_lower", "_upper"))
    return share(value, lower, upper)
