"""ClamAV as one of the readers of a layer: what is sent, what becomes of the answers, and what the scan row says where there is none."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
import zipfile
from datetime import date
from pathlib import Path
from socket import socket

import pytest

from analyzers.collectors.clamav import ClamAv, worth_asking
from analyzers.collectors.clamav_names import sample_type
from analyzers.collectors.eicar import TEST_STRING
from analyzers.collectors.samples import SampleCollector
from analyzers.contract import AnalysisInputs, Collector, PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import inspect_layer
from analyzers.malicious_samples import MaliciousSamples
from analyzers.user_rules.hash_lists import HashLists, read_lists
from schemas.findings import ScanReport
from schemas.vocabulary import ScanState
from streams.clamd import FAILURES, Clamd, ClamdSettings
from tests.unit.streams.clamd_server import Server, Talk, dying, judging, limiting
from tests.unit.streams.clamd_server import content as content_of

ELF = b"\x7fELF" + bytes(60)
MB = 1 << 20
BOTH = (SampleCollector, ClamAv)


def layer(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(f"srv/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def scan(
    blob: bytes,
    address: str,
    collectors: tuple[type[Collector], ...] = BOTH,
    rules: dict[str, bytes] | None = None,
    max_bytes: int = 100 * MB,
    lists: HashLists | None = None,
) -> ScanReport:
    context = PassContext(b"key", rules or {}, antivirus=Clamd(ClamdSettings(address, max_bytes), file_s=2))
    result = inspect_layer([blob], collectors, context)
    assert result.state == "succeeded"
    view = ImageView("sha256:i", ("sha256:a",), tuple(Located(0, fact) for fact in result.facts))
    return MaliciousSamples().analyze(view, AnalysisInputs(date(2026, 1, 1), hash_lists=lists or HashLists()))


def scanned(folder: Path, blob: bytes, talk: Talk = judging, **more: object) -> tuple[ScanReport, int]:
    server = Server(talk)
    with server.at(folder / "s") as address:
        return scan(blob, address, **more), server.asked  # type: ignore[arg-type]


def test_a_sample_is_found_by_clamav_alone(tmp_path: Path) -> None:
    report, asked = scanned(
        tmp_path, layer(**{"bot": ELF + b"bad", "fine": ELF, "prose.md": b"bad words\n", "picture": b"\x89PNG bad", "run": b"#!/bin/sh\n"})
    )
    (one,) = report.findings
    assert (one.path, one.rule, one.score, one.severity) == ("srv/bot", "Miner", 90.0, "urgent")
    assert (one.details["sources"], one.details["rules"]) == ("clamav", "Local.Miner")
    assert len(one.details["sha256"]) == 64 and asked == 3
    assert (report.state, report.skipped) == (ScanState.SUCCEEDED, [])


def test_two_sources_agree_and_what_is_known_keeps_its_type(tmp_path: Path) -> None:
    rule = {"mine.yar": b'rule MAL_Shop { strings: $a = "bad" condition: $a }'}
    blob = layer(bot=ELF + b"bad")
    (alone,) = scan(blob, "/nowhere", rules=rule).findings
    report, _ = scanned(tmp_path, blob, rules=rule)
    (both,) = report.findings
    assert (alone.score, both.score, both.details["sources"]) == (90.0, 100.0, "clamav, yara")
    assert alone.id == both.id


def test_a_trusted_file_stays_trusted(tmp_path: Path) -> None:
    content = ELF + b"bad"
    trusted = read_lists({"trusted.txt": hashlib.sha256(content).hexdigest().encode()})
    report, asked = scanned(tmp_path, layer(bot=content), lists=trusted)
    assert (report.findings, asked) == ([], 1)


def test_large_contents_are_sent_window_by_window(tmp_path: Path) -> None:
    content = ELF + bytes(40 * MB) + b"bad"
    received: list[bytes] = []

    def keeping(connection: socket) -> None:
        received.append(content_of(connection))
        connection.sendall(b"stream: X FOUND\0")

    report, _ = scanned(tmp_path, layer(big=content), keeping, collectors=(ClamAv,))
    assert received == [content]
    assert len(report.findings) == 1 and len(report.findings[0].details["sha256"]) == 64


def test_archives_are_sent_whole(tmp_path: Path) -> None:
    report, asked = scanned(tmp_path, layer(a_zip=zipped("x", ELF + b"bad")), collectors=(ClamAv,))
    assert ([one.path for one in report.findings], asked) == (["srv/a_zip"], 1)


def notes(report: ScanReport) -> list[str]:
    return [one.reason.removeprefix("antivirus_not_asked: ClamAV about ") for one in report.skipped]


def test_an_absent_daemon_is_a_note(tmp_path: Path) -> None:
    report = scan(layer(**{f"p{number}": ELF for number in range(200)}, eicar=TEST_STRING), str(tmp_path / "none"))
    assert report.state is ScanState.SUCCEEDED and report.reason == ""
    assert notes(report) == [f"201 files, the first srv/p0: {tmp_path}/none: No such file or directory"]
    assert [one.rule for one in report.findings] == ["Engtest"]


def test_a_dying_daemon_is_a_note(tmp_path: Path) -> None:
    report, asked = scanned(tmp_path, layer(**{f"p{number}": ELF + bytes(MB) for number in range(9)}), dying)
    assert (report.state, asked) == (ScanState.SUCCEEDED, FAILURES)
    assert notes(report) == ["9 files, the first srv/p0: the daemon hung up without an answer"]


def test_what_is_too_large_is_a_note_and_the_rest_is_asked_about(tmp_path: Path) -> None:
    report, asked = scanned(tmp_path, layer(a=ELF + bytes(5000), b=ELF, c=ELF + bytes(6000)), limiting)
    assert asked == 2 and notes(report) == [
        "one file srv/a: the daemon says INSTREAM size limit exceeded. ERROR", "one file srv/c: larger than 5063 bytes",
    ]  # fmt: skip
    report, asked = scanned(tmp_path, layer(a=ELF + bytes(5000), b=ELF + b"bad"), max_bytes=1000)
    assert (len(report.findings), asked, notes(report)) == (1, 1, ["one file srv/a: larger than 1000 bytes"])


def test_a_cut_layer_leaves_nothing_open(tmp_path: Path) -> None:
    with Server(judging).at(tmp_path / "s") as address:
        context = PassContext(b"key", antivirus=Clamd(ClamdSettings(address)))
        result = inspect_layer([layer(big=ELF + bytes(40 * MB))[: 35 * MB]], [ClamAv], context)
    assert (result.state, result.told[ClamAv.name]) == ("partial", [])


def test_a_sparse_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "image"
    with file.open("wb") as opened:
        opened.write(ELF)
        opened.seek(40 * MB)
        opened.write(b"end")
    blob = subprocess.run(["tar", "-cSf", "-", "-C", str(tmp_path), "image"], capture_output=True, check=True).stdout
    report, _ = scanned(tmp_path, blob, collectors=(ClamAv,))
    assert notes(report) == ["one file image: sent without the holes of a sparse file"]


@pytest.mark.parametrize(
    ("path", "head", "asked"),
    [
        ("usr/bin/x", ELF, True), ("x.exe", b"MZ" + bytes(80), True), ("run", b"#!/bin/sh\n", True), ("a.php", b"<?php ", True),
        ("etc/cron.d/x", b"* * * * * root x\n", True), ("a.pdf", b"%PDF-1.7\n", True), ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True),
        ("a.rtf", b"{\\rtf1", True), ("a.zip", b"PK\x03\x04", True), ("usr/share/doc/a.gz", b"\x1f\x8b\x08", False),
        ("README", b"hello\n", False), ("a.json", b"{}", False), ("a.png", b"\x89PNG", False), ("empty", b"", False),
        ("data.bin", b"\1\2\3\4", False),
    ],
)  # fmt: skip
def test_what_is_sent(path: str, head: bytes, asked: bool) -> None:
    assert worth_asking(path, head) is asked


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("Unix.Trojan.Mirai-5607483-0", ("DDoS", 90)), ("Unix.Malware.Gafgyt-1", ("DDoS", 90)), ("Win.Trojan.Agent-36390", ("Trojan", 90)),
        ("Dos.Trojan.Killer-1", ("Trojan", 90)), ("Win.Trojan.Latest-1", ("Trojan", 90)), ("Unix.Coinminer.XMRig-1", ("Miner", 90)),
        ("Multios.Coinminer.Miner-6781728-2", ("Miner", 90)), ("Win.Ransomware.WannaCry-1", ("RansomWare", 90)),
        ("Php.Webshell.C99-1", ("WebShell", 90)), ("Unix.Tool.Nmap-1", ("Hacktool", 90)), ("Win.Exploit.CVE_2017_0199-1", ("Exploit", 90)),
        ("Win.Test.EICAR_HDB-1", ("Engtest", 90)), ("Eicar-Test-Signature", ("Engtest", 90)), ("Clamav.Test.File-6", ("Engtest", 90)),
        ("Local.ClamTestFile", ("Engtest", 90)), ("PUA.Win.Packer.Upx-1", ("RiskWare", 65)), ("PUA.Unix.Coinminer.X-1", ("RiskWare", 65)),
        ("Heuristics.Broken.Executable", ("RiskWare", 65)), ("YARA.Local_Miner", ("Miner", 90)), ("YARA.Unknown", ("Suspicious", 90)),
        ("Doc.Macro.Obfuscated-1", ("MalScript", 90)), ("Local.Thing", ("Malware", 90)), ("X", ("Malware", 90)),
    ],
)  # fmt: skip
def test_names_of_signatures(signature: str, expected: tuple[str, int]) -> None:
    assert sample_type(signature) == expected
