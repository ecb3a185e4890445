"""The ClamAV client against daemons that answer, hang, die, refuse and babble: a verdict or a reason, never an exception."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from analyzers.antivirus import Verdict
from streams.clamd import FAILURES, Clamd, ClamdError, ClamdSettings, ask, signature_date, verdict_of
from streams.clamd_signatures import follow_signatures, signatures
from tests.unit.streams.clamd_server import Server, babbling, deaf, dying, failing, hanging, judging, limiting


def send(clamd: Clamd, *pieces: bytes) -> Verdict:
    one = clamd.begin(sum(map(len, pieces)))
    for piece in pieces:
        one.send(piece)
    return one.verdict()


def test_found_and_clean(tmp_path: Path) -> None:
    with Server(judging).at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address))
        assert send(clamd, b"x" * 300_000 + b"bad") == Verdict("infected", "Local.Miner")
        assert send(clamd, b"good") == send(clamd, b"") == Verdict("clean")
        assert send(clamd, b"ba", b"", b"d").state == "infected"
        assert not clamd.absent


def test_tcp() -> None:
    with Server(judging).at(("127.0.0.1", 0)) as address:
        assert send(Clamd(ClamdSettings(address)), b"bad").state == "infected"


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (hanging, "no answer within 0.3 seconds"), (deaf, "no answer within 0.3 seconds"), (dying, "the daemon hung up without an answer"),
        (babbling, "the daemon says xxx"), (failing, "the daemon says Can't allocate memory ERROR"),
    ],
)  # fmt: skip
def test_a_bad_daemon_is_not_asked_for_ever(talk: object, why: str, tmp_path: Path) -> None:
    server = Server(talk)  # type: ignore[arg-type]
    with server.at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address), file_s=0.3)
        verdicts = [send(clamd, b"content" * 400_000) for _ in range(FAILURES + 3)]
    assert all(one.state == "unknown" and one.note.startswith(why) for one in verdicts), verdicts
    assert server.asked == FAILURES and clamd.absent


def test_an_answer_in_between_gives_new_trust(tmp_path: Path) -> None:
    answers = iter([failing, failing, judging, failing, failing, judging])
    with Server(lambda connection: next(answers)(connection)).at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address))
        assert [send(clamd, b"x").state for _ in range(6)] == ["unknown", "unknown", "clean"] * 2
        assert not clamd.absent


def test_a_daemon_that_hangs_from_the_beginning_costs_one_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.clamd.GREETING_S", 0.2)
    server = Server(judging)
    server.serve = deaf  # type: ignore[method-assign]
    with server.at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address), file_s=30)
        assert {send(clamd, b"x").note for _ in range(50)} == {f"{address} does not answer"}
        assert clamd.absent


def test_an_absent_daemon(tmp_path: Path) -> None:
    for address in (str(tmp_path / "none"), f"unix://{tmp_path}/none", "tcp://127.0.0.1:1", "tcp://127.0.0.1:notaport"):
        clamd = Clamd(ClamdSettings(address))
        verdict = send(clamd, b"x")
        assert verdict.state == "unknown" and verdict.note.startswith(address) and clamd.absent
        with pytest.raises(ClamdError):
            ask(address, "PING")


def test_the_daemons_own_limit_is_learnt(tmp_path: Path) -> None:
    server = Server(limiting)
    with server.at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address))
        assert "size limit exceeded" in send(clamd, b"x" * 5000).note
        assert send(clamd, b"x" * 5000).note == "larger than 4999 bytes"
        assert send(clamd, b"x" * 900).state == "clean"
        assert server.asked == 2 and not clamd.absent
        huge = clamd.begin(3_000_000)
        assert huge.verdict().state == "unknown"


def test_hanging_up_within_a_large_content_leaves_the_answer(tmp_path: Path) -> None:
    with Server(limiting).at(tmp_path / "s") as address:
        assert "size limit exceeded" in send(Clamd(ClamdSettings(address)), b"x" * 3_000_000, b"y" * 3_000_000).note


def test_bounds_of_bytes_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(judging)
    with server.at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address, max_bytes=10, blob_s=5))
        assert send(clamd, b"x" * 11).note == "larger than 10 bytes"
        clamd.spent_s = 6
        assert send(clamd, b"x").note == "more than 5 seconds for this layer"
        monkeypatch.setattr("streams.clamd.BLOB_BYTES", 4)
        assert send(Clamd(ClamdSettings(address)), b"12345").note == "more than 4 bytes in this layer"
        assert server.asked == 0


def test_a_dropped_content_is_no_failure(tmp_path: Path) -> None:
    with Server(judging).at(tmp_path / "s") as address:
        clamd = Clamd(ClamdSettings(address))
        one = clamd.begin(100)
        one.send(b"half")
        one.drop()
        assert send(clamd, b"bad").state == "infected" and not clamd.absent


@pytest.mark.parametrize("signature", ["Heuristics.Limits.Exceeded.MaxFileSize", "Heuristics.Encrypted.Zip"])
def test_what_the_engine_says_of_itself_is_no_infection(signature: str) -> None:
    assert verdict_of(f"stream: {signature} FOUND") == Verdict("unknown", signature, f"the daemon says {signature}")


def test_known_layers_follow_the_database_from_time_to_time(tmp_path: Path) -> None:
    server = Server(judging)
    with server.at(tmp_path / "s") as address:
        assert signature_date(address) == date(2025, 11, 3)
        assert signatures(tmp_path) == "" and follow_signatures(tmp_path, address, 30)
        assert signatures(tmp_path) == "2025-11-03" and not follow_signatures(tmp_path, address, 30)
        server.version = "ClamAV 1.4.6/27529/Tue Dec  2 09:41:02 2025"
        assert not follow_signatures(tmp_path, address, 30) and follow_signatures(tmp_path, address, 29)
        assert signatures(tmp_path) == "2025-12-02"
        server.version = "ClamAV 1.4.6/29999/Fri Dec 31 09:41:02 2027"
        assert not follow_signatures(tmp_path, address, 0)
        server.version = "ClamAV 1.4.6"
        assert signature_date(address) is None and not follow_signatures(tmp_path, address, 1)
    assert not follow_signatures(tmp_path, address, 1)
    (tmp_path / "clamav" / "signatures.txt").write_bytes(b"\xff damaged")
    assert signatures(tmp_path) == ""
