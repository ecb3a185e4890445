"""The programs that write the databases as judges: dpkg-query on this machine's packages, rpm on a database it has just written."""

from __future__ import annotations

import shutil
import sqlite3
import struct
import subprocess
from pathlib import Path

import pytest

from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.rpm import Rpm
from analyzers.collectors.rpmdb import sqlite
from analyzers.collectors.rpmdb.corrupt import Corrupt
from analyzers.contract import BaseCollector, Entry, FileView, PassContext
from schemas.facts import Fact, OwnedFiles, Package, Skipped

SPEC = """Name: {name}
Version: {version}
Release: {release}
{epoch}Summary: t
License: MIT
BuildArch: noarch
{requires}
%description
t
%install
mkdir -p %{{buildroot}}/opt/{name}
echo {name} > %{{buildroot}}/opt/{name}/file
%files
/opt/{name}/file
"""
PACKAGES = (("alpha", "1.0.2k", "19.el7", "1", ""), ("beta", "2.0~rc1", "1", "", "Requires: alpha"), ("gamma", "3^git1", "2.fc38", "0", ""))


def read(collector: type[BaseCollector], files: dict[str, bytes]) -> list[Fact]:
    instance = collector(PassContext(secret_key=b"key"))
    facts: list[Fact] = []
    for path, data in files.items():
        facts.extend(instance.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))
    facts.extend(instance.finish())
    return facts


def test_dpkg_query_sees_the_same() -> None:
    if shutil.which("dpkg-query") is None:
        pytest.skip("no dpkg-query on this machine")
    form = "${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Architecture}\\t${source:Package}\\t${source:Version}\\n"
    lines = subprocess.run(["dpkg-query", "-W", "-f", form], check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    facts = read(Dpkg, {"var/lib/dpkg/status": Path("/var/lib/dpkg/status").read_bytes()})
    shown = {(one.name, one.version, one.arch, one.source, one.source_version) for one in facts if isinstance(one, Package)}
    assert shown == {tuple(row[1:]) for row in rows if row[0][1] not in "nc"}


def test_dpkg_lists_own_the_files_of_dpkg() -> None:
    info = Path("/var/lib/dpkg/info")
    if not (info / "dpkg.list").exists():
        pytest.skip("no dpkg on this machine")
    files = {f"var/lib/dpkg/info/{path.name}": path.read_bytes() for path in info.glob("dpkg.*") if path.suffix in (".list", ".md5sums")}
    (fact,) = [one for one in read(Dpkg, files) if isinstance(one, OwnedFiles)]
    sums = dict(zip(fact.files, fact.md5, strict=True))
    assert fact.package == "dpkg" and sums["usr/bin/dpkg"] and "usr/bin" not in sums and "" not in sums


@pytest.fixture(scope="module")
def rpm_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that rpm has written: rpmdb.sqlite in WAL mode with its log beside it."""
    if shutil.which("rpm") is None or shutil.which("rpmbuild") is None:
        pytest.skip("no rpm and rpmbuild on this machine (Debian package rpm)")
    work = tmp_path_factory.mktemp("rpm")
    for name, version, release, epoch, requires in PACKAGES:
        spec = work / f"{name}.spec"
        epoch_line = f"Epoch: {epoch}\n" if epoch else ""
        spec.write_text(SPEC.format(name=name, version=version, release=release, epoch=epoch_line, requires=requires))
        command = ["rpmbuild", "-bb", "--quiet", "--define", f"_topdir {work}/top", "--define", "vendor CentOS", str(spec)]
        subprocess.run(command, check=True, capture_output=True, cwd=work)
    root = work / "image"
    root.mkdir()
    rpm = ["rpm", "--root", str(root), "--dbpath", "/var/lib/rpm"]
    subprocess.run([*rpm, "--initdb"], check=True, capture_output=True)
    built = [str(path) for path in sorted((work / "top").rglob("*.rpm"))]
    subprocess.run([*rpm, "--force-debian", "-i", "--nodeps", "--nosignature", *built], check=True, capture_output=True)
    return root / "var/lib/rpm"


def test_rpm_sees_the_same(rpm_folder: Path) -> None:
    files = {
        f"var/lib/rpm/{path.name}": path.read_bytes() for path in sorted(rpm_folder.glob("rpmdb.sqlite*")) if path.suffix != ".sqlite-shm"
    }
    files.pop("var/lib/rpm/rpmdb.sqlite-shm", None)
    facts = read(Rpm, files)
    assert not [one for one in facts if isinstance(one, Skipped)]
    form = "%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\n"
    command = ["rpm", "--root", str(rpm_folder.parents[2]), "--dbpath", "/var/lib/rpm", "--force-debian", "-qa", "--qf", form]
    rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    shown = {(one.name, one.version, one.arch, one.source) for one in facts if isinstance(one, Package)}
    assert shown == {tuple(row.split("\t")) for row in rows} and len(shown) == len(PACKAGES)
    assert next(one for one in facts if isinstance(one, Package) and one.name == "beta").depends == ("alpha",)
    owned = {one.package: one.files for one in facts if isinstance(one, OwnedFiles)}
    assert owned["gamma"] == ("opt/gamma/file",)


def database_with_log(folder: Path, big: int) -> tuple[bytes, bytes, list[bytes]]:
    """SQLite's own work: one committed row in the database, more in the log, as a crash would leave both."""
    path = folder / "rpmdb.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size=1024")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    rows = [bytes([index % 256]) * (index * 97 % big + 1) for index in range(60)]
    connection.execute("INSERT INTO Packages (blob) VALUES (?)", (rows[0],))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for row in rows[1:]:
        connection.execute("INSERT INTO Packages (blob) VALUES (?)", (row,))
    data, log = path.read_bytes(), (folder / "rpmdb.sqlite-wal").read_bytes()
    connection.close()
    return data, log, rows


@pytest.mark.parametrize("big", [50, 1000, 30_000])
def test_committed_frames_count(tmp_path: Path, big: int) -> None:
    data, log, rows = database_with_log(tmp_path, big)
    assert list(sqlite.headers(data, log)) == rows
    assert list(sqlite.headers(data)) == rows[:1]


def test_what_the_log_has_not_committed_does_not_count(tmp_path: Path) -> None:
    data, log, rows = database_with_log(tmp_path, 200)
    assert list(sqlite.headers(data, log[:-10])) == rows[:-1]
    damaged = bytearray(log)
    damaged[-5] ^= 1
    assert read_till_damage(data, bytes(damaged)) == (rows[:-1], "a frame of the write-ahead log is damaged")
    stale = log[:16] + struct.pack(">I", 1) + log[20:]
    assert read_till_damage(data, stale) == (rows[:1], "the head of the write-ahead log is damaged")


def read_till_damage(data: bytes, log: bytes) -> tuple[list[bytes], str]:
    found: list[bytes] = []
    try:
        found.extend(sqlite.headers(data, log))
    except Corrupt as error:
        return found, str(error)
    return found, ""


def test_a_log_without_its_database_is_named(tmp_path: Path) -> None:
    _, log, _ = database_with_log(tmp_path, 200)
    (fact,) = read(Rpm, {"var/lib/rpm/rpmdb.sqlite-wal": log})
    assert isinstance(fact, Skipped) and "write-ahead log" in fact.reason
