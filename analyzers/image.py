"""The view of one image: the facts of its layers, and what of them a container sees.

Whiteouts are those of the OCI image-spec, layer.md: `.wh.NAME` removes NAME, `.wh..wh..opq` hides what lower layers hold in its folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from schemas.facts import Fact, ImageSettings
from schemas.vocabulary import Reason

F = TypeVar("F", bound=Fact)


@dataclass(frozen=True)
class LayerContents:
    """What the view needs of one layer besides its facts. `entries`: every member's path, folders with a trailing slash;
    `whiteouts` and `opaques`: paths (of the removed member, of the opaque folder; the root is the empty string)."""

    digest: str
    diff_id: str
    size: int = 0
    entries: frozenset[str] = frozenset()
    whiteouts: frozenset[str] = frozenset()
    opaques: frozenset[str] = frozenset()

    def hides(self, path: str) -> bool:
        """Whether this layer removes or replaces a member `path` of a lower layer, or the archive that `archive!/inner` lies in."""
        archive, inside, _ = path.partition("!/")
        if inside and self.hides(archive):
            return True
        if path in self.entries or path + "/" in self.entries or path in self.whiteouts or "" in self.opaques:
            return True
        folder, _, _ = path.rpartition("/")
        while folder:
            if folder in self.entries or folder in self.whiteouts or folder in self.opaques:
                return True
            folder, _, _ = folder.rpartition("/")
        return False


Place = tuple[int, str]


def hidden_places(layers: Sequence[LayerContents], places: Iterable[Place]) -> frozenset[Place]:
    """Those of the (layer index, path) that a container does not see: removed or replaced by a later layer."""
    return frozenset((index, path) for index, path in places if path and any(later.hides(path) for later in layers[index + 1 :]))


@dataclass(frozen=True)
class Located:
    """A fact with the index of its layer; -1 for a fact of the image configuration."""

    layer: int
    fact: Fact


@dataclass(frozen=True)
class BaseImage:
    """The image that another one is built on: it shares the first `layers` layers."""

    digest: str
    name: str
    layers: int


@dataclass(frozen=True)
class ImageView:
    """The facts of one image. `layers` are digests from the base upward; `diff_ids` likewise; `hidden` as `hidden_places` gives it."""

    digest: str
    layers: tuple[str, ...]
    facts: tuple[Located, ...]
    hidden: frozenset[Place] = frozenset()
    diff_ids: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()  # reasons why facts may be missing: layers that failed or were cut
    strategy: str = "default"
    details: dict[str, str] = field(default_factory=dict)
    base: BaseImage | None = None

    @cached_property
    def _by_kind(self) -> dict[type[Fact], list[Located]]:
        table: dict[type[Fact], list[Located]] = {}
        for located in self.facts:
            table.setdefault(type(located.fact), []).append(located)
        return table

    def every(self, kind: type[F]) -> Iterator[tuple[int, F]]:
        """(layer index, fact) of all layers, deleted files too; lowest layer first."""
        for located in self._by_kind.get(kind, ()):
            yield located.layer, located.fact  # type: ignore[misc]

    def visible(self, kind: type[F]) -> Iterator[tuple[int, F]]:
        """(layer index, fact) of what a container sees."""
        for layer, fact in self.every(kind):
            if not self.is_hidden(layer, fact.path):
                yield layer, fact

    def is_hidden(self, layer: int, path: str) -> bool:
        """Whether the file that this fact came from was removed or replaced by a later layer."""
        return (layer, path) in self.hidden

    def broken_promises(self) -> tuple[str, ...]:
        """How the configuration contradicts the manifest: it names each layer by a diff id (OCI image-spec, config.md, rootfs)."""
        promised = {len(settings.diff_ids) for _, settings in self.every(ImageSettings)} - {0, len(self.layers)}
        return tuple(
            f"{Reason.DIGEST_MISMATCH}: the configuration has {count} diff ids, the manifest {len(self.layers)} layers"
            for count in promised
        )

    def layer_digest(self, layer: int) -> str:
        """Digest of a layer, empty for the image configuration (-1)."""
        return self.layers[layer] if 0 <= layer < len(self.layers) else ""
