"""Tomcat: open AJP connectors, applications that come with it, listings, users of the manager.

Source: Tomcat security considerations, CVE-2020-1938 (AJP).
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.baseline.addresses import is_loopback, is_off
from analyzers.baseline.exposure import GROUP as EXPLOIT
from analyzers.baseline.exposure import version_below
from analyzers.baseline.item import Hit, Item, Need, hit_directive, hit_file
from analyzers.baseline.system import System
from schemas.vocabulary import Level

_MANAGER_ROLES = frozenset({"manager-gui", "manager-script", "manager-jmx", "manager", "admin-gui", "admin-script"})
_FIXED = {"7": (7, 0, 100), "8": (8, 5, 51), "9": (9, 0, 31)}


def ajp_open(system: System) -> Iterator[Hit]:
    """A connector that others reach and that asks for no secret. Since the fix the default address is loopback and a secret is required."""
    for located, one in system.directives("tomcat_server", "ajp"):
        values = dict(part.partition("=")[::2] for part in one.value.split())
        required = not is_off(values.get("secretRequired", "true"))
        if ("secret" in values and required) or is_loopback(values.get("address", "")):
            continue
        fixed = _is_fixed(system)
        if fixed and (required or "address" not in values):
            continue
        yield hit_directive(located, one, f"ajp {values.get('port', '')}".strip())


def _is_fixed(system: System) -> bool:
    versions = [system.version_of("tomcat10", "tomcat9", "tomcat8", "tomcat", "libtomcat9-java"), system.env.get("TOMCAT_VERSION", "")]
    for name in ("org.apache.tomcat:tomcat-catalina", "tomcat-catalina", "catalina", "tomcat-coyote", "org.apache.tomcat:tomcat-coyote"):
        versions += [fact.version for _, fact in system.language_packages.get(name, [])]
    for version in filter(None, versions):
        bound = _FIXED.get(version.partition(".")[0])
        if (bound and version_below(version, *bound) is False) or (bound is None and version_below(version, 10) is False):
            return True
    return False


def default_apps(system: System) -> Iterator[Hit]:
    for located in system.files("application"):
        name = located[1].path.rsplit("/", 3)[1]
        yield hit_file(located, name, f"application {name}")


def listings(system: System) -> Iterator[Hit]:
    for located, one in system.directives("tomcat_web", "listings"):
        if one.value == "true":
            yield hit_directive(located, one)


def tomcat_manager(system: System) -> Iterator[Hit]:
    """Users with a role of the manager, unless the manager answers loopback only (its context as shipped)."""
    for _, one in system.directives("tomcat_manager_context", "allow"):
        if "127" in one.value and "|.*" not in one.value and one.value not in (".*", "^.*$"):
            return
    for located, one in system.directives("tomcat_users"):
        roles = sorted(_MANAGER_ROLES & {role.strip() for role in one.context.split(",")})
        if roles:
            layer, fact = located
            yield Hit(one.name, fact.path, layer, one.line, f"user {one.name} has {', '.join(roles)}")


def _has_tomcat(system: System) -> bool:
    return bool(system.configurations("tomcat_server", "tomcat_users", "tomcat_web") or system.files("application"))


_TOMCAT = Need("Tomcat was not found.", _has_tomcat, frozenset({"tomcat_server", "tomcat_users", "tomcat_web", "file_modes"}))
ITEMS = (
    Item(
        f"{EXPLOIT}.tomcat_manager",
        EXPLOIT,
        Level.MEDIUM,
        "Tomcat's manager can be used from outside",
        "Remove the user, or limit the manager to loopback with a RemoteAddrValve.",
        tomcat_manager,
        _TOMCAT,
        "The manager runs any application that is sent to it.",
    ),
    Item(
        "ajp_open",
        "service_config",
        Level.HIGH,
        "Tomcat's AJP connector is open",
        "Remove the connector, or bind it to loopback and set a secret.",
        ajp_open,
        _TOMCAT,
        "AJP trusts its client: files of applications can be read, and sometimes run (CVE-2020-1938).",
        "web",
    ),
    Item(
        "default_apps",
        "service_config",
        Level.MEDIUM,
        "Tomcat brings its own applications",
        "Delete examples, docs, manager and host-manager from webapps.",
        default_apps,
        _TOMCAT,
        "They are known targets.",
        "web",
    ),
    Item(
        "listings",
        "service_config",
        Level.MEDIUM,
        "Tomcat lists the contents of folders",
        "Set `listings` to false.",
        listings,
        _TOMCAT,
        "Visitors see files that nothing links to.",
        "web",
    ),
)
