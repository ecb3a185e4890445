"""What a script fetches and later runs: the same file or variable, which a pattern without references to its own groups cannot say.

A rule of ours names this with `confirm` in its meta: it finds scripts that may do so, this decides. Where the address is plain or the
place is a usual one, a script that fetches an installer and runs it is an installer: only bare addresses, paste and file drop services
and hidden targets count. Code that Python or Node takes from the network and runs in itself counts from anywhere.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import re2

MAX_TEXT = 256 * 1024  # what is longer is looked at to here: the closer look takes up to 4 s a megabyte of what was made to slow it
MAX_FETCHES = 60
AHEAD = 4000  # bytes behind a fetch in which its result has to run


class Span(NamedTuple):
    """Where in the text the proof stands, and the highest score that it is worth."""

    offset: int
    length: int
    most: int = 100


NOTICE = 64
DUBIOUS = re.compile(
    rb"(?i)(?:^|[/@\s\"'=(])(?!127\.|0\.0\.0\.0|169\.254\.)(?:\d{1,3}\.){3}\d{1,3}(?:[:/\s\"')]|$)|\.onion\b|\.(?:tor2web|onion\.\w+)/"
    rb"|\b(?:pastebin\.com/raw|paste\.(?:ee|rs)/|rentry\.(?:co|org)/|dpaste\.\w+/|ghostbin\.|hastebin\.|termbin\.com|ix\.io/|0x0\.st|transfer\.sh"
    rb"|temp\.sh/|bashupload\.com|oshi\.at|file\.io/|gofile\.io|anonfiles|catbox\.moe|tmpfiles\.org|filebin\.net|cdn\.discordapp\.com"
    rb"|gist\.githubusercontent\.com|\w+\.ngrok(?:-free)?\.(?:io|app)|\w+\.trycloudflare\.com|\w+\.duckdns\.org|\w+\.serveo\.net)"
)
HIDDEN_TARGET = re.compile(rb"^/dev/shm/|^/(?:var/)?tmp/(?:[^\s]*/)?\.\w|^/run/\.\w|^/var/run/\.\w")
CONTINUED = re.compile(rb"\\\n")
ASSIGNED = re2.compile(rb"(?m)(?:^|[;&]|\bexport\s|\blocal\s)[ \t]*(\w{1,40})=[\"']?([\w.:/@%+~-]{3,200})")
VARIABLE = re.compile(rb"\$\{?(\w{1,40})\}?")
FETCH = re.compile(rb"(?:curl|wget)\s+([^\n;&|`]{4,400})")
BEFORE_FETCH = re.compile(
    rb"(?:(\w{1,40})=[\"']?(?:\$\(|`)\s*)?(?<![\w./-])(?:/usr)?(?:/bin/)?\Z"
)  # apart: it would be tried at each letter
BEFORE_BYTES = 80
FUNCTION = re.compile(rb"(?m)^[ \t]{0,20}(?:function[ \t]+)?([a-zA-Z_]\w{0,30})[ \t]?\(\)\s{0,3}\{((?:[^}$]|\$\{[^}]{0,40}\}|\$){0,600})")
WORD = re.compile(rb"\"[^\"\n]*\"|'[^'\n]*'|[^\s\"']+")
HANDS_ON = re2.compile(rb"\b(?:curl|wget)\s[^\n]{0,300}\$\{?[1@]")
TARGET = re.compile(
    rb"(?:\s|^)(?:-\w*[oO]\s*|--output(?:-document)?[ =])[\"']?([^\s\"'>)-][^\s\"'>)]{0,200})|[^2]>\s*[\"']?([^\s\"'>&)]{1,200})"
)
ADDRESS = re.compile(rb"(?:https?|ftp)://[^\s\"')>]+|(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}[:/][^\s\"')>]+")
BEGINS = rb"(?:^|[;&|({`\n]|\b(?:then|do|else|nohup|setsid|exec|sudo|eval|env|time)\s|-c\s|\bExecStart\w{0,9}=[-@:+!|]{0,3})\s*[\"']?"
SHELL = rb"(?:(?:/\w+)*/)?(?:ba|da|z|k|a)?sh"
RUNNER = rb"(?:" + SHELL + rb"|source|\.|(?:(?:/\w+)*/)?(?:python[\d.]*|perl|php|node|ruby))\s+(?:-\S+\s+)*[\"']?"
DECODED = rb"(?:\|\s*(?:base64|openssl|rev|tr|gunzip|xxd)\b[^\n|]{0,40})?"
ENDS = rb"(?=[\s;&\"'|)`}]|$)"

HOST = re.compile(rb"(?i)https?://(?:[^\s/@\"']{1,80}@)?([\w.-]{1,120})")
INSTALLERS = frozenset({
    b"community.chocolatey.org", b"chocolatey.org", b"get.scoop.sh", b"bootstrap.pypa.io", b"dot.net", b"aka.ms", b"sh.rustup.rs",
    b"install.python-poetry.org", b"astral.sh", b"get.pnpm.io", b"bun.sh", b"deno.land", b"get.docker.com", b"get.k3s.io",
})  # fmt: skip

ITSELF = re.compile(rb"(?<![\w.])(?:127\.\d{1,3}|169\.254)\.\d")
TOLD = re.compile(rb"(?i)^ir[m]\s+(?:-\w+\s+)?[\"']?https://[^\s|\"']{4,120}[\"']?\s{0,3}\|\s{0,3}ie[x]$")
CHECKED = re.compile(rb"\b(?:sha\d{3}sum|shasum|gpg|gpgv|cosign|minisign|openssl\s+dgst)\b")

PYTHON_RUNS = re2.compile(rb"\b(?:exec|eval|os\.(?:system|popen|exec\w{1,3}|spawn\w{1,3})|subprocess\.\w+|Popen)\s*\(")
GOT = re2.compile(
    rb"(?m)^[ \t]*(?:async\s+)?(?:with\s+)?(?:(\w{1,40})\s*=\s*(?:await\s+)?)?(?:[\w.]{1,60}\.)?"
    rb"(?:urlopen|requests\.(?:get|post)|httpx\.(?:get|post))\s*\([^\n]*?(?:\)\s*as\s+(\w{1,40}))?[ \t]*(?::|\n|;|$)"
)
RETRIEVED = re2.compile(
    rb"\burlretrieve\s*\(\s*([^,\n]{1,200}),\s*(?:filename\s*=\s*)?([^,)\n]{1,120})|open\s*\(\s*([^,\n]{1,120}),\s*[\"']wb?\+?[\"']"
)
WRITTEN = re2.compile(rb"\b(\w{1,30})\.write\s*\(\s*(?:[\w.]{1,40}\.)?(?:urlopen|requests\.get)\s*\(")
IN_SECRET = re2.compile(rb"\bDEVNULL\b|\bstart_new_session\b|\bSTARTUPINFO\b|\bCREATE_NO_WINDOW\b|/dev/null")
STARTS = rb"\b(?:os\.(?:system|popen|exec\w{1,3}|spawn\w{1,3}|startfile)|subprocess\.\w{3,20}|Popen)\s*\([^\n]{0,160}?"
NODE = re2.compile(rb"\brequire\s*\(|\bprocess\.|\bfrom\s+[\"'](?:node:)?(?:https?|axios|node-fetch|got)")
COLLECTED = re2.compile(rb"\.on\s*\(\s*[\"']data[\"']\s*,[^+;\n]{1,60}?(\w{1,30})\s*(?:\+=|\.push\()")
NODE_FETCH = re2.compile(
    rb"\bhttps?(?:[\"']\s*\))?\s*\.(?:get|request)\s*\(|\b(?:axios|got|fetch|needle)\b\s*(?:\.\w+\s*)?\(|\brequest\s*\("
)
NODE_RUNS = rb"(?:\beval|\bFunction|\brunIn\w{2,12}Context|\._compile|\bexec(?:Sync)?)\s*\(\s*(?:[\"']\w*[\"']\s*,\s*){0,4}"
NODE_FETCHED = re2.compile(rb"\bfetch\s*\(\s*[\"'`]https?://[^\"'`\n]{3,200}[\"'`]")
NODE_TEXT = re.compile(rb"^[^}]{0,200}?\b([\w$]{1,20})\s*=\s*(?:await\s+|\(await\s+)[\w$]{1,20}\)?\.text\s*\(\s*\)")
NODE_THEN = re.compile(
    rb"^[^;]{0,160}?\.text\s*\(\s*\)[^;]{0,40}?\.then\s*\(\s*(?:\(?0,\s*)?(?:eval\b"
    rb"|\(?(\w{1,20})\)?\s*=>\s*\{?\s*(?:\(0,\s*)?(?:eval|new Function)\)?\(\s*\1\b)"
)
NODE_NAMED = re2.compile(rb"\b(?:const|let|var)\s+([\w$]{1,30})\s*=\s*([\"'`][^\"'`\n]{2,120}[\"'`])")
NODE_SAVED = re2.compile(rb"\b(?:createWriteStream|writeFile(?:Sync)?)\s*\(\s*([\w$]{1,30}|[\"'`][^\"'`\n]{2,120}[\"'`])\s*[,)]")
NODE_STARTS = rb"\b(?:spawn|exec|execFile|fork)(?:Sync)?\s*\(\s*(?:`\$\{|[\"'`](?:(?:ba|z)?sh|node|python\d?) ?[\"'`]\s*[+,]\s*\[?\s*)?"
ANSWER = re2.compile(
    rb"(?:\beval|\bFunction|\brunIn\w{2,12}Context|\._compile)\s*\(\s*(?:[\"']\w*[\"']\s*,\s*){0,4}(?:await\s+)?"
    rb"(?:res|resp|response|r|err|e|error|result|x|ret)\w{0,6}(?:\.response)?(?:\.data(?:\.\w{1,20})?|\.text\s*\(\s*\)|\.body|\.cookie)\s*[,)]"
)


def by_address(data: bytes, first: Span) -> Span:
    """What was found; worth a note where every address in the script is one that a well-known installer is fetched from, or where it is the
    line that installers tell people to type, from a named host."""
    hosts = {host.lower() for host in HOST.findall(data[:MAX_TEXT])}
    line = data[first.offset : first.offset + first.length]
    told = TOLD.search(line) and not DUBIOUS.search(line)
    return first._replace(most=NOTICE) if (hosts and hosts <= INSTALLERS) or told else first


def unchecked_or_dubious(data: bytes, first: Span) -> Span:
    """What was found; worth a note where nothing of the script comes from a dubious place, and it checks a sum or a signature or speaks to
    the machine itself or to its provider's metadata service."""
    text = data[:MAX_TEXT]
    line = text[first.offset : first.offset + first.length]
    harmless = not DUBIOUS.search(text) and (CHECKED.search(line) or ITSELF.search(line))
    return first._replace(most=NOTICE) if harmless else first


def what_was_fetched_runs(data: bytes, _first: Span) -> Span | None:
    """The first place where a script runs what it has fetched before, or None. `data`: the script without its comments."""
    text = CONTINUED.sub(b"  ", data[:MAX_TEXT])
    for found in (_shell(text), _python(text), _node(text)):
        for span in found:
            return span
    return None


def node_runs_what_it_fetched(text: bytes) -> bool:
    """Whether JavaScript fetches text and runs it in itself."""
    return next(_node(text), None) is not None


def _shell(text: bytes) -> Iterator[Span]:
    values: dict[bytes, bytes] | None = None

    def expanded(words: bytes) -> bytes:
        nonlocal values
        if b"$" not in words:
            return words
        if values is None:
            values = dict(ASSIGNED.findall(text))
        return VARIABLE.sub(lambda one: values.get(one[1], one[0]), words)

    for number, (before, fetch) in enumerate(_fetches(text)):
        if number >= MAX_FETCHES:
            return
        words = expanded(fetch[1])
        behind = text[fetch.end() : fetch.end() + AHEAD]
        target = _target(fetch[1], words)
        dubious = DUBIOUS.search(words) or HIDDEN_TARGET.search(expanded(target))
        runs = _variable_runs(before[1]) if before[1] else _file_runs(target) if target else None
        ran = re.search(runs, behind) if dubious and runs else None
        if ran and not (CHECKED.search(behind[: ran.start()]) and not DUBIOUS.search(words)):
            yield Span(fetch.start() - len(before[0]), len(before[0]) + len(fetch[0]))
    for call in itertools.islice(_calls(text), MAX_FETCHES):
        first, *others = WORD.findall(call[1])
        source = expanded(first)
        target = others[0].strip(b"\"'") if others else _target(b"", source)
        if target and DUBIOUS.search(source) and re.search(_file_runs(target), text[call.end() : call.end() + AHEAD]):
            yield Span(call.start(1), len(call[1]))


def _calls(text: bytes) -> Iterator[re.Match[bytes]]:
    """Calls of the script's own functions that hand an address on to curl or wget; group 1: what they are given."""
    given = HANDS_ON.search(text)
    functions = itertools.islice(FUNCTION.finditer(text), MAX_FETCHES) if given else ()
    names = [re.escape(one[1]) for one in functions if HANDS_ON.search(one[2])]
    if names:
        yield from re.finditer(
            rb"(?m)(?:^|[;&|]|\b(?:then|do)\s)[ \t]{0,40}(?:" + b"|".join(names) + rb")[ \t]+([^\s;&|][^\n;&|]{4,300})", text
        )


def _fetches(text: bytes) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """What stands before each call of curl or wget, and the call."""
    for fetch in FETCH.finditer(text):
        before = BEFORE_FETCH.search(text, max(0, fetch.start() - BEFORE_BYTES), fetch.start())
        if before:
            yield before, fetch


def _target(words: bytes, expanded: bytes) -> bytes:
    """The file that curl or wget writes: the one it is told, else the last part of the address."""
    told = TARGET.search(words)
    if told:
        name: bytes = told[1] or told[2]
        if not name.startswith((b"http:", b"https:", b"/dev/null")):
            return name
    address = ADDRESS.search(expanded)
    last = address[0].partition(b"?")[0].rpartition(b"/")[2] if address else b""
    return last if len(last) > 1 else b""


def _file_runs(target: bytes) -> bytes:
    name = target.strip(b"\"'{}").rpartition(b"/")[2]
    if target.startswith(b"$") and b"/" not in target:
        file = rb"\$\{?" + re.escape(target.strip(b"${}")) + rb"\}?"
        direct = file
    else:
        file = rb"(?:[\w.~$\{\}-]*/)*" + re.escape(name)
        direct = rb"(?:[\w.~$\{\}-]*/)+" + re.escape(name)
    piped = rb"\bcat\s+[\"']?" + file + rb"[\"']?\s*\|\s*(?:sudo\s+)?" + SHELL + rb"\b|" + SHELL + rb"\s*<\s*[\"']?" + file
    return BEGINS + rb"(?:" + RUNNER + file + ENDS + rb"|" + direct + ENDS + rb")|" + piped + ENDS


def _variable_runs(name: bytes) -> bytes:
    value = rb"[\"']?\$\{?" + name + rb"\b"
    ends = rb"\}?[\"']?\s*"
    run = rb"\b(?:eval|" + SHELL + rb"\s+-\w*c|python[\d.]*\s+-c|source)\s+" + value
    piped = rb"\b(?:echo|printf)\s[^\n|]{0,16}" + value + ends + DECODED + rb"\|\s*(?:sudo\s+)?" + SHELL + rb"\b"
    here = SHELL + rb"\s[^\n]{0,20}<<<\s*" + value
    alone = rb"(?:^|[;\n]|\bdo\s|\bthen\s)\s*" + value + ends + rb"(?:[;&\n]|$)"
    return b"|".join((run, piped, here, alone))


def _python(text: bytes) -> Iterator[Span]:
    if not PYTHON_RUNS.search(text):
        return
    for number, got in enumerate(GOT.finditer(text)):
        name = got[1] or got[2]
        if number >= MAX_FETCHES or not name:
            continue
        behind = text[got.end() - 1 : got.end() + AHEAD]
        names = {name, *re.findall(rb"\b(\w{1,40})\s*=\s*(?:[\w.]+\()?" + name + rb"(?=[.\[)\s])", behind)}
        if re.search(rb"\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:[\w.]+\(\s*)?(?:" + b"|".join(names) + rb")\b(?!\.json\b)", behind):
            yield Span(got.start(), len(got[0]))
    yield from _python_files(text)


def _python_files(text: bytes) -> Iterator[Span]:
    for number, saved in enumerate(RETRIEVED.finditer(text)):
        target = (saved[2] or saved[3]).strip()
        plain = target.strip(b"\"'")
        if number >= MAX_FETCHES or not plain:
            continue
        source = saved[1] if saved[1] else text[max(0, saved.start() - 800) : saved.start()]
        fetched = saved[1] or re.search(rb"\burlopen\b|\brequests\.get\b", source)
        hidden = HIDDEN_TARGET.search(plain)
        if (
            fetched
            and (DUBIOUS.search(source) or hidden)
            and re.search(STARTS + rb"(?<!\w)" + re.escape(plain) + rb"(?!\w)", text[saved.end() : saved.end() + AHEAD])
        ):
            yield Span(saved.start(), len(saved[0]))

    for written in WRITTEN.finditer(text) if IN_SECRET.search(text) else ():
        if re.search(STARTS + written[1] + rb"\.name\b", text[written.end() : written.end() + AHEAD]):
            yield Span(written.start(), len(written[0]))


def _node_files(text: bytes) -> Iterator[Span]:
    """A file that is fetched from a bare address or into a hidden place, and started."""
    values: dict[bytes, bytes] = dict(NODE_NAMED.findall(text))
    for saved in itertools.islice(NODE_SAVED.finditer(text), MAX_FETCHES):
        place = values.get(saved[1], saved[1])
        around = text[max(0, saved.start() - 800) : saved.end() + 200]
        dubious = DUBIOUS.search(around) or HIDDEN_TARGET.search(place.strip(b"\"'`"))
        if dubious and re.search(NODE_STARTS + re.escape(saved[1]), text[saved.end() : saved.end() + AHEAD]):
            yield Span(saved.start(), len(saved[0]))


def _node(text: bytes) -> Iterator[Span]:
    for fetched in itertools.islice(NODE_FETCHED.finditer(text), MAX_FETCHES):
        behind = text[fetched.end() : fetched.end() + AHEAD]
        named = NODE_TEXT.search(behind)
        if NODE_THEN.search(behind) or (named and re.search(NODE_RUNS + named[1] + rb"\b(?=\s*[,).])", behind[named.end() :])):
            yield Span(fetched.start(), len(fetched[0]))
    if not (NODE.search(text) and NODE_FETCH.search(text)):
        return
    yield from _node_files(text)
    for number, collected in enumerate(COLLECTED.finditer(text)):
        if number >= MAX_FETCHES:
            return
        behind = text[collected.end() : collected.end() + AHEAD]
        if re.search(NODE_RUNS + collected[1] + rb"\b(?=\s*[,).])", behind):
            yield Span(collected.start(), len(collected[0]))
    for answer in ANSWER.finditer(text):
        yield Span(answer.start(), len(answer[0]))
