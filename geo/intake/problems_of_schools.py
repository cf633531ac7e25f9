"""Problems of rows as schools: ids, positions, contradictions, and what joining with the release shows.

Part of the catalogue `geo.intake.problems.PROBLEMS`. Those that need boundaries or the present release are found by services.
"""

from __future__ import annotations

from collections.abc import Mapping

from geo.intake.problem_text import ProblemText, error, notice, warning
from geo.intake.problem_text import mark as _

_CONTRADICTION = _("Connectivity and speed disagree")

SCHOOL_PROBLEMS: Mapping[str, ProblemText] = {
    "duplicate_id": error(
        _("One id, two contents"),
        _('Line {line}: {column} "{value}" is also on line {other_line} with other content ({differing}); neither row is used.'),
        _("Keep the right row."),
        variants={
            "spelling": error(
                _("Ids alike but for case"),
                _('Line {line}: {column} "{value}" is "{other}" on line {other_line}, but for case or blanks; neither row is used.'),
                _("Give each school one id, spelled one way."),
            )
        },
    ),
    "null_island": warning(
        _("Position 0, 0"), _("Line {line}: the position is 0, 0, in the sea off Africa; the school is counted but not drawn.")
    ),
    "low_precision": warning(
        _("Coarse position"),
        _("Line {line}: latitude {value} and its longitude have {decimals} decimals: the place is known to about {distance}."),
        _("Give at least five decimals."),
    ),
    "same_position": warning(
        _("Schools on one point"),
        _("{count} schools have the position {value}; the first is on line {line}, others on lines {lines}."),
        _("Check whether the position is that of a town or an office."),
    ),
    "inconsistent_connectivity": warning(
        _CONTRADICTION,
        _("Line {line}: connectivity is no, but {column} is {value}; both were kept and the school is flagged."),
        "",
        variants={
            "yes_with_zero": warning(
                _CONTRADICTION, _("Line {line}: connectivity is yes, but {column} is 0; both were kept and the school is flagged."), ""
            ),
        },
    ),
    "region_variants": warning(
        _("One region spelled in several ways"), _("Column {column}: {variants} seem to be one region."), _("Spell each region one way.")
    ),
    "region_missing": warning(_("Region blank"), _("{column} is blank in {count} rows; those schools are found by their position alone.")),
    "outside_country": warning(
        _("Outside the country"), _("Line {line}: the position {value} is in no region and farther than {tolerance} from every one.")
    ),
    "region_nearest": notice(
        _("Nearest region taken"), _("Line {line}: the position lies outside every region; {region}, {distance} away, was taken.")
    ),
    "region_disagrees": warning(
        _("Another region than declared"),
        _("Line {line}: {column} says {value}, but the position lies in {region}; the school is flagged."),
    ),
    "district_parent_mismatch": warning(
        _("District of another region"), _("Line {line}: the position lies in a district of another region; no district was taken.")
    ),
    "location_outlier": warning(
        _("Far from its district"),
        _("Line {line}: the position {value} is {distance} from the region the row declares. Are latitude and longitude swapped?"),
        _("Check the position; it was stored and marked."),
    ),
    "unmatched_row": warning(
        _("No school found"),
        _("Line {line}: no school has the id {value}."),
        _("Check the id. A new school needs a file with latitude and longitude."),
    ),
    "ambiguous_match": warning(
        _("Several schools found"),
        _("Line {line}: the ids point at more than one school ({schools}); the row was not used."),
        _("Correct the ids."),
    ),
    "folded_id_match": notice(
        _("Id spelled otherwise"), _("Line {line}: {column} {value} was matched to {school_id}, which differs only by case or blanks.")
    ),
    "other_id_kept": warning(
        _("Another id is known"), _("Line {line}: {column} is {value}, but the school has {known}, which was kept."), _("Correct the id.")
    ),
    "stale_row": warning(
        _("Older than what is known"), _("Line {line}: collected on {value}, but {known} is known; the newer facts were kept.")
    ),
    "schools_without_row": notice(_("Schools not in the file"), _("{count} schools have no row in the file; they keep what is known.")),
    "schools_removed": warning(_("Schools dropped"), _("{count} schools are not in the file and would be dropped.")),
}
