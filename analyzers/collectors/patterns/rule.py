"""What a rule for secrets is: plain data that says what to look for, where, and how to judge what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from schemas.vocabulary import Level


@dataclass(frozen=True, slots=True)
class Example:
    """A file that shows a rule at work. `text` is a template: `{hex:32}`, `{base62:40}` and the like stand for values that are drawn
    when a test runs, so that no source file holds anything that looks like a live credential."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expression in the syntax that hyperscan and re2 share. Group 1, if there is one, is the secret value, else the whole match.

    `scan` is what goes into the database when that should be simpler than `confirm`; every text that `confirm` matches holds a match
    of `scan` whose end lies at most `LOOK_BACK` bytes behind the start of the match of `confirm`. `apart`: no such thing holds, the two
    only occur in one text."""

    confirm: str
    scan: str = ""
    apart: bool = False

    @property
    def expression(self) -> str:
        return self.scan or self.confirm


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of credential. `rank` decides which rule names a value that several of them found: the highest.

    files: regular expressions (re, searched in the whole path), one of which has to match; empty: any file.
    keywords: lower-case words of which one has to stand within 200 bytes before or after the value.
    entropy: least Shannon entropy of the value in bits per character. checks: names in `checksums.CHECKS`, all of which have to pass.
    code: whether the rule looks into minified scripts, source maps and lock files as well.
    common: `files` fits so many files that the patterns belong into the database; else they run only on the files that fit.
    identifier: the value only names a key pair; beside the secret part it is no finding of its own, and never one in a configuration.
    words: lower-case bytes, one of which has to occur somewhere in the text.
    judged: values that look like placeholders or documented examples are left out. value_group: the group that is the value, 0 for the
    first that took part. allows: (value, data, start and end of the whole match, path) -> whether this is no secret after all."""

    key: str
    group: str
    level: Level
    title: str
    description: str
    advice: str
    rank: int
    version: int = 1
    patterns: tuple[Pattern, ...] = ()
    files: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    entropy: float = 0.0
    checks: tuple[str, ...] = ()
    code: bool = True
    identifier: bool = False
    common: bool = False
    words: tuple[bytes, ...] = ()
    judged: bool = True
    value_group: int | None = None
    allows: Callable[[str, bytes, int, int, str], bool] | None = None
    hits: tuple[Example, ...] = ()
    clean: tuple[Example, ...] = ()


LOOK_BACK = 8192
USER, EXACT, FORM, NAMED, URL, TOKEN, FILE, FOREIGN, GENERIC, FOREIGN_GENERIC = 95, 90, 80, 60, 50, 40, 30, 20, 10, 5
"""Ranks: what the user wrote, a file whose format says what it is, a token form, a service's name beside a value, a URL, a JWT, a kind of
file, a rule set of others, a guess, a guess of others."""
