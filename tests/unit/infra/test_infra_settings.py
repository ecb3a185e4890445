"""Settings: where values come from, what is refused and how, secrets."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.settings import MASK, load_settings
from infra.settings_sources import SettingsError, from_environment


def test_defaults_and_relative_paths(tmp_path: Path) -> None:
    settings = load_settings({"XDG_CACHE_HOME": "/var/cache/me"}, tmp_path)
    assert settings.home == tmp_path / ".imagerisk"
    assert settings.config == tmp_path / ".imagerisk" / "config.toml"
    assert settings.cache == Path("/var/cache/me/imagerisk")
    ports = (
        settings.gateway_port,
        settings.console_port,
        settings.clickhouse_native_port,
        settings.clickhouse_http_port,
        settings.kafka_port,
    )
    assert ports == (8090, 8080, 9000, 8123, 9092)
    assert settings.kafka_address == "127.0.0.1:9092"
    assert (settings.clickhouse_address.host, settings.clickhouse_address.port, settings.clickhouse_address.database) == (
        "127.0.0.1",
        9000,
        "",
    )
    assert load_settings({"IMAGERISK_HOME": "../there"}, tmp_path).home == tmp_path.parent / "there"


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = tmp_path / "my settings.toml"
    file.write_text('gateway_port = 1111\nconsole_port = 2222\nlog_level = "debug"\n')
    settings = load_settings({"IMAGERISK_CONFIG": str(file), "IMAGERISK_CONSOLE_PORT": "3333"}, tmp_path)
    assert (settings.gateway_port, settings.console_port, settings.kafka_port, settings.log_level) == (1111, 3333, 9092, "debug")


def test_double_underscores_nest() -> None:
    found = from_environment({"IMAGERISK_ROOM__TABLE__LEG": "1", "IMAGERISK_ROOM__DOOR": "2", "OTHER": "3"}, {"room"})
    assert found == {"room": {"table": {"leg": "1"}, "door": "2"}}


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("gatway_port = 1\n", ["unknown key `gatway_port`", "did you mean gateway_port", "allowed: "]),
        ("gateway_port = 70000\n", ["`gateway_port` (70000)", "less than or equal to 65535"]),
        ('log_level = "loud"\n', ["`log_level` ('loud')", "'debug', 'info', 'warning' or 'error'"]),
        ('kafka = "nowhere"\n', ["`kafka` ('nowhere')", "host:port"]),
        ('home = "/elsewhere"\n', ["IMAGERISK_HOME"]),
        ("gateway_port = \n", ["not valid TOML", "line 1"]),
        ("gateway_port = 1\xff\n", ["cannot be read"]),
    ],
)
def test_a_bad_file_is_named_with_key_and_what_is_allowed(tmp_path: Path, content: str, parts: list[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(SettingsError) as raised:
        load_settings({"IMAGERISK_CONFIG": str(file)}, tmp_path)
    sentence = str(raised.value)
    assert "\n" not in sentence
    assert [part for part in [str(file), *parts] if part not in sentence] == []


def test_a_bad_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"IMAGERISK_KAFKA_PORT \('many'\): input should be a valid integer"):
        load_settings({"IMAGERISK_KAFKA_PORT": "many"}, tmp_path)
    with pytest.raises(SettingsError, match=r"does not exist: create it, or unset IMAGERISK_CONFIG"):
        load_settings({"IMAGERISK_CONFIG": "absent.toml"}, tmp_path)


def test_unknown_variables_are_told_and_those_of_kubernetes_are_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    links = {
        "IMAGERISK_GATEWAY_PORT": "tcp://10.0.0.1:8090",
        "IMAGERISK_GATEWAY_SERVICE_HOST": "10.0.0.1",
        "IMAGERISK_GATEWAY_SERVICE_PORT_HTTP": "8090",
        "IMAGERISK_GATEWAY_PORT_8090_TCP_ADDR": "10.0.0.1",
    }
    assert load_settings(links, tmp_path).gateway_port == 8090
    assert caplog.messages == []
    load_settings({"IMAGERISK_GATWAY_PORT": "1"}, tmp_path)
    assert caplog.messages == ["IMAGERISK_GATWAY_PORT is not a setting and has no effect; the nearest is IMAGERISK_GATEWAY_PORT"]


@pytest.mark.parametrize("address", ["http://host:9000", "clickhouse://", "clickhouse://host:70000", "clickhouse://host:9000/db?x=1"])
def test_a_store_address_is_checked_without_telling_its_password(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError, match="IMAGERISK_CLICKHOUSE: must be clickhouse://user:password@host:port/database"):
        load_settings({"IMAGERISK_CLICKHOUSE": address}, tmp_path)


def test_existing_servers(tmp_path: Path) -> None:
    given = {"IMAGERISK_CLICKHOUSE": "clickhouse://us%40er:p%2Fw@store.example:9440/risks", "IMAGERISK_KAFKA": "a:1, b:2"}
    settings = load_settings(given, tmp_path)
    assert settings.kafka_address == "a:1,b:2"
    store = settings.clickhouse_address
    assert (store.host, store.port, store.user, store.password, store.database) == ("store.example", 9440, "us@er", "p/w", "risks")
    shown = str(settings.effective())
    assert "p%2Fw" not in shown
    assert f"clickhouse://us%40er:{MASK}@store.example:9440/risks" in shown


def test_the_secret_key_is_made_once_whoever_comes_first(tmp_path: Path) -> None:
    script = "from infra.settings import load_settings; print(load_settings().secret_key().hex())"
    root = str(Path(__file__).parents[3])

    def ask(_: int) -> str:
        variables = {"IMAGERISK_HOME": str(tmp_path / "new"), "PYTHONPATH": root}
        return subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(ask, range(4)))
    assert len(keys) == 1
    path = tmp_path / "new" / "secret.key"
    assert (len(path.read_bytes()), stat.S_IMODE(path.stat().st_mode)) == (32, 0o600)
    assert [one.name for one in path.parent.iterdir()] == ["secret.key"]


def test_a_damaged_secret_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match="must hold 32 bytes and holds 5"):
        load_settings({"IMAGERISK_HOME": str(tmp_path)}).secret_key()
