"""A whole portal in one process, on a given table and clock, with people who use it as browsers do."""

from __future__ import annotations

import email
import email.policy
import re
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from flask import Flask
from werkzeug.test import Client, TestResponse

from portal.app import create_app
from portal.charter.loader import load
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.config import ROOT, Config
from portal.mail import FileMailer, Mailer
from portal.table.contract import Table
from portal.tokens import Ids, Tokens
from portal.tools import Tools
from portal.uploads import FolderUploads
from portal.wiring import Services, wire

S = TypeVar("S")
BASE = "http://tonghao.test"
SECRET = "a secret of the tests; long enough to be one"


class World:
    """Services, the app over them, and everybody's mail.

    `secrets` as in the setting: the first signs, all verify. A `mailer` of the test's own takes the place of files, a
    `charter` that of the shipped one.
    """

    def __init__(
        self,
        table: Table,
        clock: Clock,
        folder: Path,
        *,
        base_url: str = BASE,
        secrets: tuple[str, ...] = (SECRET,),
        mailer: Mailer | None = None,
        charter: Charter | None = None,
        build: Path = ROOT / "build",
    ) -> None:
        self.table = table
        self.clock = clock
        self.letters = folder / "outbox"
        self.charter = charter or load(ROOT / "content" / "charter")
        given = Tools(
            table=table,
            charter=self.charter,
            clock=clock,
            ids=Ids(clock),
            tokens=Tokens(secrets),
            mailer=mailer or FileMailer(self.letters, clock, None),
            uploads=FolderUploads(folder / "files"),
            build=build,
            base_url=base_url,
        )
        self.services: Services = wire(given)
        self.config = Config(
            port=8000,
            data=folder,
            table="",
            mail="",
            files="",
            base_url=base_url,
            secrets=secrets,
            content=ROOT / "content",
            build=build,
        )
        self.app: Flask = create_app(self.services, self.config)

    def the(self, service: type[S]) -> S:
        return self.services[service]

    def mail(self) -> list[Letter]:
        """Every letter, the latest last."""
        return [Letter.read(path) for path in sorted(self.letters.glob("*.eml"))]

    def mail_to(self, address: str) -> Letter:
        """The latest letter to an address."""
        return [letter for letter in self.mail() if letter.to == address][-1]

    def browser(self, lang: str = "en") -> Browser:
        return Browser(self, lang)


class Letter(msgspec.Struct, frozen=True):
    """A message as its reader has it."""

    to: str
    subject: str
    text: str
    html: str

    @classmethod
    def read(cls, path: Path) -> Letter:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        return cls(message["To"], message["Subject"], text.get_content(), html.get_content())

    @property
    def code(self) -> str:
        found = re.search(r"^\s+(\d{6})$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]

    @property
    def link(self) -> str:
        """The address that it offers to press, without the origin."""
        return str(re.findall(r"https?://[^/\s]+(/\S*)", self.text)[-1])


class Browser:
    """One browser: keeps cookies, sends forms with the token that the page gave."""

    def __init__(self, world: World, lang: str) -> None:
        self.world = world
        self.client = Client(world.app)
        self._base = world.config.base_url
        self._headers = {"Accept-Language": lang, "Sec-Fetch-Site": "same-origin"}
        self._token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=self._base, headers=self._headers, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, *, csrf: str | None = None) -> TestResponse:
        """Send a form, with this browser's token unless another is given."""
        token = self.token if csrf is None else csrf
        return self.client.post(path, base_url=self._base, headers=self._headers, data={"csrf": token, **(data or {})})

    def send(self, method: str, path: str, headers: dict[str, str | None] | None = None, **more: Any) -> TestResponse:
        """Send whatever a program could, with this browser's cookies; a header of None is left out."""
        told = {name: value for name, value in {**self._headers, **(headers or {})}.items() if value is not None}
        return self.client.open(path, method=method, base_url=self._base, headers=told, **more)

    def cookie(self, name: str) -> str | None:
        """What this browser keeps under a name."""
        kept = self.client.get_cookie(name, domain=self._host)
        return kept.value if kept else None

    def plant(self, name: str, value: str) -> None:
        """Keep a cookie that the portal never set."""
        self.client.set_cookie(name, value, domain=self._host)

    @property
    def _host(self) -> str:
        return str(urlsplit(self._base).hostname)

    def follow(self, response: TestResponse) -> TestResponse:
        assert response.status_code in (302, 303), (response.status_code, response.text)
        return self.get(response.headers["Location"])

    @property
    def token(self) -> str:
        """The token in this browser's forms: looked up once, since it is the browser's for good."""
        if not self._token:
            self._token = field(self.get("/portal/apply"), "csrf")
        return self._token

    def sign_in(self, address: str) -> TestResponse:
        """Sign in by the code in the mail."""
        asked = self.post("/portal/sign-in", {"email": address})
        return self.post(asked.headers["Location"], {"code": self.world.mail_to(address).code})


def field(page: TestResponse, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no field {name} in {page.text}"
    return found[1]


def main_text(page: TestResponse) -> str:
    """What the main part of a page says, tags taken out."""
    main = re.search(r"<main.*?</main>", page.text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", main[0] if main else page.text).split())
