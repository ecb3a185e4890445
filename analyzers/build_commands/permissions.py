"""Modes that a build gives to files, numeric or symbolic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.build_commands.rule import Build
from analyzers.build_commands.steps import Step
from analyzers.build_commands.targets import operands, option_values

_NUMERIC = re.compile(r"[-+=]?0*([0-7]{1,4})")
_CLAUSE = re.compile(r"([ugoa]*)((?:[-+=][rwxXst]*)+)")


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode that a step sets on paths."""

    step: Step
    mode: str
    paths: tuple[str, ...]

    @property
    def subject(self) -> str:
        return " ".join((self.mode, *self.paths))


def modes(build: Build) -> Iterator[Mode]:
    """Modes of chmod, install, mkdir and of the flag of ADD and COPY. What the step removes again is left out."""
    for step, command in build.calls("chmod", "install", "mkdir"):
        words = operands(command.args)
        if command.name == "chmod":
            symbolic = next((arg for arg in command.args if re.fullmatch(r"-[rwxst]+", arg) and not re.fullmatch(r"-R", arg)), "")
            mode, paths = (symbolic, words) if symbolic else (words[0] if words else "", words[1:])
        else:
            mode = next(option_values(command.args, "-m", "--mode"), "")
            paths = tuple(word for word in words if word != mode)
        if mode and not (paths and all(path in step.removed for path in paths)):
            yield Mode(step, mode, paths)
    for step in build.of("ADD", "COPY"):
        if mode := step.flags.get("chmod", ""):
            yield Mode(step, mode, step.arguments)


def is_setuid(mode: str) -> bool:
    """Whether a mode makes a program run as its owner."""
    if found := _NUMERIC.fullmatch(mode):
        return not mode.startswith("-") and int(found[1], 8) & 0o4000 != 0
    return any("s" in added and (not who or "u" in who or "a" in who) for who, added in _added(mode))


def is_world_writable(mode: str) -> bool:
    """Whether a mode lets everybody write, without the sticky bit that keeps others' files safe."""
    if found := _NUMERIC.fullmatch(mode):
        bits = int(found[1], 8)
        return not mode.startswith("-") and bits & 0o002 != 0 and bits & 0o1000 == 0
    added = list(_added(mode))
    return any("w" in what and ("o" in who or "a" in who) for who, what in added) and not any("t" in what for _, what in added)


def _added(mode: str) -> Iterator[tuple[str, str]]:
    for clause in mode.split(","):
        if found := _CLAUSE.fullmatch(clause):
            for action in re.findall(r"[-+=][rwxXst]*", found[2]):
                if action[0] != "-":
                    yield found[1], action[1:]
