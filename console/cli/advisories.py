"""`imagerisk advisories`: import feeds into the store, and what the store has."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import USAGE, settings_or_exit, show, unreachable

if TYPE_CHECKING:
    from infra.settings import Settings
    from sinks.store import Store
    from streams.advisories.feeds import Feed
    from streams.advisories.importer import ImportOutcome

IDS_IN_MESSAGE = 2_000
_COLUMNS = ("source", "kind", "imported_at", "newest", "stored", "changed", "vanished", "skipped", "passed_over")


@click.group()
def advisories() -> None:
    """What is known about flaws: import of feeds, and their state."""


@advisories.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--quiet", is_flag=True, help="No progress, no summary.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def import_command(paths: tuple[Path, ...], quiet: bool, as_json: bool) -> None:
    """Import feeds below PATHS: OSV records (all.zip, folders, single files), kev.json, epss.csv, cvss.csv, Debian's tracker, Alpine's
    secdb. Only what changed is written; a record that cannot be used is named and left out. Images that a change concerns are matched
    again if the local system runs.

    Example: imagerisk advisories import ../shared/data/advisories ../shared/data/kev.json"""
    outcome = import_paths(settings_or_exit(), list(paths), quiet=quiet or as_json)
    rows = [
        {"source": one.feed.source, "kind": one.feed.kind, "records": one.records, "changed": one.changed, "vanished": one.vanished,
         "skipped": one.skipped, "passed_over": one.passed_over, "problems": one.problems}
        for one in outcome.feeds
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif not quiet:
        show(
            rows, [name for name in rows[0] if name != "problems"] if rows else (), as_json=False, as_csv=False, nothing="nothing to import"
        )
        for one in outcome.feeds:
            for problem in one.problems[:10]:
                click.echo(f"left out: {problem}", err=True)


@advisories.command("status")
@click.option("--json", "as_json", is_flag=True)
def status_command(as_json: bool) -> None:
    """The feeds in the store: when each was imported, how old its newest record is, what was left out."""
    from sinks.advisories import import_status

    with _store(settings_or_exit()) as store:
        rows = import_status(store)
    show(rows, _COLUMNS, as_json=as_json, as_csv=False, nothing="no advisories yet: `imagerisk advisories import PATH`")


def import_paths(settings: Settings, paths: Sequence[Path], *, quiet: bool) -> ImportOutcome:
    """Import feeds and let the running system know what changed. Exits with 2 for a path without advisories."""
    from streams.advisories.feeds import UnknownFeed
    from streams.advisories.importer import import_advisories

    with _store(settings) as store, _progress(quiet) as progress:
        try:
            outcome = import_advisories(store, paths, progress)
        except UnknownFeed as error:
            failure = click.ClickException(str(error))
            failure.exit_code = USAGE
            raise failure from error
    _announce(settings, outcome, quiet)
    return outcome


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    """The store of this home, with its tables: the running one, or an engine for as long as we need it."""
    from infra.local.embedded import embedded
    from infra.local.errors import LocalError
    from sinks.migrate import migrate
    from sinks.store import StoreDown
    from streams.worker import store_of

    try:
        with embedded(settings) as own:
            store = store_of(own)
            try:
                migrate(store)
                yield store
            finally:
                store.close()
    except (LocalError, StoreDown) as error:
        raise unreachable(str(error)) from error


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[Feed, int], None] | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,} records"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as display:
        tasks: dict[str, int] = {}

        def advance(feed: Feed, records: int) -> None:
            if feed.source not in tasks:
                tasks[feed.source] = display.add_task(feed.source, total=None)
            display.advance(display.task_ids[tasks[feed.source]], records)

        yield advance


def _announce(settings: Settings, outcome: ImportOutcome, quiet: bool) -> None:
    """Publish what changed, advisories and flaws alike, if there is a running system with images to match again."""
    names = [*outcome.advisories, *outcome.flaws]
    if not names or not _runs(settings):
        return
    from streams.publisher import BrokerDown

    try:
        asyncio.run(_publish(settings, names))
    except BrokerDown as error:
        click.echo(f"imported, but images are matched again only by the next scan: {error}", err=True)
        return
    if not quiet:
        click.echo(f"{len(outcome.advisories)} advisories were announced; images that they concern are matched again", err=True)


async def _publish(settings: Settings, names: Sequence[str]) -> None:
    import time

    from schemas.messages import AdvisoriesUpdated
    from streams.publisher import Publisher
    from streams.topics import ADVISORY_UPDATES

    now = time.time_ns() // 1_000_000
    async with Publisher(settings.kafka_address, "cli") as publisher:
        for begin in range(0, len(names), IDS_IN_MESSAGE):
            part = list(names[begin : begin + IDS_IN_MESSAGE])
            await publisher.send(ADVISORY_UPDATES, "import", AdvisoriesUpdated(source="import", ids=part, updated_at=now))


def _runs(settings: Settings) -> bool:
    """Whether there is a broker for this home: the configured one, or that of its running local system."""
    from infra.local.state import read_state

    return bool(settings.kafka) or read_state(settings) is not None


COMMANDS = (advisories,)
