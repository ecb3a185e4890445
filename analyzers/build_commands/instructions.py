"""Instructions of a Dockerfile as the image configuration that a build of them would leave: for trying rules without a build.

Source: Dockerfile reference (line continuation, comments, here-documents, shell and exec form). Variables stay as written; what a base
image brings is not known."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

import orjson

_DOCUMENT = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_LAYERS = frozenset({"ADD", "COPY", "RUN"})


def instructions(text: str) -> Iterator[tuple[int, str]]:
    """(line, instruction) of a Dockerfile: continued lines are joined, comments are left out, here-documents belong to what they follow."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        whole = [line]
        while whole[-1].rstrip().endswith("\\"):
            whole[-1] = whole[-1].rstrip()[:-1]
            following = next((each for _, each in lines if each.strip() and not each.lstrip().startswith("#")), "")
            whole.append(following)
        joined = " ".join(whole)
        for word in _DOCUMENT.findall(joined) if line.lstrip()[:4].upper() in ("RUN ", "COPY", "ADD ") else ():
            for _, each in lines:
                joined += f"\n{each}"
                if each.strip() == word:
                    break
        yield number, joined


def configuration(lines: Iterable[str]) -> bytes:
    """The document (OCI image-spec, config.md). FROM begins anew with what is set, not with the history."""
    config: dict[str, Any] = {}
    history = []
    for line in lines:
        found = _INSTRUCTION.fullmatch(line.rstrip())
        if found is None:
            continue
        name, rest = found[1].upper(), found[2]
        if name == "FROM":
            config = {}
        _set(config, name, rest)
        text = f"RUN /bin/sh -c {rest}" if name == "RUN" and not rest.startswith(("[", "--")) else f"{name} {rest}"
        history.append({"created_by": f"{text} # buildkit", **({} if name in _LAYERS else {"empty_layer": True})})
    return orjson.dumps({"os": "linux", "config": config, "history": history})


def _set(config: dict[str, Any], name: str, rest: str) -> None:
    if name in ("USER", "WORKDIR"):
        config["User" if name == "USER" else "WorkingDir"] = rest.strip()
    elif name == "ENV":
        pairs = _words(rest) if "=" in rest.split(maxsplit=1)[0] else [rest.replace(" ", "=", 1)]
        config["Env"] = [*config.get("Env", ()), *pairs]
    elif name == "LABEL":
        config["Labels"] = {**config.get("Labels", {}), **dict(word.partition("=")[::2] for word in _words(rest))}
    elif name in ("EXPOSE", "VOLUME"):
        key = "ExposedPorts" if name == "EXPOSE" else "Volumes"
        words = [word if name == "VOLUME" or "/" in word else f"{word}/tcp" for word in (_exec(rest) or _words(rest))]
        config[key] = {**config.get(key, {}), **{word: {} for word in words}}
    elif name in ("CMD", "ENTRYPOINT"):
        config["Cmd" if name == "CMD" else "Entrypoint"] = _exec(rest) or ["/bin/sh", "-c", rest]
    elif name == "HEALTHCHECK":
        command = re.split(r"\bCMD\s+", rest, maxsplit=1)
        exec_form = _exec(command[-1])
        test = ["CMD", *exec_form] if exec_form else ["CMD-SHELL", command[-1]]
        config["Healthcheck"] = {"Test": test if len(command) > 1 else ["NONE"]}


def _exec(text: str) -> list[str]:
    """The words of an exec form, none where it is none."""
    try:
        words = orjson.loads(text)
    except orjson.JSONDecodeError:
        return []
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else []


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote
        return text.split()
