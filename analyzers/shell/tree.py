"""What a shell script is made of, as far as rules care: pipelines of commands and groups, with what nests inside them.

Control structures are flattened: every branch of an `if`, `case` or loop is a command that may run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A word without its quotes; expansions stay as written. `inner` holds the commands of its `$(...)`, backquotes and `<(...)`."""

    text: str
    inner: tuple[Pipeline, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirection:
    """`operator` without the descriptor (`>`, `>>`, `<`, `>&`, `<<<`, `<<` ...); `descriptor` as written, empty where there is none;
    `body` the text of a here-document."""

    operator: str
    target: Word
    descriptor: str = ""
    body: str = ""

    @property
    def writes(self) -> bool:
        return ">" in self.operator


@dataclass(frozen=True, slots=True)
class Command:
    """One program call. `name` is the base name of the program that really runs, `args` what follows it; `wrappers` stand before it
    (`sudo`, `env`, `timeout` ...). `nested` is what a shell runs for it: the text of `-c`, `eval` or a here-document."""

    name: str = ""
    args: tuple[str, ...] = ()
    words: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    redirections: tuple[Redirection, ...] = ()
    wrappers: tuple[str, ...] = ()
    nested: tuple[Pipeline, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def pieces(self) -> Iterator[Word]:
        """Every word of the command: assigned values and targets of redirections too."""
        yield from self.words
        yield from (value for _, value in self.assignments)
        yield from (one.target for one in self.redirections)


@dataclass(frozen=True, slots=True)
class Group:
    """A subshell, a brace group, a loop, a condition or a function."""

    body: tuple[Pipeline, ...]
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Stages joined by `|`; a single command is a pipeline of one."""

    stages: tuple[Command | Group, ...]


Script = tuple[Pipeline, ...]


def pipelines(script: Script) -> Iterator[Pipeline]:
    """All pipelines in the order in which they are written, outer ones before what nests in them."""
    for pipeline in script:
        yield pipeline
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                yield from pipelines(stage.body)
                continue
            for word in stage.pieces():
                yield from pipelines(word.inner)
            yield from pipelines(stage.nested)


def commands(script: Script) -> Iterator[Command]:
    """All commands in the order in which they are written, each before what nests in it."""
    for pipeline in script:
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                yield from commands(stage.body)
                continue
            yield stage
            for word in stage.pieces():
                yield from commands(word.inner)
            yield from commands(stage.nested)
