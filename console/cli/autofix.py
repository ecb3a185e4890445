"""`imagerisk autofix`: let fixes begin by themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from console.cli.session import settings_or_exit

if TYPE_CHECKING:
    from streams.fix.auto_fix import AutoFix


@click.group()
def autofix() -> None:
    """Build fixed images by themselves: in cycles, for chosen repositories, within a window of hours."""


@autofix.command("set")
@click.option("--cycle", "cycle_days", type=int, help="Days between two fixes of a repository (default 7).")
@click.option("--repository", "repositories", multiple=True, help="Pattern of REGISTRY/REPOSITORY, such as shop/team/*; several times.")
@click.option("--all-repositories", is_flag=True, help="Every repository.")
@click.option("--modified-within", "modified_days", type=int, help="Only images that came within so many days (default 30).")
@click.option("--window", help="Hours in UTC in which fixes may begin, such as 22:00-04:00; an empty text for always.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def set_autofix(
    cycle_days: int | None, repositories: tuple[str, ...], all_repositories: bool, modified_days: int | None, window: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Switch auto-fix on; what is not given stays as it was.

    Example: imagerisk autofix set --repository 'shop/team/*' --cycle 7 --window 22:00-04:00"""
    given = {"cycle_days": cycle_days, "modified_days": modified_days, "window": window}
    values: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if repositories or all_repositories:
        values["repositories"] = repositories
    _print(_change(on=True, **values), as_json)


@autofix.command("off")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def off(as_json: bool) -> None:
    """Switch auto-fix off; the other settings stay."""
    _print(_change(on=False), as_json)


@autofix.command("show")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_autofix(as_json: bool) -> None:
    """The settings."""
    from streams.fix.auto_fix import AutoFixError, read_auto_fix

    try:
        _print(read_auto_fix(settings_or_exit().home), as_json)
    except AutoFixError as error:
        raise click.UsageError(str(error)) from error


def _change(**values: object) -> AutoFix:
    from streams.fix.auto_fix import AutoFixError, write_auto_fix

    try:
        return write_auto_fix(settings_or_exit().home, **values)
    except AutoFixError as error:
        raise click.UsageError(str(error)) from error


def _print(settings: AutoFix, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(settings.model_dump(), indent=2))
        return
    scope = ", ".join(settings.repositories) or "all repositories"
    hours = f"between {settings.window} UTC" if settings.window else "at any hour"
    state = f"on: every {settings.cycle_days} days, {scope}, images of the last {settings.modified_days} days, {hours}"
    click.echo(state if settings.on else "off")


COMMANDS = (autofix,)
