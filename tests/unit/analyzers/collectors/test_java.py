"""Java archives: plain, nested, shaded, without any description, and hostile."""

from __future__ import annotations

import io
import random
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from analyzers.collectors.java import Java
from analyzers.contract import OVERLAP, WINDOW, Entry, FileView, PassContext
from schemas.facts import Package, Skipped
from tests.unit.analyzers.collectors.collecting import collected, packages, reasons


def jar(files: dict[str, bytes | str], stored: bool = False) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pom(group: str, artifact: str, version: str) -> dict[str, bytes | str]:
    text = f"#Created by Apache Maven\nversion={version}\r\ngroupId={group}\r\nartifactId={artifact}\r\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text}


LOG4J = pom("org.apache.logging.log4j", "log4j-core", "2.14.1")


def test_plain() -> None:
    (fact,) = packages(Java, {"app/lib/log4j-core-2.14.1.jar": jar(LOG4J)})
    assert (fact.type, fact.namespace, fact.name, fact.version) == ("maven", "org.apache.logging.log4j", "log4j-core", "2.14.1")
    assert fact.path == "app/lib/log4j-core-2.14.1.jar" and fact.details == {}


def test_nested_in_ear_war_and_behind_a_script() -> None:
    war = jar({"WEB-INF/lib/log4j-core-2.14.1.jar": jar(LOG4J), **pom("org.a", "web", "1")})
    ear = jar({"web-1.war": war})
    found = packages(Java, {"x.ear": ear})
    assert {one.path for one in found} == {"x.ear!/web-1.war", "x.ear!/web-1.war!/WEB-INF/lib/log4j-core-2.14.1.jar"}
    boot = b"#!/bin/bash\nexec java -jar $0\n" + jar({"BOOT-INF/lib/log4j-core-2.14.1.jar": jar(LOG4J)}, stored=True)
    (fact,) = packages(Java, {"boot.jar": boot})
    assert fact.path == "boot.jar!/BOOT-INF/lib/log4j-core-2.14.1.jar"


def test_shaded() -> None:
    found = packages(Java, {"fat-3.0.jar": jar(pom("org.a", "fat", "3.0") | LOG4J)})
    assert [(one.name, "inside" in one.details) for one in found] == [("fat", False), ("log4j-core", True)]


TOMCAT = "Implementation-Title: Apache Tomcat\nImplementation-Version: {}\n"


@pytest.mark.parametrize(
    ("file", "manifest", "folder", "wanted"),
    [
        (
            "spring-core-5.3.17.jar",
            "Implementation-Title: spring-core\n",
            "org/springframework/core",
            "org.springframework/spring-core@5.3.17",
        ),
        ("tomcat-embed-core-9.0.50.jar", "", "org/apache", "org.apache.tomcat.embed/tomcat-embed-core@9.0.50"),
        ("thing.jar", "Bundle-SymbolicName: org.acme.thing;singleton:=true\nBundle-Version: 1.2.3\n", "", "org.acme/thing@1.2.3"),
        ("tool-4.0-all.jar", "Implementation-Vendor-Id: org.acme.tools\n", "", "org.acme.tools/tool@4.0"),
        ("lib_2.13-1.0.jar", "", "org/acme/lib", "org.acme.lib/lib_2.13@1.0"),
        ("own-1.0.Final.jar", "", "de/acme/own/inner", "de.acme.own/own@1.0.Final"),
        ("hibernate-core-5.4.10.Final.jar", "", "org/hibernate", "org.hibernate/hibernate-core@5.4.10.Final"),
        ("hibernate-core-6.2.0.Final.jar", "", "org/hibernate", "org.hibernate.orm/hibernate-core@6.2.0.Final"),
        ("groovy-json-2.5.6.jar", "", "groovy/json", "org.codehaus.groovy/groovy-json@2.5.6"),
        ("groovy-4.0.1.jar", "", "", "org.apache.groovy/groovy@4.0.1"),
        ("rxjava-1.3.8.jar", "", "rx", "io.reactivex/rxjava@1.3.8"),
        ("rxjava-2.2.0.jar", "", "io/reactivex", "io.reactivex.rxjava2/rxjava@2.2.0"),
        ("rxjava-3.0.0.jar", "", "io/reactivex/rxjava3", "io.reactivex.rxjava3/rxjava@3.0.0"),
        ("dom4j-1.6.1.jar", "", "org/dom4j", "dom4j/dom4j@1.6.1"),
        ("postgresql-9.1-901.jdbc4.jar", "", "org/postgresql", "postgresql/postgresql@9.1-901.jdbc4"),
        ("elasticsearch-rest-client-7.0.0.jar", "", "org/elasticsearch/client", "org.elasticsearch.client/elasticsearch-rest-client@7.0.0"),
        ("log4j-1.2-api-2.11.0.jar", "", "", "org.apache.logging.log4j/log4j-1.2-api@2.11.0"),
        ("log4j-1.2.17.jar", "", "org/apache/log4j", "log4j/log4j@1.2.17"),
        ("mysql-connector-java-5.1.40-bin.jar", "", "com/mysql", "mysql/mysql-connector-java@5.1.40"),
        ("org.yaml.snakeyaml_1.26.0.jar", "", "org/yaml", "org.yaml/snakeyaml@1.26.0"),
        ("org.apache.commons.codec_1.14.0.v20200818-1422.jar", "", "", "commons-codec/commons-codec@1.14.0.v20200818-1422"),
        ("org.eclipse.jetty.server_9.4.30.v20200611.jar", "", "", "org.eclipse.jetty/jetty-server@9.4.30.v20200611"),
        ("org.acme.tool_1.0.0.jar", "", "", "org.acme/tool@1.0.0"),
        ("kafka_2.12-2.0.0.jar", "", "kafka", "org.apache.kafka/kafka_2.12@2.0.0"),
        ("git.jpi", "Group-Id: org.acme\nPlugin-Version: 4.0.v1a2b (private-1)\n", "hudson/plugins/git", "org.acme/git@4.0.v1a2b"),
        ("catalina.jar", TOMCAT.format("9.0.50"), "org/apache", "org.apache.tomcat/tomcat-catalina@9.0.50"),
        ("catalina-tribes.jar", TOMCAT.format("10.1.5"), "org/apache/catalina/tribes", "org.apache.tomcat/tomcat-tribes@10.1.5"),
        ("tomcat-coyote.jar", TOMCAT.format("9.0.50"), "org/apache", "org.apache.tomcat/tomcat-coyote@9.0.50"),
        ("catalina.jar", TOMCAT.format("6.0.53"), "org/apache", "org.apache.tomcat/catalina@6.0.53"),
    ],
)
def test_likely_coordinates_say_so(file: str, manifest: str, folder: str, wanted: str) -> None:
    content: dict[str, bytes | str] = {"META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\n{manifest}\n"}
    if folder:
        content[f"{folder}/A.class"] = b"\xca\xfe\xba\xbe"
    (fact,) = packages(Java, {file: jar(content)})
    assert f"{fact.namespace}/{fact.name}@{fact.version}" == wanted
    assert "name from the file" in fact.details["doubt"] and 0 < int(fact.details["confidence"]) < 100


def test_less_is_known_less_is_believed() -> None:
    class_file = {"org/acme/A.class": b"\xca\xfe\xba\xbe"}
    files = {
        "table": ("netty-buffer-4.1.jar", {"a.txt": b""}),
        "manifest": ("thing-4.1.jar", {"META-INF/MANIFEST.MF": "Bundle-SymbolicName: org.acme.thing\n\n"}),
        "folder": ("thing-4.1.jar", class_file),
        "nothing": ("thing-4.1.jar", {"A.class": b"\xca\xfe\xba\xbe"}),
    }
    shares = [int(packages(Java, {file: jar(content)})[0].details["confidence"]) for file, content in files.values()]  # type: ignore[arg-type]
    assert shares == sorted(set(shares), reverse=True)
    assert "confidence" not in packages(Java, {"log4j-core-2.14.1.jar": jar(LOG4J)})[0].details


def test_nothing_to_name() -> None:
    assert collected(Java, {"application.jar": jar({"a/B.class": b""})}) == []


def test_damage_is_told() -> None:
    assert reasons(Java, {"a.jar": b"nothing"}) == ["unreadable: no zip file"]
    assert reasons(Java, {"a.jar": jar(LOG4J)[:-40]})[0].startswith("unreadable")
    nested: bytes = jar(LOG4J)
    for _ in range(8):
        nested = jar({"in.jar": nested})
    assert reasons(Java, {"a.jar": nested}) == ["expansion_limit: archives nested more than 5 deep"]
    bomb = jar({"big.jar": bytes(100_000_000)})
    assert reasons(Java, {"a.jar": bomb}) == ["expansion_limit: unpacks to more than 200 times its size"]
    bomb = jar({f"{number}.jar": b"PK\x03\x04" + bytes(9_000_000) for number in range(3)})
    assert any(reason.startswith("expansion_limit") for reason in reasons(Java, {"a.jar": bomb}))


def windows(path: str, data: bytes) -> Iterator[FileView]:
    """A large file as a pass offers it."""
    entry = Entry(path, "file", 0o644, 0, 0, len(data))
    for start in range(0, len(data) - OVERLAP, WINDOW - OVERLAP):
        yield FileView(entry, data[start : start + WINDOW], start, start + WINDOW >= len(data))


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\nexec java -jar $0\n"])
def test_large_archives_are_read_in_bounded_memory(before: bytes) -> None:
    inner = jar(LOG4J)
    data = before + jar({"BOOT-INF/lib/a.jar": inner, "x.bin": random.Random(1).randbytes(20_000_000), "BOOT-INF/lib/b.jar": inner})
    collector = Java(PassContext(b"key"))
    found = []
    for path in ("srv/app.jar", "srv/other.jar"):
        tracemalloc.start()
        found += [fact for window in windows(path, data) for fact in collector.collect(window)]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 12_000_000
    assert {fact.path for fact in found if isinstance(fact, Package)} == {
        f"srv/{name}.jar!/BOOT-INF/lib/{one}.jar" for name in ("app", "other") for one in "ab"
    }
    assert not [fact for fact in found if isinstance(fact, Skipped)]
    cut = [fact for window in windows("srv/cut.jar", data[:-50]) for fact in collector.collect(window)]
    assert [fact.reason[:10] for fact in cut if isinstance(fact, Skipped)] == ["unreadable"]
