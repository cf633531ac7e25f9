"""Qosyl: which schools are still without a usable connection, how many children learn in them, and how we know."""

__version__ = "0.1.0"
