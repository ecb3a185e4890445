"""Guessing weak passwords: the user's name in the usual disguises, then a short list, the likeliest first.

The value that was guessed is never told, only how: `weak` texts name the disguise or the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from analyzers.collectors.passwords import libcrypt
from analyzers.collectors.passwords.apr1 import apr1
from analyzers.collectors.passwords.schemes import Scheme, scheme_of

BUDGET_MS = 3000.0
_YEARS = ("2024", "2025", "2023", "2026", "2022", "2021", "2020")
_LISTED = "a common password"
_ROOT_GUESSES = 8
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


def candidates(name: str, affordable: int = 1000) -> list[tuple[str, str]]:
    """All (word, how), each word once, ordered by likelihood: where few are `affordable`, fewer variants of the name stand first."""
    variants = list(name_variants(name))
    first = variants[: _NAME_FIRST if affordable < 100 else None]
    listed = [(word, _LISTED) for word in weak_words()]
    unique: dict[str, str] = {}
    for word, how in (*first[:1], ("", "an empty password"), *first[1:3], *listed[:6], *first[3:], *listed, *variants):
        unique.setdefault(word, how)
    return list(unique.items())


def plain_weakness(name: str, value: str) -> str:
    """Why a password in plain text is weak; empty if it is not."""
    if not value:
        return "an empty password"
    for word, how in name_variants(name):
        if value == word:
            return how
    return _LISTED if value in weak_words() else ""


@dataclass(slots=True)
class _Attempt:
    """One hash that is being guessed: its words in order and how many were tried."""

    stored: str
    scheme: Scheme
    verify: Callable[[str, str], bool | None] | None
    words: list[tuple[str, str]]
    tried: int = 0
    weakness: str = ""
    refusal: str = ""

    @property
    def open(self) -> bool:
        return not self.weakness and not self.refusal and self.tried < len(self.words)

    @property
    def reason(self) -> str:
        """What was left out."""
        if self.refusal or not self.open:
            return self.refusal
        return f"timeout: {self.tried} of {len(self.words)} guesses against a {self.scheme.name} hash fitted into the budget"


class Guesser:
    """Guesses against hashes until its budget of work is used up. Each hash gets an equal share of what is left, the cheap ones first, so
    that a slow one uses up nothing that would have found the passwords of the others. Where shares are too small for one guess, the first
    accounts get one each; root comes first with a few, up to half of the budget."""

    def __init__(self, budget_ms: float = BUDGET_MS) -> None:
        self.left_ms = budget_ms

    def weaknesses(self, hashes: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """For each (name, hash): why its password is weak, empty if no guess fitted; and what was left out, empty if nothing was."""
        attempts = [self._attempt(name, stored, len(hashes)) for name, stored in hashes]
        names = {id(one): name for (name, _), one in zip(hashes, attempts, strict=True)}
        waiting = sorted((one for one in attempts if one and one.open), key=lambda one: (names[id(one)] != "root", one.scheme.cost_ms))
        for number, one in enumerate(waiting):
            equal, cost = self.left_ms / (len(waiting) - number), one.scheme.cost_ms
            least = min(_ROOT_GUESSES * cost, self.left_ms / 2) if names[id(one)] == "root" else min(cost, self.left_ms)
            self._guess(one, max(equal, least))
        return [(one.weakness, one.reason) if one else ("", "") for one in attempts]

    def _attempt(self, name: str, stored: str, count: int) -> _Attempt | None:
        scheme = scheme_of(stored)
        if scheme is None:
            return None
        if scheme.name == "unknown":
            return _Attempt(stored, scheme, None, [], refusal="unreadable: password hash of an unknown scheme")
        if scheme.name != "apr1" and not libcrypt.available():
            reason = f"unreadable: no libcrypt on this system to guess against a {scheme.name} hash"
            return _Attempt(stored, scheme, None, [], refusal=reason)
        verify = _apr1 if scheme.name == "apr1" else libcrypt.verify
        return _Attempt(stored, scheme, verify, candidates(name, int(self.left_ms / scheme.cost_ms / count)))

    def _guess(self, one: _Attempt, share_ms: float) -> None:
        assert one.verify is not None
        for word, how in one.words[: int(share_ms / one.scheme.cost_ms)]:
            self.left_ms -= one.scheme.cost_ms
            one.tried += 1
            answer = one.verify(word, one.stored)
            if answer is None:
                one.refusal = f"unreadable: the system's libcrypt refuses this {one.scheme.name} hash"
                return
            if answer:
                one.weakness = how
                return


def _apr1(word: str, stored: str) -> bool:
    return apr1(word, stored.split("$")[2]) == stored
