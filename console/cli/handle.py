"""`imagerisk handle`: decide about risks."""

from __future__ import annotations

import getpass
import json
import re
import time
import uuid
from typing import TYPE_CHECKING

import click

from console.cli.asking import SHOWN, ask, expiry, preview
from console.cli.session import open_store, settings_or_exit

if TYPE_CHECKING:
    from schemas.messages import ActionRequested
    from sinks.risks import RiskState
    from sinks.store import Store

ACTIONS = ("whitelist", "ignore", "false-positive", "accept", "handled-offline", "reopen", "note", "fix")
SCOPES = ("image", "repository", "namespace", "registry", "global")
OPERATORS = ("equals", "contains", "startsWith", "endsWith")
_RISK = re.compile(r"([0-9a-f]{32})(?:@(sha256:[0-9a-f]{64}))?")


@click.command()
@click.argument("risks", nargs=-1, metavar="[RISK]...")
@click.option("--action", type=click.Choice(ACTIONS), required=True)
@click.option("--rule", default="", help="Instead of RISK: every risk of this rule (an alert type, a baseline item, a CVE).")
@click.option("--package", default="", help="Instead of RISK: every risk of this package, NAME or NAME@VERSION.")
@click.option("--path", default="", help="Instead of RISK: every risk in files of this path; --match says how it is compared.")
@click.option("--hash", "file_hash", default="", help="Instead of RISK: every risk of the file with this MD5 or SHA-256.")
@click.option("--match", "operator", type=click.Choice(OPERATORS), default="equals", show_default=True, help="How --path is compared.")
@click.option("--category", default="", help="Only risks of this category, with --rule, --package, --path or --hash.")
@click.option("--scope", type=click.Choice(SCOPES), default="image", show_default=True, help="How far the decision reaches.")
@click.option("--target", default="", help="Name of the repository, namespace or registry; for `image` its digest.")
@click.option("--reason", required=True, help="Why; it is kept with the decision.")
@click.option("--tag", default="", help="With --action fix: the tag of the fixed image; default TAG_fix_SECONDS.")
@click.option("--expires", default="", help="Date (2027-01-31) or number of days (30d) after which the decision ends.")
@click.option("--dry-run", is_flag=True, help="Only tell how many risks in how many images it would touch, and which.")
@click.option("--yes", is_flag=True, help="Do not ask, however much it touches.")
@click.option("--json", "as_json", is_flag=True, help="Print the answers (or what would be touched) as JSON.")
def handle(
    risks: tuple[str, ...], action: str, rule: str, package: str, path: str, file_hash: str, operator: str, category: str, scope: str,
    target: str, reason: str, tag: str, expires: str, dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Decide about each RISK: FINDING_ID, for every image that has it, or FINDING_ID@IMAGE_DIGEST.

    \b
    imagerisk handle 0f3c...e1 --action ignore --reason 'only reachable from the build network' --expires 30d
    imagerisk handle --rule no_healthcheck --action whitelist --scope namespace --target shop/team --reason 'the platform checks'
    imagerisk handle --path srv/tests/ --match startsWith --category sensitive-file --action false-positive \\
        --scope global --reason 'test keys' --dry-run"""
    if not reason.strip():
        raise click.UsageError("--reason is empty: say why, it is kept with the decision")
    subjects = [(name, value) for name, value in (("rule", rule), ("package", package), ("path", path), ("hash", file_hash)) if value]
    if len(subjects) + bool(risks) != 1:
        raise click.UsageError("say what it is about: RISK, or one of --rule, --package, --path, --hash")
    from schemas.messages import ActionRequested

    if action == "fix" and (subjects or dry_run or scope != "image" or expires):
        raise click.UsageError("--action fix goes with RISK, --reason and --tag; `imagerisk fix IMAGE --dry-run` shows what it would do")
    if tag and action != "fix":
        raise click.UsageError("--tag goes with --action fix")
    until = expiry(expires)
    about = [("finding", finding, digest) for finding, digest in map(_parsed, risks)] if risks else [(*subjects[0], "")]
    requests = [
        ActionRequested(
            id=uuid.uuid4().hex, action=action, finding_id=value if subject == "finding" else "", scope=scope, target=digest or target,
            reason=reason, actor=getpass.getuser(), expires_at=until, requested_at=time.time_ns() // 1_000_000, subject=subject,
            operator=operator, value="" if subject == "finding" else value, category=category, source="cli", tag=tag,
        )
        for subject, value, digest in about
    ]  # fmt: skip
    settings = settings_or_exit()
    store = open_store(settings)
    if dry_run:
        _preview(store, requests, as_json)
        return
    if not yes:
        _confirm(store, requests)
    rows = ask(settings.kafka_address, store, requests)
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            name = row["finding_id"] or f"{row['subject']} {row['value']}"
            done = f"{action}: {row['touched']} risk(s)"
            text = (
                f"{done}, task {row['answer']} (`imagerisk fixes list`)"
                if action == "fix" and row["state"] == "done"
                else row["answer"] or done
            )
            click.echo(f"{name}: {text}")
    if any(row["state"] == "refused" for row in rows):
        raise click.exceptions.Exit(2)


def _parsed(risk: str) -> tuple[str, str]:
    match = _RISK.fullmatch(risk.strip())
    if not match:
        raise click.UsageError(f"{risk!r} is no risk: give the 32 digits of its finding_id, with @sha256:... for one image")
    return match[1], match[2] or ""


def _preview(store: Store, requests: list[ActionRequested], as_json: bool) -> None:
    risks, refused = preview(store, requests)
    images = sorted({risk.image_digest for risk in risks})
    if as_json:
        rows = [
            {name: getattr(one, name) for name in ("finding_id", "image_digest", "category", "rule", "package", "path")} for one in risks
        ]
        click.echo(json.dumps({"risks": len(risks), "images": len(images), "refused": refused, "touched": rows}, indent=2))
    else:
        click.echo(f"would touch {len(risks)} risk(s) in {len(images)} image(s)")
        for one in risks[:SHOWN]:
            click.echo(f"  {_line(one)}")
        if len(risks) > SHOWN:
            click.echo(f"  and {len(risks) - SHOWN} more (--json lists all)")
        for reason in refused:
            click.echo(reason)
    if refused:
        raise click.exceptions.Exit(2)


def _line(risk: RiskState) -> str:
    where = risk.package or risk.path
    return f"{risk.finding_id}@{risk.image_digest[:19]}  {risk.status.label:14} {risk.category}  {risk.rule}  {where}"


def _confirm(store: Store, requests: list[ActionRequested]) -> None:
    """A decision that reaches every image that is known wants a second word."""
    if all(one.scope != "global" for one in requests):
        return
    risks, _ = preview(store, requests)
    images = {risk.image_digest for risk in risks}
    known = int(store.query("SELECT uniqExact(image_digest) FROM risk_rows")[0][0])
    if len(images) < max(known, 2):
        return
    text = f"this touches {len(risks)} risk(s) in all {len(images)} images"
    try:
        agreed = click.confirm(f"{text}; go on?")
    except click.Abort:
        agreed = False
    if not agreed:
        raise click.UsageError(f"{text}: say --yes if that is meant, or --dry-run to see which")


COMMANDS = (handle,)
