"""Asks a ClamAV daemon about contents, where one is configured. Its absence, silence or refusal is a note, never a failure.

Protocol: clamd(8). `zINSTREAM` is followed by chunks of a 4-byte big-endian length and data, an empty chunk ends; answers end with a zero
byte. Sockets block: a process that reads a blob does nothing else meanwhile.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from analyzers.antivirus import Sending, Verdict

CHUNK = 256 * 1024
MAX_ANSWER = 4096
MAX_SIGNATURE = 200
GREETING_S = 5.0
FILE_S = 30.0
FAILURES = 3
BLOB_BYTES = 4 << 30
SUFFIX = ".UNOFFICIAL"
LIMITS = "Heuristics.Limits.Exceeded"
ENCRYPTED = "Heuristics.Encrypted"
TOO_LARGE = "size limit exceeded. ERROR"


@dataclass(frozen=True)
class ClamdSettings:
    """Where the daemon is (`unix:///path`, `/path` or `tcp://host:port`) and what it may cost: larger contents are not sent, and none
    once a blob took so many seconds. `signatures` names the state of its database that known blobs were read with."""

    address: str
    max_bytes: int = 100 << 20
    blob_s: float = 120.0
    signatures: str = ""


class ClamdError(Exception):
    """The daemon did not answer; the text says why."""


class Clamd:
    """The daemon during one pass (an analyzers.antivirus.Antivirus). After FAILURES contents in a row without an answer it is not asked
    again."""

    def __init__(self, settings: ClamdSettings, file_s: float = FILE_S) -> None:
        self.settings, self.file_s = settings, file_s
        self.spent_s = 0.0
        self._sent_bytes = 0
        self._takes_bytes = settings.max_bytes
        self._greeted = False
        self._answers = self._failures = 0
        self._last_failure = ""

    @property
    def absent(self) -> bool:
        """Whether the daemon took no part, or ceased to: another time it may."""
        return self._failures >= FAILURES or (self._failures > 0 and not self._answers)

    def begin(self, size: int) -> Sending:
        """Begin to send a content of so many bytes; what is beyond a bound gets its verdict at once."""
        reason = self._refusal(size)
        if reason:
            return _Refused(reason)
        self._sent_bytes += size
        return _Stream(self)

    def answered(self) -> None:
        self._answers += 1
        self._failures = 0

    def failed(self, reason: str) -> None:
        self._failures += 1
        self._last_failure = reason

    def takes_less_than(self, size: int) -> None:
        """The daemon hung up over this many bytes: its own limit (StreamMaxLength) is lower."""
        self._takes_bytes = min(self._takes_bytes, size - 1)

    def _refusal(self, size: int) -> str:
        if not self._greeted:
            self._greet()
        if self._failures >= FAILURES:
            return self._last_failure
        if size > self._takes_bytes:
            return f"larger than {self._takes_bytes} bytes"
        if self._sent_bytes + size > BLOB_BYTES:
            return f"more than {BLOB_BYTES} bytes in this layer"
        return f"more than {self.settings.blob_s:g} seconds for this layer" if self.spent_s > self.settings.blob_s else ""

    def _greet(self) -> None:
        """A daemon that is not there or hangs costs a layer one look."""
        self._greeted = True
        try:
            ask(self.settings.address, "PING", GREETING_S)
        except ClamdError as error:
            self._failures, self._last_failure = FAILURES, str(error)


class _Refused:
    """A content that is not sent."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def send(self, piece: bytes) -> None:
        pass

    def verdict(self) -> Verdict:
        return Verdict("unknown", note=self._reason)

    def drop(self) -> None:
        pass


class _Stream:
    """One content on its way. What goes wrong waits for the verdict."""

    def __init__(self, daemon: Clamd) -> None:
        self._daemon, self._sent_bytes = daemon, 0
        self._left_s = daemon.file_s
        self._failure = ""
        self._hung_up = False  # over its own limit the daemon hangs up; its answer can still be read
        self._socket: socket.socket | None = None
        self._do(self._open)

    def send(self, piece: bytes) -> None:
        for place in range(0, len(piece), CHUNK):
            chunk = piece[place : place + CHUNK]
            self._write(len(chunk).to_bytes(4) + chunk)
            self._sent_bytes += 0 if self._hung_up else len(chunk)

    def verdict(self) -> Verdict:
        self._write(bytes(4))
        answers: list[str] = []
        self._do(lambda: answers.append(self._read()))
        self.drop()
        answer = "".join(answers)
        verdict = Verdict("unknown", note=self._failure) if self._failure else verdict_of(answer)
        if answer.endswith(TOO_LARGE):
            self._daemon.takes_less_than(self._sent_bytes)
        elif verdict.state == "unknown" and not verdict.signature:
            self._daemon.failed(verdict.note)
            return verdict
        self._daemon.answered()
        return verdict

    def drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> None:
        self._socket = connect(self._daemon.settings.address, self._left_s)
        self._socket.sendall(b"zINSTREAM\0")

    def _write(self, data: bytes) -> None:
        if not self._hung_up:
            self._do(lambda: self._connected().sendall(data))

    def _read(self) -> str:
        return read_answer(self._connected(), self._left_s)

    def _connected(self) -> socket.socket:
        assert self._socket is not None
        self._socket.settimeout(max(self._left_s, 0.001))
        return self._socket

    def _do(self, act: Callable[[], None]) -> None:
        """One act within the time that this content has left; none after a failure."""
        if self._failure:
            return
        begin = time.monotonic()
        try:
            act()
        except (BrokenPipeError, ConnectionResetError):
            self._hung_up = True
        except TimeoutError:
            self._failure = f"no answer within {self._daemon.file_s:g} seconds"
        except (ClamdError, OSError) as error:
            self._failure = str(error)
        finally:
            spent_s = time.monotonic() - begin
            self._left_s -= spent_s
            self._daemon.spent_s += spent_s


def verdict_of(answer: str) -> Verdict:
    """The verdict in an answer such as `stream: Eicar-Signature FOUND`. What the engine says about its own bounds and about what it could
    not open (AlertExceedsMax and AlertEncrypted in clamd.conf(5)) is no infection."""
    text = answer.removeprefix("stream: ")
    if text == "OK":
        return Verdict("clean")
    if not text.endswith(" FOUND"):
        return Verdict("unknown", note=f"the daemon says {text[:200]}" if text else "the daemon hung up without an answer")
    signature = text.removesuffix(" FOUND").removesuffix(SUFFIX)
    if signature.startswith((LIMITS, ENCRYPTED)):
        return Verdict("unknown", signature, f"the daemon says {signature[:200]}")
    return Verdict("infected", signature[:MAX_SIGNATURE])


def ask(address: str, command: str, seconds: float = GREETING_S) -> str:
    """The answer to a command without arguments, `PING` or `VERSION`. Raises ClamdError."""
    connection = connect(address, seconds)
    with connection:
        try:
            connection.sendall(f"z{command}\0".encode())
            answer = read_answer(connection, seconds)
        except TimeoutError as error:
            raise ClamdError(f"{address} does not answer") from error
        except OSError as error:
            raise ClamdError(f"{address}: {error.strerror or error}") from error
    if not answer:
        raise ClamdError(f"{address} hung up without an answer")
    return answer


def signature_date(address: str) -> date | None:
    """The day on which the daemon's database was made; None where it holds only somebody's own signatures. Raises ClamdError."""
    made = ask(address, "VERSION").split("/")[-1]
    try:
        return datetime.strptime(made.strip(), "%a %b %d %H:%M:%S %Y").date()
    except ValueError:
        return None


def connect(address: str, seconds: float) -> socket.socket:
    """A connection whose acts take at most so many seconds each. Raises ClamdError."""
    host, _, port = address.removeprefix("tcp://").rpartition(":")
    try:
        if address.startswith("tcp://"):
            return socket.create_connection((host.strip("[]"), int(port)), seconds)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(seconds)
            connection.connect(address.removeprefix("unix://"))
        except OSError:
            connection.close()
            raise
    except (OSError, ValueError) as error:
        raise ClamdError(f"{address}: {getattr(error, 'strerror', None) or error}") from error
    return connection


def read_answer(connection: socket.socket, seconds: float) -> str:
    """What comes up to a zero byte, or up to the end or MAX_ANSWER bytes. Raises OSError; TimeoutError after so many seconds in all."""
    until = time.monotonic() + seconds
    answer = b""
    while b"\0" not in answer and len(answer) < MAX_ANSWER:
        connection.settimeout(max(until - time.monotonic(), 0.001))
        part = connection.recv(MAX_ANSWER)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].decode("utf-8", "replace").strip()
