"""YAML and JSON as dotted names with line numbers, and Hadoop's XML properties.

Documents are read as a stream of events, not loaded and not composed: no object is built, no alias is unfolded (only an alias of a
plain value counts), and nothing recurses, so that neither a bomb nor deep nesting costs more than its own length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from analyzers.collectors.formats.markup import elements
from schemas.facts import Directive

MAX_SETTINGS = 50_000
MAX_DEPTH = 40
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Walk:
    """Where the stream stands: for each open collection its name and, in a mapping, the key whose value comes next (None: a key comes)."""

    found: list[Directive] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    mapping: list[bool] = field(default_factory=list)
    key: list[str | None] = field(default_factory=list)
    anchors: dict[str, str] = field(default_factory=dict)

    def value_name(self) -> str:
        """The dotted name of the value that comes now."""
        if not self.names:
            return ""
        part = self.key[-1] if self.mapping[-1] else ""
        return ".".join(one for one in (self.names[-1], part) if one)

    def open(self, mapping: bool) -> None:
        if len(self.names) >= MAX_DEPTH:
            raise ValueError(f"nested more than {MAX_DEPTH} deep")
        name = self.value_name()
        self._done()
        self.names.append(name)
        self.mapping.append(mapping)
        self.key.append(None)

    def close(self) -> None:
        self.names.pop()
        self.mapping.pop()
        self.key.pop()

    def scalar(self, value: str, line: int) -> None:
        if self.mapping and self.mapping[-1] and self.key[-1] is None:
            self.key[-1] = value[:200]
            return
        name = self.value_name()
        if name and len(self.found) <= MAX_SETTINGS:  # one more shows that there are more
            self.found.append(Directive(line=line, name=name, value=value))
        self._done()

    def _done(self) -> None:
        """A value was seen: in a mapping the next scalar is a key again. A collection as a key counts as an empty one."""
        if self.mapping and self.mapping[-1]:
            self.key[-1] = "" if self.key[-1] is None else None


def tree(text: str) -> list[Directive]:
    """The leaves of all YAML documents (JSON is one): `a.b.c`, list members under the name of their list. Raises ValueError."""
    walk = _Walk()
    try:
        for event in yaml.parse(text.replace("\t", "  "), Loader=_LOADER):
            if isinstance(event, yaml.ScalarEvent):
                value = str(event.value)
                if event.anchor and len(walk.anchors) < MAX_SETTINGS:
                    walk.anchors[event.anchor] = value[:1000]
                walk.scalar(value, _line(event))
            elif isinstance(event, yaml.AliasEvent):
                walk.scalar(walk.anchors.get(event.anchor or "", ""), _line(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                walk.open(isinstance(event, yaml.MappingStartEvent))
            elif isinstance(event, yaml.CollectionEndEvent):
                walk.close()
    except yaml.YAMLError as error:
        raise ValueError(f"no YAML: {type(error).__name__}") from error
    return walk.found


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


def hadoop(text: str) -> Iterator[Directive]:
    """`<property><name>..</name><value>..</value></property>` of the site files."""
    name = ""
    for one in elements(text):
        if one.name == "value" and name:
            yield Directive(line=one.line, name=name, value=one.text)
        name = one.text if one.name == "name" else ""
