"""Keys per second and core of each family, uncached. Run: .venv/bin/python -m tests.bench.versions"""

from random import Random
from time import process_time

from analyzers.versions import SORT_KEYS
from tests.bench.row import Row

REAL = {
    "apk": ["1.36.1-r5", "3.1.4-r6", "1.2.4_git20230717-r4", "2.12.6-r0", "9.4_p1-r0"],
    "composer": ["v5.3.11", "2.4.4", "1.0.0-beta1", "3.2.0-RC1", "8.x-dev"],
    "dpkg": ["1:2.34-0.1+deb12u1", "5.36.0-7+deb12u2", "252.38-1~deb12u1", "2.36-9+deb12u10", "1:1.2.13.dfsg-1"],
    "go": ["v1.9.1", "v0.0.0-20220906165146-f3363e06e74c", "0.22.0", "v2.0.0+incompatible", "1.21.0-rc.2"],
    "maven": ["2.14.1", "5.3.20.RELEASE", "9.4.43.v20210629", "2.0-beta9", "31.1-jre"],
    "nuget": ["6.0.0", "4.7.0-preview.1", "13.0.3", "1.0.0.1", "8.0.0-rc.2.23480.2"],
    "pypi": ["2.31.0", "1.0rc1", "2023.7.22", "1.26.0.post1", "4.2.dev20230101"],
    "rpm": ["2.34-60.el9", "1:3.0.7-18.el9_2", "4.18.0-477.10.1.el8_8", "0:8.0p1-19.el9_2", "2.9.13-3.el9_2.1"],
    "rubygems": ["1.11.0.rc3", "3.1.4", "7.0.4.3", "1.15.5", "2.0.0.pre"],
    "semver": ["4.17.21", "1.2.6", "1.0.0-rc.1", "10.2.3", "7.0.0-beta.11"],
}
GOALS = dict.fromkeys(("dpkg", "rpm", "semver"), ">= 200,000")
COUNT = 200_000
COMMAND = ".venv/bin/python -m tests.bench.versions"


def run() -> list[Row]:
    """Keys per CPU second of each family."""
    random = Random(1)
    rows = []
    for family, samples in REAL.items():
        key = SORT_KEYS[family]
        versions = [random.choice(samples) for _ in range(COUNT)]
        began = process_time()
        for version in versions:
            key(version)
        rows.append(Row(f"version keys: {family}", COUNT / (process_time() - began), "keys/CPU s", GOALS.get(family, ""), COMMAND))
    return rows


if __name__ == "__main__":
    for row in run():
        print(f"{row.what:30} {row.figure:>12,.0f} {row.unit}")
