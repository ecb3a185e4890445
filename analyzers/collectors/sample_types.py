"""Types of malicious samples, and how rules written by others are read as one of them.

Types and scores are those of the product's table: a rule says them in its own meta (`type`, `score`), else they come from the
conventions of the large public rule sets: signature-base (name prefixes such as MAL, HKTL, SUSP), ReversingLabs (`tc_detection_type`)
and Elastic (`Linux_Cryptominer_...`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from schemas.vocabulary import Level

URGENT = (
    "Trojan", "WebShell", "Backdoor", "RansomWare", "Miner", "Worm", "Rootkit", "DDoS", "Virus", "Stealer", "Downloader", "MalScript",
    "Malbaseware", "Malware",
)  # fmt: skip
SUSPICIOUS = ("Hacktool", "Scanner", "Exploit", "Proxytool", "Suspicious")
NOTICE = ("RiskWare", "Engtest")
TYPE_LEVELS: Mapping[str, Level] = {
    **dict.fromkeys(URGENT, Level.URGENT), **dict.fromkeys(SUSPICIOUS, Level.SUSPICIOUS), **dict.fromkeys(NOTICE, Level.NOTICE),
}  # fmt: skip
BY_LOWER = {name.lower(): name for name in TYPE_LEVELS}
DEFAULT = ("Suspicious", 75)

# (words of a rule's name, tags or detection type; type; score): the first that fits wins, so the narrow ones stand first
WORDS: tuple[tuple[frozenset[str], str, int], ...] = (
    (frozenset({"webshell", "webshells", "chinachopper", "regeorg"}), "WebShell", 90),
    (frozenset({"susp", "suspicious"}), "Suspicious", 75),
    (frozenset({"pua", "riskware", "adware", "vuln", "greyware"}), "RiskWare", 65),
    (frozenset({"hktl", "hacktool", "hacktools", "injector", "laudanum"}), "Hacktool", 65),
    (frozenset({"expl", "exploit", "exploits", "poc"}), "Exploit", 75),
    (frozenset({"scanner", "portscan"}), "Scanner", 65),
    (frozenset({"proxy", "proxytool", "tunnel"}), "Proxytool", 65),
    (frozenset({"ransom", "ransomware"}), "RansomWare", 90),
    (frozenset({"miner", "cryptominer", "coinminer", "xmrig", "cryptocoin", "minexmr"}), "Miner", 90),
    (frozenset({"rootkit", "rkit"}), "Rootkit", 90),
    (frozenset({"ddos", "dos", "mirai", "gafgyt"}), "DDoS", 90),
    (frozenset({"worm"}), "Worm", 90),
    (frozenset({"virus", "infector"}), "Virus", 90),
    (frozenset({"stealer", "infostealer", "keylogger", "spyware"}), "Stealer", 90),
    (frozenset({"downloader", "dropper", "loader"}), "Downloader", 90),
    (frozenset({"backdoor", "bkdr", "bpfdoor", "rat", "implant", "reverseshell"}), "Backdoor", 90),
    (frozenset({"trojan"}), "Trojan", 90),
    (frozenset({"mal", "apt", "crime", "malware", "malicious"}), "Malware", 90),
)
WORD = re.compile(r"[a-z]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def classify(rule: str, tags: tuple[str, ...], meta: Mapping[str, object]) -> tuple[str, int]:
    """(type, score 0-100) of a rule. A type or score in its meta wins over its name."""
    name, score = _by_words(rule, tags, meta)
    told = meta.get("type")
    if isinstance(told, str) and told.lower() in BY_LOWER:
        name = BY_LOWER[told.lower()]
    given = meta.get("score")
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= 100:
        score = given
    return name, score


def _by_words(rule: str, tags: tuple[str, ...], meta: Mapping[str, object]) -> tuple[str, int]:
    for text in (str(meta.get("tc_detection_type", "")), rule, " ".join(tags), str(meta.get("category", ""))):
        words = set(WORD.findall(CAMEL.sub(" ", text).lower())) | set(WORD.findall(text.lower()))
        for known, name, score in WORDS:
            if words & known:
                return name, score
    return DEFAULT


def band(score: int) -> Level | None:
    """Level of a score: 0-60 none, 61-70 notice, 71-80 suspicious, 81-100 urgent."""
    if score <= 60:
        return None
    if score <= 70:
        return Level.NOTICE
    return Level.SUSPICIOUS if score <= 80 else Level.URGENT


def level_of(name: str, score: int) -> Level | None:
    """The lower of what type and score say; None when the score says that it is nothing."""
    by_score = band(score)
    if by_score is None:
        return None
    by_type = TYPE_LEVELS.get(name, Level.SUSPICIOUS)
    return min(by_type, by_score, key=lambda level: level.rank)
