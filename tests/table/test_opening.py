"""From TONGHAO_TABLE to a table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from botocore.session import get_session
from moto import mock_aws

from portal.errors import BadSetting, StoreUnavailable
from portal.table import client
from portal.table.contract import Key, Put
from portal.table.dynamodb import DynamoTable
from portal.table.opening import open_table
from portal.table.sqlite import SqliteTable
from tests.clocks import MovableClock
from tests.engines import free_port

ADA = {"pk": "M#ada", "sk": "PROFILE"}


def test_an_sqlite_address_is_relative_with_three_strokes_and_absolute_with_four(
    clock: MovableClock, tmp_path: Path
) -> None:
    relative = open_table("sqlite:///var/my%20club.db", clock)
    absolute = open_table(f"sqlite:///{tmp_path}/club.db", clock)

    assert isinstance(relative, SqliteTable)
    assert isinstance(absolute, SqliteTable)
    assert relative.path == Path("var/my club.db")
    assert absolute.path == tmp_path / "club.db"


def test_a_missing_file_is_made_only_when_asked(clock: MovableClock, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/club.db"

    with pytest.raises(StoreUnavailable):
        open_table(url, clock).get(Key("M#ada", "PROFILE"))
    assert not (tmp_path / "new").exists()

    table = open_table(url, clock, create=True)
    table.commit(Put(ADA))
    assert open_table(url, clock, create=True).get(Key("M#ada", "PROFILE")) == ADA


def test_a_table_of_the_emulator_is_made_once(emulator: str, clock: MovableClock) -> None:
    url = f"dynamodb://tonghao-opening?region=eu-central-1&endpoint={emulator}"

    open_table(url, clock, create=True).commit(Put(ADA))
    again = open_table(url, clock, create=True)

    assert again.get(Key("M#ada", "PROFILE")) == ADA
    assert isinstance(again, DynamoTable)
    ttl = again.client.raw.describe_time_to_live(TableName="tonghao-opening")
    assert ttl["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    again.client.raw.delete_table(TableName="tonghao-opening")
    again.close()


def test_a_table_in_aws_is_never_made_here(clock: MovableClock) -> None:
    with mock_aws():
        table = open_table("dynamodb://club?region=eu-central-1", clock, create=True)

        with pytest.raises(StoreUnavailable, match="can't be reached"):
            table.get(Key("M#ada", "PROFILE"))


def test_a_missing_table_tells_the_operator(emulator: str, clock: MovableClock) -> None:
    table = open_table(f"dynamodb://nobody?endpoint={emulator}", clock)

    with pytest.raises(StoreUnavailable) as refused:
        table.get(Key("M#ada", "PROFILE"))

    assert "nobody" in refused.value.facts["cause"]
    assert "ResourceNotFoundException" in refused.value.facts["cause"]
    assert str(refused.value).startswith("The store can't be reached right now.")


def test_an_endpoint_that_nobody_serves_tells_the_operator(clock: MovableClock) -> None:
    port = free_port()
    table = open_table(f"dynamodb://club?endpoint=http://127.0.0.1:{port}", clock)

    with pytest.raises(StoreUnavailable) as refused:
        table.commit(Put(ADA))

    assert f"127.0.0.1:{port}" in refused.value.facts["cause"]
    assert refused.value.code == "StoreUnavailable"


def test_without_a_region_the_operator_is_told(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    with pytest.raises(StoreUnavailable) as refused:
        open_table("dynamodb://club", clock).get(Key("M#ada", "PROFILE"))

    assert "region" in refused.value.facts["cause"]


def test_without_credentials_the_operator_is_told(clock: MovableClock, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setattr(client, "shared_session", get_session)

    with pytest.raises(StoreUnavailable) as refused:
        open_table(f"dynamodb://club?region=eu-central-1&endpoint=https://127.0.0.1:{free_port()}", clock).get(
            Key("M#ada", "PROFILE")
        )

    assert "credentials" in refused.value.facts["cause"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "club.db",
        "postgres://club",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:///var/",
        "sqlite://var/club.db",
        "sqlite:///club.db?mode=ro",
        "dynamodb://",
        "dynamodb:club",
        "dynamodb://club/other",
        "dynamodb://club?regoin=eu-central-1",
        "dynamodb://club?endpoint=127.0.0.1:4566",
    ],
)
def test_a_wrong_address_names_the_setting_and_what_would_be_right(url: str, clock: MovableClock) -> None:
    with pytest.raises(BadSetting, match=r"^TONGHAO_TABLE can't be used: .* sqlite:///var/tonghao\.db, or dynamodb://"):
        open_table(url, clock)


def test_the_way_to_a_table_loads_no_engine() -> None:
    code = "import sys, portal.table.opening; print('sqlite3' in sys.modules, 'botocore' in sys.modules)"
    assert _printed(code) == "False False"


def test_an_engine_on_dynamodb_loads_botocore_at_its_first_use_and_never_boto3() -> None:
    code = (
        "import sys; from portal.table.opening import open_table; from portal.clock import SystemClock;"
        "open_table('dynamodb://club?region=eu-central-1', SystemClock());"
        "print([name in sys.modules for name in ('botocore', 'boto3', 'sqlite3')])"
    )
    assert _printed(code) == "[False, False, False]"


def _printed(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
