"""Further rules of the class `cloud_key`: forms that providers brought in so that a token names itself."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules.build import token

_CLOUD = "cloud_key"

RULES: tuple[Rule, ...] = (
    token(  # Cloudflare, Fundamentals, "Token formats": 40 characters and a checksum, which is eight hex digits
        "cloudflare_api_token",
        _CLOUD,
        "Cloudflare API token",
        r"cf(?:k|ut|at)_[0-9A-Za-z]{40}[0-9a-f]{8}",
        "cfut_{base62:40}{hex:8}",
        "cfk_{base62:40}{hex:8}",
        entropy=3.5,
    ),
    token(  # Vercel, changelog "New token formats": personal, integration, app access and refresh tokens, API keys
        "vercel_token",
        _CLOUD,
        "Vercel access token",
        r"vc[piark]_[0-9A-Za-z_-]{50,80}",
        "vcp_{base62:56}",
        "vck_{base62:56}",
        entropy=4.0,
        checks=("mixed_case",),
    ),
    token(  # AWS, Bedrock user guide, short-term keys: a signed address in base64 that begins with the service's host
        "aws_bedrock_key",
        _CLOUD,
        "Amazon Bedrock API key",
        r"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[0-9A-Za-z+/=_-]{40,900}",
        "bedrock-api-key-{bedrock}",
        after="",
        entropy=3.5,
    ),
)
