"""Compiled YARA rules kept in a folder, so that a new process reads them instead of compiling: 0.02 s instead of 0.3 s for our own."""

from __future__ import annotations

import hashlib
import io
import json
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import yara_x

from analyzers.collectors.compiled_files import keep_compiled, read_compiled
from analyzers.collectors.yara_rules import CompiledRules, compile_rules

Sources = tuple[tuple[str, bytes], ...]
HEAD = 4


@lru_cache(maxsize=8)
def compiled_rules(sources: Sources, folder: str = "") -> CompiledRules:
    """`compile_rules`, once per process and content; through the folder where one is named."""
    if not folder or not sources:
        return compile_rules(sources)
    name = f"yara-{_key(sources)}.bin"
    with suppress(ValueError, KeyError, TypeError):  # damaged
        if kept := read_compiled(folder, name):
            return _decode(kept)
    compiled = compile_rules(sources)
    keep_compiled(folder, name, _encode(compiled))
    return compiled


def _key(sources: Sources) -> str:
    digest = hashlib.blake2b(f"2 {version('yara-x')}".encode(), digest_size=16)
    for name, content in sources:
        digest.update(f"\0{name}\0{len(content)}\0".encode("utf-8", "backslashreplace") + content)
    return digest.hexdigest()


def _encode(compiled: CompiledRules) -> bytes:
    """Length of the head, head with problems and count and a checksum, serialised rules (none when there are no rules)."""
    buffer = io.BytesIO()
    if compiled.rules is not None:
        compiled.rules.serialize_into(buffer)
    rules = buffer.getvalue()
    head = json.dumps({"problems": compiled.problems, "count": compiled.count, "sum": hashlib.blake2b(rules).hexdigest()}).encode()
    return len(head).to_bytes(HEAD) + head + rules


def _decode(data: bytes) -> CompiledRules:
    """Raises ValueError, KeyError or TypeError for what `_encode` did not write."""
    size = int.from_bytes(data[:HEAD])
    head, rules = json.loads(data[HEAD : HEAD + size]), data[HEAD + size :]
    if head["sum"] != hashlib.blake2b(rules).hexdigest():
        raise ValueError("damaged")
    loaded: Any = yara_x.Rules.deserialize_from(io.BytesIO(rules)) if rules else None
    return CompiledRules(loaded, tuple((name, reason) for name, reason in head["problems"]), head["count"])
