"""The one door to ClickHouse: a server, a cluster or the embedded engine, over the native protocol.

Whatever goes through this door is idempotent: reads, inserts whose rows have the same key and values when they come twice, and DDL with
IF NOT EXISTS. So each of them is tried again when the connection is lost, for up to `patience` seconds.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from clickhouse_driver import Client, errors

T = TypeVar("T")
Parameters = Mapping[str, object]
BATCH_ROWS = 100_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 3.0
_DEFAULT_PORT, _SECURE_PORT = 9000, 9440
# Our questions take milliseconds; to compile their expressions to machine code takes tens of them.
_INTERPRETED = {"compile_expressions": 0, "compile_aggregate_expressions": 0, "compile_sort_description": 0}
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# What the driver raises when the other side goes away, at whatever moment.
_LOST = (errors.NetworkError, errors.SocketTimeoutError, errors.PartiallyConsumedQueryError, errors.UnexpectedPacketFromServerError,
         errors.UnknownPacketFromServerError, errors.ChecksumDoesntMatchError, EOFError, OSError)  # fmt: skip
# Answers of a server that will be fine soon: timeouts of its own connections, too many queries, read-only replicas, shutting down.
_PASSING_CODES = frozenset({202, 209, 210, 236, 242, 252, 319, 394, 425, 999})
_log = structlog.get_logger(__name__)


class StoreError(Exception):
    """The store refused a statement; the text is its answer without the stack."""


class StoreDown(StoreError):
    """The store did not answer for as long as we were ready to wait."""


@dataclass(frozen=True, slots=True)
class External:
    """Rows that travel with one query as a temporary table. `columns` are (name, ClickHouse type)."""

    name: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[object]]


class Store:
    """Queries and inserts, from any number of threads: each thread has its own connection.

    address: `clickhouse://user:password@host:port/database?setting=value`, `clickhouses://` for TLS. The database is named in the
    handshake only when it exists, as a wrong name there would end the embedded engine. `cluster`: name of the cluster for
    DDL, empty for a single node. All methods raise StoreDown after `patience` seconds without an answer, StoreError for a refusal."""

    def __init__(self, address: str, *, cluster: str = "", settings: Mapping[str, object] | None = None, patience: float = 90.0) -> None:
        self._made_of = address, cluster, settings, patience
        parts = urlsplit(address)
        if parts.scheme not in {"clickhouse", "clickhouses"} or not parts.hostname:
            raise ValueError("a store address reads clickhouse://user:password@host:port/database")
        self.cluster, self.patience = cluster, patience
        self.database = parts.path.strip("/") or "default"
        self._secure = parts.scheme == "clickhouses"
        self._host, self._port = parts.hostname, parts.port or (_SECURE_PORT if self._secure else _DEFAULT_PORT)
        self._user, self._password = unquote(parts.username or "default"), unquote(parts.password or "")
        self._settings = {**_INTERPRETED, **dict(parse_qsl(parts.query)), **(settings or {}), "server_side_params": True}
        self._local = threading.local()
        self._lock = threading.Lock()
        self._clients: list[Client] = []
        self._closed = False

    def __reduce__(self) -> tuple[Callable[..., Store], tuple[object, ...]]:
        """Another process gets a door of its own."""
        return _opened, self._made_of

    def __repr__(self) -> str:
        return f"Store({self._host}:{self._port}/{self.database})"

    def query(
        self, sql: str, parameters: Parameters | None = None, *, external: Sequence[External] = (),
        settings: Mapping[str, object] | None = None,
    ) -> list[tuple[Any, ...]]:  # fmt: skip
        """Rows of a SELECT. Parameters are the server's, `{name:Type}` in the text; long lists travel as `external` tables."""
        rows: list[tuple[Any, ...]] = self._run(lambda client: client.execute(sql, **_arguments(parameters, external, settings)))
        return rows

    def rows(
        self, sql: str, parameters: Parameters | None = None, *, external: Sequence[External] = (),
        settings: Mapping[str, object] | None = None,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """The same as mappings from column name to value, in the order of the columns."""
        rows, columns = self._run(lambda client: client.execute(sql, with_column_types=True, **_arguments(parameters, external, settings)))
        names = [name for name, _ in columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def command(
        self, sql: str, parameters: Parameters | None = None, *, external: Sequence[External] = (),
        settings: Mapping[str, object] | None = None,
    ) -> None:  # fmt: skip
        """A statement without rows (DDL, INSERT SELECT). It may run twice when the connection is lost in between."""
        self._run(lambda client: client.execute(sql, **_arguments(parameters, external, settings)))

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> int:
        """Insert rows in batches; returns their number. Rows must be idempotent for the table's engine."""
        for batch in _batches(rows, BATCH_ROWS):
            self.insert_columns(table, columns, list(zip(*batch, strict=True)))
        return len(rows)

    def insert_columns(self, table: str, columns: Sequence[str], data: Sequence[Sequence[object]]) -> int:
        """Insert one batch that is columnar already: one sequence of values for each column."""
        if not data or not data[0]:
            return 0
        sql = f"INSERT INTO {table} ({', '.join(f'`{name}`' for name in columns)}) VALUES"
        return int(self._run(lambda client: client.execute(sql, list(data), columnar=True)))

    def ping(self) -> None:
        """One question and its answer."""
        self.query("SELECT 1")

    def create_database(self) -> None:
        """Create the database of the address if it is not there."""
        on_cluster = f" ON CLUSTER `{self.cluster}`" if self.cluster else ""
        if self.database != "default":
            self._run(lambda client: client.execute(f"CREATE DATABASE IF NOT EXISTS `{self.database}`{on_cluster}"), named=False)

    def close(self) -> None:
        """Close all connections, those of other threads too; the store is of no use afterwards."""
        self._closed = True
        with self._lock:
            clients, self._clients = self._clients, []
        for client in clients:
            with suppress(Exception):
                client.disconnect()

    def _run(self, work: Callable[[Client], T], *, named: bool = True) -> T:
        end, pause = time.monotonic() + self.patience, _FIRST_PAUSE_S
        while True:
            try:
                if named:
                    return work(self._client())
                client = self._connect("default")
                try:
                    return work(client)
                finally:
                    client.disconnect()
            except errors.ServerException as error:
                if error.code not in _PASSING_CODES:
                    raise StoreError(_first_line(error)) from error
                cause: Exception = error
            except _LOST as error:
                cause = error
            if self._closed:
                raise StoreDown("the store was closed") from cause
            if time.monotonic() + pause > end:
                raise StoreDown(f"no answer from {self._host}:{self._port} for {self.patience:.0f} s: {_first_line(cause)}") from cause
            _log.warning("store_retry", pause_s=round(pause, 2), error=_first_line(cause))
            time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 spreads clients, hides nothing
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            if self.database != "default" and not self._database_exists():
                raise StoreError(f"database {self.database} does not exist on {self._host}:{self._port}: migrate first")
            client = self._local.client = self._connect(self.database)
            with self._lock:
                self._clients.append(client)
        return client

    def _database_exists(self) -> bool:
        client = self._connect("default")
        try:
            return bool(client.execute("SELECT 1 FROM system.databases WHERE name = {name:String}", {"name": self.database}))
        finally:
            client.disconnect()

    def _connect(self, database: str) -> Client:
        return Client(
            self._host, self._port, database, self._user, self._password, client_name="imagerisk", secure=self._secure,
            compression=self._host not in _LOOPBACK, connect_timeout=5, send_receive_timeout=300, tcp_keepalive=True,
            settings=dict(self._settings),
        )  # fmt: skip


def _opened(address: str, cluster: str, settings: Mapping[str, object] | None, patience: float) -> Store:
    return Store(address, cluster=cluster, settings=settings, patience=patience)


def _batches(rows: Sequence[Sequence[object]], size: int) -> Iterator[list[Sequence[object]]]:
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _arguments(parameters: Parameters | None, external: Sequence[External], settings: Mapping[str, object] | None) -> dict[str, Any]:
    tables = [{"name": one.name, "structure": list(one.columns), "data": list(one.rows)} for one in external]
    return {
        "params": {name: _text(value) for name, value in (parameters or {}).items()},
        "external_tables": tables or None,
        "settings": dict(settings) if settings else None,
    }


def _text(value: object) -> object:
    """A parameter as the server reads it: moments in UTC with milliseconds, tuples and sets as arrays. NULL belongs into the SQL."""
    if value is None:
        raise TypeError("a parameter cannot be None: the driver would send the text NULL")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_text(item) for item in value]
    return value


def _first_line(error: BaseException) -> str:
    text = getattr(error, "message", "") or str(error) or type(error).__name__
    return str(text).strip().partition("Stack trace:")[0].strip()[:500]
