"""Service configuration, parts runtime and packages. Sources: JPDA connection options, the manuals of the frameworks and clients."""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.baseline.addresses import is_loopback, is_on
from analyzers.baseline.exposure import version_below
from analyzers.baseline.item import Hit, Item, Need, hit_directive
from analyzers.baseline.starts import starts_of
from analyzers.baseline.system import System
from analyzers.collectors.debug_modes import JDWP, SWITCHES
from analyzers.collectors.django_settings import debug_is_on
from schemas.vocabulary import Level

GROUP = "service_config"
_DEBUGGED = re.compile(
    r"(--inspect(?:-brk|-wait)?=(?!127\.|localhost|\[::1\]|\d+(?:\s|\Z))[\w.:\[\]]+|flask\b.*\s--debug\b|manage\.py runserver\b)"
)
_TRUE = frozenset({"FLASK_DEBUG", "DJANGO_DEBUG", "APP_DEBUG"})


def java_debug_port(system: System) -> Iterator[Hit]:
    """The debugger runs any code. Only `server=y` listens; a bare port means all interfaces up to Java 8, loopback from 9 on."""
    for hit, bare in _debuggers(system):
        if not (bare and _java_is_new(system)):
            yield hit
    if "jpda" in system.command and not is_loopback(system.env.get("JPDA_ADDRESS", "localhost")):
        address = system.env["JPDA_ADDRESS"]
        yield Hit(f"jdwp {address}", "config.Env[JPDA_ADDRESS]", -1, 0, f"the start command has jpda, JPDA_ADDRESS is {address}")


def _debuggers(system: System) -> Iterator[tuple[Hit, bool]]:
    """(hit, whether its address is a port alone) for each debugger that listens beyond loopback."""
    for name, value in system.env.items():
        yield from _jdwp(value, f"config.Env[{name}]")
    yield from _jdwp(" ".join(system.settings.entrypoint), "config.Entrypoint")
    yield from _jdwp(" ".join(system.settings.cmd), "config.Cmd")
    for located, one in system.directives("java_options", "jdwp"):
        port = _open_port(one.value)
        if port:
            yield hit_directive(located, one, f"jdwp {port}"), port.isdigit()
    for start in starts_of(system, "java"):
        for name, value in start.options if start.layer >= 0 else ():
            port = _open_port(value or name.partition(":")[2])
            if port:
                yield start.hit(f"jdwp {port}", f"{name}={value}"), port.isdigit()


def _jdwp(text: str, place: str) -> Iterator[tuple[Hit, bool]]:
    for found in JDWP.finditer(text):
        port = _open_port(found[1])
        if port:
            yield Hit(f"jdwp {port}", place, -1, 0, found[0]), port.isdigit()


def _java_is_new(system: System) -> bool:
    """Whether Java is known to be 9 or later (1.8 is 8)."""
    said = [one.value for _, one in system.directives("runtime", "java")] + [system.env.get("JAVA_VERSION", "").removeprefix("jdk-")]
    said += [found[1] for name in system.packages if (found := re.match(r"(?:openjdk-|java-(?=\d{2}))(\d+)", name))]
    known = [version_below(version, 9) for version in said if version and not version.startswith("1.")]
    return bool(known) and not any(known) and not any(version.startswith("1.") for version in said)


def _open_port(options: str) -> str:
    """The address that a debugger can reach from outside; empty if there is none."""
    values = dict(part.partition("=")[::2] for part in options.split(","))
    address = values.get("address", "")
    listens = values.get("server") == "y" and values.get("transport", "dt_socket") == "dt_socket"
    return address or "any port" if listens and not is_loopback(address) else ""


def framework_debug_mode(system: System) -> Iterator[Hit]:
    """What the environment says wins over dotenv files. Node's inspector listens on loopback if it is given a port alone."""
    for name, value in system.env.items():
        if _debugs(name, value):
            yield Hit(name, f"config.Env[{name}]", -1, 0, f"{name}={value}")
    for located, one in system.directives("debug_mode"):
        if one.name not in system.env and _debugs(one.name, one.value):
            yield hit_directive(located, one)
    for located, one in system.directives("django_settings"):
        if debug_is_on(one.value, {**_beside(system, located[1].path), **system.env}):
            yield hit_directive(located, one)
    options = (system.env.get("NODE_OPTIONS", ""),)
    for place, words in (
        ("config.Entrypoint", system.settings.entrypoint), ("config.Cmd", system.settings.cmd), ("config.Env[NODE_OPTIONS]", options),
    ):  # fmt: skip
        found = _DEBUGGED.search(" ".join(words))
        if found:
            yield Hit(found[1].partition("=")[0], place, -1, 0, found[1])


def _beside(system: System, path: str) -> dict[str, str]:
    """What the dotenv files in the folders around a file set; the nearest counts."""
    found = [(located[1].path.rpartition("/")[0], one) for located, one in system.directives("debug_mode")]
    around = [(folder, one) for folder, one in found if not folder or path.startswith(f"{folder}/")]
    return {one.name: one.value for _, one in sorted(around, key=lambda each: len(each[0]))}


def _debugs(name: str, value: str) -> bool:
    if name in _TRUE:
        return is_on(value)
    return name in SWITCHES and value.strip().lower() in ("development", "dev", "debug", "local")


def unsigned_repository(system: System) -> Iterator[Hit]:
    for located, one in system.directives("package_source"):
        yield hit_directive(located, one, f"{one.name} {one.context}".strip())


def tls_check_off(system: System) -> Iterator[Hit]:
    for located, one in system.directives("tls_client"):
        yield hit_directive(located, one, f"{one.name} {one.value} {one.context}".strip())


def _has_java(system: System) -> bool:
    """Archives of Java, a runtime, or options for one."""
    packaged = any(fact.type == "maven" for located in system.language_packages.values() for _, fact in located)
    options = system.configurations("java_options") or any(
        name in system.env for name in ("JAVA_HOME", "JAVA_VERSION", "JAVA_TOOL_OPTIONS")
    )
    runtime = any(name.startswith(("openjdk-", "java-")) or "-jre" in name or "-jdk" in name for name in system.packages)
    return bool(packaged or options or runtime or system.runs("java") or next(system.directives("runtime", "java"), None))


def _has_framework(system: System) -> bool:
    """Anything in a language whose frameworks have a debug mode, or a switch of one."""
    packaged = any(fact.type in _FRAMEWORKS for located in system.language_packages.values() for _, fact in located)
    return bool(
        packaged
        or system.configurations("debug_mode", "django_settings")
        or SWITCHES & system.env.keys()
        or next(system.directives("runtime"), None)
    )


def _has_clients(system: System) -> bool:
    return bool(system.configurations("tls_client", "package_source"))


_FRAMEWORKS = frozenset({"pypi", "npm", "gem", "composer", "nuget"})
ITEMS = (
    Item(
        "java_debug_port",
        GROUP,
        Level.HIGH,
        "A Java program listens for a debugger",
        "Remove the jdwp option, or bind it to localhost.",
        java_debug_port,
        Need("Java was not found.", _has_java, frozenset({"debug_modes"})),
        "Whoever reaches the port can run any code in the program.",
        "runtime",
        version=3,
    ),
    Item(
        "framework_debug_mode",
        GROUP,
        Level.MEDIUM,
        "An application runs in debug mode",
        "Run it in production mode.",
        framework_debug_mode,
        Need("Nothing with a debug mode was found.", _has_framework, frozenset({"debug_modes"})),
        "Debug pages show code, settings and secrets; some run code.",
        "runtime",
        version=4,
    ),
    Item(
        "unsigned_repository",
        GROUP,
        Level.HIGH,
        "Packages are installed without checking signatures",
        "Remove trusted=yes or gpgcheck=0 and install the key of the repository.",
        unsigned_repository,
        Need(
            "No list of package sources was found.",
            lambda system: bool(system.configurations("package_source")),
            frozenset({"repositories"}),
        ),
        "Whoever controls the repository or the way to it can install anything.",
        "packages",
        version=2,
    ),
    Item(
        "tls_check_off",
        GROUP,
        Level.MEDIUM,
        "A client does not check certificates",
        "Remove the setting; install the certificate authority if it is a private one.",
        tls_check_off,
        Need("No configuration of a download client was found.", _has_clients, frozenset({"repositories"})),
        "Whoever controls the way to the server can replace what is downloaded.",
        "packages",
        version=2,
    ),
)
