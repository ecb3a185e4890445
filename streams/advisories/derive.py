"""From records to flaws: what changed records touch is derived anew, whoever changed them and whenever."""

from __future__ import annotations

from sinks import advisories as table
from sinks.store import Store
from streams.advisories.flaws import Naming, flaws_of

_ALL = 5_000
"""Above so many changed records everything is derived anew, which costs less than following their names."""


def derive(store: Store, version: int) -> tuple[set[str], set[str]]:
    """(advisories that changed or whose flaws did, names of the flaws that they assert or asserted)."""
    pending = table.pending_records(store)
    if not pending:
        return set(), set()
    before = table.derived_before(store, pending)
    seeds = {name for name, (flaws, _) in before.items() for name in (name, *flaws)}
    rows = table.namings(store, None) if len(pending) > _ALL else _component(store, seeds)
    derived = flaws_of(Naming(row[0], tuple(row[1]), tuple(row[2])) for row in rows)
    newest = {name: number for name, (_, number) in before.items()}
    for row in rows:
        newest[row[0]] = max(newest.get(row[0], 0), row[4])
    old = {row[0]: tuple(row[3]) for row in rows} | {name: tuple(flaws) for name, (flaws, _) in before.items()}
    changed = {name for name in {*old, *derived} if name in before or old.get(name, ()) != derived.get(name, ())}
    # Flaws first, their derivation second, would leave stale texts after a crash in between: so pending records are marked last.
    table.write_flaws_of(
        store, [(name, derived.get(name, ()), newest[name] if name not in before else newest[name] - 1) for name in sorted(changed)]
    )
    names = {flaw for name in changed for flaw in (*old.get(name, ()), *derived.get(name, ()))}
    table.derive_flaws(store, None if len(pending) > _ALL else sorted(names), version)
    table.write_flaws_of(store, [(name, derived.get(name, ()), newest[name]) for name in sorted(before)])
    return changed, names


def _component(store: Store, seeds: set[str]) -> list[tuple[str, list[str], list[str], list[str], int]]:
    """All records that are joined with the seeds through names, over any number of steps."""
    names, rows, grown = set(seeds), [], True
    while grown:
        rows = table.namings(store, names)
        size = len(names)
        for record, aliases, asserts, flaws, _ in rows:
            names.update((record, *aliases, *flaws))
            # A bulletin joins nothing, but what it asserts must keep the name of its own group.
            names.update(asserts)
        grown = len(names) > size
    return rows
