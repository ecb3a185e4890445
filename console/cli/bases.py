"""`imagerisk bases`: which images others are built on, so that each risk says whether it came with the base."""

from __future__ import annotations

import getpass
import time

import click

from console.cli.session import image_digest, open_store, settings_or_exit, show


@click.group()
def bases() -> None:
    """Images that others are built on: a risk in their layers is fixed by a rebuild on a newer base, not by an upgrade in the image."""


@bases.command("mark")
@click.argument("image")
@click.option("--name", default="", help="What people call it; default IMAGE.")
def mark(image: str, name: str) -> None:
    """Let IMAGE (REGISTRY/REPOSITORY:TAG or a digest) count as a base image; it holds from the next scan of each image.

    Example: imagerisk bases mark shop/base/debian:12"""
    from sinks.bases import mark_base

    settings = settings_or_exit()
    store = open_store(settings)
    digest = image_digest(settings, store, image)
    mark_base(store, digest, name or image, getpass.getuser(), time.time_ns() // 1_000_000)
    click.echo(f"{digest} is a base image: {name or image}")


@bases.command("unmark")
@click.argument("image")
def unmark(image: str) -> None:
    """Let IMAGE no longer count as a base image."""
    from sinks.bases import mark_base

    settings = settings_or_exit()
    store = open_store(settings)
    digest = image_digest(settings, store, image)
    mark_base(store, digest, "", getpass.getuser(), time.time_ns() // 1_000_000, marked=False)
    click.echo(f"{digest} is no base image")


@bases.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_bases(as_json: bool) -> None:
    """The marked base images."""
    rows = open_store(settings_or_exit()).rows(
        "SELECT image_digest, name, actor, changed_at FROM base_marks FINAL WHERE marked = 1 ORDER BY name"
    )
    show(rows, ("name", "image_digest", "actor", "changed_at"), as_json=as_json, as_csv=False,
         nothing="no base image is marked: `imagerisk bases mark IMAGE`")  # fmt: skip


COMMANDS = (bases,)
