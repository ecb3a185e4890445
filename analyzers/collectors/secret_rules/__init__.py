"""The rules for secrets, one module for each class of features; data only."""

from __future__ import annotations

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules import cloud_keys, code_hosting

RULES: tuple[Rule, ...] = (*cloud_keys.RULES, *code_hosting.RULES)
"""Every rule. Several entries may share a key: forms of one kind of credential; the first of them describes the key."""


def by_key() -> dict[str, Rule]:
    """The describing rule of every key, in the order of the classes."""
    table: dict[str, Rule] = {}
    for rule in RULES:
        table.setdefault(rule.key, rule)
    return table
