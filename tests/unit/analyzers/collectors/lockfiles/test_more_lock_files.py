"""Lock files of Deno, Julia and Haskell, as their tools write them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.deno_lock import DenoLock
from analyzers.collectors.lockfiles.haskell_locks import HaskellLocks
from analyzers.collectors.lockfiles.julia_manifest import JuliaManifest
from tests.unit.analyzers.collectors.collecting import names, packages, reasons

UUID = "ade2ca70-3891-5945-98fb-dc099432e06a"
DENO_5 = {
    "version": "5",
    "specifiers": {"npm:a@1": "1.0.0_b@2.0.0", "jsr:@std/x@1": "1.0.0"},
    "jsr": {"@std/x@1.0.0": {"integrity": "0"}},
    "npm": {
        "a@1.0.0_b@2.0.0": {"integrity": "sha512-0", "dependencies": ["b", "@s/c@3.0.0-rc.1", "alias@npm:@s/real@4.0.0", "d@npm:e"]},
        "b@2.0.0": {"integrity": "sha512-0", "optionalDependencies": ["o"]},
        "@s/c@3.0.0-rc.1": {"integrity": "sha512-0"},
    },
    "remote": {"https://host/std@0.1.0/x.ts": "0"},
}
ENTRIES = {"a@1.0.0": {"integrity": "0", "dependencies": {"b": "b@2.0.0_a@1.0.0", "alias": "@s/real@4.0.0"}}, "b@2.0.0_a@1.0.0": {}}
DENO_3 = {"version": "3", "packages": {"specifiers": {"npm:a": "npm:a@1.0.0"}, "npm": ENTRIES}, "remote": {}}
DENO_2 = {"version": "2", "remote": {}, "npm": {"specifiers": {"a": "a@1.0.0"}, "packages": ENTRIES}}


def julia(head: str, table: str) -> str:
    return f"""{head}
[[{table}Artifacts]]
deps = ["Pkg"]
git-tree-sha1 = "c30985d8821e0cd73870b17b0ed0ce6dc44cb744"
uuid = "{UUID}"
version = "1.3.0+2"
[[{table}Dates]]
uuid = "{UUID}"
[[{table}Own]]
path = "../Own"
uuid = "{UUID}"
version = "0.1.0"
[[{table}Twice]]
uuid = "{UUID}"
version = "1.0.0"
    [{table}Twice.deps]
    Dates = "{UUID}"
"""


DENO_JSR = {
    "version": "3",
    "packages": {
        "specifiers": {"jsr:@std/x@^0.224.0": "jsr:@std/x@0.224.0"},
        "jsr": {
            "@std/x@0.224.0": {"integrity": "0", "dependencies": ["jsr:@std/fmt@^0.224.0", "npm:chalk@5"]},
            "@std/fmt@0.224.0-rc.1": {"integrity": "0"},
            "nothing": {}, "@std/none@1.0.0": None,
        },
    },
}  # fmt: skip
ADDRESSES = dict.fromkeys((
    "https://deno.land/std@0.208.0/fmt/colors.ts", "https://deno.land/x/oak@v12.6.1/mod.ts", "https://esm.sh/gh/o/r@1.0.0/mod.ts",
    "https://esm.sh/v135/preact@10.19.2/denonext/preact.mjs", "https://esm.sh/stable/react@18.2.0?dev", "https://esm.sh/*@s/x@1.0.0-rc.1/y.js",
    "https://esm.sh/react@18/jsx", "https://cdn.jsdelivr.net/npm/lodash@4.17.20/lodash.min.js", "https://unpkg.com/%40s/z@2.0.0/i.js",
    "https://cdn.example.org/npm/evil@1.0.0/x.js",
), "0a")  # fmt: skip
OF_ADDRESSES = ["preact@10.19.2", "react@18.2.0", "@s/x@1.0.0-rc.1", "lodash@4.17.20", "@s/z@2.0.0"]
JULIA_1 = julia("", "")
JULIA_2 = julia('julia_version = "1.9.0"\nmanifest_format = "2.0"\n', "deps.")
CABAL = """active-repositories: hackage.example:merge
constraints: any.Cabal ==3.8.1.0,
             any.aeson ==2.1.2.1,
             aeson -cffi +ordered-keymap,
             any.text-2-x ==1,
             any.base installed
index-state: hackage.example 2023-01-01T00:00:00Z
"""
STACK = """packages:
- completed:
    hackage: aeson-pretty-0.8.9@sha256:0,1
    pantry-tree:
      sha256: 0
  original:
    hackage: aeson-pretty-0.8.9
- completed:
    commit: 0
    name: own
    version: 1.0
snapshots:
- completed:
    sha256: 0
  original: lts-20.26
"""


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (DenoLock, {"deno.lock": json.dumps(DENO_5)}, ["a@1.0.0", "b@2.0.0", "@s/c@3.0.0-rc.1", "@std/x@1.0.0"]),
        (DenoLock, {"deno.lock": json.dumps(DENO_JSR)}, ["@std/x@0.224.0", "@std/fmt@0.224.0-rc.1"]),
        (DenoLock, {"deno.lock": json.dumps({"version": "3", "remote": ADDRESSES})}, OF_ADDRESSES),
        (DenoLock, {"deno.lock": json.dumps(ADDRESSES)}, OF_ADDRESSES),
        (DenoLock, {"deno.lock": json.dumps(DENO_3)}, ["a@1.0.0", "b@2.0.0"]),
        (DenoLock, {"deno.lock": json.dumps(DENO_2)}, ["a@1.0.0", "b@2.0.0"]),
        (DenoLock, {"deno.lock": '{"https://host/x.ts": "0"}', "node_modules/a/deno.lock": json.dumps(DENO_5)}, []),
        (JuliaManifest, {"Manifest.toml": JULIA_1}, ["Artifacts@1.3.0+2", "Twice@1.0.0"]),
        (JuliaManifest, {"s/JuliaManifest.toml": JULIA_2}, ["Artifacts@1.3.0+2", "Twice@1.0.0"]),
        (JuliaManifest, {"s/docs/Manifest.toml": JULIA_2}, ["Artifacts@1.3.0+2 dev", "Twice@1.0.0 dev"]),
        (JuliaManifest, {"root/.julia/packages/Own/aB3dE/docs/Manifest.toml": JULIA_2,
                         "opt/julia/share/julia/test/Manifest.toml": JULIA_2, "x/Manifest.toml": "a = 1\n"}, []),
        (HaskellLocks, {"cabal.project.freeze": CABAL}, ["Cabal@3.8.1.0", "aeson@2.1.2.1", "text-2-x@1"]),
        (HaskellLocks, {"cabal.config": "with-compiler: ghc-9.2.4\nconstraints: acc ==0.2.0.1,\n             ad ==4.5.2\n"},
         ["acc@0.2.0.1", "ad@4.5.2"]),
        (HaskellLocks, {"stack.yaml.lock": STACK}, ["aeson-pretty@0.8.9"]),
    ],
)  # fmt: skip
def test_files(collector: type[ApplicationCollector], files: Mapping[str, str], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


def test_what_packages_of_deno_need() -> None:
    needs = {one.name: one.depends for one in packages(DenoLock, {"deno.lock": json.dumps(DENO_5)})}
    assert needs == {"a": ("b", "@s/c", "@s/real", "e"), "b": ("o",), "c": (), "x": ()}
    assert packages(DenoLock, {"deno.lock": json.dumps(DENO_3)})[0].depends == ("b", "@s/real")
    first, second = packages(DenoLock, {"deno.lock": json.dumps(DENO_JSR)})
    assert (first.type, first.depends, second.depends) == ("jsr", ("@std/fmt", "chalk"), ())


def test_julia_says_the_uuid() -> None:
    first, second = packages(JuliaManifest, {"Manifest.toml": JULIA_2})
    assert first.purl == f"pkg:julia/Artifacts@1.3.0%2B2?uuid={UUID}" and (first.depends, second.depends) == (("Pkg",), ("Dates",))


def test_damage_is_told() -> None:
    assert reasons(DenoLock, {"deno.lock": "{"})[0].startswith("unreadable: no JSON")
    assert reasons(JuliaManifest, {"Manifest.toml": "[[deps"})[0].startswith("unreadable: no TOML")
