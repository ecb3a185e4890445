"""A server that speaks the protocol of clamd(8) over a real socket, well and badly; each connection has a thread."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket

Talk = Callable[[socket], None]


def exactly(connection: socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            raise ConnectionError
        found += part
    return found


def command(connection: socket) -> str:
    name = b""
    while not name.endswith(b"\0"):
        name += exactly(connection, 1)
    return name.strip(b"z\0").decode()


def content(connection: socket) -> bytes:
    found = []
    while size := int.from_bytes(exactly(connection, 4)):
        found.append(exactly(connection, size))
    return b"".join(found)


class Server:
    """Answers PING and VERSION; what it does with a content is `talk`. `asked` counts contents."""

    def __init__(self, talk: Talk, version: str = "ClamAV 1.4.6/27500/Mon Nov  3 09:41:02 2025") -> None:
        self.talk, self.version, self.asked = talk, version, 0
        self.commands: list[str] = []

    def serve(self, connection: socket) -> None:
        name = command(connection)
        self.commands.append(name)
        if name != "INSTREAM":
            connection.sendall({"PING": b"PONG\0", "VERSION": self.version.encode() + b"\0"}[name])
            return
        self.asked += 1
        self.talk(connection)

    @contextmanager
    def at(self, place: Path | tuple[str, int]) -> Iterator[str]:
        """Serve at a path, or at a host and port (0 = any); gives the address."""
        serve = self.serve

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    serve(self.request)

        if isinstance(place, Path):
            place.unlink(missing_ok=True)
        kind = socketserver.ThreadingUnixStreamServer if isinstance(place, Path) else socketserver.ThreadingTCPServer
        with kind(str(place) if isinstance(place, Path) else place, Handler) as server:  # type: ignore[arg-type]
            server.daemon_threads = True
            server.block_on_close = False
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"unix://{place}" if isinstance(place, Path) else "tcp://{}:{}".format(*server.socket.getsockname())
            finally:
                server.shutdown()
                thread.join()


def judging(connection: socket) -> None:
    """Names what holds `bad`."""
    connection.sendall(b"stream: Local.Miner.UNOFFICIAL FOUND\0" if b"bad" in content(connection) else b"stream: OK\0")


def hanging(connection: socket) -> None:
    """Takes the content and never answers."""
    content(connection)
    exactly(connection, 1)


def deaf(connection: socket) -> None:
    """Never reads."""
    threading.Event().wait(30)


def dying(connection: socket) -> None:
    """Dies while the content comes."""
    exactly(connection, 6)
    connection.close()


def limiting(connection: socket) -> None:
    """Takes at most 1,000 bytes, and hangs up over more, as clamd does (StreamMaxLength)."""
    taken = 0
    while size := int.from_bytes(exactly(connection, 4)):
        taken += size
        if taken > 1000:
            connection.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            return
        exactly(connection, size)
    connection.sendall(b"stream: OK\0")


def babbling(connection: socket) -> None:
    """Answers without an end."""
    content(connection)
    connection.sendall(b"x" * 100_000)


def failing(connection: socket) -> None:
    """Says that it cannot."""
    content(connection)
    connection.sendall(b"stream: Can't allocate memory ERROR\0")
