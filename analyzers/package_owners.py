"""Which distribution package brought the files of a language package."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.contract import ImagePackage
from analyzers.image import ImageView
from schemas.facts import OwnedFiles

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

    Only the paths in question are looked up in the file lists, so that the cost follows the packages and not the files."""
    wanted: dict[str, str] = {}
    asked = [(one.id, one.paths) for one in packages]
    for _, paths in asked:
        for path in paths:
            outer = path.partition("!")[0]  # a jar inside of a jar belongs to whoever owns the outer one
            for spelling in spellings(outer):
                wanted[spelling] = outer
    if not wanted:
        return {}
    owner: dict[str, str] = {}
    for _, fact in view.visible(OwnedFiles):
        for path in wanted.keys() & fact.files:
            owner[wanted[path]] = fact.package
    found = {}
    for identity, paths in asked:
        names = [owner.get(path.partition("!")[0], "") for path in paths]
        if names and all(names):
            found[identity] = names[0]
    return found
