"""The images that peers were measured on, or close kin: base, app, big, inode, and a family of ten on shared layers.

Each layer is made once and kept, packed, in the cache folder under a hash of its recipe; what is downloaded comes from the package sources
that apt, pip, npm and Maven are configured with. One OCI layout holds all images (OCI image-spec 1.1, image-layout.md)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from isal import igzip

from console.demo.content import layers as planted_layers

EPOCH = 1767225600
MB = 1_000_000
DEBS = "python3,python3-pip,ca-certificates,curl,git"
NAMES = ("base", "app", "big", "inode")
FAMILY = 10


@dataclass(frozen=True)
class Layer:
    """A packed layer. Sizes in bytes; `recipe` is what made it, as its history says."""

    digest: str
    diff_id: str
    size: int
    tar_size: int
    recipe: str


class AnchorImages:
    """Makes what is missing. `folder` is kept between runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "oci" / "blobs" / "sha256"
        self.blobs.mkdir(parents=True, exist_ok=True)
        (folder / "oci" / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self._manifests: dict[str, dict[str, object]] = {}

    def layers(self, name: str) -> list[Layer]:
        """The layers of one of NAMES, or of `family-N`."""
        base = self._layer("mmdebstrap minbase bookworm", debian_base)
        if name == "base":
            return [base]
        if name == "inode":
            return [base, self._layer("200,000 files of 40 bytes", tiny_files)]
        if name == "big":
            return [base, self._layer(f"pip {' '.join(BIG_PYTHON)}", pip(BIG_PYTHON)), self._layer(f"npm {BIG_NPM}", npm(BIG_NPM)),
                    self._layer(f"maven {' '.join(BIG_JARS)}", maven(BIG_JARS))]  # fmt: skip
        shared = [base, self._layer(f"apt {DEBS}", debian_additions), self._layer(f"npm {APP_NPM}", npm(APP_NPM))]
        if name.startswith("family-"):
            return [*shared, self._layer(f"small {name}", files({f"srv/{name}/app.py": f"NAME = {name!r}\n".encode() * 2000}))]
        planted = [files({path: one.data for path, one in layer.items()}) for layer in planted_layers()[:3]]
        python = self._layer(f"pip {' '.join(APP_PYTHON)}", pip(APP_PYTHON))
        return [*shared, python, *(self._layer(f"planted {n}", make) for n, make in enumerate(planted))]

    def archive(self, name: str) -> Path:
        """An OCI archive of one image."""
        self.manifest(name)
        path = self.folder / f"{name}.tar"
        path.unlink(missing_ok=True)
        subprocess.run(["skopeo", "copy", "-q", f"oci:{self.folder / 'oci'}:{name}", f"oci-archive:{path}:{name}"], check=True)
        return path

    def push(self, name: str, target: str, credentials: str) -> str:
        """Push one image to `host:port/repository:tag`; returns the digest of its manifest."""
        digest = self.manifest(name)
        source = f"oci:{self.folder / 'oci'}:{name}"
        subprocess.run(
            ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", credentials, source, f"docker://{target}"], check=True
        )
        return digest

    def manifest(self, name: str) -> str:
        """Write the manifest of one image and the index of all; returns its digest."""
        layers = self.layers(name)
        config = self._blob({
            "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z", "config": {"Labels": {"name": name}},
            "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in layers]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": one.recipe} for one in layers],
        })  # fmt: skip
        kind = "application/vnd.oci.image"
        manifest = self._blob({
            "schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json",
            "config": {"mediaType": f"{kind}.config.v1+json", "digest": config[0], "size": config[1]},
            "layers": [{"mediaType": f"{kind}.layer.v1.tar+gzip", "digest": one.digest, "size": one.size} for one in layers],
        })  # fmt: skip
        self._manifests[name] = {"mediaType": f"{kind}.manifest.v1+json", "digest": manifest[0], "size": manifest[1],
                                 "annotations": {"org.opencontainers.image.ref.name": name}}  # fmt: skip
        index = {"schemaVersion": 2, "manifests": list(self._manifests.values())}
        (self.folder / "oci" / "index.json").write_text(json.dumps(index))
        return manifest[0]

    def blob(self, digest: str) -> Path:
        """The file of a blob."""
        return self.blobs / digest.removeprefix("sha256:")

    def _blob(self, document: object) -> tuple[str, int]:
        data = json.dumps(document, sort_keys=True).encode()
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return f"sha256:{digest}", len(data)

    def _layer(self, recipe: str, make: Callable[[Path, IO[bytes]], None]) -> Layer:
        """Make a layer, or find it as it was made before."""
        record = self.folder / f"{hashlib.sha256(recipe.encode()).hexdigest()[:16]}.json"
        if record.exists():
            return Layer(**json.loads(record.read_text()))
        print(f"making the layer: {recipe}", flush=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            draft = Path(scratch, "layer.tar.gz")
            with draft.open("wb") as file, igzip.IGzipFile(fileobj=file, mode="wb", compresslevel=3, mtime=0) as packed:  # type: ignore[no-untyped-call]
                plain = _Hashed(packed)
                make(Path(scratch), plain)
            digest = hashlib.sha256(draft.read_bytes()).hexdigest()
            layer = Layer(f"sha256:{digest}", f"sha256:{plain.sha256.hexdigest()}", draft.stat().st_size, plain.size, recipe)
            draft.replace(self.blobs / digest)
        record.write_text(json.dumps(asdict(layer)))
        return layer


class _Hashed(io.BytesIO):
    """Hashes and counts what is written through it."""

    def __init__(self, target: igzip.IGzipFile) -> None:
        super().__init__()
        self.target, self.sha256, self.size = target, hashlib.sha256(), 0

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        self.sha256.update(view)
        self.size += len(view)
        self.target.write(view)  # type: ignore[no-untyped-call]
        return len(view)


def _mmdebstrap(target: Path, *options: str) -> None:
    command = ["mmdebstrap", "--variant=minbase", "--mode=root", "--quiet", *options, "bookworm", str(target)]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)})


def debian_base(scratch: Path, out: IO[bytes]) -> None:
    """A minimal bookworm."""
    _mmdebstrap(scratch / "base.tar")
    with (scratch / "base.tar").open("rb") as plain:
        while chunk := plain.read(MB):
            out.write(chunk)


def debian_additions(scratch: Path, out: IO[bytes]) -> None:
    """What more packages change in that bookworm."""
    _mmdebstrap(scratch / "base.tar")
    _mmdebstrap(scratch / "more.tar", f"--include={DEBS}")
    with tarfile.open(scratch / "base.tar") as archive:
        known = {member.name: _fingerprint(archive, member) for member in archive}
    with tarfile.open(scratch / "more.tar") as archive, tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as target:
        for member in archive:
            if known.get(member.name) != _fingerprint(archive, member):
                target.addfile(member, archive.extractfile(member) if member.isreg() else None)


def _fingerprint(archive: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[object, ...]:
    content = archive.extractfile(member) if member.isreg() else None
    return member.type, member.mode, member.linkname, hashlib.sha256(content.read()).digest() if content else b""


def tiny_files(_: Path, out: IO[bytes]) -> None:
    """200,000 files of 40 bytes."""
    files({f"srv/data/{n // 1000:03}/file-{n:06}.txt": b"%039d\n" % n for n in range(200_000)})(_, out)


def files(contents: Mapping[str, bytes]) -> Callable[[Path, IO[bytes]], None]:
    """A layer of these files."""

    def make(_: Path, out: IO[bytes]) -> None:
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            for path, data in contents.items():
                info = tarfile.TarInfo(path)
                info.size, info.mtime = len(data), EPOCH
                archive.addfile(info, io.BytesIO(data))
                archive.members = []  # type: ignore[attr-defined] # it would keep every one

    return make


APP_PYTHON = ("flask==2.2.2", "requests==2.28.1")
APP_NPM = "express@4.17.1"
BIG_PYTHON = ("ansible==9.5.1", "numpy==1.26.4")
BIG_NPM = "react-scripts@5.0.1"
_SPRING = ("web", "data-jpa", "security", "actuator", "webflux")
BIG_JARS = (*(f"org.springframework.boot:spring-boot-starter-{one}:3.2.5" for one in _SPRING), "org.apache.hadoop:hadoop-client:3.3.6")


def pip(requirements: Sequence[str]) -> Callable[[Path, IO[bytes]], None]:
    """Installed Python packages."""

    def make(scratch: Path, out: IO[bytes]) -> None:
        target = scratch / "python"
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", "--target", str(target)]
        subprocess.run([*command, *requirements], check=True)
        _folder(target, "usr/local/lib/python3.11/dist-packages", out)

    return make


def npm(package: str) -> Callable[[Path, IO[bytes]], None]:
    """An installed npm package with everything that it needs."""

    def make(scratch: Path, out: IO[bytes]) -> None:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(scratch / "npm"), package]
        subprocess.run(command, check=True)
        for lock in scratch.glob("npm/**/.package-lock.json"):
            lock.unlink()  # it names where each package came from
        _folder(scratch / "npm" / "node_modules", "srv/app/node_modules", out)

    return make


def maven(artifacts: Iterable[str]) -> Callable[[Path, IO[bytes]], None]:
    """Jars of these artifacts and of everything that they need."""

    def make(scratch: Path, out: IO[bytes]) -> None:
        tags = ("groupId", "artifactId", "version")
        split = [zip(tags, one.split(":"), strict=True) for one in artifacts]
        wanted = "".join(f"<dependency>{''.join(f'<{tag}>{text}</{tag}>' for tag, text in one)}</dependency>" for one in split)
        pom = scratch / "maven" / "pom.xml"
        pom.parent.mkdir()
        pom.write_text(
            "<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>jars</artifactId><version>1</version>"
            f"<dependencies>{wanted}</dependencies></project>"
        )
        subprocess.run(["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DoutputDirectory=jars"], check=True)
        _folder(pom.parent / "jars", "srv/jars", out)

    return make


def _folder(folder: Path, prefix: str, out: IO[bytes]) -> None:
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            info = archive.gettarinfo(path, f"{prefix}/{path.relative_to(folder)}")
            info.uid = info.gid = 0
            info.uname, info.gname, info.mtime = "root", "root", EPOCH
            if info.isreg():
                with path.open("rb") as content:
                    archive.addfile(info, content)
            else:
                archive.addfile(info)
