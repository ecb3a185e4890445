"""`imagerisk advisories`: import feeds into the store, show what it has."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import NOT_REACHABLE, settings_or_exit, show, unreachable

if TYPE_CHECKING:
    from infra.settings import Settings
    from sinks.store import Store
    from streams.advisories.importer import ImportOutcome


_MOST_PROCESSES = 4
"""Each has 60 to 160 MB."""


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
    """The newest import of each feed: its age, the newest change in it, records, and what was skipped (--json names problems)."""
    from sinks.advisories import import_status

    with _store(settings_or_exit()) as store:
        rows = import_status(store)
    show(rows, ("source", "kind", "imported_at", "age_days", "newest", "records", "stored", "skipped"), as_json=as_json, as_csv=False,
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
            outcome = import_advisories(store, list(paths), report, processes=min(len(os.sched_getaffinity(0)), _MOST_PROCESSES))
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
    from streams.advisories.importer import update_of
    from streams.publisher import BrokerDown, Publisher
    from streams.topics import ADVISORY_UPDATES

    try:
        async with Publisher(settings.kafka_address, "advisories") as publisher:
            await publisher.send(ADVISORY_UPDATES, "import", update_of(outcome, "import"))
    except BrokerDown as error:
        raise unreachable(f"imported, but the running workers could not be told: {error}") from error


@advisories.command("sync")
@click.argument("names", nargs=-1)
@click.option(
    "--bundle-out", type=click.Path(dir_okay=False, path_type=Path), help="Write all downloaded feeds into this file, import nothing."
)
@click.option("--bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Import such a file instead of downloading.")
def sync(names: tuple[str, ...], bundle_out: Path | None, bundle: Path | None) -> None:
    """Download the configured sources (or only NAMES) where they changed, and import what is new.

    \b
    imagerisk advisories sources add debian https://feeds.example.org/Debian/all.zip
    imagerisk advisories sync
    imagerisk advisories sync --bundle-out feeds.tar      # on a machine with a network ...
    imagerisk advisories sync --bundle feeds.tar          # ... and on one without"""
    from streams.advisories.sync import FeedSources, SyncError, fetch, read_bundle, write_bundle

    settings = settings_or_exit()
    sources = FeedSources(settings.home)
    try:
        if bundle:
            _import_and_tell(settings, read_bundle(bundle, settings.home / "advisory-bundle"))
            return
        if not sources.all:
            raise SyncError("no source is configured: `imagerisk advisories sources add NAME URL`")
        fetched = asyncio.run(fetch(sources, names))
        for one in fetched:
            click.echo(f"{one.source.name}: {one.error or ('downloaded' if one.changed else 'unchanged')}", err=bool(one.error))
        if bundle_out:
            click.echo(f"{write_bundle(sources, bundle_out)} feeds in {bundle_out}")
        else:
            _import_and_tell(settings, [one.path for one in fetched if one.changed])
    except SyncError as error:
        raise click.UsageError(str(error)) from error
    if any(one.error for one in fetched):
        raise click.exceptions.Exit(NOT_REACHABLE)


def _import_and_tell(settings: Settings, paths: Sequence[Path]) -> None:
    if paths:
        outcome = import_paths(settings, paths, quiet=False)
        click.echo(f"{sum(feed.records for feed in outcome.feeds)} records read, {len(outcome.advisories)} advisories changed")


@advisories.group()
def sources() -> None:
    """Addresses that `sync` downloads."""


@sources.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--sha256-url", default="", help="Address of the checksum; its first word is compared.")
def add_source(name: str, url: str, sha256_url: str) -> None:
    """Add URL under NAME, or change it. The end of the address tells what it is: all.zip (OSV), kev.json, epss.csv, ..."""
    from streams.advisories.sync import FeedSources, SyncError

    try:
        FeedSources(settings_or_exit().home).add(name, url, sha256_url)
    except SyncError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{name} is downloaded by `imagerisk advisories sync`")


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_sources(as_json: bool) -> None:
    """The sources, when each was last found to be fresh, and what went wrong since."""
    from streams.advisories.sync import FeedSources, SyncError

    try:
        rows = [one.model_dump() for one in FeedSources(settings_or_exit().home).all.values()]
    except SyncError as error:
        raise click.UsageError(str(error)) from error
    for row in rows:
        row["fetched"] = datetime.fromtimestamp(row["fetched_at"] / 1000, UTC) if row["fetched_at"] else None
    show(rows, ("name", "url", "fetched", "error"), as_json=as_json, as_csv=False,
         nothing="no source is configured: `imagerisk advisories sources add NAME URL`")  # fmt: skip


@sources.command("remove")
@click.argument("name")
def remove_source(name: str) -> None:
    """Forget a source; what it gave stays in the store."""
    from streams.advisories.sync import FeedSources, SyncError

    try:
        FeedSources(settings_or_exit().home).remove(name)
    except SyncError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{name} is forgotten")


COMMANDS = (advisories,)
