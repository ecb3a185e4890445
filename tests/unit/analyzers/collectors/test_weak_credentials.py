"""Password files of services: what is not read of a long one is said."""

from __future__ import annotations

import pytest

from analyzers.collectors.weak_credentials import MAX_LINES, WeakCredentials
from schemas.facts import Configuration, Skipped
from tests.unit.analyzers.collectors.collecting import collected


@pytest.mark.parametrize(("path", "line"), [("etc/rsyncd.secrets", b"# none\n"), ("srv/.htpasswd", b"# none\n")])
def test_lines_after_the_limit_are_told_once(path: str, line: bytes) -> None:
    user = b"backup:backup\n"
    within, beyond = (collected(WeakCredentials, {path: data}) for data in (user + line * (MAX_LINES - 1), line * MAX_LINES + user))
    assert [type(fact) for fact in within] == [Configuration]
    assert beyond == [Skipped(path=path, collector="weak_credentials", reason=f"expansion_limit: lines after {MAX_LINES}")]
