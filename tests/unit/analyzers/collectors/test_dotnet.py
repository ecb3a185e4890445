""".NET: what the host finds, what NuGet locked and restored, and programs of one file."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.dotnet_bundles import _MARK, DotnetBundles
from analyzers.contract import OVERLAP, WINDOW, Entry, FileView, PassContext
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

PACK = "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64"
TARGETS: dict[str, dict[str, Any]] = {
    "App/1.0.0": {"dependencies": {"Json": "13.0.3", "Trimmed": "6.0.0", PACK: "8.0.1"}, "runtime": {"App.dll": {}}},
    f"{PACK}/8.0.1": {"runtime": {"System.Runtime.dll": {"assemblyVersion": "8.0.0.0"}}, "native": {"libcoreclr.so": {}}},
    "Json/13.0.3": {"dependencies": {"Native": "1.0.0"}, "runtime": {"lib/net6.0/Json.dll": {}}},
    "Native/1.0.0": {"runtimeTargets": {"runtimes/linux-x64/native/libn.so": {"rid": "linux-x64", "assetType": "native"}}},
    "Texts/1.0.0": {"resources": {"lib/net6.0/de/Texts.resources.dll": {"locale": "de"}}},
    "Trimmed/6.0.0": {"dependencies": {"Json": "13.0.3"}},
    "Nothing/1.0.0": {"runtime": {"lib/net8.0/_._": {}}},
    "Reference/8.0.0.0": {"compile": {"Reference.dll": {}}, "compileOnly": True},
    "Lib/1.0.0": {"runtime": {"Lib.dll": {}}},
}
KINDS = {"App": "project", "Lib": "project", PACK: "runtimepack", "Reference": "referenceassembly", "Direct": "reference"}


def deps(**more: Any) -> dict[str, Any]:
    libraries = {key: {"type": KINDS.get(key.partition("/")[0], "package"), "sha512": ""} for key in [*TARGETS, "Direct/2.0.0.0"]}
    name = ".NETCoreApp,Version=v8.0/linux-x64"
    return {"runtimeTarget": {"name": name}, "targets": {".NETCoreApp,Version=v8.0": {}, name: TARGETS}, "libraries": libraries, **more}


THERE = ["Microsoft.NETCore.App.Runtime.linux-x64@8.0.1", "Json@13.0.3", "Native@1.0.0", "Texts@1.0.0"]


def test_what_the_host_finds_files_of() -> None:
    assert names(Dotnet, {"app/App.deps.json": json.dumps(deps())}) == THERE
    found = {one.name: one.depends for one in packages(Dotnet, {"app/App.deps.json": json.dumps(deps())})}
    assert found["Json"] == ("native",)


def test_without_targets_every_library_counts() -> None:
    listed = names(Dotnet, {"app/App.deps.json": json.dumps(deps(targets={}))})
    assert listed == [*THERE, "Trimmed@6.0.0", "Nothing@1.0.0"]


def test_a_framework_names_itself() -> None:
    framework = {
        "targets": {".NETCoreApp,Version=v2.1/linux-x64": {
            "Microsoft.NETCore.App/2.1.0": {"dependencies": {"runtime.linux-x64.Microsoft.NETCore.App": "2.1.0"}},
            "runtime.linux-x64.Microsoft.NETCore.App/2.1.0": {"runtime": {"System.Runtime.dll": {}}}}},
        "libraries": {"Microsoft.NETCore.App/2.1.0": {"type": "package"},
                      "runtime.linux-x64.Microsoft.NETCore.App/2.1.0": {"type": "package"}},
    }  # fmt: skip
    text = json.dumps(framework)
    own = ["Microsoft.NETCore.App@2.1.0", "runtime.linux-x64.Microsoft.NETCore.App@2.1.0"]
    assert names(Dotnet, {"usr/share/dotnet/shared/Microsoft.NETCore.App/2.1.0/Microsoft.NETCore.App.deps.json": text}) == own
    assert names(Dotnet, {"app/App.deps.json": text}) == own[1:]


@pytest.mark.parametrize("content", ['["wp-blob", "react"]', '{"scripts": ["a"]}', "{}", "\n []"])
def test_other_files_of_that_name_are_none_of_ours(content: str) -> None:
    assert collected(Dotnet, {"srv/wp-includes/blocks/editor.deps.json": content}) == []


def test_a_damaged_file_of_the_host_is_named() -> None:
    assert reasons(Dotnet, {"app/App.deps.json": json.dumps(deps())[:-9]})[0].startswith("unreadable: no JSON")


def test_what_nuget_locked() -> None:
    lock = {"version": 2, "dependencies": {
        "net8.0": {
            "A": {"type": "Direct", "requested": "[1.0.0, )", "resolved": "1.0.0", "dependencies": {"B.C": "2.0.0"}},
            "B.C": {"type": "CentralTransitive", "requested": "[2.0.0, )", "resolved": "2.0.0"},
            "lib": {"type": "Project", "dependencies": {"A": "[1.0.0, )"}},
            "unresolved": {"type": "CentralTransitive", "requested": "[2.0.0, )"},
        },
        "net8.0/linux-x64": {"A": {"type": "Direct", "resolved": "1.0.0"}, "Native": {"type": "Transitive", "resolved": "3.0.0"}},
    }}  # fmt: skip
    found = packages(Dotnet, {"src/packages.lock.json": json.dumps(lock)})
    assert [(one.name, one.version, one.depends) for one in found] == [
        ("A", "1.0.0", ("b.c",)),
        ("B.C", "2.0.0", ()),
        ("Native", "3.0.0", ()),
    ]


def test_what_nuget_restored() -> None:
    document = deps(version=3, projectFileDependencyGroups={})
    wanted = [*THERE, "Trimmed@6.0.0 dev", "Nothing@1.0.0 dev"]
    assert names(Dotnet, {"src/obj/project.assets.json": json.dumps(document)}) == wanted
    assert {one.evidence for one in packages(Dotnet, {"src/obj/project.assets.json": json.dumps(document)})} == {"declared"}
    assert collected(Dotnet, {"src/project.assets.json": json.dumps(document)}) == []


def program(text: bytes, before: int = 5000, manifest: int | None = None, end: bytes = b"manifest") -> bytes:
    """A host with its mark, then files, then the text, then the manifest."""
    place = 200 + before + len(text) if manifest is None else manifest
    head = b"\x7fELF" + bytes(100) + struct.pack("<q", place) + _MARK
    return head.ljust(200, b"\0") + bytes(before) + text + end


def in_windows(data: bytes) -> list[Package | Skipped]:
    one = DotnetBundles(PassContext(secret_key=b"key"))
    entry = Entry("usr/bin/app", "file", 0o755, 0, 0, len(data))
    return [
        fact for start in range(0, max(len(data) - OVERLAP, 1), WINDOW - OVERLAP)
        for fact in one.collect(FileView(entry, data[start : start + WINDOW], start, start + WINDOW >= len(data)))
        if isinstance(fact, Package | Skipped)
    ]  # fmt: skip


INDENTED = json.dumps(deps(), indent=2).encode()


@pytest.mark.parametrize("before", [0, 5000, WINDOW - OVERLAP - 300, WINDOW - 300, WINDOW - 205, 2 * WINDOW])
@pytest.mark.parametrize("text", [INDENTED, INDENTED.replace(b"\n", b"\r\n")])
def test_programs_of_one_file(before: int, text: bytes) -> None:
    found = in_windows(program(text, before))
    assert [f"{one.name}@{one.version}" for one in found if isinstance(one, Package)] == THERE
    assert len(found) == len(THERE)


def test_a_list_that_spans_windows() -> None:
    grown = deps(libraries={**deps()["libraries"], **{f"P{number}/1.0.0": {"type": "package"} for number in range(40_000)}})
    text = json.dumps(grown, indent=2).encode()
    assert len(text) > WINDOW // 2 and len(in_windows(program(text, WINDOW - 1000))) == len(THERE) + 40_000


@pytest.mark.parametrize(
    "data",
    [
        program(INDENTED, manifest=0),  # a host without a bundle
        program(INDENTED, manifest=1 << 60),  # the bytes before the mark are something else's
        program(INDENTED).replace(_MARK, bytes(32)),
        b"\x7fELF" + _MARK,
        _MARK,
    ],
)
def test_programs_that_are_no_bundles(data: bytes) -> None:
    assert in_windows(data) == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (program(b"", before=9000, manifest=8000), "without a list of its packages"),
        (program(INDENTED[:-40]), "no JSON"),
        (program(b'{\n  "runtimeTarget": ' + b"[" * 5000 + b"\n}"), "no JSON"),
        (program(b'{\n  "runtimeTarget": ' + b" " * (20 << 20)), "no JSON"),
    ],
)
def test_damaged_bundles_are_named(data: bytes, reason: str) -> None:
    (skipped,) = in_windows(data)
    assert isinstance(skipped, Skipped) and reason in skipped.reason
