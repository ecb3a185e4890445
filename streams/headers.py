"""Headers of messages: CloudEvents 1.0 attributes and the trace (W3C Trace Context)."""

from __future__ import annotations

import hashlib
import random
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from schemas.messages import Message


def new_trace() -> str:
    """A trace id: 32 hex digits (W3C Trace Context)."""
    return secrets.token_hex(16)


def event_headers(source: str, message: Message, value: bytes, trace: str) -> dict[str, bytes]:
    """CloudEvents 1.0 attributes (Kafka protocol binding, binary mode) and the trace. Equal payloads have equal ids."""
    return {
        **_fixed_headers(source, type(message).__name__),
        "ce_id": hashlib.blake2b(value, digest_size=16).hexdigest().encode(),
        "ce_time": _second(int(time.time())),
        "traceparent": f"00-{trace}-{random.getrandbits(64):016x}-01".encode(),
    }


@lru_cache(256)
def _fixed_headers(source: str, kind: str) -> dict[str, bytes]:
    return {
        "ce_specversion": b"1.0", "ce_source": f"/imagerisk/{source}".encode(), "ce_type": f"imagerisk.{kind}".encode(),
        "content-type": b"application/avro",
    }  # fmt: skip


@lru_cache(2)
def _second(seconds: int) -> bytes:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)).encode()


def trace_of(headers: Mapping[str, Any] | None) -> str:
    """The trace id in the headers, a new one if there is none."""
    parts = header_text((headers or {}).get("traceparent", b"")).split("-")
    return parts[1] if len(parts) == 4 and len(parts[1]) == 32 else new_trace()


def header_text(value: Any) -> str:
    """A header as text; bytes that are none are escaped."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
