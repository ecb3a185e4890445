"""What items need in an image, as far as several ask for the same."""

from __future__ import annotations

from analyzers.baseline.gaps import GUESSES, PACKAGES
from analyzers.baseline.item import Need
from analyzers.baseline.system import System

ACCOUNTS = "accounts"


def anything(*reads: str) -> Need:
    """For what can be said of every file system: the item passes where nothing is there."""
    return Need("The image has no layers.", lambda system: bool(system.image.layers), frozenset(reads))


def configuration(name: str, *software: str) -> Need:
    """A configuration file of one of the softwares; `name` is how people call it."""
    return Need(f"No configuration of {name} was found.", lambda system: bool(system.configurations(*software)), frozenset(software))


def service(name: str, software: tuple[str, ...], programs: tuple[str, ...]) -> Need:
    """A configuration file, a program or a package, or a start command that runs it."""

    def there(system: System) -> bool:
        return bool(system.configurations(*software)) or system.installed(*programs) or system.runs(*programs)

    return Need(f"{name} was not found.", there, frozenset({*software, PACKAGES, "file_modes"}))


PASSWD = Need("The image has no passwd file.", lambda system: bool(system.accounts("passwd")), frozenset({ACCOUNTS}))
GROUP = Need("The image has no group file.", lambda system: bool(system.accounts("group")), frozenset({ACCOUNTS}))
PASSWORDS = Need(
    "The image has neither a passwd nor a shadow file.",
    lambda system: bool(system.accounts("shadow") or system.accounts("passwd")),
    frozenset({ACCOUNTS}),
)
PROGRAMS = Need(
    "The image lists no packages and holds none of the known programs.",
    lambda system: bool(system.packages or system.files("program")),
    frozenset({PACKAGES, "file_modes"}),
)
GUESSED = frozenset({ACCOUNTS, GUESSES})
