"""Builds build/package/tonghao.zip: the one package of the function, the same for every stage and on every run.

Nothing is compiled in the checkout: unchecked bytecode would hide later edits there. No setting is inside, so there is
nothing to keep secret; no file is taken along because it happened to lie in the folder.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from botocore_diet import put_on_diet

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "package"
REQUIREMENTS = ROOT / "requirements-lambda.txt"

#: The one date of everything in the package: the first that a zip can tell.
DATE = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
#: Where the function finds its files; tracebacks tell these paths.
TASK = "/var/task"
#: Older than the libraries of every runtime on offer, so that a newer machine can't pack what won't load there.
PLATFORMS = ("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64")
SHIPPED = {".html", ".json", ".po", ".py", ".toml", ".txt"}
#: For engineers, or made anew on the way.
LEFT_AT_HOME = {".cfg", ".md", ".mo", ".pot", ".pyc"}
#: What pip writes about this machine.
LEFT_BY_PIP = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}


class CannotPackage(Exception):
    """The package can't be built here; the sentence says what to change."""


def build(folder: Path) -> Path:
    """The fresh package in `folder`, beside the staging copy that it was packed from; raises CannotPackage."""
    settings = json.loads((ROOT / "zappa_settings.json").read_bytes())
    check_machine(platform.system(), platform.machine(), sys.version_info[:2], settings)
    staging, archive = folder / "staging", folder / "tonghao.zip"
    shutil.rmtree(staging, ignore_errors=True)
    copy_project(staging)
    install_dependencies(staging)
    tell_version(staging)
    put_on_diet(staging / "botocore" / "data")
    compile_catalogues(staging)
    compile_templates(staging)
    compile_bytecode(staging)
    write_zip(staging, archive)
    return archive


def check_machine(system: str, machine: str, python: tuple[int, ...], settings: dict[str, dict[str, str]]) -> None:
    """Compiled wheels and bytecode fit one platform and one Python: those of the function.

    Without a "runtime" in zappa_settings.json Zappa asks AWS for the Python that runs it, which is the one that packs.
    """
    if (system, machine) != ("Linux", "x86_64"):
        raise CannotPackage(
            f"The function runs on Linux x86_64, and this is {system} {machine}: package there, or in CI."
        )
    runtimes = {stage["runtime"] for stage in settings.values() if "runtime" in stage}
    here = "python" + ".".join(map(str, python))
    if runtimes - {here}:
        raise CannotPackage(
            f"zappa_settings.json says {', '.join(sorted(runtimes))}, and this is {here}: package with that Python, "
            f'or take "runtime" out, so that the function runs on the Python that packs it.'
        )


def copy_project(staging: Path) -> None:
    """The program and the charter it runs; raises CannotPackage for a kind of file that nobody decided about."""
    for folder in ("portal", "content/charter"):
        for source in sorted((ROOT / folder).rglob("*")):
            inside = source.relative_to(ROOT)
            if source.is_dir() or source.suffix in LEFT_AT_HOME or any(part.startswith(".") for part in inside.parts):
                continue
            if source.suffix not in SHIPPED:
                raise CannotPackage(f"{inside}: infra/package.py doesn't say whether such files are SHIPPED.")
            (staging / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, staging / inside)


def install_dependencies(staging: Path) -> None:
    """The locked wheels, each checked against its hash, without what pip notes about this machine."""
    wheels = [word for name in PLATFORMS for word in ("--platform", name)]
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", *wheels, "-r", str(REQUIREMENTS)]
    _python("-m", "pip", "install", "--quiet", "--no-compile", "--target", str(staging), *locked)
    shutil.rmtree(staging / "bin", ignore_errors=True)
    for note in staging.glob("*.dist-info/*"):
        if note.name in LEFT_BY_PIP:
            note.unlink()


def tell_version(staging: Path) -> None:
    """The metadata that `importlib.metadata` reads the program's version from."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    folder = staging / f"{project['name']}-{project['version']}.dist-info"
    folder.mkdir()
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}", ""]
    (folder / "METADATA").write_text("\n".join(lines), encoding="utf-8")


def compile_catalogues(staging: Path) -> None:
    """Each catalogue as gettext reads it; its source stays at home."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in staging.rglob("*.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            catalogue = read_po(text)
            catalogue.creation_date = catalogue.revision_date = DATE  # Babel would tell the time of today
            write_mo(compiled, catalogue)
        source.unlink()


def compile_templates(staging: Path) -> None:
    """Templates as Python, in the place of their sources; the staged program does it, with nothing of this machine."""
    _python("-P", "-s", "-S", str(ROOT / "infra" / "templates.py"), str(staging))
    for sources in list((staging / "portal").rglob("templates")):
        shutil.rmtree(sources)


def compile_bytecode(staging: Path) -> None:
    """Bytecode that is never compared with its source: in a zip every file has one date, and that check would fail."""
    paths = ["-s", str(staging), "-p", TASK]
    _python("-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", *paths, str(staging))


def write_zip(staging: Path, archive: Path) -> None:
    """The same bytes for the same files: sorted, one date, one set of modes."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(staging.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(staging)), DATE.timetuple()[:6])
                entry.create_system, entry.external_attr = 3, 0o100644 << 16
                packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def _python(*arguments: str) -> None:
    # A fixed hash seed: the order of a set must not change the bytecode.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([sys.executable, *arguments], check=False, env={**environ, "PYTHONHASHSEED": "0"})
    if done.returncode:
        raise CannotPackage(f"python {' '.join(arguments[:3])} … ended with {done.returncode}; its message is above.")


def main() -> None:
    """Build it and tell its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder to build in")
    try:
        archive = build(parser.parse_args().into.resolve())
    except CannotPackage as refusal:
        raise SystemExit(str(refusal)) from refusal
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    print(f"{archive}  {archive.stat().st_size / 1e6:.1f} MB  sha256 {digest[:12]}")


if __name__ == "__main__":
    main()
