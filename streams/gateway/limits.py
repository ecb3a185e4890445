"""What the gateway takes in: size of a body, depth of its JSON, requests a second."""

from __future__ import annotations

import time

BODY_LIMIT_BYTES = 900_000
"""Below the message limit of the topic that takes the raw body."""
DEPTH_LIMIT = 64
_OPEN, _CLOSE, _QUOTE, _ESCAPE = frozenset(b"[{"), frozenset(b"]}"), 0x22, 0x5C


def too_deep(body: bytes, limit: int = DEPTH_LIMIT) -> bool:
    """Whether JSON is nested deeper than `limit`, told without parsing it."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    depth, quoted, escaped = 0, False, False
    for byte in body:
        if quoted:
            if escaped:
                escaped = False
            elif byte == _ESCAPE:
                escaped = True
            elif byte == _QUOTE:
                quoted = False
        elif byte == _QUOTE:
            quoted = True
        elif byte in _OPEN:
            depth += 1
            if depth > limit:
                return True
        elif byte in _CLOSE:
            depth -= 1
    return False


class Rate:
    """A token bucket for each source: `per_s` a second, `burst` at once."""

    def __init__(self, per_s: float, burst: float) -> None:
        self.per_s, self.burst = per_s, burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, source: str, now: float | None = None) -> bool:
        """Take one token of a source; False if it has none."""
        moment = time.monotonic() if now is None else now
        left, since = self._buckets.get(source, (self.burst, moment))
        left = min(self.burst, left + (moment - since) * self.per_s)
        allowed = left >= 1.0
        self._buckets[source] = (left - 1.0 if allowed else left, moment)
        return allowed
