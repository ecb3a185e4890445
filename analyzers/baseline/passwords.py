"""Identification, part passwords, and weak passwords of the system. Sources: shadow(5), crypt(5), CIS Linux benchmarks section 6.2."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from analyzers.baseline.accounts import can_log_in
from analyzers.baseline.item import Hit, Item, Need, hit_account
from analyzers.baseline.needs import ACCOUNTS, GUESSED, PASSWD, PASSWORDS
from analyzers.baseline.system import System
from schemas.facts import Account
from schemas.vocabulary import Level

GROUP, PART = "identification", "passwords"
NO_EXPIRY_DAYS = 99999
_EPOCH = date(1970, 1, 1)


def _stored(system: System) -> list[tuple[int, Account]]:
    """Lines that hold a password: those of shadow, and those of passwd that do not point there."""
    passwd = [located for located in system.accounts("passwd") if located[1].password in ("empty", "hash")]
    return [located for located in (*system.accounts("shadow"), *passwd) if not located[1].name.startswith(("+", "-"))]


def _hashed(system: System) -> list[tuple[int, Account]]:
    return [located for located in _stored(system) if located[1].password == "hash"]  # noqa: S105 - a state, no password


def non_pwd_user(system: System) -> Iterator[Hit]:
    """An empty field lets everybody in, if the account has a shell and passwd does not hold the password itself. One that passwd does not
    have (yet) counts: whoever adds it opens it."""
    lines = {account.name: account for _, account in reversed(system.accounts("passwd"))}
    for located in _stored(system):
        account = located[1]
        line = lines.get(account.name)
        if account.password != "empty" or (line is not None and not can_log_in(line.shell)):  # noqa: S105
            continue
        if account.file == "shadow" and line is not None and line.password != "shadowed":  # noqa: S105
            continue
        yield hit_account(located, account.name, f"{account.name} has an empty password")


def duplicate_pwd_hash(system: System) -> Iterator[Hit]:
    same: dict[str, list[tuple[int, Account]]] = defaultdict(list)
    for located in _hashed(system):
        same[located[1].password_id].append(located)
    for sharing in same.values():
        names = sorted({account.name for _, account in sharing})
        if len(names) > 1:
            yield hit_account(sharing[-1], ",".join(names), f"{', '.join(names)} have the same password hash")


def hash_in_passwd(system: System) -> Iterator[Hit]:
    for located in system.accounts("passwd"):
        if located[1].password == "hash":  # noqa: S105
            yield hit_account(located, located[1].name, f"{located[1].name} has its {located[1].algorithm} hash in passwd")


def weak_hash_algorithm(system: System) -> Iterator[Hit]:
    for located in _hashed(system):
        if "weak_scheme" in located[1].details:
            yield hit_account(located, located[1].name, f"the password of {located[1].name} is stored with {located[1].algorithm}")


def preset_root_password(system: System) -> Iterator[Hit]:
    for located in _hashed(system):
        if located[1].name == "root":
            yield hit_account(located, "root", f"root has a password ({located[1].algorithm})")


def password_no_expiry(system: System) -> Iterator[Hit]:
    for located in _hashed(system):
        account = located[1]
        if account.file == "shadow" and (account.max_days is None or account.max_days >= NO_EXPIRY_DAYS):
            yield hit_account(located, account.name, f"the password of {account.name} never expires")


def password_changed_in_future(system: System) -> Iterator[Hit]:
    today = (system.inputs.today - _EPOCH).days
    for located in _hashed(system):
        account = located[1]
        if account.last_change is not None and account.last_change > today:
            yield hit_account(located, account.name, f"the password of {account.name} was changed on day {account.last_change} after 1970")


def weak_system_password(system: System) -> Iterator[Hit]:
    for located in _hashed(system):
        if located[1].weak:
            yield hit_account(located, located[1].name, f"the password of {located[1].name} is {located[1].weak}")


def _has_hash(system: System) -> bool:
    return bool(_hashed(system))


_HASHES = Need("No account has a password hash.", _has_hash, frozenset({ACCOUNTS}))
ITEMS = (
    Item(
        "duplicate_pwd_hash",
        GROUP,
        Level.HIGH,
        "Several accounts have the same password hash",
        "Give every account its own password, or lock it.",
        duplicate_pwd_hash,
        _HASHES,
        "Equal hashes with equal salt are copies: whoever knows one password knows them all.",
        PART,
    ),
    Item(
        "non_pwd_user",
        GROUP,
        Level.HIGH,
        "An account has an empty password",
        "Lock the account with `passwd -l`, or set the field to `*`.",
        non_pwd_user,
        PASSWORDS,
        "Anybody can become this account without a password.",
        PART,
        version=2,
    ),
    Item(
        "hash_in_passwd",
        GROUP,
        Level.HIGH,
        "passwd holds a password hash",
        "Run `pwconv`, so that hashes stand in shadow only.",
        hash_in_passwd,
        PASSWD,
        "passwd is readable for every process: the hash can be attacked offline.",
        PART,
    ),
    Item(
        "weak_hash_algorithm",
        GROUP,
        Level.MEDIUM,
        "A password is stored with an outdated scheme",
        "Set the password again with yescrypt or SHA-512.",
        weak_hash_algorithm,
        _HASHES,
        "DES and MD5 hashes are broken in hours on ordinary hardware.",
        PART,
    ),
    Item(
        "preset_root_password",
        GROUP,
        Level.HIGH,
        "The image brings a password for root",
        "Lock it with `passwd -l root`; give access when the container starts, if at all.",
        preset_root_password,
        PASSWORDS,
        "Every container of this image, wherever it runs, has the same root password.",
        PART,
    ),
    Item(
        "password_no_expiry",
        GROUP,
        Level.LOW,
        "A password never expires",
        "Set an age with `chage -M`, or lock the account.",
        password_no_expiry,
        _HASHES,
        "",
        PART,
    ),
    Item(
        "password_changed_in_future",
        GROUP,
        Level.LOW,
        "A password was changed in the future",
        "Correct the date with `chage -d`.",
        password_changed_in_future,
        _HASHES,
        "Its age is counted wrongly: it will not expire in time.",
        PART,
    ),
    Item(
        "weak_password.system",
        "weak_password",
        Level.HIGH,
        "An account of the system has a weak password",
        "Lock the account or set a long random password.",
        weak_system_password,
        replace(_HASHES, reads=GUESSED),
        "The password was guessed from the user name or from a short list of common passwords.",
    ),
)
