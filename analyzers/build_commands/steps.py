"""One entry of an image history as an instruction: what docker, BuildKit, buildah and kaniko write there.

docker: `/bin/sh -c #(nop) ENV A=b` and `/bin/sh -c apt-get update`; with build arguments `|1 A=b /bin/sh -c ...`; BuildKit:
`ENV A=b`, `RUN |1 A=b /bin/sh -c ... # buildkit`, copies with all paths; buildah: docker's form, files as checksums, no address of what
ADD fetches; kaniko: the line of the Dockerfile. Tools without instructions (bazel, ko, jib, nix, buildpacks, apko) write their own name
or nothing: such a step has no instruction."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from analyzers.shell.reader import Budget, command_of, parse
from analyzers.shell.tree import Command, Pipeline, Script, Word, commands
from schemas.facts import HistoryStep

MAX_TEXT = 64 * 1024
REMOVERS = frozenset({"rm", "rmdir", "shred", "unlink"})

_INSTRUCTION = re.compile(
    r"(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)(?=\s|\[|$)\s*"
)
_NOP = re.compile(r"#\(nop\)\s*")
_FLAG = re.compile(r"--([a-z][a-z-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?\s+")
_SHELL = re.compile(
    r"(?:^|\s)(?:(?:\S*[/\\])?(?:ba|da|a|z|k|fi|mk)?sh(?:\s+[-+]\w*o\s+\w+|\s+-(?!\w*c\s)[\w-]+)*\s+-\w*c|cmd(?:\.exe)?(?:\s+/[SsQq])*\s+/[Cc]"
    r"|(?![^\n]{0,200}\s-(?i:e|en|enc\w*)\s)(?:\S*\\)?(?:powershell|pwsh)(?:\.exe)?(?:\s+-(?!(?i:command)\b)\S+(?:\s+[A-Z]\w+)?)*(?:\s+-(?i:command))?)(?:\s+(?![\"'])|$)"
)
_IN = re.compile(r"((?:(?:file|dir|multi):)?[0-9a-f]{12,128})\s+in\s+(\S.*)", re.DOTALL)
_BRACES = re.compile(r"([^{}]*)\{([^{},]*(?:,[^{},]*)+)\}([^{}]*)")
_ARGUMENTS = re.compile(r"\|(\d+)\s+")
_DOCUMENT = re.compile(r"<<-?\s*([\"']?)(\w+)\1[ \t]*\n(?!#!)(.*?)(?:\n[ \t]*\2\s*)?", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Step:
    """A history entry. `instruction` is empty for entries that no Dockerfile made. For RUN `script` is what the shell runs and `shell`
    the words before it; for others `arguments` are the words after the flags (ADD and COPY: the last is the destination)."""

    index: int
    layer: int | None
    text: str
    instruction: str = ""
    flags: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    shell: str = ""
    script: Script = ()
    comment: str = ""
    hashed: bool = False  # ADD and COPY of builders that write checksums instead of names

    @property
    def place(self) -> str:
        return f"history[{self.index}]"

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """All commands of the script, nested ones too."""
        return tuple(commands(self.script))

    @cached_property
    def programs(self) -> frozenset[str]:
        return frozenset(command.name for command in self.commands)

    @cached_property
    def removed(self) -> frozenset[str]:
        """What `rm` and its like are told to remove, and folders that `find` empties."""
        found: set[str] = set()
        for command in self.commands:
            if command.name in REMOVERS:
                found.update(path for arg in command.args if not arg.startswith("-") for path in self._expanded(arg))
            elif command.name == "find" and ("-delete" in command.args or "rm" in command.args):
                found.update(arg for arg in command.args if arg.startswith(("/", "$")))
        return frozenset(found)

    def _expanded(self, word: str) -> list[str]:
        """The words that one with `{a,b}` stands for, where the shell knows that: /bin/sh of Debian and Alpine does not."""
        found = _BRACES.fullmatch(word) if re.search(r"(?:ba|z|k)sh\b", self.shell) else None
        return [found[1] + part + found[3] for part in found[2].split(",")] if found else [word]


def read_step(fact: HistoryStep, budget: Budget) -> Step:
    """A step from its fact. Text above MAX_TEXT characters is cut, which the budget then tells."""
    text = fact.created_by[:MAX_TEXT]
    budget.cut = budget.cut or len(fact.created_by) > MAX_TEXT
    text = text.strip().removesuffix("# buildkit").rstrip()
    if nop := _NOP.search(text[:4096]):
        text = text[nop.end() :].strip()
    found = _INSTRUCTION.match(text) or _INSTRUCTION.match(text[:12].upper() if text[:3].islower() and nop else "")
    common: dict[str, Any] = {"index": fact.index, "layer": fact.layer, "comment": fact.comment}
    if found is None:
        if not nop and (_SHELL.match(text) or _ARGUMENTS.match(text)):
            return _run(text, common, budget, text)
        return Step(text=text, **common)
    rest = text[found.end() :]
    if found[1] == "RUN":
        return _run(rest, common, budget, text)
    flags, rest = _flags(rest)
    arguments, hashed = _arguments(found[1], rest, budget)
    return Step(text=text, instruction=found[1], flags=flags, arguments=arguments, hashed=hashed, **common)


def _flags(rest: str) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while found := _FLAG.match(rest):
        flags[found[1]] = " ".join(filter(None, (flags.get(found[1]), (found[2] or "").strip("\"'"))))
        rest = rest[found.end() :]
    return flags, rest


def _run(rest: str, common: dict[str, Any], budget: Budget, text: str) -> Step:
    flags, rest = _flags(rest)
    shell = ""
    words = _json_words(rest)
    if words is not None:
        script: Script = (Pipeline((command_of(tuple(Word(word) for word in words), budget),)),)
    else:
        counted = _ARGUMENTS.match(rest)
        found = _SHELL.search(rest) if counted else _SHELL.match(rest)
        if found:
            shell, rest = found[0].strip(), rest[found.end() :]
        elif counted:
            rest = rest[counted.end() :]
        document = _DOCUMENT.fullmatch(rest.strip())  # RUN <<EOF: the text is what the shell runs (Dockerfile reference, here-documents)
        script = parse(
            document[3] if document else rest, budget
        )  # a quoted text after the shell is a word of a Dockerfile line: kaniko's form
    return Step(text=text, instruction="RUN", flags=flags, shell=shell, script=script, **common)


def _json_words(text: str) -> list[str] | None:
    """The words of an exec form; None where it is none."""
    if not text.startswith("["):
        return None
    try:
        words = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return words if isinstance(words, list) and words and all(isinstance(word, str) for word in words) else None


def _arguments(instruction: str, rest: str, budget: Budget) -> tuple[tuple[str, ...], bool]:
    """(words, whether names are missing). Checksum form: `file:HASH in /path`, `multi:HASH in /path`, `HASH in /path`."""
    if (words := _json_words(rest)) is not None:
        return tuple(words), False
    if instruction in ("ADD", "COPY") and (found := _IN.match(rest)):
        return (found[1], found[2].rstrip()), True
    if instruction in ("ADD", "COPY"):
        return tuple(budget.take(rest.partition("\n")[0]).split()), False
    return tuple(budget.take(rest).split()), False
