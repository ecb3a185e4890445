"""Private keys as the real tools write them: kind, size, pass phrase; and what is no private key."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from schemas.facts import Secret

OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
KEYGEN = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


@pytest.fixture(scope="module")
def collector() -> Secrets:
    return Secrets(PassContext(b"a key for tests"))


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def told(collector: Secrets, path: Path, name: str = "") -> list[tuple[str, str, str]]:
    data = path.read_bytes()
    entry = Entry(f"srv/{name or path.name}", "file", 0o600, 0, 0, len(data))
    return [
        (fact.rule, str(fact.level), fact.details.get("kind", ""))
        for fact in collector.collect(FileView(entry, data))
        if isinstance(fact, Secret)
    ]


@OPENSSL
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["genrsa", "-traditional", "1024"], ("rsa_private_key", "high", "RSA")),
        (["genrsa", "1024"], ("pkcs_private_key", "high", "RSA")),
        (["ecparam", "-name", "prime256v1", "-genkey", "-noout"], ("ec_private_key", "high", "EC")),
        (["genpkey", "-algorithm", "ed25519"], ("pkcs_private_key", "high", "Ed25519")),
        (["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x1y2"], ("pkcs_private_key", "medium", "encrypted")),
    ],
)
def test_openssl(collector: Secrets, tmp_path: Path, arguments: list[str], expected: tuple[str, str, str]) -> None:
    key = tmp_path / "a.key"
    run("openssl", arguments[0], "-out", str(key), *arguments[1:])
    assert told(collector, key) == [expected]


@OPENSSL
def test_a_traditional_key_with_a_pass_phrase(collector: Secrets, tmp_path: Path) -> None:
    key, plain = tmp_path / "a.key", tmp_path / "plain.key"
    run("openssl", "genrsa", "-traditional", "-out", str(plain), "1024")
    run("openssl", "rsa", "-traditional", "-aes128", "-passout", "pass:x1y2", "-in", str(plain), "-out", str(key))
    assert [found[:2] for found in told(collector, key)] == [("rsa_private_key", "medium")]


@OPENSSL
def test_der_certificates_and_stores(collector: Secrets, tmp_path: Path) -> None:
    key, der, cert, store, trust = (tmp_path / name for name in ("a.key", "a.der", "c.pem", "s.p12", "t.p12"))
    run("openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", str(key), "-out", str(cert), "-subj", "/CN=a")
    run("openssl", "pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", str(key), "-out", str(der))
    run("openssl", "pkcs12", "-export", "-inkey", str(key), "-in", str(cert), "-out", str(store), "-passout", "pass:x1y2")
    run("openssl", "pkcs12", "-export", "-nokeys", "-in", str(cert), "-out", str(trust), "-passout", "pass:x1y2")
    assert told(collector, der) == [("common_private_key", "high", "RSA")]
    assert told(collector, store) == [("pkcs_cred", "medium", "PKCS#12")]
    assert told(collector, cert) == []
    assert told(collector, trust) == []


@KEYGEN
@pytest.mark.parametrize(("phrase", "level"), [("", "high"), ("x1y2z3w4", "medium")])
@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa"])
def test_openssh(collector: Secrets, tmp_path: Path, kind: str, phrase: str, level: str) -> None:
    key = tmp_path / "id"
    run("ssh-keygen", "-q", "-t", kind, "-N", phrase, "-f", str(key))
    ((rule, found, _),) = told(collector, key)
    assert (rule, found) == ("openssh_private_key", level)
    assert told(collector, tmp_path / "id.pub") == []


@KEYGEN
def test_a_key_in_json_is_the_same_key(collector: Secrets, tmp_path: Path) -> None:
    key, wrapped = tmp_path / "id", tmp_path / "a.json"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    wrapped.write_text('{"deploy": "' + key.read_text().replace("\n", "\\n") + '"}')
    ids = []
    for path in (key, wrapped):
        data = path.read_bytes()
        facts = collector.collect(FileView(Entry(f"srv/{path.name}", "file", 0o600, 0, 0, len(data)), data))
        ids.append([fact.value_id for fact in facts if isinstance(fact, Secret)])
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1
