"""Commands that hand a shell to somebody on the network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from analyzers.build_commands.pipes import interpreter
from analyzers.shell.programs import SHELLS, base_name
from analyzers.shell.tree import Command, Group, Pipeline, Script, pipelines

_SOCKET_PATH = re.compile(r"/dev/(?:tcp|udp)/")
_NETCAT = frozenset({"nc", "ncat", "netcat", "nc.traditional", "nc.openbsd"})
_SHELL_PATH = re.compile(r"(?:^|[\s\"':=/])(?:ba|da|a|z|k|c)?sh(?:$|[\s\"',;)])|cmd\.exe|powershell")
_INLINE = {
    "python": re.compile(r"(?s)socket.*(?:dup2|pty\.spawn|subprocess|os\.system|/bin/(?:ba)?sh)"),
    "perl": re.compile(r"(?s)(?:Socket|socket\().*(?:exec|system|/bin/(?:ba)?sh|\$_\)|`)"),
    "ruby": re.compile(r"(?s)(?:TCPSocket|rsocket).*(?:exec|popen|spawn|/bin/(?:ba)?sh)"),
    "php": re.compile(r"(?s)fsockopen.*(?:exec|system|popen|proc_open|passthru|`|/bin/(?:ba)?sh)"),
    "node": re.compile(r"(?s)net.*(?:connect|Socket).*(?:spawn|exec)|(?:spawn|exec).*net.*(?:connect|Socket)"),
    "nodejs": re.compile(r"(?s)net.*(?:connect|Socket).*(?:spawn|exec)|(?:spawn|exec).*net.*(?:connect|Socket)"),
    "lua": re.compile(r"(?s)socket.*(?:popen|os\.execute)"),
}  # fmt: skip
_PROGRAM_OPTION = re.compile(r"-\w*[cerE]|--eval|-rsocket")


def reverse_shells(script: Script) -> Iterator[str]:
    """Text of each reverse or bind shell of a script."""
    descriptors: set[str] = set()
    for pipeline in pipelines(script):
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                continue
            if _alone(stage):
                yield stage.text
            for one in stage.redirections:
                if _SOCKET_PATH.search(one.target.text):
                    descriptors.add(one.descriptor.strip("{}"))
                elif stage.name in SHELLS and one.operator in ("<&", ">&", "<>") and one.target.text in descriptors and one.target.text:
                    yield stage.text
            if descriptors - {""} and _runs_variable(stage):
                yield stage.text
        if _chained(pipeline):
            yield " | ".join(stage.text for stage in pipeline.stages if isinstance(stage, Command))


def _alone(command: Command) -> bool:
    name, args = command.name, command.args
    if name in SHELLS and any(_SOCKET_PATH.search(one.target.text) for one in command.redirections):
        return "-c" not in args
    if name in _NETCAT:
        hands_over = any(re.fullmatch(r"-[a-z]*[ec]|--exec|--sh-exec", arg) for arg in args[:-1])
        return hands_over and any(_SHELL_PATH.search(arg) for arg in args)
    if name == "socat":
        network = any(re.match(r"(?i)(?:tcp|udp|openssl|ssl|sctp|vsock)", arg) for arg in args)
        return network and any(re.match(r"(?i)(?:exec|system):", arg) and _SHELL_PATH.search(arg) for arg in args)
    if name in ("awk", "gawk", "mawk"):
        return any("/inet/" in arg and ("getline" in arg or "|&" in arg) for arg in args)
    expression = _INLINE.get(interpreter(name))
    return expression is not None and any(_PROGRAM_OPTION.fullmatch(option) and expression.search(text) for option, text in pairwise(args))


def _runs_variable(command: Command) -> bool:
    """`$line 2>&5 >&5`: what a socket sends is run."""
    named = bool(command.words) and re.fullmatch(r"\$\{?\w+\}?", command.words[0].text) is not None
    return named and any(one.operator == ">&" for one in command.redirections)


def _chained(pipeline: Pipeline) -> bool:
    """`sh -i | nc host port`, `nc host port | sh | nc host port`, the same with telnet and openssl s_client."""
    stages = [stage for stage in pipeline.stages if isinstance(stage, Command)]
    for index, stage in enumerate(stages):
        if base_name(stage.name) not in SHELLS or "-c" in stage.args or len(stages) < 2:
            continue
        after = index + 1 < len(stages) and _talks(stages[index + 1])
        before = index > 0 and _talks(stages[index - 1])
        if after and (before or "-i" in stage.args or any(one.operator == "<" for one in stage.redirections) or stages[0].name == "cat"):
            return True
    return False


def _talks(command: Command) -> bool:
    return command.name in _NETCAT or command.name == "telnet" or (command.name == "openssl" and "s_client" in command.args)
