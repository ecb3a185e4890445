"""Lock files of conda environments in the forms of conda-lock and pixi."""

from __future__ import annotations

import pytest

from analyzers.collectors.lockfiles.conda_locks import CondaLocks
from tests.unit.analyzers.collectors.collecting import collected, names, packages, reasons

CONDA_LOCK = """# generated
version: 1
metadata:
  content_hash:
    linux-64: 0a
  channels:
  - url: conda-forge
    used_env_vars: []
package:
- name: openssl
  version: '3.1'
  manager: conda
  platform: linux-64
  dependencies:
    __glibc: '>=2.17'
    ca-certificates: ''
  url: https://conda.example.org/linux-64/openssl-3.1-h0_0.conda
  hash:
    md5: 0a
  category: main
  optional: false
- category: dev
  manager: pip
  name: pytest
  version: 7.4.0
  platform: linux-64
  dependencies:
    pluggy: '>=1'
    iniconfig: '*'
  url: https://files.example.org/pytest-7.4.0-py3-none-any.whl
- name: ca-certificates
  version: 2023.7.22
  manager: conda
  dependencies: {}
  category: main
"""
PIXI = """version: 6
environments:
  default:
    channels:
    - url: https://conda.example.org/conda-forge/
    packages:
      linux-64:
      - conda: https://conda.example.org/conda-forge/linux-64/absent-9.9-h0_0.conda
      - pypi: ./
packages:
- conda: https://conda.example.org/conda-forge/linux-64/ld_impl_linux-64-2.45.1-default_h0_102.conda
  build_number: 102
  sha256: 0a
  depends:
  - __glibc >=2.17,<3.0.a0
  - zstd >=1.5.7,<1.6.0a0
  license: GPL-3.0-only
  purls: []
- conda: https://conda.example.org/conda-forge/noarch/ruamel.yaml-0.18.6-py313h0_0.tar.bz2
  depends:
  - python >=3.13
  - ruamel.yaml.clib >=0.1.2
  constrains:
  - other <1
  purls:
  - pkg:pypi/ruamel-yaml?source=hash-mapping
  size: 1
- pypi: https://files.example.org/packages/0a/jinja2-3.1.2-py3-none-any.whl
  name: jinja2
  version: 3.1.2
  requires_dist:
  - markupsafe>=2.0
  - babel>=2.7 ; extra == 'i18n'
- pypi: ./
  name: own
  version: 0.1.0
- conda: .
  name: also-own
- kind: conda
  name: zlib
  version: 1.2.13
  build: h0_0
- kind: pypi
  name: idna
  version: '3.4'
"""
EXPLICIT = """# platform: linux-64
@EXPLICIT
https://conda.example.org/conda-forge/linux-64/_libgcc_mutex-0.1-conda_forge.tar.bz2#d7c8
https://conda.example.org/conda-forge/noarch/tzdata-2023c-h0_0.conda
# pip requests @ https://files.example.org/requests-2.0-py3-none-any.whl
"""


@pytest.mark.parametrize(
    ("path", "content", "wanted"),
    [
        ("conda-lock.yml", CONDA_LOCK, ["openssl@3.1", "pytest@7.4.0 dev", "ca-certificates@2023.7.22"]),
        ("conda-lock.yml", CONDA_LOCK.replace("\n", "\r\n"), ["openssl@3.1", "pytest@7.4.0 dev", "ca-certificates@2023.7.22"]),
        ("pixi.lock", PIXI,
         ["ld_impl_linux-64@2.45.1", "ruamel.yaml@0.18.6", "ruamel-yaml@0.18.6", "jinja2@3.1.2", "zlib@1.2.13", "idna@3.4"]),
        ("srv/conda-linux-64.lock", EXPLICIT, ["_libgcc_mutex@0.1", "tzdata@2023c"]),
        ("srv/other.lock", EXPLICIT, []),
        ("usr/lib/python3/site-packages/x/conda-lock.yml", CONDA_LOCK, []),
        ("pixi.lock", "version: 6\nenvironments: {}\npackages: []\n", []),
        ("pixi.lock", "packages:\n-\n- \n-  x\n- conda\n- conda:\n- : \n", []),
    ],
)  # fmt: skip
def test_forms(path: str, content: str, wanted: list[str]) -> None:
    assert names(CondaLocks, {path: content}) == wanted


def test_kinds_and_needs() -> None:
    found = {(one.type, one.name): one.depends for one in packages(CondaLocks, {"pixi.lock": PIXI, "conda-lock.yml": CONDA_LOCK})}
    assert found["conda", "openssl"] == ("ca-certificates",) and found["pypi", "pytest"] == ("pluggy", "iniconfig")
    assert found["conda", "ld_impl_linux-64"] == ("zstd",) and found["pypi", "jinja2"] == ("markupsafe",)
    assert found["conda", "ruamel.yaml"] == ("python", "ruamel.yaml.clib") and ("pypi", "ruamel-yaml") in found


def test_too_much_is_named() -> None:
    assert reasons(CondaLocks, {"pixi.lock": "packages:\n" + "- x\n" * 500_001})[0].startswith("unreadable: more than")
    assert collected(CondaLocks, {"pixi.lock": "packages:\n" + "".join(" " * min(depth, 200) + "- a:\n" for depth in range(100_000))}) == []
