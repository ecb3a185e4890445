"""Which program a command line really runs: programs that only start others are taken off, and shells tell what they are to run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analyzers.shell.tree import Word

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "rbash", "csh", "tcsh"})

# Programs that run another one: the options of theirs that take a value, and how many words of their own follow the options.
_WRAPPERS: dict[str, tuple[str, int]] = {
    "sudo": ("CDghpRrTtUu", 0), "doas": ("Cu", 0), "env": ("uCS", 0), "nice": ("n", 0), "ionice": ("cn", 0), "nohup": ("", 0),
    "setsid": ("", 0), "time": ("fo", 0), "timeout": ("ks", 1), "exec": ("a", 0), "command": ("", 0), "builtin": ("", 0),
    "stdbuf": ("ioe", 0), "xargs": ("aEIiLnPsd", 0), "chroot": ("", 1), "gosu": ("", 1), "su-exec": ("", 1), "runuser": ("u", 0),
    "busybox": ("", 0), "toybox": ("", 0), "tini": ("epv", 0), "dumb-init": ("r", 0), "catchsegv": ("", 0), "eatmydata": ("", 0),
    "retry": ("dt", 0), "unbuffer": ("", 0), "fakeroot": ("lsi", 0), "linux32": ("", 0), "linux64": ("", 0), "chronic": ("", 0),
}  # fmt: skip
_SELF_CONTAINED = frozenset({"busybox", "toybox"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_TAKES_NEXT = re.compile(r"[-+][a-zA-Z]*[oO]")
_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
MAX_WRAPPERS = 8


def base_name(program: str) -> str:
    """Lower-case file name of a program, `.exe` taken off."""
    return re.split(r"[/\\]", program)[-1].lower().removesuffix(".exe")


def unwrap(words: Sequence[Word]) -> tuple[tuple[str, ...], tuple[Word, ...]]:
    """(names of the wrappers, words of the program that runs). At most MAX_WRAPPERS are taken off."""
    wrappers: list[str] = []
    rest = list(words)
    while rest and len(wrappers) < MAX_WRAPPERS:
        name = base_name(rest[0].text)
        if name not in _WRAPPERS or (name in _SELF_CONTAINED and len(rest) > 1 and rest[1].text.startswith("-")):
            break
        inner = _after(name, rest)
        if not inner:
            break
        wrappers.append(name)
        rest = inner
    return tuple(wrappers), tuple(rest)


def _after(wrapper: str, words: list[Word]) -> list[Word]:
    """The words after a wrapper, its options and its own words."""
    valued, own = _WRAPPERS[wrapper]
    index = 1
    while index < len(words):
        text = words[index].text
        if text == "--":
            index += 1
            break
        if text.startswith("-") and len(text) > 1:
            takes_next = not text.startswith("--") and text[-1] in valued and len(text) == 2
            index += 2 if takes_next else 1
        elif _ASSIGNMENT.match(text) and wrapper in ("env", "sudo", "doas"):
            index += 1
        else:
            break
    return words[index + own :]


def shell_text(name: str, words: Sequence[Word]) -> str | None:
    """The text that a command hands to a shell: `sh -c TEXT`, `su -c TEXT`, `eval TEXT`; None where there is none."""
    if name == "eval":
        return " ".join(word.text for word in words[1:])
    if name not in SHELLS and name not in ("su", "runuser"):
        return None
    for index, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-\w*c", word.text) or word.text == "--command":
            return words[index + 1].text if index + 1 < len(words) else None
        if word.text.startswith("--command="):
            return word.text.partition("=")[2]
        if not word.text.startswith(("-", "+")) and not _TAKES_NEXT.fullmatch(words[index - 1].text) and name in SHELLS:
            return None
    return None


def run_by_find(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """The commands that `find` runs for what it finds, as they are written. Source: POSIX, find, -exec and -ok."""
    rest = list(words)
    while start := next((index for index, word in enumerate(rest) if word.text in _RUNS), None):
        end = next((index for index in range(start + 1, len(rest)) if rest[index].text in (";", "+")), len(rest))
        if end > start + 1:
            yield tuple(rest[start + 1 : end])
        rest = rest[end:]


def reads_script_from_stdin(args: Sequence[str]) -> bool:
    """Whether an interpreter with these arguments runs what it reads: no script file and no inline program among them."""
    index = 0
    while index < len(args):
        text = args[index]
        if text in ("-", "--", "/dev/stdin", "/proc/self/fd/0") or re.fullmatch(r"-\w*s\w*", text):
            return True
        if _TAKES_NEXT.fullmatch(text) or text in ("-W", "-X"):
            index += 2
            continue
        if not text.startswith(("-", "+")):
            return False
        if re.fullmatch(r"-\w*[cemnpr]\w*", text) and not re.fullmatch(r"-[xeuvilE]+", text):
            return False
        if text in ("--eval", "--print", "--version", "--help", "-V", "-h"):
            return False
        index += 1
    return True
