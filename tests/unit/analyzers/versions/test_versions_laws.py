"""Laws of all families: what a key is, that it decides by itself, and that no text does harm."""

import re
from functools import cmp_to_key
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.versions import LOWEST, MAX_LENGTH, SORT_KEYS, InvalidVersion
from tests.unit.analyzers.versions.version_grammars import GRAMMARS, apk, pairs, pub

ANY_TEXT = st.text(max_size=40) | st.text(alphabet="0019.-_~^+:!abprc@ *xv\n", max_size=40)


def key_or_none(name: str, version: str) -> bytes | None:
    try:
        return SORT_KEYS[name](version)
    except InvalidVersion:
        return None


def test_every_family_has_a_grammar() -> None:
    assert set(GRAMMARS) == set(SORT_KEYS)


@pytest.mark.parametrize("name", sorted(SORT_KEYS))
def test_keys_decide_by_themselves(name: str) -> None:
    """No key is empty, none is the beginning of another (so what follows a key in a longer one never decides)."""
    random = Random(7)
    keys = sorted({key for _ in range(3000) if (key := key_or_none(name, GRAMMARS[name](random))) is not None})
    assert len(keys) > 500
    assert keys[0] > LOWEST
    assert [one for one, following in pairwise(keys) if following.startswith(one)] == []


@pytest.mark.parametrize("name", sorted(SORT_KEYS))
@given(version=ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_any_ascii_text(name: str, version: str) -> None:
    text = "".join(one for one in version if one.isascii() and one.isprintable())
    assert key_or_none(name, text) != b""


@pytest.mark.parametrize("name", sorted(SORT_KEYS))
@pytest.mark.parametrize("piece", ["1", "0", "1.", "0.", "a", "-", "1-", "~", "1a", ".0-", "_p", "1-a.", "+", ":", "v", " "])
def test_longest_texts_stay_cheap(name: str, piece: str) -> None:
    """Hostile repetition neither fails nor grows the key out of proportion."""
    for text in (piece * MAX_LENGTH, "1" + piece * MAX_LENGTH, "1.0-" + piece * MAX_LENGTH, piece * MAX_LENGTH + "!"):
        key = key_or_none(name, text[:MAX_LENGTH])
        assert key is None or len(key) <= 8 * MAX_LENGTH


@given(st.integers(min_value=0), st.integers(min_value=0))
@pytest.mark.parametrize("name", sorted(SORT_KEYS))
@settings(max_examples=30, deadline=None)
def test_numbers_order_by_value(name: str, left: int, right: int) -> None:
    """Also beyond 64 bits. In the second place, as Composer limits the first number to five digits."""
    low, high = (SORT_KEYS[name](f"1.{number}.0") for number in (left, right))
    assert (low < high, low == high) == (left < right, left == right)


PIECE = re.compile(r"(\.)?([0-9]+)|_([a-z]+)|-r([0-9]+)|~([0-9a-f]+)|([a-z])")
SUFFIXES = ["alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"]
KINDS = ["first", "number", "letter", "suffix", "suffix number", "hash", "revision", "end"]  # the earlier, the later


def apk_pieces(version: str) -> list[tuple[str, str]]:
    pieces: list[tuple[str, str]] = []
    for match in PIECE.finditer(version):
        dot, digits, suffix, revision, commit, letter = match.groups()
        if digits:
            after_suffix = bool(pieces) and pieces[-1][0] == "suffix"
            kind = "number" if dot else "suffix number" if after_suffix else "first"
            pieces.append((kind, digits))
        elif suffix:
            pieces.append(("suffix", suffix))
        elif revision:
            pieces.append(("revision", revision))
        else:
            pieces.append(("hash", commit) if commit else ("letter", letter))
    return [*pieces, ("end", "")]


def apk_compare(left: str, right: str) -> int:
    """The pairwise walk of apk-package(5): -1, 0 or 1."""
    for (kind, low), (other, high) in zip(apk_pieces(left), apk_pieces(right), strict=False):
        if kind != other:
            for one, text, answer in ((kind, low, -1), (other, high, 1)):
                if one == "suffix" and SUFFIXES.index(text) < SUFFIXES.index(""):
                    return answer
            return 1 if KINDS.index(kind) < KINDS.index(other) else -1
        if kind in ("letter", "hash") or (kind == "number" and "0" in (low[0], high[0])):
            first, second = [low], [high]
        elif kind == "suffix":
            first, second = [f"{SUFFIXES.index(low)}"], [f"{SUFFIXES.index(high)}"]
        else:
            first, second = [f"{int(low or 0):020}"], [f"{int(high or 0):020}"]
        if first != second:
            return -1 if first < second else 1
    return 0


def test_apk_against_the_pairwise_walk() -> None:
    key = SORT_KEYS["apk"]
    compared = pairs(apk, 5000)
    valid = [pair for pair in compared if None not in (key_or_none("apk", pair[0]), key_or_none("apk", pair[1]))]
    assert len(valid) > 3000
    wrong = [pair for pair in valid if apk_compare(*pair) != (key(pair[0]) > key(pair[1])) - (key(pair[0]) < key(pair[1]))]
    assert wrong == []
    versions = [pair[0] for pair in valid[:300]]
    assert [key(one) for one in sorted(versions, key=cmp_to_key(apk_compare))] == sorted(map(key, versions))


def pub_parts(version: str) -> tuple[list[int], list[int | str], list[int | str]]:
    """Numbers, pre-release and build as pub_semver's Version.parse has them: integers of 64 bits where a part is one."""
    rest, _, build = version.partition("+")
    numbers, _, pre = rest.partition("-")
    both = [[_as_dart(one) for one in text.split(".")] if text else [] for text in (pre, build)]
    return [int(one) for one in numbers.split(".")], both[0], both[1]


def _as_dart(part: str) -> int | str:
    return int(part) if re.fullmatch("-?[0-9]+", part) and -(2**63) <= int(part) < 2**63 else part


def pub_compare(left: str, right: str) -> int:
    """The walk of Version.compareTo: there is no Dart to be had here, so this is a second implementation after its source."""
    (numbers, pre, build), (others, other_pre, other_build) = pub_parts(left), pub_parts(right)
    if numbers != others:
        return -1 if numbers < others else 1
    if bool(pre) != bool(other_pre):
        return -1 if pre else 1
    return (
        compared_lists(pre, other_pre)
        or (bool(build) > bool(other_build)) - (bool(build) < bool(other_build))
        or compared_lists(build, other_build)
    )


def compared_lists(left: list[int | str], right: list[int | str]) -> int:
    for one, other in zip(left, right, strict=False):
        if isinstance(one, str) != isinstance(other, str):
            return 1 if isinstance(one, str) else -1
        if one != other:
            return -1 if one < other else 1  # type: ignore[operator]
    return (len(left) > len(right)) - (len(left) < len(right))


def test_pub_against_the_pairwise_walk() -> None:
    key = SORT_KEYS["pub"]
    compared = [
        pair for pair in pairs(pub, 8000) if None not in [key_or_none("pub", one) for one in pair] and "-" != pair[0][-1] != pair[1][-1]
    ]
    compared = [pair for pair in compared if all(one.partition("+")[0].partition("-")[0].count(".") == 2 for one in pair)]
    assert len(compared) > 3000
    assert [pair for pair in compared if pub_compare(*pair) != (key(pair[0]) > key(pair[1])) - (key(pair[0]) < key(pair[1]))] == []
