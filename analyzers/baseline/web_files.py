"""What a web server really reads: the main file, what it includes where it includes it, links in `sites-enabled` and the like."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from analyzers.baseline.includes import Located, Setting, expanded, files_of
from analyzers.baseline.system import System

_APACHE_INCLUDES = ("include", "includeoptional")
_PHP_FOLDERS = ("conf.d", "php.d", "pool.d", "php-fpm.d")


def nginx_settings(system: System) -> list[Setting]:
    """Settings of nginx with the blocks around their includes. Files of `templates` stand in `conf.d` once the container has started
    (docker-entrypoint of the official image)."""
    files = files_of(system, "nginx")
    for path in list(files):
        folder, name = posixpath.split(path)
        if folder.endswith("/templates") and name.endswith(".template"):
            files.setdefault(f"{folder.removesuffix('templates')}conf.d/{name.removesuffix('.template')}", files[path])
    mains = _mains(files, "nginx.conf")
    return list(_read(files, {main: posixpath.dirname(main) for main in mains}, ("include",)))


def apache_settings(system: System) -> list[Setting]:
    """Settings of httpd in their order. Relative includes start from ServerRoot, by default the folder of the main file, above `conf`."""
    files = files_of(system, "apache")
    mains = _mains(files, "httpd.conf", "apache2.conf")
    return list(_read(files, {main: _server_root(files[main]) for main in mains}, _APACHE_INCLUDES))


def _mains(files: dict[str, Located], *names: str) -> list[str]:
    found = [path for path, located in files.items() if posixpath.basename(path) in names and located[1].path == path]
    return [path for path in found if not _set_aside(path)]


def _server_root(main: Located) -> str:
    given = [one.value.strip("\"'") for one in main[1].directives if one.name == "serverroot"]
    if given:
        return given[0].strip("/")
    folder = posixpath.dirname(main[1].path)
    return posixpath.dirname(folder) if posixpath.basename(folder) == "conf" else folder


def _read(files: dict[str, Located], mains: dict[str, str], includes: tuple[str, ...]) -> Iterator[Setting]:
    """The settings of all main files; of all files that are switched on where no main file is seen, as in a layer that adds one site."""
    for main, root in mains.items():
        yield from expanded(files, main, includes, root, _joined)
    for path, located in files.items() if not mains else ():
        if not _set_aside(path):
            yield from ((located, one) for one in located[1].directives)


def _joined(outside: str, inside: str) -> str:
    return f"{outside} > {inside}" if inside else outside


def _set_aside(path: str) -> bool:
    """Files that are kept but not switched on. The official image of httpd keeps its first configuration in `original`."""
    return any(part in path for part in ("-available/", "/original/", ".dpkg-", ".default", ".bak", ".sample"))


def php_settings(system: System) -> dict[str, list[Setting]]:
    """Folder of each php.ini (one a way to run PHP) -> settings in the order in which they count: php.ini, the files beside it by name,
    then pools of php-fpm, whose values win."""
    files = files_of(system, "php")
    bases: dict[str, list[tuple[int, str]]] = {}
    for path in sorted(files):
        folder, name = posixpath.split(path)
        if name == "php.ini":
            bases.setdefault(folder, []).append((0, path))
        elif posixpath.basename(folder) in _PHP_FOLDERS:
            base = posixpath.dirname(folder)
            pool = posixpath.basename(folder) in _PHP_FOLDERS[2:]
            bases.setdefault(f"{base}/php" if pool and base == "usr/local/etc" else base, []).append((2 if pool else 1, path))
    return {
        base: [(files[path], one) for _, path in sorted(found) for one in files[path][1].directives]
        for base, found in bases.items()
    }  # fmt: skip
