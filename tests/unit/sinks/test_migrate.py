"""DDL text: statements, and what a cluster makes of them."""

from __future__ import annotations

from sinks.migrate import Script, clustered, scripts, statements

REPEATABLE = (
    "CREATE TABLE IF NOT EXISTS", "CREATE OR REPLACE VIEW", "CREATE MATERIALIZED VIEW IF NOT EXISTS", "ALTER TABLE", "DROP TABLE IF EXISTS",
    "DROP VIEW IF EXISTS", "INSERT INTO risk_count_rows",  # a later count replaces an earlier one
)  # fmt: skip


def test_statements_are_split_outside_of_quotes_and_comments() -> None:
    text = "-- a; comment\nCREATE TABLE a (x String COMMENT 'one; two''s') /* ; */;\n\nCREATE VIEW b AS SELECT 1;\n-- the end;\n"
    assert [one.split("(")[0].strip() for one in statements(text)] == ["CREATE TABLE a", "CREATE VIEW b AS SELECT 1"]


def test_every_file_may_run_twice_and_has_comments() -> None:
    for script in scripts():
        for one in statements(script.text):
            assert one.startswith(REPEATABLE), one[:80]
            if one.startswith("CREATE TABLE"):
                assert "\nCOMMENT '" in one, f"{script.name}: {one[:60]}"


def test_names_are_numbered_and_unique() -> None:
    names = [one.name for one in scripts()]
    assert names == sorted(names)
    assert len({name[:3] for name in names}) == len(names)


def test_reference_tables_have_one_copy_on_every_node() -> None:
    sql = "CREATE TABLE IF NOT EXISTS a (x String) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY x"
    (one,) = clustered(sql, "main", set())
    assert "a ON CLUSTER `main` (" in one
    assert "ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', version)" in one


def test_sharded_tables_become_two() -> None:
    sharded: set[str] = set()
    sql = "CREATE TABLE IF NOT EXISTS b (x UInt64) ENGINE = /*sharded by x*/ MergeTree ORDER BY x"
    local, distributed = clustered(sql, "main", sharded)
    assert local.startswith("CREATE TABLE IF NOT EXISTS b_local ON CLUSTER `main`")
    assert "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')" in local
    assert distributed.endswith("ENGINE = Distributed(`main`, currentDatabase(), b_local, x)")
    altered = list(clustered("ALTER TABLE b ADD COLUMN IF NOT EXISTS y String,\n ADD INDEX IF NOT EXISTS i y TYPE minmax", "main", sharded))
    assert [one.split(" ON")[0] for one in altered] == ["ALTER TABLE b_local", "ALTER TABLE b"]
    assert "INDEX" in altered[0] and "INDEX" not in altered[1]


def test_a_view_follows_its_local_tables() -> None:
    (one,) = clustered("CREATE MATERIALIZED VIEW IF NOT EXISTS v TO b /*local*/ AS SELECT * FROM c /*local*/", "main", set())
    assert "TO b_local AS SELECT * FROM c_local" in one


def test_only_what_is_computed_when_read_may_change() -> None:
    assert Script("1", "CREATE OR REPLACE VIEW a AS SELECT 1;").repeatable
    assert Script("1", "ALTER TABLE a MODIFY COLUMN x String ALIAS y;").repeatable
    assert not Script("1", "ALTER TABLE a MODIFY COLUMN x String DEFAULT y;").repeatable
    assert not Script("1", "CREATE TABLE IF NOT EXISTS a (x String) ENGINE = MergeTree ORDER BY x;").repeatable
