"""The only way out of a build: a proxy that reaches the package sources and nothing else.

Sources: RFC 9110 section 7.6 and 9.3.6 (CONNECT), RFC 9112 section 3.2.2 (absolute form).
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from streams.fix.enclosure import pipe

PORT = 3128
HEAD_LIMIT, CONNECT_S = 64 * 1024, 20.0
_ADDRESS = re.compile(r"(https?)://(?:[^/@\s]*@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?")
_HOP = re.compile(rb"(?im)^(?:proxy-[a-z-]+|connection|keep-alive):[^\r\n]*\r\n")
Origin = tuple[str, int]
"""Host in lower case, and port."""


def origins(texts: Iterable[str]) -> frozenset[Origin]:
    """The hosts and ports that source files name; both usual ports of a host that names none, because sources redirect to https."""
    found: set[Origin] = set()
    for text in texts:
        for _, host, port in _ADDRESS.findall(text):
            found |= {(host.lower(), int(port))} if port else {(host.lower(), 80), (host.lower(), 443)}
    return frozenset(found)


class SourceProxy:
    """Listens on a unix socket while it is used as a context manager. What it refuses is written to `log`."""

    def __init__(self, path: Path, allowed: frozenset[Origin], log: TextIO) -> None:
        self.path, self.allowed, self.log = path, allowed, log
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                outer.answer(self.request)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

        self._server = Server(str(path), Handler)

    def __enter__(self) -> SourceProxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self.path.unlink(missing_ok=True)

    def answer(self, client: socket.socket) -> None:
        """One request: the connection ends with it."""
        client.settimeout(CONNECT_S)
        try:
            head, rest = _head(client)
            method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
            origin = _origin(method, target)
        except (ValueError, OSError):
            return
        if origin not in self.allowed:
            self.log.write(f"refused: {origin[0]}:{origin[1]} is no package source of this image\n")
            text = f"{origin[0]} is no package source of this image\n".encode()
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            return
        try:
            server = socket.create_connection((origin[0].strip("[]"), origin[1]), CONNECT_S)
        except OSError as error:
            self.log.write(f"{origin[0]}:{origin[1]} cannot be reached: {error}\n")
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            return
        with server:
            server.settimeout(None)
            client.settimeout(None)
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(_in_origin_form(head, target))
            server.sendall(rest)
            upward = threading.Thread(target=pipe, args=(client, server), daemon=True)
            upward.start()
            pipe(server, client)


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """Request line and headers with their end, and what came after them."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = client.recv(4096)
        if not more or len(data) > HEAD_LIMIT:
            raise ValueError("no request")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def _origin(method: str, target: str) -> Origin:
    parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
    if not parts.hostname or (method != "CONNECT" and parts.scheme != "http"):
        raise ValueError("no absolute form")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return host.lower(), parts.port or (443 if method == "CONNECT" else 80)


def _in_origin_form(head: bytes, target: str) -> bytes:
    """The request as the server wants it, for one answer."""
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    line, _, headers = head.partition(b"\r\n")
    method, _, version = line.split(b" ", 2)
    return method + b" " + path.encode("latin-1") + b" " + version + b"\r\nConnection: close\r\n" + _HOP.sub(b"", headers)
