"""Advisories in the store: records, ranges, scores and flaws. Rows go in as plain tuples; what they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sinks.store import External, Store

RECORD_COLUMNS = (
    "id", "source", "hash", "aliases", "asserts", "title", "description", "vectors", "links", "published", "modified", "withdrawn",
    "malicious", "exploit", "deleted", "version",
)  # fmt: skip
RANGE_COLUMNS = (
    "ecosystem", "name", "id", "source", "lows", "highs", "ends", "texts", "exact", "fix_keys", "fixes", "module", "urgency", "unfixed",
    "modified", "deleted", "version", "stream", "fix_days",
)  # fmt: skip
RangeKey = tuple[str, str, str, str]
"""(ecosystem, name, advisory, module stream): with the feed, what tells a range row from all others."""
SCORE_COLUMNS = ("cve", "source", "hash", "epss", "percentile", "listed", "title", "vectors", "deleted", "version")
IMPORT_COLUMNS = (
    "source", "kind", "complete", "records", "changed", "vanished", "skipped", "problems", "passed_over", "imported_at",
)  # fmt: skip
Row = Sequence[object]


def texts(name: str, values: Iterable[str]) -> External:
    """A list of texts as a table with one column `value`."""
    return External(name, [("value", "String")], [(value,) for value in values])


def known_records(store: Store, source: str) -> dict[str, int]:
    """id -> hash of the records that a feed has in the store."""
    return dict(
        store.query("SELECT id, hash FROM advisory_records FINAL WHERE source = {source:String} AND deleted = 0", {"source": source})
    )


def sources_of(store: Store, ids: Sequence[str]) -> dict[str, list[str]]:
    """id -> feeds that have the record."""
    return dict(
        store.query(
            "SELECT id, groupArray(source) FROM advisory_records FINAL WHERE id IN (SELECT value FROM ids) AND deleted = 0 GROUP BY id",
            external=[texts("ids", ids)],
        )
    )


def live_ranges(store: Store, source: str, ids: Sequence[str]) -> list[RangeKey]:
    """The keys of the ranges of some records."""
    return store.query(
        """SELECT ecosystem, name, id, stream FROM advisory_ranges FINAL
        WHERE (ecosystem, name) IN (SELECT ecosystem, name FROM advisory_names WHERE id IN (SELECT value FROM ids))
            AND id IN (SELECT value FROM ids) AND source = {source:String} AND deleted = 0""",
        {"source": source},
        external=[texts("ids", ids)],
    )


def write_records(store: Store, records: Sequence[Row], ranges: Sequence[Row]) -> None:
    """Names and ranges before the records: a record in the store means that its ranges are there."""
    store.insert("advisory_names", ("ecosystem", "name", "id"), [row[:3] for row in ranges])
    store.insert("advisory_ranges", RANGE_COLUMNS, ranges)
    store.insert("advisory_records", RECORD_COLUMNS, records)


def pending_records(store: Store) -> list[str]:
    """Records whose flaws were not derived since they changed, by id. It survives a crash between writing and deriving."""
    sql = """SELECT r.id FROM (SELECT id, max(version) AS version FROM advisory_records GROUP BY id) AS r
        LEFT JOIN (SELECT id, max(version) AS version FROM advisory_flaws GROUP BY id) AS f ON f.id = r.id
        WHERE f.version < r.version ORDER BY r.id"""
    return [row[0] for row in store.query(sql)]


def namings(store: Store, names: Iterable[str] | None) -> list[tuple[str, list[str], list[str], list[str], int]]:
    """(id, aliases, asserts, flaws as derived before, version) of the live records that bear or assert one of the names; all of them
    without names."""
    where = (
        ""
        if names is None
        else "AND (id IN (SELECT value FROM names) OR hasAny(arrayConcat(aliases, asserts), (SELECT groupArray(value) FROM names)))"
    )
    return store.query(
        f"""SELECT r.id, r.aliases, r.asserts, f.flaws, r.version FROM
            (SELECT id, aliases, asserts, version FROM advisory_records FINAL WHERE deleted = 0 AND withdrawn = '' {where}) AS r
            LEFT JOIN (SELECT id, flaws FROM advisory_flaws FINAL) AS f ON f.id = r.id""",  # noqa: S608 constant parts
        external=[] if names is None else [texts("names", names)],
    )


def derived_before(store: Store, ids: Sequence[str]) -> dict[str, tuple[list[str], int]]:
    """id -> (flaws as derived before, newest version of the record), for records that may be gone."""
    rows = store.query(
        """SELECT r.id, f.flaws, r.version FROM (SELECT id, max(version) AS version FROM advisory_records
            WHERE id IN (SELECT value FROM ids) GROUP BY id) AS r
        LEFT JOIN (SELECT id, flaws FROM advisory_flaws FINAL) AS f ON f.id = r.id""",
        external=[texts("ids", ids)],
    )
    return {row[0]: (row[1], row[2]) for row in rows}


_DERIVE = """
INSERT INTO flaws (name, aliases, title, description, vectors, links, published, malicious, exploit, version)
SELECT flaw,
    arraySort(arrayFilter(x -> x != flaw, groupUniqArrayArrayIf(arrayConcat([id], if(empty(asserts), aliases, [])), own))) AS aliases,
    argMinIf(title, (rank, id, source), title != '' AND own) AS title,
    argMinIf(description, (rank, id, source), description != '' AND own) AS description,
    arraySort(groupUniqArrayArrayIf(arrayMap(v -> (toString(source), v), vectors), own)) AS vectors,
    arraySlice(arraySort(groupUniqArrayArrayIf(links, own)), 1, 20) AS links,
    minIf(substring(published, 1, 10), published != '' AND own) AS published,
    maxIf(malicious, own) AS malicious, maxIf(exploit, own) AS exploit, {version:UInt64}
FROM
(
    -- A bulletin, other than a distribution's record of one CVE, has its own texts, dates and scores.
    SELECT flaw, r.id AS id, r.source AS source, r.aliases AS aliases, r.asserts AS asserts, r.title AS title, r.description AS description,
        r.vectors AS vectors, r.links AS links, r.published AS published, r.malicious AS malicious, r.exploit AS exploit,
        empty(r.asserts) OR (length(r.asserts) = 1 AND endsWith(r.id, r.asserts[1])) AS own,
        multiIf(startsWith(r.id, 'GHSA-'), 0, position(r.id, 'CVE-') = 0, 1, 2) AS rank
    FROM (SELECT * FROM advisory_records FINAL WHERE deleted = 0 AND withdrawn = '') AS r
    INNER JOIN (SELECT id, arrayJoin(flaws) AS flaw FROM advisory_flaws FINAL) AS f ON f.id = r.id
    WHERE {all:UInt8} OR flaw IN (SELECT value FROM names)
)
GROUP BY flaw"""


def derive_flaws(store: Store, names: Sequence[str] | None, version: int) -> None:
    """Write the rows of some flaws, or of all, from their records."""
    store.command(_DERIVE, {"version": version, "all": names is None}, external=[texts("names", names or ())])


def write_flaws_of(store: Store, rows: Sequence[tuple[str, Sequence[str], int]]) -> None:
    """(id, flaws, version of the record)."""
    store.insert("advisory_flaws", ("id", "flaws", "version"), rows)


def known_scores(store: Store, source: str) -> dict[str, tuple[int, float]]:
    """CVE -> (hash, epss) of a score list."""
    sql = "SELECT cve, hash, epss FROM cve_scores FINAL WHERE source = {source:String} AND deleted = 0"
    return {row[0]: (row[1], row[2]) for row in store.query(sql, {"source": source})}


def asserting(store: Store, flaws: Iterable[str]) -> list[str]:
    """The advisories that assert one of the flaws."""
    sql = """SELECT DISTINCT id FROM (SELECT id, arrayJoin(flaws) AS flaw FROM advisory_flaws FINAL)
        WHERE flaw IN (SELECT value FROM names)"""
    return [row[0] for row in store.query(sql, external=[texts("names", flaws)])]


def flaws_named(store: Store, names: Sequence[str]) -> dict[str, list[str]]:
    """flaw -> advisories that assert it, for the flaws that bear one of the names."""
    return dict(
        store.query(
            """SELECT flaw, groupArray(id) FROM (SELECT id, arrayJoin(flaws) AS flaw FROM advisory_flaws FINAL)
            WHERE flaw IN (SELECT name FROM (SELECT name, arrayJoin(arrayPushBack(aliases, name)) AS one FROM flaws FINAL)
                WHERE one IN (SELECT value FROM names)) GROUP BY flaw""",
            external=[texts("names", names)],
        )
    )


def known_ecosystems(store: Store) -> frozenset[str]:
    """Ecosystems, with their releases, that have advisories."""
    return frozenset(row[0] for row in store.query("SELECT ecosystem FROM advisory_ranges FINAL WHERE deleted = 0 GROUP BY ecosystem"))


def import_status(store: Store) -> list[dict[str, Any]]:
    """The newest import of each feed, with the number of records that it has in the store now, and days since that import."""
    return store.rows(
        """SELECT i.source AS source, i.kind AS kind, i.imported_at AS imported_at,
            round(dateDiff('minute', i.imported_at, now64(3, 'UTC')) / 1440, 1) AS age_days, r.newest AS newest, i.records AS records,
            if(i.kind IN ('kev', 'epss', 'cvss'), s.stored, r.stored) AS stored,
            i.changed AS changed, i.vanished AS vanished, i.skipped AS skipped, i.passed_over AS passed_over, i.problems AS problems
        FROM (SELECT * FROM advisory_imports ORDER BY imported_at DESC LIMIT 1 BY source) AS i
        LEFT JOIN (SELECT source, count() AS stored, max(modified) AS newest
            FROM advisory_records FINAL WHERE deleted = 0 GROUP BY source) AS r
            ON r.source = i.source
        LEFT JOIN (SELECT source, count() AS stored FROM cve_scores FINAL WHERE deleted = 0 GROUP BY source) AS s
            ON s.source = i.source
        ORDER BY source"""
    )


def advisory_version(store: Store) -> str:
    """The state of all feeds in one line, for scan rows: when the newest change was imported, how many records, and a short hash that
    differs if any record does. Empty without advisories."""
    sql = """SELECT count(), formatDateTime(fromUnixTimestamp64Milli(toInt64(max(version)), 'UTC'), '%Y-%m-%dT%H:%i:%SZ'),
        lower(hex(groupBitXor(cityHash64(id, source, hash)))) FROM advisory_records FINAL WHERE deleted = 0"""
    count, newest, mark = store.query(sql)[0]
    return f"{newest} {count} records {mark[-8:]}" if count else ""
