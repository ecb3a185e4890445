"""What travels on Kafka: one model for each kind of message. Only references, facts about work and findings: never file content.

The Avro schemas in `schemas/avro/` are generated from these models (`python -m schemas.wire`); a change must keep old bytes readable: new
fields need a default. Times are integers, milliseconds since 1970 UTC, and end in `_at`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from schemas.findings import Finding, ItemOutcome, SkippedItem


class Message(BaseModel):
    """Base of everything that travels."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RegistryNotification(Message):
    """The raw body of a registry's webhook, as it came: `brand` says who can read it."""

    registry: str
    brand: str
    body: bytes
    received_at: int


class ImageRequested(Message):
    """Look at one image of a configured registry. `reference` is a tag or a digest. `cause` is a vocabulary.Cause; `requested_at` the
    time of the event: equal events ask for the same scan."""

    registry: str
    repository: str
    reference: str
    cause: str
    requested_at: int
    event_id: str = ""
    platform: str = ""


class ContainerReport(Message):
    """The raw body of a runtime agent's report."""

    agent: str
    body: bytes
    received_at: int


class BlobRequested(Message):
    """Inspect one blob of a repository: a layer, or an image configuration (`part` = `layer` or `config`)."""

    registry: str
    repository: str
    digest: str
    media_type: str
    size: int
    part: str
    diff_id: str = ""
    requested_at: int
    image_digest: str = ""


class BlobInspected(Message):
    """A blob was inspected, or cannot be: the facts and the outcome are in the store."""

    digest: str
    state: str
    reason: str = ""
    requested_at: int


class ImageResolved(Message):
    """The manifest of an image is in the store; its blobs are known or have been requested."""

    image_digest: str
    registry: str
    repository: str
    cause: str
    requested_at: int


class ImageReady(Message):
    """All blobs of an image are inspected: every category may analyze it. `categories` empty = all."""

    image_digest: str
    cause: str
    requested_at: int
    categories: list[str] = Field(default_factory=list)


class FindingsPart(Message):
    """One numbered part of what one category found in one image. The last part has `final` and carries the scan's outcome, the number of
    findings in all parts together, and what each item of a list of checks said; parts may come twice and in any order. With `flaws` it is
    no scan: it speaks about risks of these rules only, and everything else stays as it is."""

    image_digest: str
    category: str
    cause: str
    requested_at: int
    analyzed_at: int
    part: int
    final: bool
    findings: list[Finding] = Field(default_factory=list)
    total: int = 0
    state: str = ""
    reason: str = ""
    skipped: list[SkippedItem] = Field(default_factory=list)
    rules: str = ""
    advisories: str = ""
    flaws: list[str] = Field(default_factory=list)
    items: list[ItemOutcome] = Field(default_factory=list)


class RiskChanged(Message):
    """One risk changed: opened, reopened, closed, status or priority (`before` and `after` are levels then, else statuses). `id` is
    stable: the same change has the same id however often it is sent."""

    id: str
    change: str
    finding_id: str
    image_digest: str
    category: str
    rule: str
    severity: str
    before: str
    after: str
    changed_at: int
    cause: str = ""


class ActionRequested(Message):
    """Somebody handles risks. `subject` says what it is about: finding (`finding_id`), or rule, package, path or hash, compared with
    `value` by `operator` (equals; paths also contains, startsWith, endsWith), `category` narrows it. `scope` is image, repository,
    namespace, registry or global; `target` the value of the scope (a digest, a repository ...), empty for all images that have the
    finding. `source` is what it was said with. The actions about fixes have subject image (`target` its digest, `value` the flaws to fix,
    separated by commas, empty for all; `tag` the tag of the fixed image) or fix (`value` the id of a task)."""

    id: str
    action: str
    finding_id: str
    scope: str
    target: str = ""
    reason: str
    actor: str = ""
    expires_at: int = 0
    requested_at: int
    subject: str = "finding"
    operator: str = "equals"
    value: str = ""
    category: str = ""
    source: str = ""
    tag: str = ""


class ActionDone(Message):
    """The answer to an ActionRequested: how many risks it touched, or why it was refused."""

    id: str
    action: str
    finding_id: str
    state: str
    reason: str = ""
    touched: int = 0
    done_at: int


class AdvisoriesUpdated(Message):
    """Advisories that changed in one import: the images that they concern are matched again, without reading a layer. `ids` are records
    that may assert something new, `flaws` what they asserted before or now; with `everything` all images are matched again."""

    source: str
    ids: list[str]
    flaws: list[str]
    everything: bool = False
    updated_at: int


class DeadLetter(Message):
    """A message that could not be handled, as it was, with where it came from and why."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict[str, str] = Field(default_factory=dict)
    step: str
    reason: str
    died_at: int


MESSAGES: tuple[type[Message], ...] = (
    RegistryNotification, ImageRequested, ContainerReport, BlobRequested, BlobInspected, ImageResolved, ImageReady, FindingsPart,
    RiskChanged, ActionRequested, ActionDone, AdvisoriesUpdated, DeadLetter,
)  # fmt: skip
