"""Package URLs, written by hand because an image has thousands. Source: purl specification, core and the definitions of its types.

Tests hold `package_url` against packageurl-python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

_PLAIN = re.compile(r"[A-Za-z0-9._~:-]*\Z")
_LOWER_NAMES = frozenset(
    {"alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "github", "gitlab", "hex", "luarocks", "npm", "oci", "pub", "pypi", "qpkg"}
)
_LOWER_NAMESPACES = frozenset({"alpm", "apk", "bitbucket", "composer", "deb", "github", "gitlab", "hex", "luarocks", "qpkg", "rpm"})


def encoded(text: str, safe: str = "") -> str:
    """Percent-encoded but for unreserved characters and the colon (core specification, "Character encoding")."""
    return text if _PLAIN.match(text) else quote(text, safe=":" + safe)


def package_url(kind: str, namespace: str, name: str, version: str, qualifiers: Mapping[str, str] | None = None) -> str:
    """Canonical purl; empty qualifiers are left out. A name with slashes (`@scope/name`, a Go module path) gives its namespace."""
    if not namespace and "/" in name and kind != "generic":
        namespace, _, name = name.rpartition("/")
    if kind in _LOWER_NAMES:
        name = name.lower()
    if kind in _LOWER_NAMESPACES:
        namespace = namespace.lower()
    if kind in ("pypi", "hackage"):
        name = name.replace("_", "-")
    elif kind == "pub":
        name = re.sub(r"[^a-z0-9]", "_", name)
    parts = [f"pkg:{kind}"]
    parts.extend(encoded(part) for part in namespace.split("/") if part)
    parts.append(encoded(name))
    purl = "/".join(parts)
    if version:
        purl += "@" + encoded(version)
    if qualifiers:
        pairs = [f"{key}={encoded(value, '/')}" for key, value in sorted(qualifiers.items()) if value]
        if pairs:
            purl += "?" + "&".join(pairs)
    return purl
