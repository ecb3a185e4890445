"""The console in a real Chromium, over a real store and a real broker: what a person sees, types and clicks."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from console.web.app import create_app
from console.web.users import Users
from infra.local.control import down
from infra.local.ports import free_ports
from infra.settings import Settings
from schemas.findings import Finding
from schemas.vocabulary import CATEGORIES, CategoryId, ScanState
from sinks.fixes import FixTask, write_task
from sinks.store import Store
from tests.browser.chrome import Page, browser
from tests.browser.stored_images import digest_of, finding, store_image, write_scan_states
from tests.flow.local_home import command, need, settings_of

pytestmark = pytest.mark.browser
MANY = 120
SETTLED = "document.querySelector('.htmx-added, .htmx-settling, .htmx-request') === null"
"""A new button answers once htmx has settled it in."""


@dataclass(frozen=True)
class Console:
    """A running console with its store and the browser."""

    settings: Settings
    store: Store
    page: Page

    def go(self, path: str = "/") -> None:
        self.page.go(f"http://127.0.0.1:{self.settings.console_port}{path}")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    need("mvn", "npm", "node", "chromium")
    folder = tmp_path_factory.mktemp("console")
    with pytest.MonkeyPatch.context() as patch:
        settings = settings_of(folder, patch)
        try:
            started = command("up", "console", "worker-flow")
            assert started.returncode == 0, started.stderr
            store = Store(settings.clickhouse_url)
            with browser(folder / "profile") as page:
                page.look(1280, 1000)
                yield Console(settings, store, page)
            store.close()
        finally:
            down(settings)


@pytest.fixture(scope="module")
def images(console: Console) -> dict[str, str]:
    """Name -> digest of images in all states that a page tells apart."""
    secret = finding(
        CategoryId.SENSITIVE_FILE, "aws_access_key", "high", title="AWS access key", path="srv/.env", line=2, evidence="AKIA****"
    )
    login = finding(CategoryId.BASELINE, "permit_root_login", "medium", title="root may log in", path="etc/ssh/sshd_config")
    hostile = finding(CategoryId.MALICIOUS_SAMPLE, "Webshell", "notice", title="<img src=x onerror=alert(1)>", path="srv/<b>x</b>.php")
    many = [
        finding(CategoryId.SYSTEM_VULNERABILITY, f"CVE-2026-{n:05}", "high", priority="low", title="overflow", package=f"lib{n}",
                version="1.0", fixed_version="1.1", score=1.5) for n in range(MANY)
    ]  # fmt: skip
    command_risk = finding(CategoryId.BUILD_COMMAND, "add_instead_of_copy", "high", title="ADD", path="history[2]")
    succeeded = dict.fromkeys(CATEGORIES, ScanState.SUCCEEDED)
    rows: dict[str, tuple[Sequence[Finding], Mapping[CategoryId, ScanState] | ScanState]] = {
        "high": ([secret, login, hostile], ScanState.SUCCEEDED),
        "medium": ([login], {**succeeded, CategoryId.MALICIOUS_SAMPLE: ScanState.PARTIAL}),
        "low": (many, ScanState.SUCCEEDED),
        "clean": ([command_risk], ScanState.SUCCEEDED),
        "failed": ([], ScanState.FAILED),
        "new": ([], {}),
    }
    return {name: store_image(console.store, f"team/{name}", "1.0", findings, states) for name, (findings, states) in rows.items()}


def row_of(page: Page, repository: str) -> list[str]:
    """Cells of the row of one image on the first page."""
    found = [row.split("\t") for row in page.run("[...document.querySelectorAll('#images tbody tr')].map(r => r.innerText)")]
    return next([cell.strip() for cell in row] for row in found if repository in row[1])


def test_nothing_known_says_what_to_do(console: Console) -> None:
    if console.store.query("SELECT count() FROM image_rows")[0][0]:
        pytest.skip("needs an empty store: runs first or alone")
    console.go()
    assert "No image is known yet" in console.page.text("#images")
    assert console.page.texts("#counters strong") == ["0"] * 6


def test_counters_levels_and_filters(console: Console, images: dict[str, str]) -> None:
    console.go()
    counters = dict(zip(console.page.texts("#counters span"), console.page.texts("#counters strong"), strict=True))
    assert counters == {"High-risk images": "1", "Medium-risk images": "1", "Low-risk images": "1", "Scanned images": "4",
                        "Unscanned or failed": "2", "Scanning now": "0"}  # fmt: skip
    assert row_of(console.page, "team/high")[0] == "high"
    assert row_of(console.page, "team/medium")[0].split() == ["medium", "unknown"], "a partial scan may have missed worse"
    assert row_of(console.page, "team/low")[0] == "low", "vulnerabilities count by priority"
    assert row_of(console.page, "team/clean")[0] == "none", "build commands alone make no level"
    assert row_of(console.page, "team/clean")[3] == "1"
    assert row_of(console.page, "team/failed")[0] == "unknown"
    console.page.click("#counters .unscanned a")
    console.page.until("document.querySelectorAll('#images tbody tr').length === 2")
    assert row_of(console.page, "team/new")[4] == "never scanned"
    console.go()
    console.page.run("document.querySelector('#search').focus()")
    console.page.type("TEAM/me")
    console.page.until("document.querySelectorAll('#images tbody tr').length === 1")
    assert "team/medium" in console.page.text("#images")
    assert "search=TEAM" in console.page.run("location.search")
    assert console.page.texts("#counters strong")[0] == "1", "counters are of all images"


def test_an_image_shows_risks_by_category_layers_and_scans(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{images['high']}")
    assert "registry.example/team/high" in console.page.text("h1")
    badges = {category.value: console.page.text(f"#open-{category.value}") for category in CATEGORIES}
    assert badges == {"system-vulnerability": "0", "application-vulnerability": "0", "baseline": "1", "malicious-sample": "1",
                      "sensitive-file": "1", "build-command": "0"}  # fmt: skip
    console.page.click("#sensitive-file td:nth-child(2) summary")
    assert "AKIA****" in console.page.text("#sensitive-file")
    assert "nothing open was found" in console.page.text("#build-command")
    assert console.page.texts("#layers tbody code") == [digest_of("team/high 0"), digest_of("team/high 1")]
    assert len(console.page.texts("#scans tbody tr")) == len(CATEGORIES)
    assert "<img src=x onerror=alert(1)>" in console.page.text("#malicious-sample"), "what images hold is text, never markup"
    assert console.page.run("document.querySelectorAll('#malicious-sample img, #malicious-sample b').length") == 0


def test_not_looked_is_never_shown_as_nothing_found(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{images['failed']}")
    assert "Could not be looked at" in console.page.text("#baseline")
    assert "layer_missing" in console.page.text("#baseline")
    console.go(f"/images/{images['new']}")
    assert "Not looked at yet" in console.page.text("#baseline")
    console.go(f"/images/{images['medium']}")
    assert "Nothing was found in what could be looked at" in console.page.text("#malicious-sample")
    console.page.click("#malicious-sample .skipped summary")
    assert "srv/broken.jar" in console.page.text("#malicious-sample .skipped")


def test_long_lists_come_in_parts(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{images['low']}")
    for expected in (50, 100, MANY):
        console.page.until(f"document.querySelectorAll('#system-vulnerability tbody tr:not(.more)').length === {expected}")
        if expected < MANY:
            console.page.until(SETTLED)
            console.page.click("#system-vulnerability .more button")
    assert console.page.run("document.querySelector('#system-vulnerability .more')") is None
    names = console.page.texts("#system-vulnerability strong")
    assert len(set(names)) == MANY


def test_handling_from_the_page_changes_the_status(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{images['high']}")
    row = "#sensitive-file tbody tr"
    console.page.run(f"document.querySelector('{row} .handle summary').focus()")
    console.page.press("Enter", 13, "\r")
    console.page.until(f"document.querySelector('{row} .handle').open")
    console.page.click(f"{row} button")
    assert console.page.run(f"document.querySelector('{row} [name=reason]').validity.valueMissing"), "a reason is asked for"
    console.page.run(f"document.querySelector('{row} [name=reason]').focus()")
    console.page.type("   ")
    console.page.press("Enter", 13, "\r")
    console.page.until(f"document.querySelector('{row} [role=alert]')")
    assert "a reason is required" in console.page.text(f"{row} [role=alert]")
    console.page.type("a key of the test account")
    console.page.press("Enter", 13, "\r")
    console.page.until(f"document.querySelector('{row} .status').innerText === 'whitelisted'")
    assert console.page.text(f"{row} .note") == "whitelist: 1 image"
    assert console.page.run("document.activeElement.className") == "note ok", "the focus stays in the row"
    assert console.page.text("#open-sensitive-file") == "0"
    stored = console.store.query(
        "SELECT r.status, d.reason, d.scope FROM risks AS r JOIN decisions AS d ON d.id = r.decision "
        "WHERE r.image_digest = {image:String} AND r.category = 'sensitive-file'",
        {"image": images["high"]},
    )
    assert stored == [("whitelisted", "   a key of the test account", "image")]
    console.go(f"/images/{images['high']}")
    assert "nothing open was found, 1 handled" in console.page.text("#sensitive-file")
    console.go(f"/images/{images['high']}?show=all")
    assert console.page.text("#sensitive-file .status") == "whitelisted"
    assert console.page.run(f"document.querySelector('{row} [name=action]').value") == "reopen"


def test_the_form_tells_what_it_would_touch(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{images['medium']}")
    row = "#baseline tbody tr"
    console.page.click(f"{row} .handle summary")
    console.page.until(f"document.querySelector('{row} .reach').innerText === 'touches 1 risk in 1 image'")
    console.page.run(
        f"(() => {{ const scope = document.querySelector('{row} [name=scope]'); scope.value = 'global'; "
        "scope.dispatchEvent(new Event('change', {bubbles: true})) })()"
    )
    console.page.until(f"/touches [0-9]+ risks? in [0-9]+ images?/.test(document.querySelector('{row} .reach').innerText)")


def test_selected_risks_are_handled_together(console: Console) -> None:
    some = [finding(CategoryId.BASELINE, f"item_{n}", "low", title="an item", path=f"etc/file{n}") for n in range(3)]
    digest = store_image(console.store, "team/batch", "1.0", some, dict.fromkeys(CATEGORIES, ScanState.SUCCEEDED))
    console.go(f"/images/{digest}")
    console.page.run("document.querySelectorAll('#baseline [name=finding]').forEach((box, n) => { box.checked = n < 2 })")
    console.page.click("#baseline .batch summary")
    console.page.run("document.querySelector('#batch-baseline [name=reason]').focus()")
    console.page.type("checked by the platform")
    console.page.press("Enter", 13, "\r")
    console.page.until("document.querySelector('#baseline .note.ok')?.innerText === 'whitelist: 2 of 2 selected'")
    assert len(console.page.texts("#baseline tbody strong")) == 1
    assert console.page.text("#open-baseline") == "1"
    stored = console.store.query("SELECT count() FROM risks WHERE image_digest = {d:String} AND status = 'whitelisted'", {"d": digest})
    assert stored == [(2,)]


def test_a_fix_is_planned_asked_for_and_followed(console: Console) -> None:
    flaw = finding(
        CategoryId.SYSTEM_VULNERABILITY, "CVE-2024-4242", "high", title="a flaw", package="curl", version="1.0-1", fixed_version="1.0-2",
        purl="pkg:deb/debian/curl@1.0-1", details={"ecosystem": "Debian:12", "arch": "amd64"},
    )  # fmt: skip
    digest = store_image(console.store, "team/fixable", "1.0", [flaw], dict.fromkeys(CATEGORIES, ScanState.SUCCEEDED))
    console.go(f"/images/{digest}")
    console.page.click("a.button")
    console.page.until("location.pathname.endsWith('/fix') && document.querySelector('.empty') !== null")
    assert "no package manager" in console.page.text(".facts")
    assert "rebuild it on a newer base image" in console.page.text(".empty"), "the button is not there, and the page says why"
    console.go("/fixes")
    assert "No image was fixed yet" in console.page.text("#fixes")
    at = time.time_ns() // 1_000_000
    task = FixTask(
        "0123456789abcdef", "failed", "shop", "team/fixable", "1.0", digest, "1.0_fix_1", ("CVE-2024-4242",), (flaw.id,), (), "apt", "{}",
        "me", "hand", "a test", at, at, reason="the package sources have no fixed version", log="Reading package lists <b>", ended_at=at,
    )  # fmt: skip
    write_task(console.store, task)
    console.page.until("document.querySelector('#fixes .state')?.innerText === 'failed'")
    console.go(f"/fixes/{task.id}")
    assert "Reading package lists <b>" in console.page.text("pre.log")
    console.page.click("#task button")
    console.page.until("document.querySelector('#task .state').innerText === 'queued'")
    console.page.until(SETTLED)
    console.page.click("#task button")
    console.page.until("document.querySelector('#task .state').innerText === 'cancelled'")


def test_a_running_scan_is_followed_without_losing_what_is_typed(console: Console) -> None:
    login = finding(CategoryId.BASELINE, "permit_root_login", "medium", title="root may log in", path="etc/ssh/sshd_config")
    digest = store_image(console.store, "team/moving", "2.0", [login], dict.fromkeys(CATEGORIES, ScanState.WAITING))
    now = time.time_ns() // 1_000_000
    console.go(f"/images/{digest}")
    assert "0 of 6" in console.page.text("#live")
    write_scan_states(console.store, digest, {CategoryId.BASELINE: ScanState.SUCCEEDED}, now)
    console.page.until("document.querySelector('#live').innerText.includes('1 of 6')")
    console.page.until("document.querySelector('#state-baseline').innerText === 'succeeded'")
    console.page.click("#baseline .handle summary")
    console.page.run("document.querySelector('#baseline [name=reason]').focus()")
    console.page.type("half a sen")
    write_scan_states(console.store, digest, {CategoryId.MALICIOUS_SAMPLE: ScanState.FAILED}, now)
    console.page.until("document.querySelector('#malicious-sample').innerText.includes('Could not be looked at')")
    console.page.type("tence")
    assert console.page.run("document.querySelector('#baseline [name=reason]').value") == "half a sentence"
    console.go()
    assert row_of(console.page, "team/moving")[4] == "running"
    write_scan_states(console.store, digest, ScanState.SUCCEEDED, now + 1)
    console.page.until("document.querySelector('#counters .running strong').innerText === '0'")
    assert row_of(console.page, "team/moving")[4] == "succeeded"


def test_what_is_not_there_or_not_understood_is_a_page(console: Console, images: dict[str, str]) -> None:
    console.go(f"/images/{digest_of('nobody')}")
    assert console.page.text("h1") == "Not found"
    assert "text/html" in console.page.run("document.contentType")
    console.go("/?page_number=many")
    assert console.page.text("h1") == "The request was not understood"
    console.go("/api")
    assert "/api/v1/overview" in console.page.text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_windows_and_dark_ones_hold_everything(console: Console, images: dict[str, str], scheme: str) -> None:
    try:
        console.page.look(390, 800, scheme)
        for path in ("/", f"/images/{images['high']}", "/api", "/images/nobody"):
            console.go(path)
            assert console.page.run("document.documentElement.scrollWidth <= innerWidth"), path
            colours = console.page.run("[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]")
            text, back = (sum(int(part) for part in colour[4:-1].split(",")) for colour in colours)
            assert (text > back) == (scheme == "dark")
    finally:
        console.page.look(1280, 1000)


def test_the_keyboard_reaches_the_content_and_every_link(console: Console, images: dict[str, str]) -> None:
    console.go()
    console.page.press("Tab", 9)
    assert console.page.run("document.activeElement.className") == "skip"
    console.page.press("Enter", 13, "\r")
    console.page.until("document.activeElement.id === 'main'")
    console.page.press("Tab", 9)
    assert console.page.run("document.activeElement.closest('.counter.high') !== null")


@pytest.mark.parametrize(
    ("language", "heading", "title", "whitelist"),
    [("ja", "イメージセキュリティ", "AWS アクセスキー", "ホワイトリストに追加"), ("zh", "镜像安全", "AWS 访问密钥", "加入白名单")],
)
def test_a_language_is_chosen_once(
    console: Console, images: dict[str, str], language: str, heading: str, title: str, whitelist: str
) -> None:
    page = console.page
    console.go()
    try:
        page.click(f".languages a[lang={language}]")
        page.until(f"document.readyState === 'complete' && document.querySelector('html[lang={language}]') !== null")
        assert page.text("h1") == heading
        page.look(390, 800)
        for path in ("/", f"/images/{images['high']}", "/fixes"):
            console.go(path)
            assert page.run("document.documentElement.scrollWidth <= innerWidth"), path
        page.look(1280, 1000)
        console.go(f"/images/{images['high']}?show=all")
        assert title in page.text("#sensitive-file tbody")
        option = page.run("(({value, text}) => [value, text])(document.querySelector('#sensitive-file [name=action] option'))")
        assert option == ["whitelist", whitelist], "what is sent does not change with the language"
    finally:
        page.look(1280, 1000)
        console.go("/?language=en")
    assert page.text("h1") == "Image security"


def test_the_command_says_the_same(console: Console, images: dict[str, str]) -> None:
    listed = command("risks", "--image", images["high"], "--status", "all", "--language", "zh", "--json")
    assert listed.returncode == 0, listed.stderr
    titles = {risk["rule"]: risk["title"] for risk in json.loads(listed.stdout)}
    assert titles["aws_access_key"] == "AWS 访问密钥"
    assert titles["permit_root_login"] == "root may log in", "no sentence of a rule: shown as it was stored"


def test_no_page_broke_its_own_rules(console: Console) -> None:
    unexpected = [one for one in console.page.problems if "status of 404" not in one and "status of 422" not in one]
    assert unexpected == [], "scripts, styles and addresses outside the content security policy"


def test_a_store_that_is_down_is_told(tmp_path: Path) -> None:
    [closed] = free_ports(1)
    store = Store(f"clickhouse://127.0.0.1:{closed}/default")
    app = create_app(store, "127.0.0.1:1", tmp_path, Users(tmp_path))
    store.patience = 0.1
    status, text = asyncio.run(answer_of(app, "/"))
    assert status == 503
    assert "The store does not answer" in text
    assert "imagerisk up" in text
    assert asyncio.run(answer_of(app, "/api/v1/overview"))[0] == 503


def test_roles(tmp_path: Path) -> None:
    users = Users(tmp_path)
    users.put("ada", "reader", "a long enough one")
    app = create_app(Store("clickhouse://127.0.0.1:1/default"), "127.0.0.1:1", tmp_path, users)
    assert asyncio.run(answer_of(app, "/"))[0] == 401
    login = (b"authorization", b"Basic " + base64.b64encode(b"ada:a long enough one"))
    assert asyncio.run(answer_of(app, "/healthz"))[0] == 200
    status, text = asyncio.run(answer_of(app, "/risks/1/2/handle", "POST", login))
    assert status == 403 and "this needs the role handler" in text


async def answer_of(app: FastAPI, path: str, method: str = "GET", *headers: tuple[bytes, bytes]) -> tuple[int, str]:
    """Status and body of a request, asked of the application itself. Source: ASGI specification, HTTP connection scope."""
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
             "query_string": b"", "headers": list(headers), "scheme": "http", "server": ("127.0.0.1", 80), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    return int(sent[0]["status"]), b"".join(one.get("body", b"") for one in sent).decode()
