"""Forms that the lock files of Python had at other times, and what only the files beside them tell."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from tests.unit.analyzers.collectors.collecting import names

UV = """version = 1
[manifest.dependency-groups]
lint = [{ name = "l" }]
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "n", version = "1.0", marker = "python_full_version < '3.9'" }, { name = "n", version = "2.0" }]
[package.optional-dependencies]
web = [{ name = "w" }]
[[package]]
name = "n"
version = "1.0"
dependencies = [{ name = "old" }]
[[package]]
name = "n"
version = "2.0"
[[package]]
name = "old"
version = "3.0"
[[package]]
name = "w"
version = "4.0"
[[package]]
name = "l"
version = "5.0"
"""
POETRY = """[[package]]
name = "Req_uests"
version = "1.0"
optional = false
[package.dependencies]
idna = { version = ">=2", extras = ["x"] }
[[package]]
name = "idna"
version = "2.0"
[[package]]
name = "pytest"
version = "3.0"
[package.dependencies]
idna = "*"
pluggy = "*"
[[package]]
name = "pluggy"
version = "4.0"
[[package]]
name = "lib"
version = "0.1.0"
[package.source]
type = "directory"
url = "../lib"
[[package]]
name = "from-git"
version = "5.0"
[package.source]
type = "git"
url = "https://example.org/x.git"
"""
POETRY_PROJECT = (
    '[tool.poetry.dependencies]\npython = "^3.9"\nreq-uests = "1"\nfrom_git = "*"\n[tool.poetry.group.dev.dependencies]\npytest = "3"\n'
)
PDM = '[[package]]\nname = "a"\nversion = "1"\ndependencies = ["b<2,>=1; x", "c[y]"]\n' + "".join(
    f'[[package]]\nname = "{name}"\nversion = "1"\n' for name in "bcd"
)
PYLOCK = """lock-version = "1.0"
default-groups = ["main"]
[[packages]]
name = "a"
version = "1"
[[packages]]
name = "b"
version = "2"
marker = "'dev' in dependency_groups"
[[packages]]
name = "c"
version = "3"
marker = "'dev' in dependency_groups or 'main' in dependency_groups"
[[packages]]
name = "d"
version = "4"
marker = "'web' in extras or 'dev' in dependency_groups"
[[packages]]
name = "own"
version = "5"
[packages.directory]
path = "."
"""
PIPFILE = {
    "_meta": {"x": {"version": "==9"}},
    "default": {"a": {"version": "==1"}},
    "docs": {"b": {"version": "==2"}},
    "worker": {"c": {"version": "==3"}},
}


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (PythonLocks, {"uv.lock": UV}, ["n@1.0", "n@2.0", "old@3.0", "w@4.0", "l@5.0 dev"]),
        (PythonLocks, {"poetry.lock": POETRY, "pyproject.toml": POETRY_PROJECT},
         ["Req_uests@1.0", "idna@2.0", "pytest@3.0 dev", "pluggy@4.0 dev", "from-git@5.0"]),
        (PythonLocks, {"poetry.lock": POETRY}, ["Req_uests@1.0", "idna@2.0", "pytest@3.0", "pluggy@4.0", "from-git@5.0"]),
        (PythonLocks, {"pdm.lock": PDM, "pyproject.toml": '[project]\ndependencies = ["A ~= 1.0"]\n'}, ["a@1", "b@1", "c@1", "d@1 dev"]),
        (PythonLocks, {"pylock.toml": PYLOCK}, ["a@1", "b@2 dev", "c@3", "d@4"]),
        (PythonLocks, {"Pipfile.lock": json.dumps(PIPFILE)}, ["a@1", "b@2 dev", "c@3"]),
        (PythonLocks, {"requirements.txt": "a==1\nB[x]==1!2.0.post1+cu1 # c\n".encode("utf-16")}, ["a@1", "B@1!2.0.post1+cu1"]),
    ],
)  # fmt: skip
def test_variants(collector: type[ApplicationCollector], files: Mapping[str, str | bytes], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


def test_a_vendors_folder_is_no_vendor_folder() -> None:
    assert names(PythonLocks, {"opt/vendor/product/requirements.txt": "a==1\n"}) == ["a@1"]


def test_extras_of_pdm_are_no_development() -> None:
    lock = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1"\ngroups = ["{group}"]\n'
        for name, group in (("a", "default"), ("b", "cli"), ("c", "try"))
    )
    project = '[project]\ndependencies = ["a"]\n[project.optional-dependencies]\ncli = ["b"]\n[dependency-groups]\ntry = ["c"]\n'
    assert names(PythonLocks, {"pdm.lock": lock, "pyproject.toml": project}) == ["a@1", "b@1", "c@1 dev"]
    assert names(PythonLocks, {"pdm.lock": lock}) == ["a@1", "b@1 dev", "c@1 dev"]


def test_requirements_of_rye_and_addresses_of_archives() -> None:
    text = "a==1\nb-x @ https://host/b_x-2.0.tar.gz#sha256=0\nc @ https://host/archive/other-3.0.zip\n"
    assert names(PythonLocks, {"requirements.lock": text}) == ["a@1", "b-x@2.0"]
    assert names(PythonLocks, {"requirements-dev.lock": "a==1\n"}) == ["a@1 dev"]


def test_files_that_requirements_take_in() -> None:
    files = {
        "app/deps/base.txt": "-r more.txt\na==1\n",
        "app/requirements.txt": "-r deps/base.txt\nb==2\n",
        "app/requirements-dev.txt": "--requirement=lint/tools.txt\n-r deps/base.txt\n",
        "app/lint/tools.txt": "c==3\n",
        "app/deps/more.txt": "-r base.txt\nd==4\n",
        "app/notes.txt": "e==5\n",
    }
    assert names(PythonLocks, files) == ["b@2", "a@1", "d@4", "c@3 dev"]
