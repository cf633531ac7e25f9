"""Problems of single cells. Part of the catalogue `geo.intake.problems.PROBLEMS`."""

from __future__ import annotations

from collections.abc import Mapping

from geo.intake.problem_text import ProblemText, error, notice, warning
from geo.intake.problem_text import mark as _

_NUMBER = _("Not a number")
_RANGE = _("Out of range")
_DATE = _("Not a date")
_ID = _("Not an id")
_REQUIRED = _("Id missing")
_CONTROL = _("Control character")
_POINT = _("Write digits with a decimal point and nothing else, such as {example}.")
_ALLOWED = _("{column} must be from {minimum} to {maximum} {unit}.")
_ISO = _("Write the date as {suggestion}.")

CELL_PROBLEMS: Mapping[str, ProblemText] = {
    "invalid_number": error(
        _NUMBER,
        _('Line {line}: {column} is "{value}", which is not a number.'),
        _POINT,
        variants={
            "shifted": error(
                _NUMBER,
                _('Line {line}: {column} is "{value}", which is not a number. Are the values of this row shifted?'),
                _("Is there a comma in a name? Put that value between double quotes."),
            ),
            "decimal_comma": error(_NUMBER, _('Line {line}: {column} is "{value}", with a comma.'), _POINT),
            "decimal_point": error(
                _NUMBER,
                _('Line {line}: {column} is "{value}", with a point; the other numbers of the file have decimal commas.'),
                _("Write it as the others, such as {example}."),
            ),
            "unit": error(_NUMBER, _('Line {line}: {column} is "{value}".'), _("Write the number alone, in {unit}.")),
            "whole": error(_NUMBER, _('Line {line}: {column} is "{value}", which is not a whole number.'), _("Write a whole number.")),
        },
    ),
    "not_finite": error(
        _("Not a finite number"), _('Line {line}: {column} is "{value}".'), _("Leave the cell blank if the value is not known.")
    ),
    "out_of_range": error(
        _RANGE,
        _('Line {line}: {column} is "{value}".'),
        _ALLOWED,
        variants={
            "swapped": error(
                _RANGE, _('Line {line}: {column} is "{value}". Latitude and longitude look swapped.'), _("Check which column is which.")
            ),
            "metres": error(
                _RANGE,
                _('Line {line}: {column} is "{value}". These look like metres of a projection such as UTM.'),
                _("Convert the positions to degrees (WGS84)."),
            ),
            "unit": error(
                _RANGE,
                _('Line {line}: {column} is "{value}".'),
                _("{column} must be from {minimum} to {maximum} {unit}. If they are in kbps or bps, set the unit of the column."),
            ),
            "date": error(_RANGE, _('Line {line}: {column} is "{value}".'), _("Dates from {minimum} on are taken.")),
        },
    ),
    "value_too_long": error(
        _("Value too long"), _("Line {line}: {column} has {length} characters; at most {limit} are taken."), _("Shorten the value.")
    ),
    "required_value_missing": error(
        _REQUIRED,
        _("Line {line}: the row has no id of a school."),
        _("Give {column}, or remove the row."),
        variants={
            "totals": error(
                _REQUIRED, _("Line {line}: the row has no id of a school. Is this a totals row?"), _("Remove the row; totals are computed.")
            )
        },
    ),
    "invalid_id": error(
        _ID,
        _('Line {line}: {column} is "{value}"; {character} is not allowed in an id.'),
        _("Ids have Latin letters, digits, blanks, points, colons, hyphens and underscores, and begin and end with a letter or digit."),
    ),
    "excel_mangled_id": warning(
        _("Id changed by a spreadsheet"),
        _('Line {line}: {column} is "{value}"; a spreadsheet seems to have made a number of it.'),
        _("Format the column as text before typing or importing ids; the id was kept as sent."),
    ),
    "invalid_enum": error(
        _("Word not known"),
        _('Line {line}: {column} is "{value}".'),
        _("Use one of: {allowed} (or a listed Russian or Kazakh word)."),
        variants={
            "resembles": error(
                _("Word not known"),
                _('Line {line}: {column} is "{value}".'),
                _("Did you mean {suggestion}? Words that are taken: {allowed} (or a listed Russian or Kazakh word)."),
            )
        },
    ),
    "invalid_date": error(
        _DATE,
        _('Line {line}: {column} is "{value}", which is not a date.'),
        _ISO,
        variants={
            "slashed": error(_DATE, _('Line {line}: {column} is "{value}"; either number could be the month.'), _ISO),
            "serial": error(_DATE, _('Line {line}: {column} is "{value}", a spreadsheet\'s day number.'), _ISO),
            "last_line": error(_DATE, _('Line {line}, the last: {column} is "{value}". Was the file cut off?'), _ISO),
        },
    ),
    "date_in_future": error(
        _("Date in the future"), _('Line {line}: {column} is "{value}", but today is {today}.'), _("Give the day the data were collected.")
    ),
    "control_character": error(
        _CONTROL,
        _("Line {line}: {column} holds the control character {code_point}."),
        _("Remove it."),
        variants={
            "line_break": warning(
                _("Line break in a value"), _("Line {line}: {column} holds a line break; it was read as a blank."), _("Remove it.")
            )
        },
    ),
    "bidi_control": error(
        _("Writing-direction control"),
        _("Line {line}: {column} holds {code_point}, which can make text read as something else."),
        _("Remove it."),
    ),
    "invisible_character": error(
        _("Invisible characters"), _("Line {line}: {column} holds characters that cannot be seen: {code_point}."), _("Type the value anew.")
    ),
    "mojibake": warning(
        _("Garbled text"),
        _('Line {line}: {column} is "{value}", which looks garbled.'),
        _('It may have been "{likely}". It was stored as sent.'),
        variants={
            "lost": warning(
                _("Lost characters"), _('Line {line}: {column} is "{value}"; the character U+FFFD stands where others were lost.'), ""
            )
        },
    ),
    "combining_marks": warning(_("Piled-up marks"), _("Line {line}: {column} has {count} marks on one letter."), _("Check the value.")),
    "look_alike_letters": warning(
        _("Latin and Cyrillic letters in one word"),
        _('Line {line}: {column} is "{value}", with Latin and Cyrillic letters in the word "{word}".'),
        _("Type the word anew in one alphabet; searches may miss it."),
    ),
    "formula_like_value": warning(
        _("Looks like a formula"),
        _('Line {line}: {column} is "{value}", which a spreadsheet would run.'),
        _("It was stored as sent; exports guard it with an apostrophe."),
    ),
    "coordinates_missing": error(
        _("Half a position"),
        _("Line {line}: {column} is blank, but {other} is not."),
        _("Give both or leave both blank."),
        variants={
            "both": notice(
                _("No position"), _("{count} rows have no coordinates; schools without a position are counted and listed as not placed.")
            )
        },
    ),
}
