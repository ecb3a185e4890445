"""What a package was built from."""

from __future__ import annotations

import pytest

from analyzers.source_packages import source_epochs, source_package, source_rpm
from schemas.facts import Package

PERL = "perl-5.32.1-472.el8.src.rpm"


def rpm(name: str, version: str, source: str) -> Package:
    return Package(path="var/lib/rpm/rpmdb.sqlite", type="rpm", name=name, version=version, source=source)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("linux-signed-amd64", "linux"),
        ("linux-signed-6.1-amd64", "linux-6.1"),
        ("linux-signed", "linux"),
        ("linux-signed-hwe-6.5", "linux-hwe-6.5"),
        ("linux-signed-azure", "linux-azure"),
        ("shim-signed", "shim-signed"),
        ("linux-meta", "linux-meta"),
    ],
)
def test_signed_kernels_are_built_from_the_kernels_source(source: str, name: str) -> None:
    fact = Package(path="status", type="deb", name="linux-image", version="6.1.76-1", source=source, source_version="6.1.76+1")
    assert source_package(fact)[0] == name
    assert (source_package(fact)[1] == "6.1.76-1") == (source != name)


def test_a_source_rpm_has_a_version_of_its_own_and_the_epoch_of_the_package_that_shares_it() -> None:
    facts = [rpm("perl-Errno", "1.30-472.el8", PERL), rpm("perl-libs", "4:5.32.1-472.el8", PERL)]
    epochs = source_epochs(facts)
    assert [source_rpm(one, epochs) for one in facts] == [("perl", "4:5.32.1-472.el8")] * 2
    assert source_rpm(facts[0], {}) == ("perl", "5.32.1-472.el8")


def test_sources_that_are_not_shipped_and_names_that_are_no_files() -> None:
    kernel = rpm("kernel-default", "5.14.21-150500.55.44.1", "kernel-default-5.14.21-150500.55.44.1.nosrc.rpm")
    assert source_rpm(kernel, {}) == ("kernel-default", "5.14.21-150500.55.44.1")
    assert source_rpm(rpm("libcurl", "8.0-1", "curl"), {}) == ("curl", "8.0-1")
    assert source_rpm(rpm("curl", "8.0-1", ""), {}) == ("curl", "8.0-1")
