"""Services that start scripts, supervisord, systemd units, s6 and runit start, with the options that items ask for.

Configuration facts `start`: one directive a program, its value the kept options as a shell would read them (service_options.py), its
context `open` where a variable may add others. `details["kind"]`: `script`, which runs only if something starts it, or `service`.
Sources: supervisord's manual (program sections), systemd.service(5), s6-rc and runit service folders.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.formats.key_values import assignments
from analyzers.collectors.service_options import PROGRAMS, options_of
from analyzers.contract import BaseCollector, FileView, Wanted
from analyzers.shell.reader import Budget, parse
from analyzers.shell.tree import commands
from schemas.facts import Configuration, Directive, Fact

_SUPERVISOR = re.compile(r"(?:.*/)?supervisord\.conf|etc/supervisor(?:d?\.d|/conf\.d)/[^/]+\.(?:conf|ini)")
_UNIT = re.compile(r"(?:etc|(?:usr/)?lib)/systemd/system/(?:.*/)?[\w@.\\-]+\.(?:service|conf)")
_SERVICE = re.compile(r"(?:.*/)?(?:etc/(?:services\.d|s6-overlay/s6-rc\.d|sv|service|s6)/[^/]+/run|etc/service/[^/]+/run)")
_ENTRY = frozenset({"entrypoint", "docker-entrypoint", "start", "startup"})
_NAMED = re.compile("|".join(re.escape(name) for name in PROGRAMS))
MAX_STARTS = 200


class StartCommands(BaseCollector):
    """One fact for each file that starts a known service."""

    name: ClassVar[str] = "start_commands"
    version: ClassVar[int] = 3
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=_ENTRY | {"supervisord.conf", "run"},
        suffixes=frozenset({".sh"}),
        folders=("etc/supervisor/conf.d/", "etc/supervisor.d/", "etc/supervisord.d/", "etc/systemd/system/", "usr/lib/systemd/system/",
        "lib/systemd/system/"),
        max_bytes=512 * 1024,
    )  # fmt: skip

    def collect(self, file: FileView) -> Iterable[Fact]:
        text = file.data.decode("utf-8", "backslashreplace")
        if not _NAMED.search(text):
            return
        name = file.path.rpartition("/")[2]
        if _SUPERVISOR.fullmatch(file.path):
            kind, found = "service", _lines(text, "command")
        elif _UNIT.fullmatch(file.path):
            kind, found = "service", _lines(text, "ExecStart")
        elif _SERVICE.fullmatch(file.path):
            kind, found = "service", [(1, text)]
        elif name.endswith(".sh") or name in _ENTRY:
            kind, found = "script", [(1, text)]
        else:
            return
        directives = tuple(one for line, command in found for one in starts(command, line))[:MAX_STARTS]
        if directives:
            yield Configuration(path=file.path, software="start", directives=directives, details={"kind": kind})


def _lines(text: str, name: str) -> list[tuple[int, str]]:
    """(line, command) of the settings of one name. A unit may begin a command with signs that mean something to systemd."""
    joined = re.sub(r"\\\n", "  ", text)
    return [(one.line, one.value.lstrip("@-:+!")) for one in assignments(joined) if one.name == name and one.value]


def starts(text: str, line: int = 1) -> Iterator[Directive]:
    """The known services that a shell text starts. `line` is where the text begins."""
    for command in commands(parse(text, Budget())):
        if command.name in PROGRAMS:
            words = [part for name, value in options_of(command.name, command.args) for part in (name, value)]
            context = "open" if any("$" in word for word in command.args) else ""
            at = line + (text.count("\n", 0, max(text.find(command.words[0].text), 0)) if command.words else 0)
            yield Directive(line=at, name=command.name, value=shlex.join(words), context=context)
