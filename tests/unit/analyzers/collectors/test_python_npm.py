"""Installed Python distributions and npm packages."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from analyzers.collectors import application_files
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.npm import Npm
from analyzers.collectors.python import Python
from analyzers.collectors.python_wheels import PythonWheels
from schemas.facts import Package
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

SITE = "usr/local/lib/python3.11/site-packages"
METADATA = (
    "Metadata-Version: 2.1\r\nName: Jinja2\r\nVersion: 3.1.2\r\nLicense: BSD\r\nClassifier: License :: OSI Approved :: BSD License\r\n"
    "Requires-Dist: MarkupSafe (>=2.0)\r\nRequires-Dist: Babel>=2.7; extra == 'i18n'\r\nRequires-Dist: typing_extensions\r\n"
    "\r\nVersion: 9\r\n"
)


def test_dist_info() -> None:
    (fact,) = packages(Python, {f"{SITE}/Jinja2-3.1.2.dist-info/METADATA": METADATA})
    assert (fact.type, fact.name, fact.version, fact.evidence) == ("pypi", "Jinja2", "3.1.2", "installed")
    assert fact.licences == ("BSD License",) and fact.depends == ("markupsafe", "typing-extensions")


@pytest.mark.parametrize("path", ["foo.egg-info/PKG-INFO", "foo-1.egg-info", "foo-1-py3.9.egg/EGG-INFO/PKG-INFO"])
def test_egg_forms(path: str) -> None:
    assert names(Python, {f"{SITE}/{path}": "Name: foo\nVersion: 1\n"}) == ["foo@1"]


@pytest.mark.parametrize("path", ["src/foo-1/PKG-INFO", "etc/METADATA", "foo.dist-info/other"])
def test_files_that_are_no_installed_distribution(path: str) -> None:
    assert names(Python, {path: "Name: foo\nVersion: 1\n"}) == []


def test_zipped_egg() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("EGG-INFO/PKG-INFO", "Name: foo\nVersion: 2.0\n")
        archive.writestr("foo/__init__.py", "x" * 1000)
    (fact,) = packages(Python, {f"{SITE}/foo-2.0-py3.9.egg": buffer.getvalue()})
    assert (fact.name, fact.version, fact.path) == ("foo", "2.0", f"{SITE}/foo-2.0-py3.9.egg!/EGG-INFO/PKG-INFO")
    assert reasons(Python, {"a.egg": buffer.getvalue()[:-30]})[0].startswith("unreadable")


def test_name_of_the_folder_where_the_metadata_has_none() -> None:
    assert names(Python, {f"{SITE}/zope_interface-5.0.1.dist-info/METADATA": "Summary: x\n"}) == ["zope-interface@5.0.1"]
    assert reasons(Python, {f"{SITE}/x.dist-info/METADATA": b"\xff\xfe\x00\xd8"}) == ["unreadable: metadata without name or version"]


def test_names_that_cannot_be_are_told() -> None:
    assert reasons(Python, {"a.dist-info/METADATA": "Name: a b\nVersion: 1\n"}) == ["unreadable: 1 packages whose name or version is none"]


def package(**fields: object) -> str:
    return json.dumps(fields)


def test_npm_folders() -> None:
    files = {
        "app/package.json": package(name="app", version="1.0.0"),
        "app/node_modules/a/package.json": package(name="a", version="1.2.3", license="MIT", dependencies={"b": "^1"}),
        "app/node_modules/@s/b/package.json": package(name="@s/b", version="v2.0.0", licenses=[{"type": "ISC"}]),
        "app/node_modules/a/node_modules/c/package.json": package(name="c", version="3.0.0", dependencies={"x": "npm:@s/b@^2", "y": "1"}),
        "app/node_modules/a/dist/esm/package.json": package(type="module"),
        "app/node_modules/a/dist/lib/package.json": package(name="inner", version="9.9.9"),
        "app/node_modules/.pnpm/d@4.0.0/node_modules/d/package.json": package(name="d", version="4.0.0"),
        "app/node_modules/alias/package.json": package(name="real", version="5.0.0"),
        "app/node_modules/a/test/fixtures/node_modules/fake/package.json": package(name="fake", version="1.0.0"),
        "opt/yarn-v1.22.19/package.json": package(name="yarn", version="1.22.19", installationMethod="tar"),
    }
    found = packages(Npm, files)
    assert [(one.namespace, one.name, one.version) for one in found] == [
        ("", "a", "1.2.3"), ("@s", "b", "2.0.0"), ("", "c", "3.0.0"), ("", "d", "4.0.0"), ("", "real", "5.0.0"), ("", "yarn", "1.22.19"),
    ]  # fmt: skip
    assert (
        found[2].depends == ("@s/b", "y") and found[0].depends == ("b",) and found[0].licences == ("MIT",) and found[1].licences == ("ISC",)
    )


def test_npm_damage() -> None:
    path = "node_modules/a/package.json"
    assert reasons(Npm, {path: "{"})[0].startswith("unreadable: no JSON")
    assert reasons(Npm, {path: "[" * 100_000})[0].startswith("unreadable: no JSON")
    assert reasons(Npm, {path: "[]"}) == ["unreadable: JSON, but no object"]
    assert reasons(Npm, {path: package(name="a")})[0].startswith("unreadable")
    assert collected(Npm, {path: package(type="module")}) == []


def test_npm_lock_by_place() -> None:
    entries = {
        "": {"name": "app", "version": "1.0.0"},
        "packages/own": {"name": "own", "version": "1.0.0"},
        "node_modules/own": {"resolved": "packages/own", "link": True},
        "node_modules/a": {"version": "1.0.0"},
        "node_modules/@s/b": {"version": "2.0.0", "dev": True},
        "node_modules/a/node_modules/c": {"version": "3.0.0", "devOptional": True},
        "node_modules/alias": {"name": "real", "version": "4.0.0"},
    }
    text = json.dumps({"lockfileVersion": 3, "packages": entries})
    assert names(NpmLock, {"app/package-lock.json": text}) == ["a@1.0.0", "@s/b@2.0.0 dev", "c@3.0.0", "real@4.0.0"]
    assert names(NpmLock, {"app/node_modules/x/package-lock.json": text}) == []


def test_npm_lock_by_name() -> None:
    inner = {"c": {"version": "3.0.0", "dev": True}}
    text = json.dumps({"lockfileVersion": 1, "dependencies": {
        "a": {"version": "1.0.0", "dependencies": inner}, "alias": {"version": "npm:@s/real@2.0.0"}, "g": {"version": "git+ssh://h/x#1"},
    }})  # fmt: skip
    assert sorted(names(NpmLock, {"npm-shrinkwrap.json": text})) == ["@s/real@2.0.0", "a@1.0.0", "c@3.0.0 dev"]


def test_archives_of_yarn_that_programs_load_from() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("node_modules/@s/a/package.json", '{"name": "@s/a", "version": "1.0.0", "dependencies": {"b": "1"}}')
        archive.writestr("node_modules/@s/a/lib/package.json", '{"type": "module"}')
    here = "app/.yarn/cache/@s-a-npm-1.0.0-0123456789-8.zip"
    assert names(Npm, {here: made.getvalue(), "app/other.zip": made.getvalue()}) == ["@s/a@1.0.0"]
    assert reasons(Npm, {here: made.getvalue()[:60]})


def test_wheels_that_wait_to_be_installed() -> None:
    wheel = b"PK\x03\x04"
    files = {
        "srv/wheels/Fast_Thing-1.2.0-1a-py3-none-any.whl": wheel,
        "srv/wheels/zope.interface-5.4+local.1-cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.whl": wheel,
        "srv/wheels/noversion-py3-none-any.whl": wheel,
        "srv/wheels/empty-1.0-py3-none-any.whl": b"",
        "usr/lib/python3.12/ensurepip/_bundled/pip-24.0-py3-none-any.whl": wheel,
        "usr/lib/python3/site-packages/virtualenv/seed/wheels/embed/pip-24.0-py3-none-any.whl": wheel,
    }
    assert names(PythonWheels, files) == ["Fast-Thing@1.2.0", "zope.interface@5.4+local.1"]
    assert {one.evidence for one in packages(PythonWheels, files)} == {"declared"}


REQUIRES = """
MarkupSafe>=2.0
typing_extensions

[:python_version < "3.8"]
importlib-metadata

[i18n]
Babel>=2.7

[test:sys_platform == "win32"]
pywin32

[]
idna
"""
NEEDS = ("markupsafe", "typing-extensions", "importlib-metadata")


@pytest.mark.parametrize("folder", ["Jinja2-3.1.2.egg-info", "Jinja2-3.1.2-py3.11.egg/EGG-INFO"])
@pytest.mark.parametrize("order", [("PKG-INFO", "requires.txt"), ("requires.txt", "PKG-INFO")])
def test_what_eggs_need(folder: str, order: tuple[str, ...]) -> None:
    contents = {"PKG-INFO": "Name: Jinja2\nVersion: 3.1.2\n", "requires.txt": REQUIRES.replace("\n", "\r\n")}
    files = {f"{SITE}/{folder}/{one}": contents[one] for one in order} | {
        "srv/requires.txt": "flask\n",
        "srv/x-1.egg-info/PKG-INFO": "N: 1\n",
    }
    (fact,) = [one for one in collected(Python, files) if isinstance(one, Package) and one.name == "Jinja2"]
    assert fact.depends == NEEDS


def test_what_zipped_eggs_need_and_what_their_metadata_say() -> None:
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w") as egg:
            egg.writestr("EGG-INFO/requires.txt", REQUIRES)
            egg.writestr("EGG-INFO/PKG-INFO", "Name: Jinja2\nVersion: 3.1.2\n")
        (fact,) = packages(Python, {f"{SITE}/Jinja2-3.1.2-py3.11.egg": buffer.getvalue()})
    assert fact.depends == NEEDS
    files = {f"{SITE}/a-1.egg-info/PKG-INFO": "Name: a\nVersion: 1\nRequires-Dist: b\n", f"{SITE}/a-1.egg-info/requires.txt": "c\n"}
    assert packages(Python, files)[0].depends == ("b",)


def test_what_is_kept_for_eggs_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_files, "MAX_HELD", 3)
    files = {f"{SITE}/{name}-1.egg-info/{one}": content for name in "ab" for one, content in (
        ("PKG-INFO", f"Name: {name}\nVersion: 1\n"), ("requires.txt", "c\n"))}  # fmt: skip
    assert [(one.name, one.depends) for one in packages(Python, files)] == [("b", ()), ("a", ("c",))]


def test_what_deno_keeps() -> None:
    files = {
        "deno-dir/npm/registry.example.org/left-pad/1.3.0/package.json": package(name="left-pad", version="1.3.0"),
        "root/.cache/deno/npm/registry.example.org/@s/b/2.0.0_1/package.json": package(name="@s/b", version="2.0.0"),
        "root/.cache/deno/npm/registry.example.org/left-pad/1.3.0/lib/package.json": package(name="inner", version="9.9.9"),
        "root/.cache/deno/npm/registry.example.org/left-pad/registry.json": package(name="left-pad"),
        "srv/npm/registry.example.org/own/1.0.0/package.json": package(name="own", version="1.0.0"),
    }
    assert names(Npm, files) == ["left-pad@1.3.0", "@s/b@2.0.0"]
    lock = package(packages={"node_modules/a": {"version": "1.0.0"}})
    assert names(NpmLock, {"deno-dir/npm/registry.example.org/left-pad/1.3.0/package-lock.json": lock}) == []
