"""Laws: mutated input never breaks a collector, and what a layer hides is not judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers.baseline import Baseline, evaluate
from analyzers.collectors.formats.structured import tree
from analyzers.contract import Collector, Entry, FileView
from analyzers.dispatch import Dispatch
from analyzers.image import Located
from schemas.facts import Fact
from schemas.vocabulary import ItemState, Reason
from tests.unit.analyzers.baseline.pictures import CONTEXT, INPUTS, OWN, outcome_of, view_of

FOLDER = Path(__file__).resolve().parents[3] / "cases" / "baseline"
SEEDS = [
    (path, value if isinstance(value, str) else str(value.get("text", "")))
    for file in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text(encoding="utf-8")).values()
    for picture in (*case["hit"], *case["clean"])
    for path, value in picture.items()
    if not path.startswith("$") and isinstance(value, str | dict)
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file of the cases, cut, doubled, or with foreign bytes inside."""
    path, text = draw(st.sampled_from(SEEDS))
    data = text.encode()
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(data)))
        piece = draw(
            st.one_of(
                st.binary(max_size=12), st.sampled_from([b"{" * 50, b"[" * 50, b"&a *a", b"<!--", b'"', b"\\\n", b":" * 20, b"(" * 30])
            )
        )
        data = data[:place] + piece + data[draw(st.integers(place, len(data))) :]
    return path, data


@given(mutated())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_collectors_and_items_survive(sample: tuple[str, bytes]) -> None:
    path, data = sample
    file = FileView(Entry(path=path, type="file", mode=0o644, uid=0, gid=0, size=len(data)), data)
    facts: list[Fact] = []
    for kind in OWN:
        collector: Collector = kind(CONTEXT)
        offered = Dispatch([collector]).wanting(path, data[:16])
        facts += [*collector.entry(file.entry), *(collector.collect(file) if offered else ()), *collector.finish()]
    view = replace(view_of({}), facts=tuple(Located(0, fact) for fact in facts))
    assert not [one.reason for one in evaluate(view, INPUTS) if one.reason.startswith(Reason.DETECTOR_CRASHED)]


def test_a_yaml_bomb_stays_small() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 12)]
    text = "\n".join([*lines, "net: {bindIp: 0.0.0.0}", ""])
    assert outcome_of("hc_image_exploit.mongodb", {"etc/mongod.conf": text}).state in (ItemState.NOT_APPLICABLE, ItemState.FAILED)


@pytest.mark.parametrize("piece", ["[", "{a: ", "- ", "? ", "&a [*a, "])
def test_deep_nesting_neither_crashes_nor_hides(piece: str) -> None:
    """Deep nesting is refused with a reason, in the process that reads it."""
    report = Baseline().analyze(view_of({"etc/mongod.conf": piece * 200_000}), INPUTS)
    assert report.findings == [] and report.skipped[0].reason.startswith("unreadable")


def test_leaves_of_a_tree() -> None:
    text = "a:\n  b: [1, {c: 2}]\n  ? [x]\n  : 3\nd: &on true\ne: *on\n---\nf: ''\n"
    leaves = [(one.line, one.name, one.value) for one in tree(text)]
    assert leaves == [(2, "a.b", "1"), (2, "a.b.c", "2"), (3, "a", "x"), (4, "a", "3"), (5, "d", "true"), (6, "e", "true"), (8, "f", "")]


def test_what_a_later_layer_removed_is_not_judged() -> None:
    view = view_of({"root/.rhosts": "+ +\n"})
    assert [one.rule for one in Baseline().analyze(view, INPUTS).findings] == ["host_trust"]
    hidden = replace(view, hidden=frozenset({(0, "root/.rhosts")}))
    assert Baseline().analyze(hidden, INPUTS).findings == []


def test_many_writable_files_are_one_finding() -> None:
    files: dict[str, Any] = {f"srv/app/{number}": {"text": "x", "mode": 0o666} for number in range(50)}
    files["opt/one"] = {"text": "x", "mode": 0o666}
    hits = outcome_of("world_writable_file", files).hits
    assert {hit.path for hit in hits} == {"srv/app", "opt/one"}


def test_a_setuid_program_that_no_package_owns() -> None:
    """A known name at a known place is not enough where the image tells what packages brought."""
    status = "Package: base\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n"
    owned = "".join(f"/usr/share/base/{number}\n" for number in range(200))
    files: dict[str, Any] = {
        "var/lib/dpkg/status": status,
        "var/lib/dpkg/info/base.list": owned + "/bin/su\n",
        "usr/bin/su": {"text": "x", "mode": 0o4755},
        "usr/bin/ping": {"text": "x", "mode": 0o4755},
    }
    assert [hit.path for hit in outcome_of("unexpected_setuid", files).hits] == ["usr/bin/ping"]


def test_examples_in_documentation_are_not_judged() -> None:
    text = "[ftp]\npath = /var/www/pub\n"
    assert outcome_of("hc_image_exploit.rsync", {"usr/share/doc/rsync/examples/rsyncd.conf": text}).hits == ()
    assert outcome_of("hc_image_exploit.rsync", {"etc/rsyncd.conf": text}).hits != ()
