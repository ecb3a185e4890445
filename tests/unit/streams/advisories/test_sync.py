"""Keeping feeds fresh, against a real HTTP server with validators, ranges and bad manners."""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.advisories import sync
from streams.advisories.sync import FeedSources, Fetched, SyncError, fetch, read_bundle, write_bundle

BODY = bytes(range(256)) * 4000


class Server:
    """Serves `files`; `drop_after` bytes it closes the connection, once for each entry of the list."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {"/feeds/all.zip": BODY}
        self.drop_after: list[int] = []
        self.statuses: list[int] = []
        self.asked: list[tuple[str, str | None, str | None]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None: ...

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append((request.path, request.headers.get("Range"), request.headers.get("If-None-Match")))
        if self.statuses:
            return self._end(request, self.statuses.pop(0))
        if request.path == "/elsewhere":
            return self._end(request, 302, {"Location": "http://feeds.example.org/all.zip"})
        body = self.files.get(request.path)
        if body is None:
            return self._end(request, 404)
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if request.headers.get("If-None-Match") == etag:
            return self._end(request, 304, {"ETag": etag})
        begin = 0
        asked = request.headers.get("Range")
        if asked and request.headers.get("If-Range") == etag:
            begin = int(asked.removeprefix("bytes=").rstrip("-"))
        request.send_response(206 if begin else 200)
        request.send_header("ETag", etag)
        request.send_header("Content-Length", str(len(body) - begin))
        request.end_headers()
        end = self.drop_after.pop(0) if self.drop_after else len(body)
        request.wfile.write(body[begin:end])
        if end < len(body):
            request.close_connection = True
        return None

    def _end(self, request: http.server.BaseHTTPRequestHandler, status: int, headers: dict[str, str] | None = None) -> None:
        request.send_response(status)
        for name, value in {"Content-Length": "0", **(headers or {})}.items():
            request.send_header(name, value)
        request.end_headers()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(sync, "PAUSE_S", 0.01)
    one = Server()
    threading.Thread(target=one.http.serve_forever, daemon=True).start()
    yield one
    one.http.shutdown()
    one.http.server_close()


@pytest.fixture
def sources(tmp_path: Path, server: Server) -> FeedSources:
    one = FeedSources(tmp_path)
    one.add("feed", f"{server.address}/feeds/all.zip")
    return one


def run(sources: FeedSources) -> dict[str, Fetched]:
    return {one.source.name: one for one in asyncio.run(fetch(sources))}


def test_only_what_changed_is_downloaded(server: Server, sources: FeedSources) -> None:
    first = run(sources)["feed"]
    assert first.changed and first.path.read_bytes() == BODY and first.path.name == "all.zip"
    again = run(sources)["feed"]
    assert not again.changed and not again.error and server.asked[-1][2] is not None
    server.files["/feeds/all.zip"] = b"other"
    assert run(sources)["feed"].changed and first.path.read_bytes() == b"other"


def test_a_cut_download_goes_on_where_it_ended(server: Server, sources: FeedSources) -> None:
    server.drop_after = [300_000, 700_000]
    assert run(sources)["feed"].path.read_bytes() == BODY
    assert [asked for _, asked, _ in server.asked] == [None, "bytes=300000-", "bytes=700000-"]


def test_a_cut_download_of_an_older_version_begins_anew(server: Server, sources: FeedSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "TRIES", 1)
    server.drop_after = [300_000]
    assert run(sources)["feed"].error
    server.files["/feeds/all.zip"] = b"newer"
    assert run(sources)["feed"].path.read_bytes() == b"newer"


def test_one_that_fails_harms_no_other(server: Server, sources: FeedSources) -> None:
    sources.add("gone", f"{server.address}/nothing.json")
    sources.add("closed", "http://127.0.0.1:1/kev.json")
    sources.add("led-away", f"{server.address}/elsewhere")
    found = run(sources)
    assert found["feed"].changed
    assert found["gone"].error == "the server answers 404 Not Found"
    assert "Connect" in found["closed"].error and found["led-away"].error
    kept = sources.all
    assert kept["gone"].error and not kept["feed"].error and kept["feed"].fetched_at and not kept["gone"].fetched_at


def test_a_busy_server_is_asked_again(server: Server, sources: FeedSources) -> None:
    server.statuses = [503, 429]
    assert run(sources)["feed"].changed


def test_a_checksum_is_compared(server: Server, tmp_path: Path) -> None:
    sources = FeedSources(tmp_path / "other")
    sources.add("feed", f"{server.address}/feeds/all.zip", f"{server.address}/sum")
    assert "checksum cannot be had" in run(sources)["feed"].error
    server.files["/sum"] = b"0" * 64
    assert "promised is 000" in run(sources)["feed"].error and not run(sources)["feed"].path.exists()
    server.files["/sum"] = f"{hashlib.sha256(BODY).hexdigest()}  all.zip\n".encode()
    assert run(sources)["feed"].changed


@pytest.mark.parametrize("url", ["http://feeds.example.org/all.zip", "ftp://a/b", "file:///etc/passwd", "all.zip", "https://"])
def test_addresses_that_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SyncError, match="begins with https"):
        FeedSources(tmp_path).add("a", url)


def test_a_bundle_carries_all_feeds(server: Server, sources: FeedSources, tmp_path: Path) -> None:
    run(sources)
    bundle = tmp_path / "feeds.tar"
    assert write_bundle(sources, bundle) == 1
    [path] = read_bundle(bundle, tmp_path / "offline")
    assert path.read_bytes() == BODY and path.parent.name == "feed"


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "a/b/c", "plain"])
def test_a_strange_bundle_is_refused(tmp_path: Path, name: str) -> None:
    bundle = tmp_path / "feeds.tar"
    with tarfile.open(bundle, "w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    with pytest.raises(SyncError, match="no bundle"):
        read_bundle(bundle, tmp_path / "offline")
    bundle.write_bytes(b"nothing")
    with pytest.raises(SyncError, match="no bundle"):
        read_bundle(bundle, tmp_path / "offline")


def test_unknown_names_and_damaged_files_are_told(sources: FeedSources) -> None:
    with pytest.raises(SyncError, match="no source nobody"):
        asyncio.run(fetch(sources, ["nobody"]))
    with pytest.raises(SyncError, match="no source 'nobody'"):
        sources.remove("nobody")
    sources.path.write_text("{")
    with pytest.raises(SyncError, match="cannot be read"):
        _ = sources.all
