"""The ClamAV client against a server that speaks the protocol of clamd(8) over a real socket, well and badly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from streams.clamd import Clamd, Verdict, sample_type, verdict_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def received(reader: asyncio.StreamReader) -> bytes:
    assert await reader.readexactly(10) == b"zINSTREAM\0"
    content = b""
    while size := int.from_bytes(await reader.readexactly(4)):
        content += await reader.readexactly(size)
    return content


async def daemon(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    content = await received(reader)
    writer.write(b"stream: Local.Eicar.Test.UNOFFICIAL FOUND\0" if b"bad" in content else b"stream: OK\0")
    await writer.drain()
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await received(reader)
    await asyncio.sleep(5)


async def refusing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    await writer.drain()
    writer.close()


async def babbling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await received(reader)
    writer.write(b"x" * 100_000)
    writer.close()


def ask(handler: Handler, folder: Path, content: bytes | AsyncIterator[bytes], timeout_s: float = 5.0, max_bytes: int = 1 << 20) -> Verdict:
    async def run() -> Verdict:
        server = await asyncio.start_unix_server(handler, folder / "s")
        try:
            return await Clamd(f"unix://{folder / 's'}", timeout_s, max_bytes).scan(content)
        finally:
            server.close()

    return asyncio.run(run())


async def parts(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def test_found_and_clean(tmp_path: Path) -> None:
    assert ask(daemon, tmp_path, b"x" * 300_000 + b"bad") == Verdict("infected", "Local.Eicar.Test", "Engtest")
    assert ask(daemon, tmp_path, b"good") == Verdict("clean")
    assert ask(daemon, tmp_path, parts(b"ba", b"", b"d")).state == "infected"


def test_tcp() -> None:
    async def run() -> Verdict:
        server = await asyncio.start_server(daemon, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        try:
            return await Clamd(f"tcp://127.0.0.1:{port}").scan(b"bad")
        finally:
            server.close()

    assert asyncio.run(run()).state == "infected"


@pytest.mark.parametrize("handler", [silent, refusing, babbling])
def test_bad_daemons_are_notes(handler: Handler, tmp_path: Path) -> None:
    verdict = ask(handler, tmp_path, b"content", timeout_s=0.3)
    assert verdict.state == "unknown"
    assert verdict.note.startswith("clamd: ")


def test_absent_daemon_and_too_much_content(tmp_path: Path) -> None:
    assert asyncio.run(Clamd(str(tmp_path / "none")).scan(b"x")).state == "unknown"
    assert asyncio.run(Clamd("tcp://127.0.0.1:notaport").scan(b"x")).state == "unknown"
    assert "not sent" in ask(daemon, tmp_path, b"x" * 11, max_bytes=10).note
    assert "not sent" in ask(daemon, tmp_path, parts(b"x" * 6, b"x" * 6), max_bytes=10).note


@pytest.mark.parametrize(
    ("signature", "expected"),
    [("Unix.Trojan.Mirai-123", "DDoS"), ("YARA.Local_Miner", "Miner"), ("Win.Ransomware.X", "RansomWare"), ("Some.Thing", "Malware")],
)
def test_types(signature: str, expected: str) -> None:
    assert sample_type(signature) == expected
    assert verdict_of(f"stream: {signature}.UNOFFICIAL FOUND\0").signature == signature
