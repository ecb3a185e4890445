"""Items see the final file system: whiteouts, opaque folders, replaced folders, modes that a later layer changed, links, capabilities."""

from __future__ import annotations

import io
import struct
import tarfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from analyzers.baseline import evaluate
from analyzers.baseline.item import Hit
from analyzers.collectors.file_modes import capabilities_of
from analyzers.image import ImageView, LayerContents, Located, hidden_places
from analyzers.layer import LayerPass
from schemas.facts import ImageSettings
from tests.unit.analyzers.baseline.pictures import ALL, CONTEXT, INPUTS, tar_of


def hits(rule: str, *layers: dict[str, Any] | bytes) -> tuple[Hit, ...]:
    """What an item says about a stack of layers, the lowest first; a layer is a picture or a tar."""
    facts, stack = [Located(-1, ImageSettings())], []
    for number, layer in enumerate(layers):
        one = LayerPass(ALL, CONTEXT)
        one.feed(layer if isinstance(layer, bytes) else tar_of(layer))
        result = one.close()
        facts += [Located(number, fact) for fact in result.facts]
        entries = frozenset(result.entries.splitlines())
        stack.append(LayerContents(f"sha256:{number}", "", 0, entries, result.whiteouts, result.opaques))
    hidden = hidden_places(stack, {(one.layer, one.fact.path) for one in facts if one.layer >= 0})
    view = ImageView("sha256:0", tuple(one.digest for one in stack), tuple(facts), hidden)
    (found,) = [one for one in evaluate(view, replace(INPUTS)) if one.item.rule == rule]
    return found.hits


SETUID = {"opt/tool/": 0o755, "opt/tool/run": {"text": "x", "mode": 0o4755}}


@pytest.mark.parametrize(
    "later",
    [{"opt/tool/.wh.run": ""}, {"opt/.wh.tool": ""}, {"opt/tool/.wh..wh..opq": ""}, {"opt/tool": "a file now"},
     {"opt/tool/run": {"text": "x", "mode": 0o755}}, {".wh..wh..opq": ""}],
)  # fmt: skip
def test_what_a_later_layer_removed_or_changed_is_not_judged(later: dict[str, Any]) -> None:
    assert [hit.path for hit in hits("unexpected_setuid", SETUID)] == ["opt/tool/run"]
    assert hits("unexpected_setuid", SETUID, later) == ()


def test_what_stays_is_judged_with_its_own_layer() -> None:
    (kept,) = hits("unexpected_setuid", SETUID, {"opt/tool/.wh.other": "", "opt/toolbox": "x"})
    assert (kept.layer, kept.path) == (0, "opt/tool/run")
    (again,) = hits("unexpected_setuid", SETUID, {"opt/tool/.wh..wh..opq": "", "opt/tool/run": {"text": "y", "mode": 0o2755}})
    assert (again.layer, again.subject) == (1, "setgid")
    (folder,) = hits("world_writable_dir_without_sticky", {"srv/data/": 0o777}, {"srv/data/file": "x"})
    assert folder.path == "srv/data"
    assert hits("world_writable_dir_without_sticky", {"srv/data/": 0o777}, {"srv/data/": 0o1777}) == ()


def test_hard_links_are_programs_of_their_own_and_symbolic_ones_are_not() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind in (("usr/bin/su", tarfile.REGTYPE), ("opt/second", tarfile.LNKTYPE), ("opt/third", tarfile.SYMTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode = kind, "" if kind == tarfile.REGTYPE else "usr/bin/su", 0o4755
            tar.addfile(member)
    assert [hit.path for hit in hits("unexpected_setuid", out.getvalue())] == ["opt/second"]
    assert [hit.path for hit in hits("unexpected_setuid", out.getvalue(), {"usr/bin/.wh.su": ""})] == ["opt/second"]


def test_configuration_is_that_of_the_last_layer() -> None:
    below = {"etc/ssh/sshd_config": "Include /etc/ssh/sshd_config.d/*.conf\n", "etc/ssh/sshd_config.d/a.conf": "PermitRootLogin yes\n"}
    assert hits("permit_root_login", below) != ()
    assert hits("permit_root_login", below, {"etc/ssh/sshd_config.d/.wh.a.conf": ""}) == ()
    assert hits("permit_root_login", below, {"etc/ssh/sshd_config": "PermitRootLogin no\n"}) == ()
    (hit,) = hits("nonroot_uid0", {"etc/passwd": "root:x:0:0::/:/bin/sh\n"}, {"etc/passwd": "root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:\n"})
    assert hit.layer == 1


@pytest.mark.parametrize("form", [
    lambda low, high: struct.pack("<3I", 0x01000001, low, 0),
    lambda low, high: struct.pack("<5I", 0x02000001, low, 0, high, 0),
    lambda low, high: struct.pack("<6I", 0x03000001, low, 0, high, 0, 100_000),
])  # fmt: skip
def test_capabilities_of_every_revision(form: Callable[[int, int], bytes]) -> None:
    """Source: linux/capability.h: struct vfs_cap_data, vfs_ns_cap_data."""
    raw = form(1 << 21, 0)
    assert capabilities_of(raw) == ("cap_sys_admin",)
    (hit,) = hits("dangerous_file_capability", {"opt/tool": {"text": "x", "mode": 0o755, "cap": raw.hex()}})
    assert hit.subject == "cap_sys_admin"
    assert hits("dangerous_file_capability", {"opt/tool": {"text": "x", "cap": form(1 << 10, 0).hex()}}) == ()


def test_capabilities_of_the_upper_word() -> None:
    assert capabilities_of(struct.pack("<5I", 0x02000001, 0, 0, 1 << 7, 0)) == ("cap_bpf",)
