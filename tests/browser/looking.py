"""Looking at a page as a designer, a reader of small print and a screen reader would, and keeping a picture of it."""

from __future__ import annotations

import base64
from functools import cached_property
from pathlib import Path
from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import CDPSession, Page

from portal.config import ROOT
from portal.language import HTML_LANG, Lang

PICTURES = ROOT / "build" / "screenshots"
DESK, PHONE = 1280, 390
HEIGHT = {DESK: 860, PHONE: 844}
Scheme = Literal["light", "dark"]
#: In the order that changes least from one look to the next, and ends as it began.
SCHEMES: dict[int, tuple[Scheme, ...]] = {DESK: ("light", "dark"), PHONE: ("dark", "light")}
#: Where axe looks: once at each page in each scheme, once at each width, once in each language.
EXAMINED: set[tuple[Lang, int, Scheme]] = {("zh", DESK, "light"), ("en", PHONE, "dark")}

_BEARING = """() => {
  const root = document.documentElement, room = root.clientWidth;
  const clipped = (e) => { for (let p = e.parentElement; p; p = p.parentElement)
    if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
  const sticksOut = (e) => e.getBoundingClientRect().right > room + 1 && !clipped(e);
  return {
    lang: root.lang,
    headings: document.querySelectorAll("h1").length,
    title: document.title,
    height: root.scrollHeight,
    wider: root.scrollWidth <= room ? [] : [`${root.scrollWidth} px`,
      ...[...document.querySelectorAll("body *")].filter(sticksOut).map((e) => e.outerHTML.slice(0, 90))],
  };
}"""
#: Without scripts the debugger's still run, but nothing calls them back: what axe puts off, it does at once.
_AT_ONCE = "setTimeout = (step, _, ...given) => { Promise.resolve().then(() => step?.(...given)); return 0; }"
_STILL = "Promise.all(document.getAnimations().map((one) => one.finished)).then(() => null)"


class Eye:
    """Looks at one browser's page, whichever it is.

    `examines`: with axe, where `EXAMINED` says. `pictures`: photographs it at both widths and in both schemes.
    `pinned`: with axe, at its own width and in this scheme only.
    """

    def __init__(
        self,
        page: Page,
        lang: Lang,
        width: int,
        *,
        examines: bool,
        pictures: bool,
        pinned: Scheme | None = None,
        scripts: bool = True,
    ) -> None:
        self.lang: Lang = lang
        self._page = page
        self._width = width
        self._examines = examines or pinned is not None
        self._pinned = pinned
        self._scripts = scripts
        self._pictures = pictures
        self._scheme: Scheme = "light"

    def look(self, name: str, community: str) -> None:
        """The page says its language and whose it is, has one heading, and is nowhere wider than its window."""
        for width in self._widths:
            self._open_to(width, HEIGHT[width])
            bearing = self._page.evaluate(_BEARING)
            assert (bearing["lang"], bearing["headings"]) == (HTML_LANG[self.lang], 1), f"{name}: {bearing}"
            assert community in bearing["title"]
            assert not bearing["wider"], f"{name} at {width}: {bearing['wider']}"
            if self._pictures:  # in a window as high as the page: cheaper than a picture beyond a smaller one
                self._open_to(width, max(bearing["height"], HEIGHT[width]))
            for scheme in (self._pinned,) if self._pinned else SCHEMES[width]:
                self._look_closely(name, width, scheme)
        self._open_to(self._width, HEIGHT[self._width])

    @property
    def _widths(self) -> tuple[int, ...]:
        if self._pinned:
            return (self._width,)
        return (DESK, PHONE) if self._examines or self._pictures else (PHONE,)

    def _look_closely(self, name: str, width: int, scheme: Scheme) -> None:
        examines = self._examines and (self._pinned or (self.lang, width, scheme) in EXAMINED)
        if not (examines or self._pictures):
            return
        if scheme != self._scheme:
            self._scheme = scheme
            self._page.emulate_media(color_scheme=scheme)
        self._page.evaluate(_STILL)
        if self._pictures:
            self._photograph(PICTURES / self.lang / f"{name}-{width}-{scheme}.png")
        if examines:
            self._examine(name)

    def _open_to(self, width: int, height: int) -> None:
        if self._page.viewport_size != {"width": width, "height": height}:
            self._page.set_viewport_size({"width": width, "height": height})

    def _examine(self, name: str) -> None:
        """Axe finds nothing on the page as it is, its policy in force: a debugger may evaluate what a page may not."""
        if not self._scripts:
            self._page.evaluate(_AT_ONCE)
        self._page.evaluate(AXE_SCRIPT)
        options = {"resultTypes": ["violations"], "preload": False}
        found = AxeResults(self._page.evaluate("options => axe.run(options)", options))
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"

    def _photograph(self, path: Path) -> None:
        taken = self._debugger.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    @cached_property
    def _debugger(self) -> CDPSession:
        return self._page.context.new_cdp_session(self._page)
