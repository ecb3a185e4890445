"""Identification, part accounts: who exists in passwd and group, with which rights. Sources: passwd(5), group(5), CIS Linux benchmarks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from analyzers.baseline.item import Hit, Item, hit_account
from analyzers.baseline.needs import GROUP as GROUP_FILE
from analyzers.baseline.needs import PASSWD
from analyzers.baseline.system import System
from schemas.facts import Account
from schemas.vocabulary import Level

GROUP, PART = "identification", "accounts"
NO_LOGIN = frozenset({"nologin", "false", "true", "sync", "halt", "shutdown", "poweroff", "reboot", "null", "git-shell"})
PRIVILEGED = frozenset({"sudo", "wheel", "docker", "disk", "lxd", "kmem", "shadow"})
_STOCK_MEMBERS = {"disk": {"root", "adm"}, "wheel": {"root"}, "kmem": {"root"}, "sudo": {"root"}, "docker": {"root"}, "lxd": {"root"}}
_LAST_SYSTEM_UID = 999
_LEGACY = "+"

Located = tuple[int, Account]


def can_log_in(shell: str) -> bool:
    """Whether a login shell gives a session; an empty one means /bin/sh: passwd(5)."""
    return shell.rstrip("/").rpartition("/")[2] not in NO_LOGIN


def people(system: System) -> list[Located]:
    """Lines of passwd that name an account of this system, not an include of another service."""
    return [located for located in system.accounts("passwd") if not located[1].name.startswith(("+", "-"))]


def _groups(system: System) -> list[Located]:
    return [located for located in system.accounts("group") if not located[1].name.startswith(("+", "-"))]


def duplicate_uid(system: System) -> Iterator[Hit]:
    """One hit for each UID that has several names, and for each name that stands twice."""
    yield from _shared(people(system), lambda account: account.uid, "uid")
    yield from _twice(people(system), "user")


def duplicate_gid(system: System) -> Iterator[Hit]:
    yield from _shared(_groups(system), lambda account: account.gid, "gid")
    yield from _twice(_groups(system), "group")


def _shared(lines: list[Located], number: Callable[[Account], int | None], what: str) -> Iterator[Hit]:
    by_number: dict[int, list[Located]] = defaultdict(list)
    for located in lines:
        value = number(located[1])
        if value is not None:
            by_number[value].append(located)
    for value, sharing in by_number.items():
        names = list(dict.fromkeys(account.name for _, account in sharing))
        if len(names) > 1:
            yield hit_account(sharing[-1], f"{what}:{value}", f"{what} {value} belongs to {', '.join(names)}")


def _twice(lines: list[Located], what: str) -> Iterator[Hit]:
    seen: set[str] = set()
    for located in lines:
        name = located[1].name
        if name in seen:
            yield hit_account(located, f"{what}:{name}", f"{what} {name} stands more than once")
        seen.add(name)


def nonroot_uid0(system: System) -> Iterator[Hit]:
    for located in people(system):
        account = located[1]
        if account.uid == 0 and account.name != "root":
            yield hit_account(located, account.name, f"{account.name} has uid 0")


def root_gid_not_0(system: System) -> Iterator[Hit]:
    for located in people(system):
        account = located[1]
        if account.name == "root" and account.uid == 0 and account.gid not in (0, None):
            yield hit_account(located, "root", f"root has gid {account.gid}")


def group_missing(system: System) -> Iterator[Hit]:
    known = {account.gid for _, account in system.accounts("group")}
    for located in people(system):
        account = located[1]
        if known and account.gid is not None and account.gid not in known:
            yield hit_account(located, account.name, f"{account.name} has gid {account.gid}, which no group has")


def legacy_plus_entry(system: System) -> Iterator[Hit]:
    for file in ("passwd", "shadow", "group", "gshadow"):
        for located in system.accounts(file):
            if located[1].name.startswith(_LEGACY):
                yield hit_account(located, located[1].name, f"entry {located[1].name} includes accounts of another service")


def privileged_group_member(system: System) -> Iterator[Hit]:
    yield from _members(system, PRIVILEGED - {"shadow"})


def shadow_group_member(system: System) -> Iterator[Hit]:
    yield from _members(system, frozenset({"shadow"}))


def _members(system: System, names: frozenset[str]) -> Iterator[Hit]:
    """Members that a group names, and accounts whose first group it is."""
    for located in _groups(system):
        group = located[1]
        if group.name not in names:
            continue
        primary = [account.name for _, account in people(system) if account.gid == group.gid is not None and account.name != group.name]
        for member in dict.fromkeys((*group.members, *primary)):
            if member not in _STOCK_MEMBERS.get(group.name, ()):
                yield hit_account(located, f"{group.name}:{member}", f"{member} is in the group {group.name}")


def system_account_can_login(system: System) -> Iterator[Hit]:
    for located in people(system):
        account = located[1]
        if account.uid is not None and 0 < account.uid <= _LAST_SYSTEM_UID and can_log_in(account.shell):
            yield hit_account(located, account.name, f"{account.name} (uid {account.uid}) has the shell {account.shell or '/bin/sh'}")


ITEMS = (
    Item(
        "duplicate_uid",
        GROUP,
        Level.HIGH,
        "Several accounts share a name or a UID",
        "Give every account its own name and UID; remove what is not needed.",
        duplicate_uid,
        PASSWD,
        "The kernel knows only the UID: accounts that share one have the same rights and cannot be told apart in logs.",
        PART,
    ),
    Item(
        "nonroot_uid0",
        GROUP,
        Level.HIGH,
        "An account other than root has UID 0",
        "Remove the account or give it a UID of its own.",
        nonroot_uid0,
        PASSWD,
        "UID 0 is root whatever the name: such an account is a hidden administrator.",
        PART,
    ),
    Item(
        "duplicate_gid",
        GROUP,
        Level.MEDIUM,
        "Several groups share a name or a GID",
        "Give every group its own name and GID.",
        duplicate_gid,
        GROUP_FILE,
        "Members of one group get the rights of the other.",
        PART,
    ),
    Item(
        "root_gid_not_0",
        GROUP,
        Level.MEDIUM,
        "The first group of root is not GID 0",
        "Set root's group back with `usermod -g 0 root`.",
        root_gid_not_0,
        PASSWD,
        "Files that root creates become accessible to the members of another group.",
        PART,
    ),
    Item(
        "group_missing",
        GROUP,
        Level.LOW,
        "An account belongs to a group that does not exist",
        "Create the group or change the account's first group.",
        group_missing,
        PASSWD,
        "A group that is created later with this GID silently gives its rights to the account.",
        PART,
    ),
    Item(
        "legacy_plus_entry",
        GROUP,
        Level.HIGH,
        "Account files include a foreign service with a + entry",
        "Delete lines that begin with +; use nsswitch.conf for name services.",
        legacy_plus_entry,
        PASSWD,
        "Old NIS syntax: accounts of another server are let in, and on some systems + itself is an account without a password.",
        PART,
    ),
    Item(
        "privileged_group_member",
        GROUP,
        Level.MEDIUM,
        "An account is in a group that is as good as root",
        "Take the account out of the group unless it needs these rights.",
        privileged_group_member,
        GROUP_FILE,
        "Members of sudo, wheel, docker, lxd, disk or kmem can become root.",
        PART,
    ),
    Item(
        "shadow_group_member",
        GROUP,
        Level.MEDIUM,
        "An account is in the group shadow",
        "Take the account out of the group shadow.",
        shadow_group_member,
        GROUP_FILE,
        "Members of shadow can read the password hashes of all accounts.",
        PART,
    ),
    Item(
        "system_account_can_login",
        GROUP,
        Level.LOW,
        "A system account has a login shell",
        "Set the shell to /usr/sbin/nologin unless somebody logs in with this account.",
        system_account_can_login,
        PASSWD,
        "Accounts of services need no shell; one with a shell is a way in when a password or key is set for it.",
        PART,
    ),
)
