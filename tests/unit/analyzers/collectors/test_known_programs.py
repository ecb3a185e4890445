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
        ("usr/local/bin/redis-server", b"\0007.2.4\0", "redis@7.2.4"),
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
