"""Guessing weak passwords: the user's name in the usual disguises, then a short list, the likeliest first.

The value that was guessed is never told, only how: `weak` texts name the disguise or the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

from analyzers.collectors.passwords import libcrypt
from analyzers.collectors.passwords.apr1 import apr1
from analyzers.collectors.passwords.schemes import Scheme, scheme_of

BUDGET_MS = 3000.0
_YEARS = ("2024", "2025", "2023", "2026", "2022", "2021", "2020")
_LISTED = "a common password"
_NAME_FIRST = 8  # guesses that are variants of the name, before the list, where only few guesses are affordable


@cache
def weak_words() -> tuple[str, ...]:
    """The list, most common first."""
    text = files("analyzers.collectors.passwords").joinpath("weak_passwords.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("# "))


def name_variants(name: str) -> Iterator[tuple[str, str]]:
    """(word, how) for one user name, the likeliest first."""
    if not name:
        return
    yield name, "the user name"
    yield name + "123", "the user name with an ending"
    yield name.capitalize(), "the user name capitalised"
    yield name[::-1], "the user name reversed"
    for ending in ("1", "@123", "1234", "12345", "123456", "!", "01", *_YEARS):
        yield name + ending, "the user name with an ending"
        yield name.capitalize() + ending, "the user name with an ending"
    yield name.upper(), "the user name in capitals"
    yield name + name, "the user name twice"


def candidates(name: str, limit: int) -> list[tuple[str, str]]:
    """At most `limit` (word, how), each word once, ordered by likelihood."""
    variants = list(name_variants(name))
    first = variants[: _NAME_FIRST if limit < 100 else None]
    listed = [(word, _LISTED) for word in weak_words()]
    unique: dict[str, str] = {"": "an empty password"}
    for word, how in (*first[:3], *listed[:6], *first[3:], *listed):
        unique.setdefault(word, how)
    return list(unique.items())[:limit]


def plain_weakness(name: str, value: str) -> str:
    """Why a password in plain text is weak; empty if it is not."""
    if not value:
        return "an empty password"
    for word, how in name_variants(name):
        if value == word:
            return how
    return _LISTED if value in weak_words() else ""


class Guesser:
    """Guesses against hashes until its budget of work is used up. `reason` tells what the last call left out."""

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self.left_ms = budget_ms
        self.reason = ""

    def weakness(self, name: str, stored: str) -> str:
        """Why the password behind a hash is weak; empty if no guess fitted. Sets `reason` if guesses were left out, else empties it."""
        self.reason = ""
        scheme = scheme_of(stored)
        if scheme is None:
            return ""
        verify = self._verifier(scheme)
        if verify is None:
            return ""
        words = candidates(name, scheme.words)
        affordable = min(len(words), int(self.left_ms / scheme.cost_ms))
        if affordable < len(words):
            self.reason = f"timeout: {affordable} of {len(words)} guesses against a {scheme.name} hash fitted into the budget"
        for count, (word, how) in enumerate(words[:affordable], start=1):
            answer = verify(word, stored)
            if answer is None:
                self.reason = f"unreadable: the system's libcrypt refuses this {scheme.name} hash"
                return ""
            if answer:
                self.left_ms -= count * scheme.cost_ms
                self.reason = ""
                return how
        self.left_ms -= affordable * scheme.cost_ms
        return ""

    def _verifier(self, scheme: Scheme) -> Callable[[str, str], bool | None] | None:
        if scheme.name == "apr1":
            return lambda word, stored: apr1(word, stored.split("$")[2]) == stored
        if scheme.name == "unknown":
            self.reason = "unreadable: password hash of an unknown scheme"
            return None
        if not libcrypt.available():
            self.reason = f"unreadable: no libcrypt on this system to guess against a {scheme.name} hash"
            return None
        return libcrypt.verify
