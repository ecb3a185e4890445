"""Where code stands that nothing runs: documents, lists of data, and programs that only quote commands.

Guards, detection rules, test suites and training data quote attacks. There a hit is worth a note, not more.
"""

from __future__ import annotations

import re

import re2

DOCUMENT = re.compile(r"(?i)\.(?:md|markdown|rst|adoc|asciidoc|texi|tex)$")
YAML = re.compile(r"(?i)\.ya?ml(?:\.\w{1,8})?$")
YAML_NAMES = re.compile(
    r"(?i)(?:^|/)(?:\.github|\.circleci|\.gitlab|\.woodpecker|\.tekton|\.buildkite|tasks|handlers|playbooks|templates|charts?|cloud-init)/"
    r"|(?:values|action|compose|-ci|pipelines?|cloudbuild|buildspec|user-data|taskfile|playbook)[\w.-]*\.ya?ml"
)
# Keys of continuous integration, Compose, Kubernetes, cloud-init, Ansible, AWS CodeBuild, Taskfile, pre-commit.
YAML_RUNS = re2.compile(
    rb"(?m)\A\s*#cloud-config|^(?:apiVersion|services|jobs|stages|steps|pipelines?|runcmd|bootcmd|write_files|runs|phases|tasks|handlers|hooks"
    rb"|workflows|build|clone|entrypoint|command)\s?:"
    rb"|^[ \t]*(?:-[ \t]*)?(?:hosts|runs-on|(?:before_|after_)?script|runcmd|cmds"
    rb"|(?:ansible\.builtin\.)?(?:shell|raw|script)|postStart|lifecycle)\s?:"
)
PROGRAM = re.compile(r"(?i)\.(?:pyw?|[cm]?jsx?|go|rs|java|kts?|scala|cs|swift)$")
# What a program needs to run a command, here or elsewhere, or to leave it in a file.
USES_COMMANDS = re2.compile(
    rb"\bsubprocess\b|\bos\.(?:system|popen|exec|spawn|startfile|posix_spawn|write)|\bpty\.|\bpopen|\bPopen|create_subprocess"
    rb"|\b(?:exec|eval|system|spawn|getattr|__import__|Function|fetch)\s?\(|\bexec_?(?:command|run)|run_?command|import_module"
    rb"|child_process|\bexec(?:a|Sync|File)|\bspawnSync|shelljs|\bDeno\.|\bBun\.|ProcessBuilder|getRuntime|os/exec|syscall|std::process|\bProcess\b"
    rb"|\brequests\b|\bhttpx\b|aiohttp|urlopen|urllib|\bsocket\b|http\.client|\bhttps?\b[\"']|\baxios\b|paramiko|net/http|HttpClient|WebClient"
    rb"|\.(?:write|send|put|post)\w{0,10}\s?\(|writeFile|\bdocker\b"
)


def nothing_runs(path: str, data: bytes) -> bool:
    """Whether this is a document, or YAML of no kind that runs commands."""
    return bool(DOCUMENT.search(path) or (YAML.search(path) and not YAML_NAMES.search(path) and not YAML_RUNS.search(data)))


def only_quotes_commands(path: str, data: bytes) -> bool:
    """Whether a program in a language that is no shell's has nothing to start, send or store a command with."""
    return bool(PROGRAM.search(path) and not data.startswith(b"#!") and not USES_COMMANDS.search(data))
