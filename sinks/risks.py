"""Risk rows: findings and decisions merged, without reading first. See ddl/002_risks.sql for the three maxima behind the status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import orjson

from schemas.findings import Finding
from schemas.vocabulary import Status
from sinks.decisions import Decision, Verdict, stamp_of
from sinks.store import External, Store

PRESENT, WITHDRAWN, GONE = 8, 2, 1
_KEYS = ("id", "category", "rule", "package", "version", "purl", "path")
_DETAIL = frozenset(Finding.model_fields) - set(_KEYS)


@dataclass(frozen=True)
class Sighting:
    """When and how findings were seen: `requested_at` of the scan in ms, `rescan` whether it ends an ignore, `analyzed_at` in ms."""

    image_digest: str
    requested_at: int
    analyzed_at: int
    rescan: bool


def write_findings(store: Store, sighting: Sighting, findings: Sequence[Finding], verdicts: Mapping[str, Verdict]) -> None:
    """Merge findings of one image into the table. `verdicts`: finding id -> what decisions come to."""
    at = sighting.requested_at
    rows = []
    for one in findings:
        verdict = verdicts.get(one.id)
        detail = orjson.dumps(one.model_dump(mode="json", include=set(_DETAIL))).decode()
        rows.append((
            sighting.image_digest, one.id, one.category.value, one.rule, one.package, one.version, one.purl, one.path, at, at,
            at << 8 | PRESENT, at if sighting.rescan else 0, verdict.packed if verdict else (0, ""), (sighting.analyzed_at, detail),
        ))  # fmt: skip
    store.insert(
        "risk_rows",
        ("image_digest", "finding_id", "category", "rule", "package", "version", "purl", "path", "first_seen", "last_seen", "evidence",
         "rescan", "decided", "detail"),
        rows,
    )  # fmt: skip


CARRY = (  # what a row without a finding of its own must repeat, so that minima and `any` stay what they are
    "image_digest, finding_id, category, rule, package, version, purl, path, first_seen, last_seen, evidence, rescan, decided, detail"
)


_WITHDRAW = (
    f"INSERT INTO risk_rows ({CARRY}) SELECT image_digest, finding_id, category, rule, package, version, purl, path, first_seen, "  # noqa: S608
    f"last_seen, bitOr(bitShiftLeft(toUInt64({{at:UInt64}}), 8), {WITHDRAWN}), 0, (0, ''), detail FROM risk_rows FINAL "
    "WHERE image_digest = {image:String} AND "
)


def close_missing(store: Store, image_digest: str, category: str, at_ms: int) -> None:
    """Withdraw what a scan of `at_ms` did not find: a present finding of the same time wins over this."""
    sql = _WITHDRAW + "category = {category:String} AND bitShiftRight(evidence, 8) < {at:UInt64}"
    store.command(sql, {"image": image_digest, "category": category, "at": at_ms})


def withdraw_image(store: Store, image_digest: str, at_ms: int) -> None:
    """Withdraw every risk of an image that no registry holds any more."""
    store.command(_WITHDRAW + "bitShiftRight(evidence, 8) <= {at:UInt64}", {"image": image_digest, "at": at_ms})


@dataclass(frozen=True)
class RiskState:
    """One risk as it stands. `severity` is the newest one."""

    finding_id: str
    image_digest: str
    category: str
    rule: str
    severity: str
    evidence: int
    rescan: int
    decided: tuple[int, str]
    repair: int = 0
    package: str = ""
    version: str = ""
    path: str = ""
    hashes: Sequence[str] = ()

    @property
    def status(self) -> Status:
        return status_of(self.evidence, self.rescan, self.decided[0], self.repair)


def status_of(evidence: int, rescan: int, decided: int, repair: int = 0) -> Status:
    """The status of a risk from its four maxima; the view `risks` says the same in SQL. Of a decision and a fix the later one counts."""
    if evidence & 255 == GONE:
        return Status.FIXED
    if evidence & 255 != PRESENT:
        return Status.WITHDRAWN
    if repair & 255 and repair >> 8 >= stamp_of(decided):
        return Status(repair & 255)
    status = Status(decided & 255)
    return Status.OPEN if status is Status.IGNORED and rescan > stamp_of(decided) else status


_STATE = (
    "SELECT finding_id, image_digest, category, rule, JSONExtractString(tupleElement(detail, 2), 'severity'), evidence, rescan, decided, "
    "repair, package, version, path, arrayFilter(hash -> hash != '', [JSONExtractString(tupleElement(detail, 2), 'details', 'md5'), "
    "JSONExtractString(tupleElement(detail, 2), 'details', 'sha256')]) FROM risk_rows FINAL WHERE "
)


def risks_of_image(store: Store, image_digest: str, categories: Iterable[str] = ()) -> dict[str, RiskState]:
    """Finding id -> state, for the risks of an image."""
    wanted = sorted(set(categories))
    sql = _STATE + "image_digest = {image:String}" + (" AND category IN {categories:Array(String)}" if wanted else "")
    rows = store.query(sql, {"image": image_digest, "categories": wanted} if wanted else {"image": image_digest})
    return {row[0]: RiskState(*row) for row in rows}


_SUBJECTS = {
    "finding": "finding_id = {finding:String}",
    "rule": "rule = {value:String}",
    "package": "package != '' AND {value:String} IN (package, concat(package, '@', version))",
    "hash": "has([JSONExtractString(tupleElement(detail, 2), 'details', 'md5'), "
    "JSONExtractString(tupleElement(detail, 2), 'details', 'sha256')], {value:String})",
    "path equals": "path = {value:String}",
    "path contains": "position(path, {value:String}) > 0",
    "path startsWith": "startsWith(path, {value:String})",
    "path endsWith": "endsWith(path, {value:String})",
}
"""What a decision is about, in SQL; `Decision.concerns` says the same of one risk."""


def risks_about(store: Store, decision: Decision) -> list[RiskState]:
    """Every risk that a decision is about, in whatever image."""
    condition, values = _about(decision)
    return [RiskState(*row) for row in store.query(_STATE + condition, values)]


def images_about(store: Store, decision: Decision) -> dict[str, tuple[str, str]]:
    """Image digest -> (category, rule) of one of the risks there that a decision is about: cheap, however many they are."""
    condition, values = _about(decision)
    rows = store.query(f"SELECT image_digest, any(category), any(rule) FROM risk_rows WHERE {condition} GROUP BY image_digest", values)  # noqa: S608
    return {row[0]: (row[1], row[2]) for row in rows}


def _about(decision: Decision) -> tuple[str, dict[str, str]]:
    subject = f"path {decision.operator}" if decision.subject == "path" else decision.subject
    narrowed = " AND category = {category:String}" if decision.category and decision.subject != "finding" else ""
    return _SUBJECTS[subject] + narrowed, {"finding": decision.finding_id, "value": decision.value, "category": decision.category}


def images_with_risks(store: Store) -> list[str]:
    """Digests of all images that have risks."""
    return [row[0] for row in store.query("SELECT DISTINCT image_digest FROM risk_rows ORDER BY image_digest")]


def risks_of_images(store: Store, digests: Iterable[str]) -> list[RiskState]:
    """The risks of several images."""
    wanted = External("wanted", [("digest", "String")], [(digest,) for digest in digests])
    rows = store.query(_STATE + "image_digest IN (SELECT digest FROM wanted)", external=[wanted])  # noqa: S608 (constants)
    return [RiskState(*row) for row in rows]


def forget_verdicts(store: Store) -> None:
    """Take every verdict out of the table; the log of decisions keeps what they came from."""
    table = f"risk_rows_local ON CLUSTER `{store.cluster}`" if store.cluster else "risk_rows"
    store.command(f"ALTER TABLE {table} UPDATE decided = (0, '') WHERE tupleElement(decided, 1) > 0 SETTINGS mutations_sync = 2")


def images_with_rules(store: Store, rules: Sequence[str]) -> list[str]:
    """Digests of the images that have a risk of one of these rules."""
    names = External("names", [("value", "String")], [(rule,) for rule in rules])
    rows = store.query("SELECT DISTINCT image_digest FROM risk_rows WHERE rule IN (SELECT value FROM names)", external=[names])
    return [row[0] for row in rows]


def write_verdicts(store: Store, risks: Sequence[RiskState], verdicts: Mapping[tuple[str, str], Verdict]) -> None:
    """Apply verdicts to risks that are in the table. `verdicts`: (finding id, image digest) -> verdict."""
    rows = [
        (risk.finding_id, risk.image_digest, *verdicts[risk.finding_id, risk.image_digest].packed)
        for risk in risks
        if (risk.finding_id, risk.image_digest) in verdicts
    ]
    if not rows:
        return
    verdict_rows = External("verdict", [("finding", "String"), ("image", "String"), ("packed", "UInt64"), ("decision", "String")], rows)
    store.command(
        f"INSERT INTO risk_rows ({CARRY}) SELECT image_digest, finding_id, category, rule, package, version, purl, path, first_seen, "  # noqa: S608
        "last_seen, evidence, rescan, (v.packed, v.decision), detail FROM risk_rows AS r FINAL "
        "INNER JOIN verdict AS v ON r.finding_id = v.finding AND r.image_digest = v.image "
        "WHERE r.image_digest IN (SELECT image FROM verdict)",
        external=[verdict_rows],
    )


@dataclass(frozen=True)
class Transition:
    """One change of a risk; `id` is stable under repetition."""

    id: str
    finding_id: str
    image_digest: str
    change: str
    before: str
    after: str
    cause: str
    changed_at: int


_TRANSITION_COLUMNS = tuple(Transition.__dataclass_fields__)


def write_transitions(store: Store, transitions: Sequence[Transition]) -> None:
    """Append changes."""
    store.insert(
        "risk_transitions", _TRANSITION_COLUMNS, [tuple(getattr(one, name) for name in _TRANSITION_COLUMNS) for one in transitions]
    )
