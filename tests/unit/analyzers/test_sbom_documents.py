"""Documents as other tools write them: the right packages, their sources, the distribution, and what could not be identified."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest

from analyzers.distributions import release_of
from analyzers.image import ImageView, Located
from analyzers.packages import PackageList, image_packages
from analyzers.sbom_documents import NotAnSbom, SbomDocument, read_sbom

Json = dict[str, Any]


def read(document: Json) -> SbomDocument:
    return read_sbom(json.dumps(document).encode(), "sbom.json")


def listed(document: SbomDocument) -> PackageList:
    facts = (*filter(None, (document.distribution,)), *document.packages)
    return image_packages(ImageView("", (), tuple(Located(0, fact) for fact in facts)), folder_target=True)


def cyclonedx(components: list[Json], version: str = "1.5", **more: Any) -> Json:
    return {"bomFormat": "CycloneDX", "specVersion": version, "version": 1, "components": components, **more}


def component(name: str, version: str = "", purl: str = "", kind: str = "library", **more: Any) -> Json:
    values = {"type": kind, "name": name, "version": version, "purl": purl, "bom-ref": purl or name, **more}
    return {key: value for key, value in values.items() if value != ""}


def properties(prefix: str, **values: str) -> Json:
    return {"properties": [{"name": f"{prefix}{name}", "value": value} for name, value in values.items()]}


def spdx(packages: list[Json], version: str = "SPDX-2.3", relationships: Sequence[tuple[str, str, str]] = (), **more: Any) -> Json:
    relations = [{"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relationships]
    return {"spdxVersion": version, "SPDXID": "SPDXRef-DOCUMENT", "name": "x", "packages": packages, "relationships": relations, **more}


def spdx_package(name: str, version: str = "", purl: str = "", **more: Any) -> Json:
    refs = [{"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": f"cpe:2.3:a:{name}:{name}:*:*:*:*:*:*:*:*"}]
    if purl:
        refs.append({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl})
    values = {"name": name, "SPDXID": f"SPDXRef-{name}", "versionInfo": version, "downloadLocation": "NOASSERTION", "externalRefs": refs}
    return {**values, **more}


TRIVY = "aquasecurity:trivy:"
TRIVY_DEBIAN = cyclonedx(
    [
        component("debian", "12.4", "", "operating-system", **properties(TRIVY, Class="os-pkgs", Type="debian")),
        component("app/package-lock.json", "", "", "application", **properties(TRIVY, Class="lang-pkgs", Type="npm")),
        component("login", "1:4.13+dfsg1-1+b1", "pkg:deb/debian/login@4.13%2Bdfsg1-1%2Bb1?arch=amd64&distro=debian-12.4&epoch=1",
                  **properties(TRIVY, SrcName="shadow", SrcVersion="4.13+dfsg1", SrcRelease="1", SrcEpoch="1")),
        component("@babel/core", "7.0.0", "pkg:npm/%40babel/core@7.0.0"),
    ],
    metadata={"component": component("debian:12", "", "pkg:oci/debian@sha256%3Aab?arch=amd64&repository_url=x", "container")},
)  # fmt: skip
TRIVY_ROCKY = cyclonedx([
    component("rocky", "9.3", "", "operating-system"),
    component("openssl-libs", "1:3.0.7-24.el9", "pkg:rpm/rocky/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=rocky-9.3&epoch=1",
              **properties(TRIVY, SrcName="openssl", SrcVersion="3.0.7", SrcRelease="24.el9", SrcEpoch="1")),
    component("nodejs", "1:18.1-1.module", "pkg:rpm/rocky/nodejs@18.1-1.module?epoch=1&modularitylabel=nodejs%3A18%3A9%3Ac"),
])  # fmt: skip
SYFT_RHEL = cyclonedx(
    [
        component("openssl-libs", "1:3.0.7-24.el9",
                  "pkg:rpm/redhat/openssl-libs@3.0.7-24.el9?arch=x86_64&distro=rhel-9.3&epoch=1&upstream=openssl-3.0.7-24.el9.src.rpm"),
        component("stdlib", "go1.21.5", "pkg:golang/stdlib@1.21.5"),
        component("python", "3.11.4", "pkg:generic/python@3.11.4", "application"),
        component("/etc/os-release", "", "", "file"),
        component("rhel", "9.3", "", "operating-system", description="Red Hat Enterprise Linux 9.3 (Plow)",
                  **properties("syft:distro:", id="rhel", versionID="9.3")),
    ],
    "1.6",
)  # fmt: skip
CDXGEN = cyclonedx([
    component("adduser", "3.134", "pkg:deb/debian/adduser@3.134?arch=all&distro=debian-12&distro_name=bookworm", scope="required"),
    component("core", "7.0.0", "pkg:npm/%40babel/core@7.0.0", "framework", group="@babel", scope="optional"),
    component("RSA-2048", "", "", "cryptographic-asset"),
])  # fmt: skip
MAVEN = cyclonedx(
    [component("spring-core", "5.3.0", "pkg:maven/org.springframework/spring-core@5.3.0?type=jar", group="org.springframework"),
     component("spring-jcl", "5.3.0", "pkg:maven/org.springframework/spring-jcl@5.3.0?type=jar", group="org.springframework"),
     component("junit", "4.12", "pkg:maven/junit/junit@4.12?type=jar", scope="excluded")],
    "1.4",
    metadata={"component": component("app", "1.0", "pkg:maven/com.acme/app@1.0?type=jar")},
    dependencies=[
        {"ref": "pkg:maven/com.acme/app@1.0?type=jar", "dependsOn": ["pkg:maven/org.springframework/spring-core@5.3.0?type=jar"]},
        {"ref": "pkg:maven/org.springframework/spring-core@5.3.0?type=jar",
         "dependsOn": ["pkg:maven/org.springframework/spring-jcl@5.3.0?type=jar"]},
    ],
)  # fmt: skip
NPM = cyclonedx([
    component("a", "1.0.0", "pkg:npm/a@1.0.0", components=[component("b", "2.0.0", "pkg:npm/b@2.0.0")]),
    component("jest", "29.0.0", "pkg:npm/jest@29.0.0", **properties("cdx:npm:package:", development="true")),
    component("nameless", "1.0.0"),
])  # fmt: skip
NESTED_ROOT = cyclonedx(
    [], metadata={"component": component("app", "", "", "application", components=[component("a", "1", "pkg:pypi/a@1")])}
)
MISSING_VERSION = cyclonedx([component("requests", "", "pkg:pypi/requests"), component("broken", "1", "no purl")])
BUILDKIT = spdx(
    [
        spdx_package("alpine", "sha256:ab", "pkg:oci/alpine@sha256%3Aab?arch=amd64", primaryPackagePurpose="CONTAINER"),
        spdx_package("libcrypto3", "3.1.4-r1", "pkg:apk/alpine/libcrypto3@3.1.4-r1?arch=x86_64&distro=alpine-3.18.4&upstream=openssl",
                     licenseDeclared="Apache-2.0"),
    ],
    relationships=[("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-alpine"), ("SPDXRef-alpine", "CONTAINS", "SPDXRef-libcrypto3")],
)  # fmt: skip
SCOUT = spdx([spdx_package("openssl", "3.0.11-1~deb12u2",
                           "pkg:deb/debian/openssl@3.0.11-1~deb12u2?os_distro=bookworm&os_name=debian&os_version=12")])  # fmt: skip
TRIVY_SPDX = spdx([
    spdx_package("debian", "12.4", primaryPackagePurpose="OPERATING-SYSTEM"),
    spdx_package("node-pkg", primaryPackagePurpose="APPLICATION"),
    spdx_package("libc6", "2.36-9", "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12.4", primaryPackagePurpose="LIBRARY",
                 sourceInfo="built package from: glibc 2.36-9"),
])  # fmt: skip
MICROSOFT = spdx(
    [spdx_package("Newtonsoft.Json", "13.0.1", "pkg:nuget/Newtonsoft.Json@13.0.1"),
     {**spdx_package("RootPackage", "1.0", "pkg:swid/Acme/sbom.acme/project@1.0?tag_id=a"), "hasFiles": []}],
    "SPDX-2.2", [("SPDXRef-RootPackage", "DEPENDS_ON", "SPDXRef-Newtonsoft.Json")], documentDescribes=["SPDXRef-RootPackage"],
)  # fmt: skip
FULL_TYPE = spdx([{**spdx_package("a", "1"), "externalRefs": [
    {"referenceCategory": "PACKAGE_MANAGER", "referenceType": "http://spdx.org/rdf/references/purl", "referenceLocator": "pkg:pypi/a@1"},
]}])  # fmt: skip
RELATIONS = spdx(
    [spdx_package(name, "1", f"pkg:npm/{name}@1") for name in ("root", "used", "deep", "linter")],
    relationships=[("SPDXRef-used", "DEPENDENCY_OF", "SPDXRef-root"), ("SPDXRef-used", "DEPENDS_ON", "SPDXRef-deep"),
                   ("SPDXRef-linter", "DEV_DEPENDENCY_OF", "SPDXRef-root")],
)  # fmt: skip
BITNAMI = spdx([spdx_package("nginx", "1.25.3-0", "pkg:bitnami/nginx@1.25.3-0?arch=amd64&distro=debian-11")])

# document -> (ecosystem of the distribution, {name: (version, name that advisories speak of)} of the matched, names of the others, skipped)
CASES: dict[str, tuple[Json, str, dict[str, tuple[str, str]], set[str], list[str]]] = {
    "Trivy, Debian": (TRIVY_DEBIAN, "Debian:12",
                      {"login": ("1:4.13+dfsg1-1+b1", "shadow"), "@babel/core": ("7.0.0", "@babel/core")}, set(), []),
    "Trivy, Rocky": (TRIVY_ROCKY, "Rocky Linux:9", {"openssl-libs": ("1:3.0.7-24.el9", "openssl"), "nodejs": ("1:18.1-1.module", "nodejs")},
                     set(), []),
    "Syft, Red Hat": (SYFT_RHEL, "Red Hat:enterprise_linux:9",
                      {"openssl-libs": ("1:3.0.7-24.el9", "openssl-libs"), "stdlib": ("1.21.5", "stdlib")}, {"python"}, []),
    "cdxgen": (CDXGEN, "Debian:12", {"adduser": ("3.134", "adduser"), "@babel/core": ("7.0.0", "@babel/core")}, set(), []),
    "Maven plug-in": (MAVEN, "", {f"org.springframework:{name}": ("5.3.0", f"org.springframework:{name}") for name in
                                  ("spring-core", "spring-jcl")}, {"junit:junit"}, []),
    "npm plug-in": (NPM, "", {"a": ("1.0.0", "a"), "b": ("2.0.0", "b")}, {"jest"},
                    ["unreadable: 1 components have no package URL, nameless first"]),
    "components below the subject": (NESTED_ROOT, "", {"a": ("1", "a")}, set(), []),
    "no version": (MISSING_VERSION, "", {}, {"requests"}, ["unreadable: 1 components have a broken package URL, broken first"]),
    "BuildKit": (BUILDKIT, "Alpine:v3.18", {"libcrypto3": ("3.1.4-r1", "openssl")}, set(), []),
    "BuildKit, attached": ({"_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://spdx.dev/Document",
                            "predicate": BUILDKIT}, "Alpine:v3.18", {"libcrypto3": ("3.1.4-r1", "openssl")}, set(), []),
    "BuildKit, inspected": ({"SPDX": BUILDKIT}, "Alpine:v3.18", {"libcrypto3": ("3.1.4-r1", "openssl")}, set(), []),
    "Docker Scout": (SCOUT, "Debian:12", {"openssl": ("3.0.11-1~deb12u2", "openssl")}, set(), []),
    "Trivy, SPDX": (TRIVY_SPDX, "Debian:12", {"libc6": ("2.36-9", "glibc")}, set(), []),
    "Microsoft": (MICROSOFT, "", {"newtonsoft.json": ("13.0.1", "newtonsoft.json")}, set(), []),
    "type as an address": (FULL_TYPE, "", {"a": ("1", "a")}, set(), []),
    "relations": (RELATIONS, "", {name: ("1", name) for name in ("root", "used", "deep")}, {"linter"}, []),
    "Bitnami": (BITNAMI, "", {"nginx": ("1.25.3-0", "nginx")}, set(), []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_packages(name: str) -> None:
    document, ecosystem, matched, others, skipped = CASES[name]
    found = read(document)
    packages = listed(found).packages
    assert release_of(found.distribution).ecosystem == ecosystem
    assert {one.name: (one.version, one.match_name) for one in packages if one.matched} == matched
    assert {one.name for one in packages if not one.matched} == others
    assert list(found.skipped) == skipped


def test_sources_keep_their_own_version() -> None:
    [login, _] = listed(read(TRIVY_DEBIAN)).packages
    assert (login.match_version, login.arch) == ("1:4.13+dfsg1-1", "amd64")


def test_module_streams() -> None:
    assert {one.name: one.module for one in read(TRIVY_ROCKY).packages} == {"openssl-libs": "", "nodejs": "nodejs:18:9:c"}


def test_dependencies() -> None:
    assert {one.name: one.depends for one in read(MAVEN).packages if one.depends} == {"spring-core": ("org.springframework:spring-jcl",)}
    assert {one.name: one.depends for one in read(RELATIONS).packages if one.depends} == {"root": ("used",), "used": ("deep",)}


@pytest.mark.parametrize(
    ("system", "ecosystem"),
    [
        ({"name": "amazon", "version": "2 (Karoo)"}, "Amazon Linux:2"), ({"name": "alma", "version": "9.2"}, "AlmaLinux:9"),
        ({"name": "suse linux enterprise server", "version": "15.5"}, "SUSE:Linux Enterprise Server 15 SP5"),
        ({"name": "opensuse.leap", "version": "15.5"}, "openSUSE:Leap 15.5"),
        ({"name": "cbl-mariner", "version": "2.0.2022"}, "Azure Linux:2"),
        ({"name": "redhat", "version": "8.9"}, "Red Hat:enterprise_linux:8"), ({"name": "oracle", "version": "8.8"}, "Oracle Linux:8"),
        ({"name": "Debian GNU/Linux", "version": "12"}, "Debian:12"), ({"name": "debian", "version": "trixie"}, "Debian:13"),
        ({"name": "Alpine Linux", "version": "3.18.4"}, "Alpine:v3.18"), ({"name": "linux", "version": "5.10"}, "Debian:11"),
        ({"name": "debian"}, "Debian:11"),
    ],
)  # fmt: skip
def test_operating_systems(system: Json, ecosystem: str) -> None:
    package = component("a", "1", "pkg:deb/debian/a@1?distro=debian-11")
    assert release_of(read(cyclonedx([{"type": "operating-system", **system}, package])).distribution).ecosystem == ecosystem


XML = """<?xml version="1.0" encoding="utf-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" xmlns:v="http://cyclonedx.org/schema/vulnerability/1.0" version="1">
  <metadata><component type="container" bom-ref="root"><name>shop</name></component></metadata>
  <components>
    <component type="operating-system"><name>debian</name><version>12</version></component>
    <component type="library" bom-ref="a"><name>minimist</name><version>1.2.0</version>
      <licenses><license><id>MIT</id></license></licenses>
      <purl>pkg:npm/minimist@1.2.0</purl>
      <components><component type="library" bom-ref="b"><name>ms</name><purl>pkg:npm/ms@2.0.0</purl></component></components>
      <pedigree><ancestors><component type="library"><name>x</name><purl>pkg:npm/ancestor@1.0.0</purl></component></ancestors></pedigree>
    </component>
    <component type="library"><name>jest</name><scope>excluded</scope><purl> pkg:npm/jest@29.0.0 </purl></component>
    <component type="library"><name>curl</name><purl>pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&amp;upstream=curl</purl>
      <properties><property name="aquasecurity:trivy:SrcName">curl</property></properties></component>
    <component type="library"><name>nobody</name><version>1</version></component>
  </components>
  <dependencies><dependency ref="a"><dependency ref="b"/></dependency></dependencies>
</bom>"""


def test_cyclonedx_in_xml() -> None:
    document = read_sbom(XML.encode("utf-8-sig"), "bom.xml")
    assert (document.format, document.name) == ("CycloneDX 1.4", "shop")
    assert document.skipped == ("unreadable: 1 components have no package URL, nobody first",)
    found = {one.name: one for one in listed(document).packages}
    assert sorted(found) == ["jest", "libcurl4", "minimist", "ms"]
    assert found["minimist"].depends == ("ms",) and found["minimist"].licences == ("MIT",)
    assert found["jest"].development and not found["ms"].development
    assert (found["libcurl4"].ecosystem, found["libcurl4"].match_name) == ("Debian:12", "curl")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<bom", "no XML"),
        (b"<project/>", "not CycloneDX"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + XML.partition("?>")[2].encode(), "document type"),
        (XML.partition("?>")[2].encode("utf-16-le").lstrip(b"\n\0"), "UTF-16"),
    ],
)
def test_other_xml(data: bytes, reason: str) -> None:
    with pytest.raises(NotAnSbom, match=reason):
        read_sbom(data)


TAG_VALUES = """# made by a builder

SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentName: shop
DocumentComment: <text>PackageName: nothing
ExternalRef: PACKAGE-MANAGER purl pkg:npm/nothing@1
</text>
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-image

PackageName: image
SPDXID: SPDXRef-image
FilesAnalyzed: false

PackageName: libssl3
SPDXID: SPDXRef-1
PackageVersion: 3.1.4-r5
PackageSourceInfo: <text>built package from: openssl 3.1.4-r5</text>
PackageLicenseDeclared: Apache-2.0
ExternalRef: SECURITY cpe23Type cpe:2.3:a:openssl:openssl:3.1.4:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:apk/alpine/libssl3@3.1.4-r5?arch=x86_64&distro=3.19.1

FileName: ./etc/passwd
SPDXID: SPDXRef-File

PackageName: jest
SPDXID: SPDXRef-2
ExternalRef: PACKAGE_MANAGER purl pkg:npm/jest@29.0.0
PackageName: ms
SPDXID: SPDXRef-3
ExternalRef: PACKAGE-MANAGER purl pkg:npm/ms@2.0.0
PackageName: unknown
SPDXID: SPDXRef-4
Relationship: SPDXRef-2 DEV_DEPENDENCY_OF SPDXRef-image
Relationship: SPDXRef-2 DEPENDS_ON SPDXRef-3
PackageComment: <text>never ends
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_spdx_as_tag_values(ends: str) -> None:
    document = read_sbom(TAG_VALUES.replace("\n", ends).encode("utf-8-sig"), "sbom.spdx")
    assert (document.format, document.name) == ("SPDX-2.3", "shop")
    assert document.skipped == ("unreadable: 1 components have no package URL, unknown first",)
    found = {one.name: one for one in listed(document).packages}
    assert sorted(found) == ["jest", "libssl3", "ms"]
    assert (found["libssl3"].ecosystem, found["libssl3"].match_name, found["libssl3"].licences) == (
        "Alpine:v3.19",
        "openssl",
        ("Apache-2.0",),
    )
    assert found["jest"].development and found["jest"].depends == ("ms",) and not found["ms"].development


def test_envelopes() -> None:
    statement = {"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://cyclonedx.org/bom", "predicate": NPM}
    envelope = {"payloadType": "application/vnd.in-toto+json", "payload": base64.b64encode(json.dumps(statement).encode()).decode()}
    assert read(envelope).packages == read(NPM).packages
    bad: Json
    for bad in ({**envelope, "payload": "?"}, {"predicate": {"predicate": {}}}, {"payloadType": "x", "payload": "e30="}):
        with pytest.raises(NotAnSbom):
            read(bad)


def test_one_of_several_package_urls() -> None:
    def ref(locator: str) -> dict[str, str]:
        return {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}

    package = {"SPDXID": "SPDXRef-a", "name": "a", "externalRefs": [ref("no purl"), ref("pkg:oci/a@sha256:0"), ref("pkg:pypi/a@1.0")]}
    document = read_sbom(json.dumps({"spdxVersion": "SPDX-2.3", "packages": [package]}).encode())
    assert [(one.name, one.version) for one in document.packages] == [("a", "1.0")]
    assert document.skipped == ()


def test_crates_of_the_producers_own_folders_are_left_out() -> None:
    own, other = "pkg:cargo/util@0.1.0?download_url=file://../util", "pkg:cargo/ring@0.17.0?download_url=https://example.org/ring.crate"
    edges: list[Json] = [{"ref": own, "dependsOn": [other]}, {"ref": other, "dependsOn": [own]}]
    crates = [component("util", "0.1.0", own), component("ring", "0.17.0", other), component("time", "0.3.0", "pkg:cargo/time@0.3.0")]
    document = read(cyclonedx(crates, dependencies=edges))
    assert [(one.name, one.depends) for one in document.packages] == [("ring", ()), ("time", ())] and document.skipped == ()
    document = read(spdx([spdx_package("util", "0.1.0", own), spdx_package("ring", "0.17.0", other)]))
    assert [one.name for one in document.packages] == ["ring"] and document.skipped == ()
