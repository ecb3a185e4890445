"""Maven groups of well-known artifacts whose archives carry no `pom.properties` (built with Gradle, Ant or Bazel).

Facts taken from the projects' own documentation of their Maven coordinates. Projects moved from one group to another: the version decides.
"""

from __future__ import annotations

import re

_OWN_GROUP = frozenset(
    {
        "antlr", "aopalliance", "cglib", "commons-beanutils", "commons-chain", "commons-cli", "commons-codec", "commons-collections",
        "commons-configuration", "commons-dbcp", "commons-digester", "commons-discovery", "commons-el", "commons-fileupload",
        "commons-httpclient", "commons-io", "commons-jxpath", "commons-lang", "commons-logging", "commons-net", "commons-pool",
        "commons-validator", "junit", "log4j", "oro", "xalan", "xml-apis", "classworlds",
    }
)  # fmt: skip # group and artifact are the same
# Exact names first, then beginnings, the longest first.
_NAMES = {
    "catalina": "org.apache.tomcat", "xmlbeans": "org.apache.xmlbeans", "fastjson2": "com.alibaba.fastjson2",
    "jackson-core-asl": "org.codehaus.jackson", "jackson-mapper-asl": "org.codehaus.jackson", "commons-logging-api": "commons-logging",
    "commons-beanutils-core": "commons-beanutils", "logging-interceptor": "com.squareup.okhttp3", "mockwebserver": "com.squareup.okhttp3",
    "converter-gson": "com.squareup.retrofit2", "converter-jackson": "com.squareup.retrofit2", "ehcache-core": "net.sf.ehcache",
    "converter-moshi": "com.squareup.retrofit2", "converter-scalars": "com.squareup.retrofit2", "jaxb-api": "javax.xml.bind",
    "jaxb-impl": "com.sun.xml.bind", "jaxb-xjc": "com.sun.xml.bind", "spring-security-oauth2": "org.springframework.security.oauth",
    "spring-xml": "org.springframework.ws", "spring-js": "org.springframework.webflow", "spring-binding": "org.springframework.webflow",
    "spring-faces": "org.springframework.webflow", "elasticsearch-java": "co.elastic.clients", "opensearch-java": "org.opensearch.client",
    "servlet-api": "javax.servlet", "groovy": "org.apache.groovy", "guava": "com.google.guava",
    "gson": "com.google.code.gson", "okhttp": "com.squareup.okhttp3", "okio": "com.squareup.okio", "okio-jvm": "com.squareup.okio",
    "mysql-connector-java": "mysql", "mysql-connector-j": "com.mysql", "postgresql": "org.postgresql", "lombok": "org.projectlombok",
    "byte-buddy": "net.bytebuddy", "h2": "com.h2database", "hsqldb": "org.hsqldb", "bsh": "org.beanshell",
    "protobuf-java": "com.google.protobuf", "protobuf-java-util": "com.google.protobuf", "jsr305": "com.google.code.findbugs",
    "reactor-core": "io.projectreactor", "rxjava": "io.reactivex.rxjava3", "caffeine": "com.github.ben-manes.caffeine",
    "commons-lang3": "org.apache.commons", "commons-text": "org.apache.commons", "commons-compress": "org.apache.commons",
    "jsoup": "org.jsoup", "zookeeper": "org.apache.zookeeper", "jboss-logging": "org.jboss.logging",
    "xstream": "com.thoughtworks.xstream", "snakeyaml": "org.yaml", "ant": "org.apache.ant", "jna": "net.java.dev.jna",
    "jna-platform": "net.java.dev.jna", "HikariCP": "com.zaxxer", "jedis": "redis.clients", "lettuce-core": "io.lettuce",
    "elasticsearch": "org.elasticsearch", "opensearch": "org.opensearch", "kryo": "com.esotericsoftware", "slf4j-api": "org.slf4j",
    "error_prone_annotations": "com.google.errorprone", "checker-qual": "org.checkerframework", "annotations": "org.jetbrains",
    "jdom": "org.jdom", "jdom2": "org.jdom", "xercesImpl": "xerces", "antlr4-runtime": "org.antlr", "asm": "org.ow2.asm",
    "hibernate-commons-annotations": "org.hibernate.common", "dom4j": "org.dom4j",
    "mssql-jdbc": "com.microsoft.sqlserver", "ojdbc8": "com.oracle.database.jdbc", "jakarta.servlet-api": "jakarta.servlet",
    "javax.servlet-api": "javax.servlet", "activation": "javax.activation", "mail": "javax.mail", "struts2-core": "org.apache.struts",
    "jopt-simple": "net.sf.jopt-simple", "fastjson": "com.alibaba", "druid": "com.alibaba", "json": "org.json",
    "json-smart": "net.minidev", "nimbus-jose-jwt": "com.nimbusds", "javassist": "org.javassist", "ehcache": "org.ehcache",
    "quartz": "org.quartz-scheduler", "c3p0": "com.mchange", "esapi": "org.owasp.esapi", "antisamy": "org.owasp.antisamy",
    "fastutil": "it.unimi.dsi", "disruptor": "com.lmax", "jmustache": "com.samskivert", "java-jwt": "com.auth0",
    "clickhouse-jdbc": "com.clickhouse", "failureaccess": "com.google.guava", "listenablefuture": "com.google.guava",
    "j2objc-annotations": "com.google.j2objc", "swagger-annotations": "io.swagger.core.v3", "micrometer-core": "io.micrometer",
    "re2j": "com.google.re2j", "zstd-jni": "com.github.luben", "lz4-java": "org.lz4", "snappy-java": "org.xerial.snappy",
    "sqlite-jdbc": "org.xerial", "jackson-databind": "com.fasterxml.jackson.core", "jackson-core": "com.fasterxml.jackson.core",
    "jackson-annotations": "com.fasterxml.jackson.core", "kafka-clients": "org.apache.kafka", "kafka-storage": "org.apache.kafka",
    "kafka-server": "org.apache.kafka", "trogdor": "org.apache.kafka", "scala-library": "org.scala-lang",
    "scala-reflect": "org.scala-lang", "scala-compiler": "org.scala-lang", "velocity": "org.apache.velocity",
}  # fmt: skip
_BEGINNINGS = {
    "spring-restdocs-": "org.springframework.restdocs", "spring-statemachine-": "org.springframework.statemachine",
    "spring-shell-": "org.springframework.shell", "spring-modulith-": "org.springframework.modulith",
    "spring-pulsar": "org.springframework.pulsar", "spring-ai-": "org.springframework.ai", "velocity-": "org.apache.velocity",
    "grpc-google-": "com.google.api.grpc", "proto-google-": "com.google.api.grpc", "elasticsearch-rest-": "org.elasticsearch.client",
    "opensearch-rest-": "org.opensearch.client", "hibernate-validator": "org.hibernate.validator",
    "hibernate-jpa-": "org.hibernate.javax.persistence",
    "hibernate-search-": "org.hibernate.search", "hibernate-reactive-": "org.hibernate.reactive",
    "spring-security-oauth2-autoconfigure": "org.springframework.security.oauth.boot", "spring-security-": "org.springframework.security",
    "spring-boot": "org.springframework.boot", "spring-cloud-function": "org.springframework.cloud",
    "spring-cloud-": "org.springframework.cloud", "spring-data-": "org.springframework.data",
    "spring-integration-": "org.springframework.integration", "spring-kafka": "org.springframework.kafka",
    "spring-amqp": "org.springframework.amqp", "spring-rabbit": "org.springframework.amqp", "spring-batch-": "org.springframework.batch",
    "spring-session-": "org.springframework.session", "spring-ws-": "org.springframework.ws",
    "spring-hateoas": "org.springframework.hateoas", "spring-ldap-": "org.springframework.ldap",
    "spring-retry": "org.springframework.retry", "spring-plugin-": "org.springframework.plugin",
    "spring-graphql": "org.springframework.graphql", "spring-webflow": "org.springframework.webflow",
    "spring-vault-": "org.springframework.vault", "spring-": "org.springframework", "tomcat-embed-": "org.apache.tomcat.embed",
    "tomcat-": "org.apache.tomcat", "hibernate-": "org.hibernate", "kotlin-stdlib": "org.jetbrains.kotlin",
    "kotlin-reflect": "org.jetbrains.kotlin", "kotlinx-coroutines-": "org.jetbrains.kotlinx",
    "kotlinx-serialization-": "org.jetbrains.kotlinx", "groovy-": "org.apache.groovy", "grpc-": "io.grpc", "netty-": "io.netty",
    "logback-": "ch.qos.logback", "log4j-": "org.apache.logging.log4j", "jackson-module-": "com.fasterxml.jackson.module",
    "jackson-datatype-": "com.fasterxml.jackson.datatype", "jackson-dataformat-": "com.fasterxml.jackson.dataformat",
    "asm-": "org.ow2.asm", "okhttp-": "com.squareup.okhttp3", "retrofit": "com.squareup.retrofit2", "lucene-": "org.apache.lucene",
    "ktor-": "io.ktor", "micrometer-": "io.micrometer", "opentelemetry-": "io.opentelemetry", "reactor-netty": "io.projectreactor.netty",
    "shiro-": "org.apache.shiro", "elasticsearch-": "org.elasticsearch", "opensearch-": "org.opensearch",
    "junit-jupiter": "org.junit.jupiter", "junit-platform": "org.junit.platform", "bcprov-": "org.bouncycastle",
    "bcpkix-": "org.bouncycastle", "bcutil-": "org.bouncycastle", "bcpg-": "org.bouncycastle", "jaxb-": "org.glassfish.jaxb",
    "kafka_": "org.apache.kafka", "kafka-": "org.apache.kafka", "connect-": "org.apache.kafka", "micronaut-": "io.micronaut",
    "vertx-": "io.vertx", "quarkus-": "io.quarkus", "jetty-": "org.eclipse.jetty", "cassandra-": "org.apache.cassandra",
    "ant-": "org.apache.ant", "maven-": "org.apache.maven", "guava-": "com.google.guava", "jjwt-": "io.jsonwebtoken",
    "slf4j-": "org.slf4j", "batik-": "org.apache.xmlgraphics", "poi-": "org.apache.poi", "brave-": "io.zipkin.brave",
    "commons-": "org.apache.commons", "mockito-": "org.mockito", "dropwizard-": "io.dropwizard",
}  # fmt: skip
_HIBERNATE_ORM = frozenset(
    {
        "agroal", "c3p0", "community-dialects", "core", "enhance-maven-plugin", "envers", "graalvm", "hikaricp", "jcache", "jpamodelgen",
        "micrometer", "processor", "proxool", "scan-jandex", "spatial", "testing", "vector", "vibur",
    }
)  # fmt: skip # modules named hibernate-NAME
_NAMES |= {f"hibernate-{name}": "org.hibernate.orm" for name in _HIBERNATE_ORM}
# Family of names -> (first version that is no longer there, group), the earliest first; from the last version on the tables above hold.
_EARLIER: dict[str, tuple[tuple[tuple[int, ...], str], ...]] = {
    **{f"hibernate-{name}": (((6,), "org.hibernate"),) for name in (*_HIBERNATE_ORM, "validator", "search")},
    "hibernate-commons-annotations": (((4,), "org.hibernate"),), "groovy": (((4,), "org.codehaus.groovy"),),
    "rxjava": (((2,), "io.reactivex"), ((3,), "io.reactivex.rxjava2")), "okhttp": (((3,), "com.squareup.okhttp"),),
    "retrofit": (((2,), "com.squareup.retrofit"),), "dom4j": (((2,), "dom4j"),), "javassist": (((3, 13), "javassist"),),
    "velocity": (((1, 5), "velocity"),), "postgresql": (((9, 2), "postgresql"),), "asm": (((4,), "asm"),), "hsqldb": (((2,), "hsqldb"),),
    "jdom": (((1, 1), "jdom"),), "ehcache": (((3,), "net.sf.ehcache"),), "quartz": (((1, 7), "opensymphony"),),
    "batik": (((1, 7), "batik"),), "ant": (((1, 7), "ant"),), "jetty": (((7,), "org.mortbay.jetty"),), "poi": (((3,), "poi"),),
    "xmlbeans": (((2, 3), "xmlbeans"),), "swagger-annotations": (((2,), "io.swagger"),),
}  # fmt: skip
_ORDERED = sorted(_BEGINNINGS.items(), key=lambda pair: -len(pair[0]))


_TOMCAT_OTHERS = {"bootstrap": "bootstrap", "catalina-ssi": "tomcat-ssi", "catalina-storeconfig": "tomcat-storeconfig",
                  "catalina-tribes": "tomcat-tribes"}  # fmt: skip


def group_of(artifact: str, version: str) -> str:
    """The group of a well-known artifact in this version, empty for any other."""
    names = [name for name in (artifact, artifact.rpartition("-")[0], artifact.partition("-")[0]) if name in _EARLIER]
    for end, group in _EARLIER[names[0]] if names else ():
        if _numbers(version) < end:
            return group
    if artifact in _OWN_GROUP:
        return artifact
    if artifact in _NAMES:
        return _NAMES[artifact]
    return next((group for beginning, group in _ORDERED if artifact.startswith(beginning)), "")


def tomcat_artifact(file_name: str, version: str) -> str:
    """The artifact that a jar of Tomcat's own folders is published as: `catalina.jar` is `tomcat-catalina` since Tomcat 7."""
    if file_name.startswith("tomcat-") or _numbers(version) < (7,):
        return file_name
    return _TOMCAT_OTHERS.get(file_name, f"tomcat-{file_name}")


def _numbers(version: str) -> tuple[int, ...]:
    """The first two numbers: a project moves with those."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:2])
