"""What facts of an image may be missing, and which items that concerns.

Sources of facts are named as items name them in `Need.reads`: a software (`redis`, `nginx`, `sshd`), `packages` for the databases of
package managers, `guesses` for attempts at password hashes, else the collector.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzers.collectors.accounts import NO_HASH
from analyzers.collectors.chisel import NO_SOURCE
from analyzers.collectors.service_files import softwares_of
from analyzers.collectors.user_items import UserItems, line_items_about
from analyzers.collectors.web_servers import SOFTWARES, software_of
from analyzers.image import ImageView
from analyzers.user_rules.records import BaselineItem, FileItem
from schemas.facts import Skipped
from schemas.findings import SkippedItem

PACKAGES = "packages"
GUESSES = "guesses"
USER = "user:"
"""Begins the name of a source that one item of the user alone reads."""
_PACKAGE_DATABASES = frozenset({"dpkg", "chisel", "apk", "rpm", "opkg"})
_NO_GUESS = "timeout: 0 of "


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that was not read, or not to its end, and whose facts that may have cost."""

    path: str
    reason: str
    sources: frozenset[str]

    @property
    def guessed(self) -> bool:
        """Whether only some guesses were left out: guessing is never complete, so that alone hinders nothing."""
        return self.reason.startswith("timeout") and not self.reason.startswith(_NO_GUESS)

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


def gaps_of(image: ImageView, own: Sequence[BaselineItem] = ()) -> list[Gap]:
    """Each gap once. Files that no service of the list and no item of the user (`own`) reads are none: a large `.conf` of others."""
    facts = dict.fromkeys((fact.path, fact.reason, _sources(fact, own)) for _, fact in image.visible(Skipped))
    return [Gap(*one) for one in facts if one[2]]


def damaged_hashes(image: ImageView) -> list[SkippedItem]:
    """Password fields that no password fits: told, and no gap, as nobody could have read more."""
    facts = (fact for _, fact in image.visible(Skipped) if fact.reason.startswith(NO_HASH))
    return [SkippedItem(path=fact.path, reason=fact.reason) for fact in facts]


def _sources(gap: Skipped, own: Sequence[BaselineItem]) -> frozenset[str]:
    if gap.reason.startswith((NO_HASH, NO_SOURCE)):
        return frozenset()
    if gap.collector == UserItems.name:
        files = (one.id for one in own if isinstance(one, FileItem) and not gap.path)
        return frozenset(f"{USER}{name}" for name in (*files, *line_items_about(own, gap.path)))
    if gap.collector == "services":
        return softwares_of(gap.path)
    if gap.collector == "web_servers":
        return frozenset({software_of(gap.path)} - {""}) if gap.path else SOFTWARES
    if gap.collector in _PACKAGE_DATABASES:
        return frozenset({PACKAGES})
    if gap.collector == "accounts" and "(account " in gap.reason:
        return frozenset({GUESSES})
    if gap.collector == "weak_credentials" and "(user " in gap.reason:
        return frozenset({"htpasswd"})
    if gap.collector == "file_modes" and "world-writable" in gap.reason:
        return frozenset({"world-writable"})
    return frozenset({gap.collector})


def gap_about(gaps: Iterable[Gap], reads: frozenset[str]) -> Gap | None:
    """The first gap that concerns an item which reads these sources."""
    return next((one for one in gaps if one.sources & reads), None)
