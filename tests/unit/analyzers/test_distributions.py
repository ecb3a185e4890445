"""Release files to ecosystems, by texts as the distributions publish them."""

from __future__ import annotations

from datetime import date

import pytest

from analyzers.collectors.os_release import OsRelease
from analyzers.contract import Entry, FileView, PassContext
from analyzers.distributions import chosen, release_of
from schemas.facts import Distribution

CASES = (
    ("etc/os-release", 'ID=debian\nVERSION_ID="12"\n', "Debian:12"),
    ("etc/os-release", "ID=debian\nVERSION_CODENAME=trixie\n", "Debian:13"),
    ("etc/debian_version", "11.9\n", "Debian:11"),
    ("etc/debian_version", "trixie/sid\n", "Debian:13"),
    ("usr/lib/os-release", 'ID=ubuntu\nVERSION_ID="22.04"\n', "Ubuntu:22.04:LTS"),
    ("etc/os-release", 'ID=ubuntu\nVERSION_ID="23.10"\n', "Ubuntu:23.10"),
    ("etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n", "Ubuntu:14.04:LTS"),
    ("etc/os-release", "ID=alpine\nVERSION_ID=3.18.4\n", "Alpine:v3.18"),
    ("etc/alpine-release", "3.22.1\n", "Alpine:v3.22"),
    ("etc/os-release", "ID=alpine\nVERSION_ID=3.23_alpha20250612\n", "Alpine:edge"),
    ("etc/os-release", "ID=wolfi\nVERSION_ID=20230201\n", "Wolfi"),
    ("etc/os-release", "ID=chainguard\nVERSION_ID=20230214\n", "Chainguard"),
    ("etc/os-release", 'ID="almalinux"\nVERSION_ID="9.3"\n', "AlmaLinux:9"),
    ("etc/os-release", 'ID="rocky"\nVERSION_ID="8.9"\n', "Rocky Linux:8"),
    ("etc/os-release", 'ID="rhel"\nVERSION_ID="9.4"\n', "Red Hat:enterprise_linux:9"),
    ("etc/redhat-release", "Red Hat Enterprise Linux Server release 6.10 (Santiago)\n", "Red Hat:enterprise_linux:6"),
    ("etc/centos-release", "CentOS Linux release 7.9.2009 (Core)\n", "Red Hat:enterprise_linux:7"),
    ("etc/os-release", 'NAME="CentOS Linux"\nID="centos"\nVERSION_ID="8"\n', "Red Hat:enterprise_linux:8"),
    ("etc/os-release", 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="8"\n', ""),
    ("etc/os-release", 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="10"\nPRETTY_NAME="CentOS Stream 10 (Coughlan)"\n', ""),
    ("etc/centos-release", "CentOS Stream release 9\n", ""),
    ("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux bullseye/sid"\nNAME="Debian GNU/Linux"\nID=debian\n', "Debian:11"),
    ("etc/os-release", 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian\n', "Debian:14"),
    ("etc/os-release", 'ID=debian\nVERSION="9 (stretch)"\nVERSION_ID="9"\n', "Debian:9"),
    ("etc/debian_version", "buster/sid\n", "Debian:10"),
    ("etc/debian_version", "6.0.10\n", "Debian:6"),
    ("etc/os-release", 'ID="sles"\nVERSION_ID="15.5"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP5"\n',
     "SUSE:Linux Enterprise Server 15 SP5"),
    ("etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n", "SUSE:Linux Enterprise Server 11 SP4"),
    ("etc/os-release", 'ID="opensuse-leap"\nVERSION_ID="15.6"\nPRETTY_NAME="openSUSE Leap 15.6"\n', "openSUSE:Leap 15.6"),
    ("etc/os-release", 'ID="opensuse-tumbleweed"\nVERSION_ID="20240101"\n', "openSUSE:Tumbleweed"),
    ("etc/os-release", 'ID="opensuse-microos"\nVERSION_ID="20240101"\nPRETTY_NAME="openSUSE MicroOS"\n', "openSUSE:Tumbleweed"),
    ("etc/os-release", 'ID="opensuse-leap-micro"\nVERSION_ID="5.5"\nPRETTY_NAME="openSUSE Leap Micro 5.5"\n', "openSUSE:Leap Micro 5.5"),
    ("etc/os-release", 'ID="opensuse-leap"\nVERSION_ID="15"\n', "openSUSE:Leap 15.0"),
    ("etc/os-release", 'ID="opensuse-slowroll"\nVERSION_ID="20250101"\n', ""),
    ("etc/os-release", 'NAME="SLES"\nID="sles"\nVERSION_ID="15"\nPRETTY_NAME="SUSE Linux Enterprise Server 15"\n',
     "SUSE:Linux Enterprise Server 15"),
    ("etc/os-release", 'ID="sles"\nVERSION_ID="16.0"\nPRETTY_NAME="SUSE Linux Enterprise Server 16.0"\n',
     "SUSE:Linux Enterprise Server 16.0"),
    ("etc/os-release", 'ID="sles"\nVERSION_ID="15.6"\n', "SUSE:Linux Enterprise Server 15 SP6"),
    ("etc/os-release", 'ID="sles"\nVERSION_ID="16.0"\n', "SUSE:Linux Enterprise Server 16.0"),
    ("etc/os-release", 'ID="sles_sap"\nVERSION_ID="12.5"\nPRETTY_NAME="SUSE Linux Enterprise Server for SAP Applications 12 SP5"\n',
     "SUSE:Linux Enterprise Server for SAP Applications 12 SP5"),
    ("etc/os-release", 'ID="sled"\nVERSION_ID="15.5"\n', "SUSE:Linux Enterprise Desktop 15 SP5"),
    ("etc/os-release", 'ID="sle-micro"\nVERSION_ID="5.5"\nPRETTY_NAME="SUSE Linux Enterprise Micro 5.5"\n',
     "SUSE:Linux Enterprise Micro 5.5"),
    ("etc/os-release", 'ID="sle-micro"\nVERSION_ID="5.5"\n', "SUSE:Linux Enterprise Micro 5.5"),
    ("etc/os-release", 'ID="sl-micro"\nID_LIKE="suse sle-micro"\nVERSION_ID="6.0"\nPRETTY_NAME="SUSE Linux Micro 6.0"\n',
     "SUSE:Linux Micro 6.0"),
    ("etc/os-release", 'ID=photon\nVERSION_ID=4.0\n', "Photon OS:4.0"),
    ("etc/photon-release", "VMware Photon OS 3.0\nPHOTON_BUILD_NUMBER=1\n", "Photon OS:3.0"),
    ("etc/os-release", 'ID=mariner\nVERSION_ID="2.0"\n', "Azure Linux:2"),
    ("etc/mariner-release", "CBL-Mariner 2.0.20230126\n", "Azure Linux:2"),
    ("etc/os-release", 'ID=azurelinux\nVERSION_ID="3.0"\n', "Azure Linux:3"),
    ("etc/os-release", 'ID="amzn"\nVERSION_ID="2023"\n', "Amazon Linux:2023"),
    ("etc/system-release", "Amazon Linux release 2 (Karoo)\n", "Amazon Linux:2"),
    ("etc/system-release", "Amazon Linux AMI release 2018.03\n", "Amazon Linux:1"),
    ("etc/os-release", 'ID="ol"\nVERSION_ID="9.2"\n', "Oracle Linux:9"),
    ("etc/os-release", 'ID="openEuler"\nVERSION_ID="22.03"\nPRETTY_NAME="openEuler 22.03 (LTS-SP1)"\n', "openEuler:22.03-LTS-SP1"),
    ("etc/os-release", 'ID="openEuler"\nNAME="openEuler"\nVERSION="22.03 (LTS-SP4)"\nVERSION_ID="22.03"\n', "openEuler:22.03-LTS-SP4"),
    ("etc/os-release", 'ID="amzn"\nVERSION_ID="2014.09"\n', "Amazon Linux:1"),
    ("etc/os-release", "ID=alpine\nVERSION_ID=3.20.0_rc1\n", "Alpine:v3.20"),
    ("etc/os-release", 'ID="almalinux"\nVERSION_ID="10"\nPRETTY_NAME="AlmaLinux Kitten 10 (Lion Cub)"\n', ""),
    ("etc/os-release", 'ID="mageia"\nVERSION_ID="9"\n', "Mageia:9"),
    ("etc/os-release", 'ID=raspbian\nVERSION_ID="11"\n', "Debian:11"),
    ("etc/os-release", 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21.3"\nUBUNTU_CODENAME=jammy\n', "Ubuntu:22.04:LTS"),
    ("etc/os-release", 'ID=linuxmint\nID_LIKE=debian\nVERSION_ID="6"\nDEBIAN_CODENAME=bookworm\n', "Debian:12"),
    ("etc/os-release", 'ID=linuxmint\nVERSION_ID="21.3"\n', ""),
    ("etc/os-release", 'ID="scientific"\nVERSION_ID="7.9"\nID_LIKE="rhel centos fedora"\n', ""),
    ("etc/os-release", 'ID=kali\nID_LIKE=debian\nVERSION_ID="2024.1"\n', ""),
    ("etc/os-release", "ID=ubuntu\n", ""),
)  # fmt: skip


def distribution(path: str, text: str) -> Distribution:
    data = text.encode()
    (fact,) = OsRelease(PassContext(b"")).collect(FileView(Entry(path, "file", 0o644, 0, 0, len(data)), data))
    assert isinstance(fact, Distribution)
    return fact


@pytest.mark.parametrize(("path", "text", "ecosystem"), CASES)
def test_ecosystems(path: str, text: str, ecosystem: str) -> None:
    release = release_of(distribution(path, text))
    assert release.ecosystem == ecosystem
    assert bool(release.reason) != release.supported


def test_quotes_and_comments() -> None:
    text = '# comment\nID=\'debian\'\nPRETTY_NAME="Distroless"\nVERSION_ID="12"\nNAME="De\\"bian"\nbroken line\nX="open\n'
    found = distribution("etc/os-release", text)
    assert (found.id, found.version, found.details["variant"]) == ("debian", "12", "distroless")


def test_os_release_is_believed_first() -> None:
    facts = [distribution("etc/debian_version", "bookworm/sid\n"), distribution("usr/lib/os-release", 'ID=ubuntu\nVERSION_ID="22.04"\n')]
    assert chosen(facts) == facts[1]
    assert chosen([]) is None


def test_end_of_support() -> None:
    assert release_of(distribution("etc/os-release", "ID=alpine\nVERSION_ID=3.16.2\n")).support_ends == date(2024, 5, 23)
    assert release_of(distribution("etc/os-release", 'ID=ubuntu\nVERSION_ID="20.04"\n')).support_ends == date(2025, 5, 31)
    assert release_of(distribution("etc/os-release", 'ID=centos\nVERSION_ID="7"\n')).support_ends == date(2024, 6, 30)
    assert release_of(distribution("etc/os-release", "ID=wolfi\n")).support_ends is None
    assert release_of(distribution("etc/centos-release", "CentOS Stream release 8\n")).support_ends == date(2024, 5, 31)
    assert release_of(distribution("etc/os-release", 'ID="sles"\nVERSION_ID="15.4"\n')).support_ends == date(2023, 12, 31)


def test_derivatives_keep_their_name_and_their_own_end() -> None:
    centos = release_of(distribution("etc/centos-release", "CentOS Linux release 8.5.2111\n"))
    assert (centos.namespace, centos.distro, centos.support_ends) == ("centos", "centos-8.5.2111", date(2021, 12, 31))
    assert centos.note == "CentOS Linux release 8.5.2111 is read as Red Hat:enterprise_linux:8"
    raspbian = release_of(distribution("etc/os-release", 'ID=raspbian\nVERSION_ID="10"\n'))
    assert (raspbian.namespace, raspbian.id, raspbian.support_ends) == ("raspbian", "debian", date(2024, 6, 30))
    stream = release_of(distribution("etc/centos-release", "CentOS Stream release 9\n"))
    assert stream.reason == "nobody publishes advisories for centos-9 (Stream)"
