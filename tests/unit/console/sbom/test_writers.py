"""Both documents fit the published schemas, read back to the same packages, and are the same bytes every time."""

from __future__ import annotations

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from analyzers.image import ImageView, Located
from analyzers.packages import PackageList, image_packages
from analyzers.sbom_documents import read_sbom
from console.sbom.cyclonedx import write_cyclonedx
from console.sbom.spdx import write_spdx
from console.sbom.subject import Subject, licence_expression
from schemas.facts import Distribution, Fact, Package

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


def test_doubt_is_read_back() -> None:
    found = {one.name: one.details for one in read_sbom(write_cyclonedx(SUBJECT, packages())).packages if one.details}
    assert found == {"guessed": {"confidence": "40", "doubt": "by its name"}}


def test_same_input_same_bytes() -> None:
    assert write_cyclonedx(SUBJECT, packages()) == write_cyclonedx(SUBJECT, packages())
    assert write_spdx(SUBJECT, packages()) == write_spdx(SUBJECT, packages())


def test_licences_become_one_expression_or_none() -> None:
    assert licence_expression(["mit"]) == "MIT"
    assert licence_expression(["MIT", "Apache-2.0 OR ISC"]) == "MIT AND (Apache-2.0 OR ISC)"
    assert licence_expression(["GPLv2+", "GPL-2+"]) == "GPL-2.0-or-later"
    assert licence_expression(["MIT", "public-domain"]) == ""
    assert licence_expression([]) == ""
