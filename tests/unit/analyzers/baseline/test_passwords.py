"""Guessing: against hashes that other programs made, within the budget, and never told in clear."""

from __future__ import annotations

import ctypes
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


def guessed(guesser: Guesser, *hashes: str, name: str = "ann") -> list[tuple[str, str]]:
    return guesser.weaknesses([(name, one) for one in hashes])


def test_expensive_hashes_are_left_out_with_a_reason() -> None:
    """A hash must not make a guess run for minutes or take gigabytes: its cost is known before."""
    tail = "A" * 86
    for stored in (f"$6$rounds=999999999$salt${tail}", f"$2b$31${'a' * 53}", f"$y$jzz$salt${'a' * 43}", f"$7$zzzzzzzzzzzsalt${'a' * 43}"):
        guesser = Guesser()
        ((weak, reason),) = guessed(guesser, stored)
        assert weak == "" and reason.startswith("timeout: 0 of "), stored
        assert guesser.left_ms == BUDGET_MS
    assert (scheme_of(f"$y$jzz$salt${'a' * 43}") or pytest.fail("no scheme")).cost_ms == UNUSABLE
    assert guessed(Guesser(), f"$3$$x{'a' * 40}") == [("", "unreadable: password hash of an unknown scheme")]


@needs_libcrypt
def test_the_budget_ends_and_says_so() -> None:
    guesser, stored = Guesser(20.0), "$6$saltsalt$" + "A" * 86
    ((weak, reason),) = guessed(guesser, stored)
    assert weak == "" and reason.startswith("timeout: 9 of ") and guesser.left_ms >= 0


@needs_libcrypt
def test_root_comes_first_among_many_slow_hashes() -> None:
    """What was not looked at is named for every account."""
    slow = [(f"user{number}", f"$2b$14${'a' * 53}") for number in range(500)]
    guesser = Guesser(1600.0)
    answers = guesser.weaknesses([*slow, ("root", made("$y$j9T$saltsaltsalt", "root"))])
    assert answers[-1] == ("the user name", "") and guesser.left_ms >= 0
    looked = [reason for _, reason in answers[:-1] if reason.startswith("timeout: 1 of ")]
    assert len(looked) == 2 and all(reason.startswith(("timeout: 1 of ", "timeout: 0 of ")) for _, reason in answers[:-1])


def made(setting: str, word: str) -> str:
    """A hash as crypt(3) of this system makes it."""
    answer = libcrypt._function()(word.encode(), setting.encode(), ctypes.create_string_buffer(256 * 1024))
    return str(answer.decode())


@needs_libcrypt
@pytest.mark.parametrize(
    "setting",
    ["$y$j9T$saltsaltsalt", "$gy$j9T$saltsaltsalt", "$2b$08$abcdefghijklmnopqrstuu", "$6$saltsalt", "$5$rounds=8000$salt", "$1$saltsalt",
     "ab", "_J9..rasm", "$sha1$1000$saltsalt", "$7$7U..../....saltsalt$"],
)  # fmt: skip
def test_every_scheme_of_libcrypt_is_guessed(setting: str) -> None:
    """With the parameters that distributions use (yescrypt j9T)."""
    assert guessed(Guesser(), made(setting, weak_words()[8])) == [("a common password", "")]
    assert guessed(Guesser(), made(setting, "ann123")) == [("the user name with an ending", "")]
    assert guessed(Guesser(60.0), made(setting, "Zq8-kxTm2r"))[0][0] == ""


def test_the_budget_reaches_far_into_the_list_for_the_default_of_distributions() -> None:
    """One account with yescrypt as Debian and Ubuntu make it."""
    scheme = scheme_of(f"$y$j9T$salt${'a' * 43}")
    assert scheme is not None and BUDGET_MS * 3 / 4 / scheme.cost_ms > 80


@needs_libcrypt
def test_a_slow_hash_does_not_use_up_the_budget_of_the_others() -> None:
    slow = "$2b$10$" + "a" * 53
    found = guessed(Guesser(), slow, slow, slow, made("$6$saltsalt", "letmein"), made("$y$j9T$saltsaltsalt", "ann"))
    assert [weak for weak, _ in found] == ["", "", "", "a common password", "the user name"]
    assert all(reason.startswith("timeout: ") for _, reason in found[:3])


def test_likely_words_come_first() -> None:
    words = [word for word, _ in candidates("deploy", 20)]
    assert len(words) == len(set(words)) >= 190
    assert {"deploy", "deploy123", "123456", "password", "admin"} <= set(words[:20])
    assert {"yolped", "Deploy", "deploy2024"} <= {word for word, _ in name_variants("deploy")} <= set(words)
    assert {word for word, _ in candidates("deploy")} == set(words)
    assert 190 <= len(weak_words()) == len(set(weak_words()))


def test_plain_text() -> None:
    assert plain_weakness("ann", "ann123") and plain_weakness("ann", "letmein") and plain_weakness("ann", "")
    assert plain_weakness("ann", "Zq8-kxTm2r-41") == ""
