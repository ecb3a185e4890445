"""npm packages in Deno's lock file, formats 2 to 5. Source: Deno documentation, "Lockfile", and the files that Deno writes: in format 2
below `npm.packages`, in 3 below `packages.npm`, from 4 on below `npm`. What comes from JSR or an address has no advisories.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from analyzers.collectors.application_files import LOCK_BYTES, LockCollector, declared, json_object, table_in
from analyzers.collectors.npm import split_name
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact

_KEY = re.compile(r"((?:@[^/@]+/)?[^/@]+)@([0-9][^_]*)")  # what follows are the versions of peers: `a@1.0.0_b@2.0.0`
_NEEDED = re.compile(r"(?:.{1,300}@npm:)?((?:@[^/@]+/)?[^/@]+)")


class DenoLock(LockCollector):
    """Facts: Package of type `npm`. The file does not say what is for development only."""

    name: ClassVar[str] = "deno-lock"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"deno.lock"}), max_bytes=LOCK_BYTES)

    def read(self, file: FileView) -> Iterator[Fact]:
        document = json_object(file.data)
        own = table_in(document, "npm")
        for packages in (table_in(table_in(document, "packages"), "npm"), table_in(own, "packages"), own):
            for key, entry in packages.items():
                match = _KEY.match(key)
                if match and isinstance(entry, dict):
                    namespace, name = split_name(match[1])
                    yield declared(file, "npm", name, match[2], namespace=namespace, depends=_needs(entry))


def _needs(entry: dict[str, Any]) -> Iterator[str]:
    """The real names: of texts `name`, `name@version` or `alias@npm:name@version`, before format 4 of a table (alias -> `name@version`)."""
    for kind in ("dependencies", "optionalDependencies"):
        stated = entry.get(kind)
        wanted: Iterable[object] = stated.values() if isinstance(stated, dict) else stated if isinstance(stated, list) else ()
        for one in wanted:
            if isinstance(one, str) and (match := _NEEDED.match(one)):
                yield match[1]
