"""The full demo: two archives, one with a plant for every rule of the list and its clean twin, and the manifest of what was planted."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from console.demo.drawn import Drawn
from console.demo.oci_archive import HistoryEntry, Image, Member, layer_digests, write_archive
from console.demo.plants import Plant, PlantedFile, documents, filled, names_in, plant, planted_files

RISKY, CLEAN, MANIFEST = "full.tar", "full-clean.tar", "full.json"


@dataclass(frozen=True)
class FullDemo:
    """`images` and their `clean` twins, image by image; `plants` with the digests of their layers; `values`: what must never be shown."""

    images: tuple[Image, ...]
    clean: tuple[Image, ...]
    plants: tuple[Plant, ...]
    values: frozenset[str]


def full_demo(today: date) -> FullDemo:
    """The same for every call with the same day: some rules look at dates."""
    files = planted_files(today)
    built = [_built(document, [one for one in files if one.image == document["name"]]) for document in documents("image_")]
    return FullDemo(
        tuple(one.risky for one in built),
        tuple(one.clean for one in built),
        tuple(each for one in built for each in one.plants),
        frozenset(value for one in built for value in one.values),
    )


def write_full_demo(folder: Path, today: date) -> list[Path]:
    """Write both archives and the manifest; returns their paths."""
    demo = full_demo(today)
    risky, clean, manifest = folder / RISKY, folder / CLEAN, folder / MANIFEST
    write_archive(risky, demo.images)
    write_archive(clean, demo.clean)
    manifest.write_text(json.dumps([asdict(one) for one in demo.plants], indent=1) + "\n", encoding="utf-8")
    return [risky, clean, manifest]


@dataclass(frozen=True)
class _Built:
    risky: Image
    clean: Image
    plants: list[Plant]
    values: list[str]


def _built(document: Mapping[str, Any], files: Sequence[PlantedFile]) -> _Built:
    """One image from its document: `step` (each `text`, and `layer` where it made one), `settings`, and `clean` in their place."""
    name, steps = document["name"], document["step"]
    drawn = Drawn(zlib.crc32(name.encode()))
    names = [step["layer"] for step in steps if "layer" in step]
    strange = {one.layer for one in files} - set(names)
    if strange:
        raise ValueError(f"image {name} has no layer {', '.join(sorted(strange))}")
    history = [HistoryEntry(_text(step["text"], drawn, risky=True), "layer" in step) for step in steps]
    settings = _settings(document["settings"], drawn, risky=True)
    values = [*drawn.made, *(value for one in files for value in one.values)]
    wanted = [each for one in files for each in one.plants]
    for index, step in enumerate(steps):
        found = [*names_in(step["text"]), *step.get("finds", ())]
        wanted += [plant(key, name, f"history[{index}]", step.get("layer", "")) for key in found]
    wanted += [plant(rule, name, path, "") for rule, path in (one.split(" ", 1) for one in document["finds"])]
    risky = Image(_layers(names, files, clean=False), settings, history, name)
    kept = [(_text(step.get("clean", step["text"]), drawn, risky=False), "layer" in step) for step in steps]
    clean = Image(
        _layers(names, files, clean=True),
        _settings({**document["settings"], **document["clean"]}, drawn, risky=False),
        [HistoryEntry(text, layer) for text, layer in kept if text or layer],
        name,
    )
    digests = dict(zip(names, layer_digests(risky), strict=True))
    return _Built(risky, clean, [replace(one, layer=digests.get(one.layer, "")) for one in wanted], values)


def _layers(names: Sequence[str], files: Sequence[PlantedFile], *, clean: bool) -> list[dict[str, Member]]:
    """The layers by name. Every layer has a line of its own, so that no two are equal; the last one deletes what is to be removed."""
    layers = {name: {f"var/log/build/{name}.log": Member(f"{name}\n".encode())} for name in names}
    for one in files:
        member, path = (one.clean, one.clean_path) if clean else (one.risky, one.path)
        if member is not None:
            layers[one.layer][path] = member
            if one.removed:
                folder, _, base = path.rpartition("/")
                layers[names[-1]][f"{folder}/.wh.{base}"] = Member()
    return [layers[name] for name in names]


def _text(text: str, drawn: Drawn, *, risky: bool) -> str:
    return filled(text, drawn, risky=risky).decode()


def _settings(value: Any, drawn: Drawn, *, risky: bool) -> Any:
    """The same structure with every text filled."""
    if isinstance(value, str):
        return _text(value, drawn, risky=risky)
    if isinstance(value, Mapping):
        return {_text(key, drawn, risky=risky): _settings(one, drawn, risky=risky) for key, one in value.items()}
    return [_settings(one, drawn, risky=risky) for one in value] if isinstance(value, list) else value
