"""CSAF 2.0 VEX: the product tree, relationships, groups, flags; the document is made after the standard's own examples."""

from __future__ import annotations

import json
from typing import Any

from streams.vex.read import read_vex
from streams.vex.statements import Product, Statement

DIGEST = "b" * 64
DOCUMENT: dict[str, Any] = {
    "document": {"category": "csaf_vex", "csaf_version": "2.0", "tracking": {"current_release_date": "2024-05-01T00:00:00Z"}},
    "product_tree": {
        "branches": [{
            "category": "vendor", "name": "Shop", "branches": [
                {"category": "product_version", "name": "1", "product": {
                    "product_id": "IMAGE", "name": "image", "product_identification_helper": {
                        "hashes": [{"file_hashes": [{"algorithm": "sha256", "value": DIGEST}], "filename": "manifest"}]}}},
                {"category": "product_version", "name": "2", "product": {
                    "product_id": "LIB", "name": "lib", "product_identification_helper": {"purl": "pkg:pypi/requests@2.0"}}},
                {"category": "product_version", "name": "3", "product": {"product_id": "NAMELESS", "name": "x"}},
            ],
        }],
        "relationships": [{
            "category": "default_component_of", "product_reference": "LIB", "relates_to_product_reference": "IMAGE",
            "full_product_name": {"product_id": "IMAGE:LIB", "name": "lib in image"}}],
        "product_groups": [{"group_id": "G", "product_ids": ["IMAGE:LIB"]}],
    },
    "vulnerabilities": [
        {"cve": "CVE-2024-1", "product_status": {"known_not_affected": ["IMAGE:LIB"], "known_affected": ["LIB"], "fixed": ["NAMELESS"]},
         "flags": [{"label": "vulnerable_code_not_in_execute_path", "group_ids": ["G"]}],
         "threats": [{"category": "impact", "details": "never called", "product_ids": ["IMAGE:LIB"]}]},
        {"product_status": {"fixed": ["LIB"]}},
    ],
}  # fmt: skip


def test_statements() -> None:
    found, skipped = read_vex(json.dumps(DOCUMENT).encode(), "shop.json")
    names, at = frozenset({"CVE-2024-1"}), "2024-05-01T00:00:00Z"
    assert found == [
        Statement(
            names, (Product((f"sha256:{DIGEST}",), ("pkg:pypi/requests@2.0",)),), "not_affected", "vulnerable_code_not_in_execute_path",
            "never called", at, "shop.json",
        ),
        Statement(names, (Product(("pkg:pypi/requests@2.0",)),), "affected", "", "", at, "shop.json"),
    ]  # fmt: skip
    assert skipped == [
        "vulnerabilities[1]: product 'NAMELESS' has neither a package URL nor a digest",
        "vulnerabilities[2]: no vulnerability is named",
    ]


def test_nonsense_is_survived() -> None:
    wrong: Any
    for wrong in ({"product_tree": []}, {"vulnerabilities": {}}, {"vulnerabilities": [3, {"cve": "CVE-1", "product_status": []}]}):
        assert read_vex(json.dumps({**DOCUMENT, **wrong}).encode(), "x")[0] == []
