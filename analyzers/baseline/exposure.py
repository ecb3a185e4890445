"""Unauthorised access, the parts that all services share: one file of settings, asked by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from analyzers.baseline.item import Hit, Item, hit_directive
from analyzers.baseline.needs import service
from analyzers.baseline.system import System
from schemas.facts import Configuration, Directive
from schemas.vocabulary import Level

GROUP = "hc_image_exploit"


class Settings:
    """One configuration file; later settings of a name win. `hit` makes a hit at a setting."""

    def __init__(self, located: tuple[int, Configuration]) -> None:
        self.located = located
        self.path = located[1].path
        self._last = {one.name: one for one in located[1].directives}

    def get(self, *names: str) -> Directive | None:
        """The setting of the first name that is set."""
        return next((self._last[name] for name in names if name in self._last), None)

    def value(self, *names: str) -> str:
        found = self.get(*names)
        return found.value if found else ""

    def has(self, *names: str) -> bool:
        return self.get(*names) is not None

    def every(self, *names: str) -> Iterator[Directive]:
        return (one for one in self.located[1].directives if one.name in names)

    def hit(self, directive: Directive, subject: str = "") -> Hit:
        return hit_directive(self.located, directive, subject)


def settings_of(system: System, *software: str) -> list[Settings]:
    return [Settings(located) for located in system.configurations(*software)]


def version_below(version: str, *bound: int) -> bool | None:
    """Whether a dotted version is lower than a bound; None if it is not known."""
    parts = []
    for part in version.split("."):
        digits = "".join(letter for letter in part if letter.isdigit())
        if not part[:1].isdigit():
            break
        parts.append(int(digits[:9]))
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
    )
