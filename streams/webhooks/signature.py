"""What a receiver verifies: the headers of a delivery.

Sources: Standard Webhooks ("webhook-id", "webhook-timestamp", "webhook-signature": v1 and the base64 of HMAC-SHA256 over
`id.timestamp.body`, keyed with the bytes of the secret), and GitHub's `X-Hub-Signature-256` (hexadecimal HMAC-SHA256 over the body,
keyed with the secret's text), which many receivers know. Only the first guards against replay: refuse time stamps older than minutes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from streams.webhooks.subscriptions import key_of

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def headers(secret: str, event_id: str, sent_at_s: int, body: bytes) -> dict[str, str]:
    """The headers of one attempt; `sent_at_s` is its time in seconds since 1970."""
    signed = f"{event_id}.{sent_at_s}.".encode() + body
    mac = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": "imagerisk",
        "webhook-id": event_id,
        "webhook-timestamp": str(sent_at_s),
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}",
    }
