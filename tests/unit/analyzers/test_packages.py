"""The package list of an image: names, what wins, whom a file belongs to, what a container no longer sees."""

from __future__ import annotations

import lzma
import re
from datetime import date
from pathlib import Path

import pytest
from packageurl import PackageURL

from analyzers.advisory_names import names_to_look_up
from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.npm import Npm
from analyzers.collectors.python import Python
from analyzers.collectors.rpm import Rpm
from analyzers.contract import AnalysisInputs, Collector, ImagePackage
from analyzers.image import ImageView, LayerContents, Located, hidden_places
from analyzers.language_packages import compared_version
from analyzers.packages import PackageList, image_packages
from analyzers.purl_facts import BUNDLED, package_of
from analyzers.system_vulnerabilities import SystemVulnerabilities
from schemas.facts import Distribution, Fact, OwnedFiles, Package, PackageLicences
from schemas.findings import ScanReport
from schemas.vocabulary import Reason, ScanState
from tests.unit.analyzers.collectors.collecting import collected

STATUS = "var/lib/dpkg/status"
BOOKWORM = Distribution(path="etc/os-release", id="debian", version="12")


def listed(*facts: Fact, folder: bool = False) -> PackageList:
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, fact) for fact in facts))
    return image_packages(view, folder_target=folder)


def only(answer: PackageList) -> ImagePackage:
    (package,) = answer.packages
    return package


def deb(name: str, version: str, **more: str) -> Package:
    return Package(path=STATUS, type="deb", name=name, version=version, arch="amd64", **more)  # type: ignore[arg-type]


def npm(path: str, version: str = "1.2.5", evidence: str = "installed", development: bool = False) -> Package:
    return Package(path=path, type="npm", name="minimist", version=version, evidence=evidence, development=development)  # type: ignore[arg-type]


def test_debian_speaks_of_sources() -> None:
    one = only(listed(BOOKWORM, deb("libc6", "2.36-9+b1", source="glibc", source_version="2.36-9")))
    assert (one.ecosystem, one.match_name, one.match_version, one.matched) == ("Debian:12", "glibc", "2.36-9", True)
    assert one.purl == "pkg:deb/debian/libc6@2.36-9%2Bb1?arch=amd64&distro=debian-12&upstream=glibc%402.36-9"


def test_a_database_beside_the_distributions_own_is_not_the_distributions() -> None:
    apk = Package(path="lib/apk/db/installed", type="apk", name="busybox", version="1.36.1-r5", arch="x86_64")
    alone = {one.type: one for one in listed(BOOKWORM, deb("busybox", "1:1.35.0-4"), apk).packages}
    assert (alone["deb"].ecosystem, alone["deb"].matched) == ("Debian:12", True)
    assert (alone["apk"].ecosystem, alone["apk"].matched) == ("", False)
    assert alone["apk"].unmatched_reason.startswith("unsupported_distribution: debian-12 has no packages of type apk")
    assert alone["apk"].purl == "pkg:apk/busybox@1.36.1-r5?arch=x86_64"
    alpine = Distribution(path="etc/alpine-release", id="alpine", version="3.18.4")
    both = {one.type: one for one in listed(BOOKWORM, alpine, deb("busybox", "1:1.35.0-4"), apk).packages}
    assert {name: one.ecosystem for name, one in both.items()} == {"deb": "Debian:12", "apk": "Alpine:v3.18"}
    assert both["apk"].purl == "pkg:apk/alpine/busybox@1.36.1-r5?arch=x86_64&distro=alpine-3.18.4"


def test_copies_that_python_packages_bring_are_named_and_make_nothing_partial() -> None:
    copy = Package(path="a.dist-info/sboms/b.cdx.json", type="rpm", namespace="almalinux", name="libz", version="1.2.11-1.el8",
                   evidence="sbom", details={"unmatched": BUNDLED})  # fmt: skip
    facts = (BOOKWORM, deb("libc6", "2.36-9"), copy)
    one = {one.type: one for one in listed(*facts).packages}["rpm"]
    assert (one.matched, one.unmatched_reason, one.purl) == (False, BUNDLED, "pkg:rpm/almalinux/libz@1.2.11-1.el8")
    assert scanned(*facts).state == ScanState.SUCCEEDED and scanned(*facts).skipped[0].reason == BUNDLED
    assert listed(BOOKWORM, copy).notes[0].startswith(f"{Reason.NO_PACKAGE_DATABASE}: ")
    assert scanned(BOOKWORM, copy).reason.startswith(f"{Reason.NO_PACKAGE_DATABASE}: ")


def scanned(*facts: Fact) -> ScanReport:
    view = ImageView("sha256:0", ("sha256:1",), tuple(Located(0, fact) for fact in facts))
    inputs = AnalysisInputs(today=date(2026, 1, 1), packages=image_packages(view).packages, ecosystems=frozenset({"Debian:12"}))
    return SystemVulnerabilities().analyze(view, inputs)


def test_rpm_epoch_goes_into_a_qualifier() -> None:
    alma = Distribution(path="etc/os-release", id="almalinux", version="9.3")
    package = Package(path="var/lib/rpm/rpmdb.sqlite", type="rpm", name="openssl-libs", version="1:3.0.7-27.el9", arch="x86_64",
                      source="openssl-3.0.7-27.el9.src.rpm")  # fmt: skip
    one = only(listed(alma, package))
    assert (one.ecosystem, one.match_name, one.match_version) == ("AlmaLinux:9", "openssl-libs", "1:3.0.7-27.el9")
    assert (
        one.purl
        == "pkg:rpm/almalinux/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=almalinux-9.3&epoch=1&upstream=openssl-3.0.7-27.el9.src.rpm"
    )
    rocky = Distribution(path="etc/os-release", id="rocky", version="9.3")
    assert only(listed(rocky, package)).match_name == "openssl"


def test_without_a_distribution_packages_are_listed_and_the_reason_is_given() -> None:
    answer = listed(deb("curl", "7.88.1-10"))
    assert not only(answer).matched and only(answer).unmatched_reason.startswith("unsupported_distribution: ")
    assert answer.ecosystem == "" and answer.notes[0].startswith("unsupported_distribution: ")


def test_a_distribution_without_a_database_is_named() -> None:
    assert any(note.startswith("no_package_database") for note in listed(BOOKWORM).notes)


def test_an_unknown_derivative_is_not_its_parent() -> None:
    answer = listed(Distribution(path="etc/os-release", id="mydebian", version="3", like=("debian",)), deb("curl", "1"))
    assert answer.ecosystem == "" and "mydebian-3" in answer.notes[0]


def test_a_known_derivative_says_what_it_is_read_as() -> None:
    mint = Distribution(path="etc/os-release", id="linuxmint", version="21.1", name="Linux Mint 21.1", details={"ubuntu_codename": "jammy"})
    answer = listed(mint, deb("curl", "1"))
    assert answer.ecosystem == "Ubuntu:22.04:LTS" and "Linux Mint 21.1 is read as Ubuntu:22.04:LTS" in answer.notes


def test_names_of_languages() -> None:
    facts = [
        Package(path="a", type="pypi", name="Foo__Bar.baz", version="1"),
        Package(path="b", type="maven", namespace="org.apache", name="x", version="1"),
        Package(path="c", type="golang", namespace="golang.org/x", name="net", version="v0.22.0"),
        Package(path="d", type="npm", namespace="@scope", name="x", version="1"),
        Package(path="e", type="nuget", name="Newtonsoft.Json", version="1"),
        Package(path="f", type="cocoapods", name="X", version="1"),
    ]
    shown = [(one.ecosystem, one.name, one.version) for one in listed(*facts).packages]
    assert shown[:5] == [("PyPI", "foo-bar-baz", "1"), ("Maven", "org.apache:x", "1"), ("Go", "golang.org/x/net", "0.22.0"),
                         ("npm", "@scope/x", "1"), ("NuGet", "newtonsoft.json", "1")]  # fmt: skip
    last = listed(*facts).packages[-1]
    assert not last.matched and "cocoapods" in last.unmatched_reason


ACTIONS = (
    "pkg:github/Actions/Checkout@v4",
    "pkg:githubactions/github/codeql-action/init@3.1.0",
    "pkg:github/acme/flows@v2#.github/workflows/a.yml",
)


def test_actions_of_sboms() -> None:
    facts = [package_of(PackageURL.from_string(text), "srv/a.cdx.json") for text in ACTIONS]
    shown = [(one.ecosystem, one.name, one.version, one.matched) for one in listed(*facts).packages]
    assert sorted(shown) == [
        ("GitHub Actions", "acme/flows/.github/workflows/a.yml", "v2", True),
        ("GitHub Actions", "actions/checkout", "v4", True),
        ("GitHub Actions", "github/codeql-action/init", "3.1.0", True),
    ]
    assert names_to_look_up("GitHub Actions", "Github/codeql-action/init", "", "") == ["github/codeql-action/init", "github/codeql-action"]


@pytest.mark.parametrize(
    ("version", "compared"),
    [
        ("v4", "4.99999999.99999999"), ("4.*.*", "4.99999999.99999999"), ("v4.1", "4.1.99999999"), ("4.1.*", "4.1.99999999"),
        ("v4.1.2", "v4.1.2"), ("v4-beta", "v4-beta"), ("main", "main"), ("1" * 40, "1" * 40), ("", ""),
    ],
)  # fmt: skip
def test_a_tag_of_an_action_that_moves_is_the_newest_of_its_line(version: str, compared: str) -> None:
    assert compared_version("GitHub Actions", version) == compared
    assert compared_version("npm", version) == version


def test_each_package_once_and_installed_wins() -> None:
    one = only(
        listed(
            npm("srv/package-lock.json", evidence="declared"),
            npm("srv/node_modules/minimist/package.json"),
            npm("x.cdx.json", evidence="sbom"),
        )
    )
    assert one.evidence == "installed" and one.paths == ("srv/node_modules/minimist/package.json",)


def test_declared_counts_where_nothing_installed_answers() -> None:
    lock, other = npm("srv/package-lock.json", "1.2.0", "declared"), npm("usr/lib/node_modules/npm/minimist/package.json")
    assert listed(lock, other).packages[0].matched
    assert not listed(lock, npm("srv/node_modules/x/package.json")).packages[0].matched
    assert listed(lock, npm("srv/node_modules/x/package.json"), folder=True).packages[0].matched


def test_development_is_not_matched_unless_something_needs_it_at_run_time() -> None:
    assert not only(listed(npm("a/package-lock.json", evidence="declared", development=True), folder=True)).matched
    both = (npm("a/package-lock.json", evidence="declared", development=True), npm("b/package-lock.json", evidence="declared"))
    assert only(listed(*both, folder=True)).matched


def test_what_a_distribution_package_owns_is_its_own_even_across_the_usr_merge() -> None:
    path = "usr/lib/python3/dist-packages/requests-2.28.egg-info/PKG-INFO"
    requests = Package(path=path, type="pypi", name="requests", version="2.28")
    for owned in (path, path.removeprefix("usr/")):
        files = OwnedFiles(path="var/lib/dpkg/info/python3-requests.list", package="python3-requests", files=(owned,))
        answer = listed(BOOKWORM, deb("python3-requests", "2.28-1"), requests, files)
        one = next(package for package in answer.packages if package.type == "pypi")
        assert one.owner == "python3-requests" and not one.matched
        alone = next(package for package in listed(requests, files).packages if package.type == "pypi")
        assert alone.owner == "python3-requests" and alone.matched


def layered(facts: list[tuple[int, Fact]]) -> PackageList:
    """An image of two layers; what a file of the upper one replaces is hidden."""
    paths = [frozenset(fact.path for layer, fact in facts if layer == number) for number in range(2)]
    contents = [LayerContents(f"sha256:{number}", "", entries=paths[number]) for number in range(2)]
    hidden = hidden_places(contents, [(layer, fact.path) for layer, fact in facts])
    return image_packages(ImageView("", ("sha256:0", "sha256:1"), tuple(Located(*one) for one in facts), hidden))


def test_what_was_written_over_a_file_of_the_distribution_is_not_its_own() -> None:
    path = "usr/lib/node_modules/npm/node_modules/minimist/package.json"
    files = OwnedFiles(path="lib/apk/db/installed", package="npm", files=(path,))
    alpine = Distribution(path="etc/os-release", id="alpine", version="3.18.4")
    below: list[tuple[int, Fact]] = [(0, alpine), (0, files), (0, npm(path, "1.2.5"))]
    assert [(one.owner, one.matched) for one in layered([*below, (1, npm(path, "1.2.6"))]).packages] == [("", True)]
    assert [(one.owner, one.matched) for one in layered([*below, (1, npm(path, "1.2.5"))]).packages] == [("npm", False)]
    newer = [(1, files), (1, npm(path, "1.2.6"))]
    assert [(one.owner, one.matched) for one in layered([*below, *newer]).packages] == [("npm", False)]


LANGUAGE_FILES = {
    "pypi": re.compile(r".*/(?:dist|site)-packages/[^/]+(?:\.egg-info|\.(?:egg|dist)-info/(?:PKG-INFO|METADATA))"),
    "npm": re.compile(r".*/(?:node_modules|nodejs)/[^/]+/package\.json"), "maven": re.compile(r".*\.jar"),
    "gem": re.compile(r".*/specifications/[^/]+\.gemspec"), "golang": re.compile(r"usr/s?bin/[^/]+"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "file", "kind", "place"),
    [
        ("rpm-bdb-fedora26", "Packages.xz", Rpm, "var/lib/rpm/Packages"),
        ("rpm-sqlite-cbl-mariner-2.0", "rpmdb.sqlite.xz", Rpm, "var/lib/rpm/rpmdb.sqlite"),
        ("rpm-ndb-sle15-bci", "Packages.db", Rpm, "usr/lib/sysimage/rpm/Packages.db"),
        ("apk-alpine-3.18", "installed", Apk, "lib/apk/db/installed"),
    ],
)
def test_file_lists_of_real_databases(reference_data: Path, folder: str, file: str, kind: type[Collector], place: str) -> None:
    """Whatever file of a language a list names is found again, by either name on a merged /usr."""
    source = next(one for one in (reference_data / "databases" / folder).glob(file.removesuffix(".xz") + "*"))
    data = lzma.decompress(source.read_bytes()) if source.suffix == ".xz" else source.read_bytes()
    owned = [fact for fact in collected(kind, {place: data}) if isinstance(fact, OwnedFiles)]
    wanted = {
        (type_, path): fact.package
        for fact in owned for path in fact.files for type_, pattern in LANGUAGE_FILES.items() if pattern.fullmatch(path)
    }  # fmt: skip
    assert wanted
    facts = [Package(path=path, type=type_, name=f"n{number}", version="1") for number, (type_, path) in enumerate(wanted)]
    view = ImageView("", ("sha256:1",), tuple(Located(0, fact) for fact in (*owned, *facts)))
    found = {(one.type, one.paths[0]): one.owner for one in image_packages(view).packages}
    lists: dict[str, set[str]] = {}
    for fact in owned:
        for path in fact.files:
            lists.setdefault(path, set()).add(fact.package)
    assert [place for place, owner in found.items() if owner not in lists[place[1]]] == []


def test_npm_packages_of_debian_are_linked() -> None:
    path = "usr/share/nodejs/minimist/package.json"
    facts = [
        *collected(Npm, {path: '{"name": "minimist", "version": "1.2.7"}', "usr/share/nodejs/minimist/test/package.json": "{}"}),
        *collected(Dpkg, {"var/lib/dpkg/info/node-minimist.list": f"/.\n/usr\n/{path}\n"}),
    ]
    assert [(one.name, one.owner, one.matched) for one in listed(BOOKWORM, *facts).packages] == [("minimist", "node-minimist", False)]


def test_checksums_of_distroless_tell_whose_the_files_are() -> None:
    control = "Package: python3-six\nVersion: 1.16.0-4\nArchitecture: all\n"
    path = "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO"
    facts = [
        *collected(Dpkg, {"var/lib/dpkg/status.d/python3-six": control,
                          "var/lib/dpkg/status.d/python3-six.md5sums": f"{'0' * 32}  {path}\n"}),
        *collected(Python, {path: "Metadata-Version: 1.1\nName: six\nVersion: 1.16.0\n"}),
    ]  # fmt: skip
    found = {one.type: (one.owner, one.matched) for one in listed(BOOKWORM, *facts).packages}
    assert found == {"deb": ("", True), "pypi": ("python3-six", False)}


def test_a_database_that_was_replaced_counts_no_more() -> None:
    contents = [LayerContents("sha256:1", "", entries=frozenset({STATUS})), LayerContents("sha256:2", "", entries=frozenset({STATUS}))]
    facts = (
        Located(0, BOOKWORM),
        Located(0, deb("old", "1")),
        Located(0, deb("both", "1")),
        Located(1, deb("both", "1")),
        Located(1, deb("new", "1")),
    )
    view = ImageView("sha256:0", ("sha256:1", "sha256:2"), facts, hidden_places(contents, [(0, STATUS), (1, STATUS)]))
    answer = image_packages(view)
    assert {(one.name, one.layer): answer.introduced[one.id] for one in answer.packages} == {("both", 1): 0, ("new", 1): 1}


def test_architectures_stay_apart() -> None:
    amd, arm = deb("libc6", "1"), deb("libc6", "1").model_copy(update={"arch": "i386"})
    packages = listed(BOOKWORM, amd, arm, amd).packages
    assert [one.arch for one in packages] == ["amd64", "i386"] and len({one.id for one in packages}) == 2


def test_the_surer_of_two_places_speaks() -> None:
    guess = {"confidence": "40", "doubt": "name from the file"}
    jar = Package(path="a.jar", type="maven", namespace="g", name="a", version="1", details=guess)
    one = only(listed(jar))
    assert (one.confidence, one.doubt) == (40, "name from the file")
    for facts in ((jar, jar.model_copy(update={"path": "b.jar", "details": {}})), (jar.model_copy(update={"details": {}}), jar)):
        assert (only(listed(*facts)).confidence, only(listed(*facts)).doubt) == (100, "")


def test_licences_of_copyright_files() -> None:
    doc = "usr/share/doc/gcc-12-base/copyright"
    base, library = deb("gcc-12-base", "12.2", source="gcc-12"), deb("libstdc++6", "12.2", source="gcc-12")
    wheel = Package(path="x", type="pypi", name="gcc-12-base", version="1")
    answer = listed(BOOKWORM, base, library, deb("curl", "1", source="curl"), wheel,
                    PackageLicences(path=doc, package="gcc-12-base", licences=("GPL-3+",)))  # fmt: skip
    assert [one.licences for one in answer.packages] == [("GPL-3+",), ("GPL-3+",), (), ()]
