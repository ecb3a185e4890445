"""Reading VEX: OpenVEX 0.2.0, CycloneDX 1.4 to 1.6 (`vulnerabilities[].analysis`), CSAF 2.0.

What cannot be used is named with its reason and left out; it never makes a finding disappear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import orjson

from streams.vex.csaf import csaf_statements
from streams.vex.statements import AFFECTED, FIXED, INVESTIGATED, NOT_AFFECTED, STATUSES, NotVex, Product, Statement

LIMIT_BYTES = 64 << 20
_CYCLONEDX_STATES = {
    "not_affected": NOT_AFFECTED, "false_positive": NOT_AFFECTED, "resolved": FIXED, "resolved_with_pedigree": FIXED,
    "exploitable": AFFECTED, "in_triage": INVESTIGATED,
}  # fmt: skip


def read_vex(document: bytes, source: str, product: str = "") -> tuple[list[Statement], list[str]]:
    """The statements of a document, and why others were left out. `source` names the document; `product` is what statements of OpenVEX are
    about that name none, as those of a document that is attached to it may. Raises NotVex."""
    if len(document) > LIMIT_BYTES:
        raise NotVex(f"larger than {LIMIT_BYTES >> 20} MiB")
    try:
        values = orjson.loads(document.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise NotVex(f"no JSON: {error}") from error
    if not isinstance(values, dict):
        raise NotVex("a JSON object is expected")
    if str(values.get("@context", "")).startswith("https://openvex.dev/ns"):
        return _collect(values, "statements", lambda one: _openvex(values, one, source, product))
    if values.get("bomFormat") == "CycloneDX":
        purls = _components(values)
        return _collect(values, "vulnerabilities", lambda one: _cyclonedx(one, purls, source))
    if str(_object(values.get("document") or {}).get("csaf_version", "")).startswith("2."):
        return csaf_statements(values, source)
    raise NotVex("neither OpenVEX nor CycloneDX nor CSAF 2")


def _collect(values: dict[str, Any], name: str, read: Callable[[dict[str, Any]], Statement]) -> tuple[list[Statement], list[str]]:
    found, skipped = [], []
    for number, one in enumerate(_list(values.get(name)), 1):
        try:
            found.append(read(_object(one)))
        except NotVex as error:
            skipped.append(f"{name}[{number}]: {error}")
    return found, skipped


def _openvex(document: dict[str, Any], one: dict[str, Any], source: str, product: str) -> Statement:
    status, justification = _text(one.get("status")), _text(one.get("justification"))
    text = _text(one.get("impact_statement")) or _text(one.get("status_notes")) or _text(one.get("action_statement"))
    if status not in STATUSES:
        raise NotVex(f"unknown status {status!r}")
    if status == NOT_AFFECTED and not (justification or _text(one.get("impact_statement"))):
        raise NotVex("not_affected needs a justification or an impact statement")
    flaw = one.get("vulnerability")
    named = {"name": flaw} if isinstance(flaw, str) else _object(flaw)
    names = {_text(named.get("name")), *map(_text, _list(named.get("aliases")))}
    products = tuple(
        Product(_identifiers(each), tuple(name for part in _list(_object(each).get("subcomponents")) for name in _identifiers(part)))
        for each in (_whole(each) for each in _list(one.get("products")) or [product])
    )
    times = (one.get("last_updated"), one.get("timestamp"), document.get("last_updated"), document.get("timestamp"))
    at = next((_text(time) for time in times if time), "")
    return _checked(Statement(frozenset(names - {""}), products, status, justification, text, at, source, _text(one.get("@id"))))


def _whole(product: Any) -> dict[str, Any]:
    return {"@id": product} if isinstance(product, str) else _object(product)


def _identifiers(component: Any) -> tuple[str, ...]:
    """Purls and digests of an OpenVEX component: its @id, identifiers, and hashes."""
    values = _whole(component)
    purl = _text(_object(values.get("identifiers") or {}).get("purl"))
    hashes = _object(values.get("hashes") or {})
    sha256 = _text(hashes.get("sha-256") or hashes.get("sha256"))
    return tuple(name for name in (_text(values.get("@id")), purl, f"sha256:{sha256}" if sha256 else "") if name)


def _cyclonedx(one: dict[str, Any], purls: dict[str, str], source: str) -> Statement:
    analysis = _object(one.get("analysis") or {})
    state = _text(analysis.get("state"))
    if state not in _CYCLONEDX_STATES:
        raise NotVex(f"unknown state {state!r}" if state else "no analysis")
    names = {_text(one.get("id")), *(_text(_object(other).get("id")) for other in _list(one.get("references")))}
    own_words = {_text(_object(each).get("name")): _text(_object(each).get("value")) for each in _list(one.get("properties"))}
    image = own_words.get("imagerisk:image", "")
    products = []
    for affected in map(_object, _list(one.get("affects"))):
        reference = _text(affected.get("ref"))
        own = unquote(reference.partition("#")[2]) if reference.startswith("urn:cdx:") else reference
        package = purls.get(reference) or purls.get(own) or own
        products.append(Product((image,), (package,)) if image else Product((package,)))
    at = next((_text(time) for time in (analysis.get("lastUpdated"), one.get("updated"), one.get("published")) if time), "")
    text, reason = _text(analysis.get("detail")), _text(analysis.get("justification")) or state
    return _checked(
        Statement(
            frozenset(names - {""}),
            tuple(products),
            _CYCLONEDX_STATES[state],
            reason,
            text,
            at,
            source,
            own_words.get("imagerisk:statement", ""),
        )
    )


def _components(document: dict[str, Any]) -> dict[str, str]:
    """bom-ref -> purl, of the subject and all components, nested ones too."""
    waiting = [_object(document.get("metadata") or {}).get("component"), *_list(document.get("components"))]
    found: dict[str, str] = {}
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if one.get("bom-ref") and one.get("purl"):
                found[_text(one["bom-ref"])] = _text(one["purl"])
            waiting += _list(one.get("components"))
    return found


def _checked(statement: Statement) -> Statement:
    if not statement.names:
        raise NotVex("no vulnerability is named")
    if not any(product.identifiers for product in statement.products):
        raise NotVex("no product is named")
    return statement


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise NotVex("an object is expected")
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
