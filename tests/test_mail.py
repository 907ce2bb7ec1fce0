"""Messages: composed for readers of text and of HTML, handed over to files, to SMTP and to SES."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from portal.errors import BadSetting
from portal.mail import FileMailer, MailFailed, Message, SesMailer, SmtpMailer, compose, open_mailer
from tests.clocks import MovableClock
from tests.engines import free_port
from tests.postoffice import certificate, open_post_office

SENDER = "door@commons.example"


# --- what is written -----------------------------------------------------------------------------------------------


def test_a_message_is_told_to_readers_of_text_and_of_html() -> None:
    text, html = parts(composed())

    assert text == (
        "Ada, here is your code:\n\n    123456\n\nIt is good once.\n\n"
        "Continue\nhttps://commons.example/portal/x?a=1&b=2\n\n-- \nCommons · together\n"
    )
    assert "<p>Ada, here is your code:</p>" in html
    assert ">123456</p>" in html
    assert '<a href="https://commons.example/portal/x?a=1&amp;b=2"' in html
    assert html.index("123456") < html.index("It is good once.") < html.index("Continue") < html.index("together")


def test_chinese_and_emoji_arrive_as_they_were_written() -> None:
    mail = composed(subject="欢迎来到同好公社 🎉", sender="同好公社", lang="zh", paragraphs=("阿达，你好 👋", "مرحبا"))
    text, html = parts(mail)

    assert str(mail["Subject"]) == "欢迎来到同好公社 🎉"
    assert mail["From"].addresses[0].display_name == "同好公社"
    assert mail["Content-Language"] == "zh"
    assert "阿达，你好 👋" in text
    assert "<p>مرحبا</p>" in html
    assert '<html lang="zh">' in html


def test_nothing_in_a_message_becomes_html() -> None:
    nasty = "<script>alert(1)</script>\"'&"
    mail = composed(
        sender=nasty, footer=nasty, paragraphs=(nasty, nasty), code=nasty, link=(nasty, 'https://x"onclick="y')
    )
    _, html = parts(mail)

    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 6
    assert "x&quot;onclick=&quot;y" in html


def test_braces_in_a_name_are_braces() -> None:
    text, html = parts(composed(paragraphs=("{lang} {0} {body.__class__}", "%s %(x)s"), sender="{footer}"))

    assert "{lang} {0} {body.__class__}" in text
    assert "<p>%s %(x)s</p>" in html
    assert "{footer}</p>" in html


@pytest.mark.parametrize("field", ["subject", "sender"])
@pytest.mark.parametrize(
    "nasty",
    [
        "Hello\r\nBcc: eve@example.org", "Hello\nBcc: eve@example.org\n\nbody", "Hello\rBcc: eve@example.org",
        "Hello\u2028Bcc: eve@example.org", "Hello\x0bBcc: eve@example.org", "Hello\x85Bcc: eve@example.org",
        "=?utf-8?q?Hello=0d=0aBcc:_eve@example.org?=", "=?utf-8?b?SGVsbG8KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
        "x" * 200 + " =?utf-8?q?=0aBcc:_eve@example.org?= " * 3, "=?utf-8?q??=", "=?x?=", "=?", "同好=?q?q?=0aBcc:_e?=",
    ],
)  # fmt: skip
def test_no_name_and_no_title_can_add_a_header(field: str, nasty: str) -> None:
    mail = composed(**{field: nasty})
    parsed = email.message_from_bytes(bytes(mail), policy=email.policy.default)

    assert parsed["Bcc"] is None
    assert [name for name, _ in parsed.raw_items()] == [name for name, _ in composed().raw_items()]
    assert parts(parsed) == parts(composed(**{field: nasty}))


def test_machines_are_told_that_nobody_wrote_by_hand() -> None:
    mail = composed()

    assert mail["Auto-Submitted"] == "auto-generated"
    assert (mail["To"], mail["From"]) == ("ada@example.org", f"Commons <{SENDER}>")


# --- files ---------------------------------------------------------------------------------------------------------


def test_files_stand_in_the_order_in_which_they_were_sent(tmp_path: Path, clock: MovableClock) -> None:
    mailer = FileMailer(tmp_path / "new" / "outbox", clock, None)
    for number in range(12):
        clock.advance(microseconds=number % 3)
        mailer.send(message(subject=f"{number}"))

    files = sorted((tmp_path / "new" / "outbox").iterdir())

    assert [read(path)["Subject"] for path in files] == [str(number) for number in range(12)]
    assert {path.suffix for path in files} == {".eml"}


def test_letters_of_many_threads_in_one_moment_are_all_kept(tmp_path: Path, clock: MovableClock) -> None:
    mailer = FileMailer(tmp_path, clock, None)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(mailer.send, (message(subject=f"{number}") for number in range(200))))

    assert len({read(path)["Subject"] for path in tmp_path.glob("*.eml")}) == 200


def test_a_folder_that_can_t_be_written_is_a_failure_that_may_pass(tmp_path: Path, clock: MovableClock) -> None:
    (tmp_path / "outbox").write_text("in the way")
    told: list[Message] = []
    mailer = FileMailer(tmp_path / "outbox", clock, told.append)

    with pytest.raises(MailFailed):
        mailer.send(message())
    (tmp_path / "outbox").unlink()
    mailer.send(message())

    assert told == [message()]
    assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1


# --- SMTP ----------------------------------------------------------------------------------------------------------


def test_smtp_hands_the_message_to_its_one_reader() -> None:
    with open_post_office() as office:
        SmtpMailer(f"smtp://{office.address}?from={SENDER}").send(message())

    (delivery,) = office.delivered
    assert (delivery.sender, delivery.recipients) == (SENDER, ("ada@example.org",))
    assert parts(parsed(delivery.data)) == parts(composed())


def test_a_letter_goes_to_one_address_however_it_is_spelled() -> None:
    with open_post_office() as office:
        mailer = SmtpMailer(f"smtp://{office.address}?from={SENDER}")
        mailer.send(message(to="ada@example.org,eve@example.org"))
        mailer.send(message(to="ada@example.org", subject="To: eve@example.org"))

    assert [delivery.recipients for delivery in office.delivered] == [("ada@example.org",)] * 2


def test_smtp_speaks_tls_before_it_tells_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with open_post_office(tls=tls, offers=("AUTH PLAIN",)) as office:
        SmtpMailer(f"smtp://ada%40x:p%2Fw%3A@{office.address}?from={SENDER}").send(message())

    (delivery,) = office.delivered
    assert delivery.over_tls
    assert delivery.login == "ada@x p/w:"
    assert office.passwords_in_the_clear == []


@pytest.mark.parametrize("shown_by", ["a stranger", "another name"])
def test_smtp_tells_nothing_to_a_server_that_can_t_show_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown_by: str
) -> None:
    tls, trusted = certificate(tmp_path, "127.0.0.1" if shown_by == "a stranger" else "mail.example")
    if shown_by == "another name":
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    with open_post_office(tls=tls, offers=("AUTH PLAIN",)) as office, pytest.raises(MailFailed, match="certificate"):
        SmtpMailer(f"smtp://ada:pw@{office.address}?from={SENDER}").send(message())

    assert office.delivered == []
    assert office.passwords_in_the_clear == []


@pytest.mark.parametrize("refuses", ["RCPT", "DATA", "MAIL", "AUTH"])
def test_a_server_that_refuses_is_a_failure_that_may_pass(refuses: str) -> None:
    with open_post_office(refuses=refuses, offers=("AUTH PLAIN",)) as office, pytest.raises(MailFailed):
        SmtpMailer(f"smtp://ada:pw@{office.address}?from={SENDER}").send(message())

    assert office.delivered == []


def test_what_a_server_says_of_its_reader_stays_out_of_our_logs() -> None:
    with open_post_office(refuses="RCPT") as office, pytest.raises(MailFailed) as failed:
        SmtpMailer(f"smtp://{office.address}?from={SENDER}").send(message())

    assert "ada@example.org" not in str(failed.value)


def test_a_server_that_isn_t_there_is_a_failure_that_may_pass() -> None:
    mailer = SmtpMailer(f"smtp://127.0.0.1:{free_port()}?from={SENDER}")

    with pytest.raises(MailFailed):
        mailer.send(message())


def test_an_address_in_chinese_needs_a_server_that_knows_such() -> None:
    with open_post_office() as office, pytest.raises(MailFailed, match="SMTPUTF8"):
        SmtpMailer(f"smtp://{office.address}?from={SENDER}").send(message(to="阿达@example.org"))

    with open_post_office(offers=("SMTPUTF8",)) as office:
        SmtpMailer(f"smtp://{office.address}?from={SENDER}").send(message(to="阿达@example.org"))

    assert office.delivered[0].recipients == ("阿达@example.org",)


@pytest.mark.parametrize(
    "to", ["=?utf-8?q?x=0d=0aBcc=3a_e?=@example.org", "=?utf-8?q??=@example.org", "a\r\nBcc: b@c.d"]
)
def test_an_address_that_can_t_be_written_fails_as_a_letter_and_not_as_a_program(
    tmp_path: Path, clock: MovableClock, to: str
) -> None:
    with pytest.raises(MailFailed):
        FileMailer(tmp_path, clock, None).send(message(to=to))

    assert list(tmp_path.glob("*.eml")) == []


# --- SES -----------------------------------------------------------------------------------------------------------


def test_ses_is_given_the_whole_message_with_its_headers(ses: None) -> None:
    ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].verify_email_identity(SENDER)

    SesMailer("eu-central-1", {"from": [SENDER]}).send(message(subject="欢迎 🎉"))

    (sent,) = ses_backends[DEFAULT_ACCOUNT_ID]["eu-central-1"].sent_messages
    mail = parsed(sent.raw_data.encode())
    assert set(sent.destinations) == {"ada@example.org"}
    assert str(mail["Subject"]) == "欢迎 🎉"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert parts(mail) == parts(composed())


def test_ses_that_refuses_is_a_failure_that_may_pass(ses: None) -> None:
    with pytest.raises(MailFailed, match="MessageRejected"):
        SesMailer("eu-central-1", {"from": [SENDER]}).send(message())


# --- the setting ---------------------------------------------------------------------------------------------------


def test_a_setting_opens_its_mailer(clock: MovableClock, tmp_path: Path) -> None:
    opened = [
        open_mailer(url, clock)
        for url in (
            f"file:{tmp_path}", f"file://{tmp_path}", "file:var/outbox", f"smtp://127.0.0.1?from={SENDER}",
            f"smtps://a:b@mail.example:465?from={SENDER}", f"ses://eu-central-1?from={SENDER}",
        )
    ]  # fmt: skip

    assert [type(mailer).__name__ for mailer in opened] == ["FileMailer"] * 3 + ["SmtpMailer"] * 2 + ["SesMailer"]


@pytest.mark.parametrize(
    "url",
    [
        "", "outbox", "file:", "stmp://ada:secret@mail.example?from=a@b.c", "smtp://?from=a@b.c", "smtp:mail.example",
        "smtp://ada:secret@mail.example", "smtp://ada:secret@mail.example?form=a@b.c", "smtp://mail.example:x?from=a@b.c",
        "smtp://ada:secret@mail.example:99999?from=a@b.c", "smtp://[secret?from=a@b.c", "ses://?from=a@b.c",
        "ses://eu-central-1", "ses://eu-central-1?from=", "https://mail.example",
    ],
)  # fmt: skip
def test_a_setting_that_opens_nothing_is_told_without_its_password(clock: MovableClock, url: str) -> None:
    with pytest.raises(BadSetting, match="TONGHAO_MAIL") as told:
        open_mailer(url, clock)

    assert "secret" not in str(told.value)


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield


def message(**more: object) -> Message:
    told = {
        "to": "ada@example.org",
        "sender": "Commons",
        "lang": "en",
        "subject": "Your code",
        "paragraphs": ("Ada, here is your code:", "It is good once."),
        "footer": "Commons · together",
        "code": "123456",
        "link": ("Continue", "https://commons.example/portal/x?a=1&b=2"),
    }
    return Message(**(told | more))  # type: ignore[arg-type]


def composed(**more: object) -> EmailMessage:
    return compose(message(**more), SENDER)


def parsed(data: bytes) -> EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def read(path: Path) -> EmailMessage:
    return parsed(path.read_bytes())


def parts(mail: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a message, with the line ends of this machine."""
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    text, html = [body.get_content().replace("\r\n", "\n") for body in bodies if body]
    return text, html
