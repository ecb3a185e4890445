"""What a command writes, removes or takes as options: questions that many rules ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from analyzers.build_commands.steps import REMOVERS, Step
from analyzers.shell.tree import Command, Group, Redirection, pipelines

_COPIERS = frozenset({"cp", "mv", "install", "ln", "rsync", "scp"})
_TARGET_OPTIONS = {"curl": ("-o", "--output"), "wget": ("-O", "--output-document")}


def has_option(args: Iterable[str], *names: str) -> bool:
    """Whether one of the options is given: `-y` also in a bundle (`-qy`), `--name` also as `--name=value`."""
    for arg in args:
        if arg == "--":
            return False
        for name in names:
            if arg == name or (name.startswith("--") and arg.startswith(name + "=")):
                return True
            if len(name) == 2 and re.fullmatch(r"-[A-Za-z0-9]+", arg) and name[1] in arg[1:]:
                return True
    return False


def option_values(args: tuple[str, ...], *names: str) -> Iterator[str]:
    """Values of options, as the next word or behind `=`; of one-letter options also without a gap."""
    for index, arg in enumerate(args):
        for name in names:
            bundled = len(name) == 2 and name[1] != "-" and re.fullmatch(rf"-[A-Za-z]*{re.escape(name[1])}", arg)
            if (arg == name or bundled) and index + 1 < len(args):
                yield args[index + 1]
            elif name.startswith("--") and arg.startswith(name + "="):
                yield arg[len(name) + 1 :]
            elif len(name) == 2 and name[1] != "-" and arg.startswith(name) and len(arg) > 2:
                yield arg[2:].removeprefix("=")


def operands(args: Iterable[str]) -> tuple[str, ...]:
    """Words that are no options; values of options are among them."""
    return tuple(arg for arg in args if not arg.startswith("-") or arg == "-")


def written_paths(command: Command) -> Iterator[str]:
    """Files that a command writes as its target."""
    yield from redirected(command.redirections)
    words = operands(command.args)
    if command.name == "tee":
        yield from words
    elif command.name in _COPIERS:
        yield from option_values(command.args, "-t", "--target-directory")
        if len(words) > 1 and not has_option(command.args, "-d", "--directory"):
            yield words[-1]
    elif command.name in ("sed", "perl") and any(re.match(r"-[a-zA-Z]*i|--in-place", arg) for arg in command.args):
        yield from words
    elif command.name in _TARGET_OPTIONS:
        yield from option_values(command.args, *_TARGET_OPTIONS[command.name])
    elif command.name == "dd":
        yield from (arg[3:] for arg in command.args if arg.startswith("of="))


def redirected(redirections: Iterable[Redirection]) -> Iterator[str]:
    return (one.target.text for one in redirections if one.writes)


def step_writes(step: Step) -> Iterator[tuple[str, str]]:
    """(path, text of the command) of everything that a RUN step writes, redirected groups too."""
    for pipeline in pipelines(step.script):
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                yield from ((path, f"> {path}") for path in redirected(stage.redirections))
            else:
                yield from ((path, stage.text) for path in written_paths(stage))


def step_leaves(step: Step) -> Iterator[str]:
    """Paths of step_writes without what a later command of the step removes again, by its name or with its folder."""
    left: list[str] = []
    for pipeline in pipelines(step.script):
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                left += redirected(stage.redirections)
                continue
            removed = [_at_home(word) for word in operands(stage.args)] if stage.name in REMOVERS else []
            left = [path for path in left if not any(_at_home(path) == one or _at_home(path).startswith(one + "/") for one in removed)]
            left += written_paths(stage)
    return iter(left)


def _at_home(path: str) -> str:
    return re.sub(r"^(?:~|\$\{?HOME\}?)(?=/|$)", "/root", path).removesuffix("*").rstrip("/")


def removes_under(step: Step, folder: str) -> bool:
    """Whether a RUN step removes a folder or all that lies in it."""
    options = (folder, folder + "/", folder + "/*", folder + "/**", folder + "/./*")
    return any(path in options or (path.startswith(folder + "/*")) or _parent(path, folder) for path in step.removed)


def _parent(path: str, folder: str) -> bool:
    plain = path.rstrip("*").rstrip("/")
    return plain.count("/") >= 2 and folder.startswith(plain + "/")


def cache_mounted(step: Step, *folders: str) -> bool:
    """Whether one of the folders is a cache or temporary mount of the RUN step, and so is no part of the layer."""
    mounts = step.flags.get("mount", "").split()
    return any(("type=cache" in mount or "type=tmpfs" in mount) and any(f"={folder}" in mount for folder in folders) for mount in mounts)
