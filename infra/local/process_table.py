"""Which processes make up the local system: one declarative table.

Order is the order of start and, reversed, of stop; a process is started when those it needs are ready.
"""

from __future__ import annotations

import functools
import http.client
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from infra.local.clickhouse import clickhouse_answers, install_clickhouse, prepare_clickhouse
from infra.local.kafka import install_kafka, kafka_answers, prepare_kafka
from infra.local.launch import Launch
from infra.settings import Settings

DEFAULT_TABLE = "infra.local.process_table:PROCESSES"


@dataclass(frozen=True)
class Process:
    """One row of the table.

    prepare: how to start it; may check and write files; runs in a thread; raises LocalError. ready: does it answer, asked in a thread
    every so often. install: downloads, done by `up` in the foreground. ports: settings that name the ports it listens on.
    restart "at-once": the first restart of a process that was ready has no pause however often it happens. once: runs to its end, with
    exit code 0, before those that need it.
    """

    name: str
    prepare: Callable[[Settings], Launch]
    ready: Callable[[Settings], bool]
    needs: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    install: Callable[[Settings], object] | None = None
    restart: Literal["back-off", "at-once"] = "back-off"
    once: bool = False
    stop_timeout_s: float = 30.0


def announced(name: str, settings: Settings) -> bool:
    """True when the process has announced itself."""
    return (settings.run / f"{name}.ready").exists()


def http_answers(port_setting: str, path: str, settings: Settings) -> bool:
    """True when an HTTP GET of `path` on this machine is answered with a status below 500."""
    host = "127.0.0.1" if settings.bind in {"0.0.0.0", "::", ""} else settings.bind  # noqa: S104 (asked, not bound)
    link = http.client.HTTPConnection(host, getattr(settings, port_setting), timeout=2.0)
    try:
        link.request("GET", path)
        return link.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


KAFKA = Process(
    "kafka",
    prepare_kafka,
    lambda settings: kafka_answers("127.0.0.1", settings.kafka_port),
    ports=("kafka_port", "kafka_controller_port"),
    install=lambda settings: install_kafka(settings.cache),
)
CLICKHOUSE = Process(
    "clickhouse",
    lambda settings: prepare_clickhouse(
        settings, native=settings.clickhouse_native_port, http_port=settings.clickhouse_http_port, until="stdin"
    ),
    lambda settings: clickhouse_answers("127.0.0.1", settings.clickhouse_http_port),
    ports=("clickhouse_native_port", "clickhouse_http_port"),
    install=lambda settings: install_clickhouse(settings.cache),
    restart="at-once",
    stop_timeout_s=15.0,
)


def command(name: str, *arguments: str, needs: tuple[str, ...] = ("migrate", "topics"), once: bool = False, port: str = "") -> Process:
    """A row for a command of our own: with a `port` it is ready when `/healthz` answers there, else when it has announced itself."""
    check = functools.partial(http_answers, port, "/healthz") if port else functools.partial(announced, name)
    return Process(
        name,
        lambda settings: Launch([sys.executable, "-m", "console.cli.main", *(arguments or (name,))], settings.home),
        check,
        needs=needs,
        ports=(port,) if port else (),
        once=once,
    )


PROCESSES: tuple[Process, ...] = (
    KAFKA,
    CLICKHOUSE,
    command("migrate", needs=("clickhouse",), once=True),
    command("topics", needs=("kafka",), once=True),
    command("worker-flow", "worker", "resolve", "resolve-backfill", "assemble", "merge", "act", "rematch"),
    command("worker-inspect", "worker", "inspect", "inspect-backfill", "send", "fix"),
    command("worker-analyze", "worker", "analyze"),
    command("gateway", port="gateway_port"),
    command("console", port="console_port"),
    command("scheduler"),
)


def local_table(table: tuple[Process, ...], settings: Settings) -> tuple[Process, ...]:
    """The rows to run on this machine: existing servers take the place of local ones."""
    left_out = {name for name, address in (("kafka", settings.kafka), ("clickhouse", settings.clickhouse)) if address}
    return tuple(process for process in table if process.name not in left_out)


def with_needs(table: tuple[Process, ...], names: set[str]) -> list[Process]:
    """The named rows (all when there are none) and all that they need, in the table's order. Raises KeyError for an unknown name."""
    rows = {process.name: process for process in table}
    waiting, chosen = list(names or rows), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in chosen:
            chosen.add(name)
            waiting += [need for need in rows[name].needs if need in rows]
    return [process for process in table if process.name in chosen]


def load_table(place: str) -> tuple[Process, ...]:
    """The table at `module:attribute`."""
    module, _, attribute = place.partition(":")
    table: tuple[Process, ...] = getattr(importlib.import_module(module), attribute)
    return table
