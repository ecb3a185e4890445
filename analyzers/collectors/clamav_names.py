"""ClamAV's names of signatures as our types of samples and their scores.

Names are `Platform.Category.Family-Id-Revision`, with `PUA.` before what is only unwanted; a YARA rule comes as `YARA.name`, a finding of
the engine itself as `Heuristics.kind`. Source: ClamAV documentation, "Signature names", and the notes on `Alert...` in clamd.conf(5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzers.collectors.sample_types import classify

SCORE = 90
UNWANTED = 65
CATEGORIES: Mapping[str, str] = {
    "adware": "RiskWare", "backdoor": "Backdoor", "coinminer": "Miner", "countermeasure": "RiskWare", "downloader": "Downloader",
    "dropper": "Downloader", "exploit": "Exploit", "file": "Malware", "infostealer": "Stealer", "ircbot": "Backdoor", "joke": "RiskWare",
    "keylogger": "Stealer", "loader": "Downloader", "macro": "MalScript", "malware": "Malware", "packed": "Malware", "packer": "RiskWare",
    "phishing": "Malware", "proxy": "Proxytool", "ransomware": "RansomWare", "rootkit": "Rootkit", "spyware": "Stealer", "test": "Engtest",
    "tool": "Hacktool", "trojan": "Trojan", "virus": "Virus", "webshell": "WebShell", "worm": "Worm",
}  # fmt: skip
FAMILIES: Mapping[str, str] = {
    "mirai": "DDoS", "gafgyt": "DDoS", "bashlite": "DDoS", "tsunami": "DDoS", "xorddos": "DDoS", "xmrig": "Miner", "miner": "Miner",
    "bitcoinminer": "Miner", "coinhive": "Miner",
}  # fmt: skip
GENERAL = frozenset({"Trojan", "Malware"})
"""Types that a known family says better."""
TEST = re.compile(r"(?i)eicar|clam[._]?(?:av[._]?)?test")
WORD = re.compile(r"[a-z]+")


def sample_type(signature: str) -> tuple[str, int]:
    """(type, score 0-100) of a signature, without its suffix `.UNOFFICIAL`. What tells nothing is Malware."""
    parts = signature.lower().split(".")
    if TEST.search(signature):
        return "Engtest", SCORE
    if parts[0] in ("pua", "heuristics"):
        return "RiskWare", UNWANTED
    if parts[0] == "yara":
        return classify(signature, (), {})[0], SCORE
    name = CATEGORIES.get(parts[1] if len(parts) > 1 else "", "Malware")
    families = [FAMILIES[word] for word in WORD.findall(".".join(parts[1:])) if word in FAMILIES]
    return (families[0] if families and name in GENERAL else name), SCORE
