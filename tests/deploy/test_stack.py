"""One stage, from nothing, in an emulated AWS: `make deploy` for real, then what a visitor and an operator find."""

from __future__ import annotations

import datetime as dt
import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import boto3
import pytest

from portal.errors import Stale
from portal.table.contract import Key, Put, Update, absent
from portal.table.dynamodb import DynamoTable
from portal.uploads import open_uploads
from tests.clocks import MovableClock
from tests.deploy.conftest import ROOT
from tests.deploy.events import FORM, schedule

pytestmark = pytest.mark.deploy

REGION = "eu-central-1"
MAIL_FROM = "door@commons.example"
DEPLOY = (sys.executable, ROOT / "infra" / "deploy.py", "dev")
BY_URL_ONLY = {
    "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
    "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
}


class Reply(NamedTuple):
    status: int
    page: str
    cookie: str
    location: str


class Stage(NamedTuple):
    """A stage that was deployed: where its AWS listens, and how to run our commands against it."""

    endpoint: str
    environ: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service, REGION, endpoint_url=self.endpoint, aws_access_key_id="test", aws_secret_access_key="test"
        )

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self.environ, cwd=ROOT, capture_output=True, text=True, check=False)

    def invoke(self, event: dict[str, Any]) -> tuple[str | None, Any]:
        reply = self.client("lambda").invoke(FunctionName="tonghao-dev", Payload=json.dumps(event))
        return reply.get("FunctionError"), json.loads(reply["Payload"].read())

    def address(self) -> str:
        """The function's own, which the emulator answers by its name only."""
        url: str = self.client("lambda").get_function_url_config(FunctionName="tonghao-dev")["FunctionUrl"]
        return url.rstrip("/")

    def visit(self, path: str, *, form: dict[str, str] | None = None, cookie: str = "") -> Reply:
        """What a browser gets; a form is sent as our own page would send it."""
        headers = {"Host": urlsplit(self.address()).netloc, "Origin": self.address(), "Cookie": cookie}
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=30)
        if form is not None:
            headers["Content-Type"] = FORM
        connection.request("GET" if form is None else "POST", path, urlencode(form or {}), headers)
        with connection.getresponse() as reply:
            cookies = [it.partition(";")[0] for it in reply.headers.get_all("Set-Cookie", [])]
            told = Reply(reply.status, reply.read().decode(), "; ".join(cookies), reply.headers.get("Location", ""))
        connection.close()
        return told


@pytest.fixture(scope="module")
def stage(emulator: str, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage `dev`, deployed into an empty account."""
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path_factory.mktemp("home")),
        "AWS_ENDPOINT_URL": emulator,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    deployed = Stage(emulator, environ)
    told = deployed.run(*DEPLOY, "--package", archive, "--mail-from", MAIL_FROM)
    assert told.returncode == 0, told.stdout + told.stderr
    yield deployed
    deployed.run(Path(sys.executable).with_name("zappa"), "undeploy", "dev", "--yes")
    deployed.client("cloudformation").delete_stack(StackName="tonghao-dev")


def public_statements(stage: Stage) -> dict[str, Any]:
    policy = json.loads(stage.client("lambda").get_policy(FunctionName="tonghao-dev")["Policy"])
    return {it["Action"]: it.get("Condition") for it in policy["Statement"] if it["Principal"] == "*"}


def leave_the_door_open(stage: Stage) -> None:
    """As a plain Zappa would have made it."""
    name = "FunctionURLAllowPublicAccessInvoke"
    client = stage.client("lambda")
    client.remove_permission(FunctionName="tonghao-dev", StatementId=name)
    client.add_permission(FunctionName="tonghao-dev", StatementId=name, Action="lambda:InvokeFunction", Principal="*")


def letters_to(address: str, stage: Stage) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{stage.endpoint}/_ministack/ses/messages") as sent:  # noqa: S310 - our emulator
        by_account = json.load(sent)["messages"]
    return [letter for letters in by_account.values() for letter in letters if letter["To"] == [address]]


def parameter(stage: Stage, name: str) -> str:
    found = stage.client("ssm").get_parameter(Name=f"/tonghao/dev/{name}", WithDecryption=True)["Parameter"]
    return str(found["Value"])


def test_the_table_keeps_the_contract(stage: Stage, clock: MovableClock) -> None:
    table = DynamoTable("tonghao-dev", clock, region=REGION, endpoint=stage.endpoint)
    ada = {"pk": "M#ada", "sk": "PROFILE", "gs1pk": "MEM#active#0", "gs1sk": "2027#ada", "points": 1}
    table.commit(Put(ada, when=[absent()]), Put({"pk": "M#ada", "sk": "POINTS", "v": 1}, when=[absent()]))

    with pytest.raises(Stale):
        table.commit(Put(ada, when=[absent()]), Update(Key("M#ada", "POINTS"), add={"v": 1}))

    assert table.get(Key("M#ada", "POINTS")) == {"pk": "M#ada", "sk": "POINTS", "v": 1}
    assert [item["pk"] for item in table.query("MEM#active#0", index="gs1").items] == ["M#ada"]
    table.close()


def test_the_site_answers_at_its_function_url(stage: Stage) -> None:
    sign_in = stage.visit("/portal/sign-in?lang=zh")

    assert sign_in.status == 200
    assert "登录" in sign_in.page
    assert stage.visit("/portal/nowhere").status == 404


def test_a_visitor_signs_in_with_the_code_that_ses_was_given(stage: Stage) -> None:
    stage.client("ses").verify_email_identity(EmailAddress=MAIL_FROM)
    page = stage.visit("/portal/sign-in")
    token = re.findall(r'name="csrf" value="([^"]+)"', page.page)[0]
    asked = stage.visit("/portal/sign-in", form={"csrf": token, "email": "ada@example.org"}, cookie=page.cookie)
    (letter,) = letters_to("ada@example.org", stage)
    code = re.findall(r"\b\d{6}\b", letter["Subject"])[0]

    entered = stage.visit(asked.location, form={"csrf": token, "code": code}, cookie=page.cookie)

    assert MAIL_FROM in letter["Source"]
    assert entered.status == 302
    assert "tonghao-session=" in entered.cookie


def test_everybody_comes_in_by_the_url_and_by_nothing_else(stage: Stage) -> None:
    assert public_statements(stage) == BY_URL_ONLY


def test_jobs_run_by_schedule_and_by_command_and_code_does_not(stage: Stage) -> None:
    rules = {rule["Name"]: rule for rule in stage.client("events").list_rules(NamePrefix="tonghao-dev")["Rules"]}

    assert rules["tonghao-dev-portal.jobs.outbox"]["ScheduleExpression"] == "rate(5 minutes)"
    assert not [name for name, rule in rules.items() if rule.get("RoleArn")]
    assert stage.invoke(schedule("portal.jobs.outbox"))[0] is None
    assert stage.invoke({"command": "portal.jobs.outbox"})[0] is None
    assert stage.invoke({"raw_command": "print(1)"})[0] == "Unhandled"


def test_the_function_has_its_own_role_and_no_secret_in_its_settings(stage: Stage) -> None:
    function = stage.client("lambda").get_function_configuration(FunctionName="tonghao-dev")
    kept = stage.client("ssm").get_parameter(Name="/tonghao/dev/secret")["Parameter"]

    assert function["Role"].endswith(":role/tonghao-dev-function")
    assert function["Handler"] == "portal.aws.handler"
    assert kept["Type"] == "SecureString"
    assert len(parameter(stage, "secret")) >= 48
    assert parameter(stage, "secret") not in json.dumps(function, default=dt.datetime.isoformat)


def test_the_function_is_told_the_bucket_that_the_stack_made_for_files(stage: Stage) -> None:
    stack = stage.client("cloudformation").describe_stacks(StackName="tonghao-dev")["Stacks"][0]
    made = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    uploads = open_uploads(f"{parameter(stage, 'files')}&endpoint={stage.endpoint}")

    uploads.keep("cv", b"%PDF", "application/pdf")

    assert parameter(stage, "files") == f"s3://{made['FilesBucket']}?region={REGION}"
    assert uploads.read("cv") == b"%PDF"


def test_another_deployment_keeps_secret_and_members_and_narrows_a_door_left_open(
    stage: Stage, archive: Path, clock: MovableClock
) -> None:
    secret = parameter(stage, "secret")
    table = DynamoTable("tonghao-dev", clock, region=REGION, endpoint=stage.endpoint)
    table.commit(Put({"pk": "M#bo", "sk": "PROFILE"}))
    leave_the_door_open(stage)

    told = stage.run(*DEPLOY, "--package", archive, "--base-url", "https://commons.example")

    assert told.returncode == 0, told.stdout + told.stderr
    assert parameter(stage, "secret") == secret
    assert parameter(stage, "base-url") == "https://commons.example"
    assert table.get(Key("M#bo", "PROFILE"))
    assert public_statements(stage) == BY_URL_ONLY
    assert stage.visit("/portal/healthz").status == 200
    table.close()


def test_going_back_is_one_command_and_a_release_that_is_not_there_is_named(stage: Stage, archive: Path) -> None:
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()

    back = stage.run(*DEPLOY, "--back-to", digest[:12])
    nowhere = stage.run(*DEPLOY, "--back-to", "0" * 12)

    assert back.returncode == 0, back.stdout + back.stderr
    assert digest[:12] in stage.client("lambda").get_function_configuration(FunctionName="tonghao-dev")["Description"]
    assert nowhere.returncode == 1
    assert "0 releases begin with 000000000000" in nowhere.stderr


@pytest.mark.parametrize(("command", "sentence"), [("package", "make package"), ("schedule", "infra/zappa_cured.py")])
def test_zappa_by_itself_is_refused_what_it_would_do_wrong(stage: Stage, command: str, sentence: str) -> None:
    told = stage.run(Path(sys.executable).with_name("zappa"), command, "dev")

    assert told.returncode != 0
    assert sentence in told.stdout + told.stderr
