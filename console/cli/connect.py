"""Who may send events and what may be contacted: `registries`, `runtimes`, `pipelines`, `dead-letters`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import settings_or_exit, show, unreachable

if TYPE_CHECKING:
    from streams.letters import Letter


@click.group()
def registries() -> None:
    """The registries that images are pulled from."""


@registries.command("add")
@click.argument("name")
@click.argument("url")
@click.option("--brand", default="distribution", show_default=True, help="Which notifications it sends.")
@click.option("--username", default="", help="User to log in with.")
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with the password.")
@click.option("--json", "as_json", is_flag=True, help="Print webhook_url and token as JSON.")
def add_registry(name: str, url: str, brand: str, username: str, password_file: Path | None, as_json: bool) -> None:
    """Make a registry known, and print the address and the token for its webhook.

    Example: imagerisk registries add shop https://registry.example.org --username scan --password-file ./password"""
    from streams.registries.accounts import Accounts, AccountsError

    settings = settings_or_exit()
    password = password_file.read_text(encoding="utf-8").rstrip("\r\n") if password_file else ""
    try:
        token = Accounts(settings.home).add_registry(name, url, brand, username, password)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    webhook = f"http://{settings.bind}:{settings.gateway_port}/v1/events/registry/{name}"
    if as_json:
        click.echo(json.dumps({"webhook_url": webhook, "token": token}))
        return
    click.echo(
        f"registry {name} is known. Let it notify us (docker-registry, config.yml):\n"
        f"  notifications:\n    events: {{includereferences: true}}\n    endpoints:\n      - name: imagerisk\n        url: {webhook}\n"
        f"        headers: {{Authorization: [Bearer {token}]}}\n        timeout: 5s\n        threshold: 5\n        backoff: 1s\n"
        "        ignoredmediatypes: [application/octet-stream]\n        ignore: {actions: [pull]}\n"
        "The token is shown this once."
    )


@registries.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_registries(as_json: bool) -> None:
    """The registries that are known."""
    from streams.registries.accounts import Accounts

    rows = [
        {"name": one.name, "url": one.url, "brand": one.brand, "username": one.username}
        for one in Accounts(settings_or_exit().home).registries.values()
    ]
    show(
        rows,
        ("name", "url", "brand", "username"),
        as_json=as_json,
        as_csv=False,
        nothing="no registry is known: `imagerisk registries add`",
    )


@registries.command("remove")
@click.argument("name")
def remove_registry(name: str) -> None:
    """Forget a registry: it is neither contacted nor listened to any more."""
    from streams.registries.accounts import Accounts, AccountsError

    try:
        Accounts(settings_or_exit().home).remove_registry(name)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"registry {name} is forgotten")


@registries.command("check")
@click.argument("name")
def check_registry(name: str) -> None:
    """Log in and ask a registry for its list of repositories."""
    click.echo(asyncio.run(_check(name)))


async def _check(name: str) -> str:
    from streams.registries.accounts import Accounts
    from streams.registries.manifests import RegistryError
    from streams.registries.sources import Sources

    settings = settings_or_exit()
    async with Sources(Accounts(settings.home), settings.home) as sources:
        try:
            found = await (await sources.open(name)).repositories()
        except RegistryError as error:
            raise unreachable(str(error)) from error
    return f"registry {name} answers and lists {len(found)} repositories"


@registries.command("reconcile")
@click.argument("name", default="")
def reconcile_registries(name: str) -> None:
    """Ask for what registries hold and nobody announced."""
    click.echo(f"{asyncio.run(_reconcile(name))} images were asked for")


async def _reconcile(name: str) -> int:
    from sinks.store import Store
    from streams.publisher import Publisher
    from streams.reconcile import reconcile
    from streams.registries.accounts import Accounts
    from streams.registries.sources import Sources

    settings = settings_or_exit()
    async with Publisher(settings.kafka_address, "cli") as publisher, Sources(Accounts(settings.home), settings.home) as sources:
        return await reconcile(Store(settings.clickhouse_url), sources, publisher, name)


@click.group()
def runtimes() -> None:
    """The runtime agents that report containers."""


@runtimes.command("add")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print url and token as JSON.")
def add_runtime(name: str, as_json: bool) -> None:
    """Let a runtime agent report, and print where to and with which token."""
    from streams.registries.accounts import Accounts, AccountsError

    settings = settings_or_exit()
    try:
        token = Accounts(settings.home).add_runtime(name)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    url = f"http://{settings.bind}:{settings.gateway_port}/v1/events/runtime"
    click.echo(
        json.dumps({"url": url, "token": token}) if as_json else f"agent {name} may POST to {url} with `Authorization: Bearer {token}`"
    )


@click.group()
def pipelines() -> None:
    """The pipelines that may ask for scans."""


@pipelines.command("add")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print url and token as JSON.")
def add_pipeline(name: str, as_json: bool) -> None:
    """Let a pipeline ask for scans, and print where and with which token. A second time: a new token, the old one ends.

    Example: imagerisk pipelines add shop-build"""
    from streams.registries.accounts import Accounts, AccountsError

    settings = settings_or_exit()
    try:
        token = Accounts(settings.home).add_pipeline(name)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    url = f"http://{settings.bind}:{settings.gateway_port}/v1/scans"
    if as_json:
        click.echo(json.dumps({"url": url, "token": token}))
        return
    click.echo(
        f"pipeline {name} may ask for scans. The token is shown this once:\n"
        f"  curl {url} -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n"
        '       -d \'{"reference": "registry.example.org/team/app:1.0"}\''
    )


@pipelines.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_pipelines(as_json: bool) -> None:
    """The pipelines that are known."""
    from streams.registries.accounts import Accounts

    rows = [{"name": name} for name in Accounts(settings_or_exit().home).pipelines]
    show(rows, ("name",), as_json=as_json, as_csv=False, nothing="no pipeline is known: `imagerisk pipelines add`")


@pipelines.command("remove")
@click.argument("name")
def remove_pipeline(name: str) -> None:
    """Take a pipeline's token back."""
    from streams.registries.accounts import Accounts, AccountsError

    try:
        Accounts(settings_or_exit().home).remove_pipeline(name)
    except AccountsError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"the token of {name} is of no use any more")


@click.group("dead-letters")
def dead_letters() -> None:
    """Messages that could not be handled."""


@dead_letters.command("list")
@click.option("--json", "as_json", is_flag=True)
@click.option("--limit", default=1000, show_default=True, help="At most so many, the newest last.")
def list_letters(as_json: bool, limit: int) -> None:
    """Where each came from, and why it could not be handled."""
    rows = [letter.summary for letter in _letters()][-limit:]
    show(rows, ("number", "died_at", "step", "topic", "offset", "reason"), as_json=as_json, as_csv=False, nothing="no message was given up")


@dead_letters.command("replay")
@click.argument("numbers", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Replay all of them.")
def replay_letters(numbers: tuple[int, ...], everything: bool) -> None:
    """Put messages back on the topic that they came from. NUMBERS are those of `dead-letters list`."""
    from streams.letters import replay

    if not numbers and not everything:
        raise click.UsageError("name the messages to replay, or --all")
    chosen = [letter for letter in _letters() if everything or letter.number in numbers]
    click.echo(f"{replay(settings_or_exit().kafka_address, chosen)} messages were put back")


def _letters() -> list[Letter]:
    from kafka.errors import KafkaError

    from streams.letters import read_letters

    address = settings_or_exit().kafka_address
    try:
        return read_letters(address)
    except KafkaError as error:
        raise unreachable(f"the broker at {address} does not answer") from error


COMMANDS = (registries, runtimes, pipelines, dead_letters)
