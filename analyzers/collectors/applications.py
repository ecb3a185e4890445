"""The one list of collectors of language packages, in the order in which they see a file."""

from __future__ import annotations

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.dotnet_bundles import DotnetBundles
from analyzers.collectors.erlang import Erlang
from analyzers.collectors.golang import Golang
from analyzers.collectors.java import Java
from analyzers.collectors.known_programs import KnownPrograms
from analyzers.collectors.lockfiles.bun_lock import BunLock
from analyzers.collectors.lockfiles.cargo_lock import CargoLock
from analyzers.collectors.lockfiles.conan_lock import ConanLock
from analyzers.collectors.lockfiles.conda_locks import CondaLocks
from analyzers.collectors.lockfiles.deno_lock import DenoLock
from analyzers.collectors.lockfiles.gemfile_lock import GemfileLock
from analyzers.collectors.lockfiles.go_mod import GoMod
from analyzers.collectors.lockfiles.gradle_lock import GradleLock
from analyzers.collectors.lockfiles.haskell_locks import HaskellLocks
from analyzers.collectors.lockfiles.hex_locks import MixLock
from analyzers.collectors.lockfiles.julia_manifest import JuliaManifest
from analyzers.collectors.lockfiles.maven_pom import MavenPom
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lockfiles.pnpm_lock import PnpmLock
from analyzers.collectors.lockfiles.pub_locks import PubLocks
from analyzers.collectors.lockfiles.python_locks import PythonLocks
from analyzers.collectors.lockfiles.sbt_lock import SbtLock
from analyzers.collectors.lockfiles.swift_locks import PodfileLock, SwiftResolved
from analyzers.collectors.lockfiles.yarn_lock import YarnLock
from analyzers.collectors.lua import Lua
from analyzers.collectors.npm import Npm
from analyzers.collectors.php import Php
from analyzers.collectors.python import Python
from analyzers.collectors.python_wheels import PythonWheels
from analyzers.collectors.r_language import RLanguage
from analyzers.collectors.ruby import Ruby
from analyzers.collectors.rust import Rust
from analyzers.collectors.wordpress import WordPress

INSTALLED_COLLECTORS: tuple[type[ApplicationCollector], ...] = (
    Python, PythonWheels, Npm, Java, Golang, Rust, Ruby, Php, Dotnet, DotnetBundles, Conda, RLanguage, Erlang, Lua, WordPress,
    KnownPrograms,
)  # fmt: skip
LOCK_FILE_COLLECTORS: tuple[type[ApplicationCollector], ...] = (
    PythonLocks, NpmLock, YarnLock, PnpmLock, BunLock, GoMod, CargoLock, GemfileLock, MavenPom, GradleLock, SbtLock, MixLock, PubLocks,
    CondaLocks, ConanLock, SwiftResolved, PodfileLock, DenoLock, JuliaManifest, HaskellLocks,
)  # fmt: skip
APPLICATION_COLLECTORS: tuple[type[ApplicationCollector], ...] = (*INSTALLED_COLLECTORS, *LOCK_FILE_COLLECTORS)
