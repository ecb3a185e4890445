"""What a rule is: its texts, and a function from the build of an image to hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from analyzers.build_commands.steps import Step
from analyzers.shell.reader import Budget, command_of, parse
from analyzers.shell.tree import Command, Pipeline, Script, Word, commands
from schemas.facts import ConfigSecret, ImageSettings
from schemas.vocabulary import Level


@dataclass(frozen=True, slots=True)
class Hit:
    """`place` is where (`history[2]`, `config.User`), `subject` what: content, never the place; `evidence` is shown to people."""

    place: str
    subject: str
    evidence: str
    layer: int | None = None


@dataclass(frozen=True)
class Build:
    """How an image was built and is started. `steps` is empty when the history tells nothing; `start` are the effective commands by
    place (`config.Entrypoint`, `config.Cmd`, `config.Healthcheck`). `owned` are files of distribution packages."""

    settings: ImageSettings
    steps: tuple[Step, ...] = ()
    secrets: tuple[ConfigSecret, ...] = ()
    start: dict[str, Script] = field(default_factory=dict)
    owned: frozenset[str] = frozenset()

    def of(self, *instructions: str) -> Iterator[Step]:
        return (step for step in self.steps if step.instruction in instructions)

    def calls(self, *names: str) -> Iterator[tuple[Step, Command]]:
        """Commands of all RUN steps, nested ones too; of these programs only where names are given."""
        for step in self.of("RUN"):
            for command in step.commands:
                if not names or command.name in names:
                    yield step, command

    def start_commands(self) -> Iterator[tuple[str, Command]]:
        for place, script in self.start.items():
            for command in commands(script):
                yield place, command


Detect = Callable[[Build], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`key` is the name in findings, `group` its class; `default` False: only with the strategy `full`; `version` is raised when what it
    looks for changes."""

    key: str
    group: str
    level: Level
    title: str
    description: str
    advice: str
    detect: Detect
    default: bool = True
    version: int = 1


def step_hit(step: Step, subject: str) -> Hit:
    return Hit(step.place, " ".join(subject.split()), step.text, step.layer)


def start_scripts(settings: ImageSettings, budget: Budget) -> dict[str, Script]:
    """The start commands by place. CMD is read twice where there is an ENTRYPOINT: as a command that a start script hands on to, and as
    the words that follow the entrypoint."""
    health = settings.healthcheck
    check: Script = ()
    if health[:1] == ("CMD",):
        check = _exec(health[1:], budget)
    elif health[:1] == ("CMD-SHELL",):
        check = parse(" ".join(health[1:]), budget)
    entry = _exec(settings.entrypoint, budget)
    cmd = _exec(settings.cmd, budget)
    if entry and cmd:
        cmd += _exec(settings.entrypoint + settings.cmd, budget)
    scripts = {"config.Entrypoint": entry, "config.Cmd": cmd, "config.Healthcheck": check}
    return {place: script for place, script in scripts.items() if script}


def _exec(words: tuple[str, ...], budget: Budget) -> Script:
    return (Pipeline((command_of(tuple(Word(budget.take(word)) for word in words), budget),)),) if words else ()
