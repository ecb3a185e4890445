"""One running system for the flow tests of the whole path; it starts with the first test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flow.local_home import need, processes_of
from tests.flow.pipeline import Pipeline


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """The system, with a registry that notifies it; afterwards nothing of it runs any more."""
    need("mvn", "npm", "node", "docker-registry")
    running = Pipeline(tmp_path_factory.mktemp("pipeline"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
    assert processes_of(running.settings.home) == []
