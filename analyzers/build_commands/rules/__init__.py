"""The list of rules, class by class."""

from __future__ import annotations

from analyzers.build_commands.rule import Rule
from analyzers.build_commands.rules import download, other, privilege, secrets

RULES: tuple[Rule, ...] = (*privilege.RULES, *secrets.RULES, *download.RULES, *other.RULES)
