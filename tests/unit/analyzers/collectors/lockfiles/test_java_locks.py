"""Maven's project files and what Gradle locks."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.sbt_lock import SbtLock
from tests.unit.analyzers.collectors.collecting import names, reasons

POM = """<project><dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>t</artifactId><version>1</version><scope>test</scope></dependency>
</dependencies></dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>exact</artifactId><version>[2.0]</version></dependency>
  <dependency><groupId>g</groupId><artifactId>t</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>servlet</artifactId><version>3</version><scope>provided</scope></dependency>
  <dependency><groupId>g</groupId><artifactId>late</artifactId><version>4</version><scope>runtime</scope></dependency>
</dependencies><build><plugins><plugin><dependencies>
  <dependency><groupId>g</groupId><artifactId>plugin</artifactId><version>5</version></dependency>
</dependencies></plugin></plugins></build></project>"""
PARENT = """<project><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version>
<properties><log>2.14.1</log><own>1</own></properties>
<dependencyManagement><dependencies>
  <dependency><groupId>g</groupId><artifactId>log</artifactId><version>${log}</version></dependency>
  <dependency><groupId>g</groupId><artifactId>same</artifactId><version>${project.version}</version></dependency>
  <dependency><groupId>g</groupId><artifactId>mock</artifactId><version>3</version><scope>test</scope></dependency>
</dependencies></dependencyManagement>
<dependencies><dependency><groupId>g</groupId><artifactId>all</artifactId><version>${own}</version></dependency></dependencies></project>"""
CHILD = """<project><parent><groupId>org.p</groupId><artifactId>p</artifactId><version>7</version></parent>
<artifactId>c</artifactId><properties><own>2</own></properties><dependencies>
  <dependency><groupId>g</groupId><artifactId>log</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>same</artifactId></dependency>
  <dependency><groupId>g</groupId><artifactId>mock</artifactId></dependency>
</dependencies></project>"""
STRANGER = CHILD.replace("<artifactId>p</artifactId>", "<artifactId>q</artifactId>", 1)
CIRCLE = CHILD.replace("</version></parent>", "</version><relativePath>../c</relativePath></parent>").replace(">c<", ">p<")
GRADLE = """g:main:1=debugRuntimeClasspath,debugUnitTestRuntimeClasspath
g:unit:2=debugUnitTestRuntimeClasspath,testImplementationDependenciesMetadata
g:fixture:3=testFixturesCompileClasspath
g:tool:4=checkstyle,jacocoAgent
g:processor:5=annotationProcessor,kaptRelease
g:lint:5=androidLintTool
g:compiler:5=kotlinCompilerClasspath,_internal-unified-test
g:reload:5=developmentOnly
g:contest:6=contestClasspath
g:all:7=
"""
COMPILED = """# This is a Gradle generated file for dependency locking.
g:run:1=compileClasspath,runtimeClasspath
g:tool:2=kotlinBouncyCastleConfiguration,kotlinInternalAbiValidation
g:given:3=compileClasspath,testCompileClasspath
g:shaded:4=compileClasspath,shade
g:meta:5=implementationDependenciesMetadata,testImplementationDependenciesMetadata
g:late:6=runtimeClasspath
empty=annotationProcessor
"""
SBT = {"lockVersion": 1, "configurations": ["compile", "provided", "runtime", "test"], "dependencies": [
    {"org": "o", "name": name, "version": version, "artifacts": [], "configurations": uses} for name, version, uses in (
        ("used", "1", ["compile", "runtime", "test"]), ("given", "2", ["provided"]), ("tested", "3", ["test", "it", "IntegrationTest"]),
        ("said", "4", []), ("custom", "5", ["provided", "docker"]))
]}  # fmt: skip


@pytest.mark.parametrize(
    ("collector", "files", "wanted"),
    [
        (MavenPom, {"pom.xml": POM}, ["g/exact@2.0", "g/t@1 dev", "g/servlet@3 dev", "g/late@4"]),
        (MavenPom, {"src/pom.xml": PARENT, "src/c/pom.xml": CHILD},
         ["g/all@1", "g/log@2.14.1", "g/same@7", "g/mock@3 dev", "g/all@2"]),
        (GradleLock, {"gradle.lockfile": GRADLE},
         ["g/main@1", "g/unit@2 dev", "g/fixture@3 dev", "g/tool@4 dev", "g/processor@5 dev", "g/lint@5 dev",
          "g/compiler@5 dev", "g/reload@5 dev", "g/contest@6", "g/all@7"]),
        (GradleLock, {"gradle.lockfile": COMPILED}, ["g/run@1", "g/tool@2 dev", "g/given@3 dev", "g/shaded@4", "g/meta@5 dev", "g/late@6"]),
        (GradleLock, {"gradle.lockfile": COMPILED.replace("untime", "")},
         ["g/run@1", "g/tool@2 dev", "g/given@3", "g/shaded@4", "g/meta@5", "g/late@6"]),
        (GradleLock, {"locking/gradle-2.13.lockfile": COMPILED, "x/gradle-2.13.lockfile": "g:a:1=x\n"},
         ["g/run@1", "g/tool@2 dev", "g/given@3 dev", "g/shaded@4", "g/meta@5 dev", "g/late@6"]),
        (GradleLock, {"buildscript-gradle.lockfile": "# x\ng:a:1=classpath\nempty=\n", "settings-gradle.lockfile": "g:b:1=classpath\n"},
         ["g/a@1 dev", "g/b@1 dev"]),
        (SbtLock, {"build.sbt.lock": json.dumps(SBT)}, ["o/used@1", "o/given@2 dev", "o/tested@3 dev", "o/said@4", "o/custom@5"]),
        (SbtLock, {"build.sbt.lock": '{"dependencies": {}}'}, []),
        (GradleLock, {"gradle/dependency-locks/runtimeClasspath.lockfile": "# x\ng:a:1\n",
                      "gradle/dependency-locks/testRuntimeClasspath.lockfile": "g:t:2\n", "x/other.lockfile": "g:o:3\n"},
         ["g/a@1", "g/t@2 dev"]),
        (GradleLock, {"gradle/dependency-locks/test-suite.lockfile": "g:a:1=runtimeClasspath\ng:t:2=testRuntimeClasspath\nempty=\n"},
         ["g/a@1", "g/t@2 dev"]),
    ],
)  # fmt: skip
def test_variants(collector: type[ApplicationCollector], files: Mapping[str, str | bytes], wanted: list[str]) -> None:
    assert names(collector, files) == wanted


@pytest.mark.parametrize("files", [
    {"c/pom.xml": CHILD}, {"pom.xml": PARENT, "c/pom.xml": STRANGER}, {"x/pom.xml": PARENT, "c/pom.xml": CHILD}, {"c/pom.xml": CIRCLE},
])  # fmt: skip
def test_parents_elsewhere_are_no_parents(files: Mapping[str, str]) -> None:
    assert reasons(MavenPom, files) == ["unreadable: 3 dependencies whose version is not set in this file"]


def test_modules_and_old_properties_of_maven() -> None:
    def pom(artifact: str, parent: bool, wants: str) -> str:
        above = "<parent><groupId>g</groupId><artifactId>top</artifactId><version>1.0</version></parent>" if parent else ""
        own = "" if parent else "<groupId>g</groupId><version>1.0</version>"
        return f"<project>{above}{own}<artifactId>{artifact}</artifactId><dependencies>{wants}</dependencies></project>"

    def want(group: str, artifact: str, version: str) -> str:
        return f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>"

    poms = {
        "pom.xml": pom("top", False, ""),
        "a/pom.xml": pom("a", True, want("g", "b", "${project.version}") + want("o", "x", "${pom.version}") + want("o", "y", "${version}")),
        "b/pom.xml": pom("b", True, ""),
    }
    assert names(MavenPom, poms) == ["o/x@1.0", "o/y@1.0"]
