"""Which addresses a service listens on, and what switches mean."""

from __future__ import annotations

import re

EVERYWHERE = ("0.0.0.0", "::", "[::]", "*")  # noqa: S104 - what to look for, nothing binds here
_LOOPBACK = re.compile(
    r"(?:localhost\S*|127\.\S+|::1|\[::1\]\S*|ip6-localhost|lo|_local_|@?/\S*|unix:\S*|fd:\S*|\*?127\.\S*|-::1|::ffff:127\.\S+)\Z",
    re.IGNORECASE,
)


def is_loopback(address: str) -> bool:
    """Whether an address, with or without scheme and port, is reachable from inside only. Host names count as reachable."""
    plain = re.sub(r"^[a-z0-9+]+://", lambda found: found[0] if found[0] in ("unix://", "fd://") else "", address.strip().strip("\"'"))
    return bool(_LOOPBACK.match(plain))


def exposed_addresses(value: str) -> list[str]:
    """Those of a list of addresses (separated by commas or spaces) that are reachable from outside."""
    return [one for one in re.split(r"[\s,]+", value.strip().strip("\"'")) if one and not is_loopback(one)]


def is_on(value: str) -> bool:
    return value.strip().strip("\"'").lower() in ("yes", "true", "on", "1", "enabled", "enable")


def is_off(value: str) -> bool:
    return value.strip().strip("\"'").lower() in ("no", "false", "off", "0", "disabled", "disable", "none")
