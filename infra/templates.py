"""Compiles the app's templates to Python, with the app's own Jinja environment: `python -P -s -S templates.py STAGING`.

Run on the staging copy alone, so that it also proves that the package starts with what it holds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path


def compile_templates(staging: Path) -> None:
    """Fill `portal_templates/`, which the app loads in the place of its `templates/` wherever it is found."""
    sys.path.insert(0, str(staging))
    from portal.wsgi import portal

    with tempfile.TemporaryDirectory() as data:
        environment = portal({"TONGHAO_DATA": data}).jinja_env
        environment.compile_templates(staging / "portal_templates", zip=None, ignore_errors=False, log_function=_mute)


def _mute(_line: str) -> None:
    pass


if __name__ == "__main__":
    compile_templates(Path(sys.argv[1]))
