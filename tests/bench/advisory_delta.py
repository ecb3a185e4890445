"""A new advisory while 100,000 images are stored, 1,000 of them affected: from the command to risk rows and events, then its withdrawal.

python -m tests.bench.advisory_delta [IMAGES]
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from infra.settings import Settings
from sinks.matches import affected_images
from sinks.store import Store
from streams.advisories.spans import version_key
from tests.bench.local_system import fresh_home, imagerisk
from tests.bench.matching import fill
from tests.bench.row import Row

COMMAND = ".venv/bin/python -m tests.bench.advisory_delta"
AFFECTED, OTHER_RISKS, LIMIT_S = 1000, 100, 300.0
LOOK_EVERY_S = 0.2  # looking costs the engine CPU that the pipeline wants
NUMBER, NAME, FLAW = 9_999_999, "special-package", "CVE-2025-4242"  # none of those that `fill` makes
_OF_AFFECTED = "FROM numbers({affected:UInt32})"
_DIGEST = "concat('sha256:', hex(SHA256(toString(number))))"
_FILL = (
    "INSERT INTO package_rows (package, package_id, ecosystem, type, name, version, purl, match_name, match_version, seen_at) "
    "VALUES ({number:UInt64}, 'special', 'Debian:12', 'deb', {name:String}, '1.0-1', 'pkg:deb/debian/special-package@1.0-1', "
    "{name:String}, '1.0-1', now64(3))",
    "INSERT INTO package_images (image, package, matched, version) SELECT cityHash64(number), {number:UInt64}, 1, 1 " + _OF_AFFECTED,
    "INSERT INTO image_packages (image, package, layer, paths, evidence, matched, version) "
    "SELECT cityHash64(number), {number:UInt64}, 0, ['var/lib/dpkg/status'], 'installed', 1, 1 " + _OF_AFFECTED,
    f"INSERT INTO image_places (registry, repository, image_digest, index_digest, present, changed_at) "
    f"SELECT 'bench', concat('team/app', toString(number % 50)), {_DIGEST}, '', 1, now64(3) {_OF_AFFECTED}",
    f"INSERT INTO image_layers (image_digest, position, layer) SELECT {_DIGEST}, 0, 'sha256:base' {_OF_AFFECTED}",
    f"INSERT INTO scan_rows (image_digest, category, state, requested_at, updated_at, version) SELECT {_DIGEST}, "
    f"arrayJoin(['system-vulnerability', 'application-vulnerability']), 'succeeded', now64(3), now64(3), 1 {_OF_AFFECTED}",
    "INSERT INTO risk_rows (image_digest, finding_id, category, rule, package, path, first_seen, last_seen, evidence, detail) "
    "SELECT concat('sha256:', hex(SHA256(toString(intDiv(number, {risks:UInt32}))))), lower(hex(MD5(toString(number % {risks:UInt32})))), "
    "'system-vulnerability', concat('CVE-2020-', toString(number % {risks:UInt32})), 'openssl', '', now64(3), now64(3), "
    "bitOr(bitShiftLeft(toUInt64(toUnixTimestamp64Milli(now64(3))), 8), 8), (1, '{\"severity\":\"high\"}') "
    "FROM numbers({all_risks:UInt64})",
)  # fmt: skip


def record(**more: Any) -> dict[str, Any]:
    """An OSV record about the package."""
    events = [{"introduced": "0"}, {"fixed": "1.0-2"}]
    affected = [{"package": {"ecosystem": "Debian:12", "name": NAME}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return {"schema_version": "1.6.0", "id": f"DEBIAN-{FLAW}", "upstream": [FLAW], "summary": "a flaw", "affected": affected, **more}


def measure(settings: Settings, images: int) -> list[Row]:
    """Fill, import, wait, import again, withdraw."""
    store = Store(settings.clickhouse_url)
    fill(store, images)
    key, comparable = version_key("Debian:12", "1.0-1")
    store.insert("package_keys", ("ecosystem", "match_name", "package", "version_key", "comparable", "module"),
                 [("Debian:12", NAME, NUMBER, key, int(comparable), "")])  # fmt: skip
    numbers = {"number": NUMBER, "name": NAME, "affected": AFFECTED, "risks": OTHER_RISKS, "all_risks": AFFECTED * OTHER_RISKS}
    for sql in _FILL:
        store.command(sql, {name: value for name, value in numbers.items() if f"{{{name}:" in sql})
    folder = settings.home / "delta"
    folder.mkdir()
    opened = deliver(store, folder, record(modified="2026-01-01T00:00:00Z"), "open", AFFECTED)
    time.sleep(2)  # the workers end what they have begun: the question is what the question costs
    begin = time.perf_counter()
    found = len(affected_images(store, [f"DEBIAN-{FLAW}"]))
    known = (time.perf_counter() - begin) * 1000
    deliver(store, folder, record(modified="2026-01-01T00:00:00Z"), "open", AFFECTED)
    time.sleep(3)
    again = transitions(store)
    closed = deliver(store, folder, record(modified="2026-01-02T00:00:00Z", withdrawn="2026-01-02T00:00:00Z"), "withdrawn", AFFECTED)
    others = int(store.query("SELECT count() FROM risks WHERE rule != {flaw:String} AND status != 'open'", {"flaw": FLAW})[0][0])
    store.close()
    what = f"{images:,} images: one new advisory"
    return [
        Row(f"{what}: {found:,} affected images known", known, "ms", "< 100", COMMAND),
        Row(f"{what}: command to {AFFECTED:,} risk rows and events", opened, "s", "< 5", COMMAND),
        Row(f"{what}: its withdrawal, command to {AFFECTED:,} closed risks", closed, "s", "< 5", COMMAND),
        Row(f"{what}: changes after the same import again", again - AFFECTED, "changes", "0", COMMAND),
        Row(f"{what}: other risks that changed", others, "risks", "0", COMMAND),
    ]


def deliver(store: Store, folder: Path, one: dict[str, Any], status: str, wanted: int) -> float:
    """Seconds from the command until so many risks of the flaw have this status."""
    (folder / "record.json").write_text(json.dumps(one))
    begin = time.perf_counter()
    imagerisk("advisories", "import", str(folder / "record.json"))
    sql = "SELECT count() FROM affected WHERE rule = {flaw:String} AND status = {status:String}"
    while int(store.query(sql, {"flaw": FLAW, "status": status})[0][0]) < wanted:
        if time.perf_counter() > begin + LIMIT_S:
            raise TimeoutError(f"not {status} after {LIMIT_S} s")
        time.sleep(LOOK_EVERY_S)
    return time.perf_counter() - begin


def transitions(store: Store) -> int:
    """Changes of the flaw's risks so far."""
    sql = "SELECT count() FROM risk_transitions FINAL WHERE finding_id IN (SELECT finding_id FROM risk_rows WHERE rule = {flaw:String})"
    return int(store.query(sql, {"flaw": FLAW})[0][0])


def run(images: int = 100_000) -> list[Row]:
    """Wall times on a system of its own."""
    with fresh_home() as settings:
        imagerisk("up", "worker-flow")
        return measure(settings, images)


if __name__ == "__main__":
    for row in run(*map(int, sys.argv[1:])):
        print(f"{row.what}: {row.figure:.2f} {row.unit} (goal {row.bound})")
