"""Keys against the programs that define the order, on generated pairs. Each oracle is skipped by name where it is absent."""

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import packaging.version
import pytest
from univers.debian import Version as UniversDebian
from univers.gem import GemVersion
from univers.rpm import RpmVersion

from analyzers.versions import SORT_KEYS, InvalidVersion
from tests.unit.analyzers.versions import version_grammars as grammars
from tests.unit.analyzers.versions.version_grammars import pairs

Pair = tuple[str, str]
Answers = list[int | None]  # None: not valid for the oracle
NODE_COMPARE = """
const semver = require(process.argv[1]);
const lines = require("fs").readFileSync(0, "utf8").trimEnd().split("\\n");
const valid = (version) => semver.valid(version) !== null;
for (let i = 0; i < lines.length; i += 2) {
  const [left, right] = [lines[i], lines[i + 1]];
  console.log(valid(left) && valid(right) ? semver.compare(left, right) : "invalid");
}
"""

RPM_COMPARE = """%{lua:
local out, left = {}, io.read("l")
while left do
  local valid, answer = pcall(rpm.vercmp, left, io.read("l"))
  out[#out + 1], left = valid and answer or "invalid", io.read("l")
end
print(table.concat(out, " "))}"""
RUBY_COMPARE = """
STDIN.read.split("\\n").each_slice(2) do |left, right|
  puts Gem::Version.correct?(left) && Gem::Version.correct?(right) ? Gem::Version.new(left) <=> Gem::Version.new(right) : "invalid"
end"""


def sign(left: bytes, right: bytes) -> int:
    return (left > right) - (left < right)


def disagreements(name: str, compared: Sequence[Pair], answers: Answers) -> list[tuple[str, str, int]]:
    """Pairs that both sides take for valid and order differently, with the oracle's answer."""
    key = SORT_KEYS[name]
    valid = 0
    wrong = []
    for (left, right), answer in zip(compared, answers, strict=True):
        try:
            mine = sign(key(left), key(right))
        except InvalidVersion:
            continue
        if answer is not None:
            valid += 1
            if mine != answer:
                wrong.append((left, right, answer))
    assert valid > len(compared) / 2, "too few pairs are valid on both sides to prove anything"
    return wrong


def ask(command: Sequence[str], compared: Iterable[Pair]) -> Answers:
    text = "".join(f"{left}\n{right}\n" for left, right in compared)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60)
    return [None if line == "invalid" else int(line) for line in done.stdout.split()]


def by_objects(parse: Callable[[str], object], errors: type[Exception], compared: Sequence[Pair]) -> Answers:
    answers: Answers = []
    for left, right in compared:
        try:
            low, high = parse(left), parse(right)
        except errors:
            answers.append(None)
        else:
            answers.append((low > high) - (low < high))  # type: ignore[operator]
    return answers


def test_dpkg() -> None:
    if shutil.which("dpkg") is None:
        pytest.skip("no dpkg on this machine")
    compared = pairs(grammars.dpkg, 250)
    answers: Answers = []
    for left, right in compared:
        codes = [subprocess.run(["dpkg", "--compare-versions", left, op, right], capture_output=True).returncode for op in ("lt", "gt")]
        answers.append(None if 2 in codes else (codes[1] == 0 and 1) or (-1 if codes[0] == 0 else 0))
    assert disagreements("dpkg", compared, answers) == []


def test_univers_debian() -> None:
    compared = pairs(grammars.dpkg, 2000)
    assert disagreements("dpkg", compared, by_objects(UniversDebian.from_string, ValueError, compared)) == []


def test_rpm() -> None:
    if shutil.which("rpm") is None:
        pytest.skip("no rpm on this machine")
    compared = [pair for pair in pairs(grammars.rpm, 4000) if all("-" in one[:-1] and one[-1] != "-" for one in pair)]
    assert disagreements("rpm", compared, ask(["rpm", "--eval", RPM_COMPARE], compared)) == []


def test_ruby() -> None:
    if shutil.which("ruby") is None:
        pytest.skip("no ruby on this machine")
    compared = pairs(grammars.rubygems, 4000)
    assert disagreements("rubygems", compared, ask(["ruby", "-e", RUBY_COMPARE], compared)) == []


def test_univers_rpm() -> None:
    compared = [pair for pair in pairs(grammars.rpm, 2000) if all(one.count("-") == 1 for one in pair)]
    compared = [pair for pair in compared if not any("^" in one or one.endswith("-") for one in pair)]
    assert disagreements("rpm", compared, by_objects(RpmVersion.from_string, ValueError, compared)) == []


def test_univers_gem() -> None:
    compared = [pair for pair in pairs(grammars.rubygems, 2000) if all(map(GemVersion.is_correct, pair))]
    assert disagreements("rubygems", compared, by_objects(GemVersion, ValueError, compared)) == []


def test_packaging() -> None:
    compared = pairs(grammars.pypi, 3000)
    answers = by_objects(packaging.version.Version, packaging.version.InvalidVersion, compared)
    assert disagreements("pypi", compared, answers) == []
    for version in {one for pair in compared for one in pair}:
        assert is_valid("pypi", version) == is_packaging(version), version


def is_valid(name: str, version: str) -> bool:
    try:
        return bool(SORT_KEYS[name](version))
    except InvalidVersion:
        return False


def is_packaging(version: str) -> bool:
    try:
        return bool(packaging.version.Version(version))
    except packaging.version.InvalidVersion:
        return False


def test_node_semver() -> None:
    """npm brings its own copy of the library that defines the order."""
    npm, node = shutil.which("npm"), shutil.which("node")
    library = Path(npm).resolve().parents[1] / "node_modules" / "semver" if npm else None
    if node is None or library is None or not library.is_dir():
        pytest.skip("no node with npm's own semver on this machine")
    compared = [(left.strip() or "0", right.strip() or "0") for left, right in pairs(grammars.semver, 5000)]
    assert disagreements("semver", compared, ask([node, "-e", NODE_COMPARE, str(library)], compared)) == []


@pytest.fixture(scope="module")
def maven() -> Callable[[Iterable[Pair]], Answers]:
    jars = sorted(Path("/usr/share").glob("maven*/lib/maven-artifact-3*.jar"))
    java = shutil.which("java")
    if not jars or java is None:
        pytest.skip("no java with Maven's own maven-artifact jar on this machine")
    libraries = ":".join(map(str, (jars[0], *jars[0].parent.glob("commons-lang3*.jar"))))
    program = str(Path(__file__).with_name("ComparePairs.java"))
    return lambda compared: ask([java, "-XX:TieredStopAtLevel=1", "-cp", libraries, program], compared)


def test_maven(maven: Callable[[Iterable[Pair]], Answers]) -> None:
    """Equal to Maven for every pair but those in which Maven contradicts itself: a third version proves the circle."""
    long_zero = re.compile(r"(?<![0-9])0{10}")
    generated = pairs(grammars.maven, 8000) + pairs(grammars.ordinary_maven, 8000)
    compared = [pair for pair in generated if not any(map(long_zero.search, pair))]
    wrong = disagreements("maven", compared, maven(compared))
    assert len(wrong) < len(compared) / 50
    steps = [(left, right, answer, third) for left, right, answer in wrong for third in beginnings(left, right)]
    asked = maven([pair for left, right, _, third in steps for pair in ((left, third), (third, right))])
    proven = set()
    for (left, right, answer, _), first, second in zip(steps, asked[::2], asked[1::2], strict=True):
        assert first is not None and second is not None
        against = (first, second) != (0, 0) and first * answer <= 0 and second * answer <= 0
        if against if answer else first * second > 0:
            proven.add((left, right, answer))
    assert [one for one in wrong if one not in proven] == []


def test_maven_of_real_versions(maven: Callable[[Iterable[Pair]], Answers], reference_data: Path) -> None:
    """Of the versions that advisories name, Maven contradicts itself in none."""
    archive = next(iter(reference_data.glob("advisories/*/Maven/all.zip")), None)
    if archive is None:
        pytest.skip("no advisories of Maven in the reference data")
    versions: dict[str, set[str]] = {}
    with zipfile.ZipFile(archive) as records:
        for member in records.namelist():
            for affected in json.loads(records.read(member)).get("affected", ()):
                versions.setdefault(affected["package"]["name"], set()).update(affected.get("versions", ()))
    random = Random(7)
    every = {name: list(combinations(sorted(some), 2)) for name, some in sorted(versions.items())}
    compared = [pair for some in every.values() for pair in random.sample(some, min(len(some), 40))]
    assert len(compared) > 10_000
    assert disagreements("maven", compared, maven(compared)) == []


def beginnings(*versions: str) -> list[str]:
    return sorted({version[:place] or "0" for version in versions for place in range(len(version) + 1)})
