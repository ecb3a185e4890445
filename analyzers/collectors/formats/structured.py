"""YAML and JSON as dotted names with line numbers, and Hadoop's XML properties.

Documents are composed, not loaded: no object is built, and shared nodes (aliases) are walked within a limit, so that a document of a
few bytes cannot unfold into millions of settings.
"""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from analyzers.collectors.formats.markup import elements
from schemas.facts import Directive

MAX_SETTINGS = 5_000
MAX_DEPTH = 40
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def tree(text: str) -> list[Directive]:
    """The leaves of all YAML documents (JSON is one): `a.b.c`, list members under the name of their list. Raises ValueError."""
    found: list[Directive] = []
    try:
        for document in yaml.compose_all(text.replace("\t", "  "), Loader=_LOADER):
            if document is not None:
                _walk(document, "", found, 0)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"no YAML: {type(error).__name__}") from error
    return found


def _walk(node: yaml.Node, name: str, found: list[Directive], depth: int) -> None:
    if depth > MAX_DEPTH or len(found) >= MAX_SETTINGS:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            part = key.value if isinstance(key, yaml.ScalarNode) else ""
            _walk(value, f"{name}.{part}" if name else part, found, depth + 1)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _walk(value, name, found, depth + 1)
    elif name:
        found.append(Directive(line=node.start_mark.line + 1, name=name, value=str(node.value)))


def hadoop(text: str) -> Iterator[Directive]:
    """`<property><name>..</name><value>..</value></property>` of the site files."""
    name = ""
    for one in elements(text):
        if one.name == "value" and name:
            yield Directive(line=one.line, name=name, value=one.text)
        name = one.text if one.name == "name" else ""
