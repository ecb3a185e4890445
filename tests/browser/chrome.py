"""Chromium by its DevTools protocol: go to a page, look at it, type and click. Only what the tests of the console need."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp

START_LIMIT_S = 30.0
ANSWER_LIMIT_S = 20.0
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-dev-shm-usage", "--remote-debugging-port=0",
)  # fmt: skip


class Page:
    """One tab. `problems` holds what the page's console reported as an error, and exceptions that nobody caught."""

    def __init__(self, runner: asyncio.Runner, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._runner, self._socket, self._number = runner, socket, 0
        self.problems: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One command of the protocol and its answer. Raises RuntimeError for a refusal."""
        return self._runner.run(asyncio.wait_for(self._call(method, parameters), ANSWER_LIMIT_S))

    async def _call(self, method: str, parameters: dict[str, object]) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message: dict[str, Any] = json.loads((await self._socket.receive()).data)
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                answer: dict[str, Any] = message["result"]
                return answer
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        given = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(str(given["exceptionDetails"]))
        if message.get("method") == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.problems.append(f"{given['entry']['text']} {given['entry'].get('url', '')}")

    def go(self, address: str) -> None:
        """Load a page and wait until it and its scripts are there."""
        self.run("window.__left = true")
        self.call("Page.navigate", url=address)
        self.until("!window.__left && document.readyState === 'complete'")

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression. Raises RuntimeError when it throws."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script: str, limit_s: float = 40.0) -> None:
        """Wait for an expression to become true, with a limit that only a broken page reaches."""
        end = time.monotonic() + limit_s
        while not self.run(script):
            assert time.monotonic() < end, f"not within {limit_s} s: {script}"
            time.sleep(0.03)

    def text(self, selector: str) -> str:
        """What the first element of that kind shows, blanks joined; empty if there is none."""
        return " ".join(str(self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")).split())

    def texts(self, selector: str) -> list[str]:
        """What each element of that kind shows."""
        shown = self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(one => one.innerText)")
        return [" ".join(one.split()) for one in shown]

    def click(self, selector: str) -> None:
        """Click with the mouse in the middle of an element, where a person would: what covers it gets the click instead."""
        place = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.scrollIntoView({{block: 'center'}}); "
            "const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press one key, `code` being its Windows virtual key code."""
        for kind in ("keyDown", "keyUp"):
            given = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **given)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.call("Input.insertText", text=text)

    def look(self, width: int, height: int, scheme: str = "light") -> None:
        """Size of the window in pixels and the colour scheme that the user prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def picture(self, path: Path) -> None:
        """Write what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextlib.contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A Chromium of its own with one tab; `folder` takes its profile."""
    process = subprocess.Popen(["chromium", *QUIET, f"--user-data-dir={folder}", "about:blank"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        with asyncio.Runner() as runner:
            session = runner.run(_session())
            try:
                yield Page(runner, runner.run(_tab(session, _port(folder / "DevToolsActivePort"))))
            finally:
                runner.run(session.close())
    finally:
        process.terminate()
        process.wait(20)


def _port(file: Path) -> int:
    end = time.monotonic() + START_LIMIT_S
    while not (file.exists() and "\n" in file.read_text()):
        assert time.monotonic() < end, "Chromium does not start"
        time.sleep(0.05)
    return int(file.read_text().split()[0])


async def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession()


async def _tab(session: aiohttp.ClientSession, port: int) -> aiohttp.ClientWebSocketResponse:
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        tabs = await answer.json()
    address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
    return await session.ws_connect(address, max_msg_size=0)
