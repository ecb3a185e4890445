"""The supervisor with small processes: order, restarts, races, and that nothing is ever left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.control import down, up
from infra.local.errors import LocalError
from infra.local.state import ProcessState, read_state, supervisor_pid
from infra.settings import Settings
from tests.flow.local_home import alive, environment, eventually, processes_of, settings_of

TABLE = "tests.flow.dummy_processes:PROCESSES"
UP = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in the background without it
from infra.local.control import up
from infra.settings import load_settings
up(load_settings(), sys.argv[1:], table="{TABLE}")
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    settings = settings_of(tmp_path, monkeypatch)
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    yield settings
    down(settings)
    assert processes_of(settings.home) == []


def states(settings: Settings) -> dict[str, ProcessState]:
    state = read_state(settings)
    return {one.name: one for one in state.processes} if state else {}


def pid_of(settings: Settings, name: str) -> int:
    return states(settings)[name].pid or 0


def grandchild(settings: Settings) -> int:
    return int((settings.home / "grandchild").read_text())


def test_needs_come_first_and_a_one_shot_runs_once(home: Settings) -> None:
    up(home, ["top"], table=TABLE)
    assert {name: one.state for name, one in states(home).items()} == {"base": "running", "once": "stopped", "top": "running"}
    assert (home.home / "once.txt").read_text() == "ran "
    eventually("its output is in its log", lambda: "top is up" in (home.logs / "top.log").read_text())


def test_a_second_up_starts_nothing_twice_and_may_add(home: Settings) -> None:
    up(home, ["base"], table=TABLE)
    before = (supervisor_pid(home), pid_of(home, "base"))
    up(home, ["base"], table=TABLE)
    up(home, ["top", "base"], table=TABLE)
    assert (supervisor_pid(home), pid_of(home, "base")) == before
    assert states(home)["top"].state == "running"


def test_down_ends_all_even_the_stubborn_and_children_of_children(home: Settings) -> None:
    up(home, ["top", "stubborn"], table=TABLE)
    assert down(home)
    assert processes_of(home.home) == []
    assert not down(home)


@pytest.mark.parametrize("name", ["base", "top", "stubborn"])
def test_a_killed_process_comes_back_without_its_old_children(home: Settings, name: str) -> None:
    up(home, ["top", "stubborn"], table=TABLE)
    old, old_grandchild = pid_of(home, name), grandchild(home)
    os.kill(old, signal.SIGKILL)
    eventually("it runs again", lambda: states(home)[name].state == "running" and pid_of(home, name) != old)
    assert states(home)[name].restarts == 1
    assert alive(pid_of(home, name))
    if name == "base":
        assert not alive(old_grandchild)
    assert [one.restarts for other, one in states(home).items() if other != name] == [0, 0, 0]


def test_nothing_outlives_a_killed_supervisor(home: Settings) -> None:
    up(home, ["top", "stubborn"], table=TABLE)
    assert len(processes_of(home.home)) >= 5  # base and its child, top, stubborn, the supervisor
    os.kill(supervisor_pid(home) or 0, signal.SIGKILL)
    eventually("all are gone", lambda: processes_of(home.home) == [])
    assert read_state(home) is None
    up(home, ["top"], table=TABLE)
    assert states(home)["top"].state == "running"


def test_two_ups_at_once_make_one_system(home: Settings) -> None:
    both = [subprocess.Popen([sys.executable, "-c", UP, "top"], env=environment()) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert {one.restarts for one in states(home).values()} == {0}
    assert (home.home / "once.txt").read_text() == "ran "


def test_interrupting_up_stops_what_it_began(home: Settings) -> None:
    starting = subprocess.Popen([sys.executable, "-c", UP, "silent"], env=environment(), stderr=subprocess.DEVNULL)
    eventually("it has started something", lambda: "silent" in states(home) and pid_of(home, "silent") > 0)
    starting.send_signal(signal.SIGINT)
    starting.wait(60)
    assert supervisor_pid(home) is None
    assert processes_of(home.home) == []


def test_interrupting_a_later_up_leaves_what_ran(home: Settings) -> None:
    up(home, ["base"], table=TABLE)
    later = subprocess.Popen([sys.executable, "-c", UP, "silent"], env=environment(), stderr=subprocess.DEVNULL)
    eventually("it has started something", lambda: "silent" in states(home) and pid_of(home, "silent") > 0)
    later.send_signal(signal.SIGINT)
    later.wait(60)
    assert states(home)["base"].state == "running"


def test_one_that_crashes_again_and_again_is_named_with_its_last_words(home: Settings) -> None:
    with pytest.raises(LocalError, match=r"(?s)crasher left with exit code 3.*cannot work.*crasher\.log"):
        up(home, ["base", "crasher"], table=TABLE)
    assert processes_of(home.home) == []


def test_one_that_cannot_be_prepared_is_named_with_the_remedy(home: Settings) -> None:
    with pytest.raises(LocalError, match="refused cannot be started: the thing is missing: get the thing"):
        up(home, ["refused"], table=TABLE)


def test_an_unknown_name_is_refused(home: Settings) -> None:
    with pytest.raises(LocalError, match="no process nobody: name one of base, once"):
        up(home, ["nobody"], table=TABLE)


def test_logs_stay_bounded(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_LOG_SIZE_MB", "1")
    monkeypatch.setenv("IMAGERISK_LOG_FILES", "2")
    up(home, ["talker"], table=TABLE)
    eventually("it was rotated twice", lambda: (home.logs / "talker.log.2").exists())
    down(home)
    files = sorted(path for path in home.logs.glob("talker.log*"))
    assert [path.name for path in files] == ["talker.log", "talker.log.1", "talker.log.2"]
    assert all(path.stat().st_size <= 1 << 20 for path in files)
