"""When the security support of a release ends that everybody gets, without a paid extension.

Sources: debian.org/releases and wiki.debian.org/LTS (end of LTS), ubuntu.com/about/release-cycle (standard support),
alpinelinux.org/releases, access.redhat.com/support/policy/updates/errata, wiki.centos.org/About/Product, wiki.almalinux.org/release-notes,
wiki.rockylinux.org/rocky/version, oracle.com Linux lifetime support, docs.fedoraproject.org/en-US/releases/eol,
aws.amazon.com/amazon-linux-2/faqs, suse.com/lifecycle, en.opensuse.org/Lifetime, VMware and Microsoft lifecycle pages.
An absent release has no known date: that says nothing about its support.
"""

from __future__ import annotations

from datetime import date

# os-release ID -> release as `distributions.release_of` names it -> last day of support.
_LAST_DAYS: dict[str, dict[str, str]] = {
    "debian": {
        "6": "2016-02-29", "7": "2018-05-31", "8": "2020-06-30", "9": "2022-06-30", "10": "2024-06-30", "11": "2026-08-31",
        "12": "2028-06-30", "13": "2030-06-30",
    },
    "ubuntu": {
        "12.04": "2017-04-28", "14.04": "2019-04-25", "16.04": "2021-04-30", "18.04": "2023-05-31", "19.04": "2020-01-23",
        "19.10": "2020-07-17", "20.04": "2025-05-31", "20.10": "2021-07-22", "21.04": "2022-01-20", "21.10": "2022-07-14",
        "22.04": "2027-05-31", "22.10": "2023-07-20", "23.04": "2024-01-25", "23.10": "2024-07-11", "24.04": "2029-05-31",
        "24.10": "2025-07-10", "25.04": "2026-01-15",
    },
    "alpine": {
        "3.5": "2018-11-01", "3.6": "2019-05-01", "3.7": "2019-11-01", "3.8": "2020-05-01", "3.9": "2020-11-01", "3.10": "2021-05-01",
        "3.11": "2021-11-01", "3.12": "2022-05-01", "3.13": "2022-11-01", "3.14": "2023-05-01", "3.15": "2023-11-01",
        "3.16": "2024-05-23", "3.17": "2024-11-22", "3.18": "2025-05-09", "3.19": "2025-11-01", "3.20": "2026-04-01",
        "3.21": "2026-11-01", "3.22": "2027-05-01", "3.23": "2027-11-01",
    },
    "rhel": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    "centos": {"5": "2017-03-31", "6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"},
    "almalinux": {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    "rocky": {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"},
    "ol": {"6": "2021-03-31", "7": "2024-12-31", "8": "2029-07-31", "9": "2032-06-30"},
    "fedora": {
        "35": "2022-12-13", "36": "2023-05-16", "37": "2023-12-05", "38": "2024-05-21", "39": "2024-11-26", "40": "2025-05-13",
    },
    "amzn": {"1": "2023-12-31", "2": "2026-06-30"},
    "sles": {
        "12.5": "2024-10-31", "15": "2019-12-31", "15.1": "2021-01-31", "15.2": "2021-12-31", "15.3": "2022-12-31",
        "15.4": "2023-12-31", "15.5": "2024-12-31", "15.6": "2025-12-31", "15.7": "2031-07-31",
    },
    "opensuse-leap": {
        "42.3": "2019-06-30", "15.0": "2019-12-03", "15.1": "2021-02-02", "15.2": "2022-01-04", "15.3": "2022-12-31",
        "15.4": "2023-12-07", "15.5": "2024-12-31", "15.6": "2026-04-30",
    },
    "photon": {"1.0": "2022-02-28", "2.0": "2022-12-31", "3.0": "2024-03-01"},
    "mariner": {"1": "2023-07-31", "2": "2025-07-31"},
}  # fmt: skip


def end_of_support(identity: str, release: str) -> date | None:
    """Last day of support of a release (`debian`, `12`), None where it is not known."""
    day = _LAST_DAYS.get(identity, {}).get(release)
    return date.fromisoformat(day) if day else None
