"""Every rule for secrets shows what it finds and what it leaves alone, and no fact holds a value."""

from __future__ import annotations

import base64

import pytest

from analyzers.collectors.patterns.checksums import CHECKS
from analyzers.collectors.patterns.engine import compile_expression
from analyzers.collectors.patterns.rule import Example
from analyzers.collectors.secret_rules import RULES, by_key
from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext
from analyzers.sensitive_files.classes import CLASS_TITLES
from console.demo.drawn import Drawn
from schemas.facts import Fact, Secret, Skipped
from schemas.vocabulary import Level

NAMES = [f"{rule.key}-{index}" for index, rule in enumerate(RULES)]


@pytest.fixture(scope="module")
def collector() -> Secrets:
    return Secrets(PassContext(b"a key for tests"))


def look(collector: Secrets, path: str, data: bytes) -> list[Fact]:
    return list(collector.collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data)))


@pytest.mark.parametrize("name", NAMES)
def test_examples(collector: Secrets, name: str) -> None:
    rule = RULES[int(name.rpartition("-")[2])]
    assert len(rule.hits) >= 2, "two examples that hit"
    assert len(rule.clean) >= 2, "two examples that are clean"
    for seed, example in enumerate(rule.hits):
        drawn = Drawn(seed)
        data = drawn.fill(example.text)
        facts = look(collector, path_of(example), data)
        assert rule.key in [fact.rule for fact in facts if isinstance(fact, Secret)], (
            f"{example.path}: {[getattr(fact, 'rule', fact) for fact in facts]}"
        )
        told = "".join(fact.model_dump_json() for fact in facts)
        assert not [value[:4] for value in drawn.made if value in told], "a value in a fact"
    for example in rule.clean:
        drawn = Drawn(9)
        assert not [fact for fact in look(collector, path_of(example), drawn.fill(example.text)) if isinstance(fact, Secret)], example.path


def path_of(example: Example) -> str:
    return Drawn(2).fill(example.path).decode()


def test_entries_of_a_key_agree() -> None:
    describing = by_key()
    for rule in RULES:
        first = describing[rule.key]
        assert (rule.group, rule.level) == (first.group, first.level), rule.key
        assert rule.group in CLASS_TITLES
        assert rule.title and rule.description and rule.advice
        assert set(rule.checks) <= set(CHECKS)
        assert rule.level in (Level.HIGH, Level.MEDIUM, Level.LOW)


def test_patterns_fit_both_engines() -> None:
    for rule in RULES:
        for pattern in rule.patterns:
            assert compile_expression(pattern.confirm.encode()).groups <= 1, rule.key


def test_a_secret_stands_once(collector: Secrets) -> None:
    drawn = Drawn(3)
    data = drawn.fill("AWS_ACCESS_KEY_ID=AKIA{base32:16}\nAWS_SECRET_ACCESS_KEY={secret:40}\n")
    assert [fact.rule for fact in look(collector, "srv/app/.env", data) if isinstance(fact, Secret)] == ["aws_access_key"]


def test_windows_give_what_the_whole_gives(collector: Secrets) -> None:
    drawn = Drawn(4)
    data = b"x\n" * 50_000 + drawn.fill("token = {crc:ghp_}\n") + b"y\n" * 50_000
    whole = look(collector, "srv/big.txt", data)
    cut, overlap = 150_000, 65_536
    entry = Entry("srv/big.txt", "file", 0o644, 0, 0, len(data))
    parts = list(collector.collect(FileView(entry, data[:cut], 0, False))) + list(
        collector.collect(FileView(entry, data[cut - overlap :], cut - overlap, True))
    )
    told = [(fact.rule, fact.line, fact.value_id) for fact in parts if isinstance(fact, Secret)]
    assert told == [(fact.rule, fact.line, fact.value_id) for fact in whole if isinstance(fact, Secret)]
    assert len(told) == 1


def test_a_file_that_never_ends_is_still_told(collector: Secrets) -> None:
    data = Drawn(5).fill("token = {crc:ghp_}\n")
    assert list(collector.collect(FileView(Entry("srv/cut", "file", 0o644, 0, 0, 99_999_999), data, 0, False))) == []
    assert [fact.path for fact in collector.finish()] == ["srv/cut"]


def test_more_than_the_limit_is_said(collector: Secrets) -> None:
    drawn = Drawn(6)
    data = b"".join(drawn.fill("t = {crc:ghp_}\n") for _ in range(300))
    facts = look(collector, "srv/many.txt", data)
    assert sum(isinstance(fact, Secret) for fact in facts) == 200
    assert [fact.reason.partition(":")[0] for fact in facts if isinstance(fact, Skipped)] == ["expansion_limit"]


ENCODED = b"; " + base64.b64encode(b'{"type": "none", "of": "the known ones"}') + b"\n"
LEFT_OUT = {
    "srv/app.conf": (b"password = changeme\n" * 2001, "more than 2000 named values in one file"),
    "srv/app.xml": (b"<password>changeme</password>\n" * 2001, "more than 2000 named values in one file"),
    "root/.bash_history": (b"ls -l /srv/app\n" * 20_000, "of the commands what is after 262144 bytes"),
    "srv/a.txt": (ENCODED * 50, ""),
    "srv/b.txt": (ENCODED * 51, "more than 50 encoded texts in one file"),
    "srv/ids.txt": (b"AKIAIOSFODNN7EXAMPLE\n" * 501, "more than 500 places for one rule in one file"),
    "srv/all.conf": (b"password = changeme\n" * 2000, ""),
}


@pytest.mark.parametrize("path", LEFT_OUT)
def test_each_bound_that_leaves_something_out_is_said_once(collector: Secrets, path: str) -> None:
    data, why = LEFT_OUT[path]
    told = [Skipped(path=path, collector="secrets", reason=f"expansion_limit: {why}")] if why else []
    assert look(collector, path, data) == told
    entry = Entry(path, "file", 0o644, 0, 0, 2 * len(data))
    windows = [FileView(entry, data, 0, False), FileView(entry, data, len(data), True)]
    assert [fact for one in windows for fact in collector.collect(one)] == told


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_other_encodings(collector: Secrets, encoding: str) -> None:
    text = Drawn(7).fill("first\r\ntoken = {crc:ghp_}\r\n").decode()
    facts = look(collector, "srv/wide.txt", text.encode(encoding))
    assert [(fact.rule, fact.line) for fact in facts if isinstance(fact, Secret)] == [("github_personal_token", 2)]


def test_folders_of_tests_and_documentation_lower_the_level(collector: Secrets) -> None:
    data = Drawn(8).fill("token = {crc:ghp_}\n")
    levels = [
        fact.level
        for path in ("srv/a.txt", "srv/tests/a.txt", "usr/share/doc/a.txt")
        for fact in look(collector, path, data)
        if isinstance(fact, Secret)
    ]
    assert levels == [Level.HIGH, Level.MEDIUM, Level.MEDIUM]


def test_one_very_long_line_is_bounded(collector: Secrets) -> None:
    drawn = Drawn(10)
    data = b'password="' + b"a1B" * 3_000_000 + b'"' + b"eyJ" * 500_000 + drawn.fill(" {crc:ghp_} ")
    assert "github_personal_token" in [fact.rule for fact in look(collector, "srv/long.txt", data) if isinstance(fact, Secret)]


@pytest.mark.parametrize("config_first", [True, False])
@pytest.mark.parametrize(("named", "told"), [("access", 1), ("/srv/net/access", 1), ("../net/access", 1), ("other", 0), ("", 0)])
def test_a_login_file_that_a_configuration_names(named: str, told: int, config_first: bool) -> None:
    fresh, drawn = Secrets(PassContext(b"a key for tests")), Drawn(3)
    files = [("srv/net/office.conf", f"client\nauth-user-pass {named}\n"), ("srv/net/access", "dev\n{base62:12}\n")]
    for path, text in files if config_first else reversed(files):
        assert look(fresh, path, drawn.fill(text)) == []
    facts = [fact for fact in fresh.finish() if isinstance(fact, Secret)]
    assert [(fact.rule, fact.path, fact.line) for fact in facts] == [("openvpn_cfg", "srv/net/access", 2)] * told
    assert not [value for fact in facts for value in drawn.made if value in fact.model_dump_json()]
