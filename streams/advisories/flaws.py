"""Which advisories speak of the same flaw, and what it is called. Pure: the result depends on the set of records only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from streams.advisories.record import CVE


@dataclass(frozen=True, slots=True)
class Naming:
    """What a record says about names: its own id, other names of the same flaw, and flaws that it covers (a bulletin)."""

    id: str
    aliases: tuple[str, ...] = ()
    asserts: tuple[str, ...] = ()


def preference(name: str) -> tuple[int, int, int, str]:
    """Sorts the names of a flaw, the best first: CVEs by year and number, then GHSA, then others by alphabet."""
    if CVE.match(name):
        _, year, number = name.split("-")
        return 0, int(year), int(number), name
    return (1 if name.startswith("GHSA-") else 2), 0, 0, name


def flaws_of(namings: Iterable[Naming]) -> dict[str, tuple[str, ...]]:
    """Record id -> names of the flaws that it asserts, sorted.

    Records join through their aliases, transitively; a group is named by its lowest CVE, else by the best other name. A record that
    covers other flaws asserts each of them and is none itself. Sources: OSV schema, fields "aliases" and "upstream"."""
    records = list(namings)
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one in records:
        for alias in () if one.asserts else one.aliases:
            first, second = root(one.id), root(alias)
            if first != second:
                low, high = sorted((first, second), key=preference)
                parent[high] = low
    return {
        record: tuple(sorted(flaws, key=preference))
        for record, flaws in _collected((one.id, {root(name) for name in one.asserts or (one.id,)}) for one in records).items()
    }


def _collected(pairs: Iterable[tuple[str, set[str]]]) -> dict[str, set[str]]:
    """The same record may come from several feeds: what all of them assert."""
    table: dict[str, set[str]] = {}
    for record, flaws in pairs:
        table.setdefault(record, set()).update(flaws)
    return table
