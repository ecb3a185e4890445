"""The way out of a build: package sources pass, everything else is refused."""

from __future__ import annotations

import http.server
import io
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.fix.network import SourceProxy, origins


@pytest.fixture
def server() -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"{self.path} {self.headers.get('Proxy-Authorization')} {self.headers.get('Accept')}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield int(one.server_address[1])
    one.shutdown()
    one.server_close()


def ask(path: Path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(path))
        link.sendall(request)
        answer = b""
        while data := link.recv(4096):
            answer += data
        return answer


def test_sources_pass_and_others_are_refused(tmp_path: Path, server: int) -> None:
    log = io.StringIO()
    with SourceProxy(tmp_path / "proxy", origins([f"deb http://127.0.0.1:{server} ./"]), log) as proxy:
        head = f"GET http://127.0.0.1:{server}/a?b=c HTTP/1.1\r\nHost: x\r\nProxy-Authorization: secret\r\nAccept: all\r\n\r\n"
        assert ask(proxy.path, head.encode()).endswith(b"\r\n\r\n/a?b=c None all")
        through = f"CONNECT 127.0.0.1:{server} HTTP/1.1\r\n\r\nGET /inside HTTP/1.0\r\n\r\n"
        answer = ask(proxy.path, through.encode())
        assert answer.startswith(b"HTTP/1.1 200 Connection established") and b"/inside None" in answer
        for other in (f"http://localhost:{server}/", f"http://127.0.0.1:{server + 1}/", "http://evil.example.org/"):
            assert b"403 Forbidden" in ask(proxy.path, f"GET {other} HTTP/1.1\r\n\r\n".encode())
        assert b"403 Forbidden" in ask(proxy.path, b"CONNECT evil.example.org:443 HTTP/1.1\r\n\r\n")
        assert ask(proxy.path, b"nonsense\r\n\r\n") == ask(proxy.path, b"GET / HTTP/1.1\r\n\r\n") == b""
    assert "evil.example.org:443 is no package source" in log.getvalue() and not (tmp_path / "proxy").exists()


def test_a_source_that_is_down_is_named(tmp_path: Path) -> None:
    log = io.StringIO()
    with SourceProxy(tmp_path / "proxy", origins(["http://127.0.0.1:1/"]), log) as proxy:
        assert b"502 Bad Gateway" in ask(proxy.path, b"GET http://127.0.0.1:1/ HTTP/1.1\r\n\r\n")
    assert "127.0.0.1:1 cannot be reached" in log.getvalue()


def test_origins_of_source_files() -> None:
    text = """deb [signed-by=/a] http://deb.example.org/debian bookworm main
https://user:word@Dl.Example.org:8443/alpine/v3.19/main
metalink=https://mirrors.example.org/metalink?repo=a&arch=b
file:///srv/local"""
    assert origins([text]) == {
        ("deb.example.org", 80), ("deb.example.org", 443), ("dl.example.org", 8443), ("mirrors.example.org", 80),
        ("mirrors.example.org", 443),
    }  # fmt: skip
