"""`imagerisk up`, `down`, `status` and `logs`: the local system."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.settings import Settings

NOT_REACHABLE = 4


def _settings() -> Settings:
    from infra.settings import load_settings
    from infra.settings_sources import SettingsError

    try:
        return load_settings()
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def _fail(sentence: str, remedy: str) -> click.exceptions.Exit:
    click.echo(f"imagerisk: {sentence.rstrip()}\n  {remedy}", err=True)
    return click.exceptions.Exit(NOT_REACHABLE)


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print what `status --json` prints when all answer.")
def up(names: tuple[str, ...], as_json: bool) -> None:
    """Start the local system (or only NAMES and what they need) and return when all of it answers."""
    from rich.console import Console

    from infra.local.control import status_document
    from infra.local.control import up as start
    from infra.local.errors import LocalError
    from infra.local.state import read_state, urls

    settings = _settings()
    progress = Console(stderr=True, highlight=False)
    colours = {"running": "green", "done": "green", "backoff": "yellow", "failed": "red"}

    def report(name: str, state: str) -> None:
        progress.print(f"  {name:<16} [{colours.get(state, 'dim')}]{state}[/]")

    try:
        start(settings, names, report=report)
    except LocalError as error:
        raise _fail(error.sentence, error.remedy) from error
    except KeyboardInterrupt:
        click.echo("interrupted: what this call started is stopped again", err=True)
        raise click.exceptions.Exit(130) from None
    document = status_document(settings, read_state(settings), urls(settings))
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    for name, address in urls(settings).items():
        if address:
            click.echo(f"{name:<18} {address}")


@click.command()
def down() -> None:
    """Stop the local system; nothing of it is left running."""
    from infra.local.control import down as stop
    from infra.local.errors import LocalError

    settings = _settings()
    try:
        stopped = stop(settings)
    except LocalError as error:
        raise _fail(error.sentence, error.remedy) from error
    click.echo("stopped" if stopped else f"nothing runs for {settings.home}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print processes and addresses as JSON.")
def status(as_json: bool) -> None:
    """Show the processes of the local system and their addresses; exit code 4 when it does not run."""
    from infra.local.control import status_document
    from infra.local.state import read_state, urls

    settings = _settings()
    state = read_state(settings)
    if as_json:
        click.echo(json.dumps(status_document(settings, state, urls(settings)), indent=2))
    elif state:
        _print_table(settings)
    else:
        click.echo(f"nothing runs for {settings.home}; `imagerisk up` starts it")
    if state is None:
        raise click.exceptions.Exit(NOT_REACHABLE)


def _print_table(settings: Settings) -> None:
    import time

    from rich.console import Console
    from rich.table import Table

    from infra.local.state import read_state

    state = read_state(settings)
    table = Table("process", "state", "pid", "restarts", "for", "reason", box=None)
    for one in state.processes if state else ():
        if not (one.once and one.state == "stopped"):
            colour = {"running": "green", "failed": "red"}.get(one.state, "yellow")
            since = f"{int(time.time() - one.since)} s"
            table.add_row(one.name, f"[{colour}]{one.state}[/]", str(one.pid or "-"), str(one.restarts), since, one.reason)
    console = Console(highlight=False)
    console.print(table)
    for name, address in (state.urls if state else {}).items():
        console.print(f"{name:<18} {address or '-'}")


@click.command()
@click.argument("name", required=False)
@click.option("-f", "--follow", "following", is_flag=True, help="Go on printing new lines until interrupted.")
@click.option("-n", "--lines", default=20, show_default=True, type=click.IntRange(min=0), help="Lines to print of each log.")
def logs(name: str | None, following: bool, lines: int) -> None:
    """Print the end of the log of process NAME, or of all."""
    from infra.local.log_files import follow, last_lines

    settings = _settings()
    known = sorted(settings.logs.glob("*.log"))
    paths = [path for path in known if name in {None, path.stem}]
    if not paths:
        names = ", ".join(path.stem for path in known)
        raise click.UsageError(f"there is no log of {name}; there is {names}" if names else f"there are no logs in {settings.logs}")
    for path in paths:
        for line in last_lines(path, lines):
            _print_line(path, line, len(paths) > 1)
    if following:
        _print_for_ever(follow(paths), len(paths) > 1)


def _print_for_ever(lines: Iterator[tuple[Path, bytes]], named: bool) -> None:
    try:
        for path, line in lines:
            _print_line(path, line, named)
    except KeyboardInterrupt:
        return


def _print_line(path: Path, line: bytes, named: bool) -> None:
    click.echo((f"{path.stem:<16} " if named else "") + line.decode("utf-8", "replace"))


COMMANDS = (up, down, status, logs)
