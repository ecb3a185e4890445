"""Red Hat's CSAF documents in the forms that their documents had over the years."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streams.advisories.csaf import csaf_vex
from streams.advisories.osv import read_osv
from streams.advisories.record import Affected

STREAM = "nodejs:18:8090020240207:489197e6"
NODE = "nodejs-1:18.19.1-1.module+el8.9.0+2+a.x86_64"
MAIN, LATE = "cpe:/a:redhat:enterprise_linux:8::appstream", "cpe:/o:redhat:enterprise_linux:9"


def product(name: str, **helper: str) -> dict[str, Any]:
    return {"product": {"product_id": name, "product_identification_helper": helper}}


def relation(part: str, place: str) -> dict[str, Any]:
    return {"product_reference": part, "relates_to_product_reference": place, "full_product_name": {"product_id": f"{place}:{part}"}}


def entries(tmp_path: Path, products: list[Any], relations: list[Any], status: dict[str, list[str]], **more: Any) -> list[Affected]:
    document = {
        "document": {"csaf_version": "2.0"},
        "product_tree": {"branches": [{"branches": products}], "relationships": relations, "product_groups": more.pop("groups", [])},
        "vulnerabilities": [{"cve": "CVE-2024-1", "product_status": status, **more}],
    }
    path = tmp_path / "cve-2024-1.json"
    path.write_text(json.dumps(document))
    problems: list[str] = []
    [one] = csaf_vex(path, problems)
    assert problems == []
    return list(read_osv(one).affected)


def test_a_module_between_the_rpm_and_the_release(tmp_path: Path) -> None:
    products = [
        product("AppStream-8", cpe=MAIN), product(STREAM, purl=f"pkg:rpmmod/redhat/{STREAM.replace(':', '@', 1)}"),
        product(NODE, purl="pkg:rpm/redhat/nodejs@18.19.1-1.module%2Bel8.9.0%2B2%2Ba?arch=x86_64&epoch=1"),
    ]  # fmt: skip
    relations = [relation(STREAM, "AppStream-8"), relation(NODE, f"AppStream-8:{STREAM}")]
    [one] = entries(tmp_path, products, relations, {"fixed": [f"AppStream-8:{STREAM}:{NODE}"]})
    assert (one.ecosystem, one.name, one.module) == ("Red Hat:enterprise_linux:8::appstream", "nodejs", "nodejs:18")
    assert one.spans.fixes == ("1:18.19.1-1.module+el8.9.0+2+a",)


def test_modules_in_names_of_what_is_not_fixed(tmp_path: Path) -> None:
    products = [product("rhel_8", cpe="cpe:2.3:o:redhat:enterprise_linux:8:*:*:*:*:*:*:*"), product("nodejs:16/nodejs"),
                product("ruby:2.5/ruby", purl="pkg:rpmmod/redhat/ruby:2.5/ruby")]  # fmt: skip
    names = ["nodejs:16/nodejs", "ruby:2.5/ruby"]
    found = entries(tmp_path, products, [relation(one, "rhel_8") for one in names], {"known_affected": [f"rhel_8:{one}" for one in names]})
    assert {(one.ecosystem, one.name, one.module) for one in found} == {
        ("Red Hat:enterprise_linux:8", name, module)
        for name, module in (("nodejs", "nodejs:16"), ("nodejs?arch=src", "nodejs:16"), ("ruby", "ruby:2.5"), ("ruby?arch=src", "ruby:2.5"))
    }


def test_a_source_rpm_speaks_for_its_binaries_where_none_is_named(tmp_path: Path) -> None:
    gcc, libgcc = product("gcc", purl="pkg:rpm/redhat/gcc?arch=src"), product("libgcc", purl="pkg:rpm/redhat/libgcc")
    products = [product("rhel_9", cpe=LATE), gcc, libgcc]
    relations = [relation("gcc", "rhel_9"), relation("libgcc", "rhel_9")]
    alone = entries(tmp_path, products, relations, {"known_affected": ["rhel_9:gcc"]})
    assert sorted(one.name for one in alone) == ["gcc", "gcc?arch=src"]
    beside = entries(tmp_path, products, relations, {"known_affected": ["rhel_9:gcc"], "known_not_affected": ["rhel_9:libgcc"]})
    assert [one.name for one in beside] == ["gcc"]


def test_words_that_are_said_of_a_group(tmp_path: Path) -> None:
    [one, _] = entries(
        tmp_path, [product("rhel_9", cpe=LATE), product("gcc")], [relation("gcc", "rhel_9")], {"known_affected": ["rhel_9:gcc"]},
        groups=[{"group_id": "all", "product_ids": ["rhel_9:gcc"]}],
        remediations=[{"category": "no_fix_planned", "details": "Will not fix", "group_ids": ["all"]}],
        threats=[{"category": "impact", "details": "Moderate", "group_ids": ["all"]}],
    )  # fmt: skip
    assert (one.unfixed, one.urgency) == ("Will not fix", "moderate")
