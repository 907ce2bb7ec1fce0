"""The package, unpacked into an empty folder and run by itself."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import secrets
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest

from portal.table.dynamodb import DynamoTable
from tests.deploy.conftest import ROOT, packaged
from tests.deploy.events import function_url, schedule

pytestmark = pytest.mark.deploy

SETTINGS = {
    "TONGHAO_BASE_URL": "https://commons.example",
    "TONGHAO_SECRET": "s" * 48,
    "TONGHAO_TABLE": "dynamodb://tonghao-test?region=eu-central-1",
    "TONGHAO_MAIL": "ses://eu-central-1?from=door@commons.example",
    "TONGHAO_FILES": "s3://tonghao-test-files?region=eu-central-1",
}
FUNCTION = """
import json, sys
sys.path.insert(0, sys.argv[1])
from portal import aws
event = json.load(sys.stdin)
try:
    reply = aws.handler(event, None)
except aws.UnknownEvent as refusal:
    reply = {"refused": str(refusal)}
modules = {name: [getattr(it, "__file__", None), getattr(it, "__cached__", None)] for name, it in sys.modules.items()}
json.dump({"reply": reply, "modules": modules}, sys.stdout)
"""
UPLOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from portal.errors import NotFound
from portal.uploads import open_uploads
uploads = open_uploads(sys.argv[2])
sent = bytes(range(256)) * 4096
uploads.keep("cv", sent, "application/pdf")
assert uploads.read("cv") == sent
uploads.drop("cv")
try:
    uploads.read("cv")
except NotFound:
    print("kept, read and dropped")
"""


def invoke(folder: Path, event: dict[str, Any], **settings: str) -> dict[str, Any]:
    """What a fresh process that has nothing but the package and Python's own library says to an event."""
    environ = {"PATH": os.environ["PATH"], **SETTINGS, **settings}
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", FUNCTION, folder]
    told = subprocess.run(
        command, input=json.dumps(event), env=environ, cwd=folder, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    said: dict[str, Any] = json.loads(told.stdout)
    return said


@pytest.fixture(scope="module")
def sign_in(unpacked: Path) -> dict[str, Any]:
    """A first visit to the sign-in page, in Chinese."""
    return invoke(unpacked, function_url("/portal/sign-in", query="lang=zh&next=/portal/me%3Fq=%E5%90%8C%E5%A5%BD"))


def test_the_sign_in_page_is_answered_in_chinese(sign_in: dict[str, Any]) -> None:
    reply = sign_in["reply"]

    assert reply["statusCode"] == 200
    assert '<html lang="zh-Hans"' in reply["body"]
    assert "登录" in reply["body"]
    assert "同好" in reply["body"] or "%E5%90%8C%E5%A5%BD" in reply["body"]


def test_each_cookie_is_set_once_and_each_header_is_one(sign_in: dict[str, Any]) -> None:
    reply = sign_in["reply"]
    names = [cookie.partition("=")[0] for cookie in reply["cookies"]]

    assert names
    assert len(names) == len(set(names))
    assert all("Secure" in cookie for cookie in reply["cookies"])
    assert reply["headers"]["content-security-policy"].count("default-src") == 1
    assert reply["headers"]["vary"].lower().count("cookie") == 1


def test_the_sign_in_page_needs_no_aws_library(sign_in: dict[str, Any]) -> None:
    loaded = {name.partition(".")[0] for name in sign_in["modules"]}

    assert not loaded & {"zappa", "boto3", "botocore", "babel", "granian", "sqlite3"}


def test_templates_come_precompiled_only(unpacked: Path, sign_in: dict[str, Any]) -> None:
    assert sign_in["reply"]["statusCode"] == 200
    assert list((unpacked / "portal_templates").glob("tmpl_*.py"))
    assert list((unpacked / "portal").rglob("*.html")) == []


def test_all_that_ran_came_from_the_package_or_from_python(unpacked: Path, sign_in: dict[str, Any]) -> None:
    library = Path(os.__file__).parent
    strangers = [
        file
        for file, _ in sign_in["modules"].values()
        if file and not Path(file).is_relative_to(unpacked) and not Path(file).is_relative_to(library)
    ]

    assert strangers == []


def test_a_schedule_runs_its_job(unpacked: Path, emulator: str, emulator_table: DynamoTable, tmp_path: Path) -> None:
    table = f"dynamodb://{emulator_table.name}?region=us-east-1&endpoint={emulator}"

    said = invoke(unpacked, schedule("portal.jobs.outbox"), TONGHAO_TABLE=table, TONGHAO_MAIL=f"file:{tmp_path}")

    assert "refused" not in (said["reply"] or {})


def test_a_file_is_kept_in_s3_and_given_back(unpacked: Path, emulator: str) -> None:
    bucket = f"tonghao-{secrets.token_hex(8)}"
    boto3.client(
        "s3", "us-east-1", endpoint_url=emulator, aws_access_key_id="test", aws_secret_access_key="test"
    ).create_bucket(Bucket=bucket)
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", UPLOAD, unpacked, f"s3://{bucket}?endpoint={emulator}"]

    told = subprocess.run(
        command, env={"PATH": os.environ["PATH"]}, cwd=unpacked, capture_output=True, text=True, check=False
    )

    assert (told.stdout, told.stderr) == ("kept, read and dropped\n", "")


def test_code_in_an_event_is_not_run(unpacked: Path) -> None:
    said = invoke(unpacked, {"raw_command": "import os; os.abort()"})

    assert "raw_command" in said["reply"]["refused"]


def test_every_module_has_bytecode_of_its_own_source_that_is_never_checked_again(archive: Path) -> None:
    with zipfile.ZipFile(archive) as files:
        names = set(files.namelist())
        sources = [name for name in names if name.endswith(".py")]
        for source in sources:
            folder, _, stem = source[:-3].rpartition("/")
            compiled = files.read(f"{folder}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc".lstrip("/"))
            assert compiled[:4] == importlib.util.MAGIC_NUMBER
            assert int.from_bytes(compiled[4:8], "little") == 0b01, f"{source}: not an unchecked hash"
            assert compiled[8:16] == importlib.util.source_hash(files.read(source)), f"{source}: stale"

    assert len(sources) > 300


def test_it_holds_what_was_named_and_nothing_of_this_machine(archive: Path) -> None:
    with zipfile.ZipFile(archive) as files:
        names = files.namelist()
        here = [name for name in names if str(ROOT).encode() in files.read(name)]
        catalogue = files.read("portal/locales/zh/LC_MESSAGES/portal.mo")
    tops = {name.partition("/")[0] for name in names}

    assert {"portal", "portal_templates", "content", "flask", "apig_wsgi", "botocore", "msgspec", "tzdata"} <= tops
    assert not tops & {"zappa", "boto3", "tests", "infra", "var", "build", "site", "docs", ".git", ".venv", "bin"}
    assert {name for name in names if name.startswith("content/")} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "content" / "charter").rglob("*.toml")
    }
    assert catalogue.count(b"Date: 1980-01-01") == 2
    assert [name for name in names if name.endswith((".po", ".env", ".pem", ".key", ".db"))] == ["botocore/cacert.pem"]
    assert here == []


def test_compiled_wheels_are_old_enough_for_the_functions_own_libraries(unpacked: Path) -> None:
    told = [wheel.read_text().splitlines() for wheel in unpacked.glob("*.dist-info/WHEEL")]
    compiled = [lines for lines in told if any(line.startswith("Tag: ") and "linux" in line for line in lines)]

    assert len(compiled) == len({library.relative_to(unpacked).parts[0] for library in unpacked.rglob("*.so")}) > 0
    for lines in compiled:
        assert any(line.endswith(("manylinux_2_17_x86_64", "manylinux2014_x86_64")) for line in lines)


def test_two_builds_in_two_places_are_the_same_bytes(archive: Path, tmp_path: Path) -> None:
    assert packaged(tmp_path).read_bytes() == archive.read_bytes()


def test_the_function_runs_the_versions_that_one_machine_runs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[^a-z0-9-]", dependency)[0] for dependency in project["dependencies"]}
    ours, theirs = pins("requirements-lambda.txt"), pins("requirements.txt")

    assert wanted <= ours.keys()
    assert {name: theirs.get(name) for name in ours} == ours


def pins(lock: str) -> dict[str, str]:
    """The versions that a lock file names."""
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize(
    ("machine", "sentence"),
    [
        (("Darwin", "arm64", (3, 11)), "runs on Linux x86_64, and this is Darwin arm64"),
        (("Linux", "aarch64", (3, 11)), "runs on Linux x86_64, and this is Linux aarch64"),
        (("Linux", "x86_64", (3, 13)), "zappa_settings.json says python3.11, and this is python3.13"),
    ],
)
def test_another_platform_or_python_is_told_what_to_do(
    machine: tuple[str, str, tuple[int, int]], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "infra")
    package = importlib.import_module("package")

    with pytest.raises(package.CannotPackage, match=sentence):
        package.check_machine(*machine, {"dev": {"runtime": "python3.11"}})
    package.check_machine("Linux", "x86_64", machine[2], {"dev": {}})
