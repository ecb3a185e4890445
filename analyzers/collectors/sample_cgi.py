"""Whether a Perl, Ruby or Lua program runs what a request brought: the value itself, or one that it was given to.

As in `sample_requests`, a value within a command of the program's own is a flaw and no web shell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import re2

from analyzers.collectors.sample_fetched import Span

MAX_NAMES = 40
AHEAD = 3000
CALL = rb"\s{0,2}\(?\s{0,2}"


class Language(NamedTuple):
    """How a language reads a request and runs a command. A text without `of`, or without all `marks`, is passed over. In `runs`, %b stands
    for the value; `direct`: the value without a name between."""

    of: bytes
    marks: tuple[bytes, ...]
    source: re.Pattern[bytes]  # of re2
    direct: bytes
    name: bytes
    runs: bytes


PERL = Language(
    b"$",
    (b"->param", b"CGI::param", b"param(", b"QUERY_STRING", b"$ENV{"),
    re2.compile(
        rb"\bmy\s+\$(\w{1,30})\s?=\s?(?:[\w:]{1,30}\(\s?)?(?:\$\w{1,20}->|CGI::|)(?:url_|body_)?param(?:eters)?\s?(?:->\{|->get)?\(?\s?[\"']"
        rb"|\bmy\s+\$(\w{1,30})\s?=\s?[^;\n]{0,40}\$ENV\{[\"']?(?:QUERY_STRING|HTTP_\w{1,30})"
    ),
    rb"\$\w{1,20}->param\s?\(\s?[\"']\w{1,20}[\"']\s?\)",
    rb"\$%b",
    rb"(?:(?:\b(?:system|exec|eval)"
    + CALL
    + rb"[\"']?|`\s?|\bqx\s?[\{(/!|]\s?)(?:%b)\b|\bopen\s?\(?[^,;\n]{1,30},\s?(?:[\"']-\|[\"']\s?,\s?[\"']?"
    rb"(?:%b)\b|[\"'](?:%b)\b[^\"'\n]{0,30}\|\s?[\"']))",
)
RUBY = Language(
    b"params",
    (b"params[", b"params ["),
    re2.compile(rb"(?m)(?:^|[;{|(])[ \t]{0,40}(\w{1,30})\s?=\s?(?:[\w:.]{1,40}\(\s?)?(?:(?:req|request|cgi)\.)?params\s?\[\s?[:\"']"),
    rb"(?:(?:req|request|cgi)\.)?params\s?\[\s?[:\"']\w{1,20}[\"']?\s?\]",
    rb"%b",
    rb"(?:(?:`|%%x[\[({/|!]|\b(?:system|exec|popen|popen3|spawn|capture2e?|capture3)\s{0,2}\(?\s{0,2}\")\s?#\{\s?(?:%b)[^}\n]{0,30}\}(?!\s?\w{0,2}/)"
    rb"|(?<![\w.])(?:system|exec|eval|instance_eval|IO\.popen|Open3\.\w{1,12}|Kernel\.\w{1,8})"
    + CALL
    + rb"(?:%b)\s?[,)\n;])(?![^\n]{0,10}shellescape)",
)
LUA = Language(
    b"local ",
    (b"io.popen", b"os.execute", b"loadstring", b"load("),
    re2.compile(
        rb"\blocal\s+(\w{1,30})\s?=\s?[^\n]{0,60}(?:ngx\.req\.get_(?:uri|post)_args|ngx\.req\.get_body_data|ngx\.var\.arg_|ngx\.var\.http_"
        rb"|os\.getenv\s?\(\s?[\"'](?:QUERY_STRING|HTTP_)|io\.read\s?\()"
    ),
    rb"ngx\.var\.(?:arg|http)_\w{1,20}",
    rb"%b",
    rb"\b(?:io\.popen|os\.execute|loadstring|load)" + CALL + rb"(?:%b)\b(?:[.\[][\w\"'.\]]{1,30})?\s?(?:\.\.\s?[\"'][ ]2>|[,)])",
)
HANDED_ON = rb"(?m)(?:^|[;{])[ \t]{0,40}(?:my\s+|local\s+)?\$?(\w{1,30})\s?=\s?(?:[\w.:]{1,40}\(\s?)?\$?%b\b"


def cgi_runs_what_it_got(text: bytes) -> Iterator[Span]:
    """Where Perl, Ruby or Lua run a value of the request."""
    for language in (PERL, RUBY, LUA):
        if language.of in text and any(mark in text for mark in language.marks):
            if re2.search(language.direct, text):
                yield from _run(language, language.direct, text, 0)
            for source in islice(language.source.finditer(text), MAX_NAMES):
                behind = text[source.end() : source.end() + AHEAD]
                given = next(name for name in source.groups() if name)
                names = dict.fromkeys((given, *re.findall(HANDED_ON % re.escape(given), behind)[:MAX_NAMES]))
                yield from _run(language, b"|".join(language.name % re.escape(name) for name in names), behind, source.end())


def _run(language: Language, values: bytes, text: bytes, begin: int) -> Iterator[Span]:
    found = re.search(language.runs % ((values,) * language.runs.count(b"(?:%b)")), text)
    if found:
        yield Span(begin + found.start(), len(found[0]))
