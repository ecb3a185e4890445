"""Images that lie, are damaged or blow up: each ends failed or partial with a reason, and the next image goes on."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.pipeline import Pipeline
from tests.flow.sample_images import Image, digest_of, packed, with_last_layer
from tests.flow.test_push import event

pytestmark = pytest.mark.flow


def overwritten(blob: Path) -> None:
    """The middle is zeros."""
    data = bytearray(blob.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(40)
    blob.write_bytes(data)


def swapped(blob: Path) -> None:
    """Another blob of the same length, which is a fine layer."""
    size, data = blob.stat().st_size, packed(archive({"srv/other": b"other"}))
    blob.write_bytes(data + bytes(max(0, size - len(data))))


def cut(blob: Path) -> None:
    blob.write_bytes(blob.read_bytes()[: blob.stat().st_size // 2])


def emptied(blob: Path) -> None:
    blob.write_bytes(b"")


def lost(blob: Path) -> None:
    blob.unlink()


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def no_tar(image: Image) -> Image:
    data = b"these lines are no tar archive\n" * 5000
    return with_last_layer(image, packed(data), digest_of(data))


def no_gzip(image: Image) -> Image:
    data = b"these lines are not compressed\n" * 5000
    return with_last_layer(image, data, digest_of(data))


def ends_in_a_member(image: Image) -> Image:
    data = archive({"srv/first": b"first", "srv/second": bytes(9000)})[:4096]
    return with_last_layer(image, packed(data), digest_of(data))


def another_diff_id(image: Image) -> Image:
    data = archive({"srv/first": b"first"})
    return with_last_layer(image, packed(data), digest_of(b"something else"))


def bomb(image: Image) -> Image:
    """One file of 300 MB of zeros in 300 kB."""
    size = 300 << 20
    member = tarfile.TarInfo("srv/zeros")
    member.size = size
    head = member.tobuf(tarfile.GNU_FORMAT)
    packer, digest, block = zlib.compressobj(9, zlib.DEFLATED, 31), hashlib.sha256(head), bytes(1 << 20)
    parts = [packer.compress(head)]
    for _ in range(size // len(block)):
        digest.update(block)
        parts.append(packer.compress(block))
    digest.update(bytes(1024))
    parts += [packer.compress(bytes(1024)), packer.flush()]
    return with_last_layer(image, b"".join(parts), f"sha256:{digest.hexdigest()}")


DAMAGED: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "overwritten": (overwritten, {"digest_mismatch", "corrupt_layer"}),
    "swapped": (swapped, {"digest_mismatch"}),
    "cut": (cut, {"size_mismatch", "digest_mismatch", "truncated_layer", "registry_unreachable"}),
    "emptied": (emptied, {"size_mismatch", "digest_mismatch", "truncated_layer", "registry_unreachable"}),
    "lost": (lost, {"layer_missing", "image_not_found", "registry_unreachable"}),
}
MADE: dict[str, tuple[Callable[[Image], Image], set[str]]] = {
    "no tar": (no_tar, {"corrupt_layer", "unsupported_layer", "truncated_layer"}),
    "no gzip": (no_gzip, {"corrupt_layer", "unsupported_layer", "truncated_layer"}),
    "ends in a member": (ends_in_a_member, {"truncated_layer"}),
    "another diff id": (another_diff_id, {"digest_mismatch"}),
    "bomb": (bomb, {"expansion_limit"}),
}


@pytest.fixture(scope="module")
def pushed(pipeline: Pipeline) -> dict[str, str]:
    """What was wrong -> digest; the last, `fine`, is an image with nothing wrong. All are pushed before any is waited for."""
    digests = {}
    for what, (damage, _) in DAMAGED.items():
        image = pipeline.image("damaged")
        repository = f"bad/{what}"
        digests[what] = pipeline.registry.push(repository, "1.0", image, "quiet")
        damage(pipeline.registry.stored(image.layers[1]))  # then only is it announced
        assert pipeline.notify(event(repository, image.digest, "1.0")) == 202
    for what, (make, _) in MADE.items():
        digests[what] = pipeline.registry.push(f"bad/{what.replace(' ', '-')}", "1.0", make(pipeline.image("made")))
    digests["fine"] = pipeline.registry.push("bad/fine", "1.0", pipeline.image("fine"))
    return digests


def test_the_next_image_goes_on(pipeline: Pipeline, pushed: dict[str, str]) -> None:
    pipeline.await_success(pushed["fine"])


@pytest.mark.parametrize(("what", "reasons"), [(what, case[1]) for what, case in [*DAMAGED.items(), *MADE.items()]])
def test_a_bad_image_ends_with_a_reason(pipeline: Pipeline, pushed: dict[str, str], what: str, reasons: set[str]) -> None:
    states = pipeline.await_scan(pushed[what])
    bad = {category: reason for category, (state, reason) in states.items() if state != "succeeded"}
    assert set(bad) == set(states), "each category depends on the layer and says that it is not complete"
    assert {reason.partition(":")[0] for reason in bad.values()} <= reasons, bad
    assert {state for state, _ in states.values()} <= {"partial", "failed"}


def test_what_was_read_of_a_bad_image_is_told(pipeline: Pipeline, pushed: dict[str, str]) -> None:
    """The base layer was fine: what it holds is in the table."""
    for what in ("no tar", "overwritten", "bomb"):
        pipeline.await_scan(pushed[what])
        assert {row["package"] for row in pipeline.risks(pushed[what])} >= {"curl"}, what
