"""One running system for the flow tests of the whole path: from the first test that asks for it to the last file that meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flow.local_home import need, processes_of
from tests.flow.pipeline import Pipeline

_RUNNING: list[Pipeline] = []


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """End the system before the tests that do not meet it: idle it takes a quarter of a processor."""
    if nextitem is None or not nextitem.get_closest_marker("system"):
        while _RUNNING:
            _RUNNING.pop().stop()


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The system, with a registry that notifies it; afterwards nothing of it runs any more."""
    need("mvn", "npm", "node", "docker-registry")
    running = Pipeline(tmp_path_factory.mktemp("pipeline"))
    try:
        running.start()
        _RUNNING.append(running)
        yield running
    finally:
        running.stop()
    assert processes_of(running.settings.home) == []
