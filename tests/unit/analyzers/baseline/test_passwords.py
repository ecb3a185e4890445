"""Guessing: against hashes that other programs made, within the budget, and never told in clear."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from analyzers.collectors.passwords import libcrypt
from analyzers.collectors.passwords.apr1 import apr1
from analyzers.collectors.passwords.guessing import BUDGET_MS, Guesser, candidates, name_variants, plain_weakness, weak_words
from analyzers.collectors.passwords.schemes import UNUSABLE, scheme_of
from analyzers.collectors.passwords.vnc import decrypt_block, vnc_password

needs_libcrypt = pytest.mark.skipif(not libcrypt.available(), reason="no libcrypt with crypt_r on this system")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")


@needs_libcrypt
@needs_openssl
@pytest.mark.parametrize("scheme", ["-1", "-5", "-6"])
def test_hashes_of_openssl(scheme: str) -> None:
    """OpenSSL has its own implementation of these schemes."""
    command = ["openssl", "passwd", scheme, "-salt", "saltstring", "Hello world!"]
    stored = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    assert libcrypt.verify("Hello world!", stored) is True and libcrypt.verify("Hello world", stored) is False
    assert scheme_of(stored) is not None


@needs_libcrypt
def test_bcrypt_vector() -> None:
    """Source: wrapper.c of crypt_blowfish, the first test."""
    stored = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    assert libcrypt.verify("U*U", stored) is True and libcrypt.verify("U*V", stored) is False


@needs_openssl
@pytest.mark.parametrize("word", ["", "a", "letmein", "a longer password of 33 characters"])
def test_apr1_like_openssl(word: str) -> None:
    answer = subprocess.run(["openssl", "passwd", "-apr1", "-salt", "xyz12345", word], capture_output=True, text=True, check=True)
    assert apr1(word, "xyz12345") == answer.stdout.strip()


def test_des_of_the_standard() -> None:
    """Source: the classic worked example of FIPS 46, key 133457799BBCDFF1."""
    block = bytes.fromhex("85e813540f0ab405")
    assert decrypt_block(block, bytes.fromhex("133457799bbcdff1")) == bytes.fromhex("0123456789abcdef")


def test_vnc_password_that_everybody_knows() -> None:
    assert vnc_password(bytes.fromhex("dbd83cfd727a1458")) == "password"


@pytest.mark.parametrize("stored", ["!", "*", "x", "!!", "*LK*", "", "$6$cut", "!$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO"])
def test_no_hash(stored: str) -> None:
    assert scheme_of(stored) is None


def test_expensive_hashes_are_left_out_with_a_reason() -> None:
    """A hash must not make a guess run for minutes or take gigabytes: its cost is known before."""
    tail = "A" * 86
    for stored in (f"$6$rounds=999999999$salt${tail}", f"$2b$31${'a' * 53}", f"$y$jzz$salt${'a' * 43}", f"$7$zzzzzzzzzzz$salt${'a' * 43}"):
        guesser = Guesser()
        assert guesser.weakness("ann", stored) == "" and guesser.reason, stored
        assert guesser.left_ms == BUDGET_MS
    assert (scheme_of(f"$y$jzz$salt${'a' * 43}") or pytest.fail("no scheme")).cost_ms == UNUSABLE


@needs_libcrypt
def test_the_budget_ends_and_says_so() -> None:
    guesser, stored = Guesser(20.0), "$6$saltsalt$" + "A" * 86
    guesser.weakness("ann", stored)
    assert guesser.reason.startswith("timeout: ") and guesser.left_ms >= 0


def test_likely_words_come_first() -> None:
    words = [word for word, _ in candidates("deploy", 20)]
    assert len(words) == 20 == len(set(words))
    assert {"deploy", "deploy123", "123456", "password", "admin"} <= set(words)
    assert {"yolped", "Deploy", "deploy2024"} <= {word for word, _ in name_variants("deploy")}
    assert 190 <= len(weak_words()) == len(set(weak_words()))


def test_plain_text() -> None:
    assert plain_weakness("ann", "ann123") and plain_weakness("ann", "letmein") and plain_weakness("ann", "")
    assert plain_weakness("ann", "Zq8-kxTm2r-41") == ""
