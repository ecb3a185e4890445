"""How a process without a port says that it is ready."""

from __future__ import annotations

from infra.settings import Settings


def announce_ready(settings: Settings) -> None:
    """Create the file that the supervisor waits for; nothing to do outside a supervisor."""
    if settings.ready_file:
        settings.ready_file.touch()
