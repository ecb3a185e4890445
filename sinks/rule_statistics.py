"""How good rules are, as people judged them: the share of their findings that was marked as a false positive."""

from __future__ import annotations

from typing import Any

from sinks.store import Store


def rule_statistics(store: Store, category: str, bound: float, at_least: int) -> list[dict[str, Any]]:
    """One row a rule, the worst first: category, rule, marked, total (distinct findings), rate 0-1, flagged (rate above `bound` with
    `at_least` marked). `category` empty = all."""
    sql = (
        "SELECT category, rule, uniqExactIf(finding_id, status = 'false_positive') AS marked, uniqExact(finding_id) AS total, "
        "round(marked / total, 4) AS rate, rate > {bound:Float64} AND marked >= {least:UInt32} AS flagged FROM risks "
        "WHERE {category:String} IN ('', category) GROUP BY category, rule ORDER BY flagged DESC, rate DESC, marked DESC, category, rule"
    )
    return store.rows(sql, {"bound": bound, "least": at_least, "category": category})
