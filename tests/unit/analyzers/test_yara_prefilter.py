"""What decides whether YARA looks at a file: never less than YARA finds, held against YARA itself."""

from __future__ import annotations

import re
from functools import cache

import pytest
import yara_x
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.sample_rules import PREFILTERS, own_prefilter, own_sources
from analyzers.collectors.yara_conditions import may_match
from analyzers.collectors.yara_prefilter import YaraPrefilter
from tests.unit.analyzers.test_sample_rules import cases

TOLD = re.compile(r"condition:.*?^\}", re.DOTALL | re.MULTILINE)
HEAD = "rule a\n{\n    strings:\n"


@cache
def occurring(group: str) -> yara_x.Rules:
    """The rules of a set, made to match wherever one of their strings occurs."""
    compiler = yara_x.Compiler()
    for name, source in own_sources()[group]:
        compiler.new_namespace(name)
        compiler.add_source(TOLD.sub("condition: any of them\n}", source.decode()))
    return compiler.build()


def strings_by_yara(group: str, data: bytes) -> set[str]:
    found = yara_x.Scanner(occurring(group)).scan(data).matching_rules
    return {rule.identifier + pattern.identifier for rule in found for pattern in rule.patterns if pattern.matches}


@pytest.mark.parametrize("group", sorted(set(PREFILTERS.values())))
def test_every_string_that_yara_finds_in_the_cases_is_found(group: str) -> None:
    prefilter = own_prefilter(group)
    contents = [data for _, _, _, data in cases()]
    missed = [strings_by_yara(group, data) - prefilter.strings_in(data) for data in contents]
    assert [one for one in missed if one] == []
    assert sum(len(strings_by_yara(group, data)) for data in contents) > 50


@given(st.data())
def test_every_string_that_yara_finds_in_pieces_of_cases_is_found(data: st.DataObject) -> None:
    contents = st.sampled_from([one for _, group, _, one in cases() if group in PREFILTERS])
    pieces = []
    for content in data.draw(st.lists(contents, min_size=1, max_size=3)):
        begin = data.draw(st.integers(0, len(content)))
        pieces += [
            content[begin : data.draw(st.integers(begin, len(content)))],
            data.draw(st.sampled_from([b"", b"\n", b" ", b"\0", b"\xff"])),
        ]
    text = b"".join(pieces)
    for group in set(PREFILTERS.values()):
        assert strings_by_yara(group, text) <= own_prefilter(group).strings_in(text)


@pytest.mark.parametrize(
    ("string", "found", "other"),
    [
        ('"ab\\x41\\n"', b"abA\n", b"abB\n"),
        ('"Word" nocase', b"xwORDx", b"w0rd"),
        ('"key" wide', b"k\0e\0y\0", b"key"),
        ('"key" ascii wide', b"key", b"k.e.y."),
        ('"abc" xor(0x01-0x02)', bytes(one ^ 2 for one in b"abc"), b"abc"),
        ("/a.c[\\/]d/", b"abc/d", b"a\nc/d"),
        ("/a.c/s", b"a\nc", b"ac"),
        ("/a\\/[^\\]]x/i // why", b"A/bX", b"a/]x"),
        ("/a{3}b{2,300}c/", b"aaa" + b"b" * 300 + b"c", b"aabbc"),
        ("/ab[cd]/ wide", b"a\0b\0d\0", b"abd"),
        ("{ 01 ?? 3? [1-2] (41 | 42) ?F }", b"\x01\xff\x3c..\x42\x0f", b"\x01\xff\x4c..\x42\x0f"),
    ],
)
def test_strings(string: str, found: bytes, other: bytes) -> None:
    source = f"{HEAD}        $a = {string}\n    condition:\n        any of them\n}}\n".encode()
    prefilter = YaraPrefilter((("a", source),))
    assert [prefilter.may_match(data) for data in (found, b"-" + found + b"-", other)] == [True, True, False]
    compiler = yara_x.Compiler(relaxed_re_syntax=True)
    compiler.add_source(source.decode())
    scanner = yara_x.Scanner(compiler.build())
    assert [bool(scanner.scan(data).matching_rules) for data in (found, other)] == [True, False]


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ("$a and $b or $c", ["ab", "c"], ["a", "b"]),
        ("$a and ($b or $c)", ["ab", "ac"], ["a", "bc"]),
        ("2 of ($a, $b, $c)", ["ab", "abc"], ["a", ""]),
        ("all of them", ["abcd", "abcde"], ["abc"]),
        ("any of ($a*)", ["a"], ["b"]),
        ("#a > 2 and filesize < 10KB", ["a"], ["b"]),
        ("$a and #b >= 0", ["a"], ["b"]),
        ("$a and not $b", ["a", "ab"], ["b"]),
        ("known and $a", ["ad"], ["a", "d"]),
    ],
)
def test_conditions(condition: str, holds: list[str], fails: list[str]) -> None:
    check = may_match("r", condition, ("$a", "$b", "$c", "$d"), {"known": lambda seen: "r$d" in seen})
    assert [check({f"r${one}" for one in seen}) for seen in holds] == [True] * len(holds)
    assert [check({f"r${one}" for one in seen}) for seen in fails] == [False] * len(fails)


@pytest.mark.parametrize(
    "condition", ["", "$z", "unknown", "$a and", "($a", "$a $b", "for any of them : ($)", "uint16(0) == 1", "#a > $b", "%"]
)
def test_conditions_that_are_not_understood(condition: str) -> None:
    with pytest.raises(ValueError, match="r"):
        may_match("r", condition, ("$a", "$b"), {})


@pytest.mark.parametrize(
    ("string", "condition", "said"),
    [
        ('"a" base64', "$a", "unknown form"),
        ("/a+/ wide", "$a", "without repetitions"),
        ("/ä/", "$a", "beyond ASCII"),
        ('"abcd"', "not $a", "none of its own strings"),
    ],
)
def test_rules_that_cannot_be_looked_for_are_refused(string: str, condition: str, said: str) -> None:
    source = f"{HEAD}        $a = {string}\n    condition:\n        {condition}\n}}\n".encode()
    with pytest.raises(ValueError, match=said):
        YaraPrefilter((("a", source),))
