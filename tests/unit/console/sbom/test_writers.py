"""Both documents fit the published schemas, read back to the same packages, and are the same bytes every time."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from analyzers.collectors.apk import Apk
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.rpm import Rpm
from analyzers.contract import Collector, ImagePackage
from analyzers.image import ImageView, Located
from analyzers.packages import PackageList, image_packages
from analyzers.sbom_documents import read_sbom
from console.sbom.cyclonedx import write_cyclonedx
from console.sbom.spdx import write_spdx
from console.sbom.subject import Subject, dependency_edges, licence_expression
from schemas.facts import Distribution, Fact, OwnedFiles, Package
from tests.unit.analyzers.collectors.collecting import collected

SUBJECT = Subject(
    "registry.test:5000/team/App:1.0",
    "sha256:" + "ab" * 32,
    "2024-05-06T07:08:09.123456789Z",
    ("sha256:" + "01" * 32,),
    ("sha256:" + "02" * 32,),
)


def packages() -> PackageList:
    status = "var/lib/dpkg/status"
    facts: list[Fact] = [
        Distribution(path="etc/os-release", id="debian", version="12", name="Debian GNU/Linux 12 (bookworm)"),
        Package(path=status, type="deb", name="libstdc++6", version="1:12.2.0-14+deb12u1", arch="amd64", source="gcc-12",
                source_version="12.2.0-14", depends=("libc6",)),
        Package(path=status, type="deb", name="libc6", version="2.36-9", arch="amd64", source="glibc", source_version="2.36-9"),
        Package(path="a/METADATA", type="pypi", name="Foo_Bar", version="1.0", licences=("mit", "Our own \"licence\"")),
        Package(path="b/METADATA", type="pypi", name="baz", version="2.0", licences=("Apache-2.0 OR MIT",)),
        Package(path="c/package.json", type="npm", namespace="@scope", name="name", version="1.2.3-rc.1+b", licences=("LicenseRef-x",)),
        Package(path="d.jar", type="maven", namespace="org.a", name="b", version="1", development=True),
        Package(path="e.jar", type="maven", namespace="", name="guessed", version="1", details={"confidence": "40",
                "doubt": "by its name"}),
    ]  # fmt: skip
    return image_packages(ImageView("sha256:0", SUBJECT.layers, tuple(Located(0, fact) for fact in facts)))


def test_cyclonedx_fits_its_schema() -> None:
    data = write_cyclonedx(SUBJECT, packages())
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(data.decode()) is None
    document = json.loads(data)
    assert document["metadata"]["timestamp"] == "2024-05-06T07:08:09Z"
    edges = {one["ref"]: one["dependsOn"] for one in document["dependencies"]}
    names = {one["bom-ref"]: one["name"] for one in document["components"]}
    assert [[names[ref] for ref in targets] for one, targets in edges.items() if names.get(one) == "libstdc++6"] == [["libc6"]]


def test_a_licence_beside_an_unknown_one_keeps_its_identifier() -> None:
    data = write_cyclonedx(SUBJECT, packages())
    [component] = [one for one in json.loads(data)["components"] if one["name"] == "foo-bar"]
    assert component["licenses"] == [{"license": {"id": "MIT"}}, {"license": {"name": 'Our own "licence"'}}]


def test_spdx_fits_its_specification() -> None:
    document = JsonLikeDictParser().parse(json.loads(write_spdx(SUBJECT, packages())))  # type: ignore[no-untyped-call]
    assert validate_full_spdx_document(document) == []


def test_both_read_back_to_the_same_packages() -> None:
    written = packages()
    want = {(one.ecosystem, one.name, one.version, one.arch, one.match_name, one.match_version) for one in written.packages}
    for data in (write_cyclonedx(SUBJECT, written), write_spdx(SUBJECT, written)):
        document = read_sbom(data)
        assert document.skipped == () and document.distribution is not None
        facts = (document.distribution, *document.packages)
        again = image_packages(ImageView("", (), tuple(Located(0, fact) for fact in facts)))
        assert {(one.ecosystem, one.name, one.version, one.arch, one.match_name, one.match_version) for one in again.packages} == want
        assert b"by its name" in data


def test_what_the_standards_have_no_field_for_is_read_back() -> None:
    for data in (write_cyclonedx(SUBJECT, packages()), write_spdx(SUBJECT, packages())):
        found = {one.name: one for one in read_sbom(data).packages}
        assert found["guessed"].details == {"confidence": "40", "doubt": "by its name"}
        assert found["b"].development and found["libstdc++6"].depends == ("libc6",)


def test_packages_that_another_answers_for_stay_unmatched() -> None:
    """One that a distribution package owns, and a declared one beside what is installed."""
    facts: list[Fact] = [
        Distribution(path="etc/os-release", id="debian", version="12"),
        Package(path="var/lib/dpkg/status", type="deb", name="python3-six", version="1.16.0-4", arch="all", source="six"),
        OwnedFiles(path="var/lib/dpkg/info/python3-six.list", package="python3-six", files=("usr/lib/python3/dist-packages/six/METADATA",)),
        Package(path="usr/lib/python3/dist-packages/six/METADATA", type="pypi", name="six", version="1.16.0"),
        Package(path="srv/x/METADATA", type="pypi", name="other", version="1.0"),
        Package(path="srv/requirements.txt", type="pypi", name="other", version="0.9", evidence="declared"),
    ]
    written = image_packages(ImageView("sha256:0", SUBJECT.layers, tuple(Located(0, fact) for fact in facts)))
    want = {(one.name, one.version): (one.matched, one.owner, one.unmatched_reason) for one in written.packages}
    assert sorted(one for one, (matched, *_) in want.items() if matched) == [("other", "1.0"), ("python3-six", "1.16.0-4")]
    for data in (write_cyclonedx(SUBJECT, written), write_spdx(SUBJECT, written)):
        assert {(one.name, one.version): (one.matched, one.owner, one.unmatched_reason) for one in read_back(data).packages} == want


@pytest.mark.parametrize(
    "system",
    [
        Distribution(id="debian", codename="forky", name="Debian GNU/Linux forky/sid"),
        Distribution(id="linuxmint", version="21.3", name="Linux Mint 21.3", details={"ubuntu_codename": "jammy"}),
        Distribution(id="openeuler", version="22.03", name="openEuler 22.03 (LTS-SP1)"),
        Distribution(id="centos", version="8", name="CentOS Stream 8"),
        Distribution(id="sles", version="15.5", name="SUSE Linux Enterprise Server 15 SP5"),
        Distribution(id="raspbian", version="11"), Distribution(id="alpine", version="3.23_alpha20250612"),
    ],
)  # fmt: skip
def test_the_distribution_is_read_back(system: Distribution) -> None:
    fact = Package(path="var/lib/dpkg/status", type="deb", name="a", version="1", arch="all")
    written = image_packages(ImageView("", (), (Located(0, system), Located(0, fact))))
    for data in (write_cyclonedx(SUBJECT, written), write_spdx(SUBJECT, written)):
        again = read_back(data)
        assert (again.release, [one.purl for one in again.packages]) == (written.release, [one.purl for one in written.packages])


PLACES: dict[str, tuple[type[Collector], str]] = {
    "status": (Dpkg, "var/lib/dpkg/status"), "installed": (Apk, "lib/apk/db/installed"), "Packages": (Rpm, "var/lib/rpm/Packages"),
    "rpmdb.sqlite": (Rpm, "var/lib/rpm/rpmdb.sqlite"), "Packages.db": (Rpm, "usr/lib/sysimage/rpm/Packages.db"),
    "os-release": (OsRelease, "etc/os-release"),
}  # fmt: skip


def test_real_databases_are_the_same_through_either_document(reference_data: Path) -> None:
    """What the matcher asks for, the package URLs and the edges; so the findings are the same."""
    seen = 0
    for folder in sorted((reference_data / "databases").iterdir()):
        written = image_packages(ImageView("", SUBJECT.layers, tuple(Located(0, fact) for fact in database_facts(folder))))
        want = {asked(one) for one in written.packages}
        seen += len(want)
        for data in (write_cyclonedx(SUBJECT, written), write_spdx(SUBJECT, written)):
            again = read_back(data)
            assert {asked(one) for one in again.packages} == want, folder.name
            assert named_edges(again) == named_edges(written), folder.name
            assert again.release == written.release
    assert seen > 600


def database_facts(folder: Path) -> list[Fact]:
    facts: list[Fact] = []
    for file in sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith("expected")):
        data = lzma.decompress(file.read_bytes()) if file.suffix == ".xz" else file.read_bytes()
        kind, place = PLACES.get(file.name.removesuffix(".xz"), (Dpkg, f"var/lib/dpkg/status.d/{file.name}"))
        facts += collected(kind, {place: data})
    return facts


def asked(one: ImagePackage) -> tuple[object, ...]:
    return one.ecosystem, one.name, one.version, one.arch, one.match_name, one.match_version, one.module, one.purl, one.matched


def named_edges(answer: PackageList) -> dict[str, set[str]]:
    names = {one.id: one.name for one in answer.packages}
    return {names[one]: {names[needed] for needed in some} for one, some in dependency_edges(answer.packages).items() if some}


def read_back(data: bytes) -> PackageList:
    document = read_sbom(data)
    facts = (*(filter(None, (document.distribution,))), *document.packages)
    return image_packages(ImageView("", (), tuple(Located(0, fact) for fact in facts)), folder_target=True)


def test_same_input_same_bytes() -> None:
    assert write_cyclonedx(SUBJECT, packages()) == write_cyclonedx(SUBJECT, packages())
    assert write_spdx(SUBJECT, packages()) == write_spdx(SUBJECT, packages())


def test_licences_become_one_expression_or_none() -> None:
    assert licence_expression(["mit"]) == "MIT"
    assert licence_expression(["MIT", "Apache-2.0 OR ISC"]) == "MIT AND (Apache-2.0 OR ISC)"
    assert licence_expression(["GPLv2+", "GPL-2+"]) == "GPL-2.0-or-later"
    assert licence_expression(["MIT", "public-domain"]) == ""
    assert licence_expression([]) == ""
