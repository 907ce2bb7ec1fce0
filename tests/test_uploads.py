"""Uploaded files: kept in a folder or in S3, and never outside of it."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from portal.errors import BadSetting, NotFound, StoreUnavailable
from portal.table.client import shared_session
from portal.uploads import FolderUploads, S3Uploads, Uploads, open_uploads
from tests.engines import free_port
from tests.samples import PDF, PNG

BUCKET = "tonghao-test-files"
OUTSIDE = [
    "", ".", "..", "../x", "a/../../x", "/etc/passwd", "a/b", "a\\b", "a.b", ".hidden", "-x", "a b", "a\n", "a\x00",
    "ａ", "٣", "a" * 101, "%2e%2e", "a:b", "C:",
]  # fmt: skip


# --- what both promise ---------------------------------------------------------------------------------------------


def test_what_was_kept_is_read_as_it_was(uploads: Uploads) -> None:
    everything = bytes(range(256)) * 9
    uploads.keep("01J9ZX_a-b", everything, "application/pdf")
    uploads.keep("empty", b"", "text/plain; charset=utf-8")

    assert uploads.read("01J9ZX_a-b") == everything
    assert uploads.read("empty") == b""


def test_a_second_file_takes_the_place_of_the_first(uploads: Uploads) -> None:
    uploads.keep("a", PNG, "image/png")
    uploads.keep("a", PDF, "application/pdf")

    assert uploads.read("a") == PDF


def test_what_was_dropped_is_gone_and_may_be_dropped_again(uploads: Uploads) -> None:
    uploads.keep("a", PDF, "application/pdf")
    uploads.keep("b", PNG, "image/png")
    uploads.drop("a")
    uploads.drop("a")
    uploads.drop("never")

    with pytest.raises(NotFound):
        uploads.read("a")
    assert uploads.read("b") == PNG


def test_nothing_stands_under_what_was_never_kept(uploads: Uploads) -> None:
    with pytest.raises(NotFound):
        uploads.read("never")


@pytest.mark.parametrize("key", OUTSIDE)
def test_no_key_leads_outside(uploads: Uploads, key: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"theirs")

    with pytest.raises(NotFound):
        uploads.read(key)
    with pytest.raises(NotFound):
        uploads.keep(key, PDF, "application/pdf")
    uploads.drop(key)

    assert (tmp_path / "x").read_bytes() == b"theirs"


# --- a folder ------------------------------------------------------------------------------------------------------


def test_files_are_their_owners_alone_and_nothing_else_is_left(folder: Path) -> None:
    FolderUploads(folder).keep("a", PDF, "application/pdf")

    assert [path.name for path in folder.iterdir()] == ["a"]
    assert stat.S_IMODE((folder / "a").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_under_one_key_is_always_one_of_those_that_were_sent(folder: Path) -> None:
    uploads = FolderUploads(folder)
    sent = [bytes([number]) * 200_000 for number in range(20)]
    uploads.keep("a", sent[0], "x")

    with ThreadPoolExecutor(8) as threads:
        keeping = [threads.submit(uploads.keep, "a", data, "x") for data in sent]
        seen = {uploads.read("a") for _ in range(50)}
        for kept in keeping:
            kept.result()

    assert seen <= set(sent)
    assert [path.name for path in folder.iterdir()] == ["a"]


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: int) -> None:
    uploads = FolderUploads(folder)
    uploads.keep("a", PDF, "application/pdf")

    def refuse(_file: int) -> None:
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreUnavailable) as told:
        uploads.keep("a", PNG, "image/png")

    assert os.strerror(fault) in told.value.facts["cause"]
    assert uploads.read("a") == PDF
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_folder_that_is_none_is_told_as_a_store_that_is_away(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("in the way")
    uploads = FolderUploads(folder)

    with pytest.raises(StoreUnavailable):
        uploads.keep("a", PDF, "application/pdf")
    with pytest.raises(StoreUnavailable):
        uploads.read("a")
    with pytest.raises(StoreUnavailable):
        uploads.drop("a")


# --- S3 ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bucket")
def test_an_object_is_encrypted_and_stands_under_its_prefix() -> None:
    s3().keep("a", PDF, "application/pdf")

    (listed,) = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    kept = boto3.client("s3").head_object(Bucket=BUCKET, Key=listed["Key"])
    assert listed["Key"] == "uploads/a"
    assert kept["ServerSideEncryption"] == "AES256"
    assert (kept["ContentType"], kept["ContentDisposition"]) == ("application/pdf", "attachment")


@pytest.mark.usefixtures("bucket")
def test_a_lost_bucket_is_a_store_that_is_away() -> None:
    lost = S3Uploads("tonghao-lost-files", region="eu-central-1")

    with pytest.raises(StoreUnavailable) as told:
        lost.read("a")
    with pytest.raises(StoreUnavailable):
        lost.keep("a", PDF, "application/pdf")
    with pytest.raises(StoreUnavailable):
        lost.drop("a")

    assert "tonghao-lost-files" in told.value.facts["cause"]


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("SlowDown", 503), ("NoSuchBucket", 404)])
def test_a_refusal_by_s3_is_a_store_that_is_away(code: str, status: int) -> None:
    uploads = s3()
    with Stubber(uploads._client()) as stub:
        for operation in ("put_object", "get_object", "delete_object"):
            stub.add_client_error(operation, code, "no", status)

        with pytest.raises(StoreUnavailable) as told:
            uploads.keep("a", PDF, "application/pdf")
        with pytest.raises(StoreUnavailable):
            uploads.read("a")
        with pytest.raises(StoreUnavailable):
            uploads.drop("a")

    assert code in told.value.facts["cause"]


def test_a_server_that_isn_t_there_is_a_store_that_is_away() -> None:
    away = S3Uploads(BUCKET, endpoint=f"http://127.0.0.1:{free_port()}")

    with pytest.raises(StoreUnavailable):
        away.read("a")


def test_without_credentials_it_is_a_store_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nowhere")
    shared_session.cache_clear()

    with pytest.raises(StoreUnavailable, match="can't be reached"):
        S3Uploads(BUCKET, region="eu-central-1").keep("a", PDF, "application/pdf")
    shared_session.cache_clear()


# --- the setting ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["file:{}", "file://{}"])
def test_a_setting_opens_its_folder(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "a folder? #1 100%"

    open_uploads(form.format(folder)).keep("a", PDF, "application/pdf")

    assert (folder / "a").read_bytes() == PDF


@pytest.mark.parametrize(
    "url",
    [
        "s3://tonghao-files", "s3://tonghao.files?region=eu-central-1", "s3://tonghao-files/?endpoint=https://s3.example",
        "s3://tonghao-files?region=&endpoint=http://127.0.0.1:4566", "s3://tonghao-files?region=eu-central-1&endpoint=",
    ],
)  # fmt: skip
def test_a_setting_opens_its_bucket(url: str) -> None:
    assert isinstance(open_uploads(url), S3Uploads)


@pytest.mark.parametrize(
    "url",
    [
        "", "files", "var/files", "file:", "file://", "files:x", "http://files", "s3:", "s3://", "s3://a", "s3://Big-Bucket",
        "s3://user:secret@bucket", "s3://bucket/path", "s3://bucket?regoin=x", "s3://bucket?endpoint=ftp://x", "s3://bucket#x",
        "s3://[bucket", "s3://bucket:80", "s3://secret_bucket",
    ],
)  # fmt: skip
def test_a_setting_that_opens_nothing_is_told_and_not_repeated(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^TONGHAO_FILES can't be used: .* file:var/files, or s3://BUCKET") as told:
        open_uploads(url)

    assert "secret" not in str(told.value)


@pytest.mark.parametrize("url", ["s3://tonghao-files?region=eu-central-1", "file:var/files"])
def test_until_the_first_file_nothing_of_aws_is_loaded(url: str) -> None:
    program = f"import sys; from portal.uploads import open_uploads; open_uploads({url!r}); print(*sys.modules)"

    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert "portal.uploads" in told.split()
    assert not [name for name in told.split() if name.partition(".")[0] in ("botocore", "boto3", "urllib3")]


# --- what the stories use ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "new" / "files"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with one empty bucket, in this process."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    shared_session.cache_clear()
    with mock_aws():
        place = {"LocationConstraint": "eu-central-1"}
        boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield
    shared_session.cache_clear()


@pytest.fixture(params=["folder", "s3"])
def uploads(request: pytest.FixtureRequest, folder: Path) -> Uploads:
    """An empty store, once of each kind."""
    if request.param == "folder":
        return FolderUploads(folder)
    request.getfixturevalue("bucket")
    return s3()


def s3() -> S3Uploads:
    return S3Uploads(BUCKET, region="eu-central-1")
