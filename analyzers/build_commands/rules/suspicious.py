"""Rules of class `suspicious`: what an honest build has no reason to do."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from analyzers.build_commands.miners import mines
from analyzers.build_commands.pipes import decoded_into_interpreter, interpreter
from analyzers.build_commands.reverse_shells import reverse_shells
from analyzers.build_commands.rule import Build, Hit, Rule, step_hit
from analyzers.build_commands.steps import Step
from analyzers.build_commands.targets import operands, redirected
from analyzers.shell.tree import Command, Script, commands
from schemas.vocabulary import Level

_SECURITY = re.compile(
    r"(?:auditd|apparmor|selinux|firewalld|ufw|iptables|nftables|fail2ban|clamav(?:-\w+)?|clamd|falco|falcon-sensor|ossec|wazuh-agent|aide|rkhunter|tripwire"
    r"|osqueryd?|crowdsec|aegis|aliyun-service|cloudmonitor|sysdig|auditbeat|samhain|snort|suricata|td-agent-bit-security)(?:\.service)?$"
)
_WINDOWS_SECURITY = re.compile(
    r"(?i)set-mppreference\b[^;|\n]{0,200}-disable\w+\s+(?:\$true|1)\b|set-netfirewallprofile\b[^;|\n]{0,200}-enabled[ :]+(?:\$?false|0)\b"
    r"|netsh\s+advfirewall\s+set\s+\w+\s+state\s+off|(?:stop-service|set-service|net\s+stop|sc(?:\.exe)?\s+(?:stop|delete|config))\b[^;|&\n]{0,80}"
    r"\b(?:windefend|mpssvc|sense|wdnissvc)\b|(?:uninstall|remove)-windowsfeature\b[^;|\n]{0,80}windows-defender"
)
_HISTORY_FILES = re.compile(
    r"/\.(?:ba|z|a)?sh_history$|/\.(?:mysql|psql|python|rediscli)_history$|/var/log/(?:auth\.log|secure|wtmp|utmp|audit(?:/\S*)?)$|/\.history$"
)
_DECODED_CODE = re.compile(
    r"(?s)(?:exec|eval|system|assert|compile|Invoke-Expression|iex)\b.{0,200}?(?:b64decode|base64_decode|decode64|frombase64string|unhexlify|fromhex"
    r"|bytes\.fromhex|gzinflate|str_rot13|codecs\.decode|marshal\.loads|zlib\.decompress|unpack\s*\(?[\"']|MIME::Base64|Buffer\.from|atob)",
    re.IGNORECASE,
)
_ENCODED_POWERSHELL = re.compile(r"-(?:e|en|enc|enco\w*)$", re.IGNORECASE)


def _scripts(build: Build) -> Iterator[tuple[Script, Hit]]:
    """Every script with a hit that tells its place."""
    for step in build.of("RUN"):
        yield step.script, step_hit(step, "")
    for place, script in build.start.items():
        yield script, Hit(place, "", "; ".join(command.text for command in commands(script))[:2000])


def _at(where: Hit, subject: str) -> Hit:
    return Hit(where.place, " ".join(subject.split()), where.evidence, where.layer)


def suspicious_command(build: Build) -> Iterator[Hit]:
    """A miner or a reverse shell in a RUN step, in the start command or in the health check."""
    for script, where in _scripts(build):
        yield from (_at(where, command.text) for command in commands(script) if mines(command))
        yield from (_at(where, text) for text in reverse_shells(script))


def encoded_command(build: Build) -> Iterator[Hit]:
    """Something encoded is decoded and run."""
    for script, where in _scripts(build):
        yield from (_at(where, text) for text in decoded_into_interpreter(script))
        yield from (_at(where, command.text) for command in commands(script) if _runs_encoded(command))


def _runs_encoded(command: Command) -> bool:
    if command.name in ("powershell", "pwsh"):
        return any(_ENCODED_POWERSHELL.match(arg) and len(text) > 15 for arg, text in pairwise(command.args))
    return bool(interpreter(command.name)) and any(_DECODED_CODE.search(arg) for arg in command.args)


def security_tool_disabled(build: Build) -> Iterator[Hit]:
    for step, command in build.calls():
        if _disables(command):
            yield step_hit(step, command.text)
    for step in build.of("RUN"):
        if _on_windows(step) and (found := _WINDOWS_SECURITY.search(step.text)):
            yield step_hit(step, found[0])


def _on_windows(step: Step) -> bool:
    return bool(re.search(r"(?i)powershell|pwsh|cmd", step.shell)) or bool({"powershell", "pwsh", "cmd"} & step.programs)


def _disables(command: Command) -> bool:
    name, args = command.name, command.args
    words = set(operands(args))
    named = any(_SECURITY.match(word) for word in words)
    if name == "setenforce":
        return args[:1] in (("0",), ("Permissive",), ("permissive",))
    if name == "systemctl":
        return named and bool({"stop", "disable", "mask"} & words)
    if name in ("service", "rc-service", "chkconfig", "update-rc.d", "rc-update"):
        return named and bool({"stop", "off", "disable", "remove", "del"} & words)
    if name in ("killall", "pkill"):
        return named
    if name in ("apt-get", "apt", "yum", "dnf", "apk", "zypper"):
        return named and bool({"remove", "purge", "del", "erase", "autoremove"} & words)
    if name in ("ufw", "aa-teardown", "aa-disable"):
        return name != "ufw" or "disable" in words
    if name in ("iptables", "ip6tables", "nft"):
        return "-F" in args or "--flush" in args or "flush" in words
    if name == "auditctl":
        return "-e" in args and "0" in words
    return name == "sed" and any(re.search(r"SELINUX=.*[/|#,]SELINUX=(?:disabled|permissive)", arg) for arg in args)


def history_cleared(build: Build) -> Iterator[Hit]:
    """Traces of what was done are removed or not kept."""
    for name, value in build.settings.env:
        if (name == "HISTFILE" and value == "/dev/null") or (name in ("HISTSIZE", "HISTFILESIZE") and value == "0"):
            yield Hit(f"config.Env[{name}]", name, f"{name}={value}")
    for step, command in build.calls():
        if _clears(command):
            yield step_hit(step, command.text or " ".join(f"{name}={value.text}" for name, value in command.assignments))


def _clears(command: Command) -> bool:
    name, args = command.name, command.args
    if name == "history":
        return any(arg in ("-c", "-cw", "-wc", "-w -c") for arg in args)
    if name == "unset":
        return "HISTFILE" in args
    assigned = {one: value.text for one, value in command.assignments}
    if name == "export":
        assigned |= {arg.partition("=")[0]: arg.partition("=")[2] for arg in args}
    if assigned.get("HISTFILE") == "/dev/null" or assigned.get("HISTSIZE") == "0" or assigned.get("HISTFILESIZE") == "0":
        return True
    if name in ("rm", "shred", "truncate", "ln", "unlink"):
        return any(_HISTORY_FILES.search(arg) or re.fullmatch(r"~?/?\.bash_history", arg) for arg in args)
    emptied = name in ("", ":", "true", "cat") and (name != "cat" or args == ("/dev/null",))
    return emptied and any(_HISTORY_FILES.search(path) for path in redirected(command.redirections))


def ld_preload_set(build: Build) -> Iterator[Hit]:
    """A library is loaded into every program, and no package owns it."""
    for name, value in build.settings.env:
        if name == "LD_PRELOAD" and (strange := [one for one in re.split(r"[:\s]+", value) if one and not _owned(build, one)]):
            yield Hit(f"config.Env[{name}]", " ".join(strange), f"{name}={value}")
    for step, command in build.calls():
        targets = [one.target.text for one in command.redirections if one.writes] + (
            list(command.args) if command.name in ("tee", "cp", "mv", "ln") else []
        )
        if any(target.endswith("/etc/ld.so.preload") for target in targets):
            yield step_hit(step, command.text)
    for step in build.of("ADD", "COPY"):
        if step.arguments and step.arguments[-1] == "/etc/ld.so.preload":
            yield step_hit(step, step.text)


def _owned(build: Build, library: str) -> bool:
    path = posixpath.normpath(library).lstrip("/")
    merged = path.removeprefix("usr/") if path.startswith("usr/") else "usr/" + path
    return path in build.owned or merged in build.owned


RULES: tuple[Rule, ...] = (
    Rule(
        "suspicious_command", "suspicious", Level.HIGH, "Miner or reverse shell",
        "A build step or the start command runs a cryptocurrency miner, or hands a shell to somebody on the network.",
        "Do not run the image. Find out who built it, and rebuild it from sources that you trust.",
        suspicious_command,
    ),
    Rule(
        "encoded_command", "suspicious", Level.HIGH, "Encoded command is run",
        "A command is decoded and run at once: its text hides what it does.",
        "Decode it and read it. Honest builds have no reason for this.",
        encoded_command, version=2,
    ),
    Rule(
        "security_tool_disabled", "suspicious", Level.MEDIUM, "Security tool is disabled",
        "A step stops, removes or switches off a security tool.",
        "Remove the step, or note why it is needed.",
        security_tool_disabled, version=2,
    ),
    Rule(
        "history_cleared", "suspicious", Level.MEDIUM, "Shell history or login records are cleared",
        "A step removes a shell history or login records, or keeps them from being written.",
        "Find out what was to be hidden.",
        history_cleared,
    ),
    Rule(
        "ld_preload_set", "suspicious", Level.MEDIUM, "Library is loaded into every program",
        "LD_PRELOAD or /etc/ld.so.preload loads a library that belongs to no package into every program: a usual way to hide malware.",
        "Remove it, or install the library as a package.",
        ld_preload_set,
    ),
)  # fmt: skip
