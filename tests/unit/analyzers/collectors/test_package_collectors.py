"""What the collectors make of small databases, written as their specifications describe them."""

from __future__ import annotations

import json
import struct
import zlib

import pytest

from analyzers.collectors import opkg
from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.opkg import Opkg
from analyzers.collectors.rpm import MANIFEST, Rpm
from analyzers.collectors.sbom import Sbom
from analyzers.contract import BaseCollector, Entry, FileView, PassContext
from analyzers.purl_facts import BUNDLED
from schemas.facts import Fact, OwnedFiles, Package, Skipped

STATUS = "var/lib/dpkg/status"


def read(collector: type[BaseCollector], files: dict[str, bytes]) -> list[Fact]:
    instance = collector(PassContext(secret_key=b"key"))
    facts: list[Fact] = []
    for path, data in files.items():
        facts.extend(instance.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))
    facts.extend(instance.finish())
    return facts


def packages(facts: list[Fact]) -> list[Package]:
    return [fact for fact in facts if isinstance(fact, Package)]


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("install ok installed", True), ("deinstall ok installed", True), ("hold ok installed", True), ("install ok unpacked", True),
        ("install reinstreq half-installed", True), ("install ok half-configured", True), ("install ok triggers-awaited", True),
        ("deinstall ok config-files", False), ("purge ok not-installed", False), ("unknown ok not-installed", False), ("", False),
    ],
)  # fmt: skip
def test_dpkg_states(status: str, there: bool) -> None:
    text = f"Package: a\nStatus: {status}\nVersion: 1\nArchitecture: all\n"
    assert bool(packages(read(Dpkg, {STATUS: text.encode()}))) is there


def test_dpkg_fields() -> None:
    text = (
        "Package: a\r\nStatus: install ok installed\r\nSource: src (2:1-1)\r\nVersion: 2:1-1+b2\r\nArchitecture: amd64\r\n"
        "Depends: c (>= 1) | b:any, nothing,\r\n mail-agent\r\n\r\n"
        "Package: b\nStatus: install ok installed\nVersion: 1\nProvides: mail-agent (= 2)\n"
        "Conffiles:\n /etc/b 0\nDescription: x\n .\n Package: no\n"
    )
    first, second = packages(read(Dpkg, {STATUS: text.encode()}))
    assert (first.version, first.source, first.source_version, first.depends) == ("2:1-1+b2", "src", "2:1-1", ("b",))
    assert (second.name, second.source, second.source_version, second.arch) == ("b", "b", "1", "")


def test_dpkg_without_version_is_skipped_with_its_name() -> None:
    (fact,) = read(Dpkg, {STATUS: b"Package: a\nStatus: install ok installed\n"})
    assert isinstance(fact, Skipped) and fact.reason == "unreadable: a has no version"


def test_dpkg_lists_and_sums_in_any_order() -> None:
    files = {
        "var/lib/dpkg/info/a:amd64.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  usr/bin/a\n",
        "var/lib/dpkg/info/a:amd64.list": b"/.\n/usr\n/usr/bin\n/usr/bin/a\n/etc\n/etc/a.conf\n",
        "var/lib/dpkg/info/a:amd64.postinst": b"#!/bin/sh\n",
        "var/lib/dpkg/status.d/base.md5sums": b"d41d8cd98f00b204e9800998ecf8427e  ./etc/b\n",
    }
    one, two = (fact for fact in read(Dpkg, files) if isinstance(fact, OwnedFiles))
    assert (one.package, one.arch, one.files, one.md5) == (
        "a",
        "amd64",
        ("usr/bin/a", "etc/a.conf"),
        ("d41d8cd98f00b204e9800998ecf8427e", ""),
    )
    assert (two.package, two.files) == ("base", ("etc/b",))


def test_apk_record() -> None:
    text = (
        "C:Q1x=\nP:musl-utils\nV:1.1.24-r2\nA:x86_64\no:musl\nL:MIT BSD\nm:Somebody <a@b.c>\nD:scanelf so:libc.musl.so.1 !conflict\n"
        "p:cmd:ldd\nF:\nR:top\na:0:0:755\nF:usr/bin\nM:0:0:755\nR:ldd\nZ:Q1abc=\n\nP:musl\nV:1.1.24-r2\np:so:libc.musl.so.1=1\n\n\nV:1\n"
    )
    facts = read(Apk, {"lib/apk/db/installed": text.encode()})
    first, second = packages(facts)
    assert (first.source, first.source_version, first.licences, first.depends) == ("musl", "1.1.24-r2", ("MIT BSD",), ("musl",))
    assert second.source == "musl"
    assert [fact.files for fact in facts if isinstance(fact, OwnedFiles)] == [("top", "usr/bin/ldd")]
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == ["unreadable: a record has no name"]


def test_opkg_takes_what_the_control_files_add() -> None:
    files = {
        "usr/lib/opkg/status": b"Package: busybox\nVersion: 1.36-1\nStatus: install user installed\n\n"
        b"Package: gone\nVersion: 1\nStatus: deinstall ok not-installed\n",
        "usr/lib/opkg/info/busybox.control": b"Package: busybox\nVersion: 1.36-1\nArchitecture: mips\nLicense: GPL-2.0\nSourceName: bb\n",
        "usr/lib/opkg/info/busybox.list": b"/bin/busybox\t0100755\n/bin/sh\n",
    }
    facts = read(Opkg, files)
    (package,) = packages(facts)
    assert (package.arch, package.source, package.licences) == ("mips", "bb", ("GPL-2.0",))
    assert [fact.files for fact in facts if isinstance(fact, OwnedFiles)] == [("bin/busybox", "bin/sh")]


def test_what_packages_of_opkg_need() -> None:
    status = b"""Package: ip-full
Version: 5.11.0-3
Depends: libc, kmod-gw_security (= 5.4.213-1-b03f), libnl-tiny, ip
Provides: ip
Status: install hold installed
Conffiles:
 /etc/x.conf e3b0
Alternatives: 300:/usr/sbin/ip:/usr/libexec/ip-full

Package: kmod-gw_security
Version: 0
Depends: kernel (= 5.4.213-1-b03f), ip
Status: install user installed

"""
    first, second = packages(read(Opkg, {"usr/lib/opkg/status": status}))
    assert (first.depends, second.depends) == (("kmod-gw_security",), ("ip-full",))


def test_opkg_tells_what_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    status = b"Package: a\nVersion: 1\nStatus: install user installed\nDescription: %s\n\nPackage: b\nStatus: install ok installed\n\n"
    facts = read(Opkg, {"usr/lib/opkg/status": status % (b"x" * (2 << 20)) + b"Version: 3\n"})
    assert [one.name for one in packages(facts)] == ["a"]
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == [
        "unreadable: a has more than 1 MiB of fields: some are left out", "unreadable: b has no version",
        "unreadable: a package has no name",
    ]  # fmt: skip
    monkeypatch.setattr(opkg, "MAX_PACKAGES", 1)
    monkeypatch.setattr(opkg, "MAX_CHARACTERS", 110)
    files = {
        "usr/lib/opkg/status": b"Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n",
        "usr/lib/opkg/info/a.control": b"Package: a\nVersion: 1\nLicense: MIT\n",
        "usr/lib/opkg/info/b.control": b"Package: b\nVersion: 1\n",
        "usr/lib/opkg/info/a.list": b"/bin/a\n",
    }
    facts = read(Opkg, files)
    assert [(one.name, one.licences) for one in packages(facts)] == [("a", ("MIT",))]
    beyond = "expansion_limit: the files and fields of packages are more than an installation has"
    told = [(fact.path.rpartition("/")[2], fact.reason) for fact in facts if isinstance(fact, Skipped)]
    assert told == [("status", "unreadable: more than 1 packages"), ("b.control", beyond), ("a.list", beyond)]


def test_rpm_manifest() -> None:
    lines = "bash\t5.1.8-4.cm2\t1\t2\tMicrosoft Corporation\t(none)\t1\tx86_64\t0\tbash-5.1.8-4.cm2.src.rpm\n" \
            "bind\t9.16-1.cm2\t1\t2\tMicrosoft Corporation\t32\t1\tx86_64\t32\tbind-9.16-1.cm2.src.rpm\nbroken\n"  # fmt: skip
    facts = read(Rpm, {MANIFEST: lines.encode()})
    assert [(one.name, one.version, one.source) for one in packages(facts)] == [
        ("bash", "5.1.8-4.cm2", "bash-5.1.8-4.cm2.src.rpm"), ("bind", "32:9.16-1.cm2", "bind-9.16-1.cm2.src.rpm"),
    ]  # fmt: skip
    assert sum(isinstance(fact, Skipped) for fact in facts) == 1


def rpm_header(tags: dict[int, str]) -> bytes:
    entries, store = b"", b""
    for tag, value in tags.items():
        entries += struct.pack(">IIII", tag, 6, len(store), 1)
        store += value.encode() + b"\0"
    return struct.pack(">II", len(tags), len(store)) + entries + store


@pytest.mark.parametrize("order", ["<", ">"])
def test_berkeley_of_both_byte_orders(order: str) -> None:
    """Key 0, one value on the page, one over two overflow pages; page size 512."""
    small, large = rpm_header({1000: "small", 1001: "1", 1002: "2"}), rpm_header({1000: "large", 1001: "1", 1002: "2", 1014: "x" * 700})

    def page(number: int, kind: int, entries: int, used: int, following: int, rest: bytes) -> bytes:
        head = struct.pack(f"{order}8xIIIHHBB", number, 0, following, entries, used, 0, kind)
        return (head + rest).ljust(512, b"\0")

    meta = struct.pack(f"{order}8xIIIIBBBBII", 0, 0x061561, 9, 512, 0, 8, 0, 0, 0, 3).ljust(512, b"\0")
    off_page = struct.pack(f"{order}B3xII", 3, 2, len(large))
    items = [b"\1\0\0\0\0", b"\1\0\0\0\7", b"\1\1\0\0\0", b"\1" + small, b"\1\2\0\0\0", off_page]
    at, places, body = 512, [], b""
    for item in items:
        at -= len(item)
        places.append(at)
        body = item + body
    hash_page = bytearray(page(1, 13, len(items), 0, 0, struct.pack(f"{order}{len(places)}H", *places)))
    hash_page[at:] = body
    overflow = page(2, 7, 1, 486, 3, large[:486]) + page(3, 7, 1, len(large) - 486, 0, large[486:])
    facts = read(Rpm, {"var/lib/rpm/Packages": meta + bytes(hash_page) + overflow})
    assert [(one.name, one.version) for one in packages(facts)] == [("small", "1-2"), ("large", "1-2")]
    assert len(facts) == 2
    cut = read(Rpm, {"var/lib/rpm/Packages": meta + bytes(hash_page) + overflow[:512]})
    assert [one.name for one in packages(cut)] == ["small"] and isinstance(cut[-1], Skipped)


def test_sbom_files_of_images() -> None:
    spdx = {
        "spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "name": "redis",
        "packages": [
            {"SPDXID": "SPDXRef-a", "name": "redis", "versionInfo": "7.2.4", "licenseDeclared": "BSD-3-Clause",
             "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                               "referenceLocator": "pkg:bitnami/redis@7.2.4-1?arch=amd64"}]},
            {"SPDXID": "SPDXRef-b", "name": "unknown", "versionInfo": "1"},
        ],
    }  # fmt: skip
    path = "opt/bitnami/redis/.spdx-redis.spdx"
    facts = read(Sbom, {path: json.dumps(spdx).encode()})
    (package,) = packages(facts)
    assert (package.type, package.name, package.version, package.evidence, package.licences) == (
        "bitnami",
        "redis",
        "7.2.4-1",
        "sbom",
        ("BSD-3-Clause",),
    )
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == ["unreadable: 1 components have no package URL, unknown first"]
    assert read(Sbom, {"srv/app/data.json": b"{}", "srv/bom.json": b"[]", "srv/bom.xml": b"<project/>"}) == []
    assert isinstance(read(Sbom, {"a.spdx.json": b"[]"})[0], Skipped)
    assert isinstance(read(Sbom, {"bom.json": b'{"bomFormat": "CycloneDX", "components": [' + b"[" * 5000})[0], Skipped)


def test_sboms_of_python_packages() -> None:
    """PEP 770. What the wheel's maker copied from his system is no package of the image's."""
    sboms = "usr/lib/python3/a-1.0.dist-info/sboms/"
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": {"bom-ref": "a", "name": "a"}},
        "components": [{"bom-ref": "a", "name": "a"}, {"name": "ring", "purl": "pkg:cargo/ring@0.16.0"},
                       {"name": "libz", "purl": "pkg:rpm/almalinux/libz@1.2.11-1.el8"}],
    }  # fmt: skip
    for name in ("a-rust.cyclonedx.json", "whatever.json"):
        ring, libz = packages(read(Sbom, {sboms + name: json.dumps(document).encode()}))
        assert (ring.type, ring.name, ring.details) == ("cargo", "ring", {})
        assert (libz.type, libz.name, libz.details) == ("rpm", "libz", {"unmatched": BUNDLED})
    assert read(Sbom, {"srv/whatever.json": json.dumps(document).encode()}) == []
    assert len(packages(read(Sbom, {"srv/a.cyclonedx.json": json.dumps(document).encode()}))) == 2


def test_sbom_of_trivy_names_its_sources() -> None:
    component = {
        "type": "library", "name": "libc6", "version": "2.36-9", "purl": "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12.5",
        "properties": [{"name": f"aquasecurity:trivy:{key}", "value": value} for key, value in
                       (("SrcName", "glibc"), ("SrcVersion", "2.36"), ("SrcRelease", "9"), ("SrcEpoch", "1"))],
        "components": [{"type": "library", "name": "x", "purl": "pkg:npm/x@1", "licenses": [{"license": {"id": "MIT"}}]},
                       {"type": "library", "name": "y", "purl": "no purl"}],
    }  # fmt: skip
    facts = read(Sbom, {"a.cdx.json": json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [component]}).encode()})
    first, second = packages(facts)
    assert (first.source, first.source_version) == ("glibc", "1:2.36-9")
    assert (second.type, second.licences) == ("npm", ("MIT",))
    assert [fact.reason for fact in facts if isinstance(fact, Skipped)] == ["unreadable: 1 components have a broken package URL, y first"]


def test_a_status_that_is_cut_in_a_state_is_named_and_folded_values_count() -> None:
    text = b"Package: a\nStatus: install ok installed\nVersion:\n 1.2-3\n\nPackage: b\nVersion: 1\nStatus: install ok inst"
    one, cut = read(Dpkg, {STATUS: text})
    assert isinstance(one, Package) and one.version == "1.2-3"
    assert isinstance(cut, Skipped) and cut.reason.endswith("b has no known state")


def test_an_apk_record_that_runs_into_the_next_is_named_and_both_are_read() -> None:
    facts = read(Apk, {"lib/apk/db/installed": b"P:a\nV:1-r0\nF:x\nR:1\nP:b\nV:2-r0\nR:2\n"})
    assert [(one.name, one.version) for one in packages(facts)] == [("a", "1-r0"), ("b", "2-r0")]
    assert [one.reason for one in facts if isinstance(one, Skipped)] == ["unreadable: b runs into a"]
    assert [one.files for one in facts if isinstance(one, OwnedFiles)] == [("x/1",), ("2",)]


def test_a_bad_slot_of_an_ndb_hides_no_other_package() -> None:
    header = struct.pack(">II", 2, 4) + struct.pack(">IIII", 1000, 6, 0, 1) + struct.pack(">IIII", 1001, 6, 2, 1) + b"a\x001\x00"
    size = -(-(len(header) + 28) // 16) * 16
    blob = (struct.pack("<4sIII", b"BlbS", 1, 1, len(header)) + header).ljust(size - 12, b"\x00")
    blob += struct.pack("<II4s", zlib.adler32(blob), len(header), b"BlbE")
    slots = struct.pack("<4sIII", b"junk", 9, 9, 9) + struct.pack("<4sIII", b"Slot", 1, 256, size // 16)
    empty = struct.pack("<4sIII", b"Slot", 0, 0, 0)
    page = struct.pack("<4sIIIIIII", b"RpmP", 0, 1, 1, 2, 0, 0, 0) + slots
    page += empty * ((4096 - len(page)) // 16)
    one, skipped = read(Rpm, {"usr/lib/sysimage/rpm/Packages.db": page + blob})
    assert isinstance(one, Package) and (one.name, one.version) == ("a", "1") and isinstance(skipped, Skipped)
