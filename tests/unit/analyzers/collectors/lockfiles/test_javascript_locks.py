"""Forms that the lock files of JavaScript had at other times, and what only the files beside them tell."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from tests.unit.analyzers.collectors.collecting import names, reasons

YARN = """a@^1.0.0:
  version "1.0.1"
  dependencies:
    b "~2"
    "@s/c" "^3"
  optionalDependencies:
    o "1"

b@~2, b@~2.0:
  version "2.0.9"

"@s/c@^3", "@s/c@^3.1":
  version "3.2.0"

o@1:
  version "1.0.0"

t@^4:
  version "4.0.0"
  dependencies:
    b "~2.0"
    u "*"

u@*:
  version "5.0.0"

forced@6.0.1:
  version "6.0.1"

"x@npm:real@^7":
  version "7.0.0"
"""
PROJECT = {
    "name": "app",
    "dependencies": {"a": "^1.0.0", "forced": "^6.0.0", "x": "npm:real@^7"},
    "devDependencies": {"t": "^4"},
}
BERRY = """__metadata:
  version: 8

"a@npm:^1.0.0":
  version: 1.0.1
  resolution: "a@npm:1.0.1"
  dependencies:
    b: "npm:~2"
  peerDependencies:
    p: "*"

"b@npm:~2":
  version: 2.0.9
  resolution: "b@npm:2.0.9"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    own: "workspace:*"
    t: "npm:^4"

"own@workspace:*, own@workspace:packages/own":
  version: 0.0.0-use.local
  resolution: "own@workspace:packages/own"
  dependencies:
    c: "npm:^3"
    u: "npm:*"

"c@npm:^3":
  version: 3.2.0
  resolution: "c@npm:3.2.0"

"t@npm:^4":
  version: 4.0.0
  resolution: "t@npm:4.0.0"

"u@npm:*":
  version: 5.0.0
  resolution: "u@npm:5.0.0"
"""
BERRY_FILES = {
    "app/package.json": json.dumps({"name": "app", "dependencies": {"a": "^1.0.0", "own": "workspace:*"}, "devDependencies": {"t": "^4"}}),
    "app/packages/own/package.json": json.dumps({"name": "own", "dependencies": {"c": "^3"}, "devDependencies": {"u": "*"}}),
    "app/yarn.lock": BERRY,
}
BUN = {
    "workspaces": {"": {"name": "app", "dependencies": {"a": "1"}, "devDependencies": {"t": "1"}},
                   "p/own": {"name": "own", "dependencies": {"b": "3"}}},
    "packages": {
        "a": ["a@1.0.0", "", {"dependencies": {"b": "2"}}, "sha512-x"],
        "a/b": ["b@2.0.0", "", {}, "sha512-x"],
        "b": ["b@1.0.0", "", {}, "sha512-x"],
        "own": ["own@workspace:p/own"],
        "own/b": ["b@3.0.0", "", {"dependencies": {"@s/d": "1"}}, "sha512-x"],
        "@s/d": ["@s/d@1.0.0", "", {}, "sha512-x"],
        "t": ["t@1.0.0", "", {"dependencies": {"b": "1", "@s/e": "1"}}, "sha512-x"],
        "t/@s/e": ["@s/e@1.0.0", "", {}, "sha512-x"],
        "g": ["g@github:o/g#abc", {}, "o-g-abc"],
    },
}  # fmt: skip
PNPM = """lockfileVersion: '9.0'

importers:
  .:
    dependencies:
      g:
        specifier: github:o/g
        version: https://codeload.example.org/o/g/tar.gz/0a
      own:
        specifier: file:own
        version: file:own
    devDependencies:
      '@s/h':
        specifier: github:o/h
        version: '@s/h@git+https://example.org/o/h.git#0a'

packages:
  g@https://codeload.example.org/o/g/tar.gz/0a:
    resolution: {tarball: https://codeload.example.org/o/g/tar.gz/0a}
    version: 1.0.0
  '@s/h@git+https://example.org/o/h.git#0a':
    version: 2.0.0
  own@file:own:
    version: 3.0.0

snapshots:
  g@https://codeload.example.org/o/g/tar.gz/0a: {}
  '@s/h@git+https://example.org/o/h.git#0a': {}
  own@file:own: {}
"""
PNPM_REGISTRY = """lockfileVersion: '6.0'

packages:
  registry.example.org/@s/a@1.0.0(x@1.0.0):
    dev: false
  registry.example.org/b@2.0.0:
    dev: true
  file:own:
    name: own
    version: 3.0.0
"""


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (YarnLock, {"yarn.lock": YARN, "package.json": json.dumps(PROJECT)},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0 dev", "u@5.0.0 dev", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, {"yarn.lock": YARN, "other/package.json": "{}"},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0", "u@5.0.0", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, {"yarn.lock": YARN, "package.json": "damaged"},
         ["a@1.0.1", "b@2.0.9", "@s/c@3.2.0", "o@1.0.0", "t@4.0.0", "u@5.0.0", "forced@6.0.1", "real@7.0.0"]),
        (YarnLock, BERRY_FILES, ["a@1.0.1", "b@2.0.9", "c@3.2.0", "t@4.0.0 dev", "u@5.0.0 dev"]),
        (BunLock, {"bun.lock": json.dumps(BUN)},
         ["a@1.0.0", "b@2.0.0", "b@1.0.0 dev", "b@3.0.0", "@s/d@1.0.0", "t@1.0.0 dev", "@s/e@1.0.0 dev"]),
        (PnpmLock, {"pnpm-lock.yaml": PNPM}, ["g@1.0.0", "@s/h@2.0.0 dev"]),
        (PnpmLock, {"pnpm-lock.yaml": PNPM_REGISTRY}, ["@s/a@1.0.0", "b@2.0.0 dev"]),
        (NpmLock, {"package-lock.json": json.dumps({"packages": {"node_modules/a": {"version": "1.0.0", "devOptional": True}}})},
         ["a@1.0.0"]),
    ],
)  # fmt: skip
def test_variants(collector: type[ApplicationCollector], files: Mapping[str, str | bytes], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


def test_keys_and_texts_over_several_lines() -> None:
    text = """lockfileVersion: 5.4
packages:
  ? /a/1.0.0_very+long
  : resolution: {integrity: x}
    dev: true
  /b/2.0.0:
    deprecated: |-
      No longer maintained.
      version: 9.9.9
    dev: false
"""
    assert names(PnpmLock, {"pnpm-lock.yaml": text}) == ["a@1.0.0 dev", "b@2.0.0"]


def test_an_unfinished_merge_is_told() -> None:
    text = 'a@1:\n<<<<<<< HEAD\n  version "1.0.0"\n=======\n  version "1.0.1"\n>>>>>>> other\n'
    assert reasons(YarnLock, {"yarn.lock": text}) == ["unreadable: an unfinished merge: what could be read of both sides counts"]


def test_json_in_utf_16() -> None:
    text = json.dumps({"packages": {"node_modules/a": {"version": "1.0.0"}}})
    assert names(NpmLock, {"package-lock.json": text.encode("utf-16")}) == ["a@1.0.0"]
