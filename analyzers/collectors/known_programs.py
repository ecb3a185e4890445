"""Well-known programs that were copied into an image without any package: their version from a text that they carry.

The texts are those that the programs print for `--version` or send as their name; each needs the program's file name as well, so that a
program that only mentions another is not taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from analyzers.collectors.application_files import ApplicationCollector, text_of
from analyzers.contract import FileView, Wanted
from schemas.facts import Fact, Package


class Program(NamedTuple):
    """`files`: whole base names; `text`: its first group is the version."""

    name: str
    files: re.Pattern[str]
    text: re.Pattern[bytes]


def _program(name: str, files: str, text: bytes) -> Program:
    return Program(name, re.compile(rf"(?:{files})\Z"), re.compile(text))


_V = rb"(\d+\.\d+(?:\.\d+)?"
PROGRAMS = (
    _program("node", r"node|nodejs|libnode\.so[\d.]*", rb"node\.js/v" + _V + rb"[\w.-]{0,20})"),
    _program("python", r"python[\d.]*m?|libpython[\d.]+m?\.so[\d.]*", rb"[\0/-]([23]\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?\+?)\0"),
    _program("openssl", r"openssl|libcrypto\.so[\d.]*|libssl\.so[\d.]*", rb"OpenSSL (\d+\.\d+\.\d+[a-z]{0,2}(?:-[\w.]{1,20})?) "),
    _program("nginx", r"nginx(?:-debug)?", rb"nginx/" + _V + rb")"),
    _program("apache-httpd", r"httpd|apache2", rb"Apache/(\d+\.\d+\.\d+)"),
    # a server holds many versions (when each command came); its own stands before the id of the build: epoch, dirty mark, commit
    _program("redis", r"redis-(?:server|sentinel|check-\w+)", rb"[^\d.](\d+\.\d+\.\d{1,2}?)(?:[\w.-]{0,80}-)?1\d{9}[01][0-9a-f]{8}\0"),
    _program("redis", r"redis-server", rb"(?:Redis server v=|redis_version:)" + _V + rb")"),
    _program("redis", r"redis-(?:cli|benchmark)", rb"\0(\d+\.\d+\.\d+)\0 \(git:"),
    _program("postgresql", r"postgres|psql|pg_dump|initdb", rb"\(PostgreSQL\) " + _V + rb"(?:(?:beta|rc)\d)?)"),
    _program("mariadb", r"mariadbd|mysqld|mariadb", rb"\0(\d{1,2}\.\d{1,2}\.\d{1,3})-MariaDB"),
    _program("mysql", r"mysqld|mysql", rb"/mysql-(\d+\.\d+\.\d+)/"),
    _program("mongodb", r"mongod|mongos", rb"\"version\" ?: ?\"" + _V + rb")\""),
    _program("memcached", r"memcached", rb"memcached " + _V + rb")"),
    _program("haproxy", r"haproxy", rb"\0 version " + _V + rb")[\w.+~-]{0,40}, released \d"),
    _program("haproxy", r"haproxy", rb"HA-?Proxy version " + _V + rb")[\w.+~-]{0,40} \d{4}/"),
    _program("php", r"php(?:-fpm|-cgi)?[\d.]*|libphp[\d.]*\.so", rb"X-Powered-By: PHP/(\d+\.\d+\.\d+(?:(?:alpha|beta|RC)\d+)?)"),
    _program("ruby", r"ruby[\d.]*|libruby[\d.-]*\.so[\d.]*", rb"ruby (\d+\.\d+\.\d+)(?:p\d+|[a-z]\w*)? \("),
    _program("perl", r"perl[\d.]*|libperl\.so[\d.]*", rb"/perl5?/(5\.\d{1,2}\.\d{1,2})[/\0]"),
    _program("busybox", r"busybox(?:\.\w+)?", rb"BusyBox v" + _V + rb")"),
    _program("bash", r"bash", rb"@\(#\)Bash version (\d+\.\d+\.\d+)"),
    _program("curl", r"curl|libcurl(?:-gnutls)?\.so[\d.]*", rb"(?:libcurl|curl)[/ ](\d+\.\d+\.\d+)"),
    _program("git", r"git", rb"git/(\d+\.\d+\.\d+(?:\.\d+)?)\0"),
    _program("erlang", r"beam\.smp|erlexec", rb"\[async-threads:%d\][^\0]{0,80}\0(\d+\.\d+(?:\.\d+){0,2})\0"),
    _program("dnsmasq", r"dnsmasq", rb"\0dnsmasq-(\d+\.\d+)\0"),
    _program("lighttpd", r"lighttpd", rb"lighttpd/(\d+\.\d+\.\d+)"),
    _program("varnish", r"varnishd", rb"varnish-(\d+\.\d+\.\d+)"),
    _program("dart", r"dart", rb"\0(\d+\.\d+\.\d+)(?:-[\w.]+)? \((?:stable|beta|dev)\)"),
    _program("bun", r"bun", rb"Bun(?:/| v)(\d+\.\d+\.\d+)"),
    _program("deno", r"deno", rb"Deno/(\d+\.\d+\.\d+)"),
)  # fmt: skip
_ANY = re.compile("|".join(f"(?:{one.files.pattern})" for one in PROGRAMS))
_DOUBT = {"confidence": "80", "doubt": "name from the file, version from a text in the program"}
_JAVA = re.compile(r"^(IMPLEMENTOR|JAVA_VERSION|JAVA_RUNTIME_VERSION)=\"([^\"\n]{1,100})\"", re.MULTILINE)


class KnownPrograms(ApplicationCollector):
    """Facts: Package of type `generic`, one per program; `java` from the file `release` of a Java runtime."""

    name: ClassVar[str] = "known-programs"
    version: ClassVar[int] = 3
    reads_windows: ClassVar[bool] = True
    wanted: ClassVar[Wanted] = Wanted(names=frozenset({"release"}), executables=True, windows=True, max_bytes=4 * 1024 * 1024)

    _known: str = ""

    def concerns(self, path: str) -> bool:
        base = path.rpartition("/")[2]
        return base == "release" or _ANY.match(base) is not None

    def read(self, file: FileView) -> Iterator[Fact]:
        base = file.path.rpartition("/")[2]
        if base == "release":
            yield from _java(file)
            return
        if file.offset == 0:
            self._known = ""
        for program in PROGRAMS:
            if not self._known and program.files.match(base):
                match = next((one for one in program.text.finditer(file.data) if _fits(base, program, one[1])), None)
                if match:
                    self._known = match[1].decode("ascii", "replace")
                    yield Package(path=file.path, type="generic", name=program.name, version=self._known, details=_DOUBT)


def _fits(base: str, program: Program, version: bytes) -> bool:
    """An interpreter's file name has the beginning of its version (`python3.11`): a text that differs is something else's."""
    named = re.search(r"\d+\.\d+", base)
    return program.name != "python" or named is None or (version + b".").startswith(named[0].encode() + b".")


def _java(file: FileView) -> Iterator[Package]:
    fields = dict(_JAVA.findall(text_of(file.data[: 64 * 1024])))
    version = fields.get("JAVA_RUNTIME_VERSION") or fields.get("JAVA_VERSION")
    if version and "JAVA_VERSION" in fields:
        details = {"implementor": fields["IMPLEMENTOR"]} if fields.get("IMPLEMENTOR") else {}
        yield Package(path=file.path, type="generic", name="java", version=version, details=details)
