"""Which package owns a path of the image, and what checksum it should have."""

from __future__ import annotations

from dataclasses import dataclass, field

from analyzers.image import ImageView
from schemas.facts import Configuration, OwnedFiles

MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libx32/")
DIVERSIONS = "dpkg-diversions"


def canonical(path: str) -> str:
    """A path without leading slash, and in /usr where distributions have merged the two (file-hierarchy(7))."""
    path = path.lstrip("/").removeprefix("./")
    return "usr/" + path if path.startswith(MERGED) else path


@dataclass(frozen=True)
class Ownership:
    """`owners`: canonical path -> packages; `checksums`: canonical path -> MD5 that packages give for it; `diverted`: canonical paths
    whose packaged file lies elsewhere (dpkg-divert(1))."""

    owners: dict[str, tuple[str, ...]] = field(default_factory=dict)
    checksums: dict[str, frozenset[str]] = field(default_factory=dict)
    diverted: frozenset[str] = frozenset()

    @classmethod
    def of(cls, image: ImageView) -> Ownership:
        """Ownership as the package databases say that a container sees."""
        owners: dict[str, tuple[str, ...]] = {}
        checksums: dict[str, frozenset[str]] = {}
        for _, owned in image.visible(OwnedFiles):
            sums = owned.md5 if len(owned.md5) == len(owned.files) else ("",) * len(owned.files)
            for path, md5 in zip(owned.files, sums, strict=True):
                key = canonical(path)
                owners[key] = (*owners.get(key, ()), owned.package)
                if len(md5) == 32:
                    checksums[key] = checksums.get(key, frozenset()) | {md5.lower()}
        diverted = {
            canonical(path)
            for _, fact in image.visible(Configuration)
            if fact.software == DIVERSIONS
            for directive in fact.directives
            for path in (directive.name, directive.value)
        }
        return cls(owners, checksums, frozenset(diverted))

    def owned(self, path: str) -> bool:
        return canonical(path) in self.owners
