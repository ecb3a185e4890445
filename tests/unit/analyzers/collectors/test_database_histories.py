"""Rpm databases after any installing, updating and removing, written by SQLite and Berkeley DB themselves: nothing of it shows."""

from __future__ import annotations

import shutil
import sqlite3
import struct
import subprocess
from pathlib import Path
from random import Random

import pytest

from analyzers.collectors.rpmdb import berkeley, sqlite
from tests.unit.analyzers.collectors.rpm_databases import header

SIZES = (0, 3, 50, 400, 1500, 9000)
Step = tuple[int, bytes | None]
"""(number of the package, its header; None removes it)."""

# Standard input: page size, byte order, then for each step number and length of the header (-1 removes), the header behind them.
BERKELEY = """
use DB_File; use Fcntl; binmode STDIN;
my $info = new DB_File::HASHINFO;
read(STDIN, my $head, 8); ($info->{bsize}, $info->{lorder}) = unpack("VV", $head);
my %packages; tie(%packages, "DB_File", $ARGV[0], O_RDWR | O_CREAT, 0644, $info) or die $!;
$packages{pack("V", 0)} = pack("V", 7);
while (read(STDIN, my $step, 8)) {
  my ($number, $length) = unpack("Vl<", $step);
  if ($length < 0) { delete $packages{pack("V", $number)}; next }
  read(STDIN, my $header, $length); $packages{pack("V", $number)} = $header;
}
untie %packages;
"""


def history(random: Random) -> tuple[list[Step], list[bytes]]:
    """Steps, and the headers that are there in the end."""
    steps: list[Step] = []
    there: dict[int, bytes] = {}
    for number in range(1, random.randint(2, 200)):
        chance = random.random()
        if chance < 0.6 or not there:
            there[number] = header(f"package{number}", random.choice(SIZES))
            steps.append((number, there[number]))
        elif chance < 0.85:
            steps.append((random.choice(list(there)), None))
            del there[steps[-1][0]]
        else:
            changed = random.choice(list(there))
            there[changed] = header(f"updated{number}", random.choice(SIZES))
            steps.append((changed, there[changed]))
    return steps, [there[number] for number in sorted(there)]


@pytest.mark.parametrize("seed", range(40))
def test_sqlite(seed: int) -> None:
    random = Random(seed)
    steps, there = history(random)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for pragma, values in (("page_size", (512, 1024, 4096, 65536)), ("auto_vacuum", (0, 1, 2)), ("secure_delete", (0, 1))):
        connection.execute(f"PRAGMA {pragma}={random.choice(values)}")
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    for number, blob in steps:
        if blob is None:
            connection.execute("DELETE FROM Packages WHERE hnum = ?", (number,))
        else:
            connection.execute("REPLACE INTO Packages VALUES (?, ?)", (number, blob))
    data = connection.serialize()
    connection.close()
    assert list(sqlite.headers(data)) == there


@pytest.mark.parametrize("order", [1234, 4321])
@pytest.mark.parametrize("seed", range(10))
def test_berkeley(tmp_path: Path, seed: int, order: int) -> None:
    if shutil.which("perl") is None or subprocess.run(["perl", "-MDB_File", "-e", "1"], capture_output=True, check=False).returncode:
        pytest.skip("no perl with Berkeley DB on this machine")
    random = Random(seed)
    steps, there = history(random)
    told = struct.pack("<II", random.choice((512, 1024, 4096, 8192)), order)
    told += b"".join(struct.pack("<Ii", number, -1 if blob is None else len(blob)) + (blob or b"") for number, blob in steps)
    path = tmp_path / "Packages"
    subprocess.run(["perl", "-e", BERKELEY, str(path)], input=told, check=True)
    assert sorted(berkeley.headers(path.read_bytes())) == sorted(there)
