"""Pulling from Giga's data interface: HTTP → records → columns of our names. No database, no Flask; the only package that calls out.

limits (how much patience), wire (one request, whatever happens), client (pages and further tries), answers (JSON → columns of text),
speeds (measurements → medians), pull (lists joined on Giga's id), dates (since when a value is given), keys (from a file).
"""

from geo.giga.answers import SHAPES
from geo.giga.client import SHORTEST_KEY_LOOKED_FOR, Client
from geo.giga.dates import dated
from geo.giga.keys import checked_keys, keys_in_file
from geo.giga.limits import Limits
from geo.giga.pull import LICENCE_OF_FACTS, LICENCE_OF_LOCATIONS, Pulled, Wanted, pull

__all__ = [
    "LICENCE_OF_FACTS",
    "LICENCE_OF_LOCATIONS",
    "SHAPES",
    "SHORTEST_KEY_LOOKED_FOR",
    "Client",
    "Limits",
    "Pulled",
    "Wanted",
    "checked_keys",
    "dated",
    "keys_in_file",
    "pull",
]
