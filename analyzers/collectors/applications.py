"""The one list of collectors of language packages, in the order in which they see a file."""

from __future__ import annotations

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.java import Java
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.npm import Npm
from analyzers.collectors.python import Python

INSTALLED_COLLECTORS: tuple[type[ApplicationCollector], ...] = (Python, Npm, Java)
LOCK_FILE_COLLECTORS: tuple[type[ApplicationCollector], ...] = (NpmLock,)
APPLICATION_COLLECTORS: tuple[type[ApplicationCollector], ...] = (*INSTALLED_COLLECTORS, *LOCK_FILE_COLLECTORS)
