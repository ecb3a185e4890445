"""Shapes of malicious files that patterns cannot tell: where a file lies, how it is packed, what a start-up entry does.

Each yields hits of source `heuristic`. Hits with detail `unowned` count only for files that no package owns: the category decides that.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from analyzers.collectors.elf_segments import loaded_segments
from analyzers.collectors.file_kind import Kind
from analyzers.collectors.sample_rules import Hit, excerpt_at
from analyzers.contract import FileView

SHARED_FOLDERS = ("tmp/", "var/tmp/", "dev/shm/", "run/", "var/run/", "dev/")
HOMES = ("root/", "home/")
KNOWN_DOTS = frozenset({
    ".build-id", ".debug", ".git", ".libs", ".pnpm", ".bin", ".venv", ".cache", ".dotnet", ".store", ".yarn", ".nvm", ".cargo",
    ".rustup", ".pyenv",
    ".rbenv", ".sdkman", ".asdf", ".local", ".npm", ".gem", ".m2", ".gradle", ".deno", ".bun", ".volta", ".tox", ".nox", ".pixi",
    ".conda", ".vscode",
    ".vscode-server", ".cursor-server", ".cabal", ".ghcup", ".stack", ".opam", ".nix-profile", ".krew", ".pulumi", ".fly", ".wasmer",
    ".linuxbrew",
    ".next", ".nuxt", ".output", ".mvn", ".husky", ".github", ".ansible", ".composer", ".config", ".foundry", ".solana", ".dvm", ".kiex",
})  # fmt: skip
PACKED_ENTROPY = 7.4
SAMPLE = 256 * 1024
STARTUP = (
    "etc/cron.d/", "etc/cron.hourly/", "etc/cron.daily/", "etc/cron.weekly/", "etc/cron.monthly/", "var/spool/cron/", "etc/periodic/",
    "etc/init.d/",
    "etc/rc.d/", "etc/systemd/system/", "lib/systemd/system/", "usr/lib/systemd/system/", "etc/profile.d/", "etc/xdg/autostart/",
    "etc/update-motd.d/", "etc/apt/apt.conf.d/", "etc/udev/rules.d/", "etc/local.d/", "etc/init/", "etc/cont-init.d/", "etc/services.d/",
)  # fmt: skip
STARTUP_FILES = frozenset(
    {"etc/crontab", "etc/anacrontab", "etc/rc.local", "etc/profile", "etc/bash.bashrc", "etc/bashrc", "etc/inittab", "etc/environment"}
)
STARTUP_NAMES = frozenset({".bashrc", ".profile", ".bash_profile", ".bash_login", ".zshrc", ".zprofile", ".bash_logout"})
SHELLS = rb"(?:[\w/.-]*/)?(?:ba|da|z|k|a)?sh|(?:[\w/.-]*/)?(?:python[\d.]*|perl|php|node|ruby)"
FETCHERS = rb"(?:[\w/.-]*/)?(?:curl|wget|fetch|lynx|lwp-download|aria2c)"
FETCH_AND_RUN = re.compile(
    rb"\b" + FETCHERS + rb"\b[^\n#]{1,300}?(?:\|\s*(?:sudo\s+(?:-\S+\s+)*|nohup\s+|exec\s+|env\s+)*(?:" + SHELLS + rb")\b"
    rb"|(?:&&|;)\s*(?:chmod\s+[^\n]{1,120}?(?:&&|;)\s*)?(?:(?:sudo|nohup|exec)\s+)*(?:(?:"
    + SHELLS
    + rb")\s+[^\s;&-]|\./|/(?:tmp|var/tmp|dev/shm)/))"
    rb"|(?:" + SHELLS + rb")\s+(?:-c\s+)?[\"']?(?:<\(|\$\(|`)\s*" + FETCHERS + rb"\b"
    rb"|\beval\s+[\"']?(?:\$\(|`)\s*" + FETCHERS + rb"\b"
    rb"|\bbase64\s+(?:-d|-D|--decode)\b[^\n|]{0,80}\|\s*(?:" + SHELLS + rb")\b"
    rb"|\b(?:python[\d.]*|perl|ruby)\s+(?:-M\S{1,40}\s+){0,3}-\w*[ce]\b[^\n]{0,200}?(?:urlopen|urllib|requests\.get|LWP|Net::HTTP|open-uri|Socket::INET)[^\n]{0,300}?(?:exec|eval|system)"
)
PRELOAD = "etc/ld.so.preload"
ALLOCATORS = re.compile(r"lib(?:jemalloc|tcmalloc|mimalloc|hoard|snmalloc|eatmydata|fakeroot|faketime|nss_wrapper)[\w.-]*\.so[\d.]*$")
UPX = b"UPX!"


class Shape(NamedTuple):
    """What the list of rules says about a shape: its name, and type, highest score and text of its hits."""

    rule: str
    type: str
    score: int
    text: str
    reference: str = ""


_TECHNIQUES = "https://attack.mitre.org/techniques"
HIDDEN = Shape("hidden_program", "Suspicious", 78, "A program lies in a hidden folder", f"{_TECHNIQUES}/T1564/001/")
PACKED = Shape("packed_program", "RiskWare", 65, "The program is packed with UPX", f"{_TECHNIQUES}/T1027/002/")
PRELOADED = Shape("preload_library", "Rootkit", 75, "Every program of the image loads this library first", f"{_TECHNIQUES}/T1574/006/")
FETCHING = Shape(
    "startup_entry_fetches_code", "Downloader", 78, "A start-up or scheduled entry fetches code from the network and runs it",
    f"{_TECHNIQUES}/T1053/003/",
)  # fmt: skip
SHAPES = (HIDDEN, PACKED, PRELOADED, FETCHING)
USUAL = (0x00, 0xFF, 0x48, 0x8B, 0x24, 0x0F, 0x89, 0x41)  # of x86-64 code; any eight would give a valid bound


def shapes(file: FileView, kind: Kind, startup: bool) -> Iterator[Hit]:
    """Hits of all shapes for a file, or for the first window of a large one. `startup`: what is_startup says of its path."""
    if kind is Kind.PROGRAM:
        yield from _packed(file)
    if kind is Kind.PROGRAM or (kind is Kind.TEXT and file.data.startswith(b"#!") and file.entry.mode & 0o111):
        yield from _hidden(file.path, kind)
    if kind is Kind.TEXT and file.path == PRELOAD:
        yield from _preload(file.data)
    if kind is Kind.TEXT and startup:
        yield from _fetching(file.data)


def is_startup(path: str) -> bool:
    """Whether what stands in this file is run by cron, an init system, a login shell or a package manager."""
    return path.startswith(STARTUP) or path in STARTUP_FILES or path[path.rfind("/") + 1 :] in STARTUP_NAMES


def _fetching(data: bytes) -> Iterator[Hit]:
    for found in FETCH_AND_RUN.finditer(data):
        begin = data.rfind(b"\n", 0, found.start()) + 1
        if data[begin : found.start()].lstrip().startswith((b"#", b"//", b";")):
            continue
        line = data.count(b"\n", 0, found.start()) + 1
        excerpt = excerpt_at(data, found.start(), found.end() - found.start())
        yield Hit(FETCHING.type, FETCHING.score, "heuristic", FETCHING.rule, line, excerpt, {"description": FETCHING.text})
        return


def _hidden(path: str, kind: Kind) -> Iterator[Hit]:
    """A program in a folder shared by all users, or in a dot folder where no tool keeps its own."""
    folders = path.split("/")[:-1]
    dotted = [part for part in folders if part.startswith(".") and part not in KNOWN_DOTS]
    odd = any(part.strip(". ") == "" or part != part.strip() for part in dotted)
    shared = path.startswith(SHARED_FOLDERS)
    hidden_name = path.rpartition("/")[2].startswith(".")
    at_home = path.startswith(HOMES) and not odd
    if dotted and not at_home and (kind is Kind.PROGRAM or shared):
        score = 78 if shared or odd else 72
        text = HIDDEN.text
    elif shared and (hidden_name or path.startswith(("dev/shm/", "dev/"))) and not any(part in KNOWN_DOTS for part in folders):
        score, text = 75, "A hidden program lies in a folder that all users share"
    elif shared and kind is Kind.PROGRAM and len(folders) <= 2:
        score, text = 63, "A program was left in a temporary folder"
    else:
        return
    yield Hit(HIDDEN.type, score, "heuristic", HIDDEN.rule, details={"description": text, "unowned": "1"})


def _preload(data: bytes) -> Iterator[Hit]:
    """Libraries that every program of the image loads first (ld.so(8)); one hit each, so that each can be checked for its owner."""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        for library in line.partition("#")[0].replace(":", " ").split():
            known = bool(ALLOCATORS.search(library))
            kind, score = ("RiskWare", 62) if known else (PRELOADED.type, PRELOADED.score)
            details = {"description": PRELOADED.text, "library": library, "unowned": "1"}
            yield Hit(kind, score, "heuristic", f"{PRELOADED.rule}:{library}", number, library, details)


def _packed(file: FileView) -> Iterator[Hit]:
    """An executable whose loaded code looks compressed: UPX's mark, or nearly random bytes in its executable segment."""
    segments = loaded_segments(file.data)
    if not segments:
        return
    upx = UPX in file.data[:1024] or UPX in file.data[-512:]
    if upx:
        yield Hit(PACKED.type, PACKED.score, "heuristic", PACKED.rule, details={"description": PACKED.text, "unowned": "1"})
        return
    if len(segments) > 3:
        return
    code = [file.data[start : start + size] for start, size, executable in segments if executable]
    biggest = max(code, key=len, default=b"")
    if len(biggest) >= 16384 and may_be_random(biggest[:SAMPLE]) and entropy(biggest[:SAMPLE]) >= PACKED_ENTROPY:
        text = "The program's code is compressed or encrypted"
        yield Hit(PACKED.type, PACKED.score, "heuristic", PACKED.rule, details={"description": text, "unowned": "1"})


def may_be_random(data: bytes) -> bool:
    """Whether the entropy of not empty `data` may reach PACKED_ENTROPY at all: its upper bound when all bytes but the usual ones of plain
    code are as evenly spread as they can be. Counting eight values is several times faster than counting all."""
    shares = [data.count(value) / len(data) for value in USUAL]
    rest = 1 - sum(shares)
    bound = -sum(share * math.log2(share) for share in shares if share)
    return bound + (rest * math.log2((256 - len(USUAL)) / rest) if rest > 0 else 0) >= PACKED_ENTROPY


def entropy(data: bytes) -> float:
    """Shannon entropy in bits a byte, 0 for no data."""
    total = len(data)
    return -sum(count / total * math.log2(count / total) for count in Counter(data).values()) if total else 0.0
