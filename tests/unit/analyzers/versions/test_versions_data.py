"""Every version that real advisories name has a key, but for the kinds that are known to have none."""

import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analyzers.versions import InvalidVersion, family, sort_key

ALLOWED = {"pypi": 0.01, "dpkg": 0.0005}  # from before PEP 440; a bound that ends in "-"


def versions_of(affected: dict[str, Any]) -> Iterator[str]:
    yield from affected.get("versions", ())
    for events in (one["events"] for one in affected.get("ranges", ()) if one["type"] != "GIT"):
        for event in events:
            yield from event.values()


@pytest.mark.parametrize("name", ["Alpine", "Debian-12", "Go", "Packagist", "PyPI", "RubyGems", "AlmaLinux-9", "npm"])
def test_versions_of_real_advisories(reference_data: Path, name: str) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    archive = next(iter(sorted((reference_data / "advisories").glob(f"*/{name}/all.zip"))), None)
    if archive is None:
        pytest.skip(f"no advisories of {name} in the reference data")
    with zipfile.ZipFile(archive) as records:
        for member in records.namelist()[:4000]:
            if not member.endswith(".json"):
                continue
            for affected in json.loads(records.read(member)).get("affected", ()):
                if "package" in affected:
                    found[affected["package"]["ecosystem"]].update(versions_of(affected))
    assert found
    for ecosystem, versions in found.items():
        refused = [version for version in versions if not has_key(ecosystem, version)]
        assert len(refused) <= ALLOWED.get(family(ecosystem) or "", 0) * len(versions), refused


def has_key(ecosystem: str, version: str) -> bool:
    try:
        return bool(sort_key(ecosystem, version))
    except InvalidVersion:
        return False
