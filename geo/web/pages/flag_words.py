"""Words of the filters by flag. English here, translated when shown."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from geo.model import POSITION_FLAGS, Flag

ANY_POSITION_FLAG = ",".join(sorted(POSITION_FLAGS))
"""Value of `flag` that selects the schools which `schools_flagged_position` counts."""

FLAG_NAMES: Mapping[str, str] = {
    Flag.REGION_NEAREST: _("nearest region taken"),
    Flag.NO_REGION: _("in no region"),
    Flag.DISTRICT_PARENT_MISMATCH: _("district of another region"),
    Flag.NO_DISTRICT: _("in no district"),
    Flag.REGION_DISAGREES: _("another region declared"),
    Flag.NOT_PLACED: _("no position"),
    Flag.YES_WITH_ZERO_SPEED: _("connected with a speed of 0"),
    Flag.NO_WITH_SPEED: _("not connected, with a speed"),
    Flag.UNKNOWN_WITH_SPEED: _("connection unknown, with a speed"),
    Flag.SPEEDS_DISAGREE: _("declared and measured differ"),
    Flag.NULL_ISLAND: _("position 0, 0"),
    Flag.SAME_POSITION: _("several schools on one point"),
    Flag.REGION_CENTROID: _("middle of a region"),
    Flag.LOW_PRECISION: _("coarse position"),
    Flag.LOCATION_OUTLIER: _("far from the declared region"),
    Flag.MANY_SCHOOLS_NEARBY: _("many schools nearby"),
    Flag.SIMILAR_NAME_NEARBY: _("similar name nearby"),
    Flag.IMPLAUSIBLE_ENROLMENT: _("hardly believable enrolment"),
    Flag.EXCEL_MANGLED_ID: _("id changed by a spreadsheet"),
    ANY_POSITION_FLAG: _("any doubt about the position"),
}
"""Flags in a few words, for lists; the last is what the figure `schools_flagged_position` counts."""

DISAGREES_WORDS: Mapping[str, str] = {"true": _("differ"), "false": _("do not differ")}

FLAG_LIST_WORDS: Mapping[str, Mapping[str, str]] = {"flag_name": FLAG_NAMES, "disagrees": DISAGREES_WORDS}
