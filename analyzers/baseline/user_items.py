"""Items of the user: each record of a rule file becomes an item beside ours, with the same outcomes. See docs/rules.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from analyzers.baseline.gaps import PACKAGES, USER
from analyzers.baseline.item import Hit, Item, Need, hit_fact, hit_file
from analyzers.baseline.needs import ACCOUNTS
from analyzers.baseline.system import System
from analyzers.user_rules.expressions import searched
from analyzers.user_rules.globs import name_matcher, path_matcher
from analyzers.user_rules.records import BaselineItem, FileItem, LineItem, NamedValueItem, PackageItem, PortItem, UserItem
from schemas.facts import File, ImageSettings, Package
from schemas.vocabulary import Level

MISSING = "absent"


def user_items(records: Iterable[BaselineItem]) -> tuple[Item, ...]:
    """The items in the order of the records."""
    return tuple(_item(one) for one in records)


def _item(record: BaselineItem) -> Item:
    find, need = _check(record)
    return Item(
        record.id, record.group, Level(record.level), record.title, record.advice, find, need, record.description, version=record.version
    )  # fmt: skip


def _check(record: BaselineItem) -> tuple[Callable[[System], Iterable[Hit]], Need]:
    match record:
        case PackageItem():
            reads = frozenset({PACKAGES})
            return partial(_packages, record), Need("The image lists no packages.", lambda system: bool(_listed(system)), reads)
        case FileItem():
            expects = record.expect is not None
            need = Need("None of the files is there.", lambda system: expects or bool(_matching(record, system)), _own(record))
            return partial(_files, record), need
        case LineItem():
            return partial(_lines, record), Need("None of the files is there.", lambda system: _looked(record, system), _own(record))
        case NamedValueItem():
            return partial(_named_values, record), _CONFIGURATION
        case UserItem():
            return partial(_user, record), _CONFIGURATION
        case PortItem():
            return partial(_ports, record), _CONFIGURATION


def _own(record: FileItem | LineItem) -> frozenset[str]:
    owners = isinstance(record, FileItem) and (record.owner or record.owner_group)
    return frozenset({f"{USER}{record.id}", *([ACCOUNTS] if owners else [])})


def _has_settings(system: System) -> bool:
    return next(system.image.every(ImageSettings), None) is not None


_CONFIGURATION = Need("The image has no configuration.", _has_settings, frozenset({"config"}))


def _listed(system: System) -> list[tuple[int, Package]]:
    return list(system.image.visible(Package))


def _packages(record: PackageItem, system: System) -> Iterator[Hit]:
    names = name_matcher(record.name)
    found = [one for one in _listed(system) if names.fullmatch(one[1].name) and (not record.type or one[1].type in record.type)]
    if record.expect == "absent":
        for layer, fact in found:
            yield hit_fact((layer, fact), f"{fact.type} {fact.name}", f"package {fact.name} {fact.version}")
    elif not found and _listed(system):
        yield Hit(MISSING, "", -1, 0, f"no package {' or '.join(record.name)}")


def _matching(record: FileItem, system: System) -> list[tuple[int, File]]:
    paths = path_matcher(record.path)
    return [one for one in system.files("user") if paths.fullmatch(one[1].path)]


def _files(record: FileItem, system: System) -> Iterator[Hit]:
    found = _matching(record, system)
    if record.expect == "absent":
        yield from (hit_file(one, "present", f"{one[1].type} {one[1].path}") for one in found)
        return
    if record.expect == "present" and not found:
        yield Hit(MISSING, record.path[0].strip("/"), -1, 0, f"no file {' or '.join(record.path)}")
    for located in found:
        file = located[1]
        if file.type == "symlink":
            continue
        if record.max_mode and file.mode & ~int(record.max_mode, 8):
            yield hit_file(located, "mode", f"mode {file.mode:04o}, at most {record.max_mode}")
        if record.owner and not _is_one(file.uid, record.owner, _numbers(system, "passwd")):
            yield hit_file(located, "owner", f"owner {file.uid}")
        if record.owner_group and not _is_one(file.gid, record.owner_group, _numbers(system, "group")):
            yield hit_file(located, "group", f"group {file.gid}")


def _is_one(number: int, wanted: Iterable[str | int], numbers: dict[str, int | None]) -> bool:
    return any(number == (int(one) if str(one).isdigit() else numbers.get(str(one))) for one in wanted)


def _numbers(system: System, file: str) -> dict[str, int | None]:
    """Name -> number of accounts or groups; root is 0 wherever nothing says otherwise."""
    return {"root": 0, **{one.name: one.uid if file == "passwd" else one.gid for _, one in system.accounts(file)}}


def _looked(record: LineItem, system: System) -> bool:
    return next(system.directives("user_line", record.id), None) is not None


def _lines(record: LineItem, system: System) -> Iterator[Hit]:
    for located, one in system.directives("user_line", record.id):
        layer, fact = located
        if record.expect == "absent" and one.line:
            yield Hit(f"line {one.line}", fact.path, layer, one.line, f"line {one.line} matches")
        elif record.expect == "present" and not one.line:
            yield Hit(MISSING, fact.path, layer, 0, "no line matches")


def _named_values(record: NamedValueItem, system: System) -> Iterator[Hit]:
    """Values are never told: they may be anything."""
    place, values = ("Env", system.settings.env) if record.check == "environment" else ("Labels", system.settings.labels)
    names = name_matcher(record.name)
    found = [name for name, value in values if names.fullmatch(name) and (not record.regex or searched(record.regex, value))]
    if record.expect == "absent":
        yield from (Hit(name, f"config.{place}[{name}]", -1, 0, f"{name} is set{' and matches' if record.regex else ''}") for name in found)
    elif not found and _has_settings(system):
        yield Hit(MISSING, f"config.{place}", -1, 0, f"{' or '.join(record.name)} {'does not match' if record.regex else 'is not set'}")


def _user(record: UserItem, system: System) -> Iterator[Hit]:
    user = system.settings.user
    if _has_settings(system) and searched(record.regex, user) == (record.expect == "absent"):
        yield Hit("user", "config.User", -1, 0, f"the user is {user or 'not set'}")


def _ports(record: PortItem, system: System) -> Iterator[Hit]:
    exposed = system.settings.ports
    found = [port for port in exposed if any(_is_port(port, wanted) for wanted in record.port)]
    if record.expect == "absent":
        yield from (Hit(port, "config.ExposedPorts", -1, 0, f"port {port} is exposed") for port in found)
    elif not found and _has_settings(system):
        yield Hit(MISSING, "config.ExposedPorts", -1, 0, f"port {' or '.join(record.port)} is not exposed")


def _is_port(exposed: str, wanted: str) -> bool:
    """Whether `8080/tcp` is `8080`, `8000-8100` or `8080/tcp`. An exposed range counts if it touches the wanted one."""
    numbers, _, protocol = wanted.partition("/")
    shown, _, spoken = exposed.partition("/")
    if protocol and protocol != (spoken or "tcp"):
        return False
    first, last = _range(numbers)
    low, high = _range(shown)
    return low <= last and first <= high and high >= 0


def _range(text: str) -> tuple[int, int]:
    low, _, high = text.partition("-")
    return (int(low), int(high or low)) if low.isdigit() and (high or low).isdigit() else (-1, -1)
