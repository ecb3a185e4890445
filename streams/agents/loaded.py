"""The view of an image out of the store: its blobs' facts, what is hidden, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass

from analyzers.image import ImageView, LayerContents, Located, hidden_places
from analyzers.malicious_samples.listed_files import archives_of
from schemas.facts import FileHashes
from schemas.vocabulary import Reason
from sinks.blobs import BlobState, blob_states, contents, fact_paths, read_facts, runs_fingerprint
from sinks.file_hashes import files_with
from sinks.images import ImageRow, read_hidden
from sinks.store import Store

Readers = Callable[[str], tuple[str, ...]]
"""Part of an image, `config` or `layer` -> ids of all that must have read it."""


@dataclass(frozen=True)
class Blobs:
    """An image and the state of its blobs, by digest."""

    image: ImageRow
    states: dict[str, BlobState]

    @property
    def wanted(self) -> list[str]:
        """Digests of the configuration and of every layer that is read."""
        return list(dict.fromkeys([self.image.config_digest, *(layer.digest for layer in self.image.layers if not layer.skipped)]))

    def missing(self, readers: Readers, requested_at: int) -> list[str]:
        """Digests that must be inspected: never read, not read by all that read such blobs, or failed before this request."""
        return [digest for digest in self.wanted if not self._known(digest, readers, requested_at)]

    def _known(self, digest: str, readers: Readers, requested_at: int) -> bool:
        state = self.states.get(digest)
        if state is None:
            return False
        return state.inspected_at >= requested_at or not state.lacks(readers("config" if digest == self.image.config_digest else "layer"))

    def outdated(self, readers: Readers) -> bool:
        """Whether a blob could be read whole and was not even tried by all of today's readers."""
        states = [(self.states.get(digest), "config" if digest == self.image.config_digest else "layer") for digest in self.wanted]
        return any(state and state.state == "succeeded" and set(state.lacks(readers(part))) - state.undone for state, part in states)

    @property
    def undone(self) -> bool:
        """Whether a reader of one of the blobs could not do its work."""
        return any(state.undone for state in self.states.values())

    @property
    def runs(self) -> dict[str, str]:
        """Digest -> run of the facts that may be used, configuration and layers."""
        return {digest: self.states[digest].run for digest in self.wanted if digest in self.states}

    @property
    def fingerprint(self) -> str:
        """Names the facts that this image is made of."""
        return runs_fingerprint(f"{digest} {run}" for digest, run in self.runs.items())

    def gaps(self) -> tuple[str, ...]:
        """Why facts may be missing, each beginning with a Reason."""
        found = []
        for position, layer in enumerate(self.image.layers):
            state = self.states.get(layer.digest)
            if layer.skipped:
                found.append(layer.skipped)
            elif state is None:
                found.append(f"{Reason.LAYER_MISSING}: layer {position} {layer.digest} was never read")
            elif state.state != "succeeded":
                found.append(state.reason)
        config = self.states.get(self.image.config_digest)
        if config is not None and config.state == "failed":
            found.append(config.reason)
        return tuple(found)


def load_blobs(store: Store, image: ImageRow) -> Blobs:
    """The state of an image's blobs."""
    digests = [image.config_digest, *(layer.digest for layer in image.layers)]
    return Blobs(image, blob_states(store, digests))


def load_view(store: Store, blobs: Blobs, kinds: Iterable[str], hashes: Set[bytes] = frozenset()) -> ImageView:
    """The view with facts of these kinds. `hashes`: FileHashes hold the files that have one of these."""
    facts = read_facts(store, blobs.runs, kinds)
    layers = tuple(layer.digest for layer in blobs.image.layers)
    listed = files_with(store, blobs.runs, hashes) if hashes else {}
    located = [Located(-1, fact) for fact in facts.get(blobs.image.config_digest, ())]
    for position, digest in enumerate(layers):
        located += [Located(position, fact) for fact in facts.get(digest, ())]
        located += [Located(position, fact) for fact in (listed.get(digest),) if fact]
    return ImageView(
        digest=blobs.image.digest,
        layers=layers,
        facts=tuple(located),
        hidden=read_hidden(store, blobs.image.digest, blobs.fingerprint) | _hidden_among(store, blobs, listed),
        diff_ids=tuple(layer.diff_id for layer in blobs.image.layers),
        partial=blobs.gaps(),
    )


def compute_hidden(store: Store, blobs: Blobs) -> frozenset[tuple[int, str]]:
    """Which places with facts a container does not see."""
    return _hidden(store, blobs, fact_paths(store, blobs.runs)) if len(blobs.image.layers) > 1 else frozenset()


def _hidden_among(store: Store, blobs: Blobs, listed: Mapping[str, FileHashes]) -> frozenset[tuple[int, str]]:
    """The same for files of which no other fact may speak."""
    paths = {digest: archives_of(fact) for digest, fact in listed.items()}
    return _hidden(store, blobs, paths) if paths else frozenset()


def _hidden(store: Store, blobs: Blobs, paths: Mapping[str, Iterable[str]]) -> frozenset[tuple[int, str]]:
    layers = [layer.digest for layer in blobs.image.layers]
    found = contents(store, layers)
    stack = [_contents(digest, found.get(digest)) for digest in layers]
    return hidden_places(stack, ((n, path) for n, digest in enumerate(layers) for path in paths.get(digest, ())))


def _contents(digest: str, row: tuple[str, int, str, tuple[str, ...], tuple[str, ...]] | None) -> LayerContents:
    if row is None:
        return LayerContents(digest, "")
    diff_id, size, entries, whiteouts, opaques = row
    return LayerContents(digest, diff_id, size, frozenset(entries.splitlines()), frozenset(whiteouts), frozenset(opaques))
