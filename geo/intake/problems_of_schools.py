"""Problems of rows as schools: ids, positions, contradictions, and what joining with the release shows.

Part of the catalogue `geo.intake.problems.PROBLEMS`. Those that need boundaries or the present release are found by services.
"""

from __future__ import annotations

from collections.abc import Mapping

from geo.intake.problem_text import ProblemText, error, notice, warning
from geo.intake.problem_text import mark as _

_CONTRADICTION = _("Connectivity and speed disagree")
_SHARED = _("Schools on one point")
_OUTLIER = _("Far from its region")
_COARSE = _("Coarse position")
_ALIKE = _("Names alike nearby")

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
        _COARSE,
        _("Line {line}: latitude {value} and its longitude have {decimals} decimals: the place is known to about {distance}."),
        _("Give at least five decimals."),
    ),
    "fair_precision": notice(
        _COARSE,
        _("{count} rows have positions of three or four decimals, known to about 110 or 11 m; the first on lines {lines}."),
        _("Give at least five decimals."),
    ),
    "same_position": warning(
        _SHARED,
        _("{count} schools have the position {value}; the first is on line {line}, others on lines {lines}."),
        _("Check whether the position is that of a town or an office."),
        variants={
            "release": warning(
                _SHARED,
                _("Line {line}: the position {value} is also that of a school that the file does not place there."),
                _("Check whether the position is that of a town or an office."),
            )
        },
    ),
    "inconsistent_connectivity": warning(
        _CONTRADICTION,
        _("Line {line}: connectivity is no, but {column} is {value}; both were kept and the school is flagged."),
        "",
        variants={
            "yes_with_zero": warning(
                _CONTRADICTION, _("Line {line}: connectivity is yes, but {column} is 0; both were kept and the school is flagged."), ""
            ),
            "known": warning(
                _CONTRADICTION,
                _("Line {line}: with what is known of the school besides, its connectivity and its speed disagree; the school is flagged."),
                _("Give connectivity and speed together."),
            ),
            "unknown": notice(
                _CONTRADICTION,
                _("Line {line}: the school has a speed, but nobody said whether it is connected; the school is flagged."),
                "",
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
        _OUTLIER,
        _("Line {line}: the position {value} is {distance} km from {declared}, which the row or an earlier file declares."),
        _("Check the position; it was stored and marked."),
        variants={
            "swapped": warning(
                _OUTLIER,
                _("Line {line}: with latitude and longitude exchanged, the position {value} would lie in {region}, where it should."),
                _("Check which is which; it was stored and marked."),
            )
        },
    ),
    "region_centroid": warning(
        _("Middle of a region"),
        _("Line {line}: the position {value} is the middle of {region}, as programs give it to schools that they cannot place."),
        _("Give the position of the school itself."),
    ),
    "many_schools_nearby": warning(
        _("Many schools nearby"),
        _("Line {line}: more than five schools lie in the square kilometre around {value}."),
        _("Check whether the positions are those of the schools."),
    ),
    "similar_name_nearby": warning(
        _ALIKE,
        _('Line {line}: "{value}" lies {metres} m from "{other}" ({school_id}); the names look alike.'),
        _("If the two are one school, give it one id."),
    ),
    "name_without_letters": notice(
        _("Name without letters"), _('Line {line}: {column} is "{value}", without a letter or digit of any alphabet.'), _("Give the name.")
    ),
    "giga_id_not_uuid": notice(
        _("Not an id of Giga's form"), _('Line {line}: {column} is "{value}"; the ids that Giga gives have 36 characters.'), ""
    ),
    "implausible_enrolment": warning(
        _("Enrolment hard to believe"),
        _("Line {line}: {column} is {value}; a school with none or with over 10,000 is hard to believe. The school is flagged."),
        _("Leave the cell blank if the number is not known."),
    ),
    "enrolment_jump": warning(
        _("Enrolment jumps"), _("Line {line}: {column} is {value}, but was {known} in the last release."), _("Check the number.")
    ),
    "moved_far": warning(
        _("Moved far"), _("Line {line}: the position {value} is {distance} km from that of the last release."), _("Check the position.")
    ),
    "connectivity_lost": warning(
        _("Connected, then unknown"),
        _("Line {line}: the school was connected in the last release; after this file nobody knows."),
        _("Write yes or no, or leave the cell blank so that the school keeps what is known."),
    ),
    "speeds_disagree": notice(
        _("Declared and measured differ"),
        _("Line {line}: {declared} Mbps declared and {measured} Mbps measured lie on two sides of what the school needs; both were kept."),
        "",
    ),
    "speed_missing": notice(
        _("Connected, speed not known"),
        _("{count} schools of the file are connected, but no speed is known of them; the first on lines {lines}."),
    ),
    "signal_missing": warning(
        _("Mobile connection without signal"),
        _("Line {line}: the school is connected by the mobile network, but there is no mobile signal."),
        _("Check the kind of connection and the signal."),
    ),
    "new_school_incomplete": notice(
        _("New schools lack facts"),
        _("{count} new schools have no {column}; the first on lines {lines}."),
        _("Give it for each new school."),
    ),
    "stale_date": warning(
        _("Old facts"),
        _("Line {line}: {column} is {value}, more than three years ago."),
        _("Collect the facts anew; they were stored with their date."),
    ),
    "undated_facts": notice(
        _("Facts without a date"),
        _("{count} rows do not say when their facts were collected; such facts replace whatever is known."),
        _("Add the column collected_on."),
    ),
    "unmatched_row": warning(
        _("No school found"),
        _("Line {line}: no school has the id {value}."),
        _("Check the id. A new school needs a file with latitude and longitude."),
        variants={
            "remove": warning(
                _("No school found"), _("Line {line}: no school has the id {value}, so that none is dropped for it."), _("Check the id.")
            )
        },
    ),
    "ambiguous_match": warning(
        _("Several schools found"),
        _("Line {line}: the ids, such as {value}, point at several schools, or at one that another row names too; the row was not used."),
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
