"""The local store: the ClickHouse engine out of an npm package, with its own native and HTTP listeners on loopback."""

from __future__ import annotations

import hashlib
import http.client
import importlib.resources
import json
import platform
import shutil
import sys
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.install import check_room, install_once, run_tool
from infra.local.launch import Launch
from infra.settings import Settings

ROOM_MB = 900
DATA_ROOM_MB = 100
DEFAULT_MEMORY_MB = 4096
EXTERNAL = "or set IMAGERISK_CLICKHOUSE to an existing server"
PACKAGE = {("Linux", "x86_64"): "@chdb/lib-linux-x64-gnu"}
"""The npm package of each platform that engine.package-lock.json pins."""

CONFIGURATION = """\
<clickhouse>
  <logger><console>true</console><console_log_level>warning</console_log_level></logger>
  <listen_host>127.0.0.1</listen_host>
  <max_server_memory_usage>{memory}</max_server_memory_usage>
  <mark_cache_size>67108864</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <background_schedule_pool_size>16</background_schedule_pool_size>
  <max_concurrent_queries>200</max_concurrent_queries>
  <users_config>users.xml</users_config>
  <default_profile>default</default_profile>
  <query_log>
    <database>system</database>
    <table>query_log</table>
    <ttl>event_date + INTERVAL {log_days} DAY DELETE</ttl>
    <flush_interval_milliseconds>2000</flush_interval_milliseconds>
  </query_log>
</clickhouse>
"""

USERS = """\
<clickhouse>
  <profiles>
    <default>
      <max_execution_time>{time}</max_execution_time>
      <max_memory_usage>{query_memory}</max_memory_usage>
      <log_queries>1</log_queries>
    </default>
    <analyst>
      <readonly>2</readonly>
      <max_execution_time>{analyst_time}</max_execution_time>
      <max_memory_usage>{query_memory}</max_memory_usage>
      <log_queries>1</log_queries>
      <constraints>
        <max_execution_time><readonly/></max_execution_time>
        <max_memory_usage><readonly/></max_memory_usage>
        <log_queries><readonly/></log_queries>
      </constraints>
    </analyst>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
    </default>
    <analyst>
      <password></password>
      <networks><ip>127.0.0.1</ip><ip>::1</ip></networks>
      <profile>analyst</profile>
      <quota>default</quota>
      <grants><query>GRANT SELECT, SHOW ON *.*</query></grants>
    </analyst>
  </users>
</clickhouse>
"""


def install_clickhouse(cache: Path) -> Path:
    """The engine's library, downloaded on first use with npm against the lock's integrity hash. Raises LocalError."""
    package = PACKAGE.get((platform.system(), platform.machine()))
    if not package:
        raise LocalError(
            f"there is no local engine for {platform.system()} on {platform.machine()}",
            "set IMAGERISK_CLICKHOUSE to an existing ClickHouse server",
        )
    resources = importlib.resources.files("infra.local")
    lock = resources.joinpath("engine.package-lock.json").read_bytes()

    def fill(draft: Path) -> None:
        npm = shutil.which("npm")
        if not npm or not shutil.which("node"):
            raise LocalError("Node (`npm`) was not found on PATH; it downloads the local engine", f"install the package npm, {EXTERNAL}")
        draft.joinpath("package.json").write_bytes(resources.joinpath("engine.package.json").read_bytes())
        draft.joinpath("package-lock.json").write_bytes(lock)
        run_tool([npm, "ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund"], draft,
                 remedy=f"check the network and npm's settings, {EXTERNAL}")  # fmt: skip

    folder = install_once(cache / f"engine-{hashlib.sha256(lock).hexdigest()[:12]}", fill, need_mb=ROOM_MB)
    library = folder / "node_modules" / package / "libchdb.so"
    if not library.is_file():
        raise LocalError(f"{library} is missing", f"delete {folder}, it is downloaded anew by `imagerisk up`")
    return library


def prepare_clickhouse(settings: Settings, *, native: int, http_port: int, until: str) -> Launch:
    """Write the configuration; how to start the engine on these ports. `until`: see infra.local.engine. Raises LocalError."""
    library = install_clickhouse(settings.cache)
    folder = settings.home / "clickhouse"
    folder.mkdir(parents=True, exist_ok=True)
    settings.run.mkdir(parents=True, exist_ok=True)
    check_room(folder, DATA_ROOM_MB)
    memory = memory_cap_mb(settings) << 20
    folder.joinpath("config.xml").write_text(CONFIGURATION.format(memory=memory, log_days=settings.query_log_days))
    folder.joinpath("users.xml").write_text(
        USERS.format(time=settings.query_time_s, analyst_time=settings.analyst_query_time_s, query_memory=memory * 3 // 4)
    )
    argv = [sys.executable, "-m", "infra.local.engine", "--library", str(library), "--home", str(settings.home),
            "--native", str(native), "--http", str(http_port), "--until", until]  # fmt: skip
    return Launch(argv, folder)


def memory_cap_mb(settings: Settings) -> int:
    """The engine's memory cap: as set, else half of this machine's memory and DEFAULT_MEMORY_MB at most."""
    if settings.clickhouse_memory_mb:
        return settings.clickhouse_memory_mb
    try:
        total_kb = int(Path("/proc/meminfo").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return DEFAULT_MEMORY_MB
    return min(DEFAULT_MEMORY_MB, total_kb >> 11)


def clickhouse_answers(host: str, http_port: int, timeout_s: float = 2.0) -> bool:
    """True when `/ping` answers over HTTP. The native listener is started first, so it answers too."""
    link = http.client.HTTPConnection(host, http_port, timeout=timeout_s)
    try:
        link.request("GET", "/ping")
        return link.getresponse().read() == b"Ok.\n"
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()


def engine_ports(home: Path) -> tuple[int, int] | None:
    """(native, HTTP) ports of the engine that last owned this home's data folder; it may have ended since."""
    try:
        entry = json.loads((home / "run" / "clickhouse.json").read_text())
        return int(entry["native"]), int(entry["http"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
