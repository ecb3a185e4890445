"""Where images run and what they are worth: two factors of the priority of a vulnerability."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sinks.containers import exposed_images
from sinks.images import repositories_of
from sinks.store import Store

IMPORTANT, ORDINARY, TEST = "important", "ordinary", "test"


@dataclass(frozen=True)
class Assets:
    """Patterns (fnmatch) of REGISTRY/REPOSITORY or REPOSITORY whose images are worth more, or less, than others."""

    important: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    def worth(self, places: Iterable[tuple[str, str]]) -> str:
        """What an image is worth that lies in these (registry, repository): the highest counts."""
        found = {self._of(registry, repository) for registry, repository in places}
        return next((one for one in (IMPORTANT, ORDINARY, TEST) if one in found), ORDINARY)

    def _of(self, registry: str, repository: str) -> str:
        names = (repository, f"{registry}/{repository}")
        for worth, patterns in ((IMPORTANT, self.important), (TEST, self.test)):
            if any(fnmatchcase(name, pattern) for name in names for pattern in patterns):
                return worth
        return ORDINARY

    @property
    def fingerprint(self) -> str:
        """Names what the patterns say; empty without any."""
        if not self.important and not self.test:
            return ""
        return hashlib.blake2b(repr((self.important, self.test)).encode(), digest_size=3).hexdigest()


@dataclass(frozen=True)
class Surroundings:
    """`exposed`: a running container of the image is reachable from outside; `asset`: important, ordinary or test."""

    exposed: bool = False
    asset: str = ORDINARY


NOWHERE = Surroundings()
ALIKE = Assets()


def surroundings(store: Store, digests: Collection[str], assets: Assets) -> dict[str, Surroundings]:
    """Digest -> where the image runs and what it is worth, for each that is asked for."""
    exposed = exposed_images(store, digests)
    places = repositories_of(store, digests) if assets.fingerprint else {}
    return {digest: Surroundings(digest in exposed, assets.worth(places.get(digest, ()))) for digest in digests}
