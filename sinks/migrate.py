"""Numbered, forward-only DDL: `sinks/ddl/NNN_name.sql`, applied in the order of the names, recorded in `schema_versions`.

Every statement may run twice (IF NOT EXISTS, IF EXISTS, OR REPLACE), so two processes may migrate at once. An applied file never
changes, except one that holds nothing but CREATE OR REPLACE VIEW and columns that are computed when they are read: it is applied again when
its text changes.

The files are plain SQL for a single node, but for `/*risk status*/`, which stands for the expression in `sinks.risk_status`. With a
cluster the text is rewritten:
- each CREATE, ALTER and DROP gets ON CLUSTER;
- `ENGINE = /*reference*/ XMergeTree(...)`: small tables, one replicated copy on every node of all shards, so that joins stay local;
- `ENGINE = /*sharded by EXPRESSION*/ XMergeTree(...)`: NAME_local is replicated inside its shard and NAME is a Distributed table over it;
- `NAME /*local*/` (in materialized views) becomes NAME_local.
The macros {shard} and {replica} must be defined on the servers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from sinks.risk_status import MARK, RISK_STATUS
from sinks.store import Store

_RECORD = """
CREATE TABLE IF NOT EXISTS schema_versions (
  name String COMMENT 'file name of the DDL, without its ending',
  checksum String COMMENT 'SHA-256 of its text, hexadecimal',
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was applied'
) ENGINE = /*reference*/ ReplacingMergeTree(applied_at) ORDER BY name COMMENT 'Which DDL files this database has seen'"""
_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*|/\*.*?\*/|;", re.DOTALL)
_CREATE = re.compile(
    r"^(?P<head>(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:TABLE|VIEW|MATERIALIZED\s+VIEW|DICTIONARY)\s+(?:IF\s+(?:NOT\s+)?EXISTS\s+)?)"
    r"(?P<name>\w+)",
    re.IGNORECASE,
)
_ENGINE = re.compile(r"ENGINE\s*=\s*/\*(?P<kind>reference|sharded by (?P<key>[^*]+))\*/\s*(?P<engine>\w+)(?:\((?P<arguments>[^()]*)\))?")
_LOCAL = re.compile(r"(\w+)\s*/\*local\*/")
_DERIVED = re.compile(r"^(CREATE\s+OR\s+REPLACE\s+VIEW|ALTER\s+TABLE\s+\w+\s+MODIFY\s+COLUMN\s+\w+\s+\w+\s+ALIAS)\b", re.IGNORECASE)


class SchemaChanged(Exception):
    """A DDL file differs from what this database has applied under its name."""


@dataclass(frozen=True, slots=True)
class Script:
    """One DDL file."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def repeatable(self) -> bool:
        return all(_DERIVED.match(one) for one in statements(self.text))


def scripts() -> list[Script]:
    """The DDL files of this version, in order."""
    found = (path for path in files("sinks").joinpath("ddl").iterdir() if path.name.endswith(".sql"))
    return [Script(path.name.removesuffix(".sql"), _text(path)) for path in sorted(found, key=lambda path: path.name)]


def _text(path: Traversable) -> str:
    return path.read_text(encoding="utf-8").replace(MARK, RISK_STATUS)


def statements(text: str) -> list[str]:
    """The statements of a file, split at semicolons outside of quotes and comments; line comments are dropped."""
    parts, current, place = [], [], 0
    for token in _TOKEN.finditer(text):
        current.append(text[place : token.start()])
        place = token.end()
        if token.group() == ";":
            parts.append("".join(current).strip())
            current = []
        elif not token.group().startswith("--"):
            current.append(token.group())
    parts.append(("".join(current) + text[place:]).strip())
    return [part for part in parts if part]


def clustered(statement: str, cluster: str, sharded: set[str]) -> Iterator[str]:
    """A statement as the cluster wants it. `sharded` collects the names of sharded tables, for later ALTER statements."""
    statement = _LOCAL.sub(r"\1_local", statement)
    head = _CREATE.match(statement)
    if not head:
        yield statement
        return
    name, on_cluster = head["name"], f" ON CLUSTER `{cluster}`"
    engine = _ENGINE.search(statement)
    if engine and engine["key"]:
        sharded.add(name)
    elif engine or name not in sharded:
        yield _replicated(head["head"] + name + on_cluster + statement[head.end() :], "/clickhouse/tables/all", "{shard}-{replica}")
        return
    yield _replicated(f"{head['head']}{name}_local{on_cluster}{statement[head.end() :]}", "/clickhouse/tables/{shard}", "{replica}")
    if engine:
        key = engine["key"].strip()
        yield (
            f"CREATE TABLE IF NOT EXISTS {name}{on_cluster} AS {name}_local"
            f" ENGINE = Distributed(`{cluster}`, currentDatabase(), {name}_local, {key})"
        )
    else:
        yield head["head"] + name + on_cluster + _without_storage(statement[head.end() :])


def migrate(store: Store) -> list[str]:
    """Bring the database to this version; returns the names of the files that were applied now. Raises SchemaChanged, StoreError."""
    store.create_database()
    sharded: set[str] = set()
    _apply(store, _RECORD, sharded)
    known = dict(store.query("SELECT name, argMax(checksum, applied_at) FROM schema_versions GROUP BY name"))
    applied = []
    for script in scripts():
        if known.get(script.name) == script.checksum:
            sharded.update(_sharded_names(script))
            continue
        if script.name in known and not script.repeatable:
            raise SchemaChanged(f"{script.name} changed after it was applied; add a new file instead")
        for statement in statements(script.text):
            _apply(store, statement, sharded)
        store.insert("schema_versions", ["name", "checksum"], [(script.name, script.checksum)])
        applied.append(script.name)
    return applied


def _apply(store: Store, statement: str, sharded: set[str]) -> None:
    for one in clustered(statement, store.cluster, sharded) if store.cluster else (statement,):
        store.command(one)


def _sharded_names(script: Script) -> Iterator[str]:
    for statement in statements(script.text):
        head, engine = _CREATE.match(statement), _ENGINE.search(statement)
        if head and engine and engine["key"]:
            yield head["name"]


def _replicated(statement: str, folder: str, replica: str) -> str:
    def change(found: re.Match[str]) -> str:
        arguments = f", {found['arguments']}" if found["arguments"] else ""
        return f"ENGINE = Replicated{found['engine']}('{folder}/{{database}}/{{table}}', '{replica}'{arguments})"

    return _ENGINE.sub(change, statement)


def _without_storage(rest: str) -> str:
    """What of an ALTER a Distributed table takes: nothing about what is kept, such as projections, indexes, TTL and settings."""
    kept = [
        part for part in rest.split(",\n") if not re.search(r"\b(PROJECTION|INDEX|TTL|MATERIALIZE|MODIFY\s+SETTING)\b", part, re.IGNORECASE)
    ]
    return ",\n".join(kept)
