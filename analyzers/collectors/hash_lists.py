"""Lists of file hashes: known malicious files, and files that somebody trusts.

One hash a line, MD5 or SHA-256 in hex, then optionally a name after `;`, `,` or white space, and a type after another `;`:

    # comment
    44d88612fea8a8f36de82e1278abb02f;Eicar-Test-File;Engtest

A list whose file name begins with `trusted` holds files that score 0 whatever else matches. A file is a hash list when its name ends in
`.txt`, `.hash`, `.hashes` or `.csv` and at least one line in it is a hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from analyzers.collectors.sample_types import BY_LOWER

LINE = re.compile(r"(?i)^\s*\"?([0-9a-f]{64}|[0-9a-f]{32})\"?(?:\s*[;,\s]\s*(.*))?$")
SUFFIXES = (".txt", ".hash", ".hashes", ".csv")
MAX_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class ListedHash:
    """What a list says of a file: its name there, its type, and which list."""

    name: str
    type: str
    source: str


@dataclass(slots=True)
class HashLists:
    """Known hashes, lower case hex. `problems`: (list, reason) for lines that are neither hash nor comment."""

    malicious: dict[str, ListedHash] = field(default_factory=dict)
    trusted: set[str] = field(default_factory=set)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def add(self, source: str, content: bytes) -> None:
        """Read one list. Lines that do not fit are named in `problems`, at most MAX_PROBLEMS a list."""
        trusted = source.rpartition("/")[2].startswith("trusted")
        bad = 0
        for number, raw in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            line = raw.strip()
            if not line or line.startswith(("#", "//")):
                continue
            found = LINE.match(line)
            if found is None:
                bad += 1
                if bad <= MAX_PROBLEMS:
                    self.problems.append((source, f"line {number}: no MD5 or SHA-256"))
                continue
            value = found[1].lower()
            if trusted:
                self.trusted.add(value)
            else:
                self.malicious[value] = _listed(source, found[2] or "")

    @property
    def empty(self) -> bool:
        return not self.malicious and not self.trusted

    def known(self, *hashes: str) -> ListedHash | None:
        """The entry of the first of these hashes that a list names."""
        return next((self.malicious[value] for value in hashes if value in self.malicious), None)

    def trusts(self, *hashes: str) -> bool:
        return any(value in self.trusted for value in hashes)


def _listed(source: str, rest: str) -> ListedHash:
    name, _, type_name = rest.partition(";")
    return ListedHash(name.strip().strip('"') or "unnamed", BY_LOWER.get(type_name.strip().lower(), "Malware"), source)


def is_hash_list(name: str, content: bytes) -> bool:
    """Whether a rule file is a hash list: by its ending and by the first line that is neither empty nor a comment."""
    if not name.lower().endswith(SUFFIXES):
        return False
    lines = (line.strip() for line in content[:65536].decode("utf-8", "replace").splitlines())
    return any(LINE.match(line) for line in lines if line and not line.startswith(("#", "//")))


def read_lists(files: Iterable[tuple[str, bytes]]) -> HashLists:
    """All hash lists among (name, content)."""
    lists = HashLists()
    for name, content in files:
        if is_hash_list(name, content):
            lists.add(name, content)
    return lists
