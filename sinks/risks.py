"""Risk rows: findings and decisions merged, without reading first. See ddl/002_risks.sql for the three maxima behind the status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    write_sightings(store, [(sighting, findings, verdicts)])


Seen = tuple[Sighting, Sequence[Finding], Mapping[str, Verdict]]


def write_sightings(store: Store, seen: Sequence[Seen]) -> None:
    """Merge findings of several images into the table with one write."""
    rows = [_row(sighting, one, verdicts.get(one.id)) for sighting, findings, verdicts in seen for one in findings]
    store.insert(
        "risk_rows",
        ("image_digest", "finding_id", "category", "rule", "package", "version", "purl", "path", "first_seen", "last_seen", "evidence",
         "rescan", "decided", "detail"),
        rows,
    )  # fmt: skip


def _row(sighting: Sighting, one: Finding, verdict: Verdict | None) -> tuple[object, ...]:
    at = sighting.requested_at
    detail = orjson.dumps(one.model_dump(mode="json", include=set(_DETAIL))).decode()
    return (
        sighting.image_digest, one.id, one.category.value, one.rule, one.package, one.version, one.purl, one.path, at, at,
        at << 8 | PRESENT, at if sighting.rescan else 0, verdict.packed if verdict else (0, ""), (sighting.analyzed_at, detail),
    )  # fmt: skip


_CARRIED = (  # what a row without a finding of its own must repeat, so that minima and `any` stay what they are
    "image_digest", "finding_id", "category", "rule", "package", "version", "purl", "path", "first_seen", "last_seen", "evidence", "rescan",
    "decided", "repair", "detail",
)  # fmt: skip


def amended(source: str, **columns: str) -> str:
    """SQL that adds rows to risks which are there: `columns` are expressions for what changes, the maxima keep the rest. `source` follows
    `FROM risk_rows`."""
    values = {name: columns.get(name, name) for name in _CARRIED}
    return f"INSERT INTO risk_rows ({', '.join(values)}) SELECT {', '.join(values.values())} FROM risk_rows {source}"  # noqa: S608 (fixed texts)


def withdraw_image(store: Store, image_digest: str, at_ms: int) -> None:
    """Withdraw every risk of an image that no registry holds any more."""
    source = "FINAL WHERE image_digest = {image:String} AND bitShiftRight(evidence, 8) <= {at:UInt64}"
    store.command(amended(source, evidence=_withdrawn("toUInt64({at:UInt64})")), {"image": image_digest, "at": at_ms})


def close_missing(store: Store, looks: Sequence[tuple[str, str, int]], rules: Collection[str] = ()) -> None:
    """Withdraw what complete looks did not find: a present finding of the same time wins over this. looks: (image, category, time in ms);
    with `rules` they looked for these only."""
    external = [External("looks", [("image", "String"), ("of", "String"), ("at", "UInt64")], looks)]
    if rules:
        external.append(External("rules", [("value", "String")], [(rule,) for rule in rules]))
    source = _LOOKED_AT + (_OF_RULES if rules else "")
    store.command(amended(source, evidence=_withdrawn("v.at")), external=external)


def _withdrawn(at: str) -> str:
    return f"bitOr(bitShiftLeft({at}, 8), {WITHDRAWN})"


_LOOKED_AT = (
    "AS r FINAL INNER JOIN looks AS v ON r.image_digest = v.image WHERE r.image_digest IN (SELECT image FROM looks) "
    "AND toString(r.category) = v.of AND bitShiftRight(r.evidence, 8) < v.at"
)
_IN_PLACES = "image_digest IN (SELECT image FROM places) AND (image_digest, toString(category)) IN (SELECT image, of FROM places)"
_OF_RULES = " AND rule IN (SELECT value FROM rules)"


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


def risks_in(store: Store, places: Collection[tuple[str, str]], rules: Collection[str] = ()) -> dict[tuple[str, str], dict[str, RiskState]]:
    """(image digest, category) -> finding id -> state, for the risks of some images and categories; with `rules` only of these."""
    external = [External("places", [("image", "String"), ("of", "String")], list(places))]
    if rules:
        external.append(External("rules", [("value", "String")], [(rule,) for rule in rules]))
    found: dict[tuple[str, str], dict[str, RiskState]] = {place: {} for place in places}
    for row in store.query(_STATE + _IN_PLACES + (_OF_RULES if rules else ""), external=external):
        found[row[1], row[2]][row[0]] = RiskState(*row)
    return found


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


def places_with_rules(store: Store, rules: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """(image digest, category) -> rules, for the risks of these rules that are there now."""
    names = External("rules", [("value", "String")], [(rule,) for rule in rules])
    rows = store.query(
        "SELECT image_digest, category, groupUniqArray(rule) FROM risk_rows FINAL WHERE image_digest IN "  # noqa: S608 (constants)
        f"(SELECT image_digest FROM risk_rows WHERE rule IN (SELECT value FROM rules)) AND bitAnd(evidence, 255) = {PRESENT}{_OF_RULES} "
        "GROUP BY image_digest, category", external=[names],
    )  # fmt: skip
    return {(row[0], row[1]): set(row[2]) for row in rows}


def write_verdicts(store: Store, risks: Sequence[RiskState], verdicts: Mapping[tuple[str, str], Verdict]) -> None:
    """Apply verdicts to risks that are in the table. `verdicts`: (finding id, image digest) -> verdict."""
    rows = [
        (risk.finding_id, risk.image_digest, *verdicts[risk.finding_id, risk.image_digest].packed)
        for risk in risks
        if (risk.finding_id, risk.image_digest) in verdicts
    ]
    if not rows:
        return
    external = [External("verdict", [("finding", "String"), ("image", "String"), ("packed", "UInt64"), ("decision", "String")], rows)]
    store.command(amended(joined("verdict"), decided="(v.packed, v.decision)"), external=external)


def joined(table: str) -> str:
    """The source for `amended` that joins risks with an external table `v` of (finding, image, ...)."""
    return (
        f"AS r FINAL INNER JOIN {table} AS v ON r.finding_id = v.finding AND r.image_digest = v.image "  # noqa: S608 (fixed names)
        f"WHERE r.image_digest IN (SELECT image FROM {table})"
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
