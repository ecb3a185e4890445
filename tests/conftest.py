"""What all tests share: the reference data beside the checkout, how hard hypothesis tries, and who comes first."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=_SLOW)
settings.register_profile("fuzz", deadline=timedelta(seconds=20), max_examples=5000, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@lru_cache(None)
def meets_the_system(file: str) -> bool:
    """Whether tests of this file ask for the running system: by the name of its fixture."""
    return "pipeline: Pipeline" in (Path(__file__).parents[1] / file).read_text(encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that meet the running system come first, as they take longest and it can end early; of these first those that change rules,
    which is work for every image that the system knows by then."""
    for item in items:
        if meets_the_system(_file(item.nodeid)):
            item.add_marker("system")
    items.sort(key=lambda item: (not item.get_closest_marker("system"), not item.get_closest_marker("rules")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers a file stays with one of them, and so does the system with all files that meet it."""
    from xdist.scheduler import LoadFileScheduling

    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = lambda nodeid: "system" if meets_the_system(_file(nodeid)) else _file(nodeid)
    return scheduler


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The folder of real advisories, package databases and rules that lies beside the checkout; skips where it is absent."""
    folder = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder}")
    return folder
