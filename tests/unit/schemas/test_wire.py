"""Messages on the wire: old bytes decode for ever, committed schemas are those of the code, damage is told."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Finding, SkippedItem
from schemas.messages import MESSAGES, BlobRequested, DeadLetter, FindingsPart, ImageReady, Message
from schemas.vocabulary import CategoryId
from schemas.wire import FOLDER, HEAD_BYTES, Undecodable, decode, encode, head_of, record

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.bin")), ids=lambda path: path.stem)
def test_golden_bytes_decode(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    decoded = decode(path.read_bytes())
    known = decoded.model_dump(mode="json")
    assert type(decoded).__name__ == path.stem.partition(".")[0]
    assert {name: known[name] for name in expected} == expected  # later fields have defaults


def test_every_message_has_golden_bytes() -> None:
    assert {path.stem.partition(".")[0] for path in GOLDEN.glob("*.bin")} == {model.__name__ for model in MESSAGES}


@pytest.mark.parametrize("model", MESSAGES, ids=lambda model: model.__name__)
def test_committed_schema_is_that_of_the_model(model: type[Message]) -> None:
    committed = json.loads((FOLDER / f"{model.__name__}.avsc").read_text(encoding="utf-8"))
    assert committed == record(model, set()), "run `python -m schemas.wire`, and keep the old schema"


def test_heads_are_distinct() -> None:
    heads = {head_of(json.loads(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.avsc")}
    assert len(heads) == len(list(FOLDER.glob("*.avsc")))
    assert all(len(head) == HEAD_BYTES and head[0] == 0 for head in heads)


def test_a_nested_message_comes_back() -> None:
    finding = Finding(id="f" * 32, category=CategoryId.BASELINE, rule="r", severity="high", aliases=["a"], score=1.5, details={"k": "v"})
    part = FindingsPart(
        image_digest="sha256:1", category="baseline", cause="push", requested_at=1, analyzed_at=2, part=0, final=True,
        findings=[finding], total=1, state="succeeded", skipped=[SkippedItem(path="p", reason="file_too_large")],
    )  # fmt: skip
    assert decode(encode(part)) == part


@pytest.mark.parametrize("payload", [None, b"", b"\0", b"\0abcd", b"\1" + b"x" * 50, b"{}" * 10])
def test_what_is_no_message_is_undecodable(payload: bytes | None) -> None:
    with pytest.raises(Undecodable):
        decode(payload)


@given(st.binary(max_size=200))
def test_any_body_after_a_known_head_decodes_or_is_undecodable(body: bytes) -> None:
    head = encode(ImageReady(image_digest="d", cause="push", requested_at=1))[:HEAD_BYTES]
    with contextlib.suppress(Undecodable):
        decode(head + body)


@given(st.binary(max_size=100), st.text(max_size=50), st.integers(0, 2**62))
def test_dead_letters_keep_any_bytes(value: bytes, reason: str, offset: int) -> None:
    letter = DeadLetter(topic="t", partition=0, offset=offset, key=b"\xff", value=value, step="s", reason=reason, died_at=1)
    assert decode(encode(letter)) == letter


def test_bytes_too_many_are_told() -> None:
    request = BlobRequested(registry="r", repository="p", digest="d", media_type="m", size=1, part="layer", requested_at=1)
    with pytest.raises(Undecodable, match="too many"):
        decode(encode(request) + b"x")
