"""What is not worth opening or reading: documentation, and what is idle by its name as well as by its content."""

from __future__ import annotations

from analyzers.archives.formats import archive_format

QUIET_FOLDERS = tuple(f"usr/share/{name}/" for name in ("doc", "man", "info", "locale", "fonts", "icons", "zoneinfo"))
IDLE = (
    ".class", ".pyc", ".png", ".gif", ".jpg", ".jpeg", ".ico", ".ttf", ".woff", ".woff2", ".eot", ".otf", ".mo",
)  # fmt: skip
SCRIPTED = (".jar", ".war")
RUNS = (b"\x7fELF", b"MZ", b"#!", b"\xcf\xfa\xed\xfe")


def worth_opening(path: str) -> bool:
    """Whether an archive at this path of a layer is opened: not the documentation of a distribution's packages."""
    return not path.startswith(QUIET_FOLDERS)


def outermost_format(path: str, head: bytes) -> str:
    """The format of a file of the layer. Executable jars begin with a shell script (Spring Boot), which only their name tells."""
    return archive_format(head) or ("zip" if head.startswith(b"#!") and path.endswith(SCRIPTED) else "")


def idle(name: str, head: bytes) -> bool:
    """Whether a member of an archive is a picture, a font, a catalogue or byte code, as both its name and its first bytes say."""
    if not name.lower().endswith(IDLE) or head.startswith(RUNS) or archive_format(head):
        return False
    return any(byte < 9 or 13 < byte < 27 for byte in head[:64])  # control characters: no text
