"""Erlang and Elixir applications: the resource file that lies beside the compiled modules. Source: OTP, app(4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from analyzers.collectors.application_files import ApplicationCollector, Unreadable, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package

_APPLICATION = re.compile(r"\{\s*application\s*,\s*'?([a-z][\w@]*)'?\s*,")
_VERSION = re.compile(r"\{\s*vsn\s*,\s*\"([^\"\n]{1,100})\"")
# What comes with Erlang/OTP and Elixir themselves, and is no package of Hex.
_PLATFORM = frozenset(
    {
        "asn1", "common_test", "compiler", "crypto", "debugger", "dialyzer", "diameter", "edoc", "eldap", "erl_docgen", "erl_interface",
        "erts", "et", "eunit", "ftp", "inets", "jinterface", "kernel", "megaco", "mnesia", "observer", "odbc", "os_mon", "parsetools",
        "public_key", "reltool", "runtime_tools", "sasl", "snmp", "ssh", "ssl", "stdlib", "syntax_tools", "tftp", "tools", "wx", "xmerl",
        "elixir", "eex", "ex_unit", "iex", "logger", "mix",
    }
)  # fmt: skip


class Erlang(ApplicationCollector):
    """Facts: Package of type `hex`; applications of the platform have type `otp`."""

    name: ClassVar[str] = "erlang"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(suffixes=frozenset({".app"}), windows=True, max_bytes=4 * 1024 * 1024)

    def concerns(self, path: str) -> bool:
        return f"/{path}".rpartition("/")[0].endswith("/ebin")

    def read(self, file: FileView) -> Iterator[Fact]:
        text = text_of(file.data)
        name, version = _APPLICATION.search(text), _VERSION.search(text)
        if name is None or version is None:
            raise Unreadable("an application resource file without name or version")
        yield Package(path=file.path, type="otp" if name[1] in _PLATFORM else "hex", name=name[1], version=version[1])
