"""Downloads: whole or not at all, exactly what the locks pin, and a clear word when a tool is missing."""

from __future__ import annotations

import importlib.resources
import json
import stat
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infra.local import clickhouse, java, kafka
from infra.local.errors import LocalError
from infra.local.install import check_room, install_once, run_tool


def test_many_at_once_fill_once(tmp_path: Path) -> None:
    filled: list[Path] = []
    start = threading.Barrier(4)

    def fill(draft: Path) -> None:
        filled.append(draft)
        (draft / "file").write_text("whole")

    def install(_: int) -> Path:
        start.wait()
        return install_once(tmp_path / "deep" / "thing", fill, need_mb=0)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(install, range(4))) == {tmp_path / "deep" / "thing"}
    assert len(filled) == 1
    assert (tmp_path / "deep" / "thing" / "file").read_text() == "whole"


def test_a_failure_leaves_nothing_and_the_next_try_works(tmp_path: Path) -> None:
    def half(draft: Path) -> None:
        (draft / "half").touch()
        raise LocalError("the network is away", "try again")

    with pytest.raises(LocalError, match="the network is away: try again"):
        install_once(tmp_path / "thing", half, need_mb=0)
    assert [path.name for path in tmp_path.iterdir()] == [".thing.lock"]
    assert install_once(tmp_path / "thing", lambda draft: (draft / "file").touch(), need_mb=0).is_dir()


def test_a_full_disk_and_a_cache_that_is_no_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"MB left and \d+ MB are needed.*IMAGERISK_CACHE"):
        check_room(tmp_path, 1 << 40)
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match=r"cannot be written.*IMAGERISK_CACHE"):
        install_once(tmp_path / "file" / "thing", lambda draft: None, need_mb=0)


def test_a_failing_tool_is_quoted(tmp_path: Path) -> None:
    script = "import sys; print('no route'); print('to host', file=sys.stderr); sys.exit(9)"
    with pytest.raises(LocalError, match=r"(?s)exit code 9.*no route.*to host.*check the network"):
        run_tool([sys.executable, "-uc", script], tmp_path, remedy="check the network")


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "21-ea" 2023-09-19', 21),
        ("nothing of the kind", 0),
    ],
)
def test_the_version_of_a_java(tmp_path: Path, line: str, version: int) -> None:
    assert java.java_version(str(program(tmp_path / "java", f"echo '{line}' >&2"))) == version


def test_an_old_or_broken_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = program(tmp_path / "old" / "bin" / "java", "echo 'openjdk version \"11.0.2\"' >&2")
    new = program(tmp_path / "new" / "java", "echo 'openjdk version \"17.0.2\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(old.parents[1]))
    monkeypatch.setenv("PATH", str(new.parent))
    assert java.installed_java() == new
    program(new, "exit 1")
    assert java.installed_java() is None
    assert java.java_version(str(tmp_path / "absent")) == 0


def test_missing_download_tools_are_named_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalError, match=r"Maven.*not found.*IMAGERISK_KAFKA"):
        kafka.install_kafka(tmp_path / "cache")
    with pytest.raises(LocalError, match=r"Node.*not found.*IMAGERISK_CLICKHOUSE"):
        clickhouse.install_clickhouse(tmp_path / "cache")


def test_an_unknown_platform_is_told_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "sparc")
    with pytest.raises(LocalError, match=r"no local engine for .* on sparc: set IMAGERISK_CLICKHOUSE"):
        clickhouse.install_clickhouse(tmp_path)


def test_only_the_locked_jars_are_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"  # of "foo"
    monkeypatch.setattr(kafka, "locked_sums", lambda: {"a.jar": digest, "b.jar": digest})
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "a.jar").write_text("foo")
    with pytest.raises(LocalError, match=r"b.jar is missing.*delete"):
        kafka.check_jars(jars)
    (jars / "b.jar").write_text("foo")
    kafka.check_jars(jars)
    (jars / "b.jar").write_text("fop")
    with pytest.raises(LocalError, match=r"b.jar has another checksum"):
        kafka.check_jars(jars)
    (jars / "b.jar").write_text("foo")
    (jars / "c.jar").write_text("foo")
    with pytest.raises(LocalError, match=r"c.jar does not belong there"):
        kafka.check_jars(jars)


def test_the_locks_pin_contents_and_no_addresses() -> None:
    resources = importlib.resources.files("infra.local")
    sums = kafka.locked_sums()
    assert {"kafka_2.13-4.4.0.jar", "slf4j-simple-1.7.36.jar"} <= sums.keys()
    assert {len(digest) for digest in sums.values()} == {64}
    lock = json.loads(resources.joinpath("engine.package-lock.json").read_text())
    packages = {name.removeprefix("node_modules/"): entry for name, entry in lock["packages"].items() if name}
    assert set(clickhouse.PACKAGE.values()) == packages.keys()
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry
    assert "--hash=sha256:" in resources.joinpath("java.lock").read_text()
