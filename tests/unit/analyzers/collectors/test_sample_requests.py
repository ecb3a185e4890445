"""What a request brings and the program runs later is found; what only goes into a command of the program's own is not."""

from __future__ import annotations

import pytest

from analyzers.collectors.sample_fetched import Span
from analyzers.collectors.sample_requests import runs_what_it_got

FOUND = {
    "awaited body": "body = aw¦ait request.body()\nscope = {}\nex¦ec(body.decode(), globals(), scope)\n",
    "form of CGI": "form = cgi.FieldStorage()\nprint(os.pop¦en(form.getvalue('c')).read())\n",
    "through another name": "raw = request.get_data()\ncommand = base64.b64dec¦ode(raw)\nlog(command)\nos.sys¦tem(command)\n",
    "connection": "d = link.recv(4096).decode().strip()\nlink.send(subproc¦ess.run(d, sh¦ell=True, capture_output=True).stdout)\n",
    "upload under an interpreter": "f = request.files['f']\nf.save(where)\nsubproc¦ess.Popen(['python3', where])\n",
    "shell of asyncio": "text = await request.text()\nawait asyncio.create_subproc¦ess_shell(text)\n",
    "header": "const c = req.headers['x-a'];\nif (c) ev¦al(Buffer.from(c, 'base64').toString());\n",
    "renamed part": "const { q: wanted } = req.body; require('child_proc¦ess').ex¦ec(wanted, done);",
    "address": "const at = new URL(req.url, base); const c = at.searchParams.get('c'); cp.execSy¦nc(c); // child_proc¦ess",
    "stored upload": "const cp = require('child_proc¦ess'); fs.chmodSync(req.file.path, 0o755); cp.execFi¦le(req.file.path, done);",
}
PASSED_OVER = {
    "argument of a program": "name = request.args.get('name')\nsubprocess.run(['convert', name, 'out.png'], check=True)\n",
    "part of a command": "host = request.args['host']\nos.system('ping -c 1 ' + shlex.quote(host))\n",
    "scanned upload": "f = request.files['f']\nf.save(where)\nsubprocess.run(['clamscan', where])\n",
    "method of that name": "q = request.args.get('q')\ncursor.exec(q)\nmodel.eval()\n",
    "constant": "data = sock.recv(64)\nhandle(data)\nos.system('sync')\n",
    "pattern": "const q = req.query.q; const found = pattern.exec(q); require('child_process');",
    "database": "const { sql } = req.body; db.exec(sql); require('child_process').exec('ls');",
    "constant command": "const { branch } = req.query; require('child_process').exec('git fetch', done); log(branch);",
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    assert runs_what_it_got(FOUND[name].replace("¦", "").encode(), Span(0, 1)) is not None


@pytest.mark.parametrize("name", PASSED_OVER)
def test_passed_over(name: str) -> None:
    assert runs_what_it_got(PASSED_OVER[name].encode(), Span(0, 1)) is None


def test_the_place_is_that_of_the_run() -> None:
    text = b"import os\nc = request.form['c']\n\nos.popen(c)\n"
    found = runs_what_it_got(text, Span(0, 1))
    assert found is not None
    assert text[found.offset : found.offset + found.length] == b"os.popen(c)"


@pytest.mark.parametrize(
    "piece", [b"c = request.args['c']\n", b"const c = req.query;", b"exec(c", b"const { a, b, c } = req.body; exec(a;"]
)
def test_what_was_made_to_slow_it_ends(piece: bytes) -> None:
    assert runs_what_it_got(b"child_process " + piece * 20_000, Span(0, 1)) is None
