"""Problems of whole files, headings and records. Part of the catalogue `geo.intake.problems.PROBLEMS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from geo.intake.problem_text import ProblemText, Refusal, error, notice, refused, warning
from geo.intake.problem_text import mark as _

_EMPTY = _("Empty file")
_EMPTY_FIX = _("Send a file with a header line and one line per school.")
_MALFORMED = _("Quotes are wrong")
_QUOTES = _('Put a value with a comma or a quote between double quotes and write a quote inside it twice: "School ""Alma"", No 5".')
_MISSING = _("A column is missing")
_ENCODING = _("Not readable as UTF-8 text")
_SAVE_AS = _('Save it as "CSV UTF-8 (comma delimited)" and send that file.')
_MARK = _("Decimal mark not clear")
_MARK_FIX = _("Write all numbers with decimal points and without marks between thousands, such as 1234.5.")
_DETECTED = _("Format recognised")
_COUNT = _("Wrong number of fields")

FILE_PROBLEMS: Mapping[str, ProblemText] = {
    "empty_file": refused(
        _EMPTY,
        _("The file is empty."),
        _EMPTY_FIX,
        variants={"sheet": refused(_EMPTY, _('The sheet "{sheet}", {position} of {count}, is empty.'), _EMPTY_FIX)},
    ),
    "no_rows": refused(_("No schools"), _("The file has a header but no schools; nothing was removed.")),
    "not_a_table": replace(
        refused(
            _("Not a table that is read"),
            _("The file is {kind}, not a table that is read."),
            _('Open it in a spreadsheet and save it as XLSX, ODS or "CSV UTF-8 (comma delimited)", then send that file.'),
        ),
        refusal=Refusal.UNSUPPORTED,
    ),
    "encoding_error": refused(
        _ENCODING,
        _("Line {line}: the bytes {shown} at byte {offset} are not UTF-8 text. It was saved in another encoding, cut off or damaged."),
        _SAVE_AS,
        variants={
            "wide": refused(
                _ENCODING,
                _("Line {line}: the file begins as {encoding} text, but the bytes {shown} at byte {offset} are none; it was cut off."),
                _SAVE_AS,
            ),
            "stated": refused(
                _ENCODING,
                _("Line {line}: the bytes {shown} at byte {offset} are not {encoding} text."),
                _("Choose another encoding, or let it be recognised."),
            ),
            "nul_bytes": refused(
                _ENCODING, _("The file holds NUL bytes: it is UTF-16 text without its mark, or no text at all."), _SAVE_AS
            ),
        },
    ),
    "missing_column": refused(
        _MISSING,
        _("No column holds the id of a school. The first line has: {found}."),
        _("The first line must be a header with school_id_giga or school_id_govt."),
        variants={
            "look_alike": refused(
                _MISSING,
                _("No column holds the id of a school. The heading {heading} looks like {name} but has other characters: {code_points}."),
                _("Type the heading anew: {name}."),
            ),
            "pair": refused(
                _MISSING, _("The file has {column} but not {other}."), _("Send both latitude and longitude, or neither of them.")
            ),
            "mapped": refused(_MISSING, _("The file has no column {column}. It has: {found}."), _("Name a column that the file has.")),
        },
    ),
    "duplicate_column": refused(
        _("The same column twice"),
        _("Columns {first} ({first_heading}) and {second} ({second_heading}) both hold {column}."),
        _("Keep one of them."),
    ),
    "too_many_columns": refused(
        _("Too many columns"), _("The file has {count} columns; at most {limit} are read."), _("Send fewer columns.")
    ),
    "too_many_rows": refused(
        _("Too many rows"), _("The file has {count} rows; at most {limit} are read."), _("Split the file and send its parts one by one.")
    ),
    "ambiguous_decimal_mark": refused(
        _MARK,
        _('Line {line}: {column} is "{cell}", and all {count} numbers with a comma could be decimals or thousands.'),
        _MARK_FIX,
        variants={
            "both": refused(
                _MARK,
                _('Some numbers have decimal commas ("{cell}" on line {line}), some have decimal points ("{other}" on line {other_line}).'),
                _MARK_FIX,
            )
        },
    ),
    "unknown_sheet": refused(
        _("No such sheet"),
        _('The workbook has no sheet "{sheet}". It has: {found}.'),
        _("Name a sheet that the workbook has."),
        variants={
            "layer": refused(
                _("No such layer"), _('The file has no layer "{sheet}". It has: {found}.'), _("Name a layer that the file has.")
            )
        },
    ),
    "malformed_csv": error(
        _MALFORMED,
        _("Line {line}: the quotes do not fit together."),
        _QUOTES,
        variants={
            "after_quote": error(_MALFORMED, _("Line {line}: there is text after a closing quote."), _QUOTES),
            "bare_quote": error(_MALFORMED, _("Line {line}: there is a quote inside a value that is not between quotes."), _QUOTES),
            "unclosed": error(
                _MALFORMED, _("Line {line}: a quote opens and does not close on this line, where it would swallow the next rows."), _QUOTES
            ),
            "open_to_end": refused(_MALFORMED, _("Line {line}: a quote opens here and stays open to the end of the file."), _QUOTES),
            "header": refused(_MALFORMED, _("Line {line}: the quotes of the header do not fit together."), _QUOTES),
        },
    ),
    "wrong_field_count": error(
        _COUNT,
        _("Line {line}: {count} fields; the header has {expected}."),
        _("Is there a comma in a name? Put that value between double quotes."),
        variants={
            "last_line": error(
                _COUNT,
                _("Line {line}, the last: {count} fields; the header has {expected}. Was the file cut off?"),
                _("Export the file again and compare its last line."),
            )
        },
    ),
    "repeated_header": error(_("Header repeated"), _("Line {line} repeats the header."), _("Remove the line.")),
    "personal_data_column": refused(
        _("Data about persons"),
        _("The file has columns about persons: {columns}. We do not take data about persons; the file was deleted at once."),
        _("Remove {columns} and send the file again."),
    ),
    "personal_data_suspected": refused(
        _("Data about persons"),
        _("Line {line}, column {column}: this looks like {kind}. We do not take data about persons; the file was deleted at once."),
        _("Remove it and send the file again."),
    ),
    "wrong_country": refused(
        _("Another country"),
        _("Line {line}: the row is of {found}; this service holds {expected}."),
        _("Check that this is the right file."),
        variants={
            "ids": refused(
                _("Another country"),
                _("Line {line}: the ids begin with the code of {found}; this service holds {expected}."),
                _("Check that this is the right file; if it is, set country to {expected}."),
            )
        },
    ),
    "unknown_column": warning(
        _("Unknown column"),
        _("Column {column} is not known; it was not stored."),
        _("If it should be, name the column it stands for."),
        variants={
            "look_alike": warning(
                _("Heading with look-alike characters"),
                _("Column {column} looks like {name} but has other characters: {code_points}. It was not stored."),
                _("Type the heading anew: {name}."),
            ),
            "resembles": warning(
                _("Unknown column"),
                _("Column {column} is not known; it was not stored. It resembles {names}."),
                _("If it is one of these, say so."),
            ),
            "nameless": warning(
                _("Column without a name"), _("Column {position} has no name; it was not stored."), _("Give it a heading.")
            ),
        },
    ),
    "guessed_column": warning(
        _("Column recognised by likeness"),
        _("Column {column} was read as {name}, which it resembles ({score} of 100)."),
        _("Confirm it, or say what the column is."),
        variants={
            "look_alike": warning(
                _("Heading with look-alike characters"),
                _("Column {column} looks like {name} but has other characters: {code_points}. It was read as {name}."),
                _("Confirm it, or type the heading anew: {name}."),
            ),
        },
    ),
    "unit_guessed": warning(
        _("Unit of speeds to confirm"),
        _("Column {column}: the speeds of {heading} were read as {unit}."),
        _("Confirm it, or say the unit: Mbps, kbps or bps."),
    ),
    "unit_suspected": warning(
        _("Unit of speeds looks wrong"),
        _("Column {column}: half of the speeds are above {median} {unit}, which is {median_mbps} Mbps. They look like {likely_unit}."),
        _("If they are, set the unit of {column} to {option}."),
        variants={
            "no_unit": warning(
                _("Unit of speeds looks wrong"),
                _("Column {column}: half of the speeds are below {median} {unit}, less than a telephone line. Are they in Gbps?"),
                _("Write speeds in Mbps, kbps or bps."),
            ),
        },
    ),
    "unit_not_used": warning(
        _("Unit of speeds not used"),
        _("The unit {unit} was given for {column}, which is no column of the file; its columns of speeds: {speeds}."),
        _("Give the unit to the column that holds the speeds."),
    ),
    "example_row": notice(_("Example row"), _("Line {line} is the example of our template ({value}); it was passed over.")),
    "column_not_used": notice(_("Column not used"), _("Column {column} was not used, because {reason} says the same for sure.")),
    "computed_column": notice(
        _("Computed columns passed over"), _("These columns are computed by this service and were not read: {columns}.")
    ),
    "constant_not_used": notice(_("Fixed value not used"), _("The file has a column {column}; the fixed value {value} was not used.")),
    "leading_rows_skipped": notice(_("Lines skipped"), _("The header is on line {header_line}; these lines were skipped: {lines}.")),
    "format_detected": notice(
        _DETECTED,
        _("Column {column}: {count} dates were read as day.month.year."),
        variants={
            "semicolon": notice(_DETECTED, _("The values are separated by semicolons.")),
            "tab": notice(_DETECTED, _("The values are separated by tabs.")),
            "pipe": notice(_DETECTED, _("The values are separated by vertical bars.")),
            "decimal_comma": notice(_DETECTED, _('The numbers were read with decimal commas: "{cell}" as {number}.')),
            "encoding": notice(_DETECTED, _("The file was read as {encoding} text.")),
            "encoding_guessed": notice(
                _DETECTED,
                _("The file was read as {encoding} text; this was guessed from its letters."),
                _("Compare the names as each encoding gives them, and confirm one."),
            ),
            "features": notice(_DETECTED, _("The file was read as {format}: {count} features; a line is the number of a feature.")),
            "layer": notice(
                _DETECTED, _('The file was read as {format}: layer "{sheet}", {position} of {count}; a line is the number of a feature.')
            ),
            "converted": notice(_DETECTED, _("The positions were converted from {system} to degrees (WGS84).")),
            "position_of_geometry": notice(
                _DETECTED, _("The positions were taken from the geometry; these columns were not read: {columns}.")
            ),
            "position_of_columns": notice(
                _DETECTED, _("The positions were taken from these columns, as you said, not from the geometry: {columns}.")
            ),
            "sheet": notice(_DETECTED, _('The file was read as a workbook ({format}): sheet "{sheet}", {position} of {count}.')),
        },
    ),
    "blank_row": notice(_("Blank lines"), _("{count} lines are blank; they were passed over.")),
    "blank_cells": notice(
        _("Blank cells"),
        _("{column} is blank in {count} rows; those schools keep what is known."),
        variants={"clear": notice(_("Blank cells"), _("{column} is blank in {count} rows; of those schools it is not known any more."))},
    ),
    "duplicate_row": warning(_("Row twice"), _("Line {line} repeats line {first_line}; it counts once.")),
}
