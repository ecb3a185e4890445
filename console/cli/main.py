"""The command `imagerisk`: finds each subcommand in its module and imports that only."""

from __future__ import annotations

import importlib

import click

MODULES: dict[str, tuple[str, ...]] = {
    "console.cli.local": ("up", "down", "status", "logs"),
    "console.cli.scan": ("scan",),
    "console.cli.analyze": ("analyze", "sbom"),
    "console.cli.demo": ("demo",),
    "console.cli.listings": ("risks", "images", "containers", "scans", "actions"),
    "console.cli.baseline": ("baseline",),
    "console.cli.handle": ("handle",),
    "console.cli.decisions": ("decisions", "rebuild"),
    "console.cli.fix": ("fix", "fixes"),
    "console.cli.autofix": ("autofix",),
    "console.cli.bases": ("bases",),
    "console.cli.vex": ("vex",),
    "console.cli.rules": ("rules",),
    "console.cli.advisories": ("advisories",),
    "console.cli.connect": ("registries", "runtimes", "pipelines", "dead-letters"),
    "console.cli.webhooks": ("webhooks",),
    "console.cli.users": ("users",),
    "console.cli.processes": ("worker", "gateway", "scheduler", "console", "migrate", "topics"),
}
"""Module, which has a tuple COMMANDS, to the names of its commands."""


class LazyGroup(click.Group):
    """Commands by name out of MODULES."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in MODULES.items():
            if cmd_name in names:
                commands: tuple[click.Command, ...] = importlib.import_module(module).COMMANDS
                return next(command for command in commands if command.name == cmd_name)
        return None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="imagerisk", message="%(prog)s %(version)s")
def main() -> None:
    """Find, rank and handle the risks in container images."""


if __name__ == "__main__":
    main()
