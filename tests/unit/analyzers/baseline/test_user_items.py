"""Items of the user: what each check finds, what it needs, what it reads, and how it is told beside ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from analyzers.baseline import ITEMS, Baseline, Selection, evaluate, user_items
from analyzers.baseline.item import Outcome
from analyzers.baseline.user_examples import wrong_examples
from analyzers.collectors.user_items import UserItems
from analyzers.contract import PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import LayerPass
from analyzers.rule_choice import rule_choice
from analyzers.user_rules.globs import name_matcher, path_matcher
from analyzers.user_rules.load import load_rules, sources
from schemas.facts import ImageSettings, Skipped
from schemas.vocabulary import ItemState, ScanState
from streams.inspection import InspectionSettings
from tests.unit.analyzers.baseline.pictures import ALL, CONTEXT, INPUTS, tar_of

HEAD = '[[baseline]]\nid = "mine"\ntitle = "A rule of the shop"\nlevel = "high"\nclass = "shop"\nadvice = "Do so."\n'


def rule(text: str) -> bytes:
    return (HEAD + text).encode()


def view_with(rules: bytes, files: dict[str, Any], **settings: Any) -> ImageView:
    """The files read by our collectors and by the one for these rules."""
    context = replace(CONTEXT, rule_files={"shop.toml": rules})
    layer = LayerPass((*ALL, UserItems), context)
    layer.feed(tar_of(files))
    result = layer.close()
    assert result.state == "succeeded", result.reason
    return ImageView("sha256:0", ("sha256:1",), (*(Located(0, one) for one in result.facts), Located(-1, ImageSettings(**settings))))


def outcome(text: str, files: dict[str, Any] | None = None, **settings: Any) -> Outcome:
    loaded = load_rules(sources({"shop.toml": rule(text)}))
    assert not loaded.problems, loaded.problems
    outcomes = evaluate(view_with(rule(text), files or {}, **settings), replace(INPUTS, user_items=loaded.baseline))
    (found,) = [one for one in outcomes if one.item.rule == "mine"]
    return found


STATUS = "Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.2\n\n"
TELNET = {"var/lib/dpkg/status": STATUS.format("telnet") + STATUS.format("libc6")}
PASSWD = {"etc/passwd": "root:x:0:0::/root:/bin/sh\nshop:x:1000:1000::/:/bin/sh\n"}
FAILED = [
    ('check = "package"\nname = "tel*"', TELNET, {}, "package telnet 1.2"),
    ('check = "package"\nname = ["agent", "agent2"]\nexpect = "present"', TELNET, {}, "no package agent or agent2"),
    ('check = "file"\npath = "srv/**/*.key"\nexpect = "absent"', {"srv/a/b/c.key": "x"}, {}, "file srv/a/b/c.key"),
    ('check = "file"\npath = "/etc/motd"\nexpect = "present"', {"etc/issue": "x"}, {}, "no file /etc/motd"),
    ('check = "file"\npath = "srv/app"\nmax_mode = "0750"', {"srv/app/": 0o755}, {}, "mode 0755, at most 0750"),
    ('check = "file"\npath = "srv/app"\nowner = ["shop", 7]', {**PASSWD, "srv/app": {"text": "x", "uid": 5}}, {}, "owner 5"),
    ('check = "line"\npath = "etc/app.conf"\nregex = "^debug\\\\s*=\\\\s*on"\nexpect = "absent"', {"etc/app.conf": "a=1\ndebug = on\n"}, {},
     "line 2 matches"),
    ('check = "line"\npath = "etc/*.conf"\nregex = "^tls=on$"\nexpect = "present"', {"etc/app.conf": "a=1\n#tls=on\n"}, {},
     "no line matches"),
    ('check = "environment"\nname = "*_DEBUG"\nregex = "^(1|true)$"\nexpect = "absent"', {}, {"env": (("APP_DEBUG", "true"),)},
     "APP_DEBUG is set and matches"),
    ('check = "label"\nname = "org.shop.team"\nexpect = "present"', {}, {"labels": (("a", "b"),)}, "org.shop.team is not set"),
    ('check = "user"\nregex = "^(root|0(:.*)?|)$"\nexpect = "absent"', {}, {"user": ""}, "the user is not set"),
    ('check = "port"\nport = ["8000-8100", 22]', {}, {"ports": ("8080/tcp", "443/tcp")}, "port 8080/tcp is exposed"),
    ('check = "port"\nport = "53/udp"\nexpect = "present"', {}, {"ports": ("53/tcp",)}, "port 53/udp is not exposed"),
]  # fmt: skip
PASSED = [
    ('check = "package"\nname = "telnet"\ntype = "rpm"', TELNET, {}),
    ('check = "package"\nname = "tel*"\nexpect = "present"', TELNET, {}),
    ('check = "file"\npath = "srv/*.key"\nexpect = "absent"', {"srv/a/c.key": "x"}, {}),
    ('check = "file"\npath = "srv/app"\nmax_mode = "0750"\nowner = "shop"',
     {**PASSWD, "srv/app": {"text": "x", "mode": 0o640, "uid": 1000}}, {}),
    ('check = "file"\npath = "srv/app"\nowner_group = "root"\nexpect = "present"', {"srv/app": "x"}, {}),
    ('check = "line"\npath = "**/app.conf"\nregex = "^tls=on$"\nexpect = "present"', {"app.conf": "a\ntls=on\n"}, {}),
    ('check = "environment"\nname = "APP_DEBUG"\nregex = "true"\nexpect = "absent"', {}, {"env": (("APP_DEBUG", "false"),)}),
    ('check = "user"\nregex = "^\\\\d+(:\\\\d+)?$"\nexpect = "present"', {}, {"user": "1000:1000"}),
    ('check = "port"\nport = 22', {}, {"ports": ("2222/tcp",)}),
]  # fmt: skip
ABSENT = [
    ('check = "package"\nname = "telnet"', {}, "The image lists no packages."),
    ('check = "file"\npath = "srv/app"\nmax_mode = "0750"', {"srv/b": "x"}, "None of the files is there."),
    ('check = "line"\npath = "etc/app.conf"\nregex = "a"\nexpect = "present"', {"etc/b.conf": "x"}, "None of the files is there."),
]


@pytest.mark.parametrize(("text", "files", "settings", "evidence"), FAILED)
def test_a_breach(text: str, files: dict[str, Any], settings: dict[str, Any], evidence: str) -> None:
    found = outcome(text, files, **settings)
    assert (found.state, [hit.evidence for hit in found.hits]) == (ItemState.FAILED, [evidence])


@pytest.mark.parametrize(("text", "files", "settings"), PASSED)
def test_no_breach(text: str, files: dict[str, Any], settings: dict[str, Any]) -> None:
    assert outcome(text, files, **settings).state is ItemState.PASSED


@pytest.mark.parametrize(("text", "files", "reason"), ABSENT)
def test_nothing_to_check(text: str, files: dict[str, Any], reason: str) -> None:
    found = outcome(text, files)
    assert (found.state, found.reason) == (ItemState.NOT_APPLICABLE, reason)


def test_an_image_without_a_configuration() -> None:
    loaded = load_rules(sources({"a.toml": rule('check = "user"\nregex = "x"\nexpect = "present"')}))
    outcomes = evaluate(ImageView("sha256:0", ("sha256:1",), ()), replace(INPUTS, user_items=loaded.baseline))
    assert (outcomes[-1].state, outcomes[-1].reason) == (ItemState.NOT_APPLICABLE, "The image has no configuration.")


def test_findings_and_outcomes_stand_beside_ours() -> None:
    text = 'check = "port"\nport = 22\n'
    choice = rule_choice({"a.toml": rule(text) + b"[rules.mine]\nlevel = 'low'\n"})
    report = Baseline().analyze(view_with(rule(text), {}, ports=("22/tcp",)), choice.inputs("baseline", INPUTS))
    (finding,) = [one for one in report.findings if one.rule == "mine"]
    assert (finding.severity, finding.advice, finding.details["class"], finding.path) == ("low", "Do so.", "shop", "config.ExposedPorts")
    assert [one.item for one in report.items][-1] == "mine" and len(report.items) == len(ITEMS) + 1
    assert report.rules.endswith(f"{len(ITEMS) + 1} of {len(ITEMS) + 1} items")
    off = rule_choice({"a.toml": rule(text) + b"[rules.mine]\nenabled = false\n"})
    told = Baseline().analyze(view_with(rule(text), {}, ports=("22/tcp",)), off.inputs("baseline", INPUTS)).items[-1]
    assert (told.state, told.reason) == ("off", "It is switched off.")
    own = user_items(choice.rules.baseline)
    assert Selection(chosen=frozenset({"shop"}), own=own).unknown == [] == Selection(chosen=frozenset({"mine"}), own=own).unknown


def test_only_what_decides_the_facts_has_layers_read_again() -> None:
    def readers(*texts: str) -> set[str]:
        files = {f"{n}.toml": rule(text).replace(b"mine", f"mine{n}".encode()) for n, text in enumerate(texts)}
        return {one for one in InspectionSettings("home", b"key", files).readers("layer") if one.startswith("user_items.")}

    line = 'check = "line"\npath = "a"\nregex = "b"\nexpect = "absent"'
    assert readers() == readers('check = "port"\nport = 22') == readers('check = "package"\nname = "a"') == set()
    assert readers(line) == readers(line + '\nversion = 7\ndescription = "why"', 'check = "user"\nregex = "a"\nexpect = "absent"') != set()
    assert readers(line) != readers(line.replace('"b"', '"c"')) and readers('check = "file"\npath = "a"\nexpect = "absent"') not in (
        set(), readers('check = "file"\npath = "b"\nexpect = "absent"'),
    )  # fmt: skip
    rules = [InspectionSettings("home", b"key", {"a.toml": rule(f'check = "port"\nport = {port}')}).rules() for port in (22, 23)]
    assert {name for name in rules[0] if rules[0][name] != rules[1][name]} == {"baseline"}


def test_lines_are_never_kept() -> None:
    text = 'check = "line"\npath = "a"\nregex = "password"\nexpect = "absent"'
    view = view_with(rule(text), {"a": "password = Zq8-kxTm2r-41\n"})
    assert "Zq8-kx" not in "".join(one.fact.model_dump_json() for one in view.facts)


def test_a_file_that_was_too_large_is_not_evaluated() -> None:
    text = 'check = "line"\npath = "etc/a.conf"\nregex = "x"\nexpect = "absent"'
    loaded = load_rules(sources({"a.toml": rule(text)}))
    for path, state in (("etc/a.conf", ItemState.NOT_EVALUATED), ("etc/b.conf", ItemState.NOT_APPLICABLE)):
        gap = Located(0, Skipped(path=path, collector="user_items", reason="file_too_large: above 4194304 bytes"))
        view = replace(view_with(rule(text), {}), facts=(gap,))
        outcomes = evaluate(view, replace(INPUTS, user_items=loaded.baseline))
        assert outcomes[-1].state is state, path
    context = PassContext(b"k" * 32, {"a.toml": rule(text)})
    layer = LayerPass((UserItems,), context)
    layer.feed(tar_of({"etc/a.conf": "x\n" * 3_000_000}))
    assert [one.reason for one in layer.close().facts if isinstance(one, Skipped)] == ["file_too_large: above 4194304 bytes"]


def test_examples_are_run() -> None:
    text = 'check = "file"\npath = "srv/*.key"\nexpect = "absent"\n{} = {{files = {{"srv/a.key" = "x"}}}}\n{} = {{files = {{"b" = "x"}}}}'
    (record,) = load_rules(sources({"a.toml": rule(text.format("hit", "clean"))})).baseline
    assert wrong_examples(record) == []
    (record,) = load_rules(sources({"a.toml": rule(text.format("clean", "hit"))})).baseline
    assert wrong_examples(record) == ["hit 1 passed", "clean 1 failed: file srv/a.key"]


@pytest.mark.parametrize("text", [
    'check = "package"\nname = "telnet"\nhit = {packages = {telnet = "1"}}\nclean = {packages = {ssh = "1"}}',
    'check = "environment"\nname = "A"\nexpect = "absent"\nhit = {environment = {A = "1"}}\nclean = [{environment = {B = "1"}}, {}]',
    'check = "user"\nregex = "^$"\nexpect = "absent"\nhit = {user = ""}\nclean = {user = "app"}',
    'check = "port"\nport = 22\nhit = {ports = "22/tcp"}\nclean = {ports = ["80/tcp"]}',
    'check = "file"\npath = "a"\nmax_mode = "0640"\nowner = "shop"\n'
    'hit = [{files = {a = {mode = "0644"}}}, {files = {a = {mode = "0600", owner = 5}}}]\n'
    'clean = {files = {a = {mode = "0600", owner = 7}, "etc/passwd" = "shop:x:7:7::/:/bin/sh"}}',
    'check = "line"\npath = "a"\nregex = "^x$"\nexpect = "present"\nhit = {files = {a = "y\\n"}}\nclean = [{files = {a = "x\\n"}}, {}]',
])  # fmt: skip
def test_examples_of_every_check(text: str) -> None:
    (record,) = load_rules(sources({"a.toml": rule(text)})).baseline
    assert wrong_examples(record) == []


def test_bad_records_are_named() -> None:
    texts = ('check = "file"\npath = "a"', 'check = "line"\npath = "a"\nregex = "("\nexpect = "absent"', 'check = "port"\nport = "x"')
    for text in texts:
        loaded = load_rules(sources({"shop.toml": rule(text)}))
        assert loaded.baseline == () and str(loaded.problems[0]).startswith("shop.toml:"), text
        report = Baseline().analyze(view_with(b"", {}), replace(INPUTS, user_items=loaded.baseline))
        assert report.state is ScanState.SUCCEEDED and not [one for one in report.items if one.item == "mine"]


def test_globs() -> None:
    paths = {"a/*.key": ("a/b.key",), "**/x": ("x", "a/b/x"), "a/**": ("a/b", "a/b/c"), "/a[1].c/": ("a[1].c",)}
    for pattern, fitting in paths.items():
        assert all(path_matcher((pattern,)).fullmatch(one) for one in fitting), pattern
    assert not path_matcher(("a/*.key",)).fullmatch("a/b/c.key") and not path_matcher(("**/x",)).fullmatch("ax")
    assert name_matcher(("lib*-dev", "b")).fullmatch("libc6-dev") and not name_matcher(("a.c",)).fullmatch("abc")
    hostile = path_matcher(("**/a*/**/a*/**/a*/**/b",))  # minutes for an engine that goes back
    assert not hostile.fullmatch("a/" * 2000) and hostile.fullmatch("a/" * 2000 + "b") and path_matcher(("é*",)).fullmatch("été")
