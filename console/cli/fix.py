"""`imagerisk fix` and `imagerisk fixes`: one more layer with fixed packages under a new tag, and the queue of such builds."""

from __future__ import annotations

import getpass
import json
import time
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from console.cli.asking import ask
from console.cli.session import FOUND, image_digest, open_store, settings_or_exit, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinks.store import Store
    from streams.fix.job import FixPlan
    from streams.fix.upgrades import ApplicationUpgrade

COLUMNS = ("id", "state", "repository", "old_tag", "new_tag", "flaws", "actor", "cause", "requested_at", "ended_at", "reason")
ENDED = ("fixed", "failed", "cancelled")


@click.command()
@click.argument("image")
@click.option("--only", "flaws", multiple=True, metavar="CVE", help="Fix only this flaw; may be given several times.")
@click.option("--tag", default="", help="Tag of the fixed image; default TAG_fix_SECONDS. A tag that exists is never moved.")
@click.option("--reason", default="asked for on the command line", show_default=True, help="Why; it is kept with the task.")
@click.option("--dry-run", is_flag=True, help="Only show packages, versions, sizes, what stays open and why, and the upgrade plan.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the fixed image was scanned.")
@click.option("--timeout", "timeout_s", default=1800.0, show_default=True, help="Seconds to wait.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fix(
    image: str, flaws: tuple[str, ...], tag: str, reason: str, dry_run: bool, wait: bool, timeout_s: float, as_json: bool
) -> None:  # fmt: skip
    """Build a fixed image from IMAGE (REGISTRY/REPOSITORY:TAG, or a digest) and push it under a new tag.

    \b
    Its system vulnerabilities are fixed with its own package manager; they close when the new image was scanned and they are gone.
    What belongs to applications is not touched: --dry-run shows the upgrade plan for it.

    \b
    imagerisk fix shop/team/app:1.0 --dry-run
    imagerisk fix 127.0.0.1:5000/team/app:1.0 --only CVE-2023-38545 --tag 1.0-secure"""
    from schemas.messages import ActionRequested

    settings = settings_or_exit()
    store = open_store(settings)
    digest = image_digest(settings, store, image)
    if dry_run:
        _show_plan(store, digest, flaws, as_json)
        return
    request = ActionRequested(
        id=uuid.uuid4().hex, action="fix", finding_id="", scope="image", target=digest, reason=reason, actor=getpass.getuser(),
        requested_at=time.time_ns() // 1_000_000, subject="image", value=",".join(flaws), source="cli", tag=tag,
    )  # fmt: skip
    answer = ask(settings.kafka_address, store, [request])[0]
    if answer["state"] == "refused":
        raise click.UsageError(answer["answer"])
    task = _await(store, answer["answer"], timeout_s, quiet=as_json) if wait else _task(store, answer["answer"])
    if as_json:
        click.echo(json.dumps(task, default=str, ensure_ascii=False, indent=2))
    else:
        click.echo(_sentence(task))
    if wait and task["state"] != "fixed":
        raise click.exceptions.Exit(FOUND)


def _show_plan(store: Store, digest: str, flaws: Sequence[str], as_json: bool) -> None:
    from streams.fix.stored import plans_of

    plan, upgrades = plans_of(store, digest, flaws)
    if as_json:
        click.echo(json.dumps({**asdict(plan), "application_upgrades": [asdict(one) for one in upgrades]}, ensure_ascii=False, indent=2))
        return
    _print_plan(plan)
    _print_upgrades(upgrades)


def _print_plan(plan: FixPlan) -> None:
    click.echo(f"{plan.image_digest}  {plan.distribution or 'unknown distribution'}  {plan.package_manager or 'no package manager'}")
    rows = [
        {"package": one.name, "installed": one.installed_version, "at least": one.fixed_version,
         "size": f"{one.installed_kib} KiB" if one.installed_kib else "unknown", "fixes": one.flaws}
        for one in plan.upgrades
    ]  # fmt: skip
    show(rows, ("package", "installed", "at least", "size", "fixes"), as_json=False, as_csv=False,
         nothing=plan.proposal or "nothing that the package manager could fix")  # fmt: skip
    if plan.stays_open:
        click.echo("\nstays open:")
        show([asdict(one) for one in plan.stays_open], ("flaw", "package", "text"), as_json=False, as_csv=False, nothing="")


def _print_upgrades(upgrades: Sequence[ApplicationUpgrade]) -> None:
    if not upgrades:
        return
    click.echo("\nby hand, where the image is built:")
    columns = ("ecosystem", "name", "installed_version", "fixed_version", "declared_in", "command", "flaws", "unfixed")
    show([asdict(one) for one in upgrades], columns, as_json=False, as_csv=False, nothing="")


def _task(store: Store, task_id: str) -> dict[str, Any]:
    rows = store.rows("SELECT * FROM fixes WHERE startsWith(id, {id:String})", {"id": task_id})
    if len(rows) != 1:
        raise click.UsageError(f"{len(rows)} fixes have an id that begins with {task_id!r}: see `imagerisk fixes list`")
    return rows[0]


def _await(store: Store, task_id: str, timeout_s: float, *, quiet: bool) -> dict[str, Any]:
    """Wait for the end of a task, telling each state once."""
    end, told = time.monotonic() + timeout_s, ""
    while True:
        task = _task(store, task_id)
        if task["state"] != told and not quiet:
            click.echo(f"{task['id']}  {task['state']}", err=True)
            told = task["state"]
        if task["state"] in ENDED:
            return task
        if time.monotonic() > end:
            raise click.ClickException(
                f"fix {task_id} is still {task['state']} after {timeout_s:.0f} s: look at `imagerisk fixes show {task_id}`"
            )
        time.sleep(0.25)


def _sentence(task: dict[str, Any]) -> str:
    what = f"{task['repository']}:{task['new_tag']}"
    if task["state"] == "fixed":
        return f"{what} {task['new_digest']}: {', '.join(task['flaws'])} fixed and gone from its scan"
    if task["state"] in ENDED:
        return f"{task['state']}: {task['reason']}\n  the log: `imagerisk fixes log {task['id']}`"
    return f"{task['state']}: {what}, task {task['id']} (`imagerisk fixes show {task['id']}`)"


@click.group()
def fixes() -> None:
    """Fixed images that are built, wait, or were built: the queue and its past."""


@fixes.command("list")
@click.option("--state", help="queued, fixing, verifying, fixed, failed or cancelled.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def list_fixes(state: str | None, as_json: bool, as_csv: bool) -> None:
    """All tasks, those that are next first."""
    where = "WHERE state = {state:String} " if state else ""
    rows = open_store(settings_or_exit()).rows(
        f"SELECT * FROM fixes {where}ORDER BY state IN ('fixed', 'failed', 'cancelled'), cause = 'auto', requested_at, id",  # noqa: S608
        {"state": state} if state else {},
    )
    show(rows, COLUMNS, as_json=as_json, as_csv=as_csv, nothing="no image was fixed: `imagerisk fix --help`")


@fixes.command("show")
@click.argument("task")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_fix(task: str, as_json: bool) -> None:
    """One task: TASK is its id, or the beginning of it."""
    row = _task(open_store(settings_or_exit()), task)
    if as_json:
        click.echo(json.dumps(row, default=str, ensure_ascii=False, indent=2))
        return
    for name, value in row.items():
        click.echo(f"{name:16} {', '.join(map(str, value)) if isinstance(value, list) else '' if value is None else value}")


@fixes.command("log")
@click.argument("task")
def show_log(task: str) -> None:
    """What the build of TASK printed."""
    store = open_store(settings_or_exit())
    rows = store.query("SELECT log FROM fix_rows FINAL WHERE id = {id:String}", {"id": _task(store, task)["id"]})
    click.echo(rows[0][0] or "nothing was printed", nl=not rows[0][0])


@fixes.command("cancel")
@click.argument("task")
@click.option("--reason", default="taken back on the command line", show_default=True, help="Why; it is kept.")
def cancel(task: str, reason: str) -> None:
    """Take back TASK, which waits or is being built."""
    _ask_about(task, "fix-cancel", reason, "")


@fixes.command("retry")
@click.argument("task")
@click.option("--tag", default="", help="Another tag for the fixed image.")
@click.option("--reason", default="tried again on the command line", show_default=True, help="Why; it is kept.")
def retry(task: str, tag: str, reason: str) -> None:
    """Try TASK, which failed or was cancelled, again."""
    _ask_about(task, "fix-retry", reason, tag)


def _ask_about(task: str, action: str, reason: str, tag: str) -> None:
    from schemas.messages import ActionRequested

    settings = settings_or_exit()
    store = open_store(settings)
    request = ActionRequested(
        id=uuid.uuid4().hex, action=action, finding_id="", scope="image", reason=reason, actor=getpass.getuser(),
        requested_at=time.time_ns() // 1_000_000, subject="fix", value=_task(store, task)["id"], source="cli", tag=tag,
    )  # fmt: skip
    answer = ask(settings.kafka_address, store, [request])[0]
    if answer["state"] == "refused":
        raise click.UsageError(answer["answer"])
    click.echo(_sentence(_task(store, task)))


COMMANDS = (fix, fixes)
