"""Generated versions of each comparison family: small alphabets, so that equal beginnings and near misses are common."""

from collections.abc import Callable, Sequence
from random import Random

NUMBERS = ("0", "0", "1", "1", "2", "10", "9", "00", "01", "001", "20240101", "99999999999999999999", "100000000000000000000")
PLAIN_NUMBERS = tuple(one for one in NUMBERS if one == "0" or one[0] != "0")


def _some(random: Random, choices: Sequence[str], most: int, least: int = 0, joint: str = "") -> str:
    return joint.join(random.choice(choices) for _ in range(random.randint(least, most)))


def _maybe(random: Random, text: str, share: float = 0.5) -> str:
    return text if random.random() < share else ""


def dpkg(random: Random) -> str:
    signs = ("a", "b", "Z", "~", "~", "+", ".", ".", "rc", *NUMBERS)
    epoch = _maybe(random, random.choice(("0:", "1:", "10:")), 0.2)
    upstream = random.choice(NUMBERS[:7]) + _some(random, (*signs, "-", ":") if epoch else (*signs, "-"), 5)
    revision = _maybe(random, "-" + _some(random, signs, 4, 1), 0.6)
    return epoch + (upstream + revision).rstrip("-")


def rpm(random: Random) -> str:
    signs = ("a", "b", "Z", "el", "rc", "~", "^", ".", "_", "+", *NUMBERS)
    epoch = _maybe(random, random.choice(("0:", "1:", "10:")), 0.2)
    return epoch + _some(random, signs, 6, 1) + "-" + _some(random, signs, 5, 1)


def apk(random: Random) -> str:
    suffixes = ("_alpha", "_beta", "_pre", "_rc", "_cvs", "_svn", "_git", "_hg", "_p")
    numbers = ("0", "1", "2", "10", "01", "00", "001", "010", "9")
    version = _some(random, numbers, 4, 1, ".") + _maybe(random, random.choice("abz"), 0.2)
    version += "".join(random.choice(suffixes) + _maybe(random, random.choice(numbers)) for _ in range(random.choice((0, 0, 0, 1, 1, 2))))
    version += _maybe(random, "~" + _some(random, "0a1f", 3, 1), 0.1)
    return version + _maybe(random, "-r" + random.choice(numbers))


def pypi(random: Random) -> str:
    joint = random.choice(("", "", ".", "-", "_"))
    version = _maybe(random, "v", 0.1) + _maybe(random, random.choice(("0!", "1!")), 0.1)
    version += _some(random, NUMBERS, 4, 1, ".")
    pre = random.choice(("a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC"))
    version += _maybe(random, joint + pre + _maybe(random, joint) + random.choice(NUMBERS[:8]), 0.4)
    post = random.choice((f"{joint}post{random.choice(NUMBERS[:6])}", f"-{random.choice(NUMBERS[:6])}", ".rev2", "-r1", ".post"))
    version += _maybe(random, post, 0.3)
    version += _maybe(random, joint + "dev" + random.choice(("", *NUMBERS[:6])), 0.3)
    return version + _maybe(random, "+" + _some(random, ("a", "b", "ab", "A", *NUMBERS), 3, 1, random.choice(".-_")), 0.2)


def semver(random: Random) -> str:
    numbers = ("0", "1", "2", "9", "10", "11")
    identifiers = ("alpha", "beta", "rc", "a", "A", "-", "0a", "x-1", *numbers, "20240101123456")
    version = ".".join(random.choice(numbers) for _ in range(3))
    version += _maybe(random, "-" + _some(random, identifiers, 3, 1, "."), 0.6)
    return version + _maybe(random, "+" + _some(random, (*identifiers, "001"), 2, 1, "."), 0.2)


def nuget(random: Random) -> str:
    labels = ("alpha", "ALPHA", "beta", "rc", "A", "-", "-5", "-10", "0a", "0", "1", "2", "10", "11", "9999999999", "20240101123456")
    version = _some(random, ("0", "1", "2", "10", "01"), 4, 1, ".")
    return version + _maybe(random, "-" + _some(random, labels, 3, 1, "."), 0.6) + _maybe(random, "+x.1", 0.2)


def pub(random: Random) -> str:
    words = (
        "alpha",
        "beta",
        "A",
        "a",
        "-",
        "-5",
        "-0",
        "0a",
        "x-1",
        "0",
        "1",
        "2",
        "10",
        "010",
        "9223372036854775808",
        "10000000000000000000",
    )
    version = ".".join(random.choice(("0", "1", "2", "10", "01")) for _ in range(3))
    version += _maybe(random, "-" + _some(random, words, 3, 1, "."), 0.5)
    return version + _maybe(random, "+" + _some(random, words, 3, 1, "."), 0.5)


def maven(random: Random) -> str:
    qualifiers = ("alpha", "a", "b", "m", "beta", "milestone", "rc", "cr", "snapshot", "SNAPSHOT", "", "ga", "final", "RELEASE")
    pieces = (*qualifiers, "sp", "x", "abc", "jre", *NUMBERS)
    version = random.choice(NUMBERS)
    for _ in range(random.randint(0, 5)):
        version += random.choice((".", ".", "-", "-", "")) + random.choice(pieces)
    return version


def ordinary_maven(random: Random) -> str:
    """As people write them: numbers, then one qualifier with its number, then at most one more."""
    qualifiers = ("alpha", "beta", "M", "RC", "CR", "SNAPSHOT", "Final", "GA", "RELEASE", "SP", "jre", "android", "redhat", "b", "v")
    version = _some(random, ("0", "1", "2", "10", "00", "20240101"), 4, 1, ".")
    if random.random() < 0.7:
        version += random.choice((".", "-", "")) + random.choice(qualifiers)
        version += _maybe(random, random.choice(("", "-")) + random.choice(("0", "1", "2", "10", "01")), 0.6)
    if random.random() < 0.2:
        version += "-" + random.choice(("SNAPSHOT", "redhat-1", "1", "jre8", "20240101.120000-3"))
    return version


def rubygems(random: Random) -> str:
    pieces = ("a", "b", "rc", "pre", "A", "a1", "1a", "0a0", *NUMBERS)
    version = random.choice(NUMBERS)
    for _ in range(random.randint(0, 5)):
        version += "." + random.choice(pieces)
    return version + _maybe(random, "-" + _some(random, ("a", "0", "1", "rc1"), 2, 1, "."), 0.2)


def composer(random: Random) -> str:
    numbers = ("0", "1", "2", "10", "00", "01")
    kind = random.random()
    if kind < 0.1:
        return random.choice(("dev-main", "dev-a", "1.x-dev", "1.2.x-dev", "2.*-dev", "master", "v1.X-dev", "1-dev", "1.2.3.x-dev"))
    if kind < 0.2:
        version = random.choice(("2010.01.02", "20100102", "2010-01-02", "2010-01-02-10", "201001", "2010.1", "20100102.0", "2010-01-02.5"))
    else:
        version = _maybe(random, "v", 0.1) + _some(random, numbers, 4, 1, ".")
    stabilities = ("alpha", "beta", "RC", "a", "b", "patch", "pl", "p", "stable", "Stable", "rc", "BETA")
    if random.random() < 0.6:
        version += random.choice(("-", ".", "_", "")) + random.choice(stabilities)
        version += _maybe(random, random.choice(("", ".", "-")) + _some(random, numbers, 2, 1, random.choice(".-")), 0.6)
    version += _maybe(random, random.choice(("-dev", ".dev", "dev", "-DEV")), 0.15)
    return version + _maybe(random, random.choice(("+build.1", "@beta", "@dev")), 0.1)


def dotted(random: Random) -> str:
    return _some(random, NUMBERS, 5, 1, random.choice(".-"))


def conan(random: Random) -> str:
    version = _some(random, ("a", "b", "rc", *NUMBERS), 4, 1, ".") + _maybe(random, "-" + _some(random, ("pre", "1", "2"), 2, 1, "."), 0.3)
    return version + _maybe(random, "+" + _some(random, ("x", "1", "2"), 2, 1, "."), 0.2)


def go(random: Random) -> str:
    version = _maybe(random, "v") + semver(random)
    return (
        version
        if random.random() < 0.8
        else random.choice(("go1.21", "go1.21rc2", "1.21.3", "v2.0.0+incompatible", "v0.0.0-20180816102801-aaf60122140d"))
    )


GRAMMARS: dict[str, Callable[[Random], str]] = {
    "apk": apk,
    "composer": composer,
    "conan": conan,
    "dotted": dotted,
    "dpkg": dpkg,
    "go": go,
    "maven": maven,
    "nuget": nuget,
    "opam": lambda random: dpkg(random).rpartition(":")[2],
    "pub": pub,
    "pypi": pypi,
    "rpm": rpm,
    "rubygems": rubygems,
    "semver": semver,
    "semver-build": semver,
    "semver-like": semver,
}


def pairs(grammar: Callable[[Random], str], count: int, seed: int = 20240607) -> list[tuple[str, str]]:
    """Pairs of versions; half of them differ by one small change only."""
    random = Random(seed)
    found: list[tuple[str, str]] = []
    while len(found) < count:
        left = grammar(random)
        right = grammar(random)
        if random.random() < 0.5:
            place = random.randint(1, max(1, len(left) - 1))
            right = left[:place] + right[random.randint(0, len(right)) :]
        found.append((left, right))
    return found
