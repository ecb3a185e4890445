"""Wrong types at every level of JSON files: each ends as a list of what is sound, or with a reason."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from analyzers.collectors import application_files
from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.deno_lock import DenoLock
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.sbt_lock import SbtLock
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.php import Php
from analyzers.collectors.r_language import RLanguage
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected

_NODE = {
    "ref": "a/1",
    "pref": "b/1",
    "requires": ["1"],
    "build_requires": {"x": "1"},
    "python_requires": ["p/1"],
    "path": "",
    "context": "host",
}
_LIBRARY = {"type": "package", "dependencies": {"b": "1"}, "runtime": {"a.dll": {}}, "native": {}}
_LOCKED = {"type": "Direct", "resolved": "1", "dependencies": {"b": "1"}}
_CONDA = {"name": "a", "version": "1", "build": "0", "channel": "c", "license": ["MIT"], "depends": ["b >=1"]}
_R = {"Package": "a", "Version": "1", "Source": "Bioconductor", "Requirements": ["b"], "Imports": ["c"]}
_PHP = {
    "name": "v/a",
    "version": "dev-x",
    "license": [{"type": "MIT"}],
    "require": {"v/b": "1"},
    "extra": {"branch-alias": {"dev-x": "1.x-dev"}},
}
_PIN = {"location": "https://h/o/r.git", "repositoryURL": "https://h/o/r.git", "state": {"version": "1.0.0"}}
_SBT = {"org": "o", "name": "a", "version": "1", "configurations": ["compile"]}
_GRAPH = {"name": "a", "dependencies": ["b"], "rootUri": "file:///hosted/pub.dev/a-1.0.0"}
_NPM = {
    "version": "1",
    "dependencies": {"b": {"version": "2"}},
    "requires": {"b": "1"},
    "name": "a",
    "optionalDependencies": {"o": "npm:p@1"},
}
FORMS: dict[str, tuple[type[ApplicationCollector], str, dict[str, Any]]] = {
    "deps": (Dotnet, "a.deps.json", {"targets": {"t": {"a/1": _LIBRARY}}, "libraries": {"a/1": _LIBRARY}}),
    "assets": (Dotnet, "obj/project.assets.json", {"targets": {"t": {"a/1": _LIBRARY}}, "libraries": {"a/1": _LIBRARY}}),
    "nuget": (Dotnet, "packages.lock.json", {"dependencies": {"t": {"a": _LOCKED}}}),
    "conan": (ConanLock, "conan.lock", {"graph_lock": {"nodes": {"1": _NODE}}, "requires": ["a/1"], "config_requires": ["b/2"]}),
    "deno": (DenoLock, "deno.lock", {"npm": {"a@1": {"dependencies": ["b@1"]}}, "jsr": {"@s/a@1": {"dependencies": ["jsr:@s/b"]}},
                                     "packages": {"npm": {"a@2": {"dependencies": {"b": "b@1"}}}},
                                     "remote": {"https://esm.sh/a@1.0.0": "0"}}),
    "conda": (Conda, "conda-meta/a.json", _CONDA),
    "renv": (RLanguage, "renv.lock", {"Packages": {"a": _R}}),
    "composer": (Php, "composer.lock", {"packages": [_PHP], "packages-dev": [_PHP], "aliases": [{"package": "v/a", "alias": "1.0"}]}),
    "installed": (Php, "vendor/composer/installed.json", {"packages": [_PHP], "dev-package-names": ["v/a"]}),
    "swift": (SwiftResolved, "Package.resolved", {"pins": [_PIN], "object": {"pins": [_PIN]}}),
    "sbt": (SbtLock, "build.sbt.lock", {"dependencies": [_SBT]}),
    "graph": (PubLocks, ".dart_tool/package_graph.json", {"roots": ["a"], "packages": [_GRAPH]}),
    "config": (PubLocks, ".dart_tool/package_config.json", {"packages": [_GRAPH]}),
    "npm": (NpmLock, "package-lock.json", {"packages": {"node_modules/a": _NPM}}),
    "npm1": (NpmLock, "package-lock.json", {"dependencies": {"a": _NPM}}),
    "pipfile": (PythonLocks, "Pipfile.lock", {"default": {"a": {"version": "==1"}}}),
}  # fmt: skip
WRONG: tuple[Any, ...] = (
    None, True, 7, -1.5, "", "x", " \n", "\0", "a" * 1000, [], [None], [[]], {}, {"": None}, {"x": {}}, {" ": ""}, [{"x": 1}], "\ud800",
)  # fmt: skip


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to everything in a document."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*place, key)
        yield from places(value[key], (*place, key))


def changed(document: Any, place: tuple[Any, ...], wrong: Any, *, key: bool = False) -> Any:
    """A copy with something else at a place, or under another key."""
    document = inner = copy.deepcopy(document)
    for step in place[:-1]:
        inner = inner[step]
    if key and isinstance(inner, dict):
        inner[wrong] = inner.pop(place[-1])
    else:
        inner[place[-1]] = wrong
    return document


@pytest.mark.parametrize("form", FORMS)
def test_wrong_types_at_every_level(form: str) -> None:
    collector, path, document = FORMS[form]
    assert [one for one in collected(collector, {path: json.dumps(document)}) if not isinstance(one, Skipped)] or form == "graph"
    for place in places(document):
        for wrong in WRONG:
            said = [changed(document, place, wrong), *([changed(document, place, wrong, key=True)] if isinstance(wrong, str) else [])]
            for one in said:
                for fact in collected(collector, {path: json.dumps(one)}):
                    assert isinstance(fact, Skipped) or (isinstance(fact, Package) and application_files.sound(fact))
