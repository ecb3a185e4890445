"""Package URLs against packageurl-python, and back again into facts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from analyzers.package_urls import package_url
from analyzers.purl_facts import from_distro, package_of

WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="/"), min_size=1, max_size=12)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cs", "Z", "C")), min_size=1, max_size=12)
VALUES = st.dictionaries(st.sampled_from(["arch", "distro", "epoch", "upstream", "classifier"]), NAMES, max_size=4)


def upper_escapes(purl: str) -> str:
    """The reference writes the escapes of names without case in lower case; the specification asks for upper case."""
    return re.sub(r"%[0-9a-fA-F]{2}", lambda match: match[0].upper(), purl)


@given(
    kind=st.sampled_from(["deb", "apk", "rpm", "maven", "npm", "golang", "gem", "composer", "nuget", "cargo", "hex", "pypi", "bitnami"]),
    namespace=st.one_of(st.just(""), WORDS), name=WORDS, version=NAMES, qualifiers=VALUES,
)  # fmt: skip
def test_the_same_as_the_reference(kind: str, namespace: str, name: str, version: str, qualifiers: dict[str, str]) -> None:
    if kind == "pypi":  # its type definition knows no namespace
        namespace = ""
    if kind in ("deb", "rpm"):  # the reference leaves the case of these alone, their type definitions do not
        name, namespace = name.lower() if kind == "deb" else name, namespace.lower()
    want = PackageURL(kind, namespace or None, name, version, dict(qualifiers)).to_string()
    assert upper_escapes(package_url(kind, namespace, name, version, qualifiers)) == upper_escapes(want)


def test_facts_of_a_purl() -> None:
    rpm = package_of(PackageURL.from_string("pkg:rpm/redhat/bind@9.11-1.el8?arch=x86_64&epoch=32&upstream=bind-9.11-1.el8.src.rpm"), "x")
    assert (rpm.version, rpm.source, rpm.arch) == ("32:9.11-1.el8", "bind-9.11-1.el8.src.rpm", "x86_64")
    deb = package_of(PackageURL.from_string("pkg:deb/debian/libc6@2.36-9?upstream=glibc%402.36-8"), "x")
    assert (deb.source, deb.source_version) == ("glibc", "2.36-8")


@pytest.mark.parametrize(
    ("distro", "namespace", "want"),
    [
        ("debian-12", "debian", ("debian", "12")), ("3.18.0", "alpine", ("alpine", "3.18.0")),
        ("opensuse-leap-15.5", "opensuse", ("opensuse-leap", "15.5")),
        ("wolfi", "wolfi", ("wolfi", "")), ("", "debian", ("debian", "")), ("ubuntu-22.04", "", ("ubuntu", "22.04")),
        ("edge", "alpine", ("alpine", "edge")),
    ],
)  # fmt: skip
def test_distro_qualifier(distro: str, namespace: str, want: tuple[str, str]) -> None:
    found = from_distro(distro, namespace, "x")
    assert found is not None and (found.id, found.version) == want


def test_code_names() -> None:
    found = from_distro("bookworm", "debian", "x")
    assert found is not None and (found.id, found.codename) == ("debian", "bookworm")
    assert from_distro("", "", "x") is None
