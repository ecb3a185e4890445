"""Lock files inside of fetched packages say what their makers used: they tell of nothing that is installed."""

from __future__ import annotations

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.swift_locks import SwiftResolved
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from analyzers.collectors.php import Php
from tests.unit.analyzers.collectors.collecting import names

POM = """<project><dependencies>
  <dependency><groupId>g</groupId><artifactId>a</artifactId><version>1</version></dependency>
</dependencies></project>"""


@pytest.mark.parametrize(
    ("collector", "path", "content"),
    [
        (CargoLock, "usr/local/cargo/registry/src/index-0a/time-0.1.44/Cargo.lock", '[[package]]\nname="a"\nversion="1"\nsource="x"\n'),
        (CargoLock, "srv/vendor/time/Cargo.lock", '[[package]]\nname="a"\nversion="1"\nsource="x"\n'),
        (GemfileLock, "usr/local/bundle/gems/rack-2.0.1/Gemfile.lock", "GEM\n  specs:\n    a (1)\n"),
        (PythonLocks, "usr/lib/python3/dist-packages/x/requirements.txt", "a==1\n"),
        (PubLocks, "root/.pub-cache/hosted/x/a-1.0.0/pubspec.lock", 'packages:\n  a:\n    source: hosted\n    version: "1"\n'),
        (MixLock, "srv/deps/plug/mix.lock", '%{"a": {:hex, :a, "1.0.0", "0a", [:mix], []}}\n'),
        (MavenPom, "srv/WEB-INF/classes/META-INF/maven/g/a/pom.xml", POM),
        (GoMod, "root/go/pkg/mod/example.com/a@v1.0.0/go.mod", "require a.b/c v1.0.0\n"),
        (SwiftResolved, "srv/.build/checkouts/x/Package.resolved",
         '{"version": 2, "pins": [{"location": "https://example.org/a/b.git", "state": {"version": "1.0.0"}}]}'),
        (YarnLock, "srv/node_modules/a/yarn.lock", 'a@1:\n  version "1.0.1"\n'),
        (PnpmLock, "srv/vendor/x/pnpm-lock.yaml", "packages:\n  a@1.0.0:\n"),
        (Php, "srv/vendor/acme/lib/composer.lock", '{"packages": [{"name": "a/b", "version": "1.0.0"}]}'),
    ],
)  # fmt: skip
def test_lock_files_of_fetched_packages_say_nothing(collector: type[ApplicationCollector], path: str, content: str) -> None:
    assert names(collector, {path: content}) == []
    assert names(collector, {"srv/" + path.rpartition("/")[2]: content}) != []
