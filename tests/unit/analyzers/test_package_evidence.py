"""Which of the packages that files name are matched: installed, declared, for development, of a distribution; in images and in folders."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.os_release import OsRelease
from analyzers.contract import Collector
from analyzers.image import ImageView, Located
from analyzers.packages import image_packages
from tests.unit.analyzers.collectors.collecting import collected

OS = {"etc/os-release": "ID=debian\nVERSION_ID=12\n"}
SITE = "usr/local/lib/python3.11/site-packages"
DEBIAN_SITE = "usr/lib/python3/dist-packages"
OWNED = {
    "var/lib/dpkg/status": "Package: python3-six\nStatus: install ok installed\nArchitecture: all\nVersion: 1.16.0-4\n\n",
    "var/lib/dpkg/info/python3-six.list": f"/.\n/{DEBIAN_SITE}/six-1.16.0.egg-info/PKG-INFO\n",
    f"{DEBIAN_SITE}/six-1.16.0.egg-info/PKG-INFO": "Name: six\nVersion: 1.16.0\n",
}
NPM_LOCK = json.dumps({"lockfileVersion": 3, "packages": {
    "": {}, "node_modules/a": {"version": "1.0.0"}, "node_modules/d": {"version": "2.0.0", "dev": True},
    "node_modules/w": {"resolved": "packages/w", "link": True}, "packages/w": {"name": "w", "version": "3.0.0"},
}})  # fmt: skip
CARGO = '[[package]]\nname = "own"\nversion = "0.1.0"\n[[package]]\nname = "time"\nversion = "0.1.44"\nsource = "registry+x"\n'
GEMSPEC = "# stub: rack 3.0.0 ruby lib\n"
COMPOSER = json.dumps({"packages": [{"name": "v/a", "version": "1.0.0"}], "packages-dev": [{"name": "v/t", "version": "2.0.0"}]})
INSTALLED = json.dumps(
    {"packages": [{"name": "v/a", "version": "1.0.0"}, {"name": "v/t", "version": "2.0.0"}], "dev-package-names": ["v/t"]}
)
DEPS = json.dumps({"libraries": {"A.B/1.0.0": {"type": "package"}}})


def package_json(name: str, version: str) -> str:
    return json.dumps({"name": name, "version": version})


def evaluated(files: Mapping[str, str], folder: bool) -> tuple[set[str], dict[str, str]]:
    """(matched, unmatched -> why) of the language packages, as `name version`."""
    collectors: tuple[type[Collector], ...] = (OsRelease, Dpkg, *APPLICATION_COLLECTORS)
    facts = [fact for kind in collectors for fact in collected(kind, {**OS, **files})]
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, fact) for fact in facts))
    found = [one for one in image_packages(view, folder_target=folder).packages if one.type != "deb"]
    matched = {f"{one.name} {one.version}" for one in found if one.matched}
    return matched, {f"{one.name} {one.version}": one.unmatched_reason for one in found if not one.matched}


@pytest.mark.parametrize(
    ("files", "image", "folder", "why"),
    [
        ({"srv/package-lock.json": NPM_LOCK}, "a 1.0.0", "a 1.0.0", "nothing is installed; development and the project's own are left out"),
        ({"srv/package-lock.json": NPM_LOCK, "srv/node_modules/a/package.json": package_json("a", "1.0.1")},
         "a 1.0.1", "a 1.0.0, a 1.0.1", "what is installed beside the lock file answers in an image"),
        ({"srv/package-lock.json": NPM_LOCK, "usr/lib/node_modules/npm/package.json": package_json("npm", "9.0.0")},
         "a 1.0.0, npm 9.0.0", "a 1.0.0, npm 9.0.0", "npm itself says nothing about another folder"),
        ({"srv/node_modules/d/package.json": package_json("d", "2.0.0"), "srv/package-lock.json": NPM_LOCK},
         "d 2.0.0", "a 1.0.0, d 2.0.0", "what is for development and installed all the same is there"),
        ({"srv/requirements.txt": "flask==2.0.0\n"}, "flask 2.0.0", "flask 2.0.0", "no installed Python package"),
        ({"srv/requirements.txt": "flask==2.0.0\n", f"{SITE}/flask-2.3.2.dist-info/METADATA": "Name: flask\nVersion: 2.3.2\n"},
         "flask 2.3.2", "flask 2.0.0, flask 2.3.2", "the version that is installed, not the one that was asked for"),
        ({"srv/requirements.txt": "flask==2.0.0\n", **OWNED}, "flask 2.0.0", "flask 2.0.0",
         "the distribution's own Python packages say nothing about the project's"),
        (OWNED, "", "", "the distribution's advisories speak of it"),
        ({"srv/Cargo.lock": CARGO}, "time 0.1.44", "time 0.1.44", "without the project's own crate"),
        ({"srv/Gemfile.lock": "GEM\n  specs:\n    rack (2.0.0)\n", "usr/local/bundle/specifications/rack-3.0.0.gemspec": GEMSPEC},
         "rack 3.0.0", "rack 2.0.0, rack 3.0.0", "installed gems answer for the whole image"),
        ({"srv/composer.lock": COMPOSER}, "v/a 1.0.0", "v/a 1.0.0", "packages-dev are for development"),
        ({"srv/composer.lock": COMPOSER, "srv/vendor/composer/installed.json": INSTALLED}, "v/a 1.0.0", "v/a 1.0.0",
         "installed with the packages for development, which are marked"),
        ({"other/composer.lock": COMPOSER, "srv/vendor/composer/installed.json": json.dumps([{"name": "v/b", "version": "1.0"}])},
         "v/a 1.0.0, v/b 1.0", "v/a 1.0.0, v/b 1.0", "another project's vendor folder"),
        ({"src/packages.lock.json": '{"dependencies": {"net8.0": {"C.D": {"resolved": "2.0.0"}}}}', "app/x.deps.json": DEPS},
         "a.b 1.0.0", "a.b 1.0.0, c.d 2.0.0", "published programs answer for the lock files of sources"),
        ({"srv/go.mod": "module m\ngo 1.21\nrequire a.b/c v1.0.0\n"}, "a.b/c 1.0.0", "a.b/c 1.0.0", "no program"),
        ({"srv/yarn.lock": 'a@^1:\n  version "1.0.0"\nt@^1:\n  version "1.1.0"\n', "srv/package.json": '{"dependencies": {"a": "^1"}}'},
         "a 1.0.0", "a 1.0.0", "the project's description tells what is for development"),
        ({"a/package-lock.json": NPM_LOCK, "b/pnpm-lock.yaml": "lockfileVersion: '6.0'\npackages:\n  /d@2.0.0:\n    dev: false\n"},
         "a 1.0.0, d 2.0.0", "a 1.0.0, d 2.0.0", "needed at run time by one of two projects"),
    ],
)  # fmt: skip
def test_what_is_matched(files: Mapping[str, str], image: str, folder: str, why: str) -> None:
    for target, wanted in ((False, image), (True, folder)):
        matched, unmatched = evaluated(files, target)
        assert matched == {one for one in wanted.split(", ") if one}, why
        assert all(unmatched.values()), "whatever is not matched says why"


def test_what_is_not_matched_says_why() -> None:
    files = {**OWNED, "srv/package-lock.json": NPM_LOCK, "srv/node_modules/b/package.json": package_json("b", "1.0.0")}
    assert evaluated(files, folder=False)[1] == {
        "six 1.16.0": "belongs to the distribution package python3-six",
        "a 1.0.0": "declared only; what is installed there was found and is matched",
        "d 2.0.0": "used for development only",
    }
