"""Settings: each has a working default, and a wrong one is told by its name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from portal.accounts.service import Accounts
from portal.applications.moves import Moves
from portal.config import ROOT, read
from portal.errors import BadSetting
from portal.table.sqlite import SqliteTable
from portal.tokens import BadToken, Tokens
from portal.wiring import tools
from tests.clocks import MovableClock
from tests.people import applicant
from tests.world import World

LONG = "s" * 32
OLD, NEW = "the old secret of this community", "the new secret of this community"


def test_without_any_setting_it_runs_on_this_machine(clock: MovableClock) -> None:
    config = read({})

    assert (config.port, config.data, config.base_url) == (8000, Path("var"), "http://127.0.0.1:8000")
    assert (config.table, config.mail) == ("sqlite:///var/tonghao.db", "file:var/outbox")
    assert config.files == "file:var/files"
    assert (config.content, config.build) == (ROOT / "content", ROOT / "build")
    assert tools(config, clock).base_url == "http://127.0.0.1:8000"
    assert not config.secure


def test_store_mail_files_and_secret_move_with_the_data(tmp_path: Path) -> None:
    config = read({"TONGHAO_DATA": f"{tmp_path}/new/data", "TONGHAO_PORT": "8123"})

    assert config.table == f"sqlite:///{tmp_path}/new/data/tonghao.db"
    assert config.mail == f"file:{tmp_path}/new/data/outbox"
    assert config.files == f"file:{tmp_path}/new/data/files"
    assert config.base_url == "http://127.0.0.1:8123"
    assert (tmp_path / "new" / "data" / "secret").exists()


def test_an_empty_setting_is_as_good_as_none() -> None:
    names = ("PORT", "DATA", "TABLE", "MAIL", "FILES", "BASE_URL", "SECRET", "BUILD")

    told = read({f"TONGHAO_{name}": "" for name in names})

    assert told == read({})


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "80.0", " 80", "8e3", "0x50", "99999999999999999999"])
def test_a_port_is_a_port_number(port: str) -> None:
    refused({"TONGHAO_PORT": port}, "TONGHAO_PORT", port)


@pytest.mark.parametrize(
    "url",
    [
        "commons.example", "//commons.example", "ftp://commons.example", "https://", "https:///",
        "http:commons.example", "https://commons.example/portal", "https://commons.example/portal/", "https://commons.example?x=1",
        "https://commons.example#x", "https://wei@commons.example", "https://wei:pw@commons.example",
        "https://commons example", "https://commons.example:", "https://commons.example:x", "https://commons.example:99999",
        "https://[", "https://commons.example\n", "javascript:alert(1)//",
    ],
)  # fmt: skip
def test_a_base_url_is_an_origin_and_nothing_more(url: str) -> None:
    refused({"TONGHAO_BASE_URL": url, "TONGHAO_SECRET": LONG}, "TONGHAO_BASE_URL")


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://commons.example", "https://commons.example"),
        ("https://commons.example/", "https://commons.example"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("https://Commons.Example", "https://commons.example"),
        ("HTTPS://commons.example", "https://commons.example"),
        ("https://commons.example:443", "https://commons.example"),
        ("http://commons.example:80/", "http://commons.example"),
    ],
)
def test_a_base_url_is_kept_as_browsers_tell_it_or_no_form_would_be_ours(given: str, origin: str) -> None:
    assert read({"TONGHAO_BASE_URL": given, "TONGHAO_SECRET": LONG}).base_url == origin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TONGHAO_TABLE", "postgres://db"), ("TONGHAO_TABLE", "sqlite://"), ("TONGHAO_TABLE", "dynamodb://"),
        ("TONGHAO_TABLE", "sqlite:///x?mode=ro"), ("TONGHAO_TABLE", "dynamodb://t?regoin=eu-central-1"),
        ("TONGHAO_TABLE", "dynamodb://[t"), ("TONGHAO_MAIL", "outbox"), ("TONGHAO_MAIL", "smtp://mail.example"),
        ("TONGHAO_MAIL", "smtp://mail.example:x?from=a@b.c"), ("TONGHAO_MAIL", "ses://eu-central-1"),
        ("TONGHAO_FILES", "var/files"), ("TONGHAO_FILES", "s3://"), ("TONGHAO_FILES", "s3://b?regoin=eu-central-1"),
    ],
)  # fmt: skip
def test_a_store_a_mailer_or_a_place_for_files_that_is_none_is_told_before_anything_starts(
    clock: MovableClock, name: str, value: str
) -> None:
    with pytest.raises(BadSetting, match=name):
        tools(read({name: value}), clock)


def test_data_can_t_be_kept_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused({"TONGHAO_DATA": f"{tmp_path}/file"}, "TONGHAO_DATA", f"{tmp_path}/file")


# --- the secret ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["short", "s" * 31, f"{LONG},short", f"short,{LONG}", "  " + "s" * 31 + "  "])
def test_a_short_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(BadSetting, match="TONGHAO_SECRET") as told:
        read({"TONGHAO_SECRET": secret})

    assert "sss" not in str(told.value)


@pytest.mark.parametrize("secret", ["", " ", ",", " , "])
def test_behind_https_a_secret_must_be_given(secret: str, tmp_path: Path) -> None:
    environ = {"TONGHAO_BASE_URL": "https://commons.example", "TONGHAO_SECRET": secret, "TONGHAO_DATA": str(tmp_path)}

    refused(environ, "TONGHAO_SECRET")
    assert not (tmp_path / "secret").exists()


def test_a_local_secret_is_made_once_for_its_owner_s_eyes_only(tmp_path: Path) -> None:
    first = read({"TONGHAO_DATA": str(tmp_path)}).secrets
    again = read({"TONGHAO_DATA": str(tmp_path)}).secrets
    other = read({"TONGHAO_DATA": str(tmp_path / "other")}).secrets

    assert first == again != other
    assert len(first[0]) >= 32
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "\n", "short", "\u5bc6\u7801" * 20])
def test_a_local_secret_that_was_cut_short_is_never_used(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content, encoding="utf-8")

    try:
        kept = read({"TONGHAO_DATA": str(tmp_path)}).secrets
    except BadSetting as told:
        assert str(tmp_path / "secret") in str(told)  # noqa: PT017 - either answer is right
    else:
        assert all(len(secret) >= 32 for secret in kept), "everything would be signed with a secret that all can guess"


def test_several_secrets_are_read_in_their_order() -> None:
    assert read({"TONGHAO_SECRET": f" {NEW} , {OLD},"}).secrets == (NEW, OLD)


def test_a_new_secret_before_the_old_one_loses_nobody_and_no_link(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    before = World(sqlite_table, clock, tmp_path, secrets=(OLD,))
    bob = applicant(before, "Bob")
    status = before.mail_to("bob@example.org").link
    ada, late = before.browser(), before.browser()
    ada.sign_in("ada@example.org")
    page = late.post("/portal/sign-in", {"email": "late@example.org"}).headers["Location"]
    letter = before.mail_to("late@example.org")
    form = ada.token

    clock.advance(minutes=1)
    after = World(sqlite_table, clock, tmp_path, secrets=(NEW, OLD))
    for browser in (ada, late):
        browser.client.application = after.app
    phone = after.browser()
    phone.sign_in("ada@example.org")

    assert ada.get("/portal/account").status_code == 200
    assert ada.post("/portal/language", {"to": "en", "back": "/portal/me"}, csrf=form).status_code == 302
    assert ada.get(status).status_code == 200
    assert late.get(letter.link).status_code == 200
    assert late.post(page, {"code": letter.code}).status_code == 302
    assert len(accounts(after)) == 3
    assert after.the(Moves).by_token(status.rpartition("/")[2].partition("?")[0]).id == bob.id
    assert phone.get("/portal/account").text.count("ada@example.org") == 1


def test_the_first_secret_signs_and_all_verify() -> None:
    old, both, new = Tokens((OLD,)), Tokens((NEW, OLD)), Tokens((NEW,))

    assert both.unsign("link", old.sign("link", "x")) == "x"
    assert new.unsign("link", both.sign("link", "x")) == "x"
    for stranger, made in ((old, new), (new, old), (both, Tokens((LONG,)))):
        with pytest.raises(BadToken):
            stranger.unsign("link", made.sign("link", "x"))
    with pytest.raises(BadToken):
        both.unsign("link", both.sign("status", "x"))


def test_what_opens_something_stands_in_the_store_only_as_a_hash(
    sqlite_table: SqliteTable, clock: MovableClock, tmp_path: Path
) -> None:
    world = World(sqlite_table, clock, tmp_path)
    ada = world.browser()
    ada.sign_in("ada@example.org")
    page = ada.post("/portal/sign-in", {"email": "late@example.org"}).headers["Location"]
    letter = world.mail_to("late@example.org")
    stored = " ".join(map(str, world.table.scan()))

    assert "late@example.org" in stored  # it must be written to
    assert ada.cookie("tonghao-session") not in stored
    assert ada.cookie("tonghao-browser") not in stored
    assert page.rpartition("/")[2] not in stored
    assert letter.link.partition("?")[0].rpartition("/")[2] not in stored
    assert f"'{letter.code}'" not in stored


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative folders are made where the test ends with them."""
    monkeypatch.chdir(tmp_path)


def refused(environ: dict[str, str], *named: str) -> None:
    with pytest.raises(BadSetting) as told:
        read(environ)

    for name in named:
        assert name in str(told.value)


def accounts(world: World) -> list[str]:
    """Everybody's address."""
    return [world.the(Accounts).account(item["id"]).email for item in world.table.scan() if item["sk"] == "ACCOUNT"]
