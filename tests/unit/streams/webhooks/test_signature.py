"""Signatures against the published example of Standard Webhooks."""

from __future__ import annotations

import hashlib
import hmac

from streams.webhooks.signature import headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_published_example() -> None:
    made = headers(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330")


def test_the_other_signature_is_over_the_body_with_the_text_of_the_secret() -> None:
    kind, _, value = headers(SECRET, "a", 1, BODY)["X-Hub-Signature-256"].partition("=")
    assert (kind, value) == ("sha256", hmac.digest(SECRET.encode(), BODY, hashlib.sha256).hex())
    assert value != headers(SECRET, "a", 1, BODY + b" ")["X-Hub-Signature-256"].partition("=")[2]
