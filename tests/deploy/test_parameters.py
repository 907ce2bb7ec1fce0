"""Settings that live in SSM's Parameter Store, on moto."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from portal import aws
from portal.errors import BadSetting
from portal.table.client import shared_session


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Parameter Store with a secret and an address."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    shared_session.cache_clear()
    with mock_aws():
        ssm = boto3.client("ssm")
        ssm.put_parameter(Name="/tonghao/prod/secret", Value="s" * 48, Type="SecureString")
        ssm.put_parameter(Name="/tonghao/prod/base-url", Value="https://commons.example", Type="String")
        yield
    shared_session.cache_clear()


@pytest.mark.usefixtures("store")
def test_named_parameters_are_read_and_decrypted_and_the_rest_is_left_alone() -> None:
    environ = {
        "TONGHAO_SECRET": "ssm:/tonghao/prod/secret",
        "TONGHAO_BASE_URL": "ssm:/tonghao/prod/base-url",
        "TONGHAO_TABLE": "dynamodb://tonghao-prod",
        "SOMEBODY_ELSES": "ssm:/theirs",
    }

    aws.resolve_parameters(environ)

    assert environ == {
        "TONGHAO_SECRET": "s" * 48,
        "TONGHAO_BASE_URL": "https://commons.example",
        "TONGHAO_TABLE": "dynamodb://tonghao-prod",
        "SOMEBODY_ELSES": "ssm:/theirs",
    }


@pytest.mark.usefixtures("store")
def test_a_parameter_that_is_not_there_stops_the_start_and_is_named() -> None:
    environ = {"TONGHAO_SECRET": "ssm:/tonghao/prod/sceret"}

    with pytest.raises(BadSetting, match="TONGHAO_SECRET names the parameter /tonghao/prod/sceret"):
        aws.resolve_parameters(environ)


def test_without_such_settings_nobody_is_asked() -> None:
    environ = {"TONGHAO_SECRET": "s" * 48}

    aws.resolve_parameters(environ)

    assert environ == {"TONGHAO_SECRET": "s" * 48}
