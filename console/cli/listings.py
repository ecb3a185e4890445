"""What the store says: `risks`, `images`, `containers`, `scans`, `actions`, `decisions`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from console.cli.session import LANGUAGE, open_store, settings_or_exit, show
from console.translation import translated_rows

Filter = tuple[str, str, str]


@dataclass(frozen=True)
class Listing:
    """One command: its view, the columns of its table, its filters (option, SQL condition with {value:String}, help), its order."""

    view: str
    help: str
    columns: Sequence[str]
    filters: Sequence[Filter]
    order: str
    nothing: str


_IMAGE: Filter = ("image", "startsWith(image_digest, {image:String})", "Digest of the image, or its first characters.")
_REPOSITORY: Filter = ("repository", "positionCaseInsensitive(repository, {repository:String}) > 0", "Part of the repository's name.")
_CATEGORY: Filter = ("category", "category = {category:String}", "One of the six categories.")
_LEVEL = "multiIf(severity IN ('high', 'urgent'), 0, severity IN ('medium', 'suspicious'), 1, 2)"
LISTINGS: tuple[Listing, ...] = (
    Listing(
        "risks", "The risks of all images, the worst first.",
        ("severity", "category", "rule", "package", "version", "fixed_version", "path", "repository", "tags", "status", "finding_id"),
        (_CATEGORY, _IMAGE, _REPOSITORY,
         ("status", "({status:String} = 'all' OR status = {status:String})", "open, ignored, whitelisted ... or all."),
         ("severity", "severity = {severity:String}", "high, medium, low, urgent, suspicious or notice."),
         ("rule", "(rule = {rule:String} OR has(aliases, {rule:String}))", "Rule key, or a CVE or one of its other names."),
         ("package", "package = {package:String}", "Package name.")),
        f"{_LEVEL}, score DESC, category, rule, package, path", "no risk fits",
    ),
    Listing(
        "images", "The images that are known.", ("repository", "tags", "os", "architecture", "size_bytes", "layer_count", "image_digest"),
        (_IMAGE, _REPOSITORY), "seen_at DESC", "no image is known: push one, or `imagerisk scan TARGET`",
    ),
    Listing(
        "containers", "The containers that agents reported.",
        ("cluster", "namespace", "pod", "name", "image", "running", "started_at", "unresolved"),
        (_IMAGE,), "started_at DESC", "no container was reported",
    ),
    Listing(
        "scans", "How complete the look at each image is.",
        ("image_digest", "category", "state", "reason", "findings", "cause", "updated_at"),
        (_IMAGE, _CATEGORY, ("state", "state = {state:String}", "waiting, running, failed, partial or succeeded.")),
        "requested_at DESC, image_digest, category", "nothing was scanned",
    ),
    Listing(
        "actions", "What people did about risks.",
        ("requested_at", "action", "finding_id", "scope", "reason", "actor", "state", "answer", "touched"),
        (), "requested_at DESC", "nobody has handled a risk",
    ),
)  # fmt: skip


def _command(listing: Listing) -> click.Command:
    def callback(limit: int, as_json: bool, as_csv: bool, language: str | None = None, **chosen: str | None) -> None:
        settings = settings_or_exit()
        store = open_store(settings)
        values: dict[str, object] = {name: value for name, value in chosen.items() if value is not None}
        conditions = [sql for name, sql, _ in listing.filters if name in values]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        bound = f" LIMIT {limit}" if limit else ""
        rows = store.rows(f"SELECT * FROM {listing.view}{where} ORDER BY {listing.order}{bound}", values)  # noqa: S608 (fixed texts)
        if listing.view == "risks":
            rows = translated_rows(rows, language or settings.language)
        show(rows, listing.columns, as_json=as_json, as_csv=as_csv, nothing=listing.nothing)

    command: Callable[..., None] = callback
    for name, _, text in reversed(listing.filters):
        default = "open" if name == "status" else None
        command = click.option(f"--{name}", default=default, show_default=bool(default), help=text)(command)
    command = click.option("--csv", "as_csv", is_flag=True, help="All columns as CSV.")(command)
    command = click.option("--json", "as_json", is_flag=True, help="All columns as a JSON array.")(command)
    command = click.option("--limit", default=0, help="At most so many rows; 0 = all.")(command)
    if listing.view == "risks":
        command = LANGUAGE(command)
    return click.command(listing.view, help=listing.help)(command)


COMMANDS = tuple(_command(listing) for listing in LISTINGS)
