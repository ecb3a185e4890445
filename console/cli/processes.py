"""One process each, for production: `worker`, `gateway`, `scheduler`, `console`, `migrate`, `topics`."""

from __future__ import annotations

import asyncio

import click

from console.cli.session import settings_or_exit, unreachable


@click.command()
@click.argument("steps", nargs=-1, required=True)
@click.option("--slot", default="0", help="Stable name of this worker among those of the same step.")
def worker(steps: tuple[str, ...], slot: str) -> None:
    """Run STEPS of the pipeline: resolve, inspect, assemble, analyze (or analyze-CATEGORY), merge, act, rematch, send."""
    from streams.worker import expand, start

    try:
        expand(steps)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    start(settings_or_exit(logs=True), steps, slot)


@click.command()
def gateway() -> None:
    """Take in the events of registries and runtime agents over HTTP."""
    import uvicorn

    from streams.gateway.app import create_app
    from streams.registries.accounts import Accounts
    from streams.worker import quiet_libraries

    settings = settings_or_exit(logs=True)
    quiet_libraries()
    app = create_app(Accounts(settings.home), settings.kafka_address)
    uvicorn.run(app, host=settings.bind, port=settings.gateway_port, log_level="warning", timeout_graceful_shutdown=10)


@click.command()
@click.option("--listing-every", default=3600.0, show_default=True, help="Seconds between two listings of each registry; 0 = never.")
def scheduler(listing_every: float) -> None:
    """Ask again for what is overdue, and for what a registry has and nobody announced."""
    asyncio.run(_schedule(listing_every))


async def _schedule(listing_every: float) -> None:
    from infra.local.ready import announce_ready
    from sinks.store import Store
    from streams.publisher import Publisher
    from streams.reading import current_reading
    from streams.registries.accounts import Accounts
    from streams.registries.sources import Sources
    from streams.scheduler import Periods, Scheduler
    from streams.worker import quiet_libraries

    settings = settings_or_exit(logs=True)
    quiet_libraries()
    async with (
        Publisher(settings.kafka_address, "scheduler") as publisher,
        Sources(Accounts(settings.home), settings.home) as sources,
    ):
        announce_ready(settings)
        await Scheduler(
            Store(settings.clickhouse_url), sources, publisher, settings.home, current_reading(settings),
            Periods(listing_every, settings.advisory_sync_hours * 3600.0, settings.rescan_hours * 3600.0,
                    settings.clamd_reread_days, settings.retention_days),
        ).run()  # fmt: skip


@click.command()
def console() -> None:
    """Serve the web console and its API."""
    import uvicorn

    from console.web.app import create_app
    from console.web.assets import installed_assets
    from console.web.users import Users
    from infra.local.errors import LocalError
    from sinks.store import Store
    from streams.worker import quiet_libraries

    settings = settings_or_exit(logs=True)
    quiet_libraries()
    try:
        assets = installed_assets(settings.cache)
    except LocalError as error:
        raise click.ClickException(f"{error.sentence}\n  {error.remedy}") from error
    app = create_app(Store(settings.clickhouse_url), settings.kafka_address, assets, Users(settings.home), settings.language)
    uvicorn.run(app, host=settings.bind, port=settings.console_port, log_level="warning", timeout_graceful_shutdown=5)


@click.command()
def migrate() -> None:
    """Bring the store's tables and views to this version."""
    from sinks.migrate import migrate as apply
    from sinks.store import Store, StoreError

    try:
        applied = apply(Store(settings_or_exit(logs=True).clickhouse_url))
    except StoreError as error:
        raise unreachable(f"the store could not be migrated: {error}") from error
    click.echo(f"applied: {', '.join(applied)}" if applied else "the store is up to date")


@click.command()
@click.option("--replication", default=1, show_default=True, help="Replicas of each new topic.")
def topics(replication: int) -> None:
    """Create the topics that are missing and name those that differ from the table."""
    from kafka.errors import KafkaError

    from streams.broker import ensure_topics

    try:
        report = ensure_topics(settings_or_exit(logs=True).kafka_address, replication=replication)
    except KafkaError as error:
        raise unreachable(f"the broker does not answer: {error}") from error
    click.echo(f"created: {', '.join(report.created)}" if report.created else "all topics are there")
    for difference in report.differences:
        click.echo(f"differs: {difference}", err=True)


COMMANDS = (worker, gateway, scheduler, console, migrate, topics)
