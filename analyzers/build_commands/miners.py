"""Commands that mine cryptocurrency or fetch what does. Names are those of public mining programs."""

from __future__ import annotations

import re

from analyzers.build_commands.targets import option_values
from analyzers.shell.tree import Command

_PROGRAMS = (
    "xmrig|xmrig-\\w+|xmr-stak\\w*|minerd|cpuminer\\S*|cgminer|bfgminer|ethminer|nbminer|lolminer|phoenixminer|nanominer|ccminer|t-rex-miner|gminer"
    "|teamredminer|srbminer\\S*|wildrig\\S*|nheqminer|claymore\\S*|kdevtmpfsi|kinsing|kworkerds|sgminer|xmrigdaemon|xmrigminer|moneroocean\\S*|cpuminer-multi"
)
_PROGRAM = re.compile(rf"(?:{_PROGRAMS})$")
_FETCHED = re.compile(rf"[/=](?:{_PROGRAMS})(?:[-_.][\w.-]*)?(?:/|\.git|\.tar|\.zip|$)", re.IGNORECASE)
_POOL = re.compile(r"(?i)\bstratum\d?\+(?:tcp|ssl|tls|udp|ws|wss)://")
_ALGORITHM = re.compile(
    r"(?i)(?:rx/\w+|randomx|cryptonight\S*|cn/\S+|cn-\S+|ethash|etchash|kawpow|argon2/\S+|astrobwt\S*|ghostrider|gr|progpow\S*|autolykos2?)$"
)
_MINER_OPTION = re.compile(r"--(?:donate-level|randomx-\S+|cpu-max-threads-hint|nicehash|rig-id|coin)(?:=|$)")
_FETCHERS = frozenset({"curl", "wget", "git", "aria2c", "apt-get", "apt", "apk", "yum", "dnf", "docker"})


def mines(command: Command) -> bool:
    """Whether a command starts a miner, talks to a pool, or fetches a miner."""
    if _PROGRAM.match(command.name):
        return True
    if any(_POOL.search(arg) for arg in command.args) and command.name not in ("grep", "egrep", "rg", "yara", "sed"):
        return True
    args = command.args
    algorithms = option_values(args, "-a", "--algo")
    pool = any(arg in ("-o", "--url", "-P") or arg.startswith("--url=") for arg in args)
    if pool and (any(_ALGORITHM.match(value) for value in algorithms) or any(_MINER_OPTION.match(arg) for arg in args)):
        return True
    return command.name in _FETCHERS and any(_FETCHED.search(arg) or _PROGRAM.match(arg) for arg in args if not arg.startswith("-"))
