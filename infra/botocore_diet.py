"""Leaves in a copy of botocore the descriptions of the services that the function calls, without their prose.

Of a fresh client's CPU time, most goes into reading descriptions of services that it never calls.
"""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

#: Folder of the service's description → the version that is kept.
SERVICES = {"dynamodb": "2012-08-10", "s3": "2006-03-01", "ses": "2010-12-01", "ssm": "2014-11-06"}
#: Their names in endpoints.json, where SES goes by another.
ENDPOINTS = {"dynamodb", "email", "s3", "ssm"}


def put_on_diet(data: Path) -> None:
    """Slim the `botocore/data` folder down to SERVICES; raises FileNotFoundError when botocore has moved one."""
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    for service, version in SERVICES.items():
        _keep_only(data / service, version)
        _without_prose(data / service / version)
    _only_our_endpoints(data / "endpoints.json")


def _keep_only(service: Path, version: str) -> None:
    for folder in service.iterdir():
        if folder.name != version:
            shutil.rmtree(folder)
    (service / version / "examples-1.json").unlink()


def _without_prose(description: Path) -> None:
    """Unpacked and without documentation: the zip packs it anyway, and it is read at each cold start."""
    for packed in description.glob("*.json.gz"):
        slim = _strip(json.loads(gzip.decompress(packed.read_bytes())))
        for parameter in slim.get("clientContextParams", {}).values():
            parameter["documentation"] = ""  # the one place where botocore insists on it
        packed.with_suffix("").write_text(_dump(slim), encoding="utf-8")
        packed.unlink()


def _strip(node: Any) -> Any:
    if isinstance(node, dict):
        # A shape may well have a member named "documentation", but never one that is a string.
        return {key: _strip(value) for key, value in node.items() if key != "documentation" or isinstance(value, dict)}
    return [_strip(value) for value in node] if isinstance(node, list) else node


def _only_our_endpoints(path: Path) -> None:
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: told for name, told in partition["services"].items() if name in ENDPOINTS}
    path.write_text(_dump(endpoints), encoding="utf-8")


def _dump(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"))
