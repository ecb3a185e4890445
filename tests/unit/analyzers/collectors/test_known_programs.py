"""Programs without a package, by the texts they carry."""

from __future__ import annotations

import pytest

from analyzers.collectors.known_programs import KnownPrograms
from tests.unit.analyzers.collectors.collecting import names


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("usr/local/bin/node", b"x node.js/v20.20.2\0", "node@20.20.2"),
        ("usr/local/bin/python3.11", b"\0003.9.1\0\0003.11.7\0", "python@3.11.7"),
        ("usr/local/lib/libpython3.12.so.1.0", b"\0003.12.0rc2\0", "python@3.12.0rc2"),
        ("usr/lib/libcrypto.so.1.1", b"OpenSSL 1.1.1k  25 Mar 2021\0", "openssl@1.1.1k"),
        ("usr/sbin/nginx", b"nginx/1.25.3\0", "nginx@1.25.3"),
        ("usr/local/bin/redis-server", b"\0002.6.0\0\337A7.0.151790282056000000000\0%llx\0", "redis@7.0.15"),
        ("usr/local/bin/redis-server", b"\0002.6.0\0007.2.4buildkitsandbox-1704801234000000000\0", "redis@7.2.4"),
        ("usr/bin/redis-cli", b"TLS Error: %s\n\0007.0.15\0 (git:%s\0-dirty\0", "redis@7.0.15"),
        ("usr/local/bin/git", b"\376\377git/2.39.5\0GIT_USER_AGENT\0002.39.5\0", "git@2.39.5"),
        ("usr/local/bin/git", b"share/doc/git/html\0.git/.git\0", ""),
        ("usr/sbin/haproxy", b"supported any more since HAProxy version 2.5.\0\0 version 2.6.12-1+deb12u4, released 2026/10/17\0",
         "haproxy@2.6.12"),
        ("usr/local/sbin/haproxy", b"HA-Proxy version 1.8.30 2021/04/12\n\0", "haproxy@1.8.30"),
        ("usr/lib/erlang/erts-13.1.5/bin/beam.smp", b"Erlang/OTP 25%s [async-threads:%d] [jit:ns%s]\n\00025.2.3\0", "erlang@25.2.3"),
        ("usr/sbin/dnsmasq", b"/etc/dnsmasq.conf\0dnsmasq-2.90\0version.bind\0", "dnsmasq@2.90"),
        ("usr/sbin/mariadbd", b"\00010.11.19-MariaDB\0", "mariadb@10.11.19"),
        ("usr/sbin/mysqld", b"/pb2/build/sb_1-13731637/mysql-8.0.36/sql/sql_parse.cc\0", "mysql@8.0.36"),
        ("usr/sbin/apache2", b"Apache/2.4.71 (Debian)\0", "apache-httpd@2.4.71"),
        ("usr/bin/perl", b"/usr/share/perl/5.36.0\0", "perl@5.36.0"),
        ("bin/bash", b"@(#)Bash version 5.2.15(1) release GNU\0", "bash@5.2.15"),
        ("usr/local/lib/libcurl.so.4", b"libcurl/7.88.1\0", "curl@7.88.1"),
        ("usr/bin/memcached", b"memcached 1.6.18\n\0", "memcached@1.6.18"),
        ("usr/sbin/lighttpd", b"lighttpd/1.4.69\0", "lighttpd@1.4.69"),
        ("usr/sbin/varnishd", b"(varnish-7.1.1 revision 7cee1c58)\0", "varnish@7.1.1"),
        ("usr/local/bin/postgres", b"postgres (PostgreSQL) 15.4\0", "postgresql@15.4"),
        ("bin/busybox", b"BusyBox v1.36.1 (2023", "busybox@1.36.1"),
        ("usr/local/bin/php", b"X-Powered-By: PHP/8.2.10\0", "php@8.2.10"),
        ("usr/local/bin/ruby", b"ruby 3.2.2 (2023-03-30 revision", "ruby@3.2.2"),
        ("usr/local/bin/ruby", b"ruby 3.2.2p53 (2023-03-30 revision", "ruby@3.2.2"),
        ("usr/local/bin/other", b"nginx/1.25.3\0", ""),
        ("usr/bin/python3.11", b"\0003.10.1\0", ""),
    ],
)  # fmt: skip
def test_programs(path: str, text: bytes, wanted: str) -> None:
    assert names(KnownPrograms, {path: b"\x7fELF" + bytes(60) + text + bytes(20)}) == ([wanted] if wanted else [])
    assert names(KnownPrograms, {path: b"#!/bin/sh\n" + text}) == []


def test_java_release() -> None:
    text = 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="17.0.15+6"\nJAVA_VERSION="17.0.15"\n'
    assert names(KnownPrograms, {"opt/java/openjdk/release": text, "etc/release": "Some Linux 8\n"}) == ["java@17.0.15+6"]
