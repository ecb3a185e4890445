"""The one list of plug-ins: collectors in the order in which they see a file, categories in the order in which people read them."""

from __future__ import annotations

from analyzers.application_vulnerabilities import ApplicationVulnerabilities
from analyzers.baseline import Baseline
from analyzers.build_commands import BuildCommands
from analyzers.collectors.accounts import Accounts
from analyzers.collectors.apk import Apk
from analyzers.collectors.applications import APPLICATION_COLLECTORS
from analyzers.collectors.chisel import Chisel
from analyzers.collectors.clamav import ClamAv
from analyzers.collectors.copyright_files import CopyrightFiles
from analyzers.collectors.debug_modes import DebugModes
from analyzers.collectors.dpkg import Dpkg
from analyzers.collectors.file_hashes import FileHashCollector
from analyzers.collectors.file_modes import FileModes
from analyzers.collectors.opkg import Opkg
from analyzers.collectors.os_release import OsRelease
from analyzers.collectors.repositories import Repositories
from analyzers.collectors.rpm import Rpm
from analyzers.collectors.runtimes import Runtimes
from analyzers.collectors.samples import SampleCollector
from analyzers.collectors.sbom import Sbom
from analyzers.collectors.secrets import Secrets
from analyzers.collectors.services import Services
from analyzers.collectors.ssh_server import SshServer
from analyzers.collectors.start_commands import StartCommands
from analyzers.collectors.system_binaries import SystemBinaries
from analyzers.collectors.trust import Trust
from analyzers.collectors.user_items import UserItems
from analyzers.collectors.vex_files import VexFiles
from analyzers.collectors.weak_credentials import WeakCredentials
from analyzers.collectors.web_servers import WebServers
from analyzers.contract import Category, Collector
from analyzers.malicious_samples import MaliciousSamples
from analyzers.packages import KINDS as PACKAGE_KINDS
from analyzers.sensitive_files import SensitiveFiles
from analyzers.system_vulnerabilities import SystemVulnerabilities
from schemas.facts import Fact, Skipped

COLLECTORS: tuple[type[Collector], ...] = (
    OsRelease, Dpkg, Chisel, CopyrightFiles, Apk, Rpm, Opkg, Sbom, VexFiles, *APPLICATION_COLLECTORS, Accounts, FileModes, Trust, SshServer,
    Services, StartCommands, WebServers, WeakCredentials, Repositories, Runtimes, DebugModes, SystemBinaries, Secrets, SampleCollector,
    FileHashCollector, UserItems, ClamAv,
)  # fmt: skip
CATEGORIES: tuple[type[Category], ...] = (
    SystemVulnerabilities, ApplicationVulnerabilities, Baseline, MaliciousSamples, SensitiveFiles,
    BuildCommands,
)  # fmt: skip


def kinds_of(category: type[Category]) -> frozenset[str]:
    """The kinds of facts that a category sees, those of its packages included."""
    return frozenset({*category.kinds, Skipped.kind, *(PACKAGE_KINDS if category.matches else ())})


def hears(category: type[Category], tells: tuple[type[Fact], ...]) -> bool:
    """Whether one who tells these facts, besides what was skipped, tells a category anything."""
    return not kinds_of(category).isdisjoint(fact.kind for fact in tells)
