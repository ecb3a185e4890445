"""Filters of machine code that Python's lzma does not offer: BCJ2 (x86, what 7-Zip's level 9 uses) and ARM64. They made addresses absolute.

Sources: Bcj2.c and Bra.c of the LZMA SDK, arm64.c of xz. `spend` hears of branches before they are read: each costs far more than a byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from analyzers.archives.walk import BadArchive

Spend = Callable[[int], None]
Take = Callable[[int], bytes]
"""The next so many bytes of a stream; raises BadArchive where it ends."""
_BRANCH = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]")
_ARM64 = re.compile(rb"[\x94-\x97\x90\xb0\xd0\xf0]")  # last bytes of BL and ADRP
MASK = 0xFFFFFFFF


class Guesses:
    """The range coder that tells which branches were turned: 2 + 256 models, 11 bits, moved by 5."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._models = [1024] * 258
        first = take(5)
        if first[0]:
            raise BadArchive("damaged")
        self._code, self._range = int.from_bytes(first[1:]), MASK

    def turned(self, model: int) -> bool:
        if self._range < 1 << 24:
            self._range = self._range << 8 & MASK
            self._code = (self._code << 8 | self._take(1)[0]) & MASK
        chance = self._models[model]
        bound = (self._range >> 11) * chance
        if self._code < bound:
            self._range = bound
            self._models[model] = chance + (2048 - chance >> 5)
            return False
        self._range -= bound
        self._code -= bound
        self._models[model] = chance - (chance >> 5)
        return True


def bcj2(main: Iterator[bytes], calls: Take, jumps: Take, guesses: Take, size: int, spend: Spend) -> Iterator[bytes]:
    """The code, of `size` bytes: everything but turned addresses is in `main`."""
    coder, before, made = Guesses(guesses), 0, 0
    for chunk in main:
        place, parts = 0, list[bytes]()
        while place < len(chunk):
            at = _next_branch(chunk, place, before)
            made += at + 1 - place
            parts.append(chunk[place : at + 1])
            previous = chunk[at - 1] if at > place else before
            before, place = chunk[at], at + 1
            if made >= size or not _is_branch(previous, before):
                continue
            spend(1)
            if coder.turned(2 + previous if before == 0xE8 else int(before == 0xE9)):
                made += 4
                target = int.from_bytes((calls if before == 0xE8 else jumps)(4)) - made & MASK
                parts.append(target.to_bytes(4, "little"))
                before = target >> 24
        yield b"".join(parts)


def _is_branch(previous: int, byte: int) -> bool:
    return byte & 0xFE == 0xE8 or (previous == 0x0F and byte & 0xF0 == 0x80)


def _next_branch(chunk: bytes, place: int, before: int) -> int:
    """Where the next branch is, or the last byte of the chunk."""
    if _is_branch(before, chunk[place]):
        return place
    found = _BRANCH.search(chunk, place)
    return found.end() - 1 if found else len(chunk) - 1


def arm64_branches(chunks: Iterator[bytes], start: int, spend: Spend) -> Iterator[bytes]:
    """Code in which BL and ADRP name places relative to their own again; the first byte lies at `start`."""
    rest = b""
    for chunk in chunks:
        code = bytearray(rest + chunk)
        whole = len(code) & ~3
        found = [one.start() for one in _ARM64.finditer(bytes(code[3:whole:4]))]
        spend(len(found))
        for word in found:
            code[4 * word : 4 * word + 4] = _relative(int.from_bytes(code[4 * word : 4 * word + 4], "little"), start + 4 * word).to_bytes(
                4, "little"
            )
        rest = bytes(code[whole:])
        start += whole
        yield bytes(code[:whole])
    yield rest


def _relative(instruction: int, place: int) -> int:
    if instruction >> 26 == 0x25:  # BL
        return 0x94000000 | (instruction - (place >> 2) & 0x03FFFFFF)
    page = instruction >> 29 & 3 | instruction >> 3 & 0x1FFFFC  # ADRP
    if page + 0x20000 & 0x1C0000:
        return instruction
    page = page - (place >> 12) & MASK
    return instruction & 0x9000001F | (page & 3) << 29 | (page & 0x3FFFC) << 3 | (-(page & 0x20000) & 0xE00000)
