"""Which collectors want a file: one look-up by base name, suffix, path and folder, whatever the number of collectors."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.contract import Collector, Wanted

HEAD = 8  # bytes of a file that `executable` looks at
_MACH_O = (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe")
_MACH_O_FAT = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
_FIRST_JAVA_VERSION = 45  # a fat header has the number of architectures where a Java class has its version


def executable(head: bytes) -> bool:
    """Whether a file begins as ELF, PE (or DOS) or Mach-O. Sources: ELF specification, PE format, Mach-O `mach_header` and `fat_header`."""
    if head[:4] == b"\x7fELF" or head[:2] == b"MZ" or head[:4] in _MACH_O:
        return True
    return head[:4] in _MACH_O_FAT and 0 < int.from_bytes(head[4:8], "big") < _FIRST_JAVA_VERSION


class Dispatch:
    """Bit n of every mask stands for the n-th collector."""

    def __init__(self, collectors: Sequence[Collector]) -> None:
        self._collectors = tuple(collectors)
        self._everything = self._executables = 0
        self._names: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        self._paths: dict[str, int] = {}
        self._folders: dict[str, int] = {}
        self._chosen: dict[int, tuple[Collector, ...]] = {}
        self._folder, self._folder_mask = "", 0  # of the file before: most lie in the same folder
        for number, collector in enumerate(self._collectors):
            self._add(collector.wanted, 1 << number)
        self._stems = tuple(prefix for prefix in self._folders if not prefix.endswith("/"))

    def _add(self, wanted: Wanted, bit: int) -> None:
        self._everything |= bit if wanted.everything else 0
        self._executables |= bit if wanted.executables else 0
        tables = (
            (self._names, wanted.names),
            (self._suffixes, wanted.suffixes),
            (self._paths, wanted.paths),
            (self._folders, wanted.folders),
        )
        for table, keys in tables:
            for key in keys:
                table[key] = table.get(key, 0) | bit

    def _below(self, path: str) -> int:
        mask = 0
        for prefix, bits in self._folders.items():
            if path.startswith(prefix):
                mask |= bits
        return mask

    def wanting(self, path: str, head: bytes) -> tuple[Collector, ...]:
        """The collectors that want the regular file `path` which begins with `head`, in their order."""
        start = path.rfind("/") + 1
        base, folder = path[start:], path[:start]
        mask = self._everything | self._names.get(base, 0) | self._paths.get(path, 0)
        dot = base.rfind(".")
        if dot >= 0:
            mask |= self._suffixes.get(base[dot:], 0)
        if folder != self._folder:
            self._folder, self._folder_mask = folder, self._below(folder)
        mask |= self._folder_mask
        if path.startswith(self._stems):
            mask |= self._below(path)
        if self._executables and executable(head[:HEAD]):
            mask |= self._executables
        if not mask:
            return ()
        chosen = self._chosen.get(mask)
        if chosen is None:
            chosen = self._chosen[mask] = tuple(one for number, one in enumerate(self._collectors) if mask >> number & 1)
        return chosen
