"""Unauthorised access, the parts that all services share: settings in the order in which they count, asked by name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from analyzers.baseline.addresses import is_on
from analyzers.baseline.includes import Setting, expanded, files_of, named
from analyzers.baseline.item import Hit, Item, hit_directive
from analyzers.baseline.needs import service
from analyzers.baseline.system import System
from schemas.facts import Directive
from schemas.vocabulary import Level

GROUP = "hc_image_exploit"


class Settings:
    """Settings of a service as it reads them: later ones of a name win. `path` is the first file; `hit` makes a hit at a setting."""

    def __init__(self, lines: Iterable[Setting]) -> None:
        self.lines = list(lines)
        self._last = {one.name: (located, one) for located, one in self.lines}
        self._places = {id(one): located for located, one in self.lines}
        self.place = self.lines[0][0]
        self.path = self.place[1].path

    def get(self, *names: str) -> Directive | None:
        """The setting of the first name that is set."""
        return next((self._last[name][1] for name in names if name in self._last), None)

    def value(self, *names: str) -> str:
        found = self.get(*names)
        return found.value if found else ""

    def has(self, *names: str) -> bool:
        return self.get(*names) is not None

    def every(self, *names: str) -> Iterator[Directive]:
        """Every setting with one of the names; all without names."""
        return (one for _, one in self.lines if not names or one.name in names)

    def hit(self, directive: Directive, subject: str = "") -> Hit:
        return hit_directive(self._places[id(directive)], directive, subject)

    def missing(self, subject: str, evidence: str) -> Hit:
        """A hit because of something that no line says."""
        return Hit(subject, self.path, self.place[0], 0, evidence)


def settings_of(system: System, *software: str) -> list[Settings]:
    """One for each file that no other one includes, with what it includes."""
    files = files_of(system, *software)
    included = set[str]()
    read = {}
    for path, located in files.items():
        if located[1].path == path and located[1].directives:
            read[path] = list(expanded(files, path, ("include",)))
            included |= {other[1].path for other, _ in read[path]} - {path}
    return [Settings(lines) for path, lines in read.items() if path not in included and lines]


def names_absent(system: System, one: Settings, software: str, include: str = "include") -> bool:
    """Whether the files include one that is not in the image, which may say anything."""
    files = files_of(system, software)
    located = {fact.path: fact for (_, fact), _ in one.lines}
    return any(
        line.name == include and not set(line.value) & set("*?[") and not named(files, posixpath.dirname(path), line.value)
        for path, fact in located.items()
        for line in fact.directives
    )


def in_order(system: System, software: str, rank: Callable[[str], object]) -> Settings | None:
    """All files of a software as one, sorted by a rank of their paths; None without any."""
    found = sorted(system.configurations(software), key=lambda located: (rank(located[1].path), located[1].path))
    lines = [(located, one) for located in found for one in located[1].directives]
    return Settings(lines) if lines else None


def bitnami_open(system: System, application: str, variable: str, *passwords: str) -> Iterator[Hit]:
    """Where an image of Bitnami lets everybody in: they refuse to start without a password, unless this variable says otherwise. Source:
    the scripts below opt/bitnami/scripts, `*_validate`."""
    env = system.env
    if env.get("BITNAMI_APP_NAME") == application and is_on(env.get(variable, "")) and not any(env.get(name) for name in passwords):
        yield Hit(variable, f"config.Env[{variable}]", -1, 0, f"{variable}={env[variable]}")


def folder_of(path: str) -> str:
    return posixpath.dirname(path)


def version_below(version: str, *bound: int) -> bool | None:
    """Whether a dotted version is lower than a bound; None if it is not known."""
    parts = []
    for part in version.split("."):
        number = re.match(r"\d{1,9}", part)
        if number is None:
            break
        parts.append(int(number[0]))
    return tuple(parts) < bound if parts else None


def exposed_item(
    key: str,
    name: str,
    find: Callable[[System], Iterator[Hit]],
    advice: str,
    *,
    title: str = "",
    level: Level = Level.HIGH,
    software: tuple[str, ...] = (),
    programs: tuple[str, ...] = (),
) -> Item:
    """An item of this class about the service that people call `name`. It applies where a configuration of the `software` (default: the
    key) is, or one of the `programs`, which are names of packages too (default: the key)."""
    return Item(
        f"{GROUP}.{key}",
        GROUP,
        level,
        title or f"{name} can be used without authentication",
        advice,
        find,
        service(name, software or (key,), programs or (key,)),
        "The service answers requests of anybody who reaches its port.",
        version=3,
    )
