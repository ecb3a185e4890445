"""Images with scans and risks as the pipeline would have stored them, for looking at pages without running a scan."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence

from schemas.findings import Finding, finding_id
from schemas.vocabulary import CATEGORIES, CategoryId, ScanState
from sinks.blobs import BlobRow, write_blob
from sinks.images import ImageRow, LayerRow, Place, write_image, write_place, write_tag
from sinks.risk_counts import count_risks
from sinks.risks import Sighting, write_findings
from sinks.scans import ScanRow, write_scans
from sinks.store import Store

REGISTRY = "registry.example"


def digest_of(name: str) -> str:
    """A digest that belongs to a name."""
    return "sha256:" + hashlib.sha256(name.encode()).hexdigest()


def finding(category: CategoryId, rule: str, severity: str, **given: object) -> Finding:
    """A finding whose identity follows from its category, rule, package and path."""
    subject = (str(given.get("package", "")), str(given.get("path", "")))
    return Finding(id=finding_id(category.value, rule, *subject), category=category, rule=rule, severity=severity, **given)  # type: ignore[arg-type]


def store_image(
    store: Store, repository: str, tag: str, findings: Sequence[Finding], states: Mapping[CategoryId, ScanState] | ScanState
) -> str:
    """Store one image of two layers with its scan rows and risks; returns its digest. No scan rows for an empty mapping."""
    now = time.time_ns() // 1_000_000
    digest = digest_of(f"{repository}:{tag}")
    layers = tuple(
        LayerRow(
            digest_of(f"{repository} {number}"),
            digest_of(f"tar {repository} {number}"),
            size,
            "application/vnd.oci.image.layer.v1.tar+gzip",
        )
        for number, size in enumerate((31_000_000, 1_250_000))
    )
    write_image(store, ImageRow(digest, "application/vnd.oci.image.manifest.v1+json", digest_of("config"), "linux", "amd64", layers, now))
    place = Place(REGISTRY, repository, digest)
    write_place(store, place, present=True, changed_at=now)
    write_tag(store, place, tag, "", now)
    write_findings(store, Sighting(digest, now, now, True), findings, {})
    count_risks(store, [digest])
    write_scan_states(store, digest, states, now)
    for layer in layers if states else ():
        blob = BlobRow(layer.digest, "layer", layer.media_type, layer.diff_id, layer.size_bytes, 3 * layer.size_bytes, 412, "succeeded", "",
                       "run", "", (), (), now)  # fmt: skip
        write_blob(store, blob, {})
    return digest


def write_scan_states(store: Store, digest: str, states: Mapping[CategoryId, ScanState] | ScanState, at: int) -> None:
    """Scan rows of one image: one state for all categories, or one for each that is named."""
    each = dict.fromkeys(CATEGORIES, states) if isinstance(states, ScanState) else states
    reasons = {ScanState.FAILED: "layer_missing: the registry has no such blob", ScanState.PARTIAL: "unreadable: 2 files"}
    skipped = (("opt/archive.bin", "file_too_large"), ("srv/broken.jar", "unreadable: not a zip file"))
    write_scans(
        store,
        [
            ScanRow(digest, category.value, state, "push", at, at, reasons.get(state, ""), skipped if state is ScanState.PARTIAL else ())
            for category, state in each.items()
        ],
    )
