"""What a VEX document says, whatever its format, and which findings of an image it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packageurl import PackageURL

from schemas.findings import Finding

AFFECTED, NOT_AFFECTED, FIXED, INVESTIGATED = "affected", "not_affected", "fixed", "under_investigation"
STATUSES = (AFFECTED, NOT_AFFECTED, FIXED, INVESTIGATED)


class NotVex(ValueError):
    """What was given is no VEX document that is known; the text says why."""


@dataclass(frozen=True)
class Product:
    """What a statement is about: identifiers (purls, digests), and the parts of it that are meant; none means the product itself."""

    identifiers: tuple[str, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """One statement. `names` are the vulnerability and its aliases; `stated_at` is its time as ISO 8601, empty if unknown;
    `mark` the identity that the document gives it."""

    names: frozenset[str]
    products: tuple[Product, ...]
    status: str
    justification: str = ""
    text: str = ""
    stated_at: str = ""
    source: str = ""
    mark: str = ""

    @property
    def closes(self) -> bool:
        """Whether what it covers is no risk."""
        return self.status in (NOT_AFFECTED, FIXED)


@dataclass(frozen=True)
class Suppressed:
    """A finding that a statement leaves out."""

    finding: Finding
    statement: Statement


def suppress(
    findings: Sequence[Finding], image_digest: str, statements: Sequence[Statement]
) -> tuple[list[Finding], list[Suppressed], set[Statement]]:
    """Findings that stand, those that are left out with the reason, and the statements that concerned any finding.

    The latest statement about a finding decides, and of equal times the last one (OpenVEX 0.2.0, "Updating statements")."""
    standing: list[Finding] = []
    left_out: list[Suppressed] = []
    used: set[Statement] = set()
    for finding in findings:
        about = [one for one in statements if covers(one, finding, image_digest)]
        used.update(about)
        latest = max(enumerate(about), key=lambda pair: (pair[1].stated_at, pair[0]))[1] if about else None
        if latest and latest.closes:
            left_out.append(Suppressed(finding, latest))
        else:
            standing.append(finding)
    return standing, left_out, used


def covers(statement: Statement, finding: Finding, image_digest: str) -> bool:
    """Whether a statement is about this vulnerability in this image."""
    if not finding.purl or not statement.names & {finding.rule, *finding.aliases}:
        return False
    return any(reach(product, finding.purl, image_digest) for product in statement.products)


def reach(product: Product, purl: str, image_digest: str) -> str:
    """How far a statement about a product reaches for a package of an image: `image`, `package` (wherever it is), or empty."""
    if any(is_image(one, image_digest) for one in product.identifiers):
        return "image" if not product.parts or names_package(product.parts, purl) else ""
    return "package" if not product.parts and names_package(product.identifiers, purl) else ""


def names_package(stated: Sequence[str], purl: str) -> bool:
    """Whether one of these identifiers names a package."""
    return any(same_package(one, purl) for one in stated)


def is_image(identifier: str, digest: str) -> bool:
    """A digest, or a purl of type oci, whose version is one (purl specification, type oci)."""
    if identifier == digest:
        return bool(digest)
    named = parsed(identifier)
    return bool(digest) and named is not None and named.type == "oci" and named.version == digest


def same_package(stated: str, found: str) -> bool:
    """Whether a stated purl names this package: what it leaves out (version, qualifiers) is free, what it says must be there."""
    one, other = parsed(stated), parsed(found)
    if one is None or other is None or (one.type, one.namespace, one.name) != (other.type, other.namespace, other.name):
        return False
    return one.version in (None, other.version) and _qualifiers(one).items() <= _qualifiers(other).items()


def _qualifiers(purl: PackageURL) -> dict[str, str]:
    return purl.qualifiers if isinstance(purl.qualifiers, dict) else {}


def parsed(text: str) -> PackageURL | None:
    """The purl, without its subpath; None if it is none."""
    try:
        found = PackageURL.from_string(text)
    except ValueError:
        return None
    return PackageURL(found.type, found.namespace, found.name, found.version, found.qualifiers)
