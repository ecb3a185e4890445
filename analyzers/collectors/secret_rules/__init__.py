"""The rules for secrets, one module for each class of features; data only."""

from __future__ import annotations

from functools import cache

from analyzers.collectors.patterns.rule import Rule
from analyzers.collectors.secret_rules import (
    accounts,
    ai_services,
    azure_keys,
    client_passwords,
    cloud_keys,
    cloud_pairs,
    code_hosting,
    command_lines,
    connections,
    content_services,
    framework_passwords,
    generic,
    hosting_keys,
    infrastructure,
    monitoring,
    networks,
    passwords,
    payment_tokens,
    private_keys,
    registry_credentials,
    saas_tokens,
    secret_stores,
    service_passwords,
)

RULES: tuple[Rule, ...] = (
    *private_keys.RULES,
    *cloud_keys.RULES,
    *azure_keys.RULES,
    *hosting_keys.RULES,
    *cloud_pairs.RULES,
    *code_hosting.RULES,
    *registry_credentials.RULES,
    *infrastructure.RULES,
    *secret_stores.RULES,
    *networks.RULES,
    *monitoring.RULES,
    *saas_tokens.RULES,
    *content_services.RULES,
    *payment_tokens.RULES,
    *ai_services.RULES,
    *passwords.RULES,
    *connections.RULES,
    *framework_passwords.RULES,
    *accounts.RULES,
    *service_passwords.RULES,
    *client_passwords.RULES,
    *command_lines.RULES,
    *generic.RULES,
)
"""Every rule. Several entries may share a key: forms of one kind of credential; the first of them describes the key."""


@cache
def by_key() -> dict[str, Rule]:
    """The describing rule of every key, in the order of the classes."""
    table: dict[str, Rule] = {}
    for rule in RULES:
        table.setdefault(rule.key, rule)
    return table
