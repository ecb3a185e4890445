"""What all collectors of language packages share: bounds, refusals with a reason, and the making of a Package from untrusted text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, TypeVar

import orjson

from analyzers.contract import BaseCollector, FileView
from schemas.facts import Fact, Package, Skipped
from schemas.vocabulary import Reason

Node = TypeVar("Node", str, int)
MAX_PACKAGES = 50_000  # of one file; the largest real lock files name about 5,000
MAX_NAMED = 2 * MAX_PACKAGES  # with those that are named again and those that are none
MAX_HELD = 300_000  # about 1 KB each
MAX_LICENCES = 20
MAX_LINES = 1_000_000  # the largest real lock files have about 50,000
MAX_TABLES = 1_000_000  # of one JSON document, lists among them: each costs some 70 bytes for the three that it may take in the file
LOCK_BYTES = 16 * 1024 * 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,300}\Z")
_FETCHED = re.compile(
    r"(?:^|/)(?:node_modules|bower_components|site-packages|dist-packages|(?<!opt/)vendor|Pods|\.pub-cache|\.m2|\.bundle|META-INF|pkg/mod|"
    r"registry/src|git/checkouts|\.build/checkouts|Carthage/Checkouts|gems/[^/]+-\d[\w.-]*|\.?deno(?:-dir)?/npm/[\w.-]+)/"
)
TOML_BYTES = 3 * 1024 * 1024  # 1 MB takes the reader of the standard library up to two seconds
_TOML_DOTS = 500  # in one line: the reader of the standard library takes quadratic time for dotted keys


class Unreadable(ValueError):
    """A file is not what its name says; the text says why."""


class ApplicationCollector(BaseCollector):
    """`read` gives facts or raises Unreadable: what was found before stands, the rest becomes Skipped."""

    name: ClassVar[str]
    version: ClassVar[int]
    tells: ClassVar[tuple[type[Fact], ...]] = (Package,)
    reads_windows: ClassVar[bool] = False  # else `windows` are wanted only so that a large file of no concern is not told as skipped

    _held: int = 0

    def read(self, file: FileView) -> Iterable[Fact]:
        raise NotImplementedError

    def holds(self, count: int) -> bool:
        """Whether so many more entries may be kept until the layer's end, for files that others complete: MAX_HELD in all."""
        self._held += count
        return self._held <= MAX_HELD

    def concerns(self, path: str) -> bool:
        """Whether a file that fits `wanted` is one that `read` looks into."""
        return True

    def collect(self, file: FileView) -> Iterator[Fact]:
        if not self.concerns(file.path):
            return
        if not self.reads_windows and (file.offset or not file.final):
            if file.final:
                yield self.skipped(file.path, Reason.FILE_TOO_LARGE, f"{file.entry.size} bytes")
            return
        yield from self.bounded(file.path, self.read(file))

    def bounded(self, path: str, facts: Iterable[Fact]) -> Iterator[Fact]:
        """The facts of one file: each once, sound ones only, no more than MAX_PACKAGES, and a Skipped for what is left out."""
        seen: set[tuple[str, str, str, str, bool]] = set()
        named = refused = 0
        try:
            for fact in facts:
                if isinstance(fact, Package):
                    named += 1
                    if named > MAX_NAMED:
                        yield self.skipped(path, Reason.EXPANSION_LIMIT, f"more than {MAX_NAMED:,} times a package in one file")
                        break
                    key = (fact.path, fact.namespace, fact.name, fact.version, fact.development)
                    if key in seen:
                        continue
                    if not sound(fact):
                        refused += 1
                        continue
                    if len(seen) >= MAX_PACKAGES:
                        yield self.skipped(path, Reason.EXPANSION_LIMIT, f"more than {MAX_PACKAGES:,} packages in one file")
                        break
                    seen.add(key)
                yield fact
        except Unreadable as error:
            yield self.skipped(path, Reason.UNREADABLE, str(error))
        if refused:
            yield self.skipped(path, Reason.UNREADABLE, f"{refused} packages whose name or version is none")

    def skipped(self, path: str, reason: Reason, text: str) -> Skipped:
        return Skipped(path=path, collector=self.name, reason=f"{reason}: {text}"[:500])


class LockCollector(ApplicationCollector):
    """Lock files of projects; those inside of fetched packages say what their makers used, which no installer reads."""

    def concerns(self, path: str) -> bool:
        return not fetched(path)

    def collect(self, file: FileView) -> Iterator[Fact]:
        yield from super().collect(file)
        if self.concerns(file.path) and b"<<<<<<< " in file.data and b"\n>>>>>>> " in file.data:
            yield self.skipped(file.path, Reason.UNREADABLE, "an unfinished merge: what could be read of both sides counts")


def fetched(path: str) -> bool:
    """Whether a path lies in a package that an installer fetched, or in a copy of one."""
    return _FETCHED.search(path) is not None


def sound(fact: Package) -> bool:
    """Whether name, namespace and version can be such: no white space, no control characters, of sensible length. The version may be
    empty where details say why."""
    texts = [fact.name, *([fact.version] if fact.version or not fact.details else []), *([fact.namespace] if fact.namespace else [])]
    return all(_NAME.match(text) for text in texts)


def declared(
    file: FileView, kind: str, name: str, version: str, *, namespace: str = "", development: bool = False, depends: Iterable[str] = ()
) -> Package:
    """A package that a lock file names. depends: what the file says that it needs, by the names that advisories use."""
    return Package(
        path=file.path, type=kind, namespace=namespace, name=name, version=version, evidence="declared", development=development,
        depends=tuple(dict.fromkeys(one for one in depends if _NAME.match(one))),
    )  # fmt: skip


def text_of(data: bytes) -> str:
    """The text without byte order mark; UTF-16 with its mark is understood; other bytes that are no UTF-8 become backslash escapes."""
    if data[:2] in _UTF_16:
        return data.decode("utf-16", "replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "backslashreplace")


def text_lines(data: bytes) -> list[str]:
    """The lines of a text, without their ends. Raises Unreadable for more than MAX_LINES."""
    text = text_of(data)
    if text.count("\n") >= MAX_LINES:
        raise Unreadable(f"more than {MAX_LINES:,} lines")
    return text.splitlines()


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object, in UTF-8 or, with its mark, in UTF-16. Raises Unreadable, for more than MAX_TABLES too; nesting is bounded by the
    parser (1,024)."""
    if data.count(b"{") + data.count(b"[") > MAX_TABLES:
        raise Unreadable(f"JSON with more than {MAX_TABLES:,} tables and lists")
    try:
        document = orjson.loads(text_of(data) if data[:2] in _UTF_16 else data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"no JSON: {str(error)[:120]}") from error
    if not isinstance(document, dict):
        raise Unreadable("JSON, but no object")
    return document


def toml_table(data: bytes) -> dict[str, Any]:
    """A TOML document; bytes that are no UTF-8 become U+FFFD, as a backslash would end it. Raises Unreadable."""
    if any(line.count(b".") > _TOML_DOTS for line in data.splitlines()):
        raise Unreadable(f"TOML with a line of more than {_TOML_DOTS} dots")
    try:
        return tomllib.loads(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Unreadable(f"no TOML: {str(error)[:120]}") from error


def text_in(table: Mapping[str, Any], key: str) -> str:
    """The string under a key; empty where there is none or something else."""
    value = table.get(key)
    return value.strip() if isinstance(value, str) else ""


def tables_in(table: Mapping[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The tables of a list under a key; what is no table is left out."""
    value = table.get(key)
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def texts_in(table: Mapping[str, Any], key: str) -> list[str]:
    """The texts of a list under a key; what is no text is left out."""
    value = table.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def table_in(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The table under a key; empty where there is none or something else."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}


def licence_names(value: object) -> tuple[str, ...]:
    """Licences as package descriptions write them: a text, a list of texts, or tables with `type` or `name`."""
    found: list[str] = []
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            one = one.get("type") or one.get("name")
        if isinstance(one, str) and 0 < len(one.strip()) <= 100 and "\n" not in one.strip():
            found.append(one.strip())
    return tuple(dict.fromkeys(found[:MAX_LICENCES]))


def reachable(starts: Iterable[Node], edges: Mapping[Node, Iterable[Node]]) -> set[Node]:
    """The names that can be reached, the starts among them."""
    seen: set[Node] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(edges.get(name, ()))
    return seen
