"""Asks a ClamAV daemon about bytes, where one is configured. Its absence, silence or refusal is a note, never a failure.

Protocol: clamd(8), `zINSTREAM`: chunks of a 4-byte big-endian length and data, an empty chunk ends; the answer ends with a zero byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

CHUNK = 64 * 1024
MAX_ANSWER = 4096
SCORE = 90
SUFFIX = ".UNOFFICIAL"
TYPE_WORDS = (
    ("eicar", "Engtest"),
    ("test", "Engtest"),
    ("webshell", "WebShell"),
    ("backdoor", "Backdoor"),
    ("ransom", "RansomWare"),
    ("miner", "Miner"),
    ("coin", "Miner"),
    ("worm", "Worm"),
    ("rootkit", "Rootkit"),
    ("ddos", "DDoS"),
    ("mirai", "DDoS"),
    ("gafgyt", "DDoS"),
    ("virus", "Virus"),
    ("stealer", "Stealer"),
    ("downloader", "Downloader"),
    ("dropper", "Downloader"),
    ("trojan", "Trojan"),
    ("exploit", "Exploit"),
    ("hacktool", "Hacktool"),
    ("tool", "Hacktool"),
    ("pua", "RiskWare"),
    ("packed", "RiskWare"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the daemon said. `infected` with the `signature` and a sample type of ours; `unknown` with the reason in `note`."""

    state: Literal["clean", "infected", "unknown"]
    signature: str = ""
    type: str = ""
    note: str = ""


def sample_type(signature: str) -> str:
    """Type of a sample from ClamAV's naming (`Unix.Trojan.Mirai-123`, `YARA.Local_Miner.UNOFFICIAL`); Malware when it tells none."""
    lower = signature.lower()
    return next((name for word, name in TYPE_WORDS if word in lower), "Malware")


def verdict_of(answer: str) -> Verdict:
    """The verdict in an answer such as `stream: Eicar-Signature FOUND`."""
    text = answer.strip("\0\n ").removeprefix("stream: ")
    if text == "OK":
        return Verdict("clean")
    if text.endswith(" FOUND"):
        signature = text.removesuffix(" FOUND").removesuffix(SUFFIX)
        return Verdict("infected", signature, sample_type(signature))
    return Verdict("unknown", note=f"clamd: {text[:200] or 'no answer'}")


class Clamd:
    """A daemon at `unix:///path/to/socket`, `/path/to/socket` or `tcp://host:port`.

    At most `parallel` scans at once; each ends after `timeout_s` seconds; contents above `max_bytes` are not sent."""

    def __init__(self, address: str, timeout_s: float = 20.0, max_bytes: int = 25 * 1024 * 1024, parallel: int = 4) -> None:
        self._address = address
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(parallel)

    async def scan(self, content: bytes | AsyncIterator[bytes]) -> Verdict:
        """The daemon's verdict on one file. Never raises for anything the daemon or the way to it does."""
        if isinstance(content, bytes) and len(content) > self._max_bytes:
            return Verdict("unknown", note=f"clamd: more than {self._max_bytes} bytes are not sent")
        try:
            async with self._slots, asyncio.timeout(self._timeout_s):
                return await self._ask(content)
        except TimeoutError:
            return Verdict("unknown", note=f"clamd: no answer in {self._timeout_s:g} seconds")
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            return Verdict("unknown", note=f"clamd: {type(error).__name__}: {str(error)[:160]}")

    async def _ask(self, content: bytes | AsyncIterator[bytes]) -> Verdict:
        reader, writer = await self._connect()
        try:
            try:
                fits = await self._send(writer, content)
            except (BrokenPipeError, ConnectionResetError):
                fits = True  # over its own limit the daemon hangs up; its answer can still be read
            if not fits:
                return Verdict("unknown", note=f"clamd: more than {self._max_bytes} bytes are not sent")
            answer = await reader.readuntil(b"\0")
            return verdict_of(answer[:MAX_ANSWER].decode("utf-8", "replace"))
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("tcp://"):
            host, _, port = self._address.removeprefix("tcp://").rpartition(":")
            return await asyncio.open_connection(host.strip("[]"), int(port), limit=MAX_ANSWER)
        return await asyncio.open_unix_connection(self._address.removeprefix("unix://"), limit=MAX_ANSWER)

    async def _send(self, writer: asyncio.StreamWriter, content: bytes | AsyncIterator[bytes]) -> bool:
        """Send everything; False when it is more than the bound."""
        writer.write(b"zINSTREAM\0")
        sent = 0
        async for chunk in _chunks(content):
            sent += len(chunk)
            if sent > self._max_bytes:
                return False
            writer.write(len(chunk).to_bytes(4) + chunk)
            await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
        return True


async def _chunks(content: bytes | AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        for place in range(0, len(content), CHUNK):
            yield content[place : place + CHUNK]
        return
    async for part in content:
        for place in range(0, len(part), CHUNK):
            yield part[place : place + CHUNK]
