"""The user's rule files: `rules` in the data folder and the folders of the setting `rule_folders`, read recursively and within bounds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from analyzers.collectors.sample_rules import USER_SUFFIXES as YARA
from analyzers.user_rules.hash_lists import SUFFIXES as LISTS
from analyzers.user_rules.load import SUFFIX as TOML
from analyzers.user_rules.load import Problem
from infra.settings import Settings

SUFFIXES = (TOML, *YARA, *LISTS)
MAX_FILES = 2000
MAX_FILE_BYTES = 16 << 20
MAX_BYTES = 64 << 20
Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class RuleFiles:
    """Contents by name, and what could not be read. Names begin below their folder; those of a configured folder begin with its own
    name. Two files of one name: the second has a number behind it."""

    contents: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def rule_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders, that of the data folder first."""
    return (settings.home / "rules", *settings.rule_folders)


def read_rule_files(settings: Settings) -> RuleFiles:
    """Everything in the folders whose name ends as rule files do. Hidden files and folders are passed over. Raises nothing."""
    own, *configured = rule_folders(settings)
    named = [(path.relative_to(own).as_posix(), path) for path in _files(own)]
    problems: list[Problem] = []
    for folder in configured:
        if not folder.is_dir():
            problems.append(Problem(str(folder), 0, "the folder does not exist"))
        named += [(f"{folder.name}/{path.relative_to(folder).as_posix()}", path) for path in _files(folder)]
    return _read(named, problems)


def read_files(paths: Iterable[Path]) -> RuleFiles:
    """These files, and everything in these folders whose name ends as rule files do; named as they are given."""
    named = [(str(one), one) for path in paths for one in (_files(path) if path.is_dir() else (path,))]
    return _read(named, [])


def _read(named: Iterable[tuple[str, Path]], problems: list[Problem]) -> RuleFiles:
    contents: dict[str, bytes] = {}
    for name, path in named:
        if reason := _refused(path, contents):
            problems.append(Problem(name, 0, reason))
            continue
        try:
            contents[_unused(name, contents)] = path.read_bytes()
        except OSError as error:
            problems.append(Problem(name, 0, f"it cannot be read: {error.strerror}"))
    return RuleFiles(contents, tuple(problems))


def stamp(folders: Iterable[Path]) -> Stamp:
    """(path, size, time of change in ns) of every rule file below the folders."""
    found = []
    for folder in folders:
        for path in _files(folder):
            try:
                state = path.stat()
            except OSError:  # it went in this moment
                continue
            found.append((str(path), state.st_size, state.st_mtime_ns))
    return tuple(found)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(files) if not name.startswith(".") and name.lower().endswith(SUFFIXES))


def _refused(path: Path, read: Mapping[str, bytes]) -> str:
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    if not path.is_file():
        return "it is no regular file"
    if size > MAX_FILE_BYTES:
        return f"it has {size} bytes, more than {MAX_FILE_BYTES}"
    if len(read) >= MAX_FILES or size + sum(map(len, read.values())) > MAX_BYTES:
        return f"it is left out: all rule files together may be {MAX_FILES} with {MAX_BYTES} bytes"
    return ""


def _unused(name: str, taken: Mapping[str, bytes]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        stem, dot, ending = name.rpartition(".")
        free = f"{stem}~{number}{dot}{ending}"
    return free
