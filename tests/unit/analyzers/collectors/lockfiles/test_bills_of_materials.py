"""Versions that a pom imports from bills of materials of the same tree. Expected as Maven 3.8 resolves them."""

from __future__ import annotations

from analyzers.collectors.lockfiles.maven_pom import MavenPom
from tests.unit.analyzers.collectors.collecting import names, reasons


def want(artifact: str, version: str = "", more: str = "") -> str:
    stated = f"<version>{version}</version>" if version else ""
    return f"<dependency><groupId>g</groupId><artifactId>{artifact}</artifactId>{stated}{more}</dependency>"


def bill(artifact: str) -> str:
    return want(artifact, "${project.version}", "<type>pom</type><scope>import</scope>")


def pom(artifact: str, managed: str = "", wants: str = "", properties: str = "", parent: str = "top") -> str:
    own = "<groupId>g</groupId><version>1</version>"
    above = f"<parent>{own}<artifactId>{parent}</artifactId><relativePath>../{parent}</relativePath></parent>"
    return (
        f"<project>{own if artifact == 'top' else above}<artifactId>{artifact}</artifactId>"
        f"<properties>{properties}</properties><dependencyManagement><dependencies>{managed}</dependencies></dependencyManagement>"
        f"<dependencies>{wants}</dependencies></project>"
    )


def test_what_is_imported_is_resolved_where_it_is_written_and_stands_behind_what_is_managed() -> None:
    poms = {
        "top/pom.xml": pom("top", properties="<v.b>2</v.b>"),
        "bom/pom.xml": pom("bom", want("a", "${v.a}") + want("b", "${v.b}") + want("t", "9", "<scope>test</scope>") + bill("deep"),
                           properties="<v.a>1.5</v.a>"),
        "deep/pom.xml": pom("deep", want("c", "3") + want("a", "0")),
        "parent/pom.xml": pom("parent", bill("bom") + want("s", "${v.s}"), properties="<v.a>wrong</v.a><v.s>7</v.s>"),
        "app/pom.xml": pom("app", want("b", "8"), "".join(map(want, "abcst")), properties="<v.s>6</v.s>", parent="parent"),
    }  # fmt: skip
    assert names(MavenPom, poms) == ["g/a@1.5", "g/b@8", "g/c@3", "g/s@6", "g/t@9 dev"]


def test_a_bill_that_is_not_there_leaves_its_dependencies_unknown() -> None:
    (reason,) = reasons(MavenPom, {"top/pom.xml": pom("top", bill("elsewhere"), want("a"))})
    assert reason == "unreadable: 1 dependencies whose version is not set in this file"


def test_chains_and_circles_of_bills_end() -> None:
    chain = {f"b{number}/pom.xml": pom(f"b{number}", bill(f"b{number + 1}") + bill(f"b{number - 1}")) for number in range(2000)}
    assert set(names(MavenPom, {"top/pom.xml": pom("top", bill("b0"), want("a", "1")), **chain})) == {"g/a@1"}
