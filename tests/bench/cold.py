"""Cold start of the packaged function to its first page with a session, in CPU time of a fresh process."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from portal.accounts.service import Accounts
from tests import engines
from tests.people import member
from tests.world import SECRET, World

RUNS = 9
ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import json, resource, sys
sys.path.insert(0, sys.argv[1])
from portal import aws
answer = aws.handler(json.load(open(sys.argv[2])), None)
assert answer["statusCode"] == 200, answer
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime)
"""


def cpu(*command: str, env: dict[str, str]) -> float:
    """The CPU seconds that a fresh process says it used."""
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def measure() -> tuple[float, float]:
    """Ours and the baseline's, as medians of paired runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, str(ROOT / "infra" / "package.py")], check=True, stdout=subprocess.DEVNULL)
        with zipfile.ZipFile(ROOT / "build" / "package" / "tonghao.zip") as archive:
            archive.extractall(folder / "task")
        with engines.emulator(folder / "log") as endpoint:
            return paired(folder, endpoint)


def paired(folder: Path, endpoint: str) -> tuple[float, float]:
    from portal.clock import SystemClock
    from portal.table.dynamodb import DynamoTable

    table = DynamoTable("bench", SystemClock(), region="eu-central-1", endpoint=endpoint)
    table.create()
    world = World(table, SystemClock(), folder)  # type: ignore[arg-type]
    member(world, "Ada")
    challenge = world.the(Accounts).ask("ada@example.org", browser="b", caller="c", lang="en")
    proven = world.the(Accounts).prove_by_code(challenge, world.mail_to("ada@example.org").code, browser="b")
    event = folder / "event.json"
    event.write_text(web_event("/portal/me", proven.session))
    env = {
        "PATH": os.environ["PATH"],
        "TONGHAO_TABLE": f"dynamodb://bench?region=eu-central-1&endpoint={endpoint}",
        "TONGHAO_SECRET": SECRET,
        "TONGHAO_MAIL": f"file:{folder}/mail",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    ours = (sys.executable, "-S", "-c", PROBE, str(folder / "task"), str(event))
    bare = (sys.executable, str(Path(__file__).parent / "baselines" / "cold_hello.py"))
    pairs = [(cpu(*ours, env=env), cpu(*bare, env=env)) for _ in range(RUNS)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def web_event(path: str, session: str) -> str:
    import json

    return json.dumps(
        {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": "",
            "cookies": [f"tonghao-session={session}", "tonghao-browser=b"],
            "headers": {"host": "127.0.0.1", "accept-language": "en"},
            "requestContext": {
                "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1", "protocol": "HTTP/1.1"}
            },
            "isBase64Encoded": False,
        }
    )
