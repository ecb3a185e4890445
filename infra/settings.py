"""The settings of every process: one model, and the only reader of the environment and of configuration files.

Each value comes, in falling order, from `IMAGERISK_<NAME>`, from the TOML file `IMAGERISK_CONFIG` (default `config.toml` in the data
folder) and from the defaults below. Nested names are joined by two underscores.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from infra.settings_sources import SettingsError, explain, from_environment, from_file

Port = Annotated[int, Field(ge=1, le=65535)]
MASK = "********"
SECRET_NAMES = ("password", "secret", "token")


class ClickHouseAddress(BaseModel):
    """Where the store answers over the native protocol. `database` is empty when the handshake must not name one."""

    model_config = ConfigDict(frozen=True)
    host: str
    port: Port
    user: str = "default"
    password: str = ""
    database: str = ""


class Settings(BaseModel):
    """All settings, immutable. Paths are absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(description="data folder of this system")
    config: Path = Field(description="the TOML file that was read, if it exists")
    cache: Path = Field(description="downloads, shared by all checkouts of this user")

    kafka: str = Field("", description="existing brokers `host:port[,host:port]`; empty starts a local one")
    clickhouse: str = Field("", description="existing store `clickhouse://user:password@host:port/database`; empty starts a local engine")

    bind: str = Field("127.0.0.1", description="address that the gateway and the console listen on; Kafka and the engine stay on loopback")
    gateway_port: Port = 8090
    console_port: Port = 8080
    clickhouse_native_port: Port = 9000
    clickhouse_http_port: Port = 8123
    kafka_port: Port = 9092
    kafka_controller_port: Port = 9093

    clickhouse_memory_mb: int = Field(0, ge=0, description="memory cap of the local engine; 0 is half of the memory, 4096 at most")
    query_time_s: int = Field(300, ge=1, le=86_400, description="longest time of one query of the pipeline")
    analyst_query_time_s: int = Field(60, ge=1, le=86_400, description="longest time of one query of the user `analyst`")
    query_log_days: int = Field(7, ge=1, le=3650, description="how long the engine keeps its log of queries")
    kafka_memory_mb: int = Field(256, ge=128, le=65_536, description="heap of the local broker")
    kafka_retention_hours: int = Field(24, ge=1, le=87_600, description="how long the local broker keeps messages")
    kafka_retention_mb: int = Field(1024, ge=64, description="how much the local broker keeps of one partition")

    rule_folders: tuple[Path, ...] = Field((), description="folders with the user's own rules besides `rules` in the data folder; in the "
                                           "environment with colons between")  # fmt: skip
    important_repositories: tuple[str, ...] = Field((), description="patterns of REGISTRY/REPOSITORY whose risks weigh more; in the "
                                                    "environment with commas between")  # fmt: skip
    test_repositories: tuple[str, ...] = Field((), description="patterns of REGISTRY/REPOSITORY whose risks weigh less")
    advisory_sync_hours: int = Field(0, ge=0, le=8760, description="hours between two downloads of the configured feeds; 0 = only by hand")
    rescan_hours: int = Field(0, ge=0, le=87_600, description="hours after which an image is looked at again in whole; 0 = only when asked")
    clamd: str = Field("", description="a ClamAV daemon, `unix:///path` or `tcp://host:port`, that is asked about contents; empty = none")
    clamd_file_mb: int = Field(100, ge=1, le=4096, description="larger contents are not sent to it (its own bound is StreamMaxLength)")
    clamd_layer_s: int = Field(120, ge=1, le=1500, description="time that it may cost one layer")
    clamd_reread_days: int = Field(
        30, ge=0, le=3650, description="known layers are sent again once its database is so much newer; 0 = never"
    )
    retention_days: int = Field(0, ge=0, le=36_500, description="days after which changes of risks, events of containers and results of "
                                "images that are gone are deleted; 0 = never")  # fmt: skip
    fix_time_s: int = Field(1200, ge=10, le=86_400, description="longest time of the build of one fixed image")
    fix_disk_mb: int = Field(20_480, ge=100, description="disk space that one such build may use")
    fix_memory_mb: int = Field(2048, ge=64, description="memory of each process inside such a build")
    fix_storage: Literal["overlay", "vfs"] = Field("overlay", description="storage driver of a build; vfs is slow, and works everywhere")

    strategy: Literal["default", "full"] = Field("default", description="which rules run: the default ones, or all that there are")
    baseline_items: str = Field("", description="items and classes of the baseline that run, with commas between; empty: by strategy")

    language: Literal["en", "ja", "zh"] = Field("en", description="language of the titles and the advice that commands and pages show")

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_size_mb: int = Field(10, ge=1, le=10_240, description="size at which a process's log is rotated")
    log_files: int = Field(3, ge=1, le=100, description="rotated logs kept for each process")
    ready_timeout_s: int = Field(120, ge=1, le=3600, description="how long `up` waits for one process to answer")
    ready_file: Path | None = Field(None, description="set by the supervisor: the process creates this file when it is ready")

    @field_validator("kafka")
    @classmethod
    def _brokers(cls, value: str) -> str:
        for broker in value.split(",") if value else ():
            host, _, port = broker.strip().rpartition(":")
            if not host or not port.isdigit() or not 0 < int(port) < 65536:
                raise ValueError("must be host:port, or several of them with commas between")
        return ",".join(broker.strip() for broker in value.split(",")) if value else ""

    @field_validator("clamd")
    @classmethod
    def _daemon(cls, value: str) -> str:
        host, _, port = value.removeprefix("tcp://").rpartition(":")
        over_tcp = value.startswith("tcp://") and host and port.isdigit() and 0 < int(port) < 65536
        if value and not over_tcp and not value.startswith(("unix:///", "/")):
            raise ValueError("must be unix:///path/to/socket or tcp://host:port")
        return value

    @field_validator("clickhouse")
    @classmethod
    def _store(cls, value: str) -> str:
        if value:
            _split_clickhouse(value)
        return value

    @field_validator("rule_folders", mode="before")
    @classmethod
    def _folders(cls, value: object) -> object:
        return [one for one in value.split(os.pathsep) if one] if isinstance(value, str) else value

    @field_validator("important_repositories", "test_repositories", mode="before")
    @classmethod
    def _patterns(cls, value: object) -> object:
        return [one.strip() for one in value.split(",") if one.strip()] if isinstance(value, str) else value

    @property
    def kafka_address(self) -> str:
        """Bootstrap servers, `host:port[,host:port]`: the configured ones, else the local broker."""
        return self.kafka or f"127.0.0.1:{self.kafka_port}"

    @property
    def clickhouse_address(self) -> ClickHouseAddress:
        """The configured store, else the local engine."""
        if not self.clickhouse:
            return ClickHouseAddress(host="127.0.0.1", port=self.clickhouse_native_port)
        parts = _split_clickhouse(self.clickhouse)
        return ClickHouseAddress(
            host=parts.hostname or "", port=parts.port or 9000, user=unquote(parts.username or "default"),
            password=unquote(parts.password or ""), database=parts.path.strip("/"),
        )  # fmt: skip

    @property
    def clickhouse_url(self) -> str:
        """The same as one text: `clickhouse://user@host:port/database`."""
        where = self.clickhouse_address
        return self.clickhouse or f"clickhouse://{where.user}@{where.host}:{where.port}/{where.database or 'default'}"

    @property
    def run(self) -> Path:
        """Folder of process state: locks, process ids, ports."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """Folder of the processes' logs."""
        return self.home / "logs"

    def secret_key(self) -> bytes:
        """The 32 bytes that key hashes and sign tokens in this data folder; made on first use, the same for every process."""
        return _secret_key(self.home / "secret.key")

    def effective(self) -> dict[str, object]:
        """The settings for printing: JSON values, passwords masked."""
        shown = self.model_dump(mode="json")
        for name, value in shown.items():
            if value and any(part in name for part in SECRET_NAMES):
                shown[name] = MASK
        if self.clickhouse:
            parts = _split_clickhouse(self.clickhouse)
            if parts.password:
                user, _, place = parts.netloc.rpartition("@")
                shown["clickhouse"] = urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{MASK}@{place}"))
        return shown

    def environment(self) -> dict[str, str]:
        """The environment for a child process, which may run in another folder: that of this process, paths made absolute."""
        fixed = {"IMAGERISK_HOME": str(self.home), "IMAGERISK_CACHE": str(self.cache)}
        if self.config.exists():
            fixed["IMAGERISK_CONFIG"] = str(self.config)
        if self.rule_folders:
            fixed["IMAGERISK_RULE_FOLDERS"] = os.pathsep.join(map(str, self.rule_folders))
        return {**os.environ, **fixed}


def load_settings(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read all settings.

    environment: variables to read, default those of this process. folder: what relative paths start from, default the current folder.
    Raises SettingsError with one sentence for an unreadable file, an unknown key or a bad value.
    """
    variables = os.environ if environment is None else environment
    base = folder or Path.cwd()
    values = from_environment(variables, set(Settings.model_fields))
    home = _absolute(base, values.get("home") or ".imagerisk")
    config = _absolute(base, values.get("config") or home / "config.toml")
    merged = {**from_file(config, set(Settings.model_fields), required="config" in values), **values}
    cache = merged.get("cache") or Path(variables.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "imagerisk"
    merged |= {"home": home, "config": config, "cache": _absolute(base, cache)}
    try:
        read = Settings.model_validate(merged)
        return read.model_copy(update={"rule_folders": tuple(_absolute(base, folder) for folder in read.rule_folders)})
    except ValidationError as error:
        raise SettingsError(explain(error, values, config)) from error


def _absolute(base: Path, path: object) -> Path:
    return Path(os.path.abspath(base / Path(str(path)).expanduser()))  # noqa: PTH100 (resolve() would follow links)


def _split_clickhouse(address: str) -> SplitResult:
    message = "must be clickhouse://user:password@host:port/database"
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise ValueError(message) from error
    if parts.scheme != "clickhouse" or not parts.hostname or not port_is_fine or parts.query or parts.fragment:
        raise ValueError(message)
    return parts


def _secret_key(path: Path) -> bytes:
    """Create once and read: the hard link fails for all but the first of several processes that race."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink(missing_ok=True)
    key = path.read_bytes()
    if len(key) != 32:
        raise SettingsError(f"{path} must hold 32 bytes and holds {len(key)}: restore it from a copy, or delete it to begin with a new key")
    return key
