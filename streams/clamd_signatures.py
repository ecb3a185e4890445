"""How new the database was that known layers were read with, in a file of the data folder that all processes of the system read.

ClamAV's database changes every day. Reading every layer again each time would cost more than it finds, never reading one again would leave
old images to old signatures: so known layers are read again, in the lane of backfill, once the database is `clamd_reread_days` newer.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

from streams.clamd import ClamdError, signature_date

FOLDER = "clamav"
FILE = "signatures.txt"  # processes take up changed files whose names end as those of rules do


def signatures(home: Path) -> str:
    """ISO date of the database that layers are read with; empty where none is known."""
    try:
        return date.fromisoformat((home / FOLDER / FILE).read_text().strip()).isoformat()
    except (OSError, ValueError):
        return ""


def follow_signatures(home: Path, address: str, reread_days: int) -> bool:
    """Note the date of the daemon's database if it is so many days newer than the noted one (0 = only where none is noted). Returns
    whether it was noted."""
    noted = signatures(home)
    try:
        made = signature_date(address)
    except ClamdError:
        return False
    if made is None or (noted and (not reread_days or made - date.fromisoformat(noted) < timedelta(reread_days))):
        return False
    path = home / FOLDER / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{FILE}.{os.getpid()}")
    part.write_text(f"{made}\n")
    part.replace(path)
    return True
