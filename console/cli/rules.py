"""`imagerisk rules`: what the detectors' rules come to."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from console.cli.session import ANALYSIS_FAILED, LANGUAGE, open_store, settings_or_exit, show

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
    """Every rule, built in and yours (`origin` says where it stands); flaws of packages come from advisories instead. What is wrong with
    your files is told beside the list.

    Example: imagerisk rules list --category build-command"""
    every = _rows(language)
    rows = [row for row in every if category in ("", row["category"])]
    if not rows:
        known = sorted({str(row["category"]) for row in every})
        raise click.UsageError(f"no category {category!r} with rules: one of {', '.join(known)}")
    show(rows, ("category", "group", "rule", "level", "default", "enabled", "origin", "title"), as_json=as_json, as_csv=as_csv, nothing="")


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
    """All rules; problems of the user's files go to the error output."""
    from analyzers.rule_choice import RULED, rule_choice
    from analyzers.rule_list import every_rule
    from console.translation import translated_rows
    from streams.rule_folders import read_rule_files

    settings = settings_or_exit()
    read = read_rule_files(settings)
    choice = rule_choice(read.contents, read.problems)
    for problem in dict.fromkeys(one for category in RULED for one in choice.problems[category]):
        click.echo(f"imagerisk: {problem}", err=True)
    every = every_rule(read.contents, str(settings.cache / "rules"))
    return translated_rows((asdict(one) for one in every), language or settings.language)


@rules.command("test")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--against", type=click.Path(exists=True, path_type=Path), help="Run the rules over this file, folder, image archive or Dockerfile too."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: rules, problems, notes, findings.")
def test_rules(files: tuple[Path, ...], against: Path | None, as_json: bool) -> None:
    """Check rule files (TOML, gitleaks, YARA, hash lists; of a folder all) and run the examples in them. Nothing is changed, and the files
    need not be in use. Exit code 3 if something is wrong.

    Example: imagerisk rules test shop.toml --against ./shop"""
    from console.local_analysis import NotATarget
    from console.rule_check import check_files
    from console.rule_trial import findings_of
    from streams.rule_folders import read_files

    read = read_files(files)
    trial = check_files(read.contents, read.problems, tuple(map(str, files)))
    document: dict[str, Any] = {
        "rules": [asdict(one) for one in trial.rules], "problems": [asdict(one) for one in trial.problems],
        "notes": [asdict(one) for one in trial.notes],
    }  # fmt: skip
    lines = [f"ok       {one.file}:{one.line} {one.rule}" + (f" ({one.examples} examples)" if one.examples else "") for one in trial.rules]
    lines += [f"note     {one}" for one in trial.notes] + [f"problem  {one}" for one in trial.problems]
    if against:
        try:
            found, gaps = findings_of(settings_or_exit(), read.contents, against)
        except NotATarget as error:
            raise click.UsageError(str(error)) from error
        document |= {"findings": [one.model_dump(mode="json") for one in found], "gaps": gaps}
        lines += [
            f"found    {one.severity} {one.rule} {one.path}{f':{one.line}' if one.line else ''} {one.evidence}".rstrip() for one in found
        ]
        lines += [f"partial  {gap}" for gap in gaps]
    click.echo(json.dumps(document, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))
    if trial.problems:
        raise click.exceptions.Exit(ANALYSIS_FAILED)


@rules.command("schema")
def schema() -> None:
    """The JSON Schema of a rule file, for editors and checks. Explained in docs/rules.md.

    Example: imagerisk rules schema > rules.schema.json"""
    from analyzers.user_rules.records import RuleFile

    click.echo(json.dumps(RuleFile.model_json_schema(by_alias=True), indent=2))


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
