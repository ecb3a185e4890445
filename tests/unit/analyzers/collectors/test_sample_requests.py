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
    "written upload": (
        "up = request.FI¦LES['f']\npath = '/tmp/' + up.name\nwith open(path, 'wb') as out:\n"
        "    for part in up.chunks():\n        out.wr¦ite(part)\nos.chmod(path, 0o755)\nsubproc¦ess.Popen([pa¦th])\n"
    ),
    "upload written at once": (
        "data = request.fi¦les['f'].read()\nopen('/dev/shm/.u', 'wb').wr¦ite(data)\nos.sys¦tem('python3 /dev/shm/.u &')\n"
    ),
    "upload of FastAPI": (
        "async def x(file: Upload¦File):\n    b = await file.read()\n    with open(name, 'wb') as h:\n"
        "        h.wr¦ite(b)\n    subproc¦ess.run(['python3', name])\n"
    ),
    "another name of exec": "const { exec: run } = require('child_proc¦ess'); run(Buffer.from(req.query.d, 'base64').toString(), done);",
    "promise of exec": (
        "const go = promisify(require('child_proc¦ess').exec); app.get('/', async (req, res) => res.send(await go(req.query.c)));"
    ),
    "pipe of Perl": "my $c = $q->param('c'); open(my $h, '-|', \"$c 2>¦&1\");",
    "ticks of Ruby": "out = params['x'] ? `#{par¦ams['x']}` : ''",
    "capture of Ruby": "line = params[:q]\nout, _ = Open3.capture¦2e(line)\n",
    "popen of Lua": "local args = ngx.req.get_uri_args()\nlocal h = io.pop¦en(args.cmd)\n",
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
    "converted upload": (
        "f = request.files['f']\nwith open(p, 'wb') as out:\n    out.write(f.read())\nsubprocess.run(['ffmpeg', '-i', p, q])\n"
    ),
    "another file": (
        "f = request.files['f']\nwith open(p, 'wb') as out:\n    out.write(f.read())\nsubprocess.run(['python3', '/srv/report.py', p])\n"
    ),
    "written by the program": "name = request.data\nwith open(p, 'w') as out:\n    out.write(TEMPLATE)\nos.system(p)\n",
    "checked name of Perl": "my $f = $q->param('f'); open(my $h, '<', \"/var/data/$f\"); system('ls');",
    "escaped word of Ruby": "name = params['f']; out = `git show HEAD:#{Shellwords.escape(name)}`",
    "number of Lua": 'local a = ngx.req.get_uri_args() local p = io.popen("convert -resize " .. tonumber(a.w))',
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
    "piece",
    [
        b"c = request.args['c']\n",
        b"const c = req.query;",
        b"exec(c",
        b"const { a, b, c } = req.body; exec(a;",
        b"a = request.files['f']\nb = open(a, 'wb')\nb.write(",
        b"my $c = $q->param('c');",
        b"#{params[ x = params['x'];",
    ],
)
def test_what_was_made_to_slow_it_ends(piece: bytes) -> None:
    assert runs_what_it_got(b"child_process " + piece * 20_000, Span(0, 1)) is None
