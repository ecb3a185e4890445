"""Where settings come from: the environment and the TOML file, and the sentences that say what is wrong there."""

from __future__ import annotations

import difflib
import logging
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

PREFIX = "IMAGERISK_"
# Kubernetes gives every pod such variables for a Service whose name begins with ours; they are no settings.
SERVICE_LINK = re.compile(r"_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP)(_[A-Z]+)?$")

_log = logging.getLogger("imagerisk.settings")


class SettingsError(Exception):
    """A setting that cannot be used, as one sentence that names the file or variable, the key and what is allowed."""


def from_environment(environment: Mapping[str, str], known: set[str]) -> dict[str, Any]:
    """The settings in `IMAGERISK_...` variables, nested by double underscores. An unknown name gives a warning, not an error: other
    programs may use the prefix for their own ends."""
    values: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or SERVICE_LINK.search(name) or re.match(r"(tcp|udp)://", value):
            continue
        first, *rest = name.removeprefix(PREFIX).lower().split("__")
        if first not in known:
            _log.warning("%s is not a setting and has no effect%s", name, _nearest(first, known, "; the nearest is " + PREFIX))
        elif not rest:
            values[first] = value
        else:
            place = values.setdefault(first, {})
            for part in rest[:-1]:
                place = place.setdefault(part, {})
            place[rest[-1]] = value
    return values


def from_file(path: Path, known: set[str], *, required: bool) -> dict[str, Any]:
    """The settings in a TOML file; none if it is absent and not `required`. Raises SettingsError."""
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except FileNotFoundError:
        if required:
            raise SettingsError(f"the configuration file {path} does not exist: create it, or unset {PREFIX}CONFIG") from None
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    for key in values:
        if key in {"home", "config"}:
            raise SettingsError(f"{path}: `{key}` says where this file is, so it can only be set as {PREFIX}{key.upper()}")
        if key not in known:
            nearest = _nearest(key, known, "; did you mean ")
            raise SettingsError(f"{path}: unknown key `{key}`{nearest} (allowed: {', '.join(sorted(known))})")
    return values


def explain(error: ValidationError, from_variables: Mapping[str, Any], config: Path) -> str:
    """The first error of a validation as one sentence: place, key, value and what is allowed."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    value = "" if _is_secret(key) else f" ({first['input']!r})"
    if first["loc"] and first["loc"][0] in from_variables:
        return f"{PREFIX}{'__'.join(str(part) for part in first['loc']).upper()}{value}: {message}"
    return f"{config}: `{key}`{value}: {message}"


def _is_secret(key: str) -> bool:
    return key == "clickhouse" or any(word in key for word in ("password", "secret", "token"))


def _nearest(name: str, known: set[str], introduction: str) -> str:
    nearest = difflib.get_close_matches(name, known, 1)
    if not nearest:
        return ""
    return introduction + (nearest[0].upper() if introduction.endswith(PREFIX) else nearest[0])
