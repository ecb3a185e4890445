"""Avro on the wire: schemas generated from the models, and payloads that say which schema wrote them.

A payload is a 5-byte head and Avro binary: one byte 0, then the first four bytes of the SHA-256 fingerprint of the writer schema's
canonical form (Avro 1.11, "Parsing Canonical Form"). Committed schemas lie in `schemas/avro/NAME.avsc`, every earlier version beside
them as `NAME.HEAD.avsc`, so that old bytes decode for ever; `python -m schemas.wire` writes them.
"""

from __future__ import annotations

import hashlib
import io
import json
import types
import typing
from functools import lru_cache
from pathlib import Path
from typing import Any

import fastavro
import orjson
from fastavro.schema import SchemaParseException, to_parsing_canonical_form
from pydantic import BaseModel, ValidationError

from schemas.messages import MESSAGES, Message

FOLDER = Path(__file__).with_name("avro")
HEAD_BYTES = 5
_PRIMITIVES: dict[type, str] = {str: "string", int: "long", float: "double", bool: "boolean", bytes: "bytes"}


class Undecodable(ValueError):
    """Bytes that are no message of a known schema; the text says why."""


def avro_type(annotation: Any, seen: set[str]) -> Any:
    """The Avro type of a Python annotation. Raises TypeError for what the messages do not use."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (list, tuple):
        return {"type": "array", "items": avro_type(arguments[0], seen)}
    if origin is dict:
        return {"type": "map", "values": avro_type(arguments[1], seen)}
    if origin in (types.UnionType, typing.Union):
        return [avro_type(one, seen) for one in arguments]
    if annotation is type(None):
        return "null"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return record(annotation, seen)
    if isinstance(annotation, type) and issubclass(annotation, str):
        return "string"
    if annotation in _PRIMITIVES:
        return _PRIMITIVES[annotation]
    raise TypeError(f"no Avro type for {annotation!r}")


def record(model: type[BaseModel], seen: set[str]) -> Any:
    """The Avro record of a model, or its name when it stands in this schema already."""
    if model.__name__ in seen:
        return model.__name__
    seen.add(model.__name__)
    fields = []
    for name, info in model.model_fields.items():
        entry: dict[str, Any] = {"name": name, "type": avro_type(info.annotation, seen)}
        if not info.is_required():
            entry["default"] = info.get_default(call_default_factory=True)
        fields.append(entry)
    return {"type": "record", "name": model.__name__, "doc": (model.__doc__ or "").strip(), "fields": fields}


def head_of(schema: Any) -> bytes:
    """The five bytes that stand before a payload written with this schema."""
    canonical = to_parsing_canonical_form(fastavro.parse_schema(schema, _write_hint=False))
    return b"\0" + hashlib.sha256(canonical.encode()).digest()[:4]


@lru_cache(None)
def _writer(model: type[Message]) -> tuple[bytes, Any]:
    schema = record(model, set())
    return head_of(schema), fastavro.parse_schema(schema)


@lru_cache(None)
def _readers() -> dict[bytes, tuple[Any, type[Message]]]:
    """Head -> (writer schema, model) for every committed schema, and for those of this code."""
    models = {model.__name__: model for model in MESSAGES}
    found: dict[bytes, tuple[Any, type[Message]]] = {}
    for path in sorted(FOLDER.glob("*.avsc")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        found[head_of(schema)] = (fastavro.parse_schema(schema), models[schema["name"]])
    for model in MESSAGES:
        head, parsed = _writer(model)
        found[head] = (parsed, model)
    return found


def encode(message: Message) -> bytes:
    """The payload of a message."""
    head, schema = _writer(type(message))
    buffer = io.BytesIO()
    buffer.write(head)
    fastavro.schemaless_writer(buffer, schema, message.model_dump(mode="python"))
    return buffer.getvalue()


def decode(payload: bytes | None) -> Message:
    """The message of a payload, whichever committed version wrote it. Raises Undecodable."""
    if payload is None or len(payload) < HEAD_BYTES:
        raise Undecodable("the message is empty or shorter than its head")
    known = _readers().get(payload[:HEAD_BYTES])
    if known is None:
        raise Undecodable(f"unknown schema {payload[:HEAD_BYTES].hex()}")
    schema, model = known
    try:
        source = io.BytesIO(payload[HEAD_BYTES:])
        values = fastavro.schemaless_reader(source, schema, _writer(model)[1])
        rest = len(payload) - HEAD_BYTES - source.tell()
        if rest:
            raise Undecodable(f"{rest} bytes too many after {model.__name__}")
        return model.model_validate(values)
    except (SchemaParseException, ValidationError, EOFError, ValueError, TypeError, IndexError, OverflowError, MemoryError) as error:
        if isinstance(error, Undecodable):
            raise
        raise Undecodable(f"no {model.__name__}: {type(error).__name__}: {str(error)[:300]}") from error


def write_schemas() -> list[str]:
    """Write the schema of each message; the one it replaces is kept under its head. Returns the names that changed."""
    FOLDER.mkdir(exist_ok=True)
    changed = []
    for model in MESSAGES:
        path = FOLDER / f"{model.__name__}.avsc"
        schema = record(model, set())
        text = orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode() + "\n"
        if path.exists():
            old = path.read_text(encoding="utf-8")
            if old == text:
                continue
            old_head = head_of(json.loads(old))
            if old_head != head_of(schema):
                path.with_name(f"{model.__name__}.{old_head[1:].hex()}.avsc").write_text(old, encoding="utf-8")
        path.write_text(text, encoding="utf-8")
        changed.append(model.__name__)
    return changed


if __name__ == "__main__":
    print("\n".join(write_schemas()) or "nothing changed")
