"""Reading uploads: bytes → columns → cells → accepted rows with problems. No database, no web.

decode (bytes → text), csv_records and csv_cells (text → records → cells), columns (headings → our columns), parse with cells and texts
(cells → typed values), checks, duplicates and judgement (rows), problems (the catalogue of what can be said), upload (the way through).
"""

from geo.intake.options import ColumnHow, ColumnUse, Parsed, ReadOptions
from geo.intake.upload import read_upload

__all__ = ["ColumnHow", "ColumnUse", "Parsed", "ReadOptions", "read_upload"]
