"""Rule files: good rules count, bad ones are named with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.user_rules.load import MAX_BYTES, UserRules, load_rules, sources
from analyzers.user_rules.records import FileItem, PackageItem, PortItem
from analyzers.user_rules.toml_lines import TomlLines

PATTERN = '[[pattern]]\nid = "shop_token"\ntitle = "Token of the shop"\nregex = {}\n'


def load(text: str, name: str = "shop.toml") -> UserRules:
    return load_rules(sources({name: text.encode()}))


def told(text: str) -> list[str]:
    return [str(one) for one in load(text).problems]


def test_every_kind_of_rule() -> None:
    rules = load(
        '''
title = "Rules of the shop"
[[pattern]]
id = "shop_token"
version = 3
level = "high"
class = "saas_token"
title = "Token of the shop"
regex = """\\\\bshop_[a-z0-9]{20}\\\\b"""
hit = ["token: shop_x", { path = "srv/a.env", text = "x" }]
[[build_command]]
id = "shop_telnet"
title = "telnet"
match = [{ program = "telnet", unless = { option = "-q" } }, { instruction = "ADD", arguments = "^http:" }]
[[baseline]]
id = "shop_no_gcc"
title = "No compiler"
check = "package"
name = ["gcc", "g++*"]
[[baseline]]
id = "shop_key_mode"
title = "Mode of the key"
check = "file"
path = "etc/shop/*.key"
max_mode = "0600"
owner = ["root", 0]
[[baseline]]
id = "shop_ports"
title = "Ports"
check = "port"
port = [22, "8000-8100/tcp"]
[rules.permit_root_login]
enabled = false
[rules.shop_token]
level = "low"
'''
    )
    assert rules.problems == ()
    [pattern], [command] = rules.patterns, rules.build_commands
    assert (pattern.version, pattern.level, pattern.group, pattern.regex) == (3, "high", "saas_token", r"\bshop_[a-z0-9]{20}\b")
    assert [(one.path, one.text) for one in pattern.hit] == [("srv/app/example.txt", "token: shop_x"), ("srv/a.env", "x")]
    assert [one.instruction for one in command.match] == [("RUN",), ("ADD",)]
    package, file, port = rules.baseline
    assert isinstance(package, PackageItem) and isinstance(file, FileItem) and isinstance(port, PortItem)
    assert (package.expect, file.max_mode, file.owner, port.port) == ("absent", "0600", ("root", 0), ("22", "8000-8100/tcp"))
    assert (rules.switches["permit_root_login"].enabled, rules.switches["shop_token"].level) == (False, "low")
    assert str(rules.origins["shop_key_mode"]) == "shop.toml:20"
    assert len(rules.every) == 5


def test_problems_name_file_line_and_reason_and_cost_only_their_rule() -> None:
    rules = load(
        """# rules
[[pattern]]
id = "good"
title = "t"
regex = 'shop_[0-9]{8}'

[[pattern]]
id = "misspelled"
title = "t"
regx = 'x'

[[pattern]]
id = "no spaces"
title = "t"
regex = 'x'
[[build_command]]
id = "half"
title = "t"
[[build_command.match]]
program = "curl"
[[build_command.match]]
instruction = "RUNN"
[[baseline]]
id = "what"
title = "t"
check = "filee"
[[baseline]]
id = "mode"
title = "t"
check = "file"
path = "x"
max_mode = "rw-r--r--"
[[pattern]]
id = "good"
title = "again"
regex = 'y'
[rules.permit_root_login]
levle = "low"
[patterns]
"""
    )
    assert [one.id for one in rules.patterns] == ["good"]
    assert [(one.line, one.rule, one.lost) for one in sorted(rules.problems, key=lambda one: one.line)] == [
        (10, "misspelled", True), (13, "no spaces", True), (22, "half", True), (23, "what", True), (32, "mode", True), (33, "good", True),
        (38, "permit_root_login", False), (39, "", False),
    ]  # fmt: skip
    texts = "\n".join(str(one) for one in rules.problems)
    assert "shop.toml:10: misspelled: unknown key 'regx': did you mean regex?" in texts
    assert "match.instruction: Input should be 'ADD'" in texts
    assert "check must be one of package, file" in texts
    assert "the id is taken by the rule at shop.toml:2" in texts
    assert "unknown table or key 'patterns': did you mean pattern?" in texts


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("'(a+)+$'", "repeats a repetition"),
        ("'x(?:[a-z]+|y)*z'", "repeats a repetition"),
        ("'((a{1,100}){1,100}){1,100}'", "repetitions within each other may come to 1000"),
        ("'" + "[a-z]{900}" * 25 + "'", "too large"),
        ("'a*'", "matches the empty text"),
        (r"'\b'", "matches the empty text"),
        ("'(?=a)b'", "RE2 does not take it"),
        (r"'(a)\1'", "RE2 does not take it"),
        ("'[а-я]{8}'", "beyond ASCII"),
        ("'('", "RE2 does not take it: missing )"),
        ("''", "needs a regex"),
        ("'x'\nsecret_group = 1", "the regex has 0 groups"),
    ],
)
def test_expressions_that_are_refused(expression: str, reason: str) -> None:
    [problem] = load(PATTERN.format(expression)).problems
    assert reason in problem.reason and problem.line in (1, 4) and problem.lost


def test_all_patterns_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analyzers.user_rules.load.MAX_STEPS", 100)
    rules = load(PATTERN.format("'shop_[a-z]{40}'") + PATTERN.format("'shop-[a-z]{60}'").replace("shop_token", "other"))
    assert [one.id for one in rules.patterns] == ["shop_token"]
    assert "all patterns together are too large" in rules.problems[0].reason


@pytest.mark.parametrize("expression", [r"'a(?i)b\z'", r"'(?:-?\w+)+x'", "'пароль=\\S+'", r"'[^]a]b'", r"'\Qa+)+\E'", "'(?:[+*]+ )+x'"])
def test_expressions_that_are_taken(expression: str) -> None:
    assert told(PATTERN.format(expression)) == []


def test_a_file_that_cannot_be_read_costs_no_other() -> None:
    rules = load_rules(sources({
        "a.toml": b"x = = 1\n", "b.toml": b"# \xff\n", "c.toml": b"x = " + b"[" * 50_000, "d.yar": b"rule", "e.toml": b"",
        "f.toml": b"#" * (MAX_BYTES + 1),
        "good.toml": PATTERN.format("'shop_[a-z]{9}'").encode(),
    }))  # fmt: skip
    assert [one.id for one in rules.patterns] == ["shop_token"]
    assert [(one.file, one.line, one.category) for one in rules.problems] == [("a.toml", 1, ""), ("b.toml", 1, ""), ("c.toml", 1, ""),
        ("f.toml", 0, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["pattern = 3", "pattern = [1]", "rules = 3", "rules = [1]", "[rules]\nx = 1", "[[rules]]\nallowlist = 1"])
def test_tables_of_the_wrong_kind_are_named(text: str) -> None:
    assert len(load(text).problems) >= 1


def test_the_form_of_gitleaks() -> None:
    rules = load(
        r"""
title = "leaks"
[extend]
useDefault = true
[allowlist]
paths = ['''\.lock$''']
stopwords = ["abcdef"]
[[allowlists]]
targetRules = ["other"]
regexes = ['''x''']
[[rules]]
id = "shop-token"
description = "A token of the shop"
regex = '''shop-([a-z]{9})\z'''
secretGroup = 1
entropy = 2.5
keywords = ["shop-"]
tags = ["x"]
[[rules.allowlists]]
condition = "AND"
regexTarget = "line"
paths = ['''\.md$''']
regexes = ['''sample''']
[[rules]]
id = "broken"
regex = '''(?=x)'''
[[rules]]
id = "by-name"
path = '''\.p12$'''
[[rules]]
id = "pair"
regex = '''x'''
required = [{ id = "shop-token" }]
"""
    )
    assert [(one.id, one.level, one.secret_group, one.entropy, one.files) for one in rules.patterns] == [
        ("shop-token", "high", 1, 2.5, ()), ("by-name", "high", 0, 0.0, (r"\.p12$",)),
    ]  # fmt: skip
    allowed = rules.patterns[0].allowed
    assert [(one.paths, one.about, one.every, one.words) for one in allowed] == [
        ((r"\.md$",), "line", True, ()), ((r"\.lock$",), "value", False, ("abcdef",)),
    ]  # fmt: skip
    assert [(one.line, one.rule, one.lost) for one in rules.problems] == [(3, "", False), (26, "broken", True), (33, "pair", True)]


def test_every_rule_of_a_real_gitleaks_file_loads(reference_data: Path) -> None:
    file = reference_data / "rules" / "gitleaks.toml"
    rules = load_rules(sources({file.name: file.read_bytes()}))
    assert rules.problems == () and len(rules.patterns) == file.read_text().count("\n[[rules]]\n")


def test_lines_of_a_document() -> None:
    lines = TomlLines(
        "a = 1\nb = '''\n[[no]]\nc = 2\n'''\nd = [\n  \"x]\", # ]\n  ['y'],\n]\n"
        '[t."u.v"]\nk . l = {m = 1}\n[[p]]\n[[p.q]]\nx = 1\n[[p.q]]\nx = 2\n'
    )
    places: dict[tuple[str | int, ...], int] = {
        ("a",): 1, ("b",): 2, ("d",): 6, ("t", "u.v"): 10, ("t", "u.v", "k", "l", "m"): 11, ("p", 0): 12, ("p", 0, "q", 1, "x"): 16,
        ("nowhere",): 1,
    }  # fmt: skip
    assert {place: lines.at(place) for place in places} == places


@given(st.text(alphabet="[]\"'#=\n ab.{}\\", max_size=60))
def test_nothing_raises(text: str) -> None:
    load(text)
    TomlLines(text)
