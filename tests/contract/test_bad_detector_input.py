"""One image full of input that was made to break detectors: each is named in the scan row, and everything else is still counted."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from analyzers.baseline import Baseline
from analyzers.build_commands import BuildCommands
from analyzers.collectors import user_yara, yara_rules
from analyzers.collectors.eicar import TEST_STRING
from analyzers.config import MAX_HISTORY, inspect_config
from analyzers.contract import AnalysisInputs, Category, PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import inspect_layer
from analyzers.malicious_samples import MaliciousSamples
from analyzers.registry import COLLECTORS
from analyzers.sensitive_files import SensitiveFiles
from schemas.findings import ScanReport
from streams.analysis import report_of

MB = 1 << 20
CATEGORIES: tuple[type[Category], ...] = (Baseline, MaliciousSamples, SensitiveFiles, BuildCommands)
TOKEN = "ghp" + "_" + "q7Zt8Lw2Xc4Vb6Nm1As3Df5Gh7Jk9Pr0aB" + "cD"
PEM = "-----BEGIN {0}PRIVATE KEY-----\n{1}\n-----END {0}PRIVATE KEY-----\n"
GOOD: dict[str, bytes] = {
    "etc/passwd": b"root:x:0:0::/root:/bin/sh\nguest:x:0:1000::/home/guest:/bin/sh\n",
    "srv/test.com": TEST_STRING,
    "srv/.env": f"DATABASE_URL=postgres://shop:{TOKEN[4:30]}@db.internal/shop\n".encode(),
}
HISTORY = [{"created_by": "RUN /bin/sh -c curl -fsSL https://get.example.org/x.sh | " + "sh"}]
CONFIG = {"os": "linux", "config": {"Cmd": ["sh"]}, "history": HISTORY, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64]}}
PLANTS = {"nonroot_uid0", "Engtest", "url_credential", "pipe_to_shell"}


def tar(files: dict[str, bytes]) -> Iterator[bytes]:
    for name, content in files.items():
        info = tarfile.TarInfo(name)
        info.size = len(content)
        yield info.tobuf(tarfile.GNU_FORMAT)
        yield content
        yield bytes(-len(content) % 512)
    yield bytes(1024)


def scan(files: dict[str, bytes], config: bytes | None = None, rules: dict[str, bytes] | None = None) -> dict[str, ScanReport]:
    """Category -> its report on the good files and these, read in one pass by all collectors."""
    context = PassContext(b"k" * 32, rules or {})
    result = inspect_layer(tar({**GOOD, **files}), COLLECTORS, context)
    assert result.state == "succeeded"
    facts = [Located(-1, fact) for fact in inspect_config(config if config is not None else json.dumps(CONFIG).encode(), context)]
    facts += [Located(0, fact) for fact in result.facts]
    view = ImageView("sha256:i", ("sha256:a",), tuple(facts))
    view = ImageView("sha256:i", ("sha256:a",), tuple(facts), partial=view.broken_promises())
    return {one.id.value: report_of(one, view, AnalysisInputs(date(2026, 1, 1))) for one in CATEGORIES}


def named(report: ScanReport, path: str) -> list[str]:
    return [one.reason for one in report.skipped if one.path == path]


def found(reports: dict[str, ScanReport]) -> set[str]:
    return {one.rule for report in reports.values() for one in report.findings}


def test_the_plants_alone() -> None:
    reports = scan({})
    assert found(reports) >= PLANTS
    assert {name: report.state for name, report in reports.items()} == dict.fromkeys(reports, "succeeded")


@pytest.mark.parametrize("begin", [b"", b"#!/bin/sh\n", b"password = "])
def test_a_line_of_100_mb(begin: bytes) -> None:
    """Scanners of contents go through it in windows, what lies behind it in the file is found, readers of settings say that it is large."""
    line = begin + b"a" * (100 * MB)
    behind = f"\nurl = https://ci:{TOKEN}@git.internal/x\n".encode()
    reports = scan({"srv/long": line + behind, "etc/shadow": line[: 17 * MB], "etc/ssh/sshd_config": line[: 17 * MB]})
    assert found(reports) >= PLANTS
    assert "srv/long" in {one.path for one in reports["sensitive-file"].findings}
    for path in ("etc/shadow", "etc/ssh/sshd_config"):
        assert named(reports["baseline"], path)[0].startswith("file_too_large")
    assert reports["baseline"].state == "partial"
    samples = reports["malicious-sample"]
    assert samples.state == "succeeded" and [one[:15] for one in named(samples, "srv/long")] == ["file_too_large:"] * (
        not begin.startswith(b"#!")
    )


def test_a_line_of_15_mb_in_every_settings_file() -> None:
    """Below the bounds of their readers: they read it, and their category stands."""
    line = b"key = " + b"a" * (15 * MB)
    paths = ("etc/shadow", "etc/group", "etc/ssh/sshd_config", "etc/nginx/nginx.conf", "etc/sudoers", "root/.ssh/authorized_keys",
             "etc/redis/redis.conf", "etc/apt/sources.list", "etc/ld.so.preload")  # fmt: skip
    reports = scan(dict.fromkeys(paths, line))
    assert found(reports) >= PLANTS
    assert {name: report.state for name, report in reports.items() if name != "baseline"} == {
        "malicious-sample": "succeeded", "sensitive-file": "succeeded", "build-command": "succeeded",
    }  # fmt: skip
    assert all(one.path in paths and one.reason.startswith("file_too_large") for one in reports["baseline"].skipped)


def der(size: bytes, content: bytes = b"\2\1\0") -> bytes:
    return b"\x30" + size + content


BODY = base64.b64encode(bytes(range(1, 200))).decode()
OPENSSH = b"openssh-key-v1\0" + b"\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1" + b"\0\0\0\x33\0\0\0\x0bssh-ed25519" + bytes(range(200))
DAMAGED = {
    "srv/cut.pem": PEM.format("RSA ", BODY).encode()[:150],
    "srv/empty.pem": PEM.format("", "").encode(),
    "srv/garbage.key": PEM.format("EC ", "%%%% no base64 %%%%\n" * 9).encode(),
    "srv/cut.der": der(b"\x82\x04\xa4") + bytes(range(256)),
    "srv/exabytes.key": der(b"\x88" + b"\x7f" + b"\xff" * 7) + bytes(64),
    "srv/absurd.p12": der(b"\x84\xff\xff\xff\xff") + bytes(64),
    "srv/endless.p8": der(b"\xff" * 40),
    "srv/cut.ppk": b"PuTTY-User-Key-File-2: ssh-rsa\r\nEncryption: none\r\nComment: x\r\nPublic-Lines: 6\r\nAAAA",
    "srv/lying_openssh": PEM.format("OPENSSH ", base64.b64encode(b"openssh-key-v1\0" + b"\xff" * 8 + bytes(range(120))).decode()).encode(),
}  # fmt: skip


def test_malformed_keys() -> None:
    reports = scan(DAMAGED)
    report = reports["sensitive-file"]
    assert found(reports) >= PLANTS
    assert {path: bool(named(report, path)) for path in DAMAGED} == dict.fromkeys(DAMAGED, True)
    assert all(reason.startswith("unreadable: ") for path in DAMAGED for reason in named(report, path))
    assert report.state == "succeeded", "nobody could have read more"


def test_a_key_with_lying_lengths_is_told_as_one_that_nothing_guards() -> None:
    lying = {"srv/id": PEM.format("OPENSSH ", base64.b64encode(OPENSSH[:80] + b"\x7f" * 4 + OPENSSH[80:]).decode()).encode()}
    report = scan(lying)["sensitive-file"]
    [one] = [one for one in report.findings if one.path == "srv/id"]
    assert (one.rule, one.severity, one.details["protected"]) == ("openssh_private_key", "high", "no")
    assert one.details["damaged"] and named(report, "srv/id")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_a_real_key_is_not_damaged_and_every_cut_of_it_ends(kind: str, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(tmp_path / "id")], check=True)
    key = (tmp_path / "id").read_bytes()
    report = scan({"root/.ssh/id": key})["sensitive-file"]
    [one] = [one for one in report.findings if one.path == "root/.ssh/id"]
    assert "damaged" not in one.details and report.skipped == []
    cuts = {f"srv/cut{size}": key[:size] for size in range(40, len(key) - 40, 97)}
    assert {path for path in cuts if named(scan(cuts)["sensitive-file"], path)} == set(cuts)


WHOLE = {
    "md5": "$1$saltsalt$" + "a" * 22, "apr1": "$apr1$saltsalt$" + "a" * 22, "sha256": "$5$saltsalt$" + "a" * 43,
    "sha512": "$6$saltsalt$" + "a" * 86, "bcrypt": "$2b$10$" + "a" * 53, "yescrypt": "$y$j9T$saltsalt$" + "a" * 43,
    "gost-yescrypt": "$gy$j9T$saltsalt$" + "a" * 43, "scrypt": "$7$CU..../....saltsalt$" + "a" * 43, "sha1": "$sha1$480$salt$" + "a" * 28,
    "bsdi": "_J9..rasm" + "a" * 11,
}  # fmt: skip
MALFORMED = {
    **{f"cut {name}": value[:-1] for name, value in WHOLE.items()},
    **{f"bad letter {name}": value[:-1] + "!" for name, value in WHOLE.items()},
    "bcrypt of 2^99 rounds": WHOLE["bcrypt"].replace("$10$", "$99$"),
    "rounds that are no number": "$6$rounds=many$salt$" + "a" * 85,
    "only a mark": "$6$", "nothing behind": "$y$$$",
}  # fmt: skip


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_malformed_password_hashes(value: str) -> None:
    shadow = f"root:*:20000::::::\nodd:{value}:20000::::::\nopen::20000::::::\n".encode()
    reports = scan({"etc/shadow": shadow, "srv/.htpasswd": f"web:{value}\n".encode()})
    report = reports["baseline"]
    assert found(reports) >= {*PLANTS, "non_pwd_user"}
    assert [reason.startswith("unreadable: no complete hash") and "(account odd)" in reason for reason in named(report, "etc/shadow")] == [
        True
    ]
    assert report.state == "succeeded" and value not in report.model_dump_json()


@pytest.mark.parametrize("value", WHOLE.values(), ids=WHOLE)
def test_complete_hashes_are_not_called_malformed(value: str) -> None:
    reports = scan({"etc/shadow": f"one:{value}:20000::::::\n".encode()})
    assert not any("no complete hash" in reason for reason in named(reports["baseline"], "etc/shadow"))


def test_hashes_that_would_take_years() -> None:
    costly = ("$6$rounds=999999999$salt$" + "a" * 86, "$2b$31$" + "a" * 53, "$y$jzz$saltsalt$" + "a" * 43, "$sha1$4294967295$s$" + "a" * 28)
    shadow = "".join(f"user{number}:{value}:20000::::::\n" for number, value in enumerate(costly * 500))
    reports = scan({"etc/shadow": shadow.encode()})
    assert found(reports) >= PLANTS and named(reports["baseline"], "etc/shadow")


def test_a_history_of_10_000_entries() -> None:
    many = [{"created_by": f"RUN step {number}"} for number in range(10_000)]
    report = scan({}, json.dumps({**CONFIG, "history": HISTORY + many}).encode())["build-command"]
    assert "pipe_to_shell" in {one.rule for one in report.findings}
    assert (report.state, named(report, "history")) == ("partial", [f"expansion_limit: more than {MAX_HISTORY} entries"])


LIES: dict[str, bytes] = {
    "types": json.dumps({**CONFIG, "config": {"User": 7, "Env": {"a": [1]}, "Cmd": {"x": 1}, "Labels": ["x"], "Volumes": "no"}}).encode(),
    "config is a list": json.dumps({**CONFIG, "config": [1, 2]}).encode(),
    "rootfs is a text": json.dumps({**CONFIG, "rootfs": "none"}).encode(),
    "100,000 levels": json.dumps(CONFIG).encode()[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "100,000 objects in each other": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "no UTF-8": json.dumps({**CONFIG, "author": "X"}).encode().replace(b'"X"', b'"\xff\xfe"'),
    "half a surrogate pair": json.dumps({**CONFIG, "author": "X"}).encode().replace(b'"X"', b'"\\ud800"'),
    "a number of a million digits": json.dumps(CONFIG).encode()[:-1] + b', "x": ' + b"9" * 1_000_000 + b"}",
    "cut": json.dumps(CONFIG).encode()[:-5],
}


@pytest.mark.parametrize("what", LIES)
def test_a_configuration_that_lies(what: str) -> None:
    reports = scan({}, LIES[what])
    report = reports["build-command"]
    assert found(reports) >= PLANTS - {"pipe_to_shell"}
    assert report.state in ("partial", "failed") and any(one.reason.startswith("unreadable") for one in report.skipped)


@pytest.mark.parametrize("what", ["types", "config is a list", "rootfs is a text", "no UTF-8", "half a surrogate pair"])
def test_what_a_runtime_would_run_is_judged_all_the_same(what: str) -> None:
    assert "pipe_to_shell" in found(scan({}, LIES[what]))


@pytest.mark.parametrize("count", [2, 5000])
def test_more_diff_ids_than_layers_are_named_everywhere(count: int) -> None:
    lying = {**CONFIG, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64] * count}}
    for report in scan({}, json.dumps(lying).encode()).values():
        assert report.state == "partial" and report.reason.startswith(("digest_mismatch: the configuration has", "expansion_limit"))


def test_yara_rules_with_errors_beside_good_ones() -> None:
    rules = {
        "good.yar": b'rule MAL_Good { strings: $a = "marker of good" condition: $a }',
        "broken.yar": b"rule broken { strings: $a = ", "binary.yar": bytes(range(256)), "empty.yar": b"",
        "half.yar": b'rule MAL_Half { strings: $a = "marker of good" condition: $a } rule bad { condition: nothing.x }',
        "deep.yar": b"rule deep { condition: " + b"(" * 5000 + b"true" + b")" * 5000 + b"}",
    }  # fmt: skip
    reports = scan({"srv/x.txt": b"marker of good\n"}, rules=rules)
    report = reports["malicious-sample"]
    assert found(reports) >= PLANTS
    assert {one.details["rules"] for one in report.findings if one.path == "srv/x.txt"} == {"MAL_Good, MAL_Half"}
    told = " ".join(named(report, ""))
    assert all(name in told for name in ("broken.yar", "binary.yar", "half.yar", "deep.yar")) and "good.yar" not in told
    assert report.state == "partial"


def test_what_stands_behind_thousands_of_settings_is_named() -> None:
    files = {
        "etc/nginx/nginx.conf": b"http { " + b"server_tokens on;" * 20_000 + b" autoindex on; }",
        "etc/ld.so.preload": b"/a:" * 20_000,
        "root/.rhosts": b"host user\n" * 20_000,
        "etc/redis/redis.conf": b"save 1 1\n" * 60_000,
        "srv/.htpasswd": b"#\n" * 3_000 + b"a:b\n",
    }
    reports = scan(files)
    assert found(reports) >= PLANTS and reports["baseline"].state == "partial"
    for path in files:
        assert [reason.partition(":")[0] for reason in named(reports["baseline"], path)] == ["expansion_limit"], path


def test_users_rules_that_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow file is named and left out, the good one beside it goes on finding."""
    monkeypatch.setattr(yara_rules.RuleScanner.__init__, "__defaults__", (1,))
    monkeypatch.setattr(user_yara, "APART_S", 1)
    rules = {
        "slow.yar": b"rule slow { condition: for all i in (1..9000000000000) : ( i > 0 ) }",
        "good.yar": b'rule MAL_Good { strings: $a = "marker of good" condition: $a }',
    }
    files = {f"srv/{number}.txt": b"marker of good\n" for number in range(20)}
    reports = scan(files, rules=rules)
    report = reports["malicious-sample"]
    assert found(reports) >= PLANTS
    assert {one.path for one in report.findings if "MAL_Good" in one.details["rules"]} == set(files)
    assert sum(one.reason == "timeout: slow.yar took too long" for one in report.skipped) == user_yara.LATE
    assert named(report, "") == ["timeout: slow.yar was late too often: not run on the rest of the layer"]
    assert report.state == "partial"
