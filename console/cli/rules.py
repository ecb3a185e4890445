"""`imagerisk rules`: what the detectors' rules come to."""

from __future__ import annotations

import click

from console.cli.session import open_store, settings_or_exit, show

COLUMNS = ("category", "rule", "marked", "total", "rate", "flagged")


@click.group()
def rules() -> None:
    """The rules that findings come from."""


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
