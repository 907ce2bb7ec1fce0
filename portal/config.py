"""Settings: environment variables, read once, each with a working local default."""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from portal.errors import BadSetting

ROOT = Path(__file__).resolve().parent.parent
SECRET_LENGTH = 32
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+")


class Config(msgspec.Struct, frozen=True):
    """What the portal was told.

    `secrets`: the first signs, all verify, and the last also keys the addresses' HMAC. `proxies`: how many in front of
    us tell the caller's address.
    """

    port: int
    data: Path
    table: str
    mail: str
    files: str
    base_url: str
    secrets: tuple[str, ...]
    content: Path
    build: Path
    proxies: int = 0

    @property
    def secure(self) -> bool:
        """Whether readers reach us by https, so that cookies must not travel otherwise."""
        return self.base_url.startswith("https://")


def read(environ: Mapping[str, str]) -> Config:
    """The settings of this environment; raises BadSetting naming the one that is wrong."""
    port = _port(environ.get("TONGHAO_PORT") or "8000")
    data = Path(environ.get("TONGHAO_DATA") or "var")
    return Config(
        port=port,
        data=data,
        table=environ.get("TONGHAO_TABLE") or f"sqlite:///{data / 'tonghao.db'}",
        mail=environ.get("TONGHAO_MAIL") or f"file:{data / 'outbox'}",
        files=environ.get("TONGHAO_FILES") or f"file:{data / 'files'}",
        base_url=(base_url := _base_url(environ.get("TONGHAO_BASE_URL") or f"http://127.0.0.1:{port}")),
        secrets=_secrets(environ.get("TONGHAO_SECRET", ""), data, required=base_url.startswith("https://")),
        content=ROOT / "content",
        proxies=_proxies(environ.get("TONGHAO_PROXIES") or "0"),
        build=Path(environ.get("TONGHAO_BUILD") or ROOT / "build"),
    )


def _port(value: str) -> int:
    if value.isdecimal() and 0 < int(value) < 2**16:
        return int(value)
    raise BadSetting(f'TONGHAO_PORT is "{value}"; it must be a port number such as 8000')


def _proxies(value: str) -> int:
    if value.isdecimal() and len(value) == 1:
        return int(value)
    raise BadSetting(f'TONGHAO_PROXIES is "{value}"; it must be the number of proxies in front of us, 0 to 9')


def _base_url(value: str) -> str:
    """The origin as browsers tell it: lower case, without a port that goes without saying."""
    try:
        parts = urlsplit(value)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        scheme = host = ""
        port = None
    told = f"[{host}]" if ":" in host else host
    shown = told if port in (None, {"http": 80, "https": 443}.get(scheme)) else f"{told}:{port}"
    plain = value.rstrip("/").lower() in {f"{scheme}://{shown}", f"{scheme}://{told}:{port}"}
    if scheme in ("http", "https") and _HOST.fullmatch(host) and plain:
        return f"{scheme}://{shown}"
    raise BadSetting(f'TONGHAO_BASE_URL is "{value}"; it must be an origin such as https://commons.example')


def _secrets(value: str, data: Path, *, required: bool) -> tuple[str, ...]:
    given = tuple(filter(None, (part.strip() for part in value.split(","))))
    if any(len(part) < SECRET_LENGTH for part in given):
        raise BadSetting(f"TONGHAO_SECRET has a part shorter than {SECRET_LENGTH} characters")
    if required and not given:
        raise BadSetting("TONGHAO_SECRET is missing; with an https TONGHAO_BASE_URL it must be set")
    return given or (_local_secret(data / "secret"),)


def _local_secret(path: Path) -> str:
    """Made once and kept with the data, so that a restart signs nobody out."""
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(SECRET_LENGTH), encoding="ascii")
            with contextlib.suppress(FileExistsError):  # another first start was faster, and its secret is ours
                path.hardlink_to(draft)
            draft.unlink()
        kept = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise BadSetting(f"TONGHAO_DATA: {path} can't be kept there ({error.strerror})") from error
    except UnicodeDecodeError:
        kept = ""
    if len(kept) < SECRET_LENGTH:
        raise BadSetting(
            f"TONGHAO_DATA: {path} was cut short; bring it back from a backup, or delete it to sign all out"
        )
    return kept
