"""`imagerisk demo`: an image of our own through the running system, and what to try next."""

from __future__ import annotations

import sys

import click

from console.cli.session import open_store, settings_or_exit


@click.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Build a small image with one planted example for each category, scan it, and show its risks by category."""
    from importlib.resources import as_file, files

    from rich.console import Console

    from console.cli.advisories import import_paths
    from console.cli.scan import scan_target
    from console.demo.content import write_demo

    settings = settings_or_exit()
    screen = Console(file=sys.stdout, highlight=False)
    archive = settings.home / "demo" / "shop.tar"
    digest = write_demo(archive)
    screen.print(f"[bold]demo image[/] {archive}\n  {digest}")
    with as_file(files("console.demo").joinpath("advisories")) as folder:
        import_paths(settings, [folder], quiet=True)
    scan_target(settings, open_store(settings, 15.0), str(archive), 300.0, quiet=False)
    _print_risks(screen, digest)
    _print_next(screen)


def _print_risks(screen: object, digest: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from console.translation import translated_rows
    from schemas.vocabulary import CATEGORIES

    assert isinstance(screen, Console)
    settings = settings_or_exit()
    rows = open_store(settings).rows(
        "SELECT category, severity, rule, title, package, version, fixed_version, path FROM risks WHERE image_digest = {digest:String} "
        "AND status = 'open' "
        "ORDER BY multiIf(severity IN ('high', 'urgent'), 0, severity IN ('medium', 'suspicious'), 1, 2), score DESC, rule",
        {"digest": digest},
    )
    colours = {"high": "red", "urgent": "red", "medium": "yellow", "suspicious": "yellow"}
    for category in CATEGORIES:
        own = translated_rows((row for row in rows if row["category"] == category), settings.language)
        screen.print(f"\n[bold]{category}[/] ({len(own)} open)")
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for row in own:
            colour = colours.get(row["severity"], "dim")
            where = f"{row['package']} {row['version']}" if row["package"] else row["path"]
            fix = f"fixed in {row['fixed_version']}" if row["fixed_version"] else ""
            table.add_row(f"  [{colour}]{row['severity']}[/]", row["rule"], where, fix or row["title"])
        screen.print(table)


def _print_next(screen: object) -> None:
    from rich.console import Console

    assert isinstance(screen, Console)
    settings = settings_or_exit()
    http = f"http://127.0.0.1:{settings.clickhouse_http_port}"
    screen.print(
        "\n[bold]what next[/]\n"  # noqa: S608 (a query to copy)
        f"  look       http://{settings.bind}:{settings.console_port}\n"
        f"  query      curl {http} --data 'select category, severity, count() from risks group by all format PrettyCompact'\n"
        "  advisories .venv/bin/imagerisk advisories import PATH   (OSV zips or folders)\n"
        "  registry   .venv/bin/imagerisk registries add NAME URL  (prints the webhook's address and token)\n"
        "  an image   .venv/bin/imagerisk scan ARCHIVE|HOST/REPOSITORY:TAG\n"
        "  stop       make stop\n",
        soft_wrap=True,
        markup=True,
    )


COMMANDS = (demo,)
