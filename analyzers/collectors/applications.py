"""The one list of collectors of language packages, in the order in which they see a file."""

from __future__ import annotations

from analyzers.collectors.application_files import ApplicationCollector
from analyzers.collectors.conda import Conda
from analyzers.collectors.dotnet import Dotnet
from analyzers.collectors.erlang import Erlang
from analyzers.collectors.golang import Golang
from analyzers.collectors.java import Java
from analyzers.collectors.lockfiles.npm_lock import NpmLock
from analyzers.collectors.lua import Lua
from analyzers.collectors.npm import Npm
from analyzers.collectors.php import Php
from analyzers.collectors.python import Python
from analyzers.collectors.r_language import RLanguage
from analyzers.collectors.ruby import Ruby
from analyzers.collectors.rust import Rust
from analyzers.collectors.wordpress import WordPress

INSTALLED_COLLECTORS: tuple[type[ApplicationCollector], ...] = (
    Python, Npm, Java, Golang, Rust, Ruby, Php, Dotnet, Conda, RLanguage, Erlang, Lua, WordPress,
)  # fmt: skip
LOCK_FILE_COLLECTORS: tuple[type[ApplicationCollector], ...] = (NpmLock,)
APPLICATION_COLLECTORS: tuple[type[ApplicationCollector], ...] = (*INSTALLED_COLLECTORS, *LOCK_FILE_COLLECTORS)
