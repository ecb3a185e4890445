"""Text that is fetched or decoded and then run: `curl | sh`, `sh -c "$(curl)"`, `source <(curl)`, `base64 -d | sh`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzers.shell.programs import SHELLS, reads_script_from_stdin
from analyzers.shell.tree import Command, Group, Pipeline, Script, Word, commands, pipelines

INTERPRETERS = SHELLS | {
    "python",
    "perl",
    "ruby",
    "node",
    "nodejs",
    "php",
    "lua",
    "pwsh",
    "powershell",
    "tclsh",
    "deno",
    "bun",
    "osascript",
}
_VERSION = re.compile(r"[\d.]+$")
_INLINE = {"python": "-c", "perl": "-e", "ruby": "-e", "node": "-e", "nodejs": "-e", "php": "-r", "lua": "-e"}
_OWN_SHELL = re.compile(r"\$\{?(?:shell|bash)\b")
_FETCHED_CODE = re.compile(
    r"(?s)\b(?:exec|eval|system|compile)\b.{0,200}?(?:urlopen|requests\.get|urllib|net::http|uri\.open|lwp::simple|open\(\s{0,3}[\"']https?:"
    r"|file_get_contents\(\s{0,3}[\"']https?:|\bfetch\(|https?\.get\()",
    re.IGNORECASE,
)
_ESCAPED_TEXT = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6}|(?:\\0?[0-7]{3}){6}")
_POWERSHELL = re.compile(r"(?i)\b(?:iex|invoke-expression)\b")
_POWERSHELL_FETCH = re.compile(r"(?i)\b(?:downloadstring|iwr|irm|invoke-webrequest|invoke-restmethod|downloaddata|curl|wget)\b")


def interpreter(name: str) -> str:
    """The interpreter that a program is (`python3.11` is `python`, `$SHELL` and `${SHELL:-/bin/sh}` are shells), or an empty string."""
    if _OWN_SHELL.match(name.lower()):
        return "sh"
    plain = _VERSION.sub("", name.rstrip("}"))
    return plain if plain in INTERPRETERS else ""


def fetches(command: Command) -> bool:
    """Whether a command writes something from the network to its standard output."""
    name, args = command.name, command.args
    if name == "curl":
        return not any(re.fullmatch(r"-[a-zA-Z]*[oO]|--output|--remote-name|-[a-zA-Z]*o[^-].*", arg) for arg in args) or _to_stdout(
            args, ("o", "output")
        )
    if name == "wget":
        return _to_stdout(args, ("O", "output-document"))
    if name in ("fetch", "aria2c"):
        return _to_stdout(args, ("o", "out"))
    if name in ("lynx", "w3m", "links"):
        return any(arg.startswith(("-dump", "-source", "--dump", "--source", "-dump_source")) for arg in args)
    if name in ("aws", "gsutil"):
        return "-" in args or "cat" in args
    return name in ("http", "https", "xh", "get", "lwp-request", "nc", "ncat", "netcat", "invoke-webrequest", "iwr", "irm", "curlie")


def _to_stdout(args: tuple[str, ...], options: tuple[str, str]) -> bool:
    short, long = options
    for index, arg in enumerate(args):
        following = args[index + 1] if index + 1 < len(args) else ""
        if re.fullmatch(rf"-[a-zA-Z]*{short}(?:-|/dev/stdout)", arg) or arg in (f"--{long}=-", f"--{long}=/dev/stdout"):
            return True
        if (re.fullmatch(rf"-[a-zA-Z]*{short}", arg) or arg == f"--{long}") and following in ("-", "/dev/stdout"):
            return True
    return False


def decodes(command: Command) -> bool:
    """Whether a command turns an encoded text into a plain one."""
    name, args = command.name, command.args
    if name in ("base64", "base32", "basenc", "gbase64"):
        return any(re.fullmatch(r"-[a-zA-Z]*[dD][a-zA-Z]*|--decode", arg) for arg in args)
    if name == "openssl":
        return any(arg in ("-base64", "-a", "base64") for arg in args) and "-d" in args
    if name in ("printf", "echo"):
        return any(_ESCAPED_TEXT.search(arg) for arg in args)
    return (name == "xxd" and any(re.fullmatch(r"-\w*r\w*", arg) for arg in args)) or name == "uudecode"


def downloads_into_interpreter(script: Script) -> Iterator[str]:
    """Text of each place where something fetched is run."""
    yield from sourced_from(script, fetches)
    yield from (command.text for command in commands(script) if _runs_address(command))


def _runs_address(command: Command) -> bool:
    """Whether an interpreter fetches by itself what it runs: an inline program, or the address as its script."""
    known = interpreter(command.name)
    if known == "deno":
        return command.args[:1] == ("run",) and any(re.match(r"https?://", arg) for arg in command.args)
    return known in _INLINE and any(_FETCHED_CODE.search(arg) for arg in command.args)


def decoded_into_interpreter(script: Script) -> Iterator[str]:
    """Text of each place where something decoded is run."""
    return sourced_from(script, decodes)


def sourced_from(script: Script, source: Callable[[Command], bool]) -> Iterator[str]:
    """Text of each place where the output of a `source` command is run as a program."""
    for pipeline in pipelines(script):
        sourced = False
        for stage in pipeline.stages:
            if sourced and _runs_input(stage):
                yield _pipeline_text(pipeline)
                break
            sourced = sourced or _any(stage, source)
            if isinstance(stage, Command) and any(source(one) for word in _run_words(stage) for one in commands(word.inner)):
                yield stage.text


def _any(stage: Command | Group, source: Callable[[Command], bool]) -> bool:
    return source(stage) if isinstance(stage, Command) else any(source(one) for one in commands(stage.body))


def _runs_input(stage: Command | Group) -> bool:
    """Whether a stage runs what comes in; of a group any command that reads the group's input would."""
    if isinstance(stage, Group):
        return any(_runs_input(one) for pipeline in stage.body for one in pipeline.stages[:1])
    if any(one.operator in ("<", "<<", "<<-", "<<<") for one in stage.redirections):
        return False
    if stage.name in ("source", ".") and stage.args[:1] in (("/dev/stdin",), ("-",)):
        return True
    if stage.name in ("iex", "invoke-expression"):
        return True
    if stage.name in ("su", "runuser"):
        return any(_runs_input(one) for pipeline in stage.nested[:1] for one in pipeline.stages[:1])
    known = interpreter(stage.name)
    return bool(known) and "xargs" not in stage.wrappers and reads_script_from_stdin(stage.args)


def _run_words(command: Command) -> Iterator[Word]:
    """Words of a command that are run as a program, or are a file that is."""
    rest = command.words[-len(command.args) :] if command.args else ()
    if command.words and command.words[0].text.startswith(("$(", "`")):
        yield command.words[0]
    if command.name in ("eval", "source", "."):
        yield from rest
    elif known := interpreter(command.name):
        for index, word in enumerate(rest):
            if word.text.startswith(("<(", "$(", "`")):
                yield word
                break
            if index and rest[index - 1].text.startswith("-") and rest[index - 1].text.endswith(_INLINE.get(known, "-c")[-1]):
                yield word
    if command.name in ("source", ".") or interpreter(command.name):
        yield from (one.target for one in command.redirections if one.operator in ("<", "<<<"))


def runs_powershell_download(text: str) -> bool:
    """An expression that runs what a web request brought: PowerShell is not parsed."""
    return bool(_POWERSHELL.search(text)) and bool(_POWERSHELL_FETCH.search(text))


def _text(stage: Command | Group) -> str:
    return stage.text if isinstance(stage, Command) else "(" + "; ".join(_pipeline_text(one) for one in stage.body) + ")"


def _pipeline_text(pipeline: Pipeline) -> str:
    return " | ".join(_text(stage) for stage in pipeline.stages)
