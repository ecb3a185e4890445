"""Findings and scan results: what analyzers assert about one image."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict, Field

from schemas.vocabulary import CategoryId, ScanState


class Finding(BaseModel):
    """One assertion of one analyzer about one image. `id` is its identity: see `finding_id`. `layer` is the digest of the layer that
    holds it, `path` says where (a file, or `history[2]`, `config.Env[NAME]`). `severity` is a vocabulary.Level; `priority` high, medium
    or low for vulnerabilities, else equal to the severity's rank. `score` 0-15 for vulnerabilities, 0-100 for samples, else 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    category: CategoryId
    rule: str
    aliases: list[str] = Field(default_factory=list)
    title: str = ""
    severity: str
    priority: str = ""
    score: float = 0.0
    package: str = ""
    version: str = ""
    purl: str = ""
    path: str = ""
    layer: str = ""
    fixed_version: str = ""
    fix_command: str = ""
    line: int = 0
    evidence: str = ""
    removed_in_later_layer: bool = False
    description: str = ""
    advice: str = ""
    details: dict[str, str] = Field(default_factory=dict)

    @property
    def hashes(self) -> tuple[str, ...]:
        """MD5 and SHA-256 of the file, where they are known."""
        return tuple(self.details[name] for name in ("md5", "sha256") if self.details.get(name))


class SkippedItem(BaseModel):
    """Something that a scan did not look at, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    reason: str


class ItemOutcome(BaseModel):
    """What one item of a category's list of checks said about one image. `group` is its class; `state` a vocabulary.ItemState; `hits` the
    number of its findings; `reason` why it neither failed nor passed, or what it could not do to its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item: str
    group: str
    level: str
    state: str
    reason: str = ""
    hits: int = 0


class ScanReport(BaseModel):
    """The completeness row of one image and one category, with what was found. A failed or partial one closes no risk. `items` are the
    outcomes of a category that is a list of checks (baseline), in the order of the list; empty for the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    category: CategoryId
    state: ScanState
    reason: str = ""
    skipped: list[SkippedItem] = Field(default_factory=list)
    rules: str = ""
    advisories: str = ""
    findings: list[Finding] = Field(default_factory=list)
    items: list[ItemOutcome] = Field(default_factory=list)


def finding_id(category: str, rule: str, *subject: str) -> str:
    """The identity of a finding: 32 hex digits of a hash over category, rule (or advisory alias group) and subject.

    The subject is the package identity (ecosystem, name, version), or the path and a content hash; never the tag, digest, severity or
    text, so that decisions survive new tags and new digests."""
    return hashlib.blake2b("\0".join((category, rule, *subject)).encode("utf-8", "backslashreplace"), digest_size=16).hexdigest()
