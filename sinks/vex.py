"""VEX documents of images, and the repositories that may speak with them. See ddl/140_vex.sql."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sinks.decisions import Decision, said_with
from sinks.store import External, Store

SOURCE = "vex"
"""What decisions made from these documents carry as their source."""
_COLUMNS = ("image_digest", "registry", "repository", "place", "subject", "body", "problem", "present", "seen_at")


@dataclass(frozen=True)
class VexDocument:
    """A document. `registry` and `repository` are empty for a file of the image; `subject` is the digest that it is attached to; `problem`
    says why `body` is empty."""

    place: str
    registry: str = ""
    repository: str = ""
    subject: str = ""
    body: str = ""
    problem: str = ""


def replace_documents(store: Store, image_digest: str, origin: tuple[str, str], found: Sequence[VexDocument], at_ms: int) -> None:
    """These are the documents of an image from one origin (registry and repository, both empty for its files) as of a moment; what was
    there before and is not among them is marked."""
    sql = (
        "SELECT place FROM vex_documents FINAL WHERE image_digest = {image:String} AND registry = {registry:String} "
        "AND repository = {repository:String} AND present = 1"
    )
    before = store.query(sql, {"image": image_digest, "registry": origin[0], "repository": origin[1]})
    gone = {row[0] for row in before} - {one.place for one in found}
    add_documents(store, image_digest, origin, found, at_ms)
    store.insert("vex_documents", _COLUMNS, [(image_digest, *origin, place, "", "", "", 0, at_ms) for place in sorted(gone)])


def add_documents(store: Store, image_digest: str, origin: tuple[str, str], found: Sequence[VexDocument], at_ms: int) -> None:
    """These documents are there too."""
    rows = [(image_digest, *origin, one.place, one.subject, one.body, one.problem, 1, at_ms) for one in found]
    store.insert("vex_documents", _COLUMNS, rows)


def documents_of(store: Store, image_digests: Iterable[str]) -> dict[str, list[VexDocument]]:
    """Image digest -> its documents, sorted by place. An image that had some and has none any more has an empty list; one that never had
    any is left out."""
    wanted = External("wanted", [("digest", "String")], [(one,) for one in sorted(set(image_digests))])
    rows = store.query(
        "SELECT image_digest, present, place, registry, repository, subject, body, problem FROM vex_documents FINAL "
        "WHERE image_digest IN (SELECT digest FROM wanted) ORDER BY image_digest, place, registry, repository",
        external=[wanted],
    )
    found: dict[str, list[VexDocument]] = {}
    for digest, present, *values in rows:
        found.setdefault(digest, []).extend([VexDocument(*values)] if present else [])
    return found


def standing_decisions(store: Store, image_digests: Iterable[str]) -> dict[tuple[str, str], Decision]:
    """(image digest, finding id) -> the last decision that documents of the image made."""
    return {(one.target, one.finding_id): one for one in said_with(store, SOURCE, image_digests)}


def trust(store: Store, pattern: str, actor: str, at_ms: int, *, trusted: bool = True) -> None:
    """Let documents of some repositories count as decisions, or no longer."""
    store.insert("vex_trust", ("pattern", "trusted", "actor", "changed_at"), [(pattern, int(trusted), actor, at_ms)])


def trusted_patterns(store: Store) -> list[str]:
    """REGISTRY/REPOSITORY patterns whose documents count."""
    return [row[0] for row in store.query("SELECT pattern FROM vex_trust FINAL WHERE trusted = 1 ORDER BY pattern")]
