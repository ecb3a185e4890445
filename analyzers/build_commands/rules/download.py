"""Rules of class `download`: what a build fetches, and how it is trusted."""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.build_commands.pipes import downloads_into_interpreter
from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from schemas.vocabulary import Level


def pipe_to_shell(build: Build) -> Iterator[Hit]:
    for step in build.of("RUN"):
        for subject in downloads_into_interpreter(step.script):
            yield step_hit(step, subject)
    for place, script in build.start.items():
        for subject in downloads_into_interpreter(script):
            yield Hit(place, subject, subject)


RULES: tuple[Rule, ...] = (
    Rule(
        "pipe_to_shell", "download", Level.HIGH, "Download is run unseen",
        "A script is fetched and handed straight to an interpreter: whoever controls the server, or the way to it, runs code in the build.",
        "Download to a file, compare its checksum or signature, then run it; better, install a package of a fixed version.",
        pipe_to_shell,
    ),
)  # fmt: skip
