"""Lock files as their tools write them: Python, JavaScript, Go."""

from __future__ import annotations

import json

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from tests.unit.analyzers.collectors.collecting import names, packages

REQUIREMENTS = """# comment
requests==2.19.1 --hash=sha256:aa
Flask[async] == 2.0.1 ; python_version > "3"
idna===2.8 \\
    --hash=sha256:bb
django>=3
wild==1.*
-r other.txt
git+https://example.com/x.git#egg=x
"""
POETRY = """[[package]]
name = "a"
version = "1.0"
category = "main"
[[package]]
name = "b"
version = "2.0"
category = "dev"
[[package]]
name = "c"
version = "3.0"
groups = ["dev", "main"]
[[package]]
name = "d"
version = "4.0"
groups = ["test"]
[metadata]
lock-version = "2.0"
"""
UV = """version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [{ name = "a" }]
[package.dev-dependencies]
dev = [{ name = "t" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://example.com/simple" }
dependencies = [{ name = "b" }]
[[package]]
name = "b"
version = "2.0"
[[package]]
name = "t"
version = "3.0"
dependencies = [{ name = "b" }, { name = "u" }]
[[package]]
name = "u"
version = "4.0"
"""
PIPFILE = {"default": {"a": {"version": "==1.0"}, "e": {"editable": True, "path": "."}}, "develop": {"b": {"version": "==2.0"}}}
YARN = """# yarn lockfile v1


"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.1.2"
  resolved "https://example.com/a.tgz#1"
  dependencies:
    version "^9"

b@~2:
  version "2.0.1"

alias@npm:real@^3:
  version "3.0.0"
"""
BERRY = """__metadata:
  version: 6

"@s/a@npm:^1.0.0, @s/a@npm:^1.1.0":
  version: 1.1.2
  resolution: "@s/a@npm:1.1.2"
  dependencies:
    b: ~2

"alias@npm:real@^3":
  version: 3.0.0
  resolution: "real@npm:3.0.0"

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."

"t@patch:t@npm%3A4.9.5#x":
  version: 4.9.5
  resolution: "t@patch:t@npm%3A4.9.5#x::version=4.9.5"
"""
PNPM5 = """lockfileVersion: 5.4
packages:

  /@s/a/1.1.2_peer@1.0.0:
    resolution: {integrity: sha512-x}
    dev: false

  /b/2.0.1:
    resolution: {integrity: sha512-y}
    dev: true
"""
PNPM6 = """lockfileVersion: '6.0'

packages:

  /@s/a@1.1.2(peer@1.0.0):
    resolution: {integrity: sha512-x}
    dev: false

  /b@2.0.1:
    dev: true

  github.com/x/y/abcdef:
    name: y
    version: 1.0.0
"""
PNPM9 = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      '@s/a':
        specifier: ^1.0.0
        version: 1.1.2(peer@1.0.0)
    devDependencies:
      b:
        specifier: ^2
        version: 2.0.1

packages:

  '@s/a@1.1.2':
    resolution: {integrity: sha512-x}
  b@2.0.1:
    resolution: {integrity: sha512-y}
  c@3.0.0:
    resolution: {integrity: sha512-z}
  d@4.0.0:
    resolution: {integrity: sha512-z}

snapshots:

  '@s/a@1.1.2(peer@1.0.0)':
    dependencies:
      c: 3.0.0
  b@2.0.1:
    dependencies:
      alias: d@4.0.0
  c@3.0.0: {}
  d@4.0.0: {}
"""
BUN = """{
  "lockfileVersion": 1,
  "workspaces": {"": {"name": "app", "dependencies": {"@s/a": "^1"}, "devDependencies": {"t": "1",},},},
  // comment
  "packages": {
    "@s/a": ["@s/a@1.1.2", "", {"dependencies": {"b": "2"}}, "sha512-,]"],
    "b": ["b@2.0.1", "", {}, "sha512-x"],
    "t": ["t@1.0.0", "", {}, "sha512-x"],
    "own": ["own@workspace:packages/own"],
  },
}
"""
GO_MOD = """module example.com/app // a comment
go 1.21
require golang.org/x/net v0.7.0
require (
\tgithub.com/b/c v1.1.0 // indirect
\texample.com/local v1.0.0
)
replace github.com/b/c => github.com/d/c v1.1.1
replace example.com/local v1.0.0 => ../local
exclude golang.org/x/text v0.3.0
"""
WHEELS = """urllib3 @ https://files.example.org/aa/urllib3-1.26.4-py2.py3-none-any.whl ; python_version > "3"
torch[all]@https://files.example.org/whl/cpu-2/torch-2.1.0%2Bcpu-cp311-cp311-linux_x86_64.whl#sha256=aa
./wheels/foo_bar-1.0.post1-1-py3-none-any.whl
file:///opt/markupsafe-2.0-cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
certifi @ file:///croot/certifi_1671487769961/work/certifi
# https://files.example.org/comment-1.0-py3-none-any.whl
--find-links https://files.example.org/option-1.0-py3-none-any.whl
https://files.example.org/no_wheel-1.0.tar.gz
"""


@pytest.mark.parametrize(
    ("collector", "path", "content", "wanted"),
    [
        (PythonLocks, "app/requirements.txt", REQUIREMENTS, ["requests@2.19.1", "Flask@2.0.1", "idna@2.8"]),
        (PythonLocks, "app/requirements-dev.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/requirements/test.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/docs/requirements.txt", "a==1\n", ["a@1 dev"]),
        (PythonLocks, "app/docs/api/requirements.txt", "a==1\n", ["a@1"]),
        (PythonLocks, "app/notes.txt", "a==1\n", []),
        (PythonLocks, "requirements.txt", WHEELS, ["urllib3@1.26.4", "torch@2.1.0+cpu", "foo_bar@1.0.post1", "markupsafe@2.0"]),
        (PythonLocks, "poetry.lock", POETRY, ["a@1.0", "b@2.0 dev", "c@3.0", "d@4.0 dev"]),
        (PythonLocks, "pdm.lock", '[[package]]\nname = "a"\nversion = "1"\ngroups = ["default"]\n', ["a@1"]),
        (PythonLocks, "pylock.toml", '[[packages]]\nname = "a"\nversion = "1"\n', ["a@1"]),
        (PythonLocks, "uv.lock", UV, ["a@1.0", "b@2.0", "t@3.0 dev", "u@4.0 dev"]),
        (PythonLocks, "Pipfile.lock", json.dumps(PIPFILE), ["a@1.0", "b@2.0 dev"]),
        (YarnLock, "yarn.lock", YARN, ["@s/a@1.1.2", "b@2.0.1", "real@3.0.0"]),
        (YarnLock, "yarn.lock", BERRY, ["@s/a@1.1.2", "real@3.0.0", "t@4.9.5"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM5, ["@s/a@1.1.2", "b@2.0.1 dev"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM6, ["@s/a@1.1.2", "b@2.0.1 dev", "y@1.0.0"]),
        (PnpmLock, "pnpm-lock.yaml", PNPM9, ["@s/a@1.1.2", "b@2.0.1 dev", "c@3.0.0", "d@4.0.0 dev"]),
        (BunLock, "bun.lock", BUN, ["@s/a@1.1.2", "b@2.0.1", "t@1.0.0 dev"]),
        (GoMod, "src/go.mod", GO_MOD, ["golang.org/x/net@v0.7.0", "github.com/d/c@v1.1.1"]),
    ],
)  # fmt: skip
def test_lock_files(collector: type[ApplicationCollector], path: str, content: str, wanted: list[str]) -> None:
    found = packages(collector, {path: content})
    assert names(collector, {path: content}) == wanted
    assert {fact.evidence for fact in found} <= {"declared"}
