"""Which distribution package brought the files of a language package."""

from __future__ import annotations

from collections.abc import Container, Iterable

from analyzers.contract import ImagePackage
from analyzers.image import ImageView
from analyzers.language_packages import advisory_version
from schemas.facts import OwnedFiles, Package

# Folders that /usr merge joins: databases name either spelling, whichever the layer has (systemd.io, "The Case for the /usr Merge").
_MERGED = ("bin/", "sbin/", "lib/", "lib32/", "lib64/", "libx32/")


def spellings(path: str) -> tuple[str, ...]:
    """The path itself and its other name on a system with merged /usr."""
    if path.startswith("usr/") and path[4:].startswith(_MERGED):
        return path, path[4:]
    if path.startswith(_MERGED):
        return path, "usr/" + path
    return (path,)


def owners_of(view: ImageView, packages: Iterable[ImagePackage]) -> dict[str, str]:
    """Package id -> name of the distribution package that owns all its files; ids without one are absent.

    A file that came after the list that names it was written over what the distribution brought (`npm install --global npm`), so it is
    nobody's. Only the paths in question are looked up in the file lists, so that the cost follows the packages and not the files."""
    asked = [one for one in packages if one.paths]
    wanted = {spelling: _outer(path) for one in asked for path in one.paths for spelling in spellings(_outer(path))}
    if not wanted:
        return {}
    owner: dict[str, tuple[int, str]] = {}
    for layer, fact in view.visible(OwnedFiles):
        for path in wanted.keys() & fact.files:
            owner[wanted[path]] = layer, fact.package
    written = _first_written(view, owner)
    found = {}
    for one in asked:
        listed = [(owner.get(_outer(path), (-1, "")), written.get((path, one.type, one.version), 0)) for path in one.paths]
        if all(name and layer >= since for (layer, name), since in listed):
            found[one.id] = listed[0][0][1]
    return found


def _first_written(view: ImageView, owned: Container[str]) -> dict[tuple[str, str, str], int]:
    """(path, type, version) -> the lowest layer that has it there: a later layer that changes modes holds the file once more."""
    found: dict[tuple[str, str, str], int] = {}
    for layer, fact in view.every(Package):
        if _outer(fact.path) in owned:
            found.setdefault((fact.path, fact.type, advisory_version(fact.type, fact.version)), layer)
    return found


def _outer(path: str) -> str:
    """A jar inside of a jar belongs to whoever owns the outer one."""
    return path.partition("!")[0]
