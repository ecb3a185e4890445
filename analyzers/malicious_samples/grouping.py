"""Samples of one file become one finding: the gravest type, the highest score, ten more when two independent sources agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from analyzers.archives.walk import SEPARATOR
from analyzers.collectors.clamav import ClamAv
from analyzers.collectors.sample_types import level_of
from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView
from analyzers.malicious_samples.advice import ADVICE, TITLES
from analyzers.malicious_samples.ownership import Ownership
from schemas.facts import Sample
from schemas.findings import Finding, finding_id
from schemas.vocabulary import CategoryId, Level

AGREEMENT = 10
SHOWN_RULES = 10


class SampleAt(NamedTuple):
    """A sample with the layer it lies in and its full path (`outer!/inner` inside archives)."""

    layer: int
    path: str
    sample: Sample


def full_path(sample: Sample) -> str:
    """Path of a sample; the member of an archive stands behind `!/`."""
    member = sample.details.get("member", "")
    return sample.path + SEPARATOR + member if member else sample.path


def samples_at(image: ImageView, ownership: Ownership) -> Iterator[SampleAt]:
    """Every sample of the image, without those that count only for files outside packages where a package owns the file."""
    for layer, sample in image.every(Sample):
        subject = sample.details.get("library", sample.path)
        if not (sample.details.get("unowned") and ownership.owned(subject)):
            yield SampleAt(layer, full_path(sample), sample)


def switched_on(sample: Sample, inputs: AnalysisInputs) -> bool:
    """Whether neither the rule nor the type of a sample is switched off."""
    return inputs.disabled.isdisjoint((_key(sample), sample.type))


def _key(sample: Sample) -> str:
    """The rule, without the name of the library that some have behind it."""
    return sample.rule.partition(":")[0]


def grouped(found: Iterable[SampleAt]) -> Mapping[tuple[str, str], list[SampleAt]]:
    """Samples by (path, SHA-256), in the order of the layers."""
    groups: dict[tuple[str, str], list[SampleAt]] = {}
    for one in found:
        groups.setdefault((one.path, one.sample.sha256), []).append(one)
    return groups


def score_of(samples: Iterable[Sample]) -> int:
    """Highest score, 10 more (at most 100) when at least two sources with a finding's score agree."""
    all_of_them = list(samples)
    sources = {one.source for one in all_of_them if level_of(one.type, one.score)}
    best = max((one.score for one in all_of_them), default=0)
    return min(100, best + AGREEMENT) if len(sources) > 1 else best


def findings_of(image: ImageView, found: Iterable[SampleAt], inputs: AnalysisInputs) -> Iterator[Finding]:
    """One finding for each file that is worth one and is not trusted, by path."""
    for (path, sha256), group in sorted(grouped(found).items()):
        if inputs.hash_lists.trusts(sha256, group[0].sample.md5):
            continue
        score = score_of(one.sample for one in group)
        best = max(group, key=lambda one: _gravity(one.sample)).sample
        level = level_of(best.type, score)
        if level:
            yield _finding(image, path, sha256, group, best, score, level, inputs)


def _gravity(sample: Sample) -> tuple[int, bool, int, str, str]:
    """The type is part of a finding's identity: that of our own rules stays when ClamAV comes to the same level."""
    level = level_of(sample.type, sample.score)
    return (level.rank if level else 0, sample.source != ClamAv.name, sample.score, sample.type, sample.rule)


def _finding(
    image: ImageView, path: str, sha256: str, group: list[SampleAt], best: Sample, score: int, level: Level, inputs: AnalysisInputs
) -> Finding:
    seen = [one for one in group if not image.is_hidden(one.layer, one.sample.path)]
    layer = (seen or group)[0].layer
    rules = sorted({one.sample.rule for one in group})
    changed = inputs.levels.get(_key(best)) or inputs.levels.get(best.type)
    return Finding(
        id=finding_id(CategoryId.MALICIOUS_SAMPLE, best.type, path, sha256),
        category=CategoryId.MALICIOUS_SAMPLE,
        rule=best.type,
        title=_title(best),
        severity=str(changed or level),
        score=float(score),
        path=path,
        layer=image.layer_digest(layer),
        line=best.line,
        evidence=_evidence(rules, best),
        removed_in_later_layer=not seen,
        description=best.details.get("description", ""),
        advice=ADVICE.get(best.type, ADVICE[""]),
        details=_details(group, best, rules, sha256),
    )


def _title(best: Sample) -> str:
    family = best.details.get("family", "")
    return f"{TITLES.get(best.type, best.type)}: {family}" if family else TITLES.get(best.type, best.type)


def _evidence(rules: list[str], best: Sample) -> str:
    names = ", ".join(rules[:SHOWN_RULES]) + (f" and {len(rules) - SHOWN_RULES} more" if len(rules) > SHOWN_RULES else "")
    return f"{names}: {best.excerpt}" if best.excerpt else names


def _details(group: list[SampleAt], best: Sample, rules: list[str], sha256: str) -> dict[str, str]:
    values = {
        "md5": best.md5,
        "sha256": sha256,
        "size": str(best.size),
        "sources": ", ".join(sorted({one.sample.source for one in group})),
        "rules": ", ".join(rules),
        "types": ", ".join(sorted({one.sample.type for one in group})),
    }
    kept: dict[str, str] = {
        key: best.details[key]
        for key in ("family", "reference", "author", "file", "package", "expected_md5", "library")
        if key in best.details
    }
    values.update(kept)
    return {key: value for key, value in values.items() if value}
