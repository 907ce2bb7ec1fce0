"""infra/core.yaml and zappa_settings.json, read as text: what no emulator keeps must at least be written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal import jobs
from portal.table.creation import deletion_of_expired, table_shape
from portal.uploads import PREFIX

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "infra" / "core.yaml"


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as they are spelled: `!Ref Table` is {"Ref": "Table"}."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    assert isinstance(node, yaml.SequenceNode)
    return {tag: loader.construct_sequence(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader of our own
    found: dict[str, Any] = template["Resources"]
    return found


@pytest.fixture(scope="module")
def stages() -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((ROOT / "zappa_settings.json").read_bytes())
    return {"dev": settings["dev"], "prod": {**settings["dev"], **settings["prod"]}}


def test_cfn_lint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")

    told = subprocess.run(
        [linter, "--include-checks", "I", "--", TEMPLATE], capture_output=True, text=True, check=False
    )

    assert (told.returncode, told.stdout) == (0, "")


def test_the_table_has_the_shape_that_the_engine_expects(resources: dict[str, Any]) -> None:
    table = resources["Table"]["Properties"]
    expected = table_shape("tonghao")

    for told in ("KeySchema", "GlobalSecondaryIndexes", "BillingMode"):
        assert table[told] == expected[told]
    assert sorted(table["AttributeDefinitions"], key=str) == sorted(expected["AttributeDefinitions"], key=str)
    assert table["TimeToLiveSpecification"] == deletion_of_expired("tonghao")["TimeToLiveSpecification"]


def test_the_table_is_encrypted_recoverable_and_not_deleted_by_mistake(resources: dict[str, Any]) -> None:
    table = resources["Table"]

    assert table["Properties"]["SSESpecification"]["SSEEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["Properties"]["DeletionProtectionEnabled"] == {"If": ["Production", True, False]}
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")


@pytest.mark.parametrize("name", ["SiteBucket", "FilesBucket"])
def test_buckets_are_private_encrypted_kept_and_reached_by_tls_only(resources: dict[str, Any], name: str) -> None:
    bucket = resources[name]
    (statement,) = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]

    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["Properties"]["PublicAccessBlockConfiguration"]) == 4
    assert bucket["Properties"]["BucketEncryption"]
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["DeletionPolicy"] == "Retain"
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_function_may_do_these_things_to_named_resources_and_nothing_else(resources: dict[str, Any]) -> None:
    (policy,) = resources["FunctionRole"]["Properties"]["Policies"]
    statements = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}
    actions = {action for it in statements.values() for action in _listed(it["Action"])}

    assert actions == {
        "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
        "logs:CreateLogStream", "logs:PutLogEvents",
        "s3:DeleteObject", "s3:GetObject", "s3:PutObject",
        "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt", "ses:SendRawEmail",
    }  # fmt: skip
    for statement in statements.values():
        assert statement["Effect"] == "Allow"
        assert "*" not in _listed(statement["Resource"])
    assert statements["SendMail"]["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
    assert statements["KeepUploads"]["Resource"] == {"Sub": f"${{FilesBucket.Arn}}/{PREFIX}*"}
    assert "kms:ViaService" in statements["DecryptSettings"]["Condition"]["StringEquals"]


def test_transfers_that_broke_off_end_and_dropped_uploads_are_gone_for_good(resources: dict[str, Any]) -> None:
    rules = {rule["Id"]: rule for rule in resources["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]}

    assert {rule["Status"] for rule in rules.values()} == {"Enabled"}
    assert "Prefix" not in rules["unfinished"]
    assert rules["unfinished"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["dropped-uploads"]["Prefix"] == PREFIX
    assert rules["dropped-uploads"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "ExpirationInDays" not in rules["dropped-uploads"]  # what nobody dropped stays


def test_only_lambda_may_take_the_role(resources: dict[str, Any]) -> None:
    (trust,) = resources["FunctionRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_the_stages_use_what_the_template_makes(resources: dict[str, Any], stages: dict[str, Any]) -> None:
    for stage, settings in stages.items():
        environ = settings["aws_environment_variables"]

        assert settings["role_name"] == _named(resources["FunctionRole"]["Properties"]["RoleName"], stage)
        assert environ["TONGHAO_TABLE"] == "dynamodb://" + _named(resources["Table"]["Properties"]["TableName"], stage)
        assert settings["manage_roles"] is settings["keep_warm"] is settings["apigateway_enabled"] is False
        assert settings["function_url_config"] == {"authorizer": "NONE", "cors": False}


def test_what_is_secret_or_known_to_aws_alone_is_read_from_it(stages: dict[str, Any]) -> None:
    for stage, settings in stages.items():
        assert "environment_variables" not in settings  # Zappa would write these into the package
        for name in ("TONGHAO_SECRET", "TONGHAO_MAIL", "TONGHAO_BASE_URL", "TONGHAO_FILES"):
            assert settings["aws_environment_variables"][name].startswith(f"ssm:/tonghao/{stage}/")


def test_every_job_has_a_schedule_and_every_schedule_a_job(stages: dict[str, Any]) -> None:
    for settings in stages.values():
        scheduled = {event["function"].removeprefix("portal.jobs.") for event in settings["events"]}

        assert scheduled == set(jobs.JOBS)
        assert all(event["expressions"] for event in settings["events"])


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(value: dict[str, str], stage: str) -> str:
    return value["Sub"].replace("${Stage}", stage)
