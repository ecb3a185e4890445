"""Databases of applications by name and first bytes. They are reported for what they may hold; nothing in them is read."""

from __future__ import annotations

import re

from analyzers.collectors.key_files import KeyFound

_SQLITE = b"SQLite format 3\0"
_SQLITE_SUFFIXES = frozenset({".sqlite", ".sqlite3", ".db", ".db3", ".s3db", ".sl3"})
_COMPACT = (0x73616261, 0x002DD714, 0x00357B9D, 0x003D0900)  # SQL Server Compact 2.0, 3.0, 3.5, 4.0: a number at byte 16
_SYSTEM = re.compile(
    r"^(?:usr/(?:lib|share)|var/(?:lib|cache)/(?:rpm|dnf|yum|PackageKit|apt|dpkg|man|command-not-found|fwupd|app-info)|lib)/|rpmdb\.sqlite|(?:^|/)(?:cert9|key4|pkcs11)\.db$"
)

_DUMP = re.compile(rb"-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|pg_dump|\w+ dump)|--\n-- PostgreSQL database (?:cluster )?dump|PGDMP")


def database_file(path: str, data: bytes) -> KeyFound | None:
    """The database that the whole file is; its rule is sqlite, microsoft_mdf, microsoft_sdf, keepass_database, dbeaver_database_cfg
    or database_dump."""
    rule = _rule(path, data)
    return KeyFound(rule, data, 0, min(len(data), 64)) if rule else None


def _rule(path: str, data: bytes) -> str:
    suffix = path[path.rfind(".") :].lower()
    if data.startswith(_SQLITE):
        return "sqlite" if suffix in _SQLITE_SUFFIXES and not _SYSTEM.search(path) else ""
    if suffix == ".mdf":
        return "microsoft_mdf" if data[:2] == b"\x01\x0f" else ""
    if suffix == ".sdf":
        return "microsoft_sdf" if int.from_bytes(data[16:20], "little") in _COMPACT else ""
    if suffix in (".kdbx", ".kdb"):
        return "keepass_database" if data[:4] == b"\x03\xd9\xa2\x9a" else ""
    if suffix == ".json" and "/.dbeaver" in "/" + path and path.lower().endswith("credentials-config.json"):
        return "dbeaver_database_cfg" if len(data) >= 16 else ""
    if suffix in (".sql", ".dump", ".pgdump", ".bak") and _DUMP.match(data):
        return "database_dump" if data.startswith(b"PGDMP") or b"INSERT INTO" in data or b"\nCOPY " in data else ""
    return ""
