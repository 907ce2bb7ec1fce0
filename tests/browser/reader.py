"""Somebody with a browser: opens pages, presses what stands there, and notices what is wrong with a page."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, CDPSession, ConsoleMessage, Locator, Page, Request, Response

from portal.config import ROOT
from portal.language import HTML_LANG, Lang, Text, say
from tests.world import Letter, World

PICTURES = ROOT / "build" / "screenshots"
DESK, PHONE = 1280, 390
HEIGHT = {DESK: 860, PHONE: 844}
Scheme = Literal["light", "dark"]
#: In the order that changes least from one look to the next, and ends as it began.
SCHEMES: dict[int, tuple[Scheme, ...]] = {DESK: ("light", "dark"), PHONE: ("dark", "light")}
#: Where axe looks, and by which rules: by all of them once, and, since both languages share their colours, once in
#: English by those that hang on colours and room, in the other scheme and width.
RULES: dict[tuple[int, Scheme], dict[str, Any]] = {
    (DESK, "light"): {"resultTypes": ["violations"], "preload": False},
    (PHONE, "dark"): {
        "resultTypes": ["violations"],
        "preload": False,
        "runOnly": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
    },
}
LOCALE = {"en": "en-GB", "zh": "zh-CN"}
PATIENCE_MS = 10_000

_BEARING = """() => {
  const root = document.documentElement, room = root.clientWidth;
  const clipped = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
  const sticksOut = (e) => e.getBoundingClientRect().right > room + 1 && !clipped(e);
  return {
    lang: root.lang,
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    wider: root.scrollWidth <= room ? [] :
      [...document.querySelectorAll("body *")].filter(sticksOut).map((e) => e.outerHTML.slice(0, 90)),
  };
}"""
#: The end of the page, where what sticks to the window's lower edge has reached its place, and no colour on its way.
_SETTLED = """() => {
  scrollTo(0, innerWidth < 640 ? document.documentElement.scrollHeight : 0);
  return Promise.all(document.getAnimations().map((animation) => animation.finished)).then(() => null);
}"""


class Reader:
    """One browser of one person. Whatever its console, its network or the policy complains of is a fault.

    `examined`: each page that is looked at is given to axe. `pictured`: it is photographed too, at both widths and in
    both schemes.
    """

    def __init__(
        self,
        browser: Browser,
        world: World,
        lang: Lang,
        *,
        width: int = PHONE,
        scripts: bool = True,
        examined: bool = False,
        pictured: bool = False,
    ) -> None:
        self.world = world
        self.lang: Lang = lang
        self.faults: list[str] = []
        self._base = world.config.base_url
        self._width = width
        self._scheme: Scheme = "light"
        self._examined = examined or pictured
        self._pictured = pictured
        self._meant: set[tuple[int, str]] = set()
        self._seen: list[int] = []
        self._context = browser.new_context(
            base_url=self._base,
            locale=LOCALE[lang],
            viewport={"width": width, "height": HEIGHT[width]},
            java_script_enabled=scripts,
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def close(self) -> None:
        self._context.close()

    def open(self, address: str) -> None:
        """Type an address: a path, or a link out of a letter."""
        self.page.goto(address)

    def press(self, target: Locator) -> None:
        """Press what leads to another page, and be there."""
        with self.page.expect_navigation():
            target.click()

    def strike(self, key: str) -> None:
        """Strike a key that leads to another page, and be there."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    @contextlib.contextmanager
    def refused(self, status: int, address: str = "") -> Iterator[None]:
        """What is done in this block is to be refused with that status, and the refusal is a page.

        Without an address, that of one of the page's forms.
        """
        actions = self.page.locator("form").evaluate_all("forms => forms.map(form => form.action)")
        self._meant |= {(status, urlsplit(place).path) for place in (address, *actions)}
        before = len(self._seen)
        yield
        assert status in self._seen[before:]

    # What stands on a page is found by its role and the catalogue's words, so that both languages are one story.

    def said(self, sentence: str | Text, **facts: Any) -> str:
        return say(sentence, self.lang, **facts)

    def submit(self, action: str) -> Locator:
        """The button of the form that is sent to an address ending so, whatever its query."""
        return self.page.locator(f'main form:is([action$="{action}"], [action*="{action}?"]) button').first

    def link(self, path: str) -> Locator:
        """The first link of the main part that leads to an address beginning so."""
        return self.page.locator(f'main a[href^="{path}"]').first

    def field(self, name: str) -> Locator:
        return self.page.locator(f'main [name="{name}"]:not([type="hidden"])')

    def choice(self, name: str, value: str) -> Locator:
        return self.page.locator(f'main [name="{name}"][value="{value}"]')

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def notices(self) -> Locator:
        """What the page says about what was just done."""
        return self.page.locator("main [role=status]")

    def letter(self, address: str) -> Letter:
        return self.world.mail_to(address)

    def linked(self, address: str) -> str:
        """The path of the link in the latest letter to an address."""
        return re.findall(rf"{re.escape(self._base)}(\S+)", self.letter(address).text)[-1]

    def prove(self, address: str) -> None:
        """Type the code out of the latest letter, and send it."""
        self.field("code").fill(self.letter(address).code)
        self.press(self.submit(self.path))

    def sign_in(self, address: str) -> None:
        self.open("/portal/sign-in")
        self.field("email").fill(address)
        self.press(self.submit("/portal/sign-in"))
        self.prove(address)

    # Looking.

    def look(self, name: str) -> None:
        """The page is sound: language, one heading, a title, nothing wider than the phone, nothing complained of."""
        self.page.wait_for_load_state()
        for width in (DESK, PHONE) if self._examined else (PHONE,):
            self._resize(width)
            bearing = self.page.evaluate(_BEARING)
            assert (bearing["lang"], bearing["headings"]) == (HTML_LANG[self.lang], 1), f"{name}: {bearing}"
            assert self.world.charter.community.name[self.lang] in bearing["title"]
            assert bearing["wider"] == [], f"{name} at {width}"
            for scheme in SCHEMES[width] if self._examined else ():
                self._look_closely(name, width, scheme)
        self._resize(self._width)
        assert not self.faults, f"{name}: {self.faults}"

    def _look_closely(self, name: str, width: int, scheme: Scheme) -> None:
        rules = RULES.get((width, scheme)) if scheme == "light" or self.lang == "en" else None
        if scheme != self._scheme:
            self._scheme = scheme
            self.page.emulate_media(color_scheme=scheme)
        if not (rules or self._pictured):
            return
        self.page.evaluate(_SETTLED)
        if self._pictured:
            self._photograph(PICTURES / self.lang / f"{name}-{width}-{scheme}.png")
        if rules:
            found = self._faults_by(rules)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"

    def _resize(self, width: int) -> None:
        if self.page.viewport_size != {"width": width, "height": HEIGHT[width]}:
            self.page.set_viewport_size({"width": width, "height": HEIGHT[width]})

    def _faults_by(self, options: dict[str, Any]) -> AxeResults:
        """What axe says of the page as it is, its policy in force. (It bears being evaluated by the debugger.)"""
        if self.page.evaluate("typeof axe") == "undefined":
            self.page.evaluate(AXE_SCRIPT)
        return AxeResults(self.page.evaluate("options => axe.run(options)", options))

    def _photograph(self, path: Path) -> None:
        """The whole page, as fast as Chromium can: Playwright's own way takes half as long again."""
        size = self._cdp.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        taken = self._cdp.send(
            "Page.captureScreenshot",
            {"format": "png", "optimizeForSpeed": True, "captureBeyondViewport": True, "clip": clip},
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    @cached_property
    def _cdp(self) -> CDPSession:
        return self._context.new_cdp_session(self.page)

    # Listening.

    def _heard(self, message: ConsoleMessage) -> None:
        path = urlsplit(message.location["url"]).path
        status = re.search(r"status of (\d{3})", message.text)
        if status and (int(status[1]), path) in self._meant:
            return
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type} on {path}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # given up by a navigation that came first
            self.faults.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        path = urlsplit(response.url).path
        self._seen.append(response.status)
        if response.status >= 400 and (response.status, path) not in self._meant:
            self.faults.append(f"{response.status} for {path}")
