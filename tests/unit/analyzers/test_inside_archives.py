"""What the pass does with archives in a layer: one opening for all that look at content, and bad input that harms nothing else."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import string
import tarfile
import zlib
from collections.abc import Mapping
from datetime import date

import pytest

from analyzers.collectors.patterns.checksums import base62
from analyzers.contract import OVERLAP, AnalysisInputs, PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import LayerResult, inspect_layer
from analyzers.malicious_samples import MaliciousSamples
from analyzers.registry import COLLECTORS
from analyzers.sensitive_files import SensitiveFiles
from schemas.facts import FileHashes, OwnedFiles, Sample, Secret, Skipped
from schemas.findings import ScanReport
from schemas.vocabulary import ScanState
from tests.unit.analyzers.archive_makers import cpio, deb, encrypted, rpm, sevenzipped, tarred, zipped

READERS = tuple(one for one in COLLECTORS if one.name in {"samples", "secrets", "file-hashes"})
_BODY = "".join(random.Random(7).choices(string.ascii_letters + string.digits, k=30))
TOKEN = f"ghp_{_BODY}{base62(zlib.crc32(_BODY.encode()), 6)}"
ENV = f"GITHUB_TOKEN={TOKEN}\n".encode()
RULE = "github_personal_token"
SHELL = b"<?php @ev" + b"al($_PO" + b"ST['x']); ?>\n"
MB = 1_000_000
NOISE = random.Random(3).randbytes(MB)
KEY = b"key of the tests"


def layer(files: Mapping[str, bytes]) -> bytes:
    return gzip.compress(tarred(files), 1)


def read(files: Mapping[str, bytes]) -> LayerResult:
    result = inspect_layer([layer(files)], READERS, PassContext(KEY))
    assert result.state == "succeeded"
    return result


def reports(result: LayerResult, *more: OwnedFiles) -> tuple[ScanReport, ScanReport]:
    """Of secrets, and of samples."""
    view = ImageView("i", ("l",), tuple(Located(0, fact) for fact in (*result.facts, *more)))
    inputs = AnalysisInputs(date(2026, 1, 1))
    return SensitiveFiles().analyze(view, inputs), MaliciousSamples().analyze(view, inputs)


def secrets(result: LayerResult) -> list[tuple[str, str, int]]:
    return sorted((one.path, one.rule, one.line) for one in result.facts if isinstance(one, Secret))


def hashes(result: LayerResult) -> dict[str, tuple[int, str]]:
    return {path: (size, sha256.hex()) for fact in result.facts if isinstance(fact, FileHashes) for path, size, sha256, _ in fact.rows()}


CONTENT = {"srv/.env": ENV, "srv/up.php": SHELL}


@pytest.mark.parametrize(
    ("name", "data", "inner"),
    [
        ("a.zip", zipped(CONTENT), ""),
        ("a.jar", zipped(CONTENT), ""),
        ("a.7z", sevenzipped(CONTENT, packed_header=True), ""),
        ("a.tar", tarred(CONTENT), ""),
        ("without-a-name", gzip.compress(tarred(CONTENT)), ""),
        ("a.cpio", cpio(CONTENT), ""),
        ("a.rpm", rpm(CONTENT), ""),
        ("a.deb", deb(CONTENT), "data.tar.xz!/"),
        ("a.zip", zipped({"b.tgz": gzip.compress(tarred({"c.tar": tarred(CONTENT)}))}), "b.tgz!/c.tar!/"),
    ],
)
def test_secrets_samples_and_hashes_of_the_same_members(name: str, data: bytes, inner: str) -> None:
    result = read({f"opt/{name}": data})
    place = f"opt/{name}!/{inner}"
    assert secrets(result) == [(f"{place}srv/.env", RULE, 1)]
    (sample,) = [one for one in result.facts if isinstance(one, Sample)]
    assert (sample.path, sample.details["member"], sample.type) == (f"opt/{name}", f"{inner}srv/up.php", "WebShell")
    found = hashes(result)
    assert found[f"{place}srv/.env"] == (len(ENV), hashlib.sha256(ENV).hexdigest())
    assert found[f"opt/{name}"] == (len(data), hashlib.sha256(data).hexdigest())
    by_secrets, by_samples = reports(result)
    assert [one.path for one in by_secrets.findings] == [f"{place}srv/.env"]
    assert [one.path for one in by_samples.findings] == [f"{place}srv/up.php"]
    assert {by_secrets.state, by_samples.state} == {ScanState.SUCCEEDED} and by_secrets.skipped == by_samples.skipped == []
    assert TOKEN not in repr(result.facts)


def test_one_compressed_file() -> None:
    result = read({"backup/dump.sql.gz": gzip.compress(b"-- dump\n" * 9 + ENV)})
    assert secrets(result) == [("backup/dump.sql.gz!/dump.sql", RULE, 10)]


def test_documentation_is_not_opened_and_byte_code_is_not_read() -> None:
    packed = gzip.compress(ENV)
    inner = zipped({"A.class": b"\xca\xfe\xba\xbe\0\0\0\x34" + ENV, "a.png": b"\x89PNG\r\n\x1a\n\0" + ENV, "b.png": ENV})
    result = read({"usr/share/doc/x/changelog.gz": packed, "srv/a.jar": inner})
    assert secrets(result) == [("srv/a.jar!/b.png", RULE, 1)]


def test_published_packages_are_one_level_lower() -> None:
    jar = zipped({"conf/app.env": ENV})
    result = read({
        "app/own.jar": jar, "app/shop.jar": zipped({"BOOT-INF/lib/lib.jar": jar}), "root/.m2/repository/a/b/1/b-1.jar": jar,
        "srv/a.whl": jar, "srv/b.tgz": gzip.compress(tarred({"package/.env": ENV})),
    })  # fmt: skip
    levels = {one.path: str(one.level) for one in result.facts if isinstance(one, Secret)}
    assert levels == {
        "app/own.jar!/conf/app.env": "high", "app/shop.jar!/BOOT-INF/lib/lib.jar!/conf/app.env": "medium",
        "root/.m2/repository/a/b/1/b-1.jar!/conf/app.env": "medium", "srv/a.whl!/conf/app.env": "medium",
        "srv/b.tgz!/package/.env": "medium",
    }  # fmt: skip


def test_an_archive_that_a_package_owns_unchanged_gives_no_secret() -> None:
    data = zipped({"conf/app.env": ENV})
    result = read({"usr/lib/x/a.jar": data})
    owned = OwnedFiles(path="var/lib/dpkg/status", package="x", files=("usr/lib/x/a.jar",), md5=(hashlib.md5(data).hexdigest(),))
    assert reports(result)[0].findings and not reports(result, owned)[0].findings
    assert reports(result, owned.model_copy(update={"md5": ("0" * 32,)}))[0].findings


def big(form: str, size: int) -> bytes:
    """An archive of about `size` bytes with a secret in the first and in the last member, and a large text member."""
    line = b"%d padding of a long text\n"
    text = b"".join(line % n for n in range(size // 90))
    files = {"first.env": ENV, **{f"noise-{n}": NOISE for n in range(size // MB)}, "text": text + ENV, "last.env": ENV}
    return zipped(files) if form == "zip" else gzip.compress(tarred(files), 1)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_archives_above_what_is_held_in_memory(form: str) -> None:
    data = big(form, 36 * MB)
    assert len(data) > 33 * MB
    result = read({"before": ENV, f"opt/big.{form}": data, "after": ENV})
    assert [path for path, _, _ in secrets(result)] == [
        "after", "before", *(f"opt/big.{form}!/{name}" for name in ("first.env", "last.env", "text")),
    ]  # fmt: skip
    assert [one.details["md5"] for one in result.facts if isinstance(one, Secret)].count(hashlib.md5(data).hexdigest()) == 3
    assert hashes(result)[f"opt/big.{form}"] == (len(data), hashlib.sha256(data).hexdigest())
    assert hashes(result)[f"opt/big.{form}!/noise-3"] == (MB, hashlib.sha256(NOISE).hexdigest())
    assert [one for one in result.facts if isinstance(one, Skipped)] == []


def test_a_large_member_comes_in_windows_and_is_hashed_whole() -> None:
    text = b"".join(b"%d a line of a long text\n" % n for n in range(900_000))
    data = text + ENV + text[: OVERLAP * 3]
    result = read({"srv/a.zip": zipped({"large": data, "small": ENV})})
    assert [path for path, _, _ in secrets(result)] == ["srv/a.zip!/large", "srv/a.zip!/small"]
    assert {line for path, _, line in secrets(result) if path.endswith("large")} == {900_001}
    assert hashes(result)["srv/a.zip!/large"] == (len(data), hashlib.sha256(data).hexdigest())


BAD = {
    "bomb.zip": (zipped({"zeros": bytes(40 * MB)}), "expansion_limit: unpacks to more than 200 times its size"),
    "bomb.gz": (gzip.compress(bytes(40 * MB)), "expansion_limit: unpacks to more than 200 times its size"),
    "cut.tgz": (gzip.compress(tarred({"noise": NOISE}))[:-5000], "unreadable: ends early"),
    "cut.zip": (zipped({"noise": NOISE})[:-5000], "unreadable: no central directory"),
    "locked.zip": (encrypted(zipped({"a": ENV})), "unreadable: encrypted"),
    "bomb.7z": (sevenzipped({"zeros": bytes(40 * MB)}), "expansion_limit: unpacks to more than 200 times its size"),
    "cut.7z": (sevenzipped({"noise": NOISE})[:-5000], "unreadable: ends early"),
    "a.rar": (b"Rar!\x1a\x07\1\0" + NOISE[:1000], "unsupported_archive: no reader for rar"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_archives_are_named_in_both_scan_rows_and_the_rest_is_read(name: str) -> None:
    data, reason = BAD[name]
    result = read({"srv/first.env": ENV, f"srv/{name}": data, "srv/good.zip": zipped({"last.env": ENV})})
    assert [path for path, _, _ in secrets(result)] == ["srv/first.env", "srv/good.zip!/last.env"]
    partial = ScanState.SUCCEEDED if reason.startswith("unreadable") else ScanState.PARTIAL
    for report in reports(result):
        (told,) = report.skipped
        assert told.reason == reason and told.path.startswith(f"srv/{name}") and report.state is partial


def test_nested_to_depth_50() -> None:
    data = zipped({"deep.env": ENV})
    for _ in range(49):
        data = zipped({"in.zip": data, "beside.env": ENV})
    result = read({"srv/deep.zip": data, "srv/after.env": ENV})
    assert len(secrets(result)) == 9 and all(reason.startswith("expansion_limit: archives nested more than 8") for reason in skips(result))


def skips(result: LayerResult) -> list[str]:
    return [one.reason for one in result.facts if isinstance(one, Skipped)]


def test_a_line_of_100_mb_without_its_end() -> None:
    """In a file, and in an archive; with everything that looks at content, in windows."""
    line = (b"the quick brown fox; password = " * 32768)[:MB]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as archive:
        for name in ("srv/line.txt", "srv/after.env"):
            content = line * 100 if name.endswith("txt") else ENV
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    result = inspect_layer([packed.getvalue()], COLLECTORS, PassContext(KEY))
    assert result.state == "succeeded" and ("srv/after.env", RULE, 1) in secrets(result)
    assert hashes(result)["srv/line.txt"][0] == 100 * MB and skips(result) == []
    assert all(len(one.excerpt) < 200 for one in result.facts if isinstance(one, Secret | Sample))


def test_a_crash_in_a_member_ends_that_member_only(monkeypatch: pytest.MonkeyPatch) -> None:
    secret_collector = next(one for one in READERS if one.name == "secrets")
    collect = secret_collector.collect

    def crash(self: object, file: object) -> object:
        if file.path.endswith("!/bad"):  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return collect(self, file)  # type: ignore[arg-type]

    monkeypatch.setattr(secret_collector, "collect", crash)
    result = read({"srv/a.zip": zipped({"bad": ENV, "good": ENV})})
    assert secrets(result) == [("srv/a.zip!/good", RULE, 1)]
    assert [(one.path, one.collector) for one in result.facts if isinstance(one, Skipped)] == [("srv/a.zip!/bad", "secrets")]
