"""Patterns out of a file in the form of gitleaks (its default configuration is one). Source: gitleaks README, section Configuration.

Its keys are read in any case, and keys that restrict nothing (tags) are passed over, as gitleaks does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from analyzers.user_rules.records import Allowance, ForeignPattern
from analyzers.user_rules.toml_lines import Place

KEYS = frozenset({"title", "description", "minVersion", "allowlist", "allowlists", "extend", "rules"})
GENERIC = "generic"
Shared = tuple[tuple[frozenset[str], Allowance], ...]


def shared_allowances(document: dict[str, Any]) -> tuple[Shared, list[tuple[Place, str]]]:
    """((ids of the rules that it is for, all if empty; allowance) of the file's own lists, problems with their places)."""
    found: list[tuple[frozenset[str], Allowance]] = []
    problems: list[tuple[Place, str]] = []
    if "extend" in document:
        problems.append((("extend",), "extend is not followed: put the other file into the folder as well"))
    for place, table in _lists(document):
        try:
            targets = frozenset(_texts(_lower(table).get("targetrules")))
            found += [(targets, one) for one in _allowances(table)]
        except (ValidationError, TypeError) as error:
            problems.append((place, f"the list is left out: {_first(error)}"))
    return tuple(found), problems


def pattern(table: Any, shared: Shared) -> ForeignPattern:
    """One of its rules as a record. Raises pydantic.ValidationError."""
    if not isinstance(table, dict):
        return ForeignPattern.model_validate(table)
    given = _lower(table)
    name = str(given.get("id", ""))
    own = [one for _, each in _lists(given) for one in _tables(each)]
    fitting = [one for targets, one in shared if not targets or name in targets]
    return ForeignPattern.model_validate(
        {
            "id": given.get("id", ""), "level": "medium" if name.startswith(GENERIC) else "high",
            "title": name.replace("-", " ").replace("_", " ").capitalize() or "?", "description": given.get("description", ""),
            "regex": given.get("regex", ""), "secret_group": given.get("secretgroup", 0),
            "keywords": given.get("keywords", ()), "entropy": given.get("entropy", 0), "files": given.get("path") or (),
            "allowances": [*own, *fitting], "required": given.get("required"),
        }
    )  # fmt: skip


def _lists(table: dict[str, Any]) -> Iterator[tuple[Place, Any]]:
    """The allow lists of a file or a rule, in both spellings."""
    if "allowlist" in table:
        yield ("allowlist",), table["allowlist"]
    several = table.get("allowlists", [])
    for index, one in enumerate(several if isinstance(several, list) else [several]):
        yield ("allowlists", index), one


def _allowances(table: Any) -> Iterator[Allowance]:
    for one in _tables(table):
        yield Allowance.model_validate(one)


def _tables(table: Any) -> Iterator[dict[str, Any]]:
    """An allow list in our words; nothing where it speaks of commits only, which files do not have."""
    given = _lower(table)
    said = {"paths": given.get("paths", ()), "expressions": given.get("regexes", ()), "words": given.get("stopwords", ())}
    every = str(given.get("condition", "OR")).upper() in ("AND", "&&")
    if any(said.values()) and not (every and given.get("commits")):
        about = {"": "value", "secret": "value"}.get(str(given.get("regextarget", "")), given.get("regextarget"))
        yield {**said, "about": about, "every": every}


def _lower(table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise TypeError("it must be a table")
    return {str(key).lower(): value for key, value in table.items()}


def _texts(value: object) -> Iterable[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _first(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
    return str(error)
