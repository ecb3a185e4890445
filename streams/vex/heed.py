"""What the VEX documents of an image mean for its findings.

Where the repository is trusted for VEX, the newest statement about a finding decides for this image: `not_affected` and `fixed` are
false positives with their justification; when no statement says so any more, the finding is reopened. Elsewhere statements are notes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from schemas.findings import Finding, SkippedItem
from schemas.vocabulary import Reason
from sinks.decisions import Decision, write_decisions
from sinks.images import repositories_of
from sinks.store import Store
from sinks.vex import SOURCE, VexDocument, documents_of, standing_decisions, trusted_patterns
from streams.vex.envelope import opened
from streams.vex.read import read_vex
from streams.vex.statements import NotVex, Product, Statement, covers, parsed

_NOTE_LIMIT, _REASON_LIMIT = 1000, 2000
Repositories = frozenset[tuple[str, str]]
"""(registry, repository) of each place where an image lies."""


@dataclass(frozen=True)
class Claim:
    """A statement of a document of the image; `trusted` says whether it decides."""

    statement: Statement
    trusted: bool
    signed: bool

    @property
    def sentence(self) -> str:
        """What it says and how far to believe it."""
        one = self.statement
        said = ", ".join(filter(None, [one.status, one.justification, one.text]))
        signature = "signed, the signature is not verified" if self.signed else "unsigned"
        return f"{one.source}: {said} ({signature}{'' if self.trusted else ', the repository is not trusted for VEX'})"


@dataclass(frozen=True)
class Heeded:
    """Findings with what is said about them in `details.vex`, and what could not be read."""

    findings: list[Finding]
    skipped: list[SkippedItem]


def heed(store: Store, looks: Sequence[tuple[str, Sequence[Finding]]], at_ms: int) -> list[Heeded]:
    """What documents say about findings: one answer for each (image digest, findings). Writes the decisions that follow, before anybody
    hears of the findings. The same again writes nothing."""
    documents = documents_of(store, {digest for digest, _ in looks})
    if not documents:
        return [Heeded(list(findings), []) for _, findings in looks]
    trusted = trusted_patterns(store)
    places = repositories_of(store, documents)
    standing = standing_decisions(store, documents)
    answers, decisions = [], list[Decision]()
    for digest, findings in looks:
        claims, skipped = claims_of(digest, documents.get(digest, ()), frozenset(places.get(digest, ())), trusted)
        decisions += _decided(digest, findings, claims, standing, at_ms)
        answers.append(Heeded(noted(findings, digest, claims), skipped))
    write_decisions(store, decisions)
    return answers


def claims_of(
    digest: str, documents: Iterable[VexDocument], places: Repositories, trusted: Sequence[str]
) -> tuple[list[Claim], list[SkippedItem]]:
    """The statements of an image's documents, and why others cannot be used. `trusted`: patterns of REGISTRY/REPOSITORY. A file of the
    image is believed where any of its places is; an artifact where its own place is."""
    claims: list[Claim] = []
    skipped: list[SkippedItem] = []
    for one in documents:
        mine = frozenset({(one.registry, one.repository)}) if one.repository else places
        believed = any(fnmatchcase(f"{registry}/{repository}", pattern) for registry, repository in mine for pattern in trusted)
        is_here = _same_image(digest, one.subject, mine)
        try:
            found, problems = _read(one, digest if one.subject else "", is_here) if not one.problem else ([], [one.problem])
        except NotVex as error:
            found, problems = [], [f"{Reason.UNREADABLE}: {error}"]
        claims += [replace(each, trusted=believed) for each in found]
        skipped += [SkippedItem(path=one.place, reason=f"VEX: {problem}") for problem in problems]
    return claims, skipped


def _read(document: VexDocument, product: str, is_here: Callable[[str], bool]) -> tuple[list[Claim], list[str]]:
    """The statements of a document, with every name of the image replaced by its digest. Raises NotVex."""
    enclosed = opened(document.body.encode())
    if enclosed is None:
        return [], []
    if enclosed.subjects is not None and not any(map(is_here, enclosed.subjects)):
        return [], [f"{Reason.UNREADABLE}: it is a statement about another image"]
    statements, problems = read_vex(enclosed.document, document.place, product)
    return [Claim(_localised(one, product, is_here), False, enclosed.signed) for one in statements], problems


def _localised(statement: Statement, digest: str, is_here: Callable[[str], bool]) -> Statement:
    def here(product: Product) -> Product:
        return Product(tuple(digest if is_here(one) else one for one in product.identifiers), product.parts)

    return replace(statement, products=tuple(map(here, statement.products)))


def _same_image(digest: str, subject: str, places: Repositories) -> Callable[[str], bool]:
    """Tells whether an identifier names this image: by its digest, by that of its index, or by a purl of type oci without a version whose
    name (and repository_url, if it has one) is that of a repository that holds it. Source: purl specification, type oci."""
    digests = {digest, subject} - {""}

    def named(identifier: str) -> bool:
        if identifier in digests:
            return True
        purl = parsed(identifier)
        if purl is None or purl.type != "oci":
            return False
        if purl.version:
            return purl.version in digests
        address = purl.qualifiers.get("repository_url", "") if isinstance(purl.qualifiers, dict) else ""
        return any(
            repository.rpartition("/")[2] == purl.name and (not address or f"/{address}".endswith(f"/{repository}"))
            for _, repository in places
        )

    return named


def noted(findings: Sequence[Finding], digest: str, claims: Sequence[Claim]) -> list[Finding]:
    """The findings with what is said about them."""
    found, by_name = [], _by_name(claims)
    for one in findings:
        said = "; ".join(dict.fromkeys(claim.sentence for claim in _about(one, digest, by_name)))
        found.append(one.model_copy(update={"details": {**one.details, "vex": said[:_NOTE_LIMIT]}}) if said else one)
    return found


def _by_name(claims: Iterable[Claim]) -> dict[str, list[tuple[int, Claim]]]:
    """Name of a flaw -> numbered claims about it: a document may hold tens of thousands."""
    found: dict[str, list[tuple[int, Claim]]] = {}
    for number, claim in enumerate(claims):
        for name in claim.statement.names:
            found.setdefault(name, []).append((number, claim))
    return found


def _about(finding: Finding, digest: str, by_name: Mapping[str, list[tuple[int, Claim]]]) -> list[Claim]:
    """The claims that cover a finding, in the order of the documents."""
    named = dict(pair for name in (finding.rule, *finding.aliases) for pair in by_name.get(name, ()))
    return [named[number] for number in sorted(named) if covers(named[number].statement, finding, digest)]


def _decided(
    digest: str, findings: Sequence[Finding], claims: Sequence[Claim], standing: Mapping[tuple[str, str], Decision], at_ms: int
) -> Iterator[Decision]:
    """The decisions that differ from what documents of this image decided before."""
    by_name = _by_name(claim for claim in claims if claim.trusted)
    for one in findings:
        about = [claim.statement for claim in _about(one, digest, by_name)]
        latest = max(enumerate(about), key=lambda pair: (pair[1].stated_at, pair[0]))[1] if about else None
        before = standing.get((digest, one.id))
        closes = latest is not None and latest.closes
        if not closes and (before is None or before.action == "reopen"):
            continue
        action = "false-positive" if closes else "reopen"
        reason = _reason(latest) if latest else "no VEX document of this image that is trusted says anything about it any more"
        if before and (before.action, before.reason) == (action, reason):
            continue
        said_at = _milliseconds(latest.stated_at) if latest and closes else at_ms
        yield _decision(one, digest, action, reason, max(min(said_at or at_ms, at_ms), before.decided_at + 1 if before else 0))


def _decision(finding: Finding, digest: str, action: str, reason: str, at_ms: int) -> Decision:
    identity = "\0".join((SOURCE, digest, finding.id, action, reason, str(at_ms)))
    return Decision(
        id=hashlib.blake2b(identity.encode("utf-8", "backslashreplace"), digest_size=16).hexdigest(), action=action, finding_id=finding.id,
        category=finding.category.value, rule=finding.rule, scope="image", target=digest, reason=reason, actor="vex", expires_at=0,
        decided_at=at_ms, source=SOURCE,
    )  # fmt: skip


def _reason(statement: Statement) -> str:
    said = ", ".join(filter(None, [statement.status, statement.justification]))
    return f"VEX {statement.source}: {said}{f': {statement.text}' if statement.text else ''}"[:_REASON_LIMIT]


def _milliseconds(text: str) -> int:
    """A time of ISO 8601 in ms, 0 if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return max(0, int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000))
