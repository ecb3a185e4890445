"""The image as the baseline asks about it: what a container sees, looked up by what it is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TypeVar

from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.facts import (
    Account,
    ConfigSecret,
    Configuration,
    Directive,
    Distribution,
    Fact,
    File,
    ImageSettings,
    OwnedFiles,
    Package,
    Secret,
)

F = TypeVar("F", bound=Fact)
MANY_OWNED = 100
# Documentation, examples and libraries' own tests: no service reads its configuration there.
_ASIDE = re.compile(r"\Ausr/share/(?:doc|man)/|(?:\A|/)(?:examples?|samples?|testdata|tests|site-packages|dist-packages|node_modules)/")
_DISTRIBUTION_TYPES = frozenset({"deb", "apk", "rpm", "alpm"})


class System:
    """Lookups over one image, each made once. Everything is (layer index, fact), lowest layer first."""

    def __init__(self, image: ImageView, inputs: AnalysisInputs) -> None:
        self.image = image
        self.inputs = inputs

    def accounts(self, file: str) -> list[tuple[int, Account]]:
        """The lines of one account file: `passwd`, `shadow`, `group` or `gshadow`."""
        return self._accounts.get(file, [])

    def configurations(self, *software: str) -> list[tuple[int, Configuration]]:
        """The configuration files of one software or of several."""
        return [located for name in software for located in self._configurations.get(name, [])]

    def directives(self, software: str, *names: str) -> Iterator[tuple[tuple[int, Configuration], Directive]]:
        """Every directive with one of the names (all without names), with the file that holds it."""
        for located in self.configurations(software):
            for directive in located[1].directives:
                if not names or directive.name in names:
                    yield located, directive

    def files(self, seen: str) -> list[tuple[int, File]]:
        """File facts that were remembered for one reason; see collectors/file_modes.py."""
        return self._files.get(seen, [])

    def program(self, *names: str) -> tuple[int, File] | None:
        """The first program with one of the base names."""
        for located in self.files("program"):
            if posixpath.basename(located[1].path) in names:
                return located
        return None

    def package(self, *names: str) -> tuple[int, Package] | None:
        """The first distribution package with one of the names."""
        return next((self.packages[name] for name in names if name in self.packages), None)

    def installed(self, *names: str) -> bool:
        """Whether a program or a distribution package with one of the names is there."""
        return self.package(*names) is not None or self.program(*names) is not None

    def runs(self, *names: str) -> bool:
        """Whether the start command has a program with one of the names."""
        return not self.command_names.isdisjoint(names)

    def language_version(self, name: str) -> str:
        """The version of a package that no distribution made, whatever its group (`org.elasticsearch:elasticsearch`); empty if unknown."""
        for known, located in self.language_packages.items():
            if known == name or known.rpartition(":")[2] == name:
                return located[0][1].version
        return ""

    def version_of(self, *names: str) -> str:
        """The upstream version of a package, without epoch and without the distribution's revision; empty if unknown."""
        found = self.package(*names)
        return found[1].version.partition(":")[2].partition("-")[0] or found[1].version.partition("-")[0] if found else ""

    @cached_property
    def packages(self) -> dict[str, tuple[int, Package]]:
        return {fact.name: (layer, fact) for layer, fact in self.image.visible(Package) if fact.type in _DISTRIBUTION_TYPES}

    @cached_property
    def language_packages(self) -> dict[str, list[tuple[int, Package]]]:
        """Packages that no distribution made, by name in lower case."""
        table: dict[str, list[tuple[int, Package]]] = {}
        for layer, fact in self.image.visible(Package):
            if fact.type not in _DISTRIBUTION_TYPES:
                table.setdefault(fact.name.lower(), []).append((layer, fact))
        return table

    @cached_property
    def distributions(self) -> list[tuple[int, Distribution]]:
        return list(self.image.visible(Distribution))

    @cached_property
    def secrets(self) -> list[tuple[int, Secret]]:
        return list(self.image.visible(Secret))

    @cached_property
    def settings(self) -> ImageSettings:
        return next((fact for _, fact in self.image.every(ImageSettings)), ImageSettings())

    @cached_property
    def config_secrets(self) -> list[ConfigSecret]:
        """Credentials in the image's configuration; values are masked there."""
        return [fact for _, fact in self.image.every(ConfigSecret)]

    @cached_property
    def env(self) -> dict[str, str]:
        return dict(self.settings.env)

    @cached_property
    def command(self) -> tuple[str, ...]:
        """What a container starts: entry point and arguments."""
        return self.settings.entrypoint + self.settings.cmd

    @cached_property
    def command_names(self) -> frozenset[str]:
        """The last parts of all words of the start command."""
        return frozenset(posixpath.basename(word) for text in self.command for word in text.split())

    @cached_property
    def owned(self) -> frozenset[str]:
        """Paths that distribution packages own, `bin` and `lib` written as in `usr`; empty if the image hardly lists any."""
        paths = frozenset(canonical(path) for _, fact in self.image.visible(OwnedFiles) for path in fact.files)
        return paths if len(paths) > MANY_OWNED else frozenset()

    @cached_property
    def links(self) -> dict[str, str]:
        """Symbolic links in configuration folders: path -> path that it points at."""
        table = {}
        for _, link in self.files("link"):
            target = link.target if link.target.startswith("/") else posixpath.join("/", posixpath.dirname(link.path), link.target)
            table[link.path] = posixpath.normpath(target).lstrip("/")
        return table

    @cached_property
    def _accounts(self) -> dict[str, list[tuple[int, Account]]]:
        return _grouped(self.image, Account, lambda fact: [fact.file])

    @cached_property
    def _configurations(self) -> dict[str, list[tuple[int, Configuration]]]:
        return _grouped(self.image, Configuration, lambda fact: [] if _ASIDE.search(fact.path) else [fact.software])

    @cached_property
    def _files(self) -> dict[str, list[tuple[int, File]]]:
        return _grouped(self.image, File, lambda fact: fact.details.get("seen", "").split(","))


def _grouped(image: ImageView, kind: type[F], keys: Callable[[F], Iterable[str]]) -> dict[str, list[tuple[int, F]]]:
    table: dict[str, list[tuple[int, F]]] = {}
    for layer, fact in image.visible(kind):
        for key in keys(fact):
            table.setdefault(key, []).append((layer, fact))
    return table


def canonical(path: str) -> str:
    """A path as on a system where `/bin`, `/sbin` and `/lib*` are links into `/usr`."""
    path = path.lstrip("/")
    head = path.partition("/")[0]
    return "usr/" + path if head in ("bin", "sbin", "lib", "lib32", "lib64", "libx32") else path
