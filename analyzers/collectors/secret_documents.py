"""Documents whose format says where the credentials are: logins of docker, kubeconfigs, Kubernetes Secrets, Terraform states, dumps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import yaml

from analyzers.collectors.key_files.armour import text_keys
from analyzers.collectors.patterns.checksums import decode_base64, is_basic_login
from analyzers.collectors.patterns.engine import Found
from analyzers.collectors.patterns.named import holds_secret, random_enough
from analyzers.collectors.patterns.rule import Pattern
from analyzers.collectors.patterns.values import is_example, is_placeholder
from analyzers.collectors.secret_rules import by_key

MAX_DOCUMENT = 1024 * 1024
MAX_STATE = 16 * 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 60
_BY_KEY = by_key()
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MARKS: dict[str, tuple[Pattern, ...]] = {
    "login": (Pattern(r"\"(?:auth|identitytoken|registrytoken)\"\s{0,8}:\s{0,8}\""),),
    "kubeconfig": (Pattern(r"kind[\"']?\s{0,4}:\s{0,4}[\"']?Config\b"), Pattern(r"client-key-data")),
    "kubernetes_secret": (Pattern(r"kind[\"']?\s{0,4}:\s{0,4}[\"']?Secret\b"),),
    "state": (Pattern(r"\"(?:terraform_version|lineage)\"\s{0,4}:"), Pattern(r"\"resources\"\s{0,4}:\s{0,4}\[")),
}


def document_secrets(data: bytes, path: str, marks: dict[str, int]) -> Iterator[Found]:
    """Candidates of the documents that the marks announce. A document that does not parse gives none: patterns still cover it."""
    if "login" in marks:
        yield from _placed(data, "docker_registry_cfg", _logins(_json(data, MAX_DOCUMENT)))
    if "kubeconfig" in marks:
        for document in _documents(data):
            yield from _kubeconfig(data, document)
    if "kubernetes_secret" in marks:
        for document in _documents(data):
            yield from _placed(data, "kubernetes_secret", _secret_values(document))
    if "state" in marks and re.search(r"tfstate|terraform", path.rpartition("/")[2] + " " + path):
        yield from _placed(data, "terraform_state", _state(_json(data, MAX_STATE)))


def _placed(data: bytes, rule: str, values: Iterator[str]) -> Iterator[Found]:
    for value in values:
        start = max(0, data.find(value.encode("utf-8", "surrogatepass")))
        yield Found(_BY_KEY[rule], value, start, start + len(value.encode("utf-8", "surrogatepass")))


def _json(data: bytes, limit: int) -> Any:
    if len(data) > limit:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _documents(data: bytes) -> list[Any]:
    """Objects of a YAML or JSON file; none when it does not parse or is too large."""
    if len(data) > MAX_DOCUMENT:
        return []
    try:
        _refuse_depth(data)
        return [one for one in yaml.load_all(data, Loader=_Loader) if isinstance(one, dict)]
    except (yaml.YAMLError, ValueError, RecursionError, UnicodeDecodeError, OverflowError, TypeError, AttributeError):
        return []


def _refuse_depth(data: bytes) -> None:
    """Raises ValueError for YAML nested deeper than MAX_DEPTH: building it recurses in C, where no RecursionError saves the process."""
    depth = 0
    for event in yaml.parse(data, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"nested more than {MAX_DEPTH} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def walk(node: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(name, value) of every leaf; names of list members are those of the list. Bounded in depth and number."""
    stack: list[tuple[str, Any, int]] = [(name, node, depth)]
    for _ in range(MAX_NODES):
        if not stack:
            return
        key, value, level = stack.pop()
        if isinstance(value, dict | list) and level < MAX_DEPTH:
            items = value.items() if isinstance(value, dict) else ((key, one) for one in value)
            stack.extend((str(one), inner, level + 1) for one, inner in items)
        elif not isinstance(value, dict | list):
            yield key, value


def _logins(document: Any) -> Iterator[str]:
    if not isinstance(document, dict):
        return
    hosts = document.get("auths", document)
    for login in hosts.values() if isinstance(hosts, dict) else ():
        if not isinstance(login, dict):
            continue
        auth = login.get("auth")
        if isinstance(auth, str) and is_basic_login(auth) and not is_placeholder((decode_base64(auth) or b"").decode().partition(":")[2]):
            yield auth
        for name in ("identitytoken", "registrytoken", "password"):
            value = login.get(name)
            if isinstance(value, str) and not is_placeholder(value) and not (isinstance(auth, str) and name == "password"):
                yield value


def _kubeconfig(data: bytes, document: dict[str, Any]) -> Iterator[Found]:
    users = document.get("users")
    for entry in users if isinstance(users, list) else ():
        user = entry.get("user") if isinstance(entry, dict) else None
        if not isinstance(user, dict):
            continue
        provider = user.get("auth-provider")
        settings = provider.get("config") if isinstance(provider, dict) else None
        for source in (user, settings if isinstance(settings, dict) else {}):
            values = (source.get(name) for name in ("token", "password", "access-token", "refresh-token", "id-token", "client-secret"))
            yield from _placed(
                data, "kubeconfig", (value for value in values if isinstance(value, str) and len(value) >= 4 and not is_placeholder(value))
            )
        encoded = user.get("client-key-data")
        raw = decode_base64(encoded) if isinstance(encoded, str) else None
        if raw and any(True for _ in text_keys(raw)):
            yield from _placed(data, "k8s_client_key", iter((str(encoded),)))


def _secret_values(document: dict[str, Any]) -> Iterator[str]:
    """Values of a Secret that its names or their own randomness call secret; key material inside is found by its own rules."""
    if document.get("kind") != "Secret":
        return
    plain, encoded = document.get("stringData"), document.get("data")
    for name, value in plain.items() if isinstance(plain, dict) else ():
        if isinstance(value, str) and _counts(str(name), value):
            yield value
    for name, value in encoded.items() if isinstance(encoded, dict) else ():
        raw = decode_base64(value) if isinstance(value, str) else None
        if raw and not raw.startswith((b"-----BEGIN", b"{")) and _counts(str(name), raw.decode("latin-1")):
            yield value


def manifest_values(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    """(name, base64 text, bytes) of what the `data` of a manifest's Secrets holds. Source: Kubernetes API reference, Secret v1."""
    for document in _documents(data):
        encoded = document.get("data") if document.get("kind") == "Secret" else None
        for name, value in encoded.items() if isinstance(encoded, dict) else ():
            if isinstance(value, str) and value.isascii() and (raw := decode_base64(value)):
                yield str(name), value, raw


def _counts(name: str, value: str) -> bool:
    return not is_example(value) and (bool(holds_secret(name, value)) or random_enough("secret", value))


def _state(document: Any) -> Iterator[str]:
    """Values of a state: sensitive outputs, and attributes whose name promises a secret. Source: Terraform, state format version 4."""
    if not isinstance(document, dict) or ("resources" not in document and "modules" not in document):
        return
    outputs = document.get("outputs")
    for output in outputs.values() if isinstance(outputs, dict) else ():
        value = output.get("value") if isinstance(output, dict) and output.get("sensitive") is True else None
        if isinstance(value, str) and not is_placeholder(value) and len(value) >= 6:
            yield value
    for name, value in walk(document.get("resources", document.get("modules"))):
        if isinstance(value, str) and holds_secret(name, value) and not is_example(value) and len(value) >= 6:
            yield value
