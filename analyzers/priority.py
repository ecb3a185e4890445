"""How urgent a vulnerability is in one image: a score of 0-15 with every factor, and the priority that follows from it.

score = CVSS x time x environment x asset; high from 13.5, medium from 7. As an image that nothing is known about reaches 10 at most,
floors lift what is known or likely to be exploited, and a cap lowers what cannot matter in an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from cvss import CVSS2, CVSS3, CVSS4
from cvss.exceptions import CVSSError

from analyzers.contract import Match

HIGH_FROM, MEDIUM_FROM, HIGHEST = 13.5, 7.0, 15.0
LIKELY, VERY_LIKELY = 0.1, 0.5
SCORE_LISTS = frozenset({"cvss"})
"""Sources of vectors that speak after the advisories' own."""

_URGENCY = {
    "critical": 8.0,
    "high": 8.0,
    "important": 8.0,
    "medium": 5.5,
    "moderate": 5.5,
    "low": 3.0,
    "unimportant": 3.0,
    "negligible": 3.0,
}
_UNKNOWN = 5.0
_ENVIRONMENT = {"network": 1.5, "adjacent": 1.2, "local": 1.0}
_ASSET = {"important": 1.2, "ordinary": 1.0, "test": 0.8}
_NUMBER = re.compile(r"score:([234])/(\d+(?:\.\d+)?)\Z")


@dataclass(frozen=True, slots=True)
class Vector:
    """A CVSS vector read: base score 0-10; `attack` network, adjacent, local or empty; `open_door`: over the network, without privileges
    and without a user's help, with high impact on confidentiality, integrity and availability. Source: first.org, CVSS 2.0 to 4.0."""

    text: str
    version: int
    base: float
    attack: str = ""
    open_door: bool = False


@dataclass(frozen=True, slots=True)
class Priority:
    """The answer with its factors. `decided_by` names the rule that set the level; `vector` is None without any vector."""

    level: str
    score: float
    cvss: float
    cvss_from: str
    time: float
    environment: float
    asset: float
    decided_by: str
    vector: Vector | None = None


def priority_of(match: Match, today: date, *, exposed: bool = False, asset: str = "ordinary", kernel: bool = False) -> Priority:
    """The priority of a match. `exposed`: a running container of the image is reachable from outside; `kernel`: the package is an
    operating system kernel, which no container runs."""
    vector, source = newest_vector(match.vectors)
    if vector:
        cvss, cvss_from = vector.base, f"CVSS v{vector.version} of {source}"
    elif match.urgency in _URGENCY:
        cvss, cvss_from = _URGENCY[match.urgency], f"urgency {match.urgency}"
    else:
        cvss, cvss_from = _UNKNOWN, "no score is known"
    exploited = match.public_exploit or match.known_exploited
    time = 1.0 if exploited else time_factor(match.published, today)
    environment = _ENVIRONMENT.get(vector.attack if vector else "", 1.0) if exposed else 1.0
    score = min(HIGHEST, round(cvss * time * environment * _ASSET.get(asset, 1.0), 2))
    level, rule = _level(match, vector, cvss, score, kernel)
    return Priority(level, score, cvss, cvss_from, time, environment, _ASSET.get(asset, 1.0), rule, vector)


def _level(match: Match, vector: Vector | None, cvss: float, score: float, kernel: bool) -> tuple[str, str]:
    epss = match.epss or 0.0
    level = "high" if score >= HIGH_FROM else "medium" if score >= MEDIUM_FROM else "low"
    rule = f"score {score:g}"
    if kernel:
        return "low", "a kernel package: the host's kernel runs"
    if match.malicious:
        return "high", "the package itself is malicious"
    if match.known_exploited:
        return "high", "known to be exploited (KEV)"
    if level != "high" and vector and vector.open_door and (match.public_exploit or epss >= VERY_LIKELY):
        why = "a public exploit" if match.public_exploit else f"EPSS {epss:.2f}"
        return "high", f"over the network without login or user, full impact, and {why}"
    if level == "low" and epss >= LIKELY and cvss >= MEDIUM_FROM:
        return "medium", f"EPSS {epss:.2f} and CVSS {cvss:g}"
    return level, rule


def real_risk(match: Match) -> bool:
    """Whether the flaw is exploited, or is likely to be."""
    return match.known_exploited or match.public_exploit or (match.epss or 0.0) >= LIKELY


def time_factor(published: str, today: date) -> float:
    """0.6 to 1.0 by days since disclosure: 0-3 rises to 0.9, 3-7 falls to 0.7, 7-100 rises to 1.0; 1.0 if the date is unknown."""
    try:
        days = max(0, (today - date.fromisoformat(published[:10])).days)
    except ValueError:
        return 1.0
    for begin, end, low, high in ((0, 3, 0.6, 0.9), (3, 7, 0.9, 0.7), (7, 100, 0.7, 1.0)):
        if days < end:
            return round(low + (high - low) * (days - begin) / (end - begin), 4)
    return 1.0


def newest_vector(vectors: Iterable[tuple[str, str]]) -> tuple[Vector | None, str]:
    """(the vector of the newest CVSS version, its source); at the same version the advisories' own before score lists, then by name."""
    read = [(vector, source) for source, text in vectors if (vector := read_vector(text))]
    read.sort(key=lambda one: (-one[0].version, one[1] in SCORE_LISTS, "score:" in one[0].text, one[1], one[0].text))
    return read[0] if read else (None, "")


@lru_cache(maxsize=1 << 14)
def read_vector(text: str) -> Vector | None:
    """A vector of CVSS 2, 3 or 4, or `score:VERSION/NUMBER`; None for anything else."""
    if number := _NUMBER.match(text):
        return Vector(text, int(number[1]), min(10.0, float(number[2])))
    try:
        if text.startswith("CVSS:4"):
            return _vector(text, 4, CVSS4(text).base_score, ("VC", "VI", "VA"), "H")
        if text.startswith("CVSS:3"):
            return _vector(text, 3, CVSS3(text).base_score, ("C", "I", "A"), "H")
        return _vector(text, 2, CVSS2(text.strip("()")).base_score, ("C", "I", "A"), "C")
    except (CVSSError, ValueError, KeyError, ArithmeticError):
        return None


def _vector(text: str, version: int, base: object, impacts: tuple[str, str, str], full: str) -> Vector:
    parts = dict(part.split(":", 1) for part in text.strip("()").split("/") if ":" in part)
    attack = {"N": "network", "A": "adjacent", "L": "local", "P": "local"}.get(parts.get("AV", ""), "")
    free = parts.get("Au") == "N" if version == 2 else parts.get("PR") == "N" and parts.get("UI") == "N"
    return Vector(text, version, float(str(base)), attack, attack == "network" and free and all(parts.get(one) == full for one in impacts))
