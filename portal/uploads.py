"""Where uploaded files are kept: in a folder on one machine, or in S3. What they are is told by `portal.filetypes`."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qsl, urlsplit

from portal.errors import BadSetting, NotFound, StoreUnavailable

#: Under which files stand in a bucket; the function's role opens nothing else there.
PREFIX = "uploads/"
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RIGHT = "file:var/files, or s3://BUCKET?region=REGION with &endpoint=http://… for an emulator"
#: To write an object twice is as good as once, so botocore may try again.
_CONFIG = {"connect_timeout": 2, "read_timeout": 10, "retries": {"total_max_attempts": 3, "mode": "standard"}}


class Uploads(Protocol):
    """Bytes under a key of letters, digits, "-" and "_". Each verb raises StoreUnavailable."""

    def keep(self, key: str, data: bytes, mime: str, /) -> None:
        """Keep the bytes, all of them or nothing; in the place of those that stood there."""
        ...

    def read(self, key: str, /) -> bytes:
        """The bytes; raises NotFound."""
        ...

    def drop(self, key: str, /) -> None:
        """Forget the bytes, if they are there."""
        ...


def open_uploads(setting: str) -> Uploads:
    """What a TONGHAO_FILES setting names; raises BadSetting for anything else. Loads and touches nothing yet."""
    try:
        parts = urlsplit(setting)
    except ValueError as error:
        raise _bad("it is no address") from error
    if parts.scheme == "s3":
        return _s3(parts)
    path = setting.removeprefix("file:").removeprefix("//")
    if setting.startswith("file:") and path:
        return FolderUploads(Path(path))
    raise _bad("it names neither a folder, file:, nor a bucket, s3://")


def _s3(parts: SplitResult) -> S3Uploads:
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(asked.keys() - {"region", "endpoint"}):
        raise _bad(f"an S3 address has no {unknown[0]}")
    if parts.path.strip("/") or parts.fragment or not _BUCKET.fullmatch(parts.netloc):
        raise _bad("an S3 address names one bucket")
    endpoint = asked.get("endpoint") or None
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        raise _bad("its endpoint is no http(s) address")
    return S3Uploads(parts.netloc, region=asked.get("region") or None, endpoint=endpoint)


def _bad(why: str) -> BadSetting:
    # The address itself isn't repeated: an operator may have put a secret into it.
    return BadSetting(f"TONGHAO_FILES can't be used: {why}. Right would be {_RIGHT}.")


def _safe(key: str) -> str:
    """The key, if it names a file in the folder and nothing outside. There is nothing under any other."""
    if not _KEY.fullmatch(key):
        raise NotFound
    return key


class FolderUploads:
    """A file for each, readable by its owner alone; it appears whole, and outlives a power cut."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, key: str, data: bytes, _mime: str, /) -> None:
        """Write beside, then put into place."""
        place = self._folder / _safe(key)
        draft = place.with_name(f".{key}.{secrets.token_hex(4)}.part")
        with self._translated():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                _write(draft, data)
                draft.replace(place)
            except OSError:
                draft.unlink(missing_ok=True)
                raise
            _settle(self._folder)

    def read(self, key: str, /) -> bytes:
        """The file's bytes; raises NotFound."""
        with self._translated():
            try:
                return (self._folder / _safe(key)).read_bytes()
            except FileNotFoundError as error:
                raise NotFound from error

    def drop(self, key: str, /) -> None:
        """Delete the file, if it is there."""
        with contextlib.suppress(NotFound), self._translated():
            with contextlib.suppress(FileNotFoundError):
                (self._folder / _safe(key)).unlink()
                _settle(self._folder)

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(cause=f"files in {self._folder}: {error.strerror}") from error


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """A name is safe on disk when its folder is."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class S3Uploads:
    """An object for each, encrypted by S3. botocore is loaded and the client made with the first of them.

    Whoever may not list a bucket is told by S3 "denied" of what isn't there, too: without that right, `read` raises
    StoreUnavailable for NotFound.
    """

    def __init__(self, bucket: str, *, region: str | None = None, endpoint: str | None = None) -> None:
        self._bucket = bucket
        self._region = region
        self._endpoint = endpoint
        self._made: Any = None

    def keep(self, key: str, data: bytes, mime: str, /) -> None:
        """Put the object; whoever opens it by S3 itself is to save it as well."""
        told = {"ContentType": mime, "ContentDisposition": "attachment", "ServerSideEncryption": "AES256"}
        with self._translated():
            self._client().put_object(Bucket=self._bucket, Key=PREFIX + _safe(key), Body=data, **told)

    def read(self, key: str, /) -> bytes:
        """The object's bytes, compared with their checksum; raises NotFound."""
        with self._translated():
            found = self._client().get_object(Bucket=self._bucket, Key=PREFIX + _safe(key))
            data: bytes = found["Body"].read()
            return data

    def drop(self, key: str, /) -> None:
        """Delete the object; S3 doesn't mind if it isn't there."""
        with contextlib.suppress(NotFound), self._translated():
            self._client().delete_object(Bucket=self._bucket, Key=PREFIX + _safe(key))

    def _client(self) -> Any:
        if self._made is None:
            from botocore.config import Config  # late, as is all of botocore: most pages bring no file

            from portal.table.client import new_client

            style = {"addressing_style": "path"} if self._endpoint else {}  # an emulator has no host for each bucket
            self._made = new_client("s3", self._region, self._endpoint, Config(s3=style, **_CONFIG))
        return self._made

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError, ValueError) as error:
            code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
            if code == "NoSuchKey":
                raise NotFound from error
            raise StoreUnavailable(cause=f"S3 bucket {self._bucket}: {' '.join(str(error).split())}") from error
