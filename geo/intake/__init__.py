"""Reading uploads: bytes → columns → cells → accepted rows with problems. No database, no web.

layout (which kind of file, and where its table lies), with decode, dialect, csv_records, csv_fields and csv_cells for text (bytes → text →
records → cells), and packages, sheet_extent (is it safe to read), workbook and sheet_records for workbooks; columns (headings → our
columns), decimals, parse with cells and texts (cells → typed values), checks, duplicates and judgement (rows), problems (the catalogue
of what can be said), upload (the way through).
"""

from geo.intake.options import ColumnHow, ColumnUse, Parsed, Question, QuestionKind, ReadOptions, ValueSuggestion
from geo.intake.upload import read_upload

__all__ = ["ColumnHow", "ColumnUse", "Parsed", "Question", "QuestionKind", "ReadOptions", "ValueSuggestion", "read_upload"]
