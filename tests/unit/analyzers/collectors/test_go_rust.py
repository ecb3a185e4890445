"""Build information of Go and Rust programs, of both Go headers, whole and in windows."""

from __future__ import annotations

import struct
import zlib

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.go_build_info import END, MAGIC, START, modules, release
from analyzers.collectors.golang import Golang
from analyzers.collectors.rust import Rust
from analyzers.contract import OVERLAP, WINDOW, Entry, FileView, PassContext
from schemas.facts import Fact
from tests.unit.analyzers.collectors.collecting import names, packages, reasons

TEXT = (
    "path\texample.com/a/cmd\nmod\texample.com/a\tv1.0.0\t\ndep\tgolang.org/x/net\tv0.7.0\th1:x=\n"
    "dep\tgithub.com/b/c\tv1.1.0\n=>\tgithub.com/d/c\tv1.1.1\th1:y=\ndep\texample.com/e\tv2.0.0\n=>\t./e\t(devel)\t\nbuild\tGOOS=linux\n"
)
FOUND = ["example.com/a@v1.0.0", "golang.org/x/net@v0.7.0", "github.com/d/c@v1.1.1", "example.com/e@"]


def varied(text: bytes) -> bytes:
    size, out = len(text), b""
    while size > 0x7F:
        out, size = out + bytes([size & 0x7F | 0x80]), size >> 7
    return out + bytes([size]) + text


def inline(version: str = "go1.20.3", text: str = TEXT) -> bytes:
    head = MAGIC + bytes([8, 2])
    return head + bytes(32 - len(head)) + varied(version.encode()) + varied(START + text.encode() + END)


def elf(body: bytes) -> bytes:
    """A 64-bit little-endian ELF with one loaded segment: the whole file at address 0x400000."""
    head = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0, 128 + len(body), 128 + len(body), 4096) + bytes(8) + body


def pointed() -> bytes:
    """The header of Go 1.13 to 1.17: pointers to string headers, those point to the bytes."""
    base = 0x400000 + 128
    version, text = b"go1.16.5", START + TEXT.encode() + END
    head = MAGIC + bytes([8, 0]) + struct.pack("<QQ", base + 32, base + 48)
    return elf(head + struct.pack("<QQQQ", base + 64, len(version), base + 64 + len(version), len(text)) + version + text)


def test_inline_header() -> None:
    found = packages(Golang, {"bin/a": elf(inline())})
    assert [f"{one.namespace}/{one.name}@{one.version}" for one in found[:-1]] == FOUND
    assert (found[-1].name, found[-1].version) == ("stdlib", "1.20.3")
    assert found[2].details == {"replaces": "github.com/b/c@v1.1.0"} and "by ./e" in found[3].details["replaces"]


def test_pointed_header() -> None:
    assert names(Golang, {"bin/a": pointed()}) == [*FOUND, "stdlib@1.16.5"]


@pytest.mark.parametrize("head", [b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe\0\0\0\2"])
def test_other_formats(head: bytes) -> None:
    assert names(Golang, {"a": head + bytes(64 - len(head)) + inline()}) == [*FOUND, "stdlib@1.20.3"]


def windows(collector: type[ApplicationCollector], data: bytes) -> list[Fact]:
    one, offset = collector(PassContext(secret_key=b"key")), 0
    facts: list[Fact] = []
    while True:
        final = offset + WINDOW >= len(data)
        view = FileView(Entry("bin/a", "file", 0o755, 0, 0, len(data)), data[offset : offset + WINDOW], offset, final)
        facts.extend(one.collect(view))
        if final:
            return facts
        offset += WINDOW - OVERLAP


@pytest.mark.parametrize("place", [0, WINDOW - OVERLAP - 16, WINDOW - 512, WINDOW, 2 * WINDOW])
def test_windows_find_the_same(place: int) -> None:
    data = b"\x7fELF" + bytes(place // 16 * 16 + 12) + inline()
    assert [getattr(fact, "name", "") for fact in windows(Golang, data + bytes(WINDOW))] == ["a", "net", "c", "e", "stdlib"]
    old = b"\x7fELF" + bytes(place // 16 * 16 + 12) + MAGIC + bytes([8, 0]) + bytes(64) + START + TEXT.encode() + END
    assert windows(Golang, old + bytes(WINDOW))[-1].path == "bin/a" and len(windows(Golang, old + bytes(WINDOW))) == 5


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("go1.21.5", "1.21.5"), ("go1.21", "1.21.0"), ("go1.22rc1", "1.22.0-rc.1"), ("go1.20.12 (Red Hat 1.20.12-8.el9_4)", "1.20.12"),
        ("go1.19.4 X:boringcrypto", "1.19.4"), ("devel go1.23-abc", ""),
    ],
)  # fmt: skip
def test_releases(written: str, version: str) -> None:
    assert release(written) == version


def test_version_from_a_linker_flag() -> None:
    (one,) = modules('mod\texample.com/a\t(devel)\t\nbuild\t-ldflags="-s -X k8s.io/x.gitVersion=v9.9.9 -X main.version=1.2.3"\n')
    assert (one.version, one.linked) == ("v1.2.3", True)
    (one,) = modules("mod\texample.com/a\t(devel)\n")
    assert one.version == "(devel)"


def test_programs_without_readable_version() -> None:
    assert reasons(Golang, {"a": elf(MAGIC + bytes([8, 0]) + bytes(64))}) == ["unreadable: a Go program whose Go version could not be read"]
    assert reasons(Golang, {"a": elf(b"no Go")}) == []


AUDIT = (
    b'{"packages":[{"name":"adler","version":"1.0.2","source":"crates","dependencies":[1,9,-1,true]},'
    b'{"name":"cc","version":"1.0.79","source":"crates","kind":"build"},{"name":"app","version":"0.1.0","source":"local","root":true}]}'
)


@pytest.mark.parametrize("level", [1, 6, 9])
def test_rust(level: int) -> None:
    data = elf(bytes(5000) + zlib.compress(AUDIT, level) + bytes(100) + b"\0.text\0.dep-v0\0")
    assert names(Rust, {"bin/a": data}) == ["adler@1.0.2", "cc@1.0.79 dev"]
    assert packages(Rust, {"bin/a": data})[0].depends == ("cc",)
    assert len(windows(Rust, data[:200] + bytes(WINDOW + 5) + data[200:])) == 2


def test_rust_without_or_with_broken_audit() -> None:
    assert names(Rust, {"a": elf(zlib.compress(AUDIT))}) == []
    assert reasons(Rust, {"a": elf(zlib.compress(AUDIT)[:-9] + b"\0.dep-v0\0")}) == [
        "unreadable: a section .dep-v0 without readable content"
    ]
