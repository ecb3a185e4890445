"""Images for the flow tests: a small Debian with one planted thing for each category, written as OCI archives and read back as blobs."""

from __future__ import annotations

import gzip
import hashlib
import json
import string
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from console.demo.oci_archive import HistoryEntry, Member, write_image

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def random_letters(seed: str, length: int, alphabet: str) -> str:
    """Letters that look drawn at random and are the same every time."""
    stream = b"".join(hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(length // 32 + 2))
    return "".join(alphabet[byte % len(alphabet)] for byte in stream[:length])


ACCESS_KEY = "AKIA" + random_letters("flow id", 16, string.ascii_uppercase + "234567")
SECRET_KEY = random_letters("flow key", 40, string.ascii_letters + string.digits)
DATABASE_PASSWORD = random_letters("flow database", 24, string.ascii_letters + string.digits)
BUILD_TOKEN = "ghp_" + random_letters("flow token", 36, string.ascii_letters + string.digits)
SECRETS = (ACCESS_KEY, SECRET_KEY, DATABASE_PASSWORD, BUILD_TOKEN)
"""In a file, in the environment and in the history: none of them may be found anywhere but in the image."""

HISTORY = (
    HistoryEntry("ADD rootfs.tar / # buildkit"),
    HistoryEntry("RUN /bin/sh -c curl -fsSL https://get.example.org/setup.sh | " + "sh # buildkit"),
    HistoryEntry(f"ENV GITHUB_TOKEN={BUILD_TOKEN}", layer=False),
)
TEST_VIRUS = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"
_DPKG = (
    "Package: {0}\nStatus: install ok installed\nArchitecture: amd64\nSource: {0}\nVersion: {1}\nMaintainer: Debian\nDescription: {0}\n\n"
)


def write_records(folder: Path, *records: Mapping[str, Any]) -> Path:
    """OSV records, one file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for record in records:
        (folder / f"{record['id']}.json").write_text(json.dumps(record), encoding="utf-8")
    return folder


def osv(name: str, ecosystem: str, package: str, fixed: str, **more: Any) -> dict[str, Any]:
    """An OSV record: every version before `fixed` is affected."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    return {
        "schema_version": "1.6.0", "id": name, "modified": "2026-01-01T00:00:00Z", "published": "2023-10-11T00:00:00Z",
        "summary": f"A flaw in {package}", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": {"ecosystem": ecosystem, "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}], **more,
    }  # fmt: skip


ADVISORIES = (
    osv("DEBIAN-CVE-2023-38545", "Debian:12", "curl", "7.88.1-10+deb12u4", upstream=["CVE-2023-38545"]),
    osv("GHSA-x84v-xcm2-53pg", "PyPI", "requests", "2.20.0", aliases=["CVE-2018-18074"]),
)
"""What is known about the packages of the sample images."""


def base_layer(mark: str) -> dict[str, Member]:
    """A Debian 12 with an account that needs no password. `mark` changes the layer and no finding."""
    return {
        "etc/os-release": text('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
        "var/lib/dpkg/status": text(_DPKG.format("curl", "7.88.1-10+deb12u1") + _DPKG.format("dpkg", "1.21.22")),
        "etc/passwd": text("root:x:0:0:root:/root:/bin/bash\nguest:x:1000:1000::/home/guest:/bin/sh\n"),
        "etc/shadow": Member(b"root:*:20000:0:99999:7:::\nguest::20000:0:99999:7:::\n", 0o640, 0, 42),
        "usr/share/doc/base": text(mark),
    }


def application_layer(mark: str) -> dict[str, Member]:
    """A Python package with a known flaw, a file with keys, and the standard test virus."""
    return {
        "usr/lib/python3/dist-packages/requests-2.19.1.dist-info/METADATA": text(
            "Metadata-Version: 2.1\nName: requests\nVersion: 2.19.1\n\n"
        ),
        "srv/shop/.env": text(f"AWS_ACCESS_KEY_ID={ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={SECRET_KEY}\n"),
        "srv/shop/uploads/test.com": text(TEST_VIRUS),
        "usr/share/doc/shop": text(mark),
    }


@dataclass(frozen=True)
class Image:
    """An image as it is pushed: the bytes of its manifest, and its blobs by digest."""

    manifest: bytes
    blobs: Mapping[str, bytes]
    media_type: str = MANIFEST

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)

    @property
    def layers(self) -> list[str]:
        return [layer["digest"] for layer in json.loads(self.manifest)["layers"]]

    @property
    def config(self) -> str:
        return str(json.loads(self.manifest)["config"]["digest"])


def sample(folder: Path, mark: str, *, base: str = "", layers: Sequence[Mapping[str, Member]] = ()) -> Image:
    """An image with at least one risk of each category; `base` marks a base layer that several images share."""
    stack = list(layers) or [base_layer(base or mark), application_layer(mark)]
    path = folder / f"{mark}.tar"
    write_image(path, stack, {"Env": ["PATH=/usr/bin:/bin", f"DATABASE_PASSWORD={DATABASE_PASSWORD}"], "Cmd": ["sh"]}, HISTORY)
    return read_archive(path)


def read_archive(path: Path) -> Image:
    """The image in an OCI archive."""
    with tarfile.open(path) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        content = {name: file.read() for name, file in files.items() if file}
    digest = json.loads(content["index.json"])["manifests"][0]["digest"]
    blobs = {f"sha256:{name[13:]}": blob for name, blob in content.items() if name.startswith("blobs/sha256/")}
    return Image(blobs.pop(digest), blobs)


def with_last_layer(image: Image, blob: bytes, diff_id: str) -> Image:
    """The image with another last layer: any bytes, and the diff id that the configuration gives."""
    manifest, config = json.loads(image.manifest), json.loads(image.blobs[image.config])
    config["rootfs"]["diff_ids"][-1] = diff_id
    settings = json.dumps(config).encode()
    manifest["config"] |= {"digest": digest_of(settings), "size": len(settings)}
    manifest["layers"][-1] |= {"digest": digest_of(blob), "size": len(blob)}
    kept = {digest: image.blobs[digest] for digest in image.layers[:-1]}
    blobs = {**kept, digest_of(settings): settings, digest_of(blob): blob}
    return replace(image, manifest=json.dumps(manifest).encode(), blobs=blobs)


def packed(data: bytes) -> bytes:
    """The same gzip file for the same data."""
    return gzip.compress(data, 9, mtime=0)


def digest_of(data: bytes) -> str:
    """sha256:<hex>."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def text(content: str, mode: int = 0o644) -> Member:
    """A file."""
    return Member(content.encode(), mode)
