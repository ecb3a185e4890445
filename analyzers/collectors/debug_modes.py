"""Settings that switch debugging on: Django and Flask settings, dotenv files, options of the Java virtual machine.

Configuration facts `debug_mode` (name = setting), `django_settings` (name `DEBUG`, value = its expression) and `java_options` (name =
`jdwp`, value = its options). Only these settings are kept, so that nothing else of such files is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.django_settings import debug_setting
from analyzers.collectors.formats.key_values import assignments
from analyzers.contract import BaseCollector, FileView, Wanted
from schemas.facts import Configuration, Directive, Fact

SWITCHES = frozenset({
    "FLASK_DEBUG", "FLASK_ENV", "DJANGO_DEBUG", "APP_DEBUG", "RAILS_ENV", "RACK_ENV", "NODE_ENV", "ASPNETCORE_ENVIRONMENT",
    "DOTNET_ENVIRONMENT", "APP_ENV",
})  # fmt: skip
JDWP = re.compile(r"(?:-agentlib:jdwp=|-Xrunjdwp:)([\w=,.:*\[\]-]+)")
_LIBRARIES = re.compile(r"(?:\A|/)(?:site-packages|dist-packages|node_modules|tests?|vendor|examples?)/")


class DebugModes(BaseCollector):
    """Files of applications; those of libraries and tests are left out."""

    name: ClassVar[str] = "debug_modes"
    version: ClassVar[int] = 4
    tells: ClassVar[tuple[type[Fact], ...]] = (Configuration,)
    wanted: ClassVar[Wanted] = Wanted(
        names=frozenset({"settings.py", ".flaskenv", ".env", "jvm.options", "setenv.sh", "standalone.conf"}),
        suffixes=frozenset({".vmoptions"}),
        max_bytes=512 * 1024,
    )

    def collect(self, file: FileView) -> Iterable[Fact]:
        if _LIBRARIES.search(file.path):
            return
        text = file.data.decode("utf-8", "backslashreplace")
        if file.path.endswith((".vmoptions", "jvm.options", "setenv.sh", "standalone.conf")):
            software, found = "java_options", tuple(_java(text))
        elif file.path.endswith("settings.py"):
            setting = debug_setting(text)
            software, found = "django_settings", (setting,) if setting else ()
        else:
            software, found = "debug_mode", tuple(one for one in assignments(text) if one.name in SWITCHES or one.name.endswith("DEBUG"))
        if found:
            yield Configuration(path=file.path, software=software, directives=found)


def _java(text: str) -> Iterator[Directive]:
    for number, line in enumerate(text.splitlines(), start=1):
        found = None if line.lstrip().startswith("#") else JDWP.search(line)
        if found:
            yield Directive(line=number, name="jdwp", value=found[1])
