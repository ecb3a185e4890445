"""Whether a Python program stores an upload with `open` and `write`, and then starts that very file.

A file that goes to a converter or a scanner is an argument; only one that is the program, or what an interpreter is given, counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

import re2

from analyzers.collectors.sample_fetched import Span

MAX_UPLOADS = 40
MAX_FILES = 20
AHEAD = 3000  # bytes behind a request's value in which it has to run
WRAPPED = rb"(?:await\s+)?(?:[\w.]{1,40}\(\s?){0,3}"
UPLOAD = re2.compile(
    rb"\b(\w{1,30})\s?=\s?" + WRAPPED + rb"(?:\w{1,20}\.)?request\.(?:files?|FILES|data|get_data|body|form|stream)\b"
    rb"|\b(\w{1,30})\s?:\s?(?:Annotated\[\s?)?(?:list\[)?UploadFile\b"
)
HANDED_ON = rb"(?m)^[ \t]*(?:async\s+)?(?:for\s+)?(\w{1,30})\s?(?:=|in)\s?" + WRAPPED + rb"%b\b"
OPENED = re.compile(
    rb"(?:\b(\w{1,30})\s?=\s?(?:await\s+)?)?\b(?:aiofiles\.|io\.)?open\s?\(\s?([^,()\n]{1,80}),\s?(?:mode\s?=\s?)?[\"'][wax]b?\+?[\"'][^()\n]{0,40}\)"
    rb"(?:\s?as\s+(\w{1,30})\b|(\.write\s?\())?"
    rb"|\bPath\s?\(\s?([^,()\n]{1,80})\)\.write_(?:bytes|text)\s?(\()"
)
INTERPRETER = rb"(?:[\w./]{0,20}/)?(?:(?:ba|da|z)?sh|python[\d.]*|perl|node|php|ruby)"
STARTS = (
    rb"\b(?:os\.(?:system|popen|startfile|exec\w{1,3}|spawn\w{1,3})|(?:subprocess\.)?(?:run|call|Popen|check_output|check_call|getoutput)"
    rb"|create_subprocess_(?:exec|shell)|import_module|run_path)\s?\(\s?(?:os\.P_\w{1,8}\s?,\s?)?\[?\s?"
)


def starts_an_upload(text: bytes) -> Iterator[Span]:
    """Where an upload that was written to a file is started."""
    if b"request." not in text and b"UploadFile" not in text:
        return
    for upload in islice(UPLOAD.finditer(text), MAX_UPLOADS):
        behind = text[upload.end() : upload.end() + AHEAD]
        names = [upload[1] or upload[2]]
        for _ in range(2):  # the upload, what was read from it, its parts
            names += [one for name in tuple(names) for one in re.findall(HANDED_ON % re.escape(name), behind) if one not in names]
        yield from _started(behind, b"|".join(map(re.escape, names[:MAX_FILES])), upload.end())


def _started(text: bytes, names: bytes, begin: int) -> Iterator[Span]:
    value = re.compile(WRAPPED + rb"(?:" + names + rb")\b")
    for opened in islice(OPENED.finditer(text), MAX_FILES):
        handle, behind = opened[1] or opened[3], text[opened.end() :]
        written = opened[4] or opened[6]
        if written and value.match(behind.lstrip()):
            pass
        elif not handle or not re.search(_writes(handle, value.pattern), behind):
            continue
        started = re.search(STARTS + _place(opened[2] or opened[5]), behind)
        if started:
            yield Span(begin + opened.end() + started.start(), len(started[0]))


def _writes(handle: bytes, value: bytes) -> bytes:
    return rb"\b%b\.write\s?\(\s?%b|\bcopyfileobj\s?\(\s?%b[\w.]{0,20},\s?%b\b" % (handle, value, value, handle)


def _place(target: bytes) -> bytes:
    """The file as the first word of a command, or behind an interpreter."""
    quoted = target.strip()[:1] in (b"'", b'"')
    plain = re.escape(target.strip().strip(b"\"'"))
    if quoted:
        return rb"[\"'](?:" + INTERPRETER + rb"(?:[\"']\s?,\s?[\"']|\s+))?" + plain + rb"(?=[\"'\s])"
    given = rb"(?:(?:[\"']" + INTERPRETER + rb"[ ]?[\"']|sys\.executable)\s?[,+]\s?)?(?:str\(\s?)?" + plain + rb"\s?[\],)]"
    formatted = rb"f[\"'](?:" + INTERPRETER + rb"\s+)?\{\s?" + plain + rb"\s?\}"
    return rb"(?:" + given + rb"|" + formatted + rb")"
