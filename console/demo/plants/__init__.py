"""Plants: files and build steps with one risk each, and what has to be found in them. Data beside this module; read here.

A text holds places `⟦rules‖risky‖clean⟧`: the risky image gets the second part, its clean twin the third (nothing when it is left out),
and each of the rules (separated by spaces; `rule@level` where the level is not the rule's own) has to be reported for that file. What
stands in braces (`{base62:32}`) is drawn, and `¦` is taken out, so that no text here is a secret or a sample itself; `␀` is a zero byte."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from analyzers.rule_list import RuleText, every_rule
from console.demo.drawn import Drawn
from console.demo.elf import program
from console.demo.oci_archive import Member
from schemas.vocabulary import CategoryId

_PLACE = re.compile(r"⟦([^‖⟦⟧]*)‖([^‖⟦⟧]*)(?:‖([^‖⟦⟧]*))?⟧")
FIRST_IMAGE, USUAL_LAYER = "shop", "app"


@dataclass(frozen=True)
class Plant:
    """One finding that has to be there. `rule` is that of the finding; `by` the rule of the list that it comes from: of samples, whose
    findings carry the type, the one that the finding names. `layer` is a name within the image, empty for its configuration."""

    image: str
    category: str
    rule: str
    by: str
    level: str
    path: str
    layer: str
    removed: bool = False


@dataclass(frozen=True)
class PlantedFile:
    """A member of one layer in both images; `clean` None: the twin has none. `removed`: a later layer deletes it."""

    image: str
    layer: str
    path: str
    risky: Member
    clean_path: str
    clean: Member | None
    plants: tuple[Plant, ...]
    values: tuple[str, ...]
    removed: bool = False


@cache
def rules() -> dict[str, RuleText]:
    """Every rule of the list by its name, which is no other rule's."""
    return {one.rule: one for one in every_rule()}


def documents(prefix: str) -> Iterator[dict[str, Any]]:
    """The data files whose names begin so, by name."""
    for resource in sorted(files(__name__).iterdir(), key=lambda one: one.name):
        if resource.name.startswith(prefix) and resource.name.endswith(".toml"):
            yield tomllib.loads(resource.read_text(encoding="utf-8"))


def planted_files(today: date) -> list[PlantedFile]:
    """All files with plants, and those that are there for their neighbours' sake."""
    return [
        _planted({"layer": document.get("layer", USUAL_LAYER), **entry}, today)
        for document in documents("files_")
        for entry in document["file"]
    ]


def _planted(entry: Mapping[str, Any], today: date) -> PlantedFile:
    image, layer, path = entry.get("image", FIRST_IMAGE), str(entry["layer"]), str(entry["path"])
    removed = bool(entry.get("removed"))
    drawn = Drawn(zlib.crc32(path.encode()), today)
    other = entry.get("clean", {})
    wanted = [*names_in(entry.get("text", "")), *entry.get("finds", ())]
    risky = _member(entry, filled(entry.get("text", ""), drawn, risky=True))
    values = tuple(drawn.made)
    clean = None if other is False else _member({**entry, **other}, filled(other.get("text", entry.get("text", "")), drawn, risky=False))
    return PlantedFile(
        image, layer, path, risky, other["path"] if other and "path" in other else path, clean,
        tuple(plant(name, image, path, layer, removed) for name in wanted), values, removed,
    )  # fmt: skip


def _member(entry: Mapping[str, Any], data: bytes) -> Member:
    return Member(
        data=program(data, entry["elf"]) if entry.get("elf") else data,
        mode=entry.get("mode", 0o755 if entry.get("elf") or entry.get("folder") else 0o644),
        uid=entry.get("uid", 0),
        gid=entry.get("gid", 0),
        folder=bool(entry.get("folder")),
        target=entry.get("target", ""),
        capability=bytes.fromhex(entry.get("capability", "")),
    )


def plant(name: str, image: str, path: str, layer: str, removed: bool = False) -> Plant:
    """The plant of a rule named as in a place. Raises KeyError for a name that no rule has."""
    key, _, level = name.partition("@")
    rule = rules()[key]
    found = rule.group if rule.category == CategoryId.MALICIOUS_SAMPLE else rule.rule
    return Plant(image, rule.category, found, rule.rule, level or rule.level, path, layer, removed)


def names_in(text: str) -> list[str]:
    """The rules that the places of a text name."""
    return [name for match in _PLACE.finditer(text) for name in match[1].split()]


def filled(text: str, drawn: Drawn, *, risky: bool) -> bytes:
    """The bytes of one of the two images."""
    chosen = _PLACE.sub(lambda match: (match[2] if risky else match[3]) or "", text)
    return drawn.fill(chosen.replace("¦", "").replace("␀", "\0"))
