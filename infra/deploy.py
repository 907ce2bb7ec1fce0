"""`make deploy STAGE=dev`: the package, the stack, its parameters, the function; then a look at what came of it."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

import boto3
import package
import zappa_cured
from botocore.exceptions import BotoCoreError, ClientError

SECRET_BYTES = 48
#: The store is reached; a page is made.
VISITS = ("/portal/healthz", "/portal/sign-in")
#: Each package that was deployed is kept under its hash, so that going back is one command.
RELEASE = "releases/{}.zip"
#: Applications and decisions name the charter that they were made under; it is kept before the next of them.
STORE_CHARTER = {"command": "portal.jobs.charter"}


class NotDeployed(Exception):
    """The stage is not as it should be; the sentence says where it differs."""


def stage_settings(stage: str) -> dict[str, Any]:
    """One stage of zappa_settings.json, with what it extends."""
    stages = json.loads((package.ROOT / "zappa_settings.json").read_bytes())
    own: dict[str, Any] = stages[stage]
    return {**stage_settings(own["extends"]), **own} if "extends" in own else own


def deploy(stage: str, archive: Path, mail_from: str | None, base_url: str | None) -> str:
    """Bring the stage up to this checkout and that package, and return the function's own address; safe to repeat."""
    outputs = keep_stack(stage, mail_from)
    keep_parameters(stage, mail_from, base_url, outputs["FilesBucket"])
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    boto3.client("s3").upload_file(str(archive), outputs["FilesBucket"], RELEASE.format(digest))
    return release(stage, outputs["FilesBucket"], digest)


def go_back(stage: str, digest: str) -> str:
    """Run a package that was deployed before, by the beginning of its hash; stack and parameters stay as they are."""
    bucket = _outputs(stage)["FilesBucket"]
    kept = boto3.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"releases/{digest}").get("Contents", [])
    if len(kept) != 1:
        raise NotDeployed(f"{len(kept)} releases begin with {digest}; look at s3://{bucket}/releases/")
    return release(stage, bucket, Path(kept[0]["Key"]).stem)


def release(stage: str, bucket: str, digest: str) -> str:
    """Have Zappa run the kept package of that hash, look at what came of it, and return the function's own address."""
    function = f"tonghao-{stage}"
    command = "update" if _function(function) else "deploy"
    # The time makes the configuration new, so that running functions end and read the parameters again.
    description = f"Tonghao {digest[:12]}, deployed {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}"
    zappa_cured.run(stage, command, "--zip", f"s3://{bucket}/{RELEASE.format(digest)}", description=description)
    address: str = boto3.client("lambda").get_function_url_config(FunctionName=function)["FunctionUrl"]
    _keep_parameter(f"/tonghao/{stage}/base-url", address.rstrip("/"), "String")
    check(stage, function, digest)
    return address


def keep_stack(stage: str, mail_from: str | None) -> dict[str, str]:
    """Create the stack or bring it up to date, and return its outputs."""
    cloud, name = boto3.client("cloudformation"), f"tonghao-{stage}"
    known = _found(cloud.describe_stacks, StackName=name) is not None
    request = {
        "StackName": name,
        "TemplateBody": (package.ROOT / "infra" / "core.yaml").read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": "Stage", "ParameterValue": stage}, _mail_parameter(mail_from, known=known)],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    try:
        (cloud.update_stack if known else cloud.create_stack)(**request)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise
    else:
        waiter = cloud.get_waiter("stack_update_complete" if known else "stack_create_complete")
        waiter.wait(StackName=name, WaiterConfig={"Delay": 2, "MaxAttempts": 600})
    return _outputs(stage)


def _outputs(stage: str) -> dict[str, str]:
    stack = boto3.client("cloudformation").describe_stacks(StackName=f"tonghao-{stage}")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _mail_parameter(mail_from: str | None, *, known: bool) -> dict[str, Any]:
    if mail_from:
        return {"ParameterKey": "MailFrom", "ParameterValue": mail_from}
    if known:
        return {"ParameterKey": "MailFrom", "UsePreviousValue": True}
    raise NotDeployed("The first deployment of a stage needs --mail-from, an address that SES lets you send from.")


def keep_parameters(stage: str, mail_from: str | None, base_url: str | None, files: str) -> None:
    """What the function reads at its start. The secret is made once; the rest changes when it is given."""
    region = boto3.session.Session().region_name
    _keep_parameter(f"/tonghao/{stage}/secret", secrets.token_urlsafe(SECRET_BYTES), "SecureString")
    # The bucket's name holds the account's number, which zappa_settings.json can't know.
    _keep_parameter(f"/tonghao/{stage}/files", f"s3://{files}?region={region}", "String", replace=True)
    if mail_from:
        _keep_parameter(f"/tonghao/{stage}/mail", f"ses://{region}?from={mail_from}", "String", replace=True)
    if base_url:
        _keep_parameter(f"/tonghao/{stage}/base-url", base_url, "String", replace=True)


def _keep_parameter(name: str, value: str, kind: str, *, replace: bool = False) -> None:
    store = boto3.client("ssm")
    try:
        store.put_parameter(Name=name, Value=value, Type=kind, Overwrite=replace)
    except store.exceptions.ParameterAlreadyExists:
        return


def check(stage: str, function: str, digest: str) -> None:
    """Zappa's exit status says little, so look: the code is ours, the door is narrow, pages and job answer."""
    configuration = (_function(function) or {})["Configuration"]
    if configuration["CodeSha256"] != base64.b64encode(bytes.fromhex(digest)).decode():
        raise NotDeployed(f"{function} runs another package than {digest}.")
    policy = json.loads(boto3.client("lambda").get_policy(FunctionName=function)["Policy"])
    for statement in policy["Statement"]:
        if statement["Principal"] in ("*", {"AWS": "*"}) and not statement.get("Condition"):
            raise NotDeployed(f"{function} can be invoked by everybody with any event: statement {statement['Sid']}.")
    # Behind a CDN the door is open to the CDN only, and saying so is a sign of health too.
    expected = 403 if "TONGHAO_ORIGIN_SECRET" in stage_settings(stage)["aws_environment_variables"] else 200
    for path in VISITS:
        _expect({"statusCode": expected}, function, _visit(path))
    _expect({"job": "charter"}, function, STORE_CHARTER)


def _expect(sound: dict[str, Any], function: str, event: dict[str, Any]) -> None:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    reply = json.loads(answer["Payload"].read())
    if not sound.items() <= reply.items():
        raise NotDeployed(f"{function} answers {reply} to {event}; its log tells more.")


def _visit(path: str) -> dict[str, Any]:
    visit = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "deploy"}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "localhost"},
        "requestContext": {"http": visit},
        "isBase64Encoded": False,
    }


def _function(name: str) -> dict[str, Any] | None:
    return _found(boto3.client("lambda").get_function, FunctionName=name)


def _found(call: Any, **request: str) -> dict[str, Any] | None:
    try:
        reply: dict[str, Any] = call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException" or "does not exist" in str(error):
            return None
        raise
    return reply


def _wanted(told: argparse.Namespace) -> str:
    if told.back_to:
        return go_back(told.stage, told.back_to)
    archive = told.package or package.build(package.FOLDER)
    return deploy(told.stage, archive, told.mail_from, told.base_url)


def _path(told: str) -> Path:
    return Path(told).resolve()


def main() -> None:
    """Read the command line, deploy, and print the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=["dev", "prod"])
    parser.add_argument("--mail-from", help="the address that letters come from; needed the first time")
    parser.add_argument("--base-url", help="the portal's public origin; without it, the function's own address")
    parser.add_argument("--package", type=_path, help="a package built before; without it, one of this checkout")
    parser.add_argument("--back-to", metavar="HASH", help="run a package that was deployed before, nothing else")
    wanted = parser.parse_args()
    # boto3 and Zappa look here first, and must not disagree about the region.
    os.environ["AWS_DEFAULT_REGION"] = stage_settings(wanted.stage)["aws_region"]
    os.chdir(package.ROOT)  # where Zappa looks for its settings
    try:
        print(_wanted(wanted))
    except (NotDeployed, package.CannotPackage, BotoCoreError, ClientError) as refusal:
        raise SystemExit(str(refusal)) from refusal


if __name__ == "__main__":
    main()
