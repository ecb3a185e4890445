"""Files that a hash list names, whatever layer they lie in and whenever it was read."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.archives.walk import SEPARATOR
from analyzers.collectors.sample_types import BY_LOWER
from analyzers.image import ImageView
from analyzers.malicious_samples.grouping import SampleAt
from analyzers.user_rules.hash_lists import HashLists
from schemas.facts import FileHashes, Sample

SCORE = 100


def listed_files(image: ImageView, lists: HashLists) -> Iterator[SampleAt]:
    """A sample for each file of the image's FileHashes that a list calls malicious."""
    for layer, fact in image.every(FileHashes):
        for path, size, sha256, md5 in fact.rows():
            entry = lists.known(sha256, md5)
            if entry is None:
                continue
            outer, _, member = path.partition(SEPARATOR)
            details = {"file": entry.source, **({"member": member} if member else {})}
            sample = Sample(
                path=outer, type=BY_LOWER.get(entry.type.lower(), "Malware"), score=SCORE, source="hash-list", rule=entry.name,
                sha256=sha256.hex(), md5=md5.hex(), size=size, details=details,
            )  # fmt: skip
            yield SampleAt(layer, path, sample)


def archives_of(fact: FileHashes) -> set[str]:
    """Where the files of a fact lie in their layer: of a member of an archive that is the archive's path."""
    return {path.partition(SEPARATOR)[0] for path in fact.paths}


def only_listed(fact: FileHashes, lists: HashLists) -> FileHashes | None:
    """The files of a fact that a list calls malicious; None where there are none."""
    rows = [row for row in fact.rows() if lists.known(*row[2:])]
    return FileHashes.of(rows) if rows else None
