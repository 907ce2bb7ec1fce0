"""Sends messages: to files on one machine, through SMTP, or through SES. A message is data until here."""

from __future__ import annotations

import contextlib
import itertools
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formataddr
from functools import partial
from html import escape
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from portal.clock import Clock
from portal.errors import BadSetting


class Message(msgspec.Struct, frozen=True):
    """One e-mail in one language: paragraphs, perhaps a code to type and a link (label, URL) to press."""

    to: str
    sender: str
    lang: str
    subject: str
    paragraphs: tuple[str, ...]
    footer: str
    code: str | None = None
    link: tuple[str, str] | None = None


#: What the standard library raises for a header that it can't write: that letter fails, and not those behind it.
UNFIT = (ValueError, LookupError)


class MailFailed(Exception):
    """The message could not be handed over; it is tried again later."""


class Mailer(Protocol):
    """Hands messages over."""

    def send(self, message: Message) -> None:
        """Hand one message over; raises MailFailed."""
        ...


def open_mailer(url: str, clock: Clock, announce: Callable[[Message], None] | None = None) -> Mailer:
    """The mailer that a TONGHAO_MAIL setting names; raises BadSetting for an unknown one."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "file" and parts.path:
            return FileMailer(Path(parts.netloc + parts.path), clock, announce)
        if parts.scheme in ("smtp", "smtps") and parts.hostname and parts.port != 0:
            return SmtpMailer(url)
        if parts.scheme == "ses" and parts.netloc:
            return SesMailer(parts.netloc, parse_qs(parts.query))
    except ValueError:  # brackets that don't match, a port that is none
        pass
    # The setting isn't repeated: it may hold a password.
    raise BadSetting("TONGHAO_MAIL can't be used; it must start with file:, smtp:// or ses://")


class FileMailer:
    """One .eml file per message, newest last by name, and an announcement of each for the terminal."""

    def __init__(self, folder: Path, clock: Clock, announce: Callable[[Message], None] | None) -> None:
        self._folder = folder
        self._clock = clock
        self._announce = announce
        self._numbers = itertools.count(1)

    def send(self, message: Message) -> None:
        """Write the message to a file that appears whole."""
        name = f"{self._clock.now():%Y%m%dT%H%M%S%f}-{next(self._numbers):06}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._folder / f".{name}.part"
            part.write_bytes(bytes(compose(message, "tonghao@localhost")))
            part.rename(self._folder / f"{name}.eml")
        except (OSError, *UNFIT) as error:
            raise MailFailed(str(error)) from error
        if self._announce:
            with contextlib.suppress(OSError, ValueError):  # a terminal that was closed; the message is written
                self._announce(message)


class SmtpMailer:
    """`smtp://user:password@host:587?from=a@b` speaks STARTTLS where offered; `smtps://` TLS from the start.

    Either way the server's certificate must be good for its name.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._from = _sender(self._url.query)

    def send(self, message: Message) -> None:
        """Deliver to the server within ten seconds."""
        url = self._url
        tls = ssl.create_default_context()
        kind = partial(smtplib.SMTP_SSL, context=tls) if url.scheme == "smtps" else smtplib.SMTP
        try:
            with kind(url.hostname or "", url.port or 0, timeout=10) as server:
                server.ehlo()  # until then the server has told nothing of STARTTLS
                if url.scheme == "smtp" and server.has_extn("starttls"):
                    server.starttls(context=tls)
                if url.username:
                    _require_secret(server, url.hostname or "")
                    server.login(unquote(url.username), unquote(url.password or ""))
                server.send_message(compose(message, self._from), self._from, [message.to])
        except (OSError, smtplib.SMTPException, *UNFIT) as error:
            quoting = isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused)
            code = getattr(error, "smtp_code", "")
            told = f"{type(error).__name__} {code}".strip() if quoting else str(error)  # servers quote the address
            raise MailFailed(told) from error


def _require_secret(server: smtplib.SMTP, host: str) -> None:
    """Raises MailFailed before a password would travel in the clear; on this machine it may."""
    if not isinstance(server.sock, ssl.SSLSocket) and host not in ("localhost", "127.0.0.1", "::1"):
        raise MailFailed("the server offers no TLS, and the password stays here")


class SesMailer:
    """`ses://region?from=a@b`; sent raw, so that every header is ours. The client is made with the first message."""

    def __init__(self, region: str, query: dict[str, list[str]]) -> None:
        self._region = region
        self._endpoint = query.get("endpoint", [None])[0]
        self._from = query.get("from", [""])[0]
        if not self._from:
            raise BadSetting("TONGHAO_MAIL needs the sender: ses://eu-central-1?from=door@commons.example")
        self._client: Any = None

    def send(self, message: Message) -> None:
        """Hand the raw message to SES."""
        from botocore.exceptions import BotoCoreError, ClientError  # late: off the path of a page that sends nothing
        from botocore.session import get_session

        try:
            if self._client is None:
                self._client = get_session().create_client("ses", self._region, endpoint_url=self._endpoint)
            raw = bytes(compose(message, self._from))
            self._client.send_raw_email(RawMessage={"Data": raw}, Destinations=[message.to])
        except (BotoCoreError, ClientError, *UNFIT) as error:
            raise MailFailed(type(error).__name__) from error  # SES quotes the address


def _sender(query: str) -> str:
    address = parse_qs(query).get("from", [""])[0]
    if not address:
        raise BadSetting("TONGHAO_MAIL needs the sender: smtp://host:587?from=door@commons.example")
    return address


def compose(message: Message, address: str) -> EmailMessage:
    """The message as text and as HTML, for readers of both kinds."""
    mail = EmailMessage()
    mail["Subject"] = _line(message.subject)
    mail["From"] = formataddr((_line(message.sender), address))
    mail["To"] = message.to
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(message))
    mail.add_alternative(_html(message), subtype="html")
    mail["Content-Language"] = message.lang  # last: setting the content takes such headers away
    return mail


def _line(text: str) -> str:
    """A header is one line, whatever a name contains, and no encoded word that could hide another."""
    return " ".join(text.split()).replace("=?", "= ?")


def _text(message: Message) -> str:
    parts = [*message.paragraphs]
    if message.code:
        parts.insert(1, f"    {message.code}")
    if message.link:
        parts.append(f"{message.link[0]}\n{message.link[1]}")
    return "\n\n".join([*parts, f"-- \n{message.footer}"]) + "\n"


_PAGE = """<!doctype html><html lang="{lang}"><body style="margin:0;background:#fbf8f3;color:#1d2127;\
font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif">\
<div style="max-width:34rem;margin:0 auto;padding:32px 24px">\
<p style="font:600 18px Georgia,'Songti SC','Noto Serif CJK SC',serif;margin:0 0 24px">{sender}</p>{body}\
<p style="border-top:1px solid #e4ddd2;margin:32px 0 0;padding-top:12px;color:#5b6068;font-size:14px">{footer}</p>\
</div></body></html>"""
_CODE = '<p style="font:600 34px Georgia,serif;letter-spacing:6px;margin:8px 0 16px">{}</p>'
_LINK = '<p style="margin:24px 0"><a href="{}" style="background:#b23a2b;color:#fff8f3;padding:12px 18px;\
border-radius:10px;text-decoration:none;font-weight:600">{}</a></p>'


def _html(message: Message) -> str:
    parts = [f"<p>{escape(paragraph)}</p>" for paragraph in message.paragraphs]
    if message.code:
        parts.insert(1, _CODE.format(escape(message.code)))
    if message.link:
        parts.append(_LINK.format(escape(message.link[1]), escape(message.link[0])))
    frame = {"lang": message.lang, "sender": escape(message.sender), "footer": escape(message.footer)}
    return _PAGE.format(body="".join(parts), **frame)
