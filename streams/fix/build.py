"""One fixed image: the old one, one more layer with exactly the needed packages, checked, pushed under a new tag.

Nothing is pushed while the package manager's own check fails, a package is still below its fixed version, or anything but the packages
would change (configuration, number of layers).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from streams.fix.isolation import Buildah, shell
from streams.fix.job import FixFailed, FixJob
from streams.fix.managers import SCRATCH, PackageManager, manager_named
from streams.fix.network import PORT, SourceProxy, origins
from streams.fix.plan import still_below

CONTAINER = "fixing"
_SOURCES = (
    "cat /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apk/repositories /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo "
    "2>/dev/null || true"
)
"""The package sources that the image names."""
BASE_DIGEST = "org.opencontainers.image.base.digest"
BASE_NAME = "org.opencontainers.image.base.name"
TASK = "io.imagerisk.fix.task"
"""Annotation that names the task: a repeated task recognises what it pushed."""
_OF_THE_BUILD = ("Image", "Hostname", "Domainname")
_DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def build(buildah: Buildah, job: FixJob) -> str:
    """Pull, upgrade, check, commit; returns the id of the image in the storage of this buildah. Raises FixFailed, FixCancelled."""
    manager = manager_named(job.plan.package_manager)
    buildah.log_in(job.host, job.username, job.password)
    buildah(
        "from", "--name", CONTAINER, "--pull-always", *_registry(buildah, job), f"docker://{job.host}/{job.repository}@{job.image_digest}"
    )
    before = _settings(buildah, "container", CONTAINER)
    _inside(buildah, f"rm -rf {SCRATCH} && mkdir -m 700 {SCRATCH}")
    _upgrade(buildah, job, manager)
    _inside(buildah, f"rm -rf {SCRATCH}")
    image_id = _commit(buildah, job)
    _compare(before, _settings(buildah, "image", image_id))
    return image_id


def push(buildah: Buildah, job: FixJob, image_id: str) -> str:
    """Push under the new tag; returns the digest of the manifest. The caller has made sure that there is no such tag."""
    digest_file = buildah.folder / "digest"
    target = f"docker://{job.host}/{job.repository}:{job.new_tag}"
    buildah("push", "--quiet", "--digestfile", str(digest_file), *_registry(buildah, job), image_id, target)
    return digest_file.read_text(encoding="utf-8").strip()


def _registry(buildah: Buildah, job: FixJob) -> tuple[str, ...]:
    return (f"--tls-verify={str(not job.insecure).lower()}", "--authfile", str(buildah.folder / "auth.json"),
            "--signature-policy", str(buildah.folder / "policy.json"))  # fmt: skip


def _inside(buildah: Buildah, script: str) -> str:
    """Run a script in the image; where it may go is up to the proxy."""
    proxies = [word for name in ("http_proxy", "https_proxy") for word in ("--env", f"{name}=http://127.0.0.1:{PORT}")]
    command = ("run", "--isolation", "chroot", "--user", "0:0", "--workingdir", "/", *proxies, CONTAINER, "--")
    return buildah(*command, *shell(script, buildah.limits), enclosed=True)


def _upgrade(buildah: Buildah, job: FixJob, manager: PackageManager) -> None:
    sources = job.sources / manager.sources_file
    own_sources = sources.is_file()
    if own_sources:
        buildah("copy", "--quiet", CONTAINER, str(sources), f"{SCRATCH}/{sources.name}")
    named = sources.read_text(encoding="utf-8") if own_sources else _inside(buildah, _SOURCES)
    with SourceProxy(buildah.proxy_socket, origins([named]), buildah.log):
        _inside(buildah, manager.upgrade(job.plan.upgrades, own_sources))
    try:
        _inside(buildah, manager.check)
    except FixFailed as error:
        raise FixFailed(f"the check of {manager.name} fails after the upgrade: {error}") from error
    told = _inside(buildah, manager.versions([one.name for one in job.plan.upgrades]))
    found = dict(line.split("\t", 1) for line in told.splitlines() if "\t" in line)
    below = [text for one in job.plan.upgrades if (text := still_below(one, found.get(one.name, "")))]
    if below:
        raise FixFailed(f"the package sources have no fixed version: {'; '.join(below)}")


def _commit(buildah: Buildah, job: FixJob) -> str:
    plan = job.plan
    names = " ".join(one.name for one in plan.upgrades)
    docker = job.media_type == _DOCKER
    told = {BASE_DIGEST: job.image_digest, BASE_NAME: f"{job.host}/{job.repository}", TASK: job.task_id}
    notes = [] if docker else [word for name, value in told.items() for word in ("--annotation", f"{name}={value}")]
    comment = f"imagerisk fix {job.task_id} of {job.image_digest}"
    buildah("config", "--history-comment", comment, "--created-by", f"{plan.package_manager} upgrade {names}", *notes, CONTAINER)
    form = ("--identity-label=false", "--format", "docker" if docker else "oci")
    printed = buildah("commit", "--quiet", *form, "--signature-policy", str(buildah.folder / "policy.json"), CONTAINER)
    return printed.split()[-1]


def _settings(buildah: Buildah, kind: str, name: str) -> Mapping[str, Any]:
    """What must stay as it was: the configuration that containers are started with, and the layers."""
    found: Mapping[str, Any] = json.loads(buildah("inspect", "--type", kind, name))
    image = found["Docker"]
    config = {key: value for key, value in (image.get("config") or {}).items() if value and key not in _OF_THE_BUILD}
    return {"config": config, "layers": image["rootfs"]["diff_ids"]}


def _compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    if before["config"] != after["config"]:
        changed = sorted(key for key in {*before["config"], *after["config"]} if before["config"].get(key) != after["config"].get(key))
        raise FixFailed(f"the configuration would change: {', '.join(changed)}")
    if after["layers"][:-1] != before["layers"]:
        raise FixFailed(f"one layer should be added; {len(before['layers'])} became {len(after['layers'])}")
