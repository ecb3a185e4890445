"""Recognising password hashes and guessing weak ones, within a fixed budget of work."""
