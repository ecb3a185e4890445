"""`imagerisk rules`: what the detectors' rules come to."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from typing import Any

import click

from console.cli.session import LANGUAGE, open_store, settings_or_exit, show

COLUMNS = ("category", "rule", "marked", "total", "rate", "flagged")


@click.group()
def rules() -> None:
    """The rules that findings come from."""


@rules.command("list")
@click.option("--category", default="", help="Only rules of this category.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with descriptions and advice.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with descriptions and advice.")
@LANGUAGE
def list_rules(category: str, as_json: bool, as_csv: bool, language: str | None) -> None:
    """Every rule that the product brings along; flaws of packages come from advisories instead.

    Example: imagerisk rules list --category build-command"""
    every = _rows(language)
    rows = [row for row in every if category in ("", row["category"])]
    if not rows:
        known = sorted({str(row["category"]) for row in every})
        raise click.UsageError(f"no category {category!r} with rules: one of {', '.join(known)}")
    show(rows, ("category", "group", "rule", "level", "default", "title"), as_json=as_json, as_csv=as_csv, nothing="")


@rules.command("show")
@click.argument("rule")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@LANGUAGE
def show_rule(rule: str, as_json: bool, language: str | None) -> None:
    """What a rule looks for, and what to do about it.

    Example: imagerisk rules show permit_root_login"""
    every = _rows(language)
    rows = [row for row in every if row["rule"] == rule]
    if not rows:
        close = difflib.get_close_matches(rule, [str(row["rule"]) for row in every], 3)
        raise click.UsageError(f"no rule {rule!r}" + (f": did you mean {', '.join(close)}?" if close else ": `imagerisk rules list`"))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        for name, value in row.items():
            for line in value if isinstance(value, tuple) else [value]:
                click.echo(f"{name:12} {line}")


def _rows(language: str | None) -> list[dict[str, Any]]:
    from analyzers.rule_list import every_rule
    from console.translation import translated_rows

    return translated_rows((asdict(one) for one in every_rule()), language or settings_or_exit().language)


@rules.command("stats")
@click.option("--category", default="", help="Only rules of this category.")
@click.option("--bound", default=0.2, show_default=True, type=click.FloatRange(0, 1), help="A rule with a higher rate is flagged.")
@click.option("--at-least", default=3, show_default=True, type=click.IntRange(1), help="... if so many findings are marked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def stats(category: str, bound: float, at_least: int, as_json: bool, as_csv: bool) -> None:
    """How many distinct findings of each rule people marked as false positives: marked, total, rate, and whether that is too many.

    Example: imagerisk rules stats --category sensitive-file --bound 0.1"""
    from sinks.rule_statistics import rule_statistics

    rows = rule_statistics(open_store(settings_or_exit()), category, bound, at_least)
    show(rows, COLUMNS, as_json=as_json, as_csv=as_csv, nothing="no rule has found anything yet")


COMMANDS = (rules,)
