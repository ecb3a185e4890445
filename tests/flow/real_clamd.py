"""A real ClamAV daemon with a small database of our own: nothing is downloaded."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analyzers.collectors.eicar import TEST_STRING
from streams.clamd import ClamdError, ask
from tests.flow.local_home import eventually

MARK = b"".join((b"local-clam-", b"sample-", b"marker"))
SETTINGS = """
LocalSocket {folder}/socket
DatabaseDirectory {folder}/database
LogFile {folder}/log
User root
Foreground yes
SelfCheck 0
StreamMaxLength 3M
"""


def write_database(folder: Path) -> None:
    """Signatures by content: the EICAR file, a mark of ours, and a YARA rule. Format: ClamAV documentation, "Signatures"."""
    folder.mkdir(parents=True)
    lines = [f"{name}:0:*:{content.hex()}" for name, content in (("Local.Eicar.Test", TEST_STRING), ("Unix.Coinminer.Local", MARK))]
    (folder / "local.ndb").write_text("\n".join(lines) + "\n")
    (folder / "local.yara").write_text('rule Local_Webshell { strings: $a = "clam_local_shell" condition: $a }\n')


def address(folder: Path) -> str:
    return f"unix://{folder}/socket"


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """The daemon, for as long as the block lasts."""
    if not (folder / "database").exists():
        write_database(folder / "database")
    (folder / "clamd.conf").write_text(SETTINGS.format(folder=folder))
    with (folder / "output").open("ab") as output:
        daemon = subprocess.Popen(["clamd", "-c", str(folder / "clamd.conf")], stdout=output, stderr=output)
    try:
        eventually("clamd answers", lambda: answers(folder), 60)
        yield
    finally:
        daemon.kill()
        daemon.wait()


def answers(folder: Path) -> bool:
    try:
        return ask(address(folder), "PING") == "PONG"
    except ClamdError:
        return False
