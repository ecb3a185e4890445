"""What the readers of both SBOM forms have in common: parts of a document, and careful access to what may be anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from packageurl import PackageURL

from analyzers.collectors.os_release import LINE_NAMES
from analyzers.purl_facts import IMAGE_TYPES
from schemas.facts import Distribution

OURS = "imagerisk:"
"""Begins the names of what our own documents say beside the standards: properties of CycloneDX, lines of an SPDX comment."""
NO_PACKAGES = frozenset({
    "operating-system", "file", "container", "device", "device-driver", "firmware", "data", "cryptographic-asset", "platform",
    "machine-learning-model", "archive", "install", "source",
})  # fmt: skip
_KEPT = ("doubt", "unmatched", "owner")
_NAMES = (*LINE_NAMES, ("debian", "debian"), ("ubuntu", "ubuntu"), ("alpine", "alpine"), ("wolfi", "wolfi"))


@dataclass(slots=True)
class Component:
    """A package of a document. `ref` is its name inside the document."""

    purl: PackageURL
    ref: str = ""
    licences: tuple[str, ...] = ()
    development: bool = False
    source: str = ""
    source_version: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edge:
    """One component needs another, by their refs."""

    user: str
    needed: str


Part = tuple[str, Component | Distribution | Edge | str]
"""(kind, value): package, os, edge, unknown (name of a component without package URL), broken (text of one), root (name)."""


def located(text: str, name: str) -> Component | str | None:
    """A component for its package URL; None for the one of an image or product and for a crate of the producer's own folders, the name
    for one that is none."""
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return name or text[:80]
    return None if purl.type in IMAGE_TYPES or _own(purl) else Component(purl)


def _own(purl: PackageURL) -> bool:
    """Whether this is a crate that was not fetched, as cargo-cyclonedx writes it: what is published under its name may be another's."""
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    return purl.type == "cargo" and qualifiers.get("download_url", "").startswith("file:")


def system(name: str, version: str, title: str, more: Mapping[str, str]) -> Distribution:
    """An operating system as documents name it: by its os-release ID, else by a name that begins as release files write it. A version that
    is a word is a code name (testing releases have nothing else)."""
    identity = name.strip().lower()
    if " " in identity:
        title = title or name
        identity = next((known for start, known in _NAMES if identity.startswith(start)), identity)
    word = "" if version[:1].isdigit() else version
    names = ("ubuntu_codename", "debian_codename", "variant")
    details = {key: more[key] for key in names if more.get(key)}
    return Distribution(
        id=identity or "linux", version="" if word else version, codename=more.get("codename", "") or word, name=title, details=details
    )


def our_words(values: Mapping[str, str]) -> dict[str, str]:
    """What our own documents say about a package that was guessed or that is not matched."""
    found = {key: values[key][:500] for key in _KEPT if values.get(key)}
    if "doubt" in found and re.fullmatch(r"[1-9]?[0-9]", values.get("confidence", "")):
        found["confidence"] = values["confidence"]
    else:
        found.pop("doubt", None)
    return found


def text(value: Mapping[str, Any], name: str) -> str:
    """A text, empty for anything else."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def mapping(value: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object, empty for anything else."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def mappings(value: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def texts(value: Mapping[str, Any], name: str) -> Iterable[str]:
    """The texts of a list."""
    found = value.get(name)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
