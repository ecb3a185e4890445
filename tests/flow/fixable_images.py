"""Images that can be fixed: a real Debian with apt, one made-up package with a flaw, and a package source that has the fixed version.

The Debian is made once by mmdebstrap from the sources that apt is configured with, and kept in the cache folder. The package source is a
folder in the flat form of sources.list(5), served over HTTP on loopback."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import json
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.settings import load_settings
from tests.flow.sample_images import MANIFEST, Image, digest_of, osv, packed

PACKAGE, OLD, FIXED = "sample-tool", "1.0-1", "1.0-2"
FLAW = "CVE-2024-99001"
UNFIXED_FLAW = "CVE-2024-99002"
SETTINGS: Mapping[str, Any] = {
    "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SHOP=yes"], "Cmd": ["sleep", "1"],
    "Entrypoint": ["/usr/bin/env"], "User": "1000:1000", "WorkingDir": "/srv", "Labels": {"org.example.team": "shop"},
    "ExposedPorts": {"8080/tcp": {}}, "StopSignal": "SIGINT",
}  # fmt: skip


def advisories() -> list[dict[str, Any]]:
    """One flaw of the package with a fixed version, one without."""
    unfixed = osv(f"DEBIAN-{UNFIXED_FLAW}", "Debian:12", PACKAGE, FIXED, upstream=[UNFIXED_FLAW])
    unfixed["affected"][0]["ranges"][0]["events"] = [{"introduced": "0"}]
    return [osv(f"DEBIAN-{FLAW}", "Debian:12", PACKAGE, FIXED, upstream=[FLAW]), unfixed]


LEFT_OUT = ("doc", "man", "locale")
"""Folders of /usr/share that Debian's slim images do not have either: a third of all files."""


def debian_layer() -> bytes:
    """A packed layer: Debian 12 with apt and nothing else."""
    path = load_settings().cache / "tests" / "debian-12-apt-slim.tar.gz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            made = Path(scratch) / "root.tar"
            slim = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in LEFT_OUT]
            script = ["mmdebstrap", "--quiet", "--variant=apt", "--mode=root", *slim, "bookworm", str(made)]
            source = subprocess.run(
                ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: bookworm"],
                capture_output=True, text=True, check=True,
            ).stdout.split()[0]  # fmt: skip
            subprocess.run([*script, source], check=True, timeout=300)
            draft = Path(scratch) / "root.tar.gz"
            draft.write_bytes(gzip.compress(made.read_bytes(), 1, mtime=0))
            draft.replace(path)
    return path.read_bytes()


def fixable_image(mark: str, *, damage: Mapping[str, bytes] | None = None) -> Image:
    """The Debian with the old package. `damage`: files of a last layer, by path."""
    base = debian_layer()
    plain = gzip.decompress(base)
    with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
        status = next(
            file.read() for member in archive if member.name.lstrip("./") == "var/lib/dpkg/status" and (file := archive.extractfile(member))
        )
    record = (
        f"Package: {PACKAGE}\nStatus: install ok installed\nPriority: optional\nSection: misc\nInstalled-Size: 12\n"
        "Maintainer: Shop <shop@example.org>\n"
        f"Architecture: all\nVersion: {OLD}\nDescription: a sample\n\n"
    )
    checksum = hashlib.md5(b"1.0\n", usedforsecurity=False).hexdigest()
    files = {
        "var/lib/dpkg/status": status.rstrip(b"\n") + b"\n\n" + record.encode(),
        f"var/lib/dpkg/info/{PACKAGE}.list": b"/.\n/usr\n/usr/share\n/usr/share/sample-tool\n/usr/share/sample-tool/version\n",
        f"var/lib/dpkg/info/{PACKAGE}.md5sums": f"{checksum}  usr/share/sample-tool/version\n".encode(),
        "usr/share/sample-tool/version": b"1.0\n", "usr/share/doc/mark": mark.encode(),
    }  # fmt: skip
    layers = [plain, _tar(files), *([_tar(damage)] if damage else [])]
    blobs = [base, *(packed(layer) for layer in layers[1:])]
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z", "config": SETTINGS,
        "rootfs": {"type": "layers", "diff_ids": [digest_of(layer) for layer in layers]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": f"ADD layer {n} # buildkit"} for n in range(len(layers))],
    }).encode()  # fmt: skip
    layer_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest_of(config), "size": len(config)},
        "layers": [{"mediaType": layer_type, "digest": digest_of(blob), "size": len(blob)} for blob in blobs],
    }).encode()  # fmt: skip
    return Image(manifest, {digest_of(blob): blob for blob in (*blobs, config)})


def _tar(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size, member.mode, member.mtime = len(data), 0o644, 1767225600
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


@contextlib.contextmanager
def package_source(folder: Path, version: str = FIXED) -> Iterator[Path]:
    """Serve the package in a version; yields a folder with `apt.list` that names the source. The package's own script tells whether it
    can reach this machine past the package manager."""
    root, served = folder / "package", folder / "served"
    (root / "DEBIAN").mkdir(parents=True)
    (root / "usr/share/sample-tool").mkdir(parents=True)
    served.mkdir()
    control = (
        f"Package: {PACKAGE}\nVersion: {version}\nArchitecture: all\nMaintainer: Shop <shop@example.org>\nSection: misc\n"
        "Priority: optional\nDescription: a sample\n"
    )
    (root / "DEBIAN/control").write_text(control)
    (root / "usr/share/sample-tool/version").write_text("1.0.2\n")
    with _http(served) as port:
        script = root / "DEBIAN/postinst"
        script.write_text(_POSTINST.replace("PORT", str(port)))
        script.chmod(0o755)
        deb = served / f"{PACKAGE}_{version}_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(root), str(deb)], check=True, capture_output=True)
        data = deb.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        (served / "Packages").write_text(f"{control}Filename: ./{deb.name}\nSize: {len(data)}\nSHA256: {digest}\n\n")
        sources = folder / "sources"
        sources.mkdir()
        (sources / "apt.list").write_text(f"deb [trusted=yes] http://127.0.0.1:{port} ./\n")
        yield sources


_POSTINST = """#!/bin/sh
if perl -MIO::Socket::INET -e 'exit(IO::Socket::INET->new(PeerAddr => "127.0.0.1:PORT", Timeout => 3) ? 0 : 1)'
then echo "the script reaches this machine"; else echo "the script is enclosed"; fi
"""


@contextlib.contextmanager
def _http(folder: Path) -> Iterator[int]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(folder))

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
