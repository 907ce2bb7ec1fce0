"""Somebody with a browser: opens pages, presses what stands there, reads mail, and notices what goes wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

from portal.language import Lang, Text, say
from tests.browser.looking import HEIGHT, PHONE, Eye, Scheme
from tests.world import Letter, World

LOCALE = {"en": "en-GB", "zh": "zh-CN"}
PATIENCE_MS = 10_000


class Reader:
    """One browser of one person. Whatever its console, its network or the pages' policy complains of is a fault.

    `keeps`: it keeps the site's core pages for when there is no network.
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
        pinned: Scheme | None = None,
        keeps: bool = False,
    ) -> None:
        self.world = world
        self.faults: list[str] = []
        self._base = world.config.base_url
        self._meant: set[tuple[int, str]] = set()
        self._seen: list[int] = []
        self._context = browser.new_context(
            base_url=self._base,
            locale=LOCALE[lang],
            viewport={"width": width, "height": HEIGHT[width]},
            java_script_enabled=scripts,
            service_workers="allow" if keeps else "block",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.eye = Eye(
            self.page,
            lang,
            width,
            examines=examined or pictured,
            pictures=pictured,
            pinned=pinned,
            scripts=scripts,
        )

    def close(self) -> None:
        self._context.close()

    @property
    def lang(self) -> Lang:
        return self.eye.lang

    def look(self, name: str) -> None:
        """The page is sound, and nothing was complained of on the way to it."""
        self.page.wait_for_load_state()
        self.eye.look(name, self.world.charter.community.name[self.lang])
        assert not self.faults, f"{name}: {self.faults}"

    # Acting.

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

    def prove(self, address: str) -> None:
        """Type the code out of the latest letter, and send it."""
        self.field("code").fill(self.letter(address).code)
        self.press(self.submit(self.path))

    def sign_in(self, address: str) -> None:
        self.open("/portal/sign-in")
        self.field("email").fill(address)
        self.press(self.submit("/portal/sign-in"))
        self.prove(address)

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

    # Finding: by structure, by the charter's words or by the catalogue's, so that both languages are one story.

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
        """The latest letter to an address."""
        return self.world.mail_to(address)

    def linked(self, address: str) -> str:
        """The path of the link in the latest letter to an address."""
        return re.findall(rf"{re.escape(self._base)}(\S+)", self.letter(address).text)[-1]

    # Listening.

    def _heard(self, message: ConsoleMessage) -> None:
        if message.text.endswith("blocked by Playwright"):
            return  # asked for by us
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
