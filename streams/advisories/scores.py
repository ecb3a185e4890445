"""Lists of CVE scores: known exploitation (CISA KEV), probability (EPSS), and CVSS vectors by CVE."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

import orjson

from streams.advisories.feeds import Feed
from streams.advisories.record import CVE, BadRecord

EPSS_STEPS = (0.1, 0.5)
"""Probabilities at which a priority changes (features: priority of vulnerabilities)."""

ScoreRow = tuple[str, str, int, float, float, str, str, list[str]]


def read_scores(feed: Feed, problems: list[str]) -> Iterator[ScoreRow]:
    """(cve, source, hash, epss, percentile, listed, title, vectors) of each line that can be read; the others are named in `problems`.
    Raises BadRecord when the file as a whole is none."""
    for path in feed.files:
        try:
            yield from {"kev": _kev, "epss": _epss, "cvss": _cvss}[feed.kind](path, problems)
        except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error, orjson.JSONDecodeError) as error:
            raise BadRecord(f"{path.name}: {error}") from error


def step(epss: float) -> int:
    """Between which of EPSS_STEPS a probability lies."""
    return sum(epss >= bound for bound in EPSS_STEPS)


def _row(
    cve: str, source: str, epss: float = 0.0, percentile: float = 0.0, listed: str = "", title: str = "", vectors: tuple[str, ...] = ()
) -> ScoreRow:
    text = repr((cve, epss, percentile, listed, title, vectors))
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
    return cve, source, number, epss, percentile, listed, title, list(vectors)


def _kev(path: Path, problems: list[str]) -> Iterator[ScoreRow]:
    data = orjson.loads(path.read_bytes())
    entries = data.get("vulnerabilities") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        raise BadRecord(f"{path.name}: no list of vulnerabilities")
    for place, one in enumerate(entries):
        cve = str(one.get("cveID", "")) if isinstance(one, dict) else ""
        if CVE.match(cve):
            yield _row(cve, "kev", listed=str(one.get("dateAdded", "")), title=str(one.get("vulnerabilityName", ""))[:300])
        else:
            problems.append(f"{path.name}: entry {place} has no CVE id")


def _epss(path: Path, problems: list[str]) -> Iterator[ScoreRow]:
    for number, line in _lines(path, ("cve", "epss")):
        try:
            epss, percentile = float(line["epss"]), float(line.get("percentile") or 0)
            if not CVE.match(line["cve"]) or not (0 <= epss <= 1 and 0 <= percentile <= 1):
                raise ValueError("no CVE id, or no probability")
        except (TypeError, ValueError) as error:
            problems.append(f"{path.name}: line {number}: {error}")
            continue
        yield _row(line["cve"], "epss", epss, percentile)


def _cvss(path: Path, problems: list[str]) -> Iterator[ScoreRow]:
    vectors: dict[str, list[str]] = {}
    for number, line in _lines(path, ("cve", "vector")):
        if line["vector"] and CVE.match(line["cve"]):
            vectors.setdefault(line["cve"], []).append(line["vector"])
        else:
            problems.append(f"{path.name}: line {number}: no CVE id, or no vector")
    for cve, found in vectors.items():
        yield _row(cve, "cvss", vectors=tuple(sorted(set(found))))


def _lines(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8", newline="") as file:
        reader = csv.DictReader(line for line in file if not line.startswith("#"))
        if not reader.fieldnames or not set(needed) <= set(reader.fieldnames):
            raise BadRecord(f"{path.name}: the first line must name the columns {', '.join(needed)}")
        for line in reader:
            yield reader.line_num, {key: value or "" for key, value in line.items() if key}
