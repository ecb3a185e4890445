"""Lists of file hashes: known malicious files, and files that somebody trusts.

One hash a line, MD5 or SHA-256 in hex, then optionally a name after `;`, `,` or white space, and a type after another `;`:

    # comment
    44d88612fea8a8f36de82e1278abb02f;Eicar-Test-File;Engtest

A list whose file name begins with `trusted` holds files that are no finding, whatever else matches. A file is a hash list when its name
ends in `.txt`, `.hash`, `.hashes` or `.csv` and at least one line in it is a hash.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LINE = re.compile(r"(?i)^\s*\"?([0-9a-f]{64}|[0-9a-f]{32})\"?(?:\s*[;,\s]\s*(.*))?$")
HEADING = re.compile(r"(?i)^\"?(?:file[_ ]?)?(?:md5|sha-?256|hash)(?:[_ ]?(?:sum|hash|value))?\"?\s*(?:[;,\t].*)?$")
"""The names of the columns, as exported tables begin with."""
SUFFIXES = (".txt", ".hash", ".hashes", ".csv")
MAX_PROBLEMS = 3


@dataclass(frozen=True, slots=True)
class ListedHash:
    """What a list says of a file: its name there, its type as written (empty for none), and which list."""

    name: str
    type: str
    source: str


@dataclass(slots=True)
class HashLists:
    """Known hashes, SHA-256 or MD5: `malicious` as raw bytes, `trusted` as hex in lower case. `problems`: (list, line, reason) for
    lines that are neither hash nor comment. `version` names the content of all lists, empty without any."""

    malicious: dict[bytes, ListedHash] = field(default_factory=dict)
    trusted: set[str] = field(default_factory=set)
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    version: str = ""

    def add(self, source: str, content: bytes) -> None:
        """Read one list. Lines that do not fit are named in `problems`, at most MAX_PROBLEMS a list."""
        trusted = source.rpartition("/")[2].startswith("trusted")
        bad = 0
        same: dict[str, ListedHash] = {}  # most lines of a long list say the same of their file, often nothing
        for number, raw in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            line = raw.strip()
            if not line or line.startswith(("#", "//")):
                continue
            found = LINE.match(line)
            if found is None and HEADING.match(line):
                continue
            if found is None:
                bad += 1
                if bad <= MAX_PROBLEMS:
                    self.problems.append((source, number, "no MD5 or SHA-256"))
                continue
            value, rest = found[1].lower(), found[2] or ""
            if trusted:
                self.trusted.add(value)
            else:
                self.malicious[bytes.fromhex(value)] = same.setdefault(rest, _listed(source, rest))

    def known(self, *hashes: bytes) -> ListedHash | None:
        """The entry of the first of these hashes that a list names."""
        return next((self.malicious[value] for value in hashes if value in self.malicious), None)

    def trusts(self, *hashes: str) -> bool:
        """Whether a list of trusted files names one of these hashes."""
        return any(value in self.trusted for value in hashes)


def _listed(source: str, rest: str) -> ListedHash:
    name, _, type_name = rest.partition(";")
    return ListedHash(name.strip().strip('"') or "unnamed", type_name.strip(), source)


def is_hash_list(name: str, content: bytes) -> bool:
    """Whether a rule file is a hash list: by its ending and by the first line that is neither empty nor a comment."""
    if not name.lower().endswith(SUFFIXES):
        return False
    lines = (line.strip() for line in content[:65536].decode("utf-8", "replace").splitlines())
    return any(LINE.match(line) for line in lines if line and not line.startswith(("#", "//")))


def read_lists(files: Mapping[str, bytes]) -> HashLists:
    """All hash lists among rule files, name -> content."""
    lists, digest = HashLists(), hashlib.blake2b(digest_size=8)
    for name, content in sorted(files.items()):
        if is_hash_list(name, content):
            lists.add(name, content)
            digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
            lists.version = digest.hexdigest()
    return lists
