"""`imagerisk vex`: VEX documents that images bring along, and whose count as decisions."""

from __future__ import annotations

import getpass
import time

import click

from console.cli.session import image_digest, open_store, settings_or_exit, show


@click.group()
def vex() -> None:
    """VEX documents in images and attached to them (OpenVEX, CycloneDX, CSAF).

    They decide in trusted repositories; elsewhere they are notes."""


@vex.command("trust")
@click.argument("pattern")
def trust(pattern: str) -> None:
    """Let documents of images in REGISTRY/REPOSITORY count (* stands for anything), from the next scan of each image.

    Who may push there may then close risks there: signatures are told, not verified. Example: imagerisk vex trust 'shop/base/*'"""
    _say(pattern, trusted=True)
    click.echo(f"VEX documents of images in {pattern} count as decisions")


@vex.command("distrust")
@click.argument("pattern")
def distrust(pattern: str) -> None:
    """Let documents of these repositories be notes again; what they decided is reopened by the next scan of each image."""
    _say(pattern, trusted=False)
    click.echo(f"VEX documents of images in {pattern} are notes")


@vex.command("list")
@click.argument("image", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_documents(image: str | None, as_json: bool) -> None:
    """The trusted repositories; with IMAGE (REGISTRY/REPOSITORY:TAG or a digest) its documents."""
    settings = settings_or_exit()
    store = open_store(settings)
    if image is None:
        rows = store.rows("SELECT pattern, actor, changed_at FROM vex_trust FINAL WHERE trusted = 1 ORDER BY pattern")
        show(rows, ("pattern", "actor", "changed_at"), as_json=as_json, as_csv=False, nothing="no repository is trusted for VEX")
        return
    rows = store.rows(
        "SELECT place, registry, repository, subject, length(body) AS bytes, problem, seen_at FROM vex_documents FINAL "
        "WHERE image_digest = {image:String} AND present = 1 ORDER BY place",
        {"image": image_digest(settings, store, image)},
    )
    columns = ("place", "registry", "repository", "bytes", "problem", "seen_at")
    show(rows, columns, as_json=as_json, as_csv=False, nothing="the image has no VEX documents")


def _say(pattern: str, *, trusted: bool) -> None:
    from sinks.vex import trust as say

    if "/" not in pattern:
        raise click.UsageError(f"{pattern!r} reads REGISTRY/REPOSITORY, such as shop/base/* or local/*")
    say(open_store(settings_or_exit()), pattern, getpass.getuser(), time.time_ns() // 1_000_000, trusted=trusted)


COMMANDS = (vex,)
