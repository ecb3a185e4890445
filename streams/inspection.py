"""Reading one blob: fetch it, run the pass over it, give what the store keeps. Runs in a process of its own, because it is all CPU."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from analyzers.baseline import Selection, user_items
from analyzers.collectors.clamav import ClamAv
from analyzers.collectors.user_items import UserItems
from analyzers.config import COLLECTOR as CONFIG
from analyzers.config import TELLS as CONFIG_TELLS
from analyzers.config import VERSION as CONFIG_VERSION
from analyzers.config import inspect_config, rules_of
from analyzers.contract import Category, Collector, PassContext, reader_id
from analyzers.layer import VERSION as PASS_VERSION
from analyzers.layer import LayerPass
from analyzers.offering import LAYER
from analyzers.registry import CATEGORIES, COLLECTORS, hears
from analyzers.rule_choice import RuleChoice, rule_choice
from analyzers.user_rules.load import Problem
from schemas.facts import Fact
from schemas.messages import BlobRequested
from schemas.vocabulary import CategoryId, Reason
from sinks.blobs import BlobRow, undone
from streams.clamd import Clamd, ClamdError, ClamdSettings, ask
from streams.registries.accounts import Accounts
from streams.registries.manifests import RegistryError
from streams.surroundings import ALIKE, Assets

if TYPE_CHECKING:
    from streams.registries.sources import Source

CONFIG_LIMIT_BYTES = 16 << 20
WITH_CLAMAV = " with ClamAV"
WITHOUT_CLAMAV = " without ClamAV, which did not answer"


@dataclass(frozen=True)
class InspectionSettings:
    """What a reading process must know; it is sent to it, so it holds plain values only."""

    home: str
    secret_key: bytes = field(repr=False)
    rule_files: Mapping[str, bytes] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    rule_problems: tuple[Problem, ...] = ()
    strategy: str = "default"
    baseline_items: frozenset[str] = frozenset()
    clamd: ClamdSettings | None = None
    assets: Assets = ALIKE

    @property
    def context(self) -> PassContext:
        """What every pass gives its collectors; a pass that may ask ClamAV gets a `Clamd` of its own besides."""
        return PassContext(self.secret_key, self.rule_files, self.options)

    @property
    def collectors(self) -> tuple[type[Collector], ...]:
        """Those that read a layer: the one for ClamAV only where there is one, the one for items of the user only where these ask."""
        idle = {*(() if self.clamd else (ClamAv,)), *(() if UserItems.rules_of(self.context) else (UserItems,))}
        return tuple(one for one in COLLECTORS if one not in idle)

    def readers(self, part: str) -> tuple[str, ...]:
        """Ids of all that must have read a `layer` or a `config`, in the order in which their facts count."""
        if part == "config":
            return (self._config,)
        return (reader_id(LAYER, PASS_VERSION), *(self._reader(one) for one in self.collectors))

    def rules(self, antivirus_absent: bool = False) -> dict[str, str]:
        """Category -> name of all that decides what it says about the same bytes: its own version, those who read for it, where there is
        any the user's part, which of its rules run, what images are worth, and whether ClamAV took part."""
        found = dict(self._named)
        if self.clamd:
            found[CategoryId.MALICIOUS_SAMPLE] += WITHOUT_CLAMAV if antivirus_absent else WITH_CLAMAV
        return found

    @property
    def choice(self) -> RuleChoice:
        """What the user's rules come to."""
        return rule_choice(self.rule_files, self.rule_problems)

    @cached_property
    def _named(self) -> dict[str, str]:
        """Asked for by each category of each image: the settings do not change."""
        return {category.id.value: self._rules(category) for category in CATEGORIES}

    def _rules(self, category: type[Category]) -> str:
        worth = self.assets.fingerprint if category.matches else ""
        named = "-".join(filter(None, (category.version, self._heard(category), self.choice.text(category.id), worth)))
        if category.id is CategoryId.BASELINE:
            disabled = self.choice.disabled.get(category.id, frozenset())
            return f"{named} {Selection(self.strategy, self.baseline_items, disabled, user_items(self.choice.rules.baseline))}"
        return f"{named} {self.strategy}" if category.id is CategoryId.BUILD_COMMAND else named

    @property
    def _config(self) -> str:
        return reader_id(CONFIG, CONFIG_VERSION, rules_of(self.context))

    def _reader(self, one: type[Collector]) -> str:
        reader = reader_id(one.name, one.version, one.rules_of(self.context))
        return f"{reader}-{self.clamd.signatures or 'undated'}" if self.clamd and one is ClamAv else reader

    def _heard(self, category: type[Category]) -> str:
        readers = [self._reader(one) for one in self.collectors if hears(category, one.tells)]
        if hears(category, CONFIG_TELLS):
            readers.append(self._config)
        return hashlib.blake2b(" ".join(readers).encode(), digest_size=4).hexdigest()


@dataclass(frozen=True)
class Inspected:
    """What reading a blob gave: its row, and the facts that each reader told."""

    blob: BlobRow
    told: Mapping[str, Sequence[Fact]]
    retry_after_s: float | None = None


def inspect_blob(settings: InspectionSettings, request: BlobRequested, lacking: Sequence[str]) -> Inspected:
    """Fetch one blob and let those of its readers that are `lacking` read it. Never raises for what the registry or the bytes do: that is
    the outcome."""
    return asyncio.run(_inspect(settings, request, lacking))


def antivirus_answers(settings: InspectionSettings) -> bool:
    """Whether the configured virus scanner is there now."""
    try:
        return settings.clamd is not None and ask(settings.clamd.address, "PING") == "PONG"
    except ClamdError:
        return False


def warm_up(settings: InspectionSettings) -> None:
    """Import everything and compile every rule: an empty layer and an empty configuration are read."""
    import streams.registries.sources  # noqa: F401 (what `_inspect` needs)

    LayerPass(settings.collectors, settings.context).close()
    inspect_config(b"{}", settings.context)


async def _inspect(settings: InspectionSettings, request: BlobRequested, lacking: Sequence[str]) -> Inspected:
    from streams.registries.sources import Sources  # an HTTP client: a fifth of a second for those who only want the settings

    home = Path(settings.home)
    async with Sources(Accounts(home), home) as sources:
        try:
            source = await sources.open(request.registry)
            if request.part == "config":
                return await _config(settings, source, request)
            return await _layer(settings, source, request, lacking)
        except RegistryError as error:
            return Inspected(failed(request, str(error)), {}, error.retry_after_s)


async def _config(settings: InspectionSettings, source: Source, request: BlobRequested) -> Inspected:
    if request.size > CONFIG_LIMIT_BYTES:
        raise RegistryError(Reason.UNSUPPORTED_MANIFEST, f"the image configuration has {request.size} bytes")
    document = b"".join([chunk async for chunk in source.blob(request.repository, request.digest, request.size)])
    digest = f"sha256:{hashlib.sha256(document).hexdigest()}"
    if digest != request.digest:
        raise RegistryError(Reason.DIGEST_MISMATCH, f"the image configuration is {digest}, not {request.digest}")
    (reader,) = settings.readers("config")
    row = BlobRow(request.digest, "config", "", "", len(document), 0, 0, "succeeded", "", reader, "", (), (), _now())
    return Inspected(row, {reader: inspect_config(document, settings.context)})


async def _layer(settings: InspectionSettings, source: Source, request: BlobRequested, lacking: Sequence[str]) -> Inspected:
    readers = dict(zip((LAYER, *(one.name for one in settings.collectors)), settings.readers("layer"), strict=True))
    collectors = [one for one in settings.collectors if readers[one.name] in lacking]
    told = {name for name, reader in readers.items() if reader in lacking}
    antivirus = Clamd(settings.clamd) if settings.clamd else None
    context = replace(settings.context, antivirus=antivirus)
    one = LayerPass(collectors, context, digest=request.digest, size=request.size, media_type=request.media_type)
    async for chunk in source.blob(request.repository, request.digest, request.size):
        one.feed(chunk)
    result = one.close()
    if antivirus and antivirus.absent:
        readers[ClamAv.name] = undone(readers[ClamAv.name], _now())
    row = BlobRow(
        request.digest, "layer", request.media_type, result.diff_id, result.size, result.tar_size, result.members, result.state,
        result.reason, ",".join(readers.values()), result.entries, tuple(sorted(result.whiteouts)), tuple(sorted(result.opaques)), _now(),
    )  # fmt: skip
    return Inspected(row, {readers[name]: facts for name, facts in result.told.items() if name in told})


def failed(request: BlobRequested, reason: str) -> BlobRow:
    """The row of a blob that could not be read."""
    return BlobRow(request.digest, request.part, request.media_type, "", 0, 0, 0, "failed", reason, "", "", (), (), _now())


def _now() -> int:
    return time.time_ns() // 1_000_000
