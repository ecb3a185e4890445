"""Runs one collector over files in memory, as a pass offers them."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.contract import Collector, Entry, FileView, PassContext
from analyzers.dispatch import Dispatch
from schemas.facts import Fact, Package, Skipped


def collected(collector: type[Collector], files: Mapping[str, bytes | str]) -> list[Fact]:
    """The facts of the files that the collector asks for and of its end."""
    one = collector(PassContext(secret_key=b"key"))
    dispatch = Dispatch([one])
    facts: list[Fact] = []
    for path, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        if dispatch.wanting(path, data[:8]) and len(data) <= collector.wanted.max_bytes:
            facts.extend(one.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))
    facts.extend(one.finish())
    return facts


def packages(collector: type[Collector], files: Mapping[str, bytes | str]) -> list[Package]:
    """The packages; fails where something was skipped."""
    facts = collected(collector, files)
    assert not [fact for fact in facts if isinstance(fact, Skipped)]
    return [fact for fact in facts if isinstance(fact, Package)]


def names(collector: type[Collector], files: Mapping[str, bytes | str]) -> list[str]:
    """`[namespace/]name@version`, with ` dev` for what is used for development only."""
    found = []
    for fact in packages(collector, files):
        full = f"{fact.namespace}/{fact.name}" if fact.namespace else fact.name
        found.append(f"{full}@{fact.version}" + (" dev" if fact.development else ""))
    return found


def reasons(collector: type[Collector], files: Mapping[str, bytes | str]) -> list[str]:
    return [fact.reason for fact in collected(collector, files) if isinstance(fact, Skipped)]
