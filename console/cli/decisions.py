"""`imagerisk decisions` and `rebuild`: the log of what people said, as a list, as a file in git, as the source of every status."""

from __future__ import annotations

import getpass
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.asking import ask, preview
from console.cli.session import open_store, settings_or_exit, show

if TYPE_CHECKING:
    from console.decision_file import Entry
    from sinks.store import Store

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
@click.option("--format", "form", type=click.Choice(("yaml", "openvex", "cyclonedx")), default="yaml", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: standard output).")
def export(form: str, output: Path | None) -> None:
    """What stands, for `decisions apply`: all of it as YAML, or what it says about vulnerabilities as VEX. The same decisions give
    the same text.

    \b
    imagerisk decisions export --output decisions.yaml
    imagerisk decisions export --format openvex --output shop.openvex.json"""
    from console.decision_file import standing, write_entries
    from sinks.decisions import all_decisions

    store = open_store(settings_or_exit())
    text = write_entries(standing(all_decisions(store), _now_ms())) if form == "yaml" else _vex(store, form)
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


_DECIDED = (
    "SELECT r.finding_id AS finding_id, r.image_digest AS image_digest, r.rule AS rule, r.aliases AS aliases, r.purl AS purl, "
    "r.registry AS registry, r.repository AS repository, r.decision_action AS decision_action, r.decision_reason AS decision_reason, "
    "d.scope AS decision_scope, "
    "formatDateTime(d.decided_at, '%Y-%m-%dT%H:%i:%SZ') AS decided_at FROM risks AS r INNER JOIN decisions AS d ON d.id = r.decision "
    "WHERE r.decision != '' AND r.purl != '' AND r.status IN ('whitelisted', 'false_positive', 'ignored') "
    "ORDER BY r.image_digest, r.finding_id"
)


def _vex(store: Store, form: str) -> str:
    from console.vex.decide import assertions_of
    from console.vex.write import cyclonedx, openvex

    assertions = assertions_of(store.rows(_DECIDED))
    latest = max((one.stated_at for one in assertions), default="1970-01-01T00:00:00Z")
    document = openvex(assertions, getpass.getuser(), latest) if form == "openvex" else cyclonedx(assertions, latest)
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


@decisions.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prune", is_flag=True, help="Take back what an earlier file said and this one does not (YAML only).")
@click.option("--dry-run", is_flag=True, help="Only tell what would be asked for, and how much it would touch.")
def apply(file: Path, prune: bool, dry_run: bool) -> None:
    """Let the decisions of a file stand: YAML, or a VEX document (OpenVEX, CycloneDX, CSAF). Applied again, nothing changes.

    \b
    imagerisk decisions apply decisions.yaml --prune --dry-run
    imagerisk decisions apply vendor.openvex.json"""
    from console.decision_file import BadDecisionFile, difference
    from sinks.decisions import all_decisions
    from streams.vex.statements import NotVex

    settings = settings_or_exit()
    store = open_store(settings)
    try:
        entries = _entries(store, file, prune)
    except (BadDecisionFile, NotVex) as error:
        raise click.UsageError(str(error)) from error
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


def _entries(store: Store, file: Path, prune: bool) -> list[Entry]:
    """The decisions of a file; what a VEX document says that decides nothing is told. Raises BadDecisionFile, NotVex."""
    from console.decision_file import BadDecisionFile, read_entries
    from console.vex.decide import entries_of
    from streams.vex.read import read_vex

    if not file.read_bytes().lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return read_entries(file)
    if prune:
        raise BadDecisionFile("--prune goes with a YAML file: a VEX document says nothing about what it leaves out")
    statements, skipped = read_vex(file.read_bytes(), file.name)
    names = sorted({name for one in statements for name in one.names})
    risks = store.rows(
        "SELECT finding_id, image_digest, rule, aliases, purl, decision_action, decision_reason FROM risks "
        "WHERE purl != '' AND status != 'withdrawn' "
        "AND (rule IN {names:Array(String)} OR hasAny(aliases, {names:Array(String)}))", {"names": names},
    )  # fmt: skip
    entries, notes = entries_of(statements, risks)
    for note in (*skipped, *notes):
        click.echo(f"{file.name}: {note}", err=True)
    return entries


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
