"""`imagerisk users`: who may read, handle and fix in the web console."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.session import settings_or_exit, show
from console.web.users import ROLES, Users, UsersError


@click.group()
def users() -> None:
    """Who may read, handle and fix in the web console. Without users everybody who reaches it may do everything."""


@users.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True, help="Each may what those before it may.")
@click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with the password; else it is asked."
)
def add(name: str, role: str, password_file: Path | None) -> None:
    """Add a user, or change the role and password of one.

    Example: imagerisk users add ada --role handler --password-file ./password"""
    if password_file:
        password = password_file.read_text(encoding="utf-8").rstrip("\r\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        Users(settings_or_exit().home).put(name, role, password)
    except UsersError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{name} is {role}")


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_users(as_json: bool) -> None:
    """Names and roles."""
    try:
        rows = [{"name": user.name, "role": user.role} for user in Users(settings_or_exit().home).all.values()]
    except UsersError as error:
        raise click.UsageError(str(error)) from error
    show(rows, ("name", "role"), as_json=as_json, as_csv=False, nothing="no users: everybody who reaches the console may do everything")


@users.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Forget a user."""
    try:
        Users(settings_or_exit().home).remove(name)
    except UsersError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{name} is forgotten")


COMMANDS = (users,)
