"""File permissions: modes, setuid programs, capabilities. Sources: CIS Docker 4.8, CIS Linux section 6.1, capabilities(7)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from analyzers.baseline.expected_programs import EXPECTED_CAPABILITIES, EXPECTED_SETGID, EXPECTED_SETUID
from analyzers.baseline.item import Hit, Item, Need, hit_file
from analyzers.baseline.needs import anything
from analyzers.baseline.system import System, canonical
from schemas.facts import File
from schemas.vocabulary import Level

GROUP = "file_permission"
DANGEROUS = frozenset({
    "cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner", "cap_setgid", "cap_setuid", "cap_setpcap", "cap_setfcap",
    "cap_net_admin", "cap_sys_module", "cap_sys_rawio", "cap_sys_ptrace", "cap_sys_admin", "cap_sys_boot", "cap_mknod", "cap_mac_override",
    "cap_mac_admin", "cap_bpf", "cap_perfmon", "cap_checkpoint_restore",
})  # fmt: skip
MANY = 20  # files of one folder that are listed one by one
_STANDARD = re.compile(r"usr/(?:s?bin|lib|libexec|lib64)/|opt/google/chrome[\w-]*/chrome-sandbox\Z")
_TEST_KEYS = re.compile(r"(?:\A|/)(?:tests?|testing|testdata|fixtures|examples?|docs?|samples?|site-packages|dist-packages|node_modules)/")


def passwd_or_shadow_mode(system: System) -> Iterator[Hit]:
    shadow_gids = {0} | {account.gid for _, account in system.accounts("group") if account.name == "shadow"}
    for located in system.files("sensitive"):
        file = located[1]
        secret = "shadow" in file.path
        wrong = file.mode & (0o037 if secret else 0o022)
        foreign_group = secret and file.mode & 0o040 and file.gid not in shadow_gids
        if wrong or foreign_group or file.uid != 0:
            yield hit_file(located, "mode", f"mode {file.mode:04o}, owner {file.uid}:{file.gid}")


def private_key_mode(system: System) -> Iterator[Hit]:
    for located in system.files("private-key"):
        file = located[1]
        if file.mode & _key_mask(file.path) and not _TEST_KEYS.search(file.path):
            yield hit_file(located, "mode", f"mode {file.mode:04o}, owner {file.uid}:{file.gid}")


def _key_mask(path: str) -> int:
    """Bits that a private key must not have. Host keys and keys of services may be readable for a group made for that."""
    return 0o077 if "/.ssh/" in path else 0o037


def world_writable_file(system: System) -> Iterator[Hit]:
    yield from _rolled_up([one for one in system.files("world-writable") if one[1].type != "folder"], "files")


def world_writable_dir(system: System) -> Iterator[Hit]:
    yield from _rolled_up([one for one in system.files("world-writable") if one[1].type == "folder"], "folders")


def _rolled_up(located: list[tuple[int, File]], what: str) -> Iterator[Hit]:
    """One hit for each file, or one for a top folder that holds many: thousands of rows of one mistake help nobody."""
    counts = Counter(_top(file.path) for _, file in located)
    told: set[str] = set()
    for layer, file in located:
        top = _top(file.path)
        if counts[top] <= MANY:
            yield hit_file((layer, file), "mode", f"mode {file.mode:04o}, owner {file.uid}:{file.gid}")
        elif top not in told:
            told.add(top)
            yield Hit(f"many {what}", top, layer, 0, f"{counts[top]} {what} below, such as {file.path} with mode {file.mode:04o}")


def _top(path: str) -> str:
    return "/".join(path.split("/")[:-1][:2])


def unexpected_setuid(system: System) -> Iterator[Hit]:
    for bit, expected in (("setuid", EXPECTED_SETUID), ("setgid", EXPECTED_SETGID)):
        for located in system.files(bit):
            file = located[1]
            if not _is_expected(system, file, expected):
                yield hit_file(located, bit, f"{bit}, mode {file.mode:04o}, owner {file.uid}:{file.gid}")


def _is_expected(system: System, file: File, expected: frozenset[str]) -> bool:
    """A known program at its usual place that a package brought, as far as the image tells what packages brought."""
    place = canonical(file.path)
    if not _STANDARD.match(place) or place.rpartition("/")[2] not in expected:
        return False
    return not system.owned or place in system.owned


def dangerous_file_capability(system: System) -> Iterator[Hit]:
    for located in system.files("capability"):
        file = located[1]
        place = canonical(file.path)
        usual = EXPECTED_CAPABILITIES.get(place.rpartition("/")[2], frozenset()) if _STANDARD.match(place) else frozenset()
        found = sorted(DANGEROUS & set(file.capabilities) - usual)
        if found:
            yield hit_file(located, ",".join(found), f"capabilities {', '.join(found)}")


def writable_path_entry(system: System) -> Iterator[Hit]:
    """Folders of PATH that everybody may write to, and entries that mean the current folder."""
    writable = {file.path: (layer, file) for layer, file in system.files("world-writable") if file.type == "folder"}
    for entry in system.env.get("PATH", "").split(":") if "PATH" in system.env else ():
        folder = entry.strip("/")
        if not entry.startswith("/"):
            yield Hit(entry or "(empty)", "config.Env[PATH]", -1, 0, f"PATH holds {entry or 'an empty entry'}: the current folder decides")
        elif folder in writable:
            yield hit_file(writable[folder], entry, f"PATH holds {entry} with mode {writable[folder][1].mode:04o}")
        elif folder in ("tmp", "var/tmp", "dev/shm"):
            yield Hit(entry, "config.Env[PATH]", -1, 0, f"PATH holds {entry}")


_FILES = frozenset({"file_modes"})
_ANY = anything("file_modes")
_WRITABLE = anything("file_modes", "world-writable")
ITEMS = (
    Item(
        "passwd_or_shadow_mode",
        GROUP,
        Level.HIGH,
        "Account files are open to others",
        "Set 0644 root:root for passwd and group, 0640 root:shadow (or 0600) for shadow and gshadow.",
        passwd_or_shadow_mode,
        Need("The image has no account files.", lambda system: bool(system.files("sensitive")), _FILES),
        "Whoever can write passwd becomes root; whoever can read shadow can attack the hashes.",
    ),
    Item(
        "private_key_mode",
        GROUP,
        Level.MEDIUM,
        "A private key is readable for others",
        "Set mode 0600 and the owner that uses the key, or keep it out of the image.",
        private_key_mode,
        Need("No private key was found.", lambda system: bool(system.files("private-key")), _FILES),
        "Every process in the container can read the key.",
    ),
    Item(
        "world_writable_file",
        GROUP,
        Level.MEDIUM,
        "A file is writable for everybody",
        "Take the right away with `chmod o-w`.",
        world_writable_file,
        _WRITABLE,
        "Any process can change what others run or read.",
    ),
    Item(
        "world_writable_dir_without_sticky",
        GROUP,
        Level.MEDIUM,
        "A folder is writable for everybody and has no sticky bit",
        "Set `chmod +t`, or take the right away with `chmod o-w`.",
        world_writable_dir,
        _WRITABLE,
        "Any process can replace or delete the files of others in it.",
    ),
    Item(
        "unexpected_setuid",
        GROUP,
        Level.MEDIUM,
        "A program runs with the rights of its owner or group",
        "Remove the bit with `chmod a-s`, or the program.",
        unexpected_setuid,
        _ANY,
        "A setuid or setgid program that is not one of the distribution's usual ones is a way to more rights.",
        version=2,
    ),
    Item(
        "dangerous_file_capability",
        GROUP,
        Level.MEDIUM,
        "A program has a capability that is as good as root",
        "Remove it with `setcap -r`.",
        dangerous_file_capability,
        _ANY,
        "Whoever runs the program has the capability.",
        version=2,
    ),
    Item(
        "writable_path_entry",
        GROUP,
        Level.MEDIUM,
        "The search path holds a folder that others can write to",
        "Take the folder out of PATH or out of reach of others.",
        writable_path_entry,
        Need("The image sets no PATH.", lambda system: "PATH" in system.env, _FILES),
        "Somebody can put a program there that another process runs instead of the real one.",
    ),
)
