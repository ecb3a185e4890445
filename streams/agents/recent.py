"""Images as the categories of one process see them: loaded once, looked at by each of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analyzers.contract import Category, ImagePackage, Match
from analyzers.image import BaseImage, ImageView
from analyzers.packages import image_packages
from analyzers.registry import kinds_of
from schemas.facts import FileHashes, ImageSettings
from sinks.advisories import advisory_version
from sinks.bases import bases_of
from sinks.images import image
from sinks.store import Store
from streams.advisories.matching import match_packages
from streams.agents.assemble import lying_diff_ids
from streams.agents.loaded import load_blobs, load_view
from streams.agents.step import Rejected
from streams.inspection import InspectionSettings
from streams.reading import Reading

REMEMBERED = 3
"""Images at a time: the categories of a process take an image within moments of each other, and its facts may be large."""


@dataclass(frozen=True)
class MatchedPackages:
    """The packages of an image and what the advisories of that moment say about them."""

    packages: tuple[ImagePackage, ...]
    matches: tuple[Match, ...]
    ecosystems: frozenset[str]
    advisories: str


@dataclass(frozen=True)
class Look:
    """What a category gets to see of an image, and the rules of that moment. `outdated`: facts of today's readers are missing; `undone`:
    one of them could not do its work, which may pass."""

    view: ImageView
    matched: MatchedPackages | None
    settings: InspectionSettings
    outdated: bool
    undone: bool


@dataclass
class _Image:
    lock: threading.Lock = field(default_factory=threading.Lock)
    view: ImageView | None = None
    matched: MatchedPackages | None = None
    settings: InspectionSettings | None = None
    outdated: bool = False
    undone: bool = False
    left: set[str] = field(default_factory=set)


class RecentImages:
    """Views by image and request. `categories` are those of this process: when all have taken an image it is forgotten."""

    def __init__(self, store: Store, categories: Sequence[type[Category]], reading: Reading) -> None:
        self.store, self.categories, self.reading = store, categories, reading
        self._lock = threading.Lock()
        self._images: OrderedDict[tuple[str, int], _Image] = OrderedDict()

    def take(self, category: type[Category], digest: str, requested_at: int) -> Look:
        """What this category may see of an image, with the matches if it needs them. Raises Rejected for an image that is not there."""
        with self._lock:
            one = self._images.setdefault((digest, requested_at), _Image(left={each.id for each in self.categories}))
            while len(self._images) > REMEMBERED:
                self._images.popitem(last=False)
        with one.lock:
            settings = one.settings = one.settings or self.reading()
            if one.view is None:
                one.view, one.outdated, one.undone = self._load(digest, settings)
            if category.matches and one.matched is None:
                one.matched = self._match(one.view)
        one.left.discard(category.id)
        if not one.left:
            with self._lock:
                self._images.pop((digest, requested_at), None)
        wanted = kinds_of(category)
        facts = tuple(located for located in one.view.facts if located.fact.kind in wanted)
        return Look(replace(one.view, facts=facts), one.matched if category.matches else None, settings, one.outdated, one.undone)

    def _load(self, digest: str, settings: InspectionSettings) -> tuple[ImageView, bool, bool]:
        row = image(self.store, digest)
        if row is None:
            raise Rejected(f"image {digest} is not in the store")
        blobs = load_blobs(self.store, row)
        kinds = frozenset({ImageSettings.kind}).union(*(kinds_of(each) for each in self.categories))
        hashes = settings.choice.lists.malicious.keys() if FileHashes.kind in kinds else frozenset[bytes]()
        view = load_view(self.store, blobs, kinds, hashes)
        base = bases_of(self.store, {digest: view.layers}).get(digest)
        view = replace(
            view, partial=(*view.broken_promises(), *lying_diff_ids(blobs), *view.partial), base=BaseImage(*base) if base else None
        )
        return view, blobs.outdated(settings.readers), blobs.undone

    def _match(self, view: ImageView) -> MatchedPackages:
        packages = image_packages(view).packages
        matched = match_packages(self.store, packages)
        return MatchedPackages(tuple(packages), matched.all, matched.ecosystems, advisory_version(self.store))
