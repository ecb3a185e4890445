"""System programs whose content is not what their package brought."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.collectors.sample_shapes import Shape
from analyzers.image import ImageView
from analyzers.malicious_samples.grouping import SampleAt
from analyzers.malicious_samples.ownership import Ownership, canonical
from schemas.facts import File, Sample

CHANGED = Shape(
    "changed_system_program", "Malbaseware", 75, "The file differs from the one that its package brought",
    "https://attack.mitre.org/techniques/T1554/",
)  # fmt: skip


def changed_binaries(image: ImageView, ownership: Ownership) -> Iterator[SampleAt]:
    """Visible programs in system folders with an MD5 that no owning package lists; diverted files are left out."""
    for layer, file in image.visible(File):
        key = canonical(file.path)
        expected = ownership.checksums.get(key)
        if not file.md5 or file.type != "file" or expected is None or file.md5 in expected or key in ownership.diverted:
            continue
        details = {"description": CHANGED.text, "package": ", ".join(ownership.owners[key]), "expected_md5": ", ".join(sorted(expected))}
        sample = Sample(
            path=file.path, type=CHANGED.type, score=CHANGED.score, source="package-checksum", rule=CHANGED.rule, sha256=file.sha256,
            md5=file.md5,
            size=file.size, details=details,
        )  # fmt: skip
        yield SampleAt(layer, file.path, sample)
