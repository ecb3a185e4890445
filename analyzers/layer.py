"""One pass over a layer: every byte is read once, unpacked, hashed and offered to the collectors; out come facts.

The caller feeds the blob as it arrives and closes the pass. Whatever the bytes are, the pass ends with a LayerResult in bounded memory;
only programming errors raise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzers.contract import Collector, PassContext
from analyzers.decompress import LONGEST_MAGIC, DecompressionError, Stream, decompressor, detect
from analyzers.members import Members
from analyzers.offering import LAYER, LimitReached
from analyzers.tar import TarReader
from analyzers.tar_headers import TarError
from schemas.facts import Fact
from schemas.vocabulary import Reason

VERSION = 1  # of what the pass itself tells; raising it reads known layers again
State = Literal["succeeded", "partial", "failed"]
STEP = 64 * 1024  # packed bytes between two looks at the expansion, whatever the size of the chunks
LAYER_TYPES = ("tar", "+gzip", "+zstd", ".gzip", ".zstd", "+bzip2", "+xz")


@dataclass(frozen=True)
class Limits:
    """What a layer may cost. Beyond `expansion_after` unpacked bytes (holes of sparse files count) it may be at most `expansion` times
    as large as packed; deflate cannot go far above 1,000, zeros in separate blocks reach about that."""

    expansion: int = 900
    expansion_after: int = 100 * 1024 * 1024
    tar_bytes: int = 64 * 1024**3
    members: int = 5_000_000
    facts: int = 500_000


@dataclass(frozen=True)
class LayerResult:
    """What one layer holds. `told`: what each collector says of it, and under members.LAYER what the pass itself has to say. `size` counts
    packed bytes, `tar_size` unpacked ones; `diff_id` is empty when not all was unpacked.

    `entries` are all member paths, one a line (control characters in names are written as backslash escapes), folders with a trailing
    slash. `state`: partial when the facts are those of a part of the layer, failed when there are none to rely on; `reason` begins
    with a vocabulary.Reason then. Of a layer that succeeded it may be a remark (`no end marker`)."""

    digest: str
    diff_id: str
    size: int
    tar_size: int
    members: int
    state: State
    reason: str = ""
    told: Mapping[str, Sequence[Fact]] = field(default_factory=dict)
    entries: str = ""
    whiteouts: frozenset[str] = frozenset()
    opaques: frozenset[str] = frozenset()

    @property
    def facts(self) -> list[Fact]:
        """All facts, collector by collector."""
        return [fact for facts in self.told.values() for fact in facts]


class LayerPass:
    """`feed` the packed bytes in any chunks, then `close` once. `digest`, `diff_id` and `size` are what the manifest and the image
    configuration promise; None where nothing is known. An empty `media_type` leaves it to the first bytes."""

    def __init__(
        self, collectors: Sequence[type[Collector]], context: PassContext, *, digest: str | None = None, diff_id: str | None = None,
        size: int | None = None, media_type: str = "", limits: Limits | None = None,
    ) -> None:  # fmt: skip
        self._limits = limits or Limits()
        self._promised = digest, diff_id, size
        self._blob, self._tar = hashlib.sha256(), hashlib.sha256()
        self._size = self._consumed = self._tar_size = self._offered = 0
        self._remark = ""
        self._head = b""
        self._stream: Stream | None = None
        self._members = Members(collectors, context, self._count, self._limits.members, self._limits.facts)
        self._reader: TarReader | None = TarReader(self._members)
        self._unpacking = True
        self._trouble: tuple[Reason, str] | None = None
        if media_type and not media_type.endswith(LAYER_TYPES):
            self._stop(Reason.UNSUPPORTED_LAYER, media_type[:200])
            self._unpacking = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the blob. Once the layer turned out to be bad they are only counted and hashed."""
        self._blob.update(chunk)
        self._size += len(chunk)
        if not self._unpacking:
            return
        if self._stream is None:
            chunk = self._head + chunk
            if len(chunk) < LONGEST_MAGIC:
                self._head = chunk
                return
            self._stream = decompressor(detect(chunk[:LONGEST_MAGIC]))
        self._unpack(self._stream, chunk)

    def close(self) -> LayerResult:
        """The result of the pass."""
        if self._unpacking:
            self._end()
        try:
            self._members.finish()
        except LimitReached as limit:
            self._stop(limit.reason, limit.text)
        members, broken = self._members, self._broken_promise()
        diff_id = f"sha256:{self._tar.hexdigest()}" if self._unpacking else ""
        state, reason = self._verdict(broken, diff_id)
        identity = f"sha256:{self._blob.hexdigest()}", diff_id, self._size, self._tar_size, members.members, state, reason
        if broken:
            return LayerResult(*identity)
        return LayerResult(*identity, members.facts, members.names(), frozenset(members.whiteouts), frozenset(members.opaques))

    def _unpack(self, stream: Stream, chunk: bytes) -> None:
        for start in range(0, len(chunk), STEP):
            if self._unpacking:
                self._unpack_step(stream, chunk[start : start + STEP])

    def _unpack_step(self, stream: Stream, chunk: bytes) -> None:
        self._consumed += len(chunk)
        try:
            for piece in stream.feed(chunk):
                self._tar.update(piece)
                self._tar_size += len(piece)
                self._check(self._tar_size)
                if self._reader is not None:
                    self._read(self._reader, piece)
        except DecompressionError as error:
            self._stop(Reason.CORRUPT_LAYER, str(error))
            self._unpacking = False
        except LimitReached as limit:
            self._stop(limit.reason, limit.text)
            self._unpacking = False

    def _read(self, reader: TarReader, piece: bytes) -> None:
        try:
            reader.feed(piece)
        except TarError as error:
            self._stop(Reason.CORRUPT_LAYER, f"{error}, after {self._members.members} members")

    def _end(self) -> None:
        if self._stream is None:
            self._stream = decompressor(detect(self._head))
            self._unpack(self._stream, self._head)
        if self._unpacking and not self._stream.complete:
            self._stop(Reason.TRUNCATED_LAYER, f"the compressed data is cut after {self._members.members} members")
            self._unpacking = False
        if self._reader is None:
            return
        try:
            self._remark = self._reader.close()
        except TarError as error:
            self._stop(Reason.TRUNCATED_LAYER, f"{error}, after {self._members.members} members")
        except LimitReached as limit:
            self._stop(limit.reason, limit.text)
        if self._reader is not None and self._reader.trailing:
            self._members.skip("", LAYER, f"{Reason.UNREADABLE}: data after the end of the archive, which no runtime reads")

    def _count(self, offered: int) -> None:
        self._offered += offered
        self._check(self._offered)

    def _check(self, unpacked: int) -> None:
        limits = self._limits
        if unpacked > limits.tar_bytes:
            raise LimitReached(Reason.LAYER_TOO_LARGE, f"more than {limits.tar_bytes:,} bytes unpacked")
        if unpacked > limits.expansion_after and unpacked > limits.expansion * self._consumed:
            raise LimitReached(Reason.EXPANSION_LIMIT, f"more than {limits.expansion} times larger unpacked than packed")

    def _stop(self, reason: Reason, text: str) -> None:
        """Read no further members; the first trouble is the one that is told."""
        self._reader = None
        self._trouble = self._trouble or (reason, text)

    def _broken_promise(self) -> str:
        digest, _, size = self._promised
        if size is not None and size != self._size:
            return f"{Reason.SIZE_MISMATCH}: {self._size} bytes instead of {size}"
        found = f"sha256:{self._blob.hexdigest()}"
        return f"{Reason.DIGEST_MISMATCH}: the blob is {found}" if digest is not None and digest != found else ""

    def _verdict(self, broken_promise: str, diff_id: str) -> tuple[State, str]:
        if broken_promise:
            return "failed", broken_promise
        if self._trouble is not None:
            return "partial" if self._members.members else "failed", ": ".join(self._trouble)
        promised = self._promised[1]
        if promised and promised != diff_id:
            return "failed", f"{Reason.DIGEST_MISMATCH}: the unpacked layer is {diff_id}, not the diff id {promised}"
        return "succeeded", self._remark


def inspect_layer(
    chunks: Iterable[bytes], collectors: Sequence[type[Collector]], context: PassContext, *, digest: str | None = None,
    diff_id: str | None = None, size: int | None = None, media_type: str = "", limits: Limits | None = None,
) -> LayerResult:  # fmt: skip
    """A whole pass over a blob at hand, for callers that need not wait for it."""
    one = LayerPass(collectors, context, digest=digest, diff_id=diff_id, size=size, media_type=media_type, limits=limits)
    for chunk in chunks:
        one.feed(chunk)
    return one.close()
