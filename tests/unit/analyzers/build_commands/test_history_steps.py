"""History entries of the builders: docker, BuildKit, buildah, kaniko and tools without instructions."""

from __future__ import annotations

import pytest

from analyzers.build_commands.steps import Step, read_step
from analyzers.shell.reader import Budget
from schemas.facts import HistoryStep


def step(text: str) -> Step:
    return read_step(HistoryStep(index=3, layer=1, created_by=text), Budget())


@pytest.mark.parametrize(
    ("text", "shell", "names"),
    [
        ("/bin/sh -c apt-get update", "/bin/sh -c", ["apt-get"]),
        ("|2 A=x y B=z /bin/sh -c make a && b", "/bin/sh -c", ["make", "b"]),
        ("RUN /bin/sh -c a # buildkit", "/bin/sh -c", ["a"]),
        ("RUN |1 T=ghp_**** /bin/bash -o pipefail -c a | b # buildkit", "/bin/bash -o pipefail -c", ["a", "b"]),
        ("RUN /bin/ash -eo pipefail -c a # buildkit", "/bin/ash -eo pipefail -c", ["a"]),
        ("RUN /bin/sh -c set -e\na\nb\n # buildkit", "/bin/sh -c", ["set", "a", "b"]),
        ("RUN --mount=type=cache,target=/x --network=none a && b", "", ["a", "b"]),
        ('RUN ["/bin/bash", "-c", "a; b"]', "", ["bash", "a", "b"]),
        ('RUN ["a", "b; c"]', "", ["a"]),
        ("RUN a b # buildkit", "", ["a"]),
        ("cmd /S /C a b", "cmd /S /C", ["a"]),
        ("powershell -Command $ErrorActionPreference = 'Stop'; a", "powershell -Command", ["$erroractionpreference", "a"]),
    ],
)
def test_run(text: str, shell: str, names: list[str]) -> None:
    found = step(text)
    assert (found.instruction, found.shell, [command.name for command in found.commands]) == ("RUN", shell, names)
    assert (found.place, found.layer) == ("history[3]", 1)


@pytest.mark.parametrize(
    ("text", "instruction", "arguments", "hashed"),
    [
        ("/bin/sh -c #(nop) ADD file:2e3a37883f56a4a278 in / ", "ADD", ("file:2e3a37883f56a4a278", "/"), True),
        ("/bin/sh -c #(nop) COPY multi:2e3a37883f56a4a278 in /a b/ ", "COPY", ("multi:2e3a37883f56a4a278", "/a b/"), True),
        ("/bin/sh -c #(nop) ADD 5feceb66ffc86f38d952786c6d696c79 in /x", "ADD", ("5feceb66ffc86f38d952786c6d696c79", "/x"), True),
        ("COPY --from=build --chmod=755 a b /c/ # buildkit", "COPY", ("a", "b", "/c/"), False),
        ('COPY ["a b", "/c"]', "COPY", ("a b", "/c"), False),
        ("COPY <<EOF /etc/x # buildkit", "COPY", ("<<EOF", "/etc/x"), False),
        ("WORKDIR /app", "WORKDIR", ("/app",), False),
        ("|1 A=b /bin/sh -c #(nop)  USER app", "USER", ("app",), False),
    ],
)
def test_other_instructions(text: str, instruction: str, arguments: tuple[str, ...], hashed: bool) -> None:
    found = step(text)
    assert (found.instruction, found.arguments, found.hashed) == (instruction, arguments, hashed)


def test_flags() -> None:
    assert step("COPY --from=build --link --chmod=755 a /b").flags == {"from": "build", "link": "", "chmod": "755"}
    assert step("RUN --mount=type=cache,target=/a --mount=type=tmpfs,target=/b x").flags["mount"].split() == [
        "type=cache,target=/a", "type=tmpfs,target=/b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "bazel build ...", "jib-maven-plugin:3.4.0", "ko build ko://example.org/app", "apko", "/bin/sh", "bash",
     "Buildpacks Launcher Config", "# debian.sh --arch 'amd64' out/ 'trixie' '@1763337600'", "COPYRIGHT notice", "RUNNER x"],
)  # fmt: skip
def test_entries_without_instruction(text: str) -> None:
    assert step(text).instruction == ""
