"""VEX documents as they travel: bare, or as an in-toto statement, in a DSSE envelope, in a Sigstore bundle.

Signatures are told, not verified. Sources: in-toto attestation framework v1, "Statement" and "Envelope"; DSSE v1.0; OpenVEX specification
0.2.0; Sigstore protobuf specification, message Bundle.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from streams.vex.statements import NotVex

_PREDICATES = re.compile(r"openvex|cyclonedx|csaf|/vex", re.IGNORECASE)
_DEPTH = 4


@dataclass(frozen=True)
class Enclosed:
    """A VEX document out of its envelopes. `subjects`: digests that an in-toto statement is about, None if there is no such statement."""

    document: bytes
    signed: bool = False
    subjects: frozenset[str] | None = None


def opened(body: bytes) -> Enclosed | None:
    """The document inside; None if what is inside speaks of something else (an SBOM, provenance). Raises NotVex if it cannot be read."""
    signed, subjects = False, None
    value = _object(body)
    for _ in range(_DEPTH):
        if isinstance(value.get("dsseEnvelope"), dict):
            value = value["dsseEnvelope"]
        elif "payloadType" in value:
            signed = signed or bool(value.get("signatures"))
            if "in-toto" not in str(value["payloadType"]):
                return None
            value = _object(_decoded(value.get("payload")))
        elif "predicateType" in value:
            if not _PREDICATES.search(str(value["predicateType"])):
                return None
            subjects = _subjects(value.get("subject"))
            inner = value.get("predicate")
            value = inner if isinstance(inner, dict) else {}
        else:
            return Enclosed(orjson.dumps(value), signed, subjects) if _speaks_of_flaws(value) else None
    raise NotVex(f"more than {_DEPTH} envelopes around each other")


def _speaks_of_flaws(value: Mapping[str, Any]) -> bool:
    """Whether a document is meant as VEX: an SBOM in CycloneDX is not, unless it says how vulnerabilities were judged."""
    if value.get("bomFormat") == "CycloneDX":
        listed = value.get("vulnerabilities")
        return isinstance(listed, list) and any(isinstance(one, dict) and one.get("analysis") for one in listed)
    document = value.get("document")
    csaf = isinstance(document, dict) and "csaf_version" in document
    return csaf or str(value.get("@context", "")).startswith("https://openvex.dev/ns")


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise NotVex(f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotVex("a JSON object is expected")
    return value


def _decoded(payload: object) -> bytes:
    try:
        return base64.b64decode(str(payload or ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotVex("the payload of the envelope is not base64") from error


def _subjects(listed: object) -> frozenset[str]:
    found = set()
    for one in listed if isinstance(listed, list) else ():
        digest = one.get("digest") if isinstance(one, dict) else None
        if isinstance(digest, dict) and digest.get("sha256"):
            found.add(f"sha256:{digest['sha256']}")
    return frozenset(found)
