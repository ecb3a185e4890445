"""Words for people: what each type is called, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "Trojan": "Trojan", "WebShell": "Web shell", "Backdoor": "Backdoor", "RansomWare": "Ransomware", "Miner": "Cryptocurrency miner",
    "Worm": "Worm",
    "Rootkit": "Rootkit", "DDoS": "Denial-of-service bot", "Virus": "File infector", "Stealer": "Information stealer",
    "Downloader": "Code that fetches and runs other code", "MalScript": "Malicious script", "Malbaseware": "Tampered system software",
    "Malware": "Malware", "Hacktool": "Attack tool", "Scanner": "Network scanner", "Exploit": "Exploit code",
    "Proxytool": "Proxy or tunnel tool",
    "Suspicious": "Suspicious file", "RiskWare": "Software with a risk", "Engtest": "Antivirus test file",
}  # fmt: skip

REBUILD = "Do not run this image. Rebuild it from a trusted base without this file, and find out which build step brought it."
ADVICE: Mapping[str, str] = {
    "": REBUILD,
    "Hacktool": "Remove the tool unless the image is meant for security tests.",
    "Scanner": "Remove the tool unless the image is meant for security tests.",
    "Exploit": "Remove the exploit code unless the image is meant for security tests.",
    "Proxytool": "Remove the tool unless the image needs it; check who can reach it.",
    "Suspicious": "Check where the file comes from; remove it unless it is known and needed.",
    "RiskWare": "Check that the file is meant to be there; packed programs cannot be inspected.",
    "Engtest": "This file is harmless: it tests scanners. Remove it from production images.",
    "Malbaseware": "Reinstall the package from its distribution, or rebuild the image from a trusted base.",
    "Downloader": "Put the code into the image with a checksum instead of fetching it when the image runs.",
    "WebShell": REBUILD + " Replace all credentials that the web application could read.",
    "Backdoor": REBUILD + " Replace all credentials that were in the image or in its containers.",
    "Stealer": REBUILD + " Replace all credentials that were in the image or in its containers.",
}
