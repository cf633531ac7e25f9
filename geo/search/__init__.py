"""Search over names, ids and places: an index of plain arrays, made once a release, and the ranking of what a query finds in it.

Pure: takes and gives arrays. Where the index lies and what a found school looks like is for others to say.
"""

from geo.search.building import built_arrays
from geo.search.finding import Found, Located, Match, find
from geo.search.index import ARRAYS, SearchIndex, opened_index
from geo.search.queries import MAX_QUERY_CHARACTERS, tidy_query

__all__ = [
    "ARRAYS",
    "MAX_QUERY_CHARACTERS",
    "Found",
    "Located",
    "Match",
    "SearchIndex",
    "built_arrays",
    "find",
    "opened_index",
    "tidy_query",
]
