"""Configuration files that include others, read in the order in which their software reads them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import islice

from analyzers.baseline.system import System
from schemas.facts import Configuration, Directive

Located = tuple[int, Configuration]
Setting = tuple[Located, Directive]
MAX_DEPTH = 16
MAX_SETTINGS = 50_000


def files_of(system: System, *software: str) -> dict[str, Located]:
    """The files of one software by path; a link to one of them is a path of its own."""
    files = {located[1].path: located for located in system.configurations(*software)}
    for link, target in system.links.items():
        if target in files:
            files.setdefault(link, files[target])
        else:
            below = target + "/"
            files |= {link + path[len(target) :]: files[path] for path in list(files) if path.startswith(below)}
    return files


def named(files: Mapping[str, Located], root: str, pattern: str) -> list[str]:
    """Paths that an include names, in the order in which they are read. `pattern` may be relative to `root`, have wildcards, or be a
    folder whose files count."""
    pattern = pattern.strip("\"'")
    whole = posixpath.normpath(posixpath.join("/", root, pattern)).lstrip("/")
    folder = pattern.endswith("/")
    return sorted(
        path for path in files
        if path == whole or (path.count("/") == whole.count("/") and fnmatchcase(path, whole))
        or ((folder or whole not in files) and posixpath.dirname(path) == whole)
    )  # fmt: skip


def inner(outside: str, inside: str) -> str:
    """The context of an included setting where the innermost block decides."""
    return inside or outside


def expanded(
    files: Mapping[str, Located], main: str, includes: Collection[str], root: str | None = None, nest: Callable[[str, str], str] = inner
) -> Iterator[Setting]:
    """The settings of a file with those of included files where the include stands. `root`: what relative paths start from, default the
    file's folder; `nest` makes the context of a setting from that of the include and its own."""
    yield from islice(_expanded(files, main, includes, root, nest, "", (main,)), MAX_SETTINGS)


def _expanded(
    files: Mapping[str, Located], path: str, includes: Collection[str], root: str | None, nest: Callable[[str, str], str], around: str,
    open_: tuple[str, ...],
) -> Iterator[Setting]:  # fmt: skip
    located = files[path]
    folder = posixpath.dirname(path) if root is None else root
    for one in located[1].directives:
        context = nest(around, one.context) if around else one.context
        if one.name not in includes:
            yield located, one if context == one.context else one.model_copy(update={"context": context})
        elif len(open_) < MAX_DEPTH:
            for pattern in one.value.split():
                for other in named(files, folder, pattern):
                    if other not in open_:
                        yield from _expanded(files, other, includes, root, nest, context, (*open_, other))
