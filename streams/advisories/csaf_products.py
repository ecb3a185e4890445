"""Which rpm of which release a product of Red Hat's CSAF documents is.

A product is a relation of a component (an rpm, by its package URL) to a release (by its CPE). Rpms of a module are told in three ways:
`rpmmod` in the package URL; the relation leads to another one, of the module (`pkg:rpmmod/redhat/nodejs@18:8090...`) to the release; and
for what is not fixed `nodejs:18/nodejs`, as plain name or package URL. What is not fixed may be told of the source rpm alone (`arch=src`).
Sources: CSAF 2.0, section 3.2.2; Red Hat's security data guidelines, "CSAF VEX" and "PURL"; purl specification, type rpm.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from streams.advisories.csaf_tree import items, leaves, mapping

_CPE = re.compile(r"cpe:(?:/[aho]?|2\.3:[aho]):redhat:(.+)")
_PURL = re.compile(r"pkg:rpm(?P<module>mod)?/(?P<path>[^?#]+)(?:\?(?P<query>[^#]*))?")
_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Component:
    """An rpm of a product: `version` is empty where the document means all, `module` is `name:stream`. `source` True: the source rpm,
    False: a binary, None: the document does not say which."""

    name: str
    version: str = ""
    module: str = ""
    source: bool | None = None


Product = tuple[str, Component]
"""OSV's ecosystem of a release, and the component."""


def products(tree: Mapping[str, Any]) -> dict[str, Product]:
    """Product id -> product, for rpms of releases that are known by their CPE."""
    releases: dict[str, str] = {}
    components: dict[str, Component] = {}
    for product in [*leaves(tree), *map(mapping, items(tree.get("full_product_names")))]:
        helper, product_id = mapping(product.get("product_identification_helper")), str(product.get("product_id"))
        if cpe := _CPE.match(str(helper.get("cpe") or "")):
            releases[product_id] = f"Red Hat:{cpe[1].replace('*', '').rstrip(':')}"
        if component := _component(str(helper.get("purl") or "")):
            components[product_id] = component
    relations = {
        str(mapping(one.get("full_product_name")).get("product_id")): (
            str(one.get("product_reference") or ""),
            str(one.get("relates_to_product_reference") or ""),
        )
        for one in map(mapping, items(tree.get("relationships")))
    }
    found = {}
    for product_id, (reference, place) in relations.items():
        part = components.get(reference) or _named(reference)
        module = ""
        for _ in range(_DEPTH):
            if place in releases or place not in relations:
                break
            stream, place = relations[place]
            module = module or (components[stream].module if stream in components else _stream(stream))
        if part and part.name and place in releases:
            found[product_id] = releases[place], replace(part, module=part.module or module)
    return found


def _component(purl: str) -> Component | None:
    """An rpm; for a module by itself one without a name."""
    match = _PURL.match(purl)
    if not match:
        return None
    *folders, last = match["path"].split("/")
    name, _, version = map(unquote, last.partition("@"))
    if match["module"]:
        within = unquote(folders[-1]) if folders else ""
        return Component(name, module=within) if ":" in within else Component("", module=f"{name}:{version.partition(':')[0]}")
    qualifiers = {key: values[0] for key, values in parse_qs(match["query"] or "").items()}
    epoch = qualifiers.get("epoch", "0")
    evr = f"{epoch}:{version}" if version and epoch != "0" else version
    return Component(name, evr, _stream(qualifiers.get("rpmmod", "")), qualifiers.get("arch") in ("src", "nosrc"))


def _stream(text: str) -> str:
    """`name:stream` of `name:stream:version:context`; empty for what names no stream."""
    return ":".join(text.split(":")[:2]) if ":" in text else ""


def _named(reference: str) -> Component | None:
    """A component without a package URL is a plain name in documents about what is not fixed; with a module `name:stream/package`."""
    module, slash, name = reference.rpartition("/")
    if not re.fullmatch(r"[A-Za-z0-9][\w.+-]*", name) or (slash and ":" not in module):
        return None
    return Component(name, module=module)
