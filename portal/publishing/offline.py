"""The script that keeps the core pages on the reader's device, with what they need and a version of its own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from portal.publishing import assets, rendering
from portal.publishing.model import Page

NAME = "offline.js"
#: What somebody may want to look up where there is no network, by path.
CORE = (
    "index.md", "purpose.md", "culture/index.md", "rules/index.md", "join/index.md", "join/decisions.md",
    "tiers/index.md", "points/index.md", "faq.md", "channels.md", "privacy.md", "offline.md",
)  # fmt: skip
_USED = (".css", ".js", ".svg")
_ONLY_PORTAL = ("checkin.css", "desk.css", "packets.css", "proofs.css", "search.js")


def write(root: Path, site: Path, pages: Sequence[Page]) -> None:
    """The script at the root of the site."""
    listed = assets.urls(root / "site" / "assets")
    core = [rendering.prefix(page.lang) + page.url for page in pages if page.path in CORE]
    used = [url for name, url in listed.items() if name.endswith(_USED) and name not in _ONLY_PORTAL]
    files = [*core, *rendering.generator_files().values(), *used]
    version = hashlib.sha256()
    for url in files:
        version.update(_file(site, url).read_bytes())
    script = (root / "site" / "scripts" / NAME).read_text(encoding="utf-8")
    script = script.replace("__VERSION__", version.hexdigest()[:12]).replace("__CORE__", json.dumps(files))
    (site / NAME).write_text(script, encoding="utf-8")


def _file(site: Path, url: str) -> Path:
    return site / url.lstrip("/") / "index.html" if url.endswith("/") else site / url.lstrip("/")
