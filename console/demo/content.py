"""What lies in the small demo image: a Debian with one planted example for each category. Nothing in it is a real secret or a real
sample; what would look like one to a scanner of this source is put together from parts."""

from __future__ import annotations

import hashlib
import string
from pathlib import Path

from console.demo.oci_archive import HistoryEntry, Member, write_image

SETTINGS: dict[str, object] = {
    "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SHOP_PORT=8000"],
    "WorkingDir": "/srv/shop",
    "Cmd": ["python3", "-m", "shop"],
    "ExposedPorts": {"8000/tcp": {}},
}
HISTORY: tuple[HistoryEntry, ...] = (
    HistoryEntry("ADD rootfs.tar / # buildkit"),
    HistoryEntry("RUN /bin/sh -c curl -fsSL https://get.example.org/install.sh | " + "sh # buildkit"),
    HistoryEntry("COPY shop /srv/shop # buildkit"),
    HistoryEntry('CMD ["python3" "-m" "shop"]', layer=False),
)
_OS_RELEASE = (
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\n'
    "VERSION_CODENAME=bookworm\nID=debian\n"
)
_DPKG = (
    ("curl", "7.88.1-10+deb12u1", "curl", "command line tool for transferring data with URL syntax"),
    ("libcurl4", "7.88.1-10+deb12u1", "curl", "easy-to-use client-side URL transfer library"),
    ("libexpat1", "2.5.0-1", "expat", "XML parsing C library - runtime library"),
    ("base-files", "12.4+deb12u5", "base-files", "Debian base system miscellaneous files"),
)
_APK = "P:busybox\nV:1.36.1-r5\nA:x86_64\no:busybox\nL:GPL-2.0-only\nT:Size optimized toolbox\nF:bin\nR:busybox\n\n"


def write_demo(path: Path) -> str:
    """Write the small demo image; returns its digest."""
    return write_image(path, layers(), SETTINGS, HISTORY)


def layers() -> list[dict[str, Member]]:
    """The layers of the demo image, from the base upward."""
    return [_base(), {"usr/local/bin/installed": _text("installed by the script\n", 0o755)}, _shop()]


def _base() -> dict[str, Member]:
    return {
        "etc/os-release": _text(_OS_RELEASE),
        "etc/debian_version": _text("12.5\n"),
        "etc/passwd": _text("root:x:0:0:root:/root:/bin/bash\nguest:x:1000:1000::/home/guest:/bin/sh\n"),
        "etc/shadow": Member(b"root:*:20000:0:99999:7:::\nguest::20000:0:99999:7:::\n", 0o640, 0, 42),
        "etc/group": _text("root:x:0:\nshadow:x:42:\nguest:x:1000:\n"),
        "etc/ssh/sshd_config": _text("PermitRootLogin yes\nPasswordAuthentication no\n"),
        "var/lib/dpkg/status": _text("".join(_dpkg_entry(*one) for one in _DPKG)),
        "lib/apk/db/installed": _text(_APK),
    }


def _shop() -> dict[str, Member]:
    site = "usr/lib/python3/dist-packages"
    key, secret = (
        "AKIA" + _letters("id", 16, string.ascii_uppercase + "234567"),
        _letters("key", 40, string.ascii_letters + string.digits + "/+"),
    )
    test_file = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"
    return {
        f"{site}/requests-2.19.1.dist-info/METADATA": _text(
            "Metadata-Version: 2.1\nName: requests\nVersion: 2.19.1\nLicense: Apache-2.0\n\n"
        ),
        f"{site}/requests-2.19.1.dist-info/RECORD": _text("requests/__init__.py,,\n"),
        "srv/shop/node_modules/minimist/package.json": _text('{"name": "minimist", "version": "1.2.5", "license": "MIT"}'),
        "srv/shop/.env": _text(f"AWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n"),
        "srv/shop/uploads/invoice.com": _text(test_file),
        "srv/shop/__main__.py": _text("print('shop')\n"),
    }


def _dpkg_entry(name: str, version: str, source: str, summary: str) -> str:
    return (
        f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: net\nMaintainer: Debian\nArchitecture: amd64\n"
        f"Source: {source}\nVersion: {version}\nDescription: {summary}\n\n"
    )


def _letters(seed: str, length: int, alphabet: str) -> str:
    """Letters that look random and are the same every time."""
    stream = b"".join(hashlib.sha256(f"demo {seed} {n}".encode()).digest() for n in range(length // 32 + 2))
    return "".join(alphabet[byte % len(alphabet)] for byte in stream[:length])


def _text(content: str, mode: int = 0o644) -> Member:
    return Member(content.encode(), mode)
