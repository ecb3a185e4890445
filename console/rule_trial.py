"""Trying rule files: what they find in a file, a folder, an image or a Dockerfile."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from analyzers.build_commands.instructions import configuration, instructions
from analyzers.collectors.sample_rules import USER_SUFFIXES
from analyzers.collectors.yara_cache import compiled_rules
from analyzers.config import inspect_config
from analyzers.image import ImageView, Located
from analyzers.registry import CATEGORIES
from analyzers.rule_choice import RULED, own_records
from console.local_analysis import NotATarget, image_view
from infra.settings import Settings
from schemas.findings import Finding
from schemas.vocabulary import CategoryId
from streams.analysis import inputs_for, report_of
from streams.inspection import InspectionSettings
from streams.reading import inspection_settings
from streams.registries.archive_files import NotAnImage
from streams.registries.manifests import RegistryError
from streams.registries.targets import open_target

_DOCKERFILE = re.compile(r"(?i)(?:^|.*\.)(?:docker|container)file(?:\..*)?")


def findings_of(settings: Settings, files: Mapping[str, bytes], target: Path) -> tuple[list[Finding], list[str]]:
    """(what the rules of these files find in a target, why something was not looked at). Raises NotATarget."""
    reading = replace(inspection_settings(settings), rule_files=files, rule_problems=(), clamd=None)
    choice = replace(reading.choice, problems={})  # checking the files tells them
    own = {one.id for one in choice.rules.every}
    yara = {one.identifier for one in compiled_rules(_yara_sources(files)).rules or ()}
    wanted = {CategoryId.MALICIOUS_SAMPLE, *(category for category, records in own_records(choice.rules).items() if records)}
    inputs = inputs_for(datetime.now(UTC).date())
    found, gaps = [], []
    for view, possible in _views(settings, reading, target):
        for category in CATEGORIES:
            if category.id in wanted & possible:
                report = report_of(category, view, choice.inputs(category.id, inputs))
                found += [one for one in report.findings if one.rule in own or _of_samples(one, yara)]
                gaps += [f"{category.id}: {report.reason}"] if report.reason else []
    return found, list(dict.fromkeys(gaps))


def _of_samples(finding: Finding, yara: set[str]) -> bool:
    """Whether a YARA rule or a hash list of the user is among what made this finding."""
    if finding.category is not CategoryId.MALICIOUS_SAMPLE:
        return False
    return not yara.isdisjoint(finding.details.get("rules", "").split(", ")) or "hash-list" in finding.details.get("sources", "")


def _yara_sources(files: Mapping[str, bytes]) -> tuple[tuple[str, bytes], ...]:
    return tuple(sorted((name, content) for name, content in files.items() if name.lower().endswith(USER_SUFFIXES)))


def _views(settings: Settings, reading: InspectionSettings, target: Path) -> Iterator[tuple[ImageView, frozenset[CategoryId]]]:
    """The target as images, each with the categories that it tells something: a folder has no instructions, and they have no files."""
    instructed = frozenset({CategoryId.BUILD_COMMAND})
    if target.is_file() and _DOCKERFILE.fullmatch(target.name):
        document = configuration(one for _, one in instructions(target.read_text("utf-8", "replace")))
        facts = tuple(Located(-1, fact) for fact in inspect_config(document, reading.context))
        yield ImageView("", tuple(map(str, range(2000))), facts), instructed
    with _openable(target) as place:
        try:
            with open_target(place, settings.home) as images:
                for image in images:
                    _, view = image_view(reading, image, place)
                    yield view, frozenset(RULED) - (instructed if view.details["target"] == "folder" else frozenset())
        except (NotAnImage, RegistryError) as error:
            raise NotATarget(str(error)) from error


@contextmanager
def _openable(target: Path) -> Iterator[Path]:
    """The target, or a folder with it where it is a single file that is no archive of an image."""
    if not target.is_file():
        yield target
        return
    try:
        with open_target(target):
            pass
    except (NotAnImage, RegistryError):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy2(target, folder)
            yield Path(folder)
    else:
        yield target
