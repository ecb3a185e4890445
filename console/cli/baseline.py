"""`imagerisk baseline`: what each item of the baseline said about an image, passed and not applicable ones too."""

from __future__ import annotations

from collections import Counter

import click

from console.cli.session import LANGUAGE, image_digest, open_store, settings_or_exit, show
from console.translation import translated_items
from schemas.vocabulary import ItemState

COLUMNS = ("state", "level", "class", "item", "hits", "reason")


@click.command()
@click.argument("image")
@click.option("--state", type=click.Choice([one.value for one in ItemState]), help="Only items in this state.")
@click.option("--class", "group", default="", help="Only items of this class.")
@click.option("--json", "as_json", is_flag=True, help="All columns as a JSON array.")
@click.option("--csv", "as_csv", is_flag=True, help="All columns as CSV.")
@LANGUAGE
def baseline(image: str, state: str | None, group: str, as_json: bool, as_csv: bool, language: str | None) -> None:
    """The items of the baseline for IMAGE (REGISTRY/REPOSITORY:TAG or a digest) and how many of them failed, passed or did not apply.

    Example: imagerisk baseline shop/team/app:1.0 --state passed"""
    settings = settings_or_exit()
    store = open_store(settings)
    digest = image_digest(settings, store, image)
    every = store.rows("SELECT * FROM baseline_items WHERE image_digest = {digest:String}", {"digest": digest})
    rows = [row for row in every if state in (None, row["state"]) and group in ("", row["class"])]
    rows = translated_items(rows, language or settings.language)
    show(rows, COLUMNS, as_json=as_json, as_csv=as_csv, nothing="no item fits" if every else "the baseline of this image was not looked at")
    if every and not as_json and not as_csv:
        counts = Counter(row["state"] for row in every)
        click.echo("\n" + ", ".join(f"{counts[one]} {one}" for one in ItemState if counts[one]))


COMMANDS = (baseline,)
