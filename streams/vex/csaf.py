"""Reading the VEX profile of CSAF 2.0 (section 4.5): product tree, status of each product, justification flags, impact threats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streams.advisories.csaf_tree import items, leaves, mapping
from streams.vex.statements import AFFECTED, FIXED, INVESTIGATED, NOT_AFFECTED, Product, Statement

_STATUS = {
    "known_not_affected": NOT_AFFECTED, "fixed": FIXED, "first_fixed": FIXED, "known_affected": AFFECTED, "first_affected": AFFECTED,
    "last_affected": AFFECTED, "under_investigation": INVESTIGATED,
}  # fmt: skip


def csaf_statements(document: Mapping[str, Any], source: str) -> tuple[list[Statement], list[str]]:
    """One statement for each vulnerability, status and justification, and why others were left out."""
    products, groups = _products(mapping(document.get("product_tree")))
    at = str(mapping(mapping(document.get("document")).get("tracking")).get("current_release_date") or "")
    found: list[Statement] = []
    skipped: list[str] = []
    for number, one in enumerate(items(document.get("vulnerabilities")), 1):
        vulnerability = mapping(one)
        names = frozenset(
            filter(
                None,
                [str(vulnerability.get("cve") or ""), *(str(mapping(each).get("text") or "") for each in items(vulnerability.get("ids")))],
            )
        )
        if not names:
            skipped.append(f"vulnerabilities[{number}]: no vulnerability is named")
            continue
        reasons, texts = _by_product(vulnerability, "flags", "label", groups), _by_product(vulnerability, "threats", "details", groups)
        for field, ids in mapping(vulnerability.get("product_status")).items():
            for product_id in map(str, items(ids)):
                if field in _STATUS and product_id in products:
                    statement = Statement(
                        names, (products[product_id],), _STATUS[field], reasons.get(product_id, ""), texts.get(product_id, ""), at, source
                    )
                    found.append(statement)
                elif field in _STATUS:
                    skipped.append(f"vulnerabilities[{number}]: product {product_id!r} has neither a package URL nor a digest")
    return found, skipped


def _products(tree: Mapping[str, Any]) -> tuple[dict[str, Product], dict[str, list[str]]]:
    """Product id -> what it is, and group id -> product ids."""
    names: dict[str, tuple[str, ...]] = {}
    for entry in [*leaves(tree), *map(mapping, items(tree.get("full_product_names")))]:
        names[str(entry.get("product_id"))] = _identifiers(entry)
    products = {product_id: Product(found) for product_id, found in names.items() if found}
    for relation in map(mapping, items(tree.get("relationships"))):
        whole, part = (names.get(str(relation.get(name)), ()) for name in ("relates_to_product_reference", "product_reference"))
        product_id = str(mapping(relation.get("full_product_name")).get("product_id"))
        if part:
            products[product_id] = Product(whole, part) if whole else Product(part)
        elif whole:
            products[product_id] = Product(whole)
    groups = {
        str(one.get("group_id")): [str(each) for each in items(one.get("product_ids"))]
        for one in map(mapping, items(tree.get("product_groups")))
    }
    return products, groups


def _identifiers(product: Mapping[str, Any]) -> tuple[str, ...]:
    helper = mapping(product.get("product_identification_helper"))
    hashes = [
        f"sha256:{each.get('value')}" for one in map(mapping, items(helper.get("hashes")))
        for each in map(mapping, items(one.get("file_hashes"))) if each.get("algorithm") == "sha256"
    ]  # fmt: skip
    return tuple(filter(None, [str(helper.get("purl") or ""), *map(str, items(helper.get("purls"))), *hashes]))


def _by_product(vulnerability: Mapping[str, Any], field: str, value: str, groups: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Product id -> the value of the flag or threat that names it, itself or by its group."""
    found: dict[str, str] = {}
    for one in map(mapping, items(vulnerability.get(field))):
        ids = [
            *map(str, items(one.get("product_ids"))),
            *(each for group in items(one.get("group_ids")) for each in groups.get(str(group), ())),
        ]
        found |= dict.fromkeys(ids, str(one.get(value) or ""))
    return found
