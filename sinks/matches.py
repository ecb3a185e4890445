"""Matching of packages and advisories: one SQL text, whichever side is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from sinks.advisories import texts
from sinks.store import External, Store

KEY_COLUMNS = (
    ("package", "UInt64"), ("ecosystem", "String"), ("match_name", "String"), ("version_key", "String"), ("comparable", "UInt8"),
    ("module", "String"),
)  # fmt: skip
KeyRow = tuple[int, str, str, bytes, int, str]
_OF_PACKAGES = "(ecosystem, name) IN (SELECT ecosystem, match_name FROM given)"
# Builds for a minor release (el9_2): extended updates (rhel_eus:9.2) and, from 10 on, products of minor releases (enterprise_linux:10.0).
_MINORS = {
    "own": """startsWith(r.ecosystem, 'Red Hat:') AND notEmpty(r.fixes) AND (
        NOT match(r.ecosystem, '^Red Hat:(?:enterprise_linux|rhel_els):') OR (startsWith(p.module, 'el')
            AND position(concat(r.ecosystem, ':'), concat(':', replaceOne(substring(p.module, 3), '_', '.'), ':')) > 0))""",
    "spoken": "max(own) OVER (PARTITION BY package, flaw)",
}
_IDS = "id IN (SELECT value FROM ids)"
_OF_ADVISORIES = f"(ecosystem, name) IN (SELECT ecosystem, name FROM advisory_names WHERE {_IDS}) AND {_IDS}"  # noqa: S608 constants
_STORED = f"""(SELECT * FROM package_keys FINAL WHERE (ecosystem, match_name) IN
    (SELECT ecosystem, name FROM advisory_names WHERE {_IDS}))"""  # noqa: S608 constants


@dataclass(frozen=True, slots=True)
class Hit:
    """A package (by number) in an affected range of a flaw. `ids`: the advisories; `ranges`: why, as people read it; `fixed_on`: the
    day on which the fixed version came out, empty if unknown."""

    package: int
    flaw: str
    ids: tuple[str, ...]
    fixed: str
    ranges: tuple[str, ...]
    urgency: str
    unfixed: str
    fixed_on: str


@lru_cache(1)
def _sql() -> str:
    return files("sinks").joinpath("queries/match.sql").read_text(encoding="utf-8")


def match_sql(packages: str, ranges: str, flaws: str = "1", own: str = "0", spoken: str = "0") -> str:
    """The matcher over a table of packages and a part of the ranges; the texts are SQL. Without `own` and `spoken` some packages of Red Hat
    are among those that match though they are fixed: enough for a first look at candidates."""
    sql = _sql()
    marks = {"FROM /*packages*/": f"FROM {packages}", "/*ranges*/": ranges, "/*flaws*/": flaws, "/*own*/": own, "/*spoken*/": spoken}
    for mark, text in marks.items():
        head, found, rest = sql.rpartition(mark)  # the first mention is the one in the comment
        assert found, mark
        sql = head + text + rest
    return sql


def match_keys(store: Store, rows: Sequence[KeyRow]) -> list[Hit]:
    """What some packages match. rows: (package number, ecosystem, normalised name, key, whether the key is comparable, module), a row
    for each ecosystem where advisories may stand."""
    if not rows:
        return []
    flaws = f"id IN (SELECT id FROM advisory_ranges WHERE {_OF_PACKAGES})"  # noqa: S608 constants
    minors = _MINORS if any(row[1].startswith("Red Hat:") for row in rows) else {}
    found = store.query(match_sql("given", _OF_PACKAGES, flaws, **minors), external=[External("given", KEY_COLUMNS, rows)])
    return [Hit(row[0], row[1], tuple(row[2]), row[3][1], tuple(row[4]), row[5], row[6], row[3][2]) for row in found]


def affected_numbers() -> str:
    """SQL for the numbers of the stored packages in a range of the advisories in the external table `ids`."""
    return f"SELECT package FROM ({match_sql(_STORED, _OF_ADVISORIES, _IDS)})"  # noqa: S608 constants


def affected_images(store: Store, advisories: Iterable[str]) -> list[str]:
    """Digests of the images that hold a package in a range of some advisories."""
    sql = f"""SELECT image_digest FROM image_inventories FINAL WHERE image IN
        (SELECT image FROM package_images FINAL WHERE package IN ({affected_numbers()}) AND matched = 1 AND deleted = 0)"""  # noqa: S608
    return [row[0] for row in store.query(sql, external=[texts("ids", advisories)])]


def flaw_texts(store: Store, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """flaw -> its row with scores: aliases, title, description, vectors [(source, vector)], links, published, malicious, exploit, epss
    (None if unknown), kev (date of listing or empty)."""
    rows = store.rows(
        """SELECT f.name AS name, f.aliases AS aliases, f.title AS title, f.description AS description, f.links AS links,
            f.published AS published, f.malicious AS malicious, f.exploit AS exploit, f.vectors AS own_vectors,
            s.epss AS epss, s.has_epss AS has_epss, s.kev AS kev, s.kev_title AS kev_title, s.vectors AS vectors
        FROM (SELECT * FROM flaws FINAL WHERE name IN (SELECT value FROM names)) AS f
        LEFT JOIN
        (
            SELECT cve, maxIf(epss, source = 'epss') AS epss, countIf(source = 'epss') AS has_epss, maxIf(listed, source = 'kev') AS kev,
                maxIf(title, source = 'kev') AS kev_title, groupArrayArray(vectors) AS vectors
            FROM cve_scores FINAL WHERE cve IN (SELECT value FROM names) AND deleted = 0 GROUP BY cve
        ) AS s ON s.cve = f.name""",
        external=[texts("names", names)],
    )
    return {row["name"]: row for row in rows}
