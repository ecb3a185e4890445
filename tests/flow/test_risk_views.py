"""The flat view `risks` gives the columns and rows of its plain definition, one join for each thing that it tells; and whoever says the
status of a risk says the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from schemas.vocabulary import Status
from sinks.migrate import migrate, scripts
from sinks.risk_status import RISK_STATUS
from sinks.risks import status_of
from sinks.store import Store
from tests.flow.pipeline import Pipeline

pytestmark = pytest.mark.flow
AT = "1000000 + cityHash64(number, {}) % 9"
"""A time in ms; each column of a row takes its own."""
# 60 images x 50 findings, each written three times: all codes of the four maxima, at times before and after each other.
ROWS = f"""INSERT INTO risk_rows (image_digest, finding_id, category, rule, package, version, purl, path, first_seen, last_seen, evidence,
    rescan, decided, repair, detail)
SELECT concat('sha256:', toString(intDiv(number, 50) % 60)), concat('f', toString(number % 50)),
    if(number % 50 < 25, 'baseline', 'system-vulnerability'), concat('rule ', toString(number % 50)),
    'パッケージ', '1.2', 'pkg:deb/x', '配置/件',
    fromUnixTimestamp64Milli(toInt64({AT.format(1)})), fromUnixTimestamp64Milli(toInt64({AT.format(2)})),
    bitOr(bitShiftLeft({AT.format(3)}, 8), [1, 2, 8, 8][1 + cityHash64(number, 4) % 4]),
    if(cityHash64(number, 5) % 3 = 0, {AT.format(6)}, 0),
    if(cityHash64(number, 7) % 2 = 0, (0, ''), (
        bitOr(bitShiftLeft({AT.format(8)}, 8), [0, 1, 1, 2, 3, 4, 7, 8][1 + (cityHash64(number, 9) AS h) % 8]),
        ['', 'gone', 'd1', 'd2', 'd3'][1 + h % 5])),
    if(cityHash64(number, 10) % 5 = 0, bitOr(bitShiftLeft({AT.format(11)}, 8), 2 + cityHash64(number, 12) % 4), 0),
    ({AT.format(13)}, concat(
        '{{"severity":"', ['low', 'medium', 'high', 'high'][1 + (cityHash64(number, 14) % 4 AS s)],
        '","title":"', ['A flaw', '欠陥', '缺陷', 'Fehler ü \\\\u00e9'][1 + s],
        '","priority":"high","aliases":["a","b"],"score":', toString(s * 1.5), ',"line":', toString(s),
        ',"layer":"sha256:l","evidence":"e","removed_in_later_layer":', ['true', 'false'][1 + s % 2],
        ',"details":{{"disclosed":"2024-01-0', toString(s), '","epss":"0.1"}}}}'))
FROM numbers(9000)"""
DETAIL = "tupleElement(r.detail, 2)"
PLAIN = f"""SELECT r.finding_id AS finding_id, r.category AS category, r.rule AS rule,
    JSONExtract({DETAIL}, 'aliases', 'Array(String)') AS aliases, JSONExtractString({DETAIL}, 'title') AS title,
    tupleElement(r.severity, 2) AS severity, tupleElement(r.priority, 2) AS priority, JSONExtractFloat({DETAIL}, 'score') AS score,
    r.package AS package, r.version AS version, r.purl AS purl, r.path AS path, JSONExtractString({DETAIL}, 'layer') AS layer,
    JSONExtractString({DETAIL}, 'fixed_version') AS fixed_version, JSONExtractString({DETAIL}, 'fix_command') AS fix_command,
    JSONExtractUInt({DETAIL}, 'line') AS line, JSONExtractString({DETAIL}, 'evidence') AS evidence,
    JSONExtractBool({DETAIL}, 'removed_in_later_layer') AS removed_in_later_layer,
    JSONExtractString({DETAIL}, 'description') AS description, JSONExtractString({DETAIL}, 'advice') AS advice,
    JSONExtract({DETAIL}, 'details', 'Map(String, String)') AS details,
    details['disclosed'] AS disclosed, details['fixed_on'] AS fixed_on,
    n.registry AS registry, n.repository AS repository, n.tags AS tags, n.namespace AS namespace, r.image_digest AS image_digest,
    toUInt32(c.containers) AS running_containers, r.status AS status, r.first_seen AS first_seen, r.last_seen AS last_seen,
    tupleElement(r.decided, 2) AS decision, d.action AS decision_action, d.actor AS decided_by, d.reason AS decision_reason
FROM (SELECT *, status FROM risk_rows FINAL) AS r
LEFT JOIN image_names AS n ON n.image_digest = r.image_digest
LEFT JOIN (SELECT image_digest, count() AS containers FROM containers WHERE running GROUP BY image_digest) AS c
    ON c.image_digest = r.image_digest
LEFT JOIN (SELECT id, any(action) AS action, any(actor) AS actor, any(reason) AS reason FROM decisions_log GROUP BY id) AS d
    ON d.id = tupleElement(r.decided, 2)"""
"""The columns of `risks`, each from the place where it is known."""
BOTH = "rule, category, finding_id, package, version, severity, registry, repository, tags, namespace, image_digest, status, last_seen"
IMAGE, MOMENT = "concat('sha256:', toString(number % 60))", "fromUnixTimestamp64Milli(toInt64(number))"
REPOSITORY = "['app', 'team/app', 'team/sub/アプリ'][1 + number % 3]"
AROUND = (
    f"INSERT INTO image_places SELECT 'shop', {REPOSITORY}, {IMAGE}, toString(number), number % 5 != 4, {MOMENT} "
    "FROM numbers(120) WHERE number % 3 != 0",
    f"INSERT INTO image_tags SELECT 'shop', {REPOSITORY}, concat('t', toString(cityHash64(number) % 40)), 'linux/amd64', "
    f"if(number % 7 = 0, '', {IMAGE}), {MOMENT} FROM numbers(150)",
    "INSERT INTO container_rows (cluster, container_id, resolved, started, stopped) SELECT 'c', toString(number % 80), "
    f"(number, if(number % 9 = 0, '', {IMAGE})), cityHash64(number) % 5, cityHash64(number, 1) % 5 FROM numbers(100)",
)
"""Images without a place, places that were left, tags that moved or were deleted, containers that stopped or have no known image."""
DECISION = (
    "INSERT INTO decisions_log (id, action, finding_id, actor, reason, decided_at) SELECT concat('d', toString(1 + number % 3)), "
    "['ignore', 'whitelist', 'false-positive'][1 + number % 3], 'f', 'ada', concat('理由 ', toString(number % 3)), "
    "'2026-01-01 00:00:00' FROM numbers(6)"
)


@pytest.fixture(scope="module")
def store(pipeline: Pipeline) -> Iterator[Store]:
    """A store whose tables hold unmerged rows: each insert is a part of its own, and one decision came twice."""
    found = Store(f"clickhouse://127.0.0.1:{pipeline.settings.clickhouse_native_port}/risk_views")
    migrate(found)
    for sql in (ROWS, *AROUND, AROUND[1], DECISION, DECISION):
        found.command(sql)
    yield found
    found.command("DROP DATABASE risk_views")
    found.close()


def missing(store: Store, first: str, second: str) -> int:
    """Rows of the first query that the second lacks."""
    return int(store.query(f"SELECT count() FROM (({first}) EXCEPT ({second}))")[0][0])


def test_the_flat_view_is_the_plain_one(store: Store) -> None:
    flat = "SELECT * FROM risks"
    assert [row[:2] for row in store.query(f"DESCRIBE TABLE ({flat})")] == [row[:2] for row in store.query(f"DESCRIBE TABLE ({PLAIN})")]
    assert store.query(f"SELECT count() FROM ({flat})") == store.query(f"SELECT count() FROM ({PLAIN})") == [(3000,)]
    assert (missing(store, flat, PLAIN), missing(store, PLAIN, flat)) == (0, 0)
    [told] = store.query(
        "SELECT uniqExact(status), uniqExact(repository), max(length(tags)), max(running_containers), uniqExact(decision_reason), "
        "countIf(repository = ''), countIf(tags = []), countIf(running_containers = 0), uniqExact(title) FROM risks"
    )
    assert told[:5] == (len(Status), 4, told[2], told[3], 4) and min(told[2:]) > 1, "the rows differ in all that the view joins"


def test_both_orders_say_the_same(store: Store) -> None:
    ours, theirs = (f"SELECT {BOTH} FROM {view}" for view in ("risks", "affected"))
    assert (missing(store, ours, theirs), missing(store, theirs, ours)) == (0, 0)


def test_the_status_in_sql_is_that_in_python(store: Store) -> None:
    rows = store.query("SELECT evidence, rescan, tupleElement(decided, 1), repair, status FROM risk_rows FINAL")
    assert [row for row in rows if status_of(*row[:4]).label != row[4]] == []
    assert {row[4] for row in rows} == {status.label for status in Status}


def test_the_status_is_said_once() -> None:
    applied_and_kept = {"150_risk_counts"}
    texts = {one.name: one.text for one in scripts() if one.name not in applied_and_kept}
    assert sum(text.count("'false_positive'") for text in texts.values()) == sum(text.count(RISK_STATUS) for text in texts.values()) == 2
