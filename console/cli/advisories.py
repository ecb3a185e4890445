"""`imagerisk advisories`: import feeds into the store, show what it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import settings_or_exit, show, unreachable

if TYPE_CHECKING:
    from infra.settings import Settings
    from sinks.store import Store
    from streams.advisories.importer import ImportOutcome

EVERYTHING = 5000
"""From so many changed advisories on, all images are matched again instead of asking which are concerned."""


@click.group()
def advisories() -> None:
    """What is known about flaws in packages."""


@advisories.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def import_(paths: tuple[Path, ...]) -> None:
    """Import OSV zips, folders or files, kev.json, epss.csv and cvss.csv below PATHS. The same again changes nothing.

    Example: imagerisk advisories import ./osv ./kev.json"""
    outcome = import_paths(settings_or_exit(), paths, quiet=False)
    for feed in outcome.feeds:
        for problem in feed.problems[:5]:
            click.echo(f"{feed.feed.source}: {problem}", err=True)
        if feed.skipped > 5:
            click.echo(f"{feed.feed.source}: {feed.skipped - 5} more could not be used: `imagerisk advisories status --json`", err=True)
    records = sum(feed.records for feed in outcome.feeds)
    click.echo(f"{records} records of {len(outcome.feeds)} feeds read, {len(outcome.advisories)} advisories changed")


@advisories.command()
@click.option("--json", "as_json", is_flag=True)
def status(as_json: bool) -> None:
    """The newest import of each feed."""
    from sinks.advisories import import_status

    with _store(settings_or_exit()) as store:
        rows = import_status(store)
    show(rows, ("source", "kind", "imported_at", "newest", "records", "stored", "skipped"), as_json=as_json, as_csv=False,
         nothing="no advisories: `imagerisk advisories import PATH`")  # fmt: skip


def import_paths(settings: Settings, paths: Sequence[Path], *, quiet: bool) -> ImportOutcome:
    """Import into the store of the data folder; a running system is told what changed."""
    from rich.console import Console
    from rich.progress import Progress, TextColumn

    from streams.advisories.feeds import Feed, UnknownFeed
    from streams.advisories.importer import import_advisories

    with _store(settings) as store, Progress(TextColumn("{task.description}"), console=Console(stderr=True, quiet=quiet)) as bar:
        task = bar.add_task("reading ...", total=None)

        def report(feed: Feed, records: int) -> None:
            bar.update(task, description=f"{feed.source}: {records} records")

        try:
            outcome = import_advisories(store, list(paths), report)
        except UnknownFeed as error:
            raise click.UsageError(str(error)) from error
    if outcome.advisories and _runs(settings):
        asyncio.run(_tell(settings, outcome))
    return outcome


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    """The store of the data folder: of the running system, or an engine of our own for as long as it is needed."""
    from infra.local.embedded import embedded
    from infra.local.errors import LocalError
    from sinks.migrate import migrate
    from sinks.store import Store, StoreDown

    try:
        with embedded(settings) as own:
            store = Store(own.clickhouse_url)
            try:
                migrate(store)
                yield store
            finally:
                store.close()
    except LocalError as error:
        raise unreachable(f"{error.sentence}\n  {error.remedy}") from error
    except StoreDown as error:
        raise unreachable(str(error)) from error


def _runs(settings: Settings) -> bool:
    """Whether a pipeline of this data folder listens: an external broker, or the local one."""
    from infra.local.state import read_state

    state = read_state(settings)
    return bool(settings.kafka) or (state is not None and any(one.name == "kafka" and one.state == "running" for one in state.processes))


async def _tell(settings: Settings, outcome: ImportOutcome) -> None:
    from schemas.messages import AdvisoriesUpdated
    from streams.agents.step import now_ms
    from streams.publisher import BrokerDown, Publisher
    from streams.topics import ADVISORY_UPDATES

    everything = len(outcome.advisories) + len(outcome.flaws) > EVERYTHING
    message = AdvisoriesUpdated(
        source="import",
        ids=[] if everything else list(outcome.advisories),
        flaws=[] if everything else list(outcome.flaws),
        everything=everything,
        updated_at=now_ms(),
    )
    try:
        async with Publisher(settings.kafka_address, "advisories") as publisher:
            await publisher.send(ADVISORY_UPDATES, "import", message)
    except BrokerDown as error:
        raise unreachable(f"imported, but the running workers could not be told: {error}") from error


COMMANDS = (advisories,)
