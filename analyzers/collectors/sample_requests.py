"""Whether a program runs what a request, a connection or an upload brought: one value followed from line to line.

Patterns see a value that is run where it is read; here it goes through names first. Only a command, a piece of code or a file that is the
value itself counts: a value put into a command of the program's own is a flaw, not a web shell.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import re2

from analyzers.collectors.sample_cgi import cgi_runs_what_it_got
from analyzers.collectors.sample_fetched import COLLECTED, MAX_TEXT, Span
from analyzers.collectors.sample_uploads import AHEAD, WRAPPED, starts_an_upload

MAX_NAMES = 40
TAIL = rb"(?:\.\w{1,20}(?:\([^()\n]{0,60}\))?|\[[^\]\n]{1,40}\]|\(\s?[\"'][^\"'\n]{0,30}[\"'](?:\s?,[^()\n]{0,20})?\)){0,4}"

PYTHON_SOURCE = re2.compile(
    rb"(?m)^[ \t]*(?:async\s+for\s+)?([a-z_A-Z]\w{0,30})\s*(?::\s?\w{1,20}\s?)?=\s*"
    + WRAPPED
    + rb"(?:(?:self\.|flask\.|bottle\.|cherrypy\.)?request"
    rb"\.(?:args|forms?|values|json|data|GET|POST|body|get_json|get_data|files|FILES|query_params|params|query|headers|cookies|stream|post|text"
    rb"|get_argument)\b|(?:urllib\.parse\.|parse\.)?parse_qs\s?\(|self\.rfile\.read\s?\(|cgi\.FieldStorage\s?\("
    rb"|self\.get_(?:body_|query_)?argument\s?\(|[\w.]{1,20}\.(?:recv|receive_(?:text|bytes|json))\s?\(|(?:[\w]{1,12}\.){0,2}urlopen\s?\(|requests\.get\s?\()"
)
PYTHON_MARKS = (b"request", b"parse_qs", b"rfile", b"FieldStorage", b".get_", b".rec", b"urlopen")
PYTHON_RUNS = (
    rb"(?:\bos\.(?:system|popen)|(?<![\w.])(?:exec|eval)|\bsubprocess\.(?:getoutput|getstatusoutput))\s?\(\s?(?:compile\(\s?|str\(\s?)?"
    rb"(?:%(names)b)" + TAIL + rb"\s?[,)]"
    rb"|\b(?:subprocess\.)?(?:run|call|Popen|check_output|check_call|create_subprocess_shell)\s?\(\s?(?:%(names)b)"
    + TAIL
    + rb"\s?,[^\n]{0,120}shell\s?=\s?True"
    rb"|\bcreate_subprocess_shell\s?\(\s?(?:%(names)b)" + TAIL + rb"\s?[,)]"
)
PYTHON_SAVED = re.compile(rb"\b(\w{1,30})\.save\s?\(\s?([\w.]{1,40})\s?[,)]")
PYTHON_STARTS = (
    rb"\b(?:os\.(?:system|popen|startfile|exec\w{1,3})|(?:subprocess\.)?(?:run|call|Popen|check_output|check_call|getoutput))\s?\(\s?(?:\[\s?)?"
    rb"(?:(?:[\"'](?:[\w./]{0,20}/)?(?:(?:ba|da|z)?sh|python[\d.]*|perl|node|php)?[ ]?[\"']|sys\.executable)\s?[,+]\s?)?"
    rb"%(name)b\s?[\],)]"
)

NODE_VALUE = rb"\b(?:req|request|ctx(?:\.request)?)\.(?:query|body|params|headers|cookies|param)\b"
NODE_SOURCE = re2.compile(
    rb"\b(?:const|let|var)\s+(?:\{\s?([\w,: $]{1,60})\s?\}|([\w$]{1,30}))\s?=\s?(?:" + WRAPPED + NODE_VALUE
    + rb"|(?:require\([\"'](?:node:)?url[\"']\)|url)\.parse\s?\(\s?\w{1,20}\.url|(?:new\s+URL\s?\(\s?|[\w.]{0,20})\w{1,12}\.url\b)"
)  # fmt: skip
NODE_RUNS = (
    rb"(?:(?<![\w.$)\]/])|(?:\bchild_process|\bcp|\bchild|[\"']\s?\))\.)(?:exec|execSync|eval%(calls)b)\s?\(\s?(?:Buffer\.from\(|atob\(|decodeURIComponent\(|String\()?"
    rb"\s?(?:%(names)b)(?:\.[\w$]{1,20}(?:\([^()\n]{0,30}\))?|\[[^\]\n]{1,30}\]){0,4}\s?[,)|]"
)
NODE_CALLED = re.compile(  # where "child_process" is
    rb"\bexec(?:Sync)?\s?(?::|as)\s?([\w$]{1,30})\b[^}\n]{0,60}\}\s?(?:=|from)\s?[^\n]{0,20}[\"'](?:node:)?child_process[\"']"
    rb"|(?<![\w$])([\w$]{1,30})\s?=\s?(?:[\w.$()'\"]{0,30}promisify\s?\(\s?)?"
    rb"(?:require\s?\(\s?[\"'](?:node:)?child_process[\"']\s?\)|\bchild_process|\bcp)\.exec(?:Sync)?\b"
)
NODE_SHELL = rb"(?:spawn|execFile)(?:Sync)?\s?\(\s?[\"'](?:/bin/)?(?:ba|z)?sh[\"']\s?,\s?\[\s?[\"']-c[\"']\s?,\s?(?:%(names)b)\b"
NODE_DIRECTLY = re2.compile(NODE_VALUE)
NODE_SERVED = re2.compile(rb"\bcreateServer\b|\.listen\s?\(")
NODE_UPLOAD = (
    rb"(?:(?<![\w.$])|(?:\bchild_process|\bcp|\bchild|[\"']\s?\))\.)(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork|require)\s?\(\s?"
    rb"(?:`[^`\n$]{0,20}\$\{\s?)?req\.files?\b[\w.\[\]'\"]{0,30}\.path\b"
)

NAMED_BY_VISITOR = re.compile(
    rb"(?i)(?:move_uploaded_f[i]le|copy)\s*\(\s*\$_FILES\s*\[[^;\n]{1,120},\s*(?:\$_FILES\s*\[[^\]\n]{1,30}\]\s*\[[\"']name|\$_(?:POST|GET|REQUEST))"
    rb"|(?:file_put_c[o]ntents|fwr[i]te)\s*\(\s*\$_(?:POST|GET|REQUEST|COOKIE)\["
)
CHECKED = re.compile(
    rb"(?i)\b(?:pathinfo|in_array|getimagesize|preg_match|preg_replace|mime_content_type|finfo\w*|exif_imagetype|strrchr|strrpos|end|explode"
    rb"|str_ends_with|uniqid|md5|sha1|random_bytes|hash|hash_equals|time|tempnam|password_verify|check_admin_referer|current_user_can)\s?\("
    rb"|\bsession_start|\bPHP_AUTH|\b(?:require|include)(?:_once)?\b|\bclass\s+\w|\bnamespace\s+\w|\[[\"'](?:type|size)[\"']\]"
)


def stores_what_visitors_name(data: bytes, first: Span) -> Span | None:
    """What was found, where the visitor names the file outright, or nothing in a small page looks at the upload or at who sends it."""
    return first if NAMED_BY_VISITOR.search(data) or not CHECKED.search(data) else None


def runs_what_it_got(data: bytes, _first: Span) -> Span | None:
    """The first place where what came with a request is run, or None."""
    text = data[:MAX_TEXT]
    for found in (*_python(text), *starts_an_upload(text), *_node(text), *cgi_runs_what_it_got(text)):
        return found
    return None


def _python(text: bytes) -> Iterator[Span]:
    if not any(mark in text for mark in PYTHON_MARKS):
        return
    for number, source in enumerate(PYTHON_SOURCE.finditer(text)):
        if number >= MAX_NAMES:
            return
        behind = text[source.end() : source.end() + AHEAD]
        names = b"|".join(_handed_on(behind, source[1], rb"(?m)^[ \t]*(\w{1,30})\s?=\s?" + WRAPPED + rb"%b\b"))
        yield from _run(PYTHON_RUNS % {b"names": names}, behind, source.end())
        for saved in PYTHON_SAVED.finditer(behind):
            if saved[1] == source[1]:
                yield from _run(PYTHON_STARTS % {b"name": re.escape(saved[2])}, behind[saved.end() :], source.end() + saved.end())


def _node(text: bytes) -> Iterator[Span]:
    if b"child_process" not in text and b"eval" not in text:
        return
    called = b"".join(b"|" + re.escape(one or other) for one, other in _called(text))
    if b"req.file" in text:
        yield from _run(NODE_UPLOAD, text, 0)
    if NODE_DIRECTLY.search(text):
        yield from _run(NODE_RUNS % {b"names": NODE_VALUE, b"calls": called}, text, 0)
        yield from _run(NODE_SHELL % {b"names": NODE_VALUE}, text, 0)
    if NODE_SERVED.search(text):
        for body in itertools.islice(COLLECTED.finditer(text), MAX_NAMES):
            yield from _run(NODE_RUNS % {b"names": re.escape(body[1]), b"calls": called}, text[body.end() : body.end() + AHEAD], body.end())
    for number, source in enumerate(NODE_SOURCE.finditer(text)):
        if number >= MAX_NAMES:
            return
        behind = text[source.end() : source.end() + AHEAD]
        given = [part.rpartition(b":")[2].strip() for part in source[1].split(b",")] if source[1] else [source[2]]
        names = {
            name
            for one in given
            if one
            for name in _handed_on(behind, one, rb"\b(?:const|let|var)\s+([\w$]{1,30})\s?=\s?" + WRAPPED + rb"%b\b")
        }
        if names:
            for form in (NODE_RUNS, NODE_SHELL):
                yield from _run(form % {b"names": b"|".join(names), b"calls": called}, behind, source.end())


def _called(text: bytes) -> list[tuple[bytes, bytes]]:
    """Names that a program gives to `exec`, in one of two groups."""
    return NODE_CALLED.findall(text)[:MAX_NAMES] if b"child_process" in text else []


def _handed_on(text: bytes, name: bytes, form: bytes) -> list[bytes]:
    """The name itself and those that are given its value later."""
    return [re.escape(one) for one in dict.fromkeys((name, *re.findall(form % re.escape(name), text)[:MAX_NAMES]))]


def _run(form: bytes, text: bytes, begin: int) -> Iterator[Span]:
    found = re.search(form, text)
    if found:
        yield Span(begin + found.start(), len(found[0]))
