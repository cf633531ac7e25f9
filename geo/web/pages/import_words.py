"""Words for what the pages of uploads show: our columns, encodings, marks, reasons of a match, families of checks, gates."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from geo.column_table import COLUMNS, ColumnKind
from geo.model import CellularCoverageType, EmptyCells, Fact, ImportMode, ImportState, ImportStep, MatchReason

COLUMN_WORDS: Mapping[str, str] = {
    "school_id": _("School id of this service"),
    "school_id_giga": _("School id of Giga"),
    "school_id_govt": _("School id of the national register"),
    "school_name": _("Name of the school"),
    "latitude": _("Latitude"),
    "longitude": _("Longitude"),
    "admin1": _("Region: code or name"),
    "admin2": _("District: code or name"),
    "admin1_declared": _("Name of the region"),
    "admin2_declared": _("Name of the district"),
    "school_area_type": _("Urban or rural"),
    "education_level": _("Level of education"),
    "school_funding_type": _("Who pays for the school"),
    "num_students": _("Number of students"),
    "connectivity": _("Connected: yes or no"),
    "connectivity_type": _("Kind of connection"),
    "download_speed_mbps": _("Download speed"),
    "download_speed_declared_mbps": _("Download speed, declared"),
    "download_speed_measured_mbps": _("Download speed, measured"),
    "upload_speed_mbps": _("Upload speed"),
    "latency_ms": _("Latency"),
    "cellular_coverage_type": _("Mobile signal at the school"),
    "electricity_availability": _("Electricity"),
    "fiber_node_distance_km": _("Distance to the nearest fibre node"),
    "data_source": _("Who reported it"),
    "collected_on": _("Day it was collected"),
    "country": _("Country"),
    "download_speed_basis": _("Whether the speed is declared or measured"),
}
"""What our columns are called on pages; sources and days of single facts are not offered there."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "ids": ("school_id_govt", "school_id_giga", "school_id"),
    "school": tuple(
        each.name for each in COLUMNS if each.fact in (Fact.SCHOOL, Fact.LOCATION, Fact.NUM_STUDENTS) or each.name in ("admin1", "admin2")
    ),
    "connection": tuple(
        each.name
        for each in COLUMNS
        if each.name in COLUMN_WORDS
        and each.name not in ("download_speed_basis",)
        and (each.fact is not None or each.name == "download_speed_mbps")
        and each.fact not in (Fact.SCHOOL, Fact.LOCATION, Fact.NUM_STUDENTS)
    ),
    "row": ("data_source", "collected_on", "country", "download_speed_basis"),
}
"""Our columns as a person chooses among them, in groups."""

GROUP_WORDS: Mapping[str, str] = {
    "suggested": _("Suggested"),
    "ids": _("Ids"),
    "school": _("The school"),
    "connection": _("Its connection"),
    "row": _("About the row"),
}

SPEED_COLUMNS: tuple[str, ...] = tuple(each.name for each in COLUMNS if each.unit == "Mbps")
WORD_COLUMNS: Mapping[str, tuple[str, ...]] = {each.name: each.values for each in COLUMNS if each.kind is ColumnKind.WORD}
"""Our columns of closed lists and their words."""

ENCODING_WORDS: Mapping[str, str] = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-32": "UTF-32",
    "KZ-1048": _("KZ-1048 (Kazakh and Russian, Windows)"),
    "PTCP154": _("PTCP154 (Kazakh and Russian, older)"),
    "windows-1251": _("windows-1251 (Russian, Windows)"),
    "cp866": _("cp866 (Russian, DOS)"),
}
CHOSEN_ENCODINGS: tuple[str, ...] = ("utf-8", "KZ-1048", "PTCP154", "windows-1251", "cp866")

DELIMITER_WORDS: Mapping[str, str] = {
    ",": _("comma"),
    ";": _("semicolon"),
    "\t": _("tab"),
    "tab": _("tab"),
    "|": _("vertical bar"),
    "comma": _("comma"),
    "semicolon": _("semicolon"),
    "pipe": _("vertical bar"),
    ".": _("point"),
    "point": _("point"),
}
"""Delimiters and decimal marks."""

FORMAT_WORDS: Mapping[str, str] = {
    "csv": _("Text with delimiters (CSV)"),
    "xlsx": "Excel (XLSX)",
    "xls": "Excel 97–2003 (XLS)",
    "ods": "OpenDocument (ODS)",
    "geojson": "GeoJSON",
    "gpkg": "GeoPackage",
}

MODE_WORDS: Mapping[str, str] = {
    ImportMode.UPDATE: _("Update: what the file says about its schools; all others stay"),
    ImportMode.REPLACE: _("Replace: the file is the whole list; schools that it does not name are dropped"),
    ImportMode.REMOVE: _("Remove: the file is a list of ids; the schools it names are dropped"),
}

EMPTY_WORDS: Mapping[str, str] = {
    EmptyCells.KEEP: _("Nothing: the school keeps what it has"),
    EmptyCells.CLEAR: _("Not known any more: the value is cleared"),
}

PLACE_WORDS: Mapping[str, str] = {
    "lost_connection": _("lost their connection"),
    "gone_silent": _("not reported any more"),
    "removed": _("removed"),
    "newly_connected": _("newly connected"),
    "added": _("added"),
    "moved": _("moved"),
    "changed": _("changed otherwise"),
}
"""What happened to a school, for the legend of a picture of a change."""

CHANGE_CLASS_WORDS: Mapping[str, str] = {
    "change-up-2": _("up by 10 points or more"),
    "change-up-1": _("up by under 10 points"),
    "change-none": _("as before"),
    "change-down-1": _("down by under 10 points"),
    "change-down-2": _("down by 10 points or more"),
}

STAGE_WORDS: Mapping[str, str] = {
    ImportState.QUEUED: _("Waiting for its turn"),
    ImportStep.READING: _("Reading the file"),
    ImportStep.PARSING: _("Understanding its cells"),
    ImportStep.MATCHING: _("Finding the school of each row"),
    ImportStep.MERGING: _("Putting rows and schools together"),
    ImportStep.PLACING: _("Finding the region of each school"),
    ImportStep.CHECKING: _("Checking"),
    ImportStep.IMPACT: _("Working out what would change"),
    ImportStep.WRITING: _("Writing"),
    ImportStep.PREPARING: _("Preparing the release"),
    ImportStep.PUBLISHING: _("Publishing"),
}
"""What is being done, for people who wait; keys of states and steps do not clash."""

UNIT_WORDS: Mapping[str, str] = {
    "Mbps": _("Mbps: megabits a second"),
    "kbps": _("kbps: kilobits a second, 1,000 to a megabit"),
    "bps": _("bps: bits a second"),
}

REASON_WORDS: Mapping[str, str] = {
    MatchReason.SAME_NAME: _("same name"),
    MatchReason.SIMILAR_NAME: _("similar name"),
    MatchReason.SAME_NUMBER: _("same number"),
    MatchReason.SAME_KIND: _("same kind of school"),
    MatchReason.NEAR: _("near"),
    MatchReason.SAME_REGION: _("same region"),
    MatchReason.SAME_DISTRICT: _("same district"),
    MatchReason.SAME_LEVEL: _("same level of education"),
    MatchReason.SAME_ENROLMENT: _("same number of students"),
}
"""What speaks for a suggested match."""

CHECK_FAMILY_WORDS: Mapping[str, str] = {
    "ids": _("Ids"),
    "positions": _("Positions"),
    "regions": _("Regions"),
    "connectivity": _("Connection and speed"),
    "values": _("Values"),
    "names": _("Names"),
    "dates": _("Days"),
    "jumps": _("Jumps since the last release"),
    "completeness": _("What is missing"),
    "file": _("How the file is written"),
}

QUESTION_WORDS: Mapping[str, str] = {"row_id": _("Taken for the id of each row:")}
"""What a guess is about, where it has no place of its own on the page."""

IMPORT_WORDS: Mapping[str, Mapping[str, str]] = {
    "column": COLUMN_WORDS,
    "column_group": GROUP_WORDS,
    "encoding": ENCODING_WORDS,
    "mark": DELIMITER_WORDS,
    "format": FORMAT_WORDS,
    "mode": MODE_WORDS,
    "empty": EMPTY_WORDS,
    "place": PLACE_WORDS,
    "change_class": CHANGE_CLASS_WORDS,
    "unit": UNIT_WORDS,
    "stage": STAGE_WORDS,
    "reason": REASON_WORDS,
    "signal": {CellularCoverageType.NO_COVERAGE: _("no signal")},
    "check_family": CHECK_FAMILY_WORDS,
    "question": QUESTION_WORDS,
}
"""What `geo.web.pages.wording.word` finds besides its own."""
