"""`imagerisk analyze` and `sbom`: the same analyzers and the same matcher in one process, without a broker."""

from __future__ import annotations

from pathlib import Path

import click

from console.cli.session import ANALYSIS_FAILED, FOUND, RANKS, settings_or_exit

CATEGORY_NAMES = (
    "system-vulnerability", "application-vulnerability", "baseline", "malicious-sample", "sensitive-file", "build-command",
)  # fmt: skip
FORMATS = ("table", "json", "sarif", "cyclonedx", "spdx")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--category", "categories", multiple=True, type=click.Choice(CATEGORY_NAMES), help="Only these; all by default.")
@click.option("--rules", "strategy", type=click.Choice(("default", "full")), default="default", show_default=True)
@click.option("--fail-on", type=click.Choice(sorted(RANKS)), help="Exit with 1 if a finding of this level or worse is there.")
@click.option("--strict", is_flag=True, help="Exit with 3 if any category failed or is partial.")
def analyze(target: Path, form: str, categories: tuple[str, ...], strategy: str, fail_on: str | None, strict: bool) -> None:
    """Analyze TARGET: an OCI or docker archive, an OCI layout, a root file system folder, or an SBOM (CycloneDX, SPDX JSON).

    Example: imagerisk analyze shop.tar --format json --fail-on high"""
    from console.local_analysis import NotATarget, analyze_target
    from console.reports import render

    chosen = categories or CATEGORY_NAMES
    try:
        results = analyze_target(settings_or_exit(), target, chosen, strategy)
    except NotATarget as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error
    click.echo(render(results, form), nl=form != "table")
    states = {scan.state for result in results for scan in result.reports}
    if "failed" in states or (strict and "partial" in states):
        raise click.exceptions.Exit(ANALYSIS_FAILED)
    levels = {RANKS.get(one.severity, 0) for result in results for scan in result.reports for one in scan.findings}
    if fail_on and max(levels, default=0) >= RANKS[fail_on]:
        raise click.exceptions.Exit(FOUND)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(("cyclonedx", "spdx", "json")), default="cyclonedx", show_default=True)
def sbom(target: Path, form: str) -> None:
    """List the packages of TARGET as an SBOM: CycloneDX 1.6, SPDX 2.3, or our own JSON.

    Example: imagerisk sbom shop.tar --format spdx > shop.spdx.json"""
    from console.local_analysis import NotATarget, analyze_target
    from console.reports import render

    try:
        results = analyze_target(settings_or_exit(), target, (), "default")
    except NotATarget as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error
    click.echo(render(results, form))


COMMANDS = (analyze, sbom)
