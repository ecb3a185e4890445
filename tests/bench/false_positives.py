"""False positives: what software that nobody tampered with makes the product say, as secrets and samples.

    .venv/bin/python -m tests.bench.false_positives [CORPUS ...]

The corpora are made of what is installed where it runs: files of Debian packages, wheels, npm packages, Maven's archives, Go's
sources. They are read without a package database, so no finding is passed over because a package owns the file. `judgements.toml` holds
what people found each listed finding to be; a finding that nobody has judged is shown as such.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from analyzers.contract import AnalysisInputs, PassContext
from analyzers.image import ImageView, Located
from analyzers.layer import LayerPass
from analyzers.malicious_samples import MaliciousSamples
from analyzers.registry import COLLECTORS
from analyzers.sensitive_files import SensitiveFiles
from schemas.findings import Finding
from tests.bench.row import Row, run_module

COMMAND = ".venv/bin/python -m tests.bench.false_positives"
JUDGEMENTS = Path(__file__).parent / "judgements.toml"
GRAVE = frozenset({"high", "critical", "urgent", "suspicious"})
READERS = tuple(one for one in COLLECTORS if one.name in {"secrets", "samples"})


class Found(NamedTuple):
    """One finding, as it is listed and judged."""

    category: str
    level: str
    rule: str
    path: str
    evidence: str


@dataclass(frozen=True)
class Report:
    """What one corpus gave: how many files were read, and the findings."""

    files: int
    findings: tuple[Found, ...]

    @property
    def grave(self) -> tuple[Found, ...]:
        return tuple(one for one in self.findings if one.level in GRAVE)


class _Feed:
    """A file object that hands what is written to a layer pass."""

    def __init__(self, reading: LayerPass) -> None:
        self._reading = reading

    def write(self, data: bytes) -> int:
        self._reading.feed(data)
        return len(data)


def below(root: Path) -> Iterator[Path]:
    """Readable regular files of a folder, each once, in the order of their names."""
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            if stat.S_ISREG(path.lstat().st_mode) and os.access(path, os.R_OK):
                yield path


def examine(root: Path, files: Iterator[Path]) -> Report:
    """Read files as one layer whose root is `root`, and judge them as the two categories do."""
    reading = LayerPass(READERS, PassContext(b"key of the corpus"))
    count = 0
    with tarfile.open(fileobj=_Feed(reading), mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
        for path in files:
            archive.add(path, path.relative_to(root).as_posix(), recursive=False)
            archive.members, archive.inodes = [], {}  # it would keep every one, and write hard links
            count += 1
    layer = reading.close()
    if layer.state != "succeeded":
        raise RuntimeError(f"the corpus was not read whole: {layer.reason}")
    view = ImageView("corpus", (layer.digest,), tuple(Located(0, fact) for fact in layer.facts))
    inputs = AnalysisInputs(today=date(2026, 1, 1))
    return Report(
        count, tuple(sorted(_line(one) for c in (SensitiveFiles(), MaliciousSamples()) for one in c.analyze(view, inputs).findings))
    )


def _line(one: Finding) -> Found:
    evidence = f"line {one.line}: {one.evidence}" if one.line else one.evidence
    return Found(str(one.category), str(one.severity), one.rule, one.path, evidence)


def debian() -> Iterator[Path]:
    """Files that the installed Debian packages list."""
    names = {line for listed in Path("/var/lib/dpkg/info").glob("*.list") for line in listed.read_text().splitlines()}
    for path in map(Path, sorted(names)):
        if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
            yield path


def _npm() -> Path:
    root = subprocess.run(["npm", "root", "--global"], capture_output=True, text=True, check=True).stdout.strip()
    return Path(root)


def _go() -> Path:
    return Path(subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip())


FOLDERS: dict[str, Callable[[], Path]] = {
    "wheels": lambda: Path(sysconfig.get_paths()["purelib"]),
    "npm": _npm,
    "maven": lambda: Path.home() / ".m2" / "repository",
    "go": _go,
}
CORPORA = ("debian", *FOLDERS)


def corpus(name: str) -> Report:
    """One corpus, examined. Raises OSError where what it is made of is not installed."""
    if name == "debian":
        return examine(Path("/"), debian())
    root = FOLDERS[name]()
    if not root.is_dir():
        raise OSError(f"no folder of {name} packages")
    return examine(root, below(root))


def judgement(name: str, rule: str, path: str) -> str:
    """What people found this finding to be."""
    for one in tomllib.loads(JUDGEMENTS.read_text()).get("judgement", ()):
        if one["corpus"] == name and fnmatchcase(rule, one["rule"]) and fnmatchcase(path, one["path"]):
            return str(one["verdict"])
    return "not judged yet"


_LISTED: list[str] = []


def run() -> list[Row]:
    """Files read and findings of level high and above in each corpus, and per 10,000 files in all."""
    rows, files, grave = [], 0, 0
    _LISTED.clear()
    for line in run_module("tests.bench.false_positives", "--json", *CORPORA)[0].splitlines():
        one = json.loads(line)
        listed = [Found(*found) for found in one["findings"]]
        high = sum(found.level in GRAVE for found in listed)
        files, grave = files + one["files"], grave + high
        rows.append(Row(f"{one['corpus']}: files read", one["files"], "files", "", COMMAND))
        rows.append(Row(f"{one['corpus']}: findings of level high", high, "findings", "", COMMAND))
        rows += [Row(f"{one['corpus']}: findings of lower levels", len(listed) - high, "findings", "", COMMAND)]
        places = Counter((found.level not in GRAVE, found.level, found.rule, found.path) for found in listed)
        for (_, level, rule, path), count in sorted(places.items()):
            _LISTED.append(f"| {one['corpus']} | {level} | {rule} | `{path}` | {count} | {judgement(one['corpus'], rule, path)} |")
    rows.append(Row("findings of level high per 10,000 files", grave / max(files, 1) * 10_000, "findings", "<= 1", COMMAND))
    return rows


def notes() -> list[str]:
    """Every finding of the last `run` with its judgement, the grave ones of each corpus first."""
    return ["| corpus | level | rule | path | findings | judgement |", "|---|---|---|---|---|---|", *_LISTED] if _LISTED else []


def main(arguments: list[str]) -> None:
    for name in [one for one in arguments if one in CORPORA] or CORPORA:
        try:
            report = corpus(name)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{name}: left out: {error}", file=sys.stderr)
            continue
        if "--json" in arguments:
            print(json.dumps({"corpus": name, "files": report.files, "findings": report.findings}))
            continue
        print(f"{name}: {report.files} files, {len(report.grave)} findings of level high, {len(report.findings)} in all")
        for one in report.findings:
            print("  " + "  ".join(one))


if __name__ == "__main__":
    main(sys.argv[1:])
