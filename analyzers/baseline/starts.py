"""Which services a container starts, and with which options: by its own command, or by the scripts and supervisors of the image."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.baseline.item import Hit
from analyzers.baseline.system import System
from analyzers.collectors.service_options import PROGRAMS, options_of
from analyzers.collectors.start_commands import starts
from schemas.facts import Directive


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a known service. `complete`: no variable may add options; `configuration`: paths of the files that it is given."""

    program: str
    options: tuple[tuple[str, str], ...]
    complete: bool
    configuration: tuple[str, ...]
    layer: int
    path: str
    line: int = 0

    def value(self, *names: str) -> str | None:
        """The last value of an option; None where it is not given."""
        return next((value for name, value in reversed(self.options) if name in names), None)

    def has(self, *names: str) -> bool:
        return self.value(*names) is not None

    def every(self, *names: str) -> Iterator[str]:
        return (value for name, value in self.options if name in names)

    def hit(self, subject: str, evidence: str) -> Hit:
        return Hit(subject, self.path, self.layer, self.line, evidence)


def starts_of(system: System, *programs: str) -> list[Start]:
    """Starts of some programs, that of the image's configuration first."""
    return [one for one in _every(system) if one.program in programs]


def _every(system: System) -> Iterator[Start]:
    settings = system.settings
    for place, words, more in (
        ("config.Entrypoint", settings.entrypoint, settings.cmd), ("config.Cmd", settings.cmd, ()),
    ):  # fmt: skip
        yield from _configured(place, words, more)
    for located in system.configurations("start"):
        layer, fact = located
        if fact.details.get("kind") == "service" or posixpath.basename(fact.path) in system.command_names:
            yield from (_start(one, layer, fact.path) for one in fact.directives)


def _configured(place: str, words: Sequence[str], more: Sequence[str]) -> Iterator[Start]:
    """What a list of words starts: a program among them, with all that follows, or the text that a shell is given."""
    for index, word in enumerate(words):
        name = posixpath.basename(word)
        if name in PROGRAMS:
            args = (*words[index + 1 :], *more)
            options = tuple(options_of(name, args))
            complete = not any("$" in one for one in args)
            yield _made(name, options, complete, -1, place)
            return
        if any(letter.isspace() for letter in word):
            yield from (_start(one, -1, place, line=0) for one in starts(word))


def _start(one: Directive, layer: int, path: str, line: int | None = None) -> Start:
    words = shlex.split(one.value)
    options = tuple(zip(words[::2], words[1::2], strict=False))
    return _made(one.name, options, one.context != "open", layer, path, one.line if line is None else line)


def _made(program: str, options: tuple[tuple[str, str], ...], complete: bool, layer: int, path: str, line: int = 0) -> Start:
    given = ("", "--config", "-f", "--config-file", "--conf")
    files = tuple(value.lstrip("/") for name, value in options if name in given and value)
    return Start(program, tuple(one for one in options if one[0]), complete, files, layer, path, line)
