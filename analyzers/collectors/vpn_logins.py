"""Login files that only a configuration of OpenVPN tells from any two words: the name on one line, the password on the next.

Source: openvpn(8), --auth-user-pass."""

from __future__ import annotations

import posixpath
import re

from analyzers.collectors.patterns.checksums import is_url_password
from analyzers.collectors.patterns.engine import Found
from analyzers.collectors.patterns.values import is_placeholder
from analyzers.collectors.secret_rules import by_key

MAX_LOGIN = 400
_POINTER = re.compile(rb"(?m)^[ \t]{0,40}auth-user-pass[ \t]{1,40}[\"']?([^\s\"'#;]{1,400})")
_LOGIN = re.compile(rb"[^\s#]{1,128}[ \t\r]{0,4}\n([^\s#][^\s]{2,200})\s{0,4}")
_RULE = by_key()["openvpn_cfg"]


def named_login(path: str, data: bytes) -> set[str]:
    """Paths of the login files that a configuration names, seen from its folder and from the root; none for other files."""
    if not path.endswith((".ovpn", ".conf")) or b"auth-user-pass" not in data:
        return set()
    names = [name.decode("utf-8", "surrogateescape") for name in _POINTER.findall(data)]
    return {posixpath.normpath(posixpath.join("/", posixpath.dirname(path), name)).lstrip("/") for name in names}


def login(data: bytes) -> Found | None:
    """The password of a file that holds a name and a password and nothing else."""
    if len(data) > MAX_LOGIN or data.count(b"\n") not in (1, 2) or not (found := _LOGIN.fullmatch(data)):
        return None
    value = found[1].decode("utf-8", "surrogateescape")
    return None if is_placeholder(value) or not is_url_password(value) else Found(_RULE, value, *found.span(1))
