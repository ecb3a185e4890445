"""Nesting that would overflow the C stack of the YAML loader is refused."""

from __future__ import annotations

import pytest

from analyzers.collectors.secrets import Secrets
from analyzers.contract import Entry, FileView, PassContext


@pytest.mark.parametrize("nest", [b"[", b"{a: ", b"- "])
def test_deep_yaml_ends_no_process(nest: bytes) -> None:
    data = b"apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: a\n  user: " + nest * 200_000
    entry = Entry("root/.kube/config", "file", 0o600, 0, 0, len(data))
    list(Secrets(PassContext(b"k" * 32)).collect(FileView(entry, data)))
