"""A real registry (Debian's docker-registry 2.8) and a client for it that speaks plain HTTP.

One storage is served twice: `loud` sends webhooks, `quiet` does not, so that a test can put an image there that nobody announces.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.ports import free_ports
from tests.flow.local_home import eventually, listens
from tests.flow.sample_images import INDEX, Image

USERNAME, PASSWORD = "ci", "flow-pass"
_HTPASSWD = f"{USERNAME}:$2b$04$ikqY0Y4dOrhIOPBW5WbGpuPgq.wWEkz5QCxlAxfMtdMumYcraBsP.\n"  # bcrypt of PASSWORD
_LOGIN = {"Authorization": "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()}


class RealRegistry:
    """Two registry processes over one folder, and what a client does with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        loud, quiet = free_ports(2)
        self.ports = {"loud": loud, "quiet": quiet}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True)
        (folder / "htpasswd").write_text(_HTPASSWD)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.ports['loud']}"

    def start(self, which: str, webhook: Mapping[str, str] | None = None) -> None:
        """Start one of the two; a webhook is {webhook_url, token}. Without one it starts as it was."""
        config = self.folder / f"{which}.json"
        if webhook is not None or not config.exists():
            config.write_text(json.dumps(self._config(self.ports[which], webhook)))  # JSON is YAML
        with (self.folder / f"{which}.log").open("ab") as log:
            self._processes[which] = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
        eventually(f"the registry {which} answers", lambda: listens(self.ports[which]), 20)

    def stop(self, *which: str) -> None:
        """Stop these, or all."""
        for name in which or tuple(self._processes):
            process = self._processes.pop(name)
            process.terminate()
            process.wait(20)

    def _config(self, port: int, webhook: Mapping[str, str] | None) -> dict[str, object]:
        config: dict[str, object] = {
            "version": "0.1", "log": {"level": "warn"}, "http": {"addr": f"127.0.0.1:{port}"},
            "storage": {"delete": {"enabled": True}, "filesystem": {"rootdirectory": str(self.folder / "data")}},
            "auth": {"htpasswd": {"realm": "flow", "path": str(self.folder / "htpasswd")}},
        }  # fmt: skip
        if webhook:
            endpoint = {
                "name": "imagerisk", "url": webhook["webhook_url"], "headers": {"Authorization": [f"Bearer {webhook['token']}"]},
                "timeout": "5s", "threshold": 5, "backoff": "500ms", "ignoredmediatypes": ["application/octet-stream"],
                "ignore": {"actions": ["pull"]},
            }  # fmt: skip
            config["notifications"] = {"events": {"includereferences": True}, "endpoints": [endpoint]}
        return config

    def push(self, repository: str, tag: str, image: Image, which: str = "loud") -> str:
        """Push blobs and manifest; returns the digest."""
        self.push_blobs(repository, image, which)
        return self.put_manifest(repository, tag, image, which)

    def push_blobs(self, repository: str, image: Image, which: str = "loud") -> None:
        """Upload each blob in one request."""
        for digest, blob in image.blobs.items():
            answer, _ = self._ask(which, "POST", f"/v2/{repository}/blobs/uploads/")
            place = urlsplit(answer.getheader("Location") or "")
            kind = {"Content-Type": "application/octet-stream"}
            answer, body = self._ask(which, "PUT", f"{place.path}?{place.query}&digest={digest}", blob, kind)
            assert answer.status == 201, body

    def put_manifest(self, repository: str, reference: str, image: Image, which: str = "loud") -> str:
        """Give a manifest a name: this is what sends the event. Returns its digest."""
        answer, body = self._ask(
            which, "PUT", f"/v2/{repository}/manifests/{reference}", image.manifest, {"Content-Type": image.media_type}
        )
        assert answer.status == 201, body
        assert answer.getheader("Docker-Content-Digest") == image.digest
        return image.digest

    def push_index(self, repository: str, tag: str, images: Mapping[str, Image], which: str = "loud") -> str:
        """Push images, by architecture, and the index that names them."""
        entries = []
        for architecture, image in images.items():
            self.push(repository, image.digest, image, "quiet")
            entries.append({
                "mediaType": image.media_type, "digest": image.digest, "size": len(image.manifest),
                "platform": {"os": "linux", "architecture": architecture},
            })  # fmt: skip
        document = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        return self.put_manifest(repository, tag, Image(document, {}, INDEX), which)

    def delete(self, repository: str, digest: str) -> None:
        """Delete a manifest."""
        answer, body = self._ask("loud", "DELETE", f"/v2/{repository}/manifests/{digest}")
        assert answer.status == 202, body

    def stored(self, digest: str) -> Path:
        """The file that holds a blob, for damaging it."""
        name = digest.removeprefix("sha256:")
        return self.folder / "data/docker/registry/v2/blobs/sha256" / name[:2] / name / "data"

    def _ask(
        self, which: str, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.ports[which], timeout=30)
        try:
            link.request(method, path, body, {**_LOGIN, **(headers or {})})
            answer = link.getresponse()
            return answer, answer.read()
        finally:
            link.close()
