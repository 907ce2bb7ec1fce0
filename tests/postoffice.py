"""A post office on this machine: just enough SMTP to be delivered to, to be refused by, and to speak TLS."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import socketserver
import ssl
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Delivery(msgspec.Struct, frozen=True):
    """A message that was handed over, and how."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    over_tls: bool
    login: str


class PostOffice(socketserver.ThreadingTCPServer):
    """Keeps what it is given. `refuses` names the command that it answers with no: RCPT, DATA, AUTH."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, refuses: str = "", tls: ssl.SSLContext | None = None, offers: tuple[str, ...] = ()) -> None:
        super().__init__(("127.0.0.1", 0), _Counter)
        self.refuses = refuses
        self.tls = tls
        self.offers = offers
        self.delivered: list[Delivery] = []
        self.passwords_in_the_clear: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Counter(socketserver.StreamRequestHandler):
    server: PostOffice

    def handle(self) -> None:
        self.sender, self.login = "", ""
        self.recipients: list[str] = []
        self.say("220 post office")
        with contextlib.suppress(OSError):  # a client that doesn't trust us hangs up
            while (line := self.rfile.readline().decode().strip()) and self.answer(line):
                pass

    def say(self, *lines: str) -> None:
        told = [f"{line[:3]}-{line[4:]}" for line in lines[:-1]] + list(lines[-1:])
        self.wfile.write("".join(f"{line}\r\n" for line in told).encode())

    @property
    def over_tls(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def answer(self, line: str) -> bool:
        command = line[:4].upper()
        if command == self.server.refuses:
            self.say("550 no")
        elif command == "EHLO":
            offers = [] if self.over_tls or not self.server.tls else ["STARTTLS"]
            self.say("250 here", *(f"250 {offer}" for offer in (*offers, *self.server.offers)), "250 8BITMIME")
        elif command == "STAR" and self.server.tls:
            self.say("220 go ahead")
            self.connection = self.request = self.server.tls.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        elif command == "AUTH":
            self.login = base64.b64decode(line.split()[2]).decode().replace("\0", " ").strip()
            if not self.over_tls:
                self.server.passwords_in_the_clear.append(self.login)
            self.say("235 welcome")
        elif command == "MAIL":
            self.sender = line.partition("<")[2].partition(">")[0]
            self.say("250 ok")
        elif command == "RCPT":
            self.recipients.append(line.partition("<")[2].partition(">")[0])
            self.say("250 ok")
        elif command == "DATA":
            self.say("354 go on")
            self.keep()
            self.say("250 kept")
        elif command == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("250 ok" if command in ("HELO", "RSET", "NOOP") else "502 what?")
        return True

    def keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        told = Delivery(self.sender, tuple(self.recipients), b"".join(lines), self.over_tls, self.login)
        self.server.delivered.append(told)

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()
        self.connection.close()


@contextlib.contextmanager
def open_post_office(
    *, refuses: str = "", tls: ssl.SSLContext | None = None, offers: tuple[str, ...] = ()
) -> Iterator[PostOffice]:
    """A post office that serves within the block."""
    with PostOffice(refuses=refuses, tls=tls, offers=offers) as office:
        thread = threading.Thread(target=office.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield office
        finally:
            office.shutdown()
            thread.join()


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """What a server of that name shows, and the file by which a client that is told of it trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post office")])
    san = x509.IPAddress(ip_address(name)) if name[0].isdecimal() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2060, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([san]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, private = folder / f"{name}.pem", folder / f"{name}.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, private)
    return context, shown
