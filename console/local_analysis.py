"""Analysing a target in this process: layers are read here, packages are matched by the store of the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from analyzers.config import inspect_config
from analyzers.contract import AnalysisInputs, Category
from analyzers.image import ImageView, LayerContents, Located, hidden_places
from analyzers.layer import LayerResult, inspect_layer
from analyzers.malicious_samples.listed_files import archives_of, only_listed
from analyzers.packages import PackageList, image_packages
from analyzers.registry import CATEGORIES
from analyzers.rule_choice import RuleChoice
from analyzers.sbom_documents import NotAnSbom, read_sbom
from analyzers.spdx_tag_values import is_tag_value
from analyzers.user_rules.hash_lists import HashLists
from console.local_base import Base, built_on
from infra.local.embedded import embedded
from infra.settings import Settings
from schemas.facts import Fact, FileHashes, ImageSettings, VexFile
from schemas.findings import ScanReport
from sinks.advisories import advisory_version
from sinks.migrate import migrate
from sinks.store import Store
from sinks.vex import VexDocument
from streams.advisories.matching import match_packages
from streams.analysis import inputs_for, report_of
from streams.clamd import Clamd
from streams.inspection import WITH_CLAMAV, WITHOUT_CLAMAV, InspectionSettings
from streams.reading import inspection_settings
from streams.registries.archive_files import NotAnImage
from streams.registries.manifests import RegistryError
from streams.registries.targets import TargetImage, TargetLayer, open_target
from streams.surroundings import NOWHERE, Surroundings
from streams.vex.heed import claims_of, noted
from streams.vex.statements import Statement, Suppressed, suppress

SBOM_LIMIT_BYTES = 512 << 20
_AS_IT_IS = " To have a file looked at as it is, give the folder that it lies in."


class NotATarget(Exception):
    """What was given can be analysed as nothing; the text is a sentence for people."""


@dataclass(frozen=True)
class LayerLine:
    """A layer as the JSON output shows it."""

    digest: str
    diff_id: str
    size: int


@dataclass(frozen=True)
class Analysed:
    """One image (or folder, or SBOM) with everything that was found."""

    reference: str
    digest: str
    platform: str
    created: str
    layers: tuple[LayerLine, ...]
    packages: PackageList
    reports: tuple[ScanReport, ...] = field(default=())
    suppressed: tuple[Suppressed, ...] = field(default=())
    based: bool = False  # whether it begins with the layers of one of the bases


@dataclass(frozen=True)
class Strategy:
    """Which rules run: those that the name says, and of the baseline these items, if any are named."""

    name: str = "default"
    items: frozenset[str] = frozenset()

    def inputs(self) -> AnalysisInputs:
        """For categories that need nothing of the store."""
        return inputs_for(_today(), strategy=self.name, chosen=self.items)


def analyze_target(
    settings: Settings,
    target: Path,
    categories: Sequence[str],
    rules: Strategy,
    bases: Sequence[Base] = (),
    *,
    trust_vex: bool = False,
    around: Surroundings = NOWHERE,
) -> list[Analysed]:
    """Analyse each image that lies at a path. `bases`: where a finding comes from is told by these. `trust_vex`: what VEX files in the
    image say is not affected is left out, else it is a note. `around`: where the image will run. Raises NotATarget."""
    if not target.exists():
        raise NotATarget(f"{target} does not exist. Images in a registry are scanned with `imagerisk scan` by the running system.")
    document = _sbom_bytes(target)
    reading = inspection_settings(settings)
    if document is not None:  # packages are all that an SBOM tells: the other categories have nothing to look at
        categories = [one.id.value for one in CATEGORIES if one.matches and one.id.value in categories]
        views = [_sbom_view(document, target)]
    else:
        try:
            with open_target(target, settings.home) as images:
                views = [image_view(reading, image, target) for image in images]
        except NotAnImage as error:
            raise NotATarget(f"{error}{_AS_IT_IS if target.is_file() else ''}") from error
        except RegistryError as error:
            raise NotATarget(str(error)) from error
    views = [(replace(header, based=view.base is not None), view) for header, view in (_on_base(*one, bases) for one in views)]
    wanted = [one for one in CATEGORIES if one.id.value in categories]
    if not any(one.matches for one in wanted):
        return [_analysed(header, view, wanted, reading.choice, lambda packages: rules.inputs()) for header, view in views]
    with _store(settings) as store:
        version = advisory_version(store)

        def inputs(packages: PackageList) -> AnalysisInputs:
            matched = match_packages(store, packages.packages)
            return inputs_for(_today(), packages.packages, matched.all, matched.ecosystems, version, rules.name, rules.items, around)

        return [_with_own_vex(_analysed(header, view, wanted, reading.choice, inputs), view, trust_vex) for header, view in views]


def _on_base(header: Analysed, view: ImageView, bases: Sequence[Base]) -> tuple[Analysed, ImageView]:
    return header, replace(view, base=built_on(view.diff_ids, bases))


def _with_own_vex(one: Analysed, view: ImageView, trusted: bool) -> Analysed:
    """The same with what VEX files of the image say: as notes, or believed."""
    files = [VexDocument(f"file {fact.path}", body=fact.document) for _, fact in view.visible(VexFile)]
    claims, skipped = claims_of(one.digest, files, frozenset({("", "")}), ["*"] if trusted else [])
    if not claims and not skipped:
        return one
    reports = [
        scan.model_copy(update={"findings": noted(scan.findings, one.digest, claims), "skipped": [*scan.skipped, *skipped]})
        if scan.category.value.endswith("-vulnerability") else scan
        for scan in one.reports
    ]  # fmt: skip
    noticed = replace(one, reports=tuple(reports))
    return apply_vex(noticed, [claim.statement for claim in claims])[0] if trusted else noticed


def _analysed(
    header: Analysed, view: ImageView, wanted: Sequence[type[Category]], choice: RuleChoice, inputs: Callable[[PackageList], AnalysisInputs]
) -> Analysed:
    packages = image_packages(view, folder_target=view.details.get("target") in ("folder", "sbom"))
    given = inputs(packages)
    reports = tuple(report_of(category, view, choice.inputs(category.id, given)) for category in wanted)
    return replace(header, packages=packages, reports=reports)


def apply_vex(one: Analysed, statements: Sequence[Statement]) -> tuple[Analysed, set[Statement]]:
    """The same without the findings that statements cover, which are kept as suppressed; and the statements that concerned any."""
    reports, suppressed, used = [], [*one.suppressed], set[Statement]()
    for scan in one.reports:
        standing, left_out, about = suppress(scan.findings, one.digest, statements)
        reports.append(scan.model_copy(update={"findings": standing}))
        suppressed += left_out
        used |= about
    return replace(one, reports=tuple(reports), suppressed=tuple(suppressed)), used


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    """The store of this data folder: the running one, or an engine of our own for as long as we need it."""
    with embedded(settings) as own:
        store = Store(own.clickhouse_url)
        try:
            migrate(store)
            yield store
        finally:
            store.close()


def image_view(reading: InspectionSettings, image: TargetImage, target: Path) -> tuple[Analysed, ImageView]:
    """Read the configuration and every layer once."""
    facts = [Located(-1, fact) for fact in inspect_config(image.config, reading.context)]
    gaps: list[str] = [reason for _, reason in image.skipped]
    stack: list[LayerContents] = []
    absent = False
    for position, layer in enumerate(image.layers):
        if layer.skipped:
            gaps.append(layer.skipped)
            stack.append(LayerContents(layer.digest, layer.diff_id))
            continue
        clamd = Clamd(reading.clamd) if reading.clamd else None
        result = _read_layer(reading, layer, clamd)
        absent |= clamd is not None and clamd.absent
        if result.state != "succeeded":
            gaps.append(result.reason)
        facts += [Located(position, fact) for fact in _kept(result.facts, reading.choice.lists)]
        entries = frozenset(result.entries.splitlines())
        stack.append(LayerContents(layer.digest, result.diff_id, layer.size, entries, result.whiteouts, result.opaques))
    settings = next((one.fact for one in facts if isinstance(one.fact, ImageSettings)), ImageSettings())
    hidden = hidden_places(stack, {(one.layer, path) for one in facts if one.layer >= 0 for path in _places(one.fact)})
    details = {"target": "folder" if image.folder else "image"}
    if reading.clamd:
        details["antivirus"] = WITHOUT_CLAMAV if absent else WITH_CLAMAV
    view = ImageView(
        digest=image.manifest.digest,
        layers=tuple(layer.digest for layer in image.layers),
        facts=tuple(facts),
        hidden=hidden,
        diff_ids=tuple(layer.diff_id for layer in image.layers),
        partial=tuple(gaps),
        details=details,
    )
    view = replace(view, partial=(*view.broken_promises(), *view.partial))
    lines = tuple(LayerLine(one.digest, one.diff_id, one.size) for one in image.layers)
    platform = f"{settings.os or 'linux'}/{settings.architecture}".rstrip("/")
    header = Analysed(image.reference or target.name, image.manifest.digest, platform, settings.created, lines, image_packages(view))
    return header, view


def _kept(facts: Iterable[Fact], lists: HashLists) -> Iterator[Fact]:
    """The facts of a layer, of the hashes of its files only those that a list names."""
    for fact in facts:
        one = only_listed(fact, lists) if isinstance(fact, FileHashes) else fact
        if one is not None:
            yield one


def _places(fact: Fact) -> Iterable[str]:
    return archives_of(fact) if isinstance(fact, FileHashes) else (fact.path,)


def _read_layer(reading: InspectionSettings, layer: TargetLayer, clamd: Clamd | None) -> LayerResult:
    context = replace(reading.context, antivirus=clamd)
    try:
        return inspect_layer(
            layer.chunks(), reading.collectors, context, digest=layer.digest, diff_id=layer.diff_id or None, size=layer.size,
            media_type=layer.media_type,
        )  # fmt: skip
    except RegistryError as error:
        return LayerResult(layer.digest, "", 0, 0, 0, "failed", str(error))


def _sbom_bytes(target: Path) -> bytes | None:
    """The bytes of a JSON, XML or SPDX tag-value file; None for everything else."""
    if not target.is_file() or target.stat().st_size > SBOM_LIMIT_BYTES:
        return None
    with target.open("rb") as file:
        head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        return target.read_bytes() if head.startswith((b"{", b"<")) or is_tag_value(head) else None


def _sbom_view(document: bytes, target: Path) -> tuple[Analysed, ImageView]:
    try:
        read = read_sbom(document, target.name)
    except NotAnSbom as error:
        raise NotATarget(f"{target} is neither an image archive nor an SBOM: {error}.{_AS_IT_IS}") from error
    facts: list[Fact] = [*read.packages, *([read.distribution] if read.distribution else [])]
    digest = f"sha256:{hashlib.sha256(document).hexdigest()}"
    view = ImageView(
        digest=digest, layers=(digest,), facts=tuple(Located(0, fact) for fact in facts), partial=read.skipped, details={"target": "sbom"}
    )
    return Analysed(read.name or target.name, digest, "", "", (), image_packages(view, folder_target=True)), view


def _today() -> date:
    return datetime.now(UTC).date()
