"""The normal form of an advisory, whatever feed it came from."""

from __future__ import annotations

import re
from typing import NamedTuple

CVE = re.compile(r"CVE-\d{4}-\d{4,}\Z")
READER_VERSION = 6
"""Raised whenever the same bytes would give another normal form: then all records are read again."""


class BadRecord(ValueError):
    """A record that is no advisory; the text says why."""


class Spans(NamedTuple):
    """Affected versions of one package. Parallel tuples: a version is affected if lows[i] <= key and, by ends[i], key < highs[i] (0),
    key <= highs[i] (1) or anything (2); or if its key is in `exact`. Keys are those of analyzers.versions. `fixes` are the versions that
    bring a fix, `fix_keys` their keys, `fix_days` the days (ISO) on which they came out, empty where the feed does not say."""

    lows: tuple[bytes, ...] = ()
    highs: tuple[bytes, ...] = ()
    ends: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    exact: tuple[bytes, ...] = ()
    fix_keys: tuple[bytes, ...] = ()
    fixes: tuple[str, ...] = ()
    fix_days: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lows or self.exact)


BEFORE, WITH, NEVER = 0, 1, 2


class Affected(NamedTuple):
    """What one advisory says about one package. `ecosystem` is OSV's, with its release; `name` as `names.match_name` gives it."""

    ecosystem: str
    name: str
    spans: Spans
    module: str = ""
    urgency: str = ""
    unfixed: str = ""


class Advisory(NamedTuple):
    """One record. `aliases` are other names of the same flaw; `asserts` names of flaws that it covers. Dates are ISO or empty.
    `vectors` are CVSS vectors, or `score:VERSION/NUMBER` where a feed has only the number. `problems` say which of its entries could not
    be used, and why; `foreign` names the ecosystems of a record without any entry that can be compared. `security` False: a bulletin about
    bugs or new features, without any flaw."""

    id: str
    aliases: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()
    title: str = ""
    description: str = ""
    vectors: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""
    withdrawn: str = ""
    malicious: bool = False
    exploit: bool = False
    security: bool = True
    problems: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
