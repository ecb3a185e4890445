"""The list of rules, class by class."""

from __future__ import annotations

from analyzers.build_commands.rule import Rule
from analyzers.build_commands.rules import accounts, download, hygiene, network, other, packages, privilege, secrets, suspicious

RULES: tuple[Rule, ...] = (
    *privilege.RULES, *secrets.RULES, *download.RULES, *packages.RULES, *network.RULES, *suspicious.RULES, *accounts.RULES,
    *other.RULES, *hygiene.RULES,
)  # fmt: skip
