"""Which configuration files a web server really reads: main file, includes, links in `sites-enabled` and the like."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from fnmatch import fnmatchcase

from analyzers.baseline.system import System
from schemas.facts import Configuration, Directive

Located = tuple[int, Configuration]
MAX_FILES = 2_000


def effective_files(system: System, software: str, mains: tuple[str, ...], includes: tuple[str, ...]) -> list[Located]:
    """Files that a main file reaches; all files where no main file is seen, as in a layer that adds one site."""
    files = {located[1].path: located for located in system.configurations(software)}
    queue = [path for path in files if posixpath.basename(path) in mains]
    if not queue:
        return [located for path, located in files.items() if not _set_aside(path)]
    known = sorted({*files, *(link for link, target in system.links.items() if target in files)})
    reached: dict[str, Located] = {}
    root = _root(files[queue[0]])
    while queue and len(reached) < MAX_FILES:
        path = queue.pop(0)
        path = path if path in files else system.links.get(path, "")
        if path and path in files and path not in reached:
            reached[path] = files[path]
            queue += [other for one in files[path][1].directives if one.name in includes for other in _named(known, root, one.value)]
    return list(reached.values())


def _root(main: Located) -> str:
    """What relative includes stand on: ServerRoot of Apache, else the folder of the main file."""
    given = [one.value.strip("\"'") for one in main[1].directives if one.name == "serverroot"]
    return given[0].strip("/") if given else posixpath.dirname(main[1].path)


def _named(known: list[str], root: str, value: str) -> Iterator[str]:
    value = value.strip("\"'")
    pattern = value.lstrip("/") if value.startswith("/") else posixpath.normpath(posixpath.join(root, value))
    for path in known:
        if path == pattern or (path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)):
            yield path


def _set_aside(path: str) -> bool:
    """Files that are kept but not switched on."""
    return any(part in path for part in ("-available/", ".dpkg-", ".default", ".bak", ".sample"))


def settings(files: list[Located], *names: str) -> Iterator[tuple[Located, Directive]]:
    for located in files:
        for directive in located[1].directives:
            if directive.name in names:
                yield located, directive
