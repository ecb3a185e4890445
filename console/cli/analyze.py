"""`imagerisk analyze` and `sbom`: the same analyzers and the same matcher in one process, without a broker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from console.cli.session import ANALYSIS_FAILED, FOUND, LANGUAGE, RANKS, image_digest, open_store, settings_or_exit

if TYPE_CHECKING:
    from console.local_analysis import Analysed, Strategy
    from console.local_base import Base
    from infra.settings import Settings
    from streams.vex.statements import Statement

CATEGORY_NAMES = (
    "system-vulnerability", "application-vulnerability", "baseline", "malicious-sample", "sensitive-file", "build-command",
)  # fmt: skip
FORMATS = ("table", "json", "sarif", "cyclonedx", "spdx", "openvex")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.option("--category", "categories", multiple=True, type=click.Choice(CATEGORY_NAMES), help="Only these; all by default.")
@click.option("--rules", "strategy", type=click.Choice(("default", "full")), help="In place of `strategy` in the settings.")
@click.option("--items", help="Items, classes and parts of classes of the baseline, with commas between, in place of --rules.")
@click.option("--fail-on", type=click.Choice(sorted(RANKS)), help="Exit with 1 if a finding of this level or worse is there.")
@click.option("--strict", is_flag=True, help="Exit with 3 if any category failed or is partial.")
@click.option(
    "--vex", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), help="VEX file: OpenVEX, CycloneDX or CSAF."
)
@click.option("--trust-vex", is_flag=True, help="Leave out what VEX files in the image say is not affected; else they are notes.")
@click.option("--base", multiple=True, help="Image that TARGET is built on: a file, or REGISTRY/REPOSITORY:TAG or a digest in the store.")
@click.option("--exposed", is_flag=True, help="Weigh flaws as in a container that is reachable from outside.")
@click.option(
    "--asset", type=click.Choice(("important", "ordinary", "test")), default="ordinary", show_default=True, help="What the image is worth."
)
@LANGUAGE
def analyze(
    target: Path, form: str, categories: tuple[str, ...], strategy: str | None, items: str | None, fail_on: str | None, strict: bool,
    vex: tuple[Path, ...], trust_vex: bool, base: tuple[str, ...], exposed: bool, asset: str, language: str | None,
) -> None:  # fmt: skip
    """Analyze TARGET: an OCI or docker archive, an OCI layout, a folder (a root file system, a project, or whatever lies in it), or an SBOM
    (CycloneDX JSON or XML, SPDX 2).

    Example: imagerisk analyze shop.tar --format json --fail-on high"""
    from console.local_analysis import NotATarget, analyze_target
    from console.reports import render
    from console.translation import translated_results
    from streams.surroundings import Surroundings

    settings = settings_or_exit()
    chosen = categories or CATEGORY_NAMES
    statements = _statements(vex)
    bases = _bases(settings, base)
    rules = _strategy(settings, strategy, items)
    try:
        results = analyze_target(settings, target, chosen, rules, bases, trust_vex=trust_vex, around=Surroundings(exposed, asset))
    except NotATarget as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error
    for one in results if bases else ():
        if not one.based:
            click.echo(f"imagerisk: {one.reference} does not begin with the layers of {' or '.join(base)}: no origin is told", err=True)
    if statements:
        results = _without(results, statements)
    click.echo(render(translated_results(results, language or settings.language), form), nl=form != "table")
    states = {scan.state for result in results for scan in result.reports}
    if "failed" in states or (strict and "partial" in states):
        raise click.exceptions.Exit(ANALYSIS_FAILED)
    levels = {RANKS.get(one.severity, 0) for result in results for scan in result.reports for one in scan.findings}
    if fail_on and max(levels, default=0) >= RANKS[fail_on]:
        raise click.exceptions.Exit(FOUND)


def _strategy(settings: Settings, named: str | None, items: str | None) -> Strategy:
    """The rules that the options name, else those of the settings, as in the workers. A strategy on the command line stands in the place of
    the settings' items too."""
    from console.local_analysis import Strategy
    from streams.analysis import chosen_items

    if items is None:
        return Strategy(named or settings.strategy, frozenset() if named else chosen_items(settings.baseline_items))
    return Strategy(named or settings.strategy, _items(settings, items))


def _items(settings: Settings, text: str) -> frozenset[str]:
    """What `--items` names. Anything that selects nothing is a usage error."""
    import difflib

    from analyzers.baseline import selectable, user_items
    from streams.analysis import chosen_items
    from streams.reading import inspection_settings

    names = chosen_items(text)
    known = selectable(user_items(inspection_settings(settings).choice.rules.baseline)) if names else frozenset[str]()
    for name in sorted(names - known):
        close = ", ".join(difflib.get_close_matches(name, known, 3))
        raise click.UsageError(f"--items {name}: no item or class of the baseline" + (f": did you mean {close}?" if close else ""))
    return names


def _bases(settings: Settings, texts: Sequence[str]) -> list[Base]:
    """What `--base` names. Anything that is no image is a usage error."""
    from console.local_base import bases_at, stored_base
    from streams.registries.archive_files import NotAnImage
    from streams.registries.manifests import RegistryError

    found = []
    for text in texts:
        try:
            if Path(text).exists():
                found += bases_at(Path(text), settings)
            else:
                store = open_store(settings)
                found.append(stored_base(store, image_digest(settings, store, text), text))
        except (NotAnImage, RegistryError) as error:
            raise click.UsageError(f"--base {text}: {error}") from error
    return found


def _statements(files: Sequence[Path]) -> list[Statement]:
    """What VEX files say; what cannot be used of them is told."""
    from streams.vex.read import read_vex
    from streams.vex.statements import NotVex

    found = []
    for file in files:
        try:
            statements, skipped = read_vex(file.read_bytes(), file.name)
        except NotVex as error:
            raise click.UsageError(f"{file}: {error}") from error
        found += statements
        for reason in skipped:
            click.echo(f"imagerisk: {file.name}: skipped {reason}", err=True)
    return found


def _without(results: Sequence[Analysed], statements: Sequence[Statement]) -> list[Analysed]:
    """The results without what statements cover; statements that concern nothing here are told."""
    from console.local_analysis import apply_vex

    applied = [apply_vex(one, statements) for one in results]
    used = {statement for _, about in applied for statement in about}
    for one in statements:
        if one not in used:
            names = ", ".join(sorted(one.names))
            click.echo(f"imagerisk: {one.source}: the statement about {names} concerns no finding of this target", err=True)
    return [result for result, _ in applied]


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(("cyclonedx", "spdx", "json")), default="cyclonedx", show_default=True)
def sbom(target: Path, form: str) -> None:
    """List the packages of TARGET as an SBOM: CycloneDX 1.6, SPDX 2.3, or our own JSON.

    Example: imagerisk sbom shop.tar --format spdx > shop.spdx.json"""
    from console.local_analysis import NotATarget, Strategy, analyze_target
    from console.reports import render

    try:
        results = analyze_target(settings_or_exit(), target, (), Strategy())
    except NotATarget as error:
        click.echo(f"imagerisk: {error}", err=True)
        raise click.exceptions.Exit(ANALYSIS_FAILED) from error
    click.echo(render(results, form))


COMMANDS = (analyze, sbom)
