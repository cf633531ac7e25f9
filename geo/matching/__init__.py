"""Matching without shared ids: which school a row may speak about, by name and place, with a score and its reasons.

Pure functions on tables and arrays. Nothing is ever applied here: a person accepts or refuses.
"""

from geo.matching.suggestions import DEFAULT_SCORE, Suggestions, reasons_of, suggest

__all__ = ["DEFAULT_SCORE", "Suggestions", "reasons_of", "suggest"]
