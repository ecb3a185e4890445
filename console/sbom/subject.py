"""What an SBOM is about, and what both formats derive from it. Same image and packages, same bytes: no clock and no random numbers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzers.contract import ImagePackage
from analyzers.licences import spdx_expression
from analyzers.package_urls import encoded
from schemas.facts import Distribution

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z?\Z")
EPOCH = "1970-01-01T00:00:00Z"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "imagerisk.sbom")


@dataclass(frozen=True, slots=True)
class Subject:
    """The image (or SBOM file, or folder) that was analysed. `created` is the image configuration's; `layers` and `diff_ids` run
    from the base upward; `tool_version` is ours."""

    reference: str
    digest: str
    created: str = ""
    layers: tuple[str, ...] = ()
    diff_ids: tuple[str, ...] = ()
    architecture: str = ""
    tool_version: str = "0"

    @property
    def timestamp(self) -> str:
        """`created` to the second in UTC; the epoch where the image does not say or says it with another offset."""
        match = _TIME.match(self.created)
        return f"{match[1]}Z" if match else EPOCH

    @property
    def serial(self) -> str:
        """A UUID that is the same whenever the image is."""
        return str(uuid.uuid5(_NAMESPACE, self.digest or self.reference))

    @property
    def purl(self) -> str:
        """`pkg:oci/NAME@DIGEST?repository_url=...` (purl type definition oci); empty without a digest."""
        if not self.digest.startswith("sha256:"):
            return ""
        repository = self.reference.partition("@")[0]
        host, _, last = repository.rpartition("/")
        last = last.partition(":")[0].lower()
        name = re.sub(r"[^a-z0-9._-]", "-", last) or "image"
        where = encoded(f"{host}/{last}" if host else last, "/")
        arch = f"arch={encoded(self.architecture)}&" if self.architecture else ""
        return f"pkg:oci/{name}@{encoded(self.digest)}?{arch}repository_url={where}"


def licence_expression(licences: Iterable[str]) -> str:
    """The licences as one SPDX expression (all of them hold, so AND joins them), empty if any cannot be read as one."""
    parts = list(dict.fromkeys(spdx_expression(one) for one in licences))
    if not all(parts):
        return ""
    return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" if " " in part else part for part in parts)


def system_words(found: Distribution) -> dict[str, str]:
    """What tells the release beside name and version: code names, also the one of the release that a derivative is built on."""
    values = {"codename": found.codename, **{name: found.details.get(name, "") for name in ("ubuntu_codename", "debian_codename")}}
    return {name: value for name, value in values.items() if value}


def dependency_edges(packages: Iterable[ImagePackage]) -> dict[str, list[str]]:
    """Package id -> sorted ids of the packages that it depends on and that are in the image, by the names that the database gives."""
    packages = list(packages)
    by_name: dict[tuple[str, str], list[str]] = {}
    for one in packages:
        by_name.setdefault((one.type, one.name), []).append(one.id)
    return {one.id: sorted(_targets(one, by_name)) for one in packages if one.depends}


def _targets(package: ImagePackage, by_name: Mapping[tuple[str, str], list[str]]) -> set[str]:
    found = {identity for name in package.depends for identity in by_name.get((package.type, name), ())}
    return found - {package.id}
