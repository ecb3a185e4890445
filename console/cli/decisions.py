"""`imagerisk decisions` and `rebuild`: the log of what people said, as a list, as a file in git, as the source of every status."""

from __future__ import annotations

import getpass
import json
import time
from pathlib import Path

import click

from console.cli.asking import ask, preview
from console.cli.session import open_store, settings_or_exit, show

COLUMNS = ("decided_at", "action", "subject", "finding_id", "value", "scope", "target", "actor", "reason", "expires_at")


@click.group()
def decisions() -> None:
    """What people decided about risks: never rewritten, undone by a later decision."""


@decisions.command("list")
@click.option("--standing", is_flag=True, help="Only what stands: not taken back, not expired.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def list_decisions(standing: bool, as_json: bool, as_csv: bool) -> None:
    """Every decision, the newest last."""
    from console.decision_file import standing as what_stands
    from sinks.decisions import all_decisions

    store = open_store(settings_or_exit())
    rows = store.rows("SELECT * FROM decisions ORDER BY decided_at, id")
    if standing:
        ids = {one.id for one in what_stands(all_decisions(store), _now_ms()).values()}
        rows = [row for row in rows if row["id"] in ids]
    show(rows, COLUMNS, as_json=as_json, as_csv=as_csv, nothing="nothing was decided: `imagerisk handle --help`")


@decisions.command("show")
@click.argument("decision")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_decision(decision: str, as_json: bool) -> None:
    """One decision (its id, or the first 8 or more characters of it), and the risks that it decides."""
    store = open_store(settings_or_exit())
    rows = store.rows("SELECT * FROM decisions WHERE startsWith(id, {id:String})", {"id": decision}) if len(decision) >= 8 else []
    if len(rows) != 1:
        raise click.UsageError(f"{len(rows)} decisions have an id that begins with {decision!r} (give 8 or more characters of one)")
    sql = (
        "SELECT finding_id, image_digest, category, rule, status FROM risks WHERE decision = {id:String} ORDER BY image_digest, finding_id"
    )
    risks = store.rows(sql, {"id": rows[0]["id"]})
    if as_json:
        click.echo(json.dumps({**rows[0], "risks": risks}, default=str, ensure_ascii=False, indent=2))
        return
    for name, value in rows[0].items():
        click.echo(f"{name:12} {value}")
    click.echo(f"decides {len(risks)} risk(s) in {len({row['image_digest'] for row in risks})} image(s)")


@decisions.command("export")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: standard output).")
def export(output: Path | None) -> None:
    """What stands, as YAML for `decisions apply`; the same decisions give the same text.

    Example: imagerisk decisions export --output decisions.yaml"""
    from console.decision_file import standing, write_entries
    from sinks.decisions import all_decisions

    text = write_entries(standing(all_decisions(open_store(settings_or_exit())), _now_ms()))
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


@decisions.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Take back what an earlier file said and this one does not.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be asked for, and how much it would touch.")
def apply(file: Path, prune: bool, dry_run: bool) -> None:
    """Let the decisions of a YAML file stand. Applied again, nothing changes.

    Example: imagerisk decisions apply decisions.yaml --prune --dry-run"""
    from console.decision_file import BadDecisionFile, difference, read_entries
    from sinks.decisions import all_decisions

    try:
        entries = read_entries(file)
    except BadDecisionFile as error:
        raise click.UsageError(str(error)) from error
    settings = settings_or_exit()
    store = open_store(settings)
    requests = difference(entries, all_decisions(store), _now_ms(), getpass.getuser(), prune=prune)
    if dry_run:
        for one in requests:
            risks, refused = preview(store, [one])
            click.echo(f"{one.action} {one.finding_id or one.value}: {refused[0] if refused else f'{len(risks)} risk(s)'}")
        click.echo(f"{len(requests)} of {len(entries)} decisions would be asked for or taken back")
        return
    rows = ask(settings.kafka_address, store, requests) if requests else []
    for row in rows:
        click.echo(f"{row['action']} {row['finding_id'] or row['value']}: {row['answer'] or '{} risk(s)'.format(row['touched'])}")
    click.echo(f"{len(entries) - sum(row['action'] != 'reopen' for row in rows)} decisions stood already, {len(rows)} were asked for")
    if any(row["state"] == "refused" for row in rows):
        raise click.exceptions.Exit(2)


@click.command()
@click.option("--from", "source", type=click.Choice(("decisions",)), required=True, help="Which log to rebuild from.")
@click.option("--dry-run", is_flag=True, help="Only tell how many statuses would change.")
def rebuild(source: str, dry_run: bool) -> None:
    """Derive the status of every risk anew from the log of decisions. Stop the workers before (`imagerisk down`, `up clickhouse`).

    Example: imagerisk rebuild --from decisions"""
    from streams.rebuild import rebuild_statuses

    risks, changed = rebuild_statuses(open_store(settings_or_exit()), write=not dry_run)
    click.echo(f"{risks} risks, {changed} statuses {'would change' if dry_run else 'changed'}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


COMMANDS = (decisions, rebuild)
