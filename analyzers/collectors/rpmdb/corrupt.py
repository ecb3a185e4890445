"""The one error of the database readers."""

from __future__ import annotations


class Corrupt(Exception):
    """The bytes are not what the format says; what was yielded before stands."""
