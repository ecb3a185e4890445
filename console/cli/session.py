"""What commands share: settings, the store, exit codes, and how rows are shown."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from analyzers.texts import LANGUAGES

if TYPE_CHECKING:
    from infra.settings import Settings
    from sinks.store import Store

PLAIN_WIDTH = 240
FINE, FOUND, USAGE, ANALYSIS_FAILED, NOT_REACHABLE = 0, 1, 2, 3, 4
RANKS = {"high": 3, "urgent": 3, "medium": 2, "suspicious": 2, "low": 1, "notice": 1}
"""What `--fail-on` compares: the rank of each level."""

LANGUAGE = click.option("--language", type=click.Choice(LANGUAGES), help="Of titles and advice; default: the setting `language`, else en.")


def settings_or_exit(*, logs: bool = False) -> Settings:
    """The settings; a bad one is a usage error that names it. `logs`: tell what goes on, as a process of the system does; a command that
    somebody waits for tells errors only."""
    from infra.log_lines import configure_logs
    from infra.settings import load_settings
    from infra.settings_sources import SettingsError

    try:
        settings = load_settings()
    except SettingsError as error:
        raise click.UsageError(str(error)) from error
    configure_logs(settings.log_level if logs else "error")
    settings.home.mkdir(parents=True, exist_ok=True)
    return settings


def unreachable(sentence: str) -> click.ClickException:
    """An error for a service that does not answer, with what to do."""
    error = click.ClickException(f"{sentence}\n  start the local system with `imagerisk up`, or see `imagerisk status`")
    error.exit_code = NOT_REACHABLE
    return error


def open_store(settings: Settings, patience_s: float = 5.0) -> Store:
    """The store of the running system. Exits with 4 if it does not answer."""
    from sinks.store import Store, StoreDown

    store = Store(settings.clickhouse_url)
    store.patience = patience_s
    try:
        store.ping()
    except StoreDown as error:
        raise unreachable(str(error)) from error
    return store


def image_digest(settings: Settings, store: Store, text: str) -> str:
    """The digest of a stored image: a digest (8 or more digits of it), or REGISTRY/REPOSITORY:TAG as the store or a client names it."""
    from streams.registries.accounts import Accounts, AccountsError

    bare = text.removeprefix("sha256:")
    if len(bare) >= 8 and all(letter in "0123456789abcdef" for letter in bare):
        rows = store.query("SELECT DISTINCT image_digest FROM images WHERE startsWith(image_digest, {d:String})", {"d": f"sha256:{bare}"})
    else:
        try:
            where = Accounts(settings.home).resolve(text)
        except AccountsError as error:
            raise click.UsageError(str(error)) from error
        rows = store.query(
            "SELECT DISTINCT image_digest FROM images WHERE registry = {registry:String} AND repository = {repository:String} "
            "AND (has(tags, {reference:String}) OR image_digest = {reference:String})",
            {"registry": where.registry, "repository": where.repository, "reference": where.reference},
        )
    if len(rows) != 1:
        several = f": {', '.join(row[0] for row in rows[:5])}; give a digest" if rows else "; scan it first with `imagerisk scan`"
        raise click.UsageError(f"{len(rows)} stored images answer to {text!r}{several}")
    return str(rows[0][0])


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, as_csv: bool, nothing: str) -> None:
    """Print rows as JSON (all columns), CSV (all columns) or a table (`columns`)."""
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=2))
        return
    if as_csv:
        text = io.StringIO()
        writer = csv.writer(text)
        if rows:
            writer.writerow(rows[0])
        writer.writerows([[_harmless(_cell(value)) for value in row.values()] for row in rows])
        click.echo(text.getvalue(), nl=False)
        return
    if not rows:
        click.echo(nothing)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_styled(name, _cell(row.get(name))) for name in columns))
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    Console(file=sys.stdout, highlight=False, width=width).print(table)


_COLOURS = {
    "high": "red", "urgent": "red", "failed": "red", "medium": "yellow", "suspicious": "yellow", "partial": "yellow", "succeeded": "green",
}  # fmt: skip


def _styled(name: str, text: str) -> str:
    from rich.markup import escape

    colour = _COLOURS.get(text) if name in ("severity", "priority", "state") else None
    return f"[{colour}]{text}[/]" if colour else escape(text)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _harmless(text: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
