"""The terminal's door: `tonghao …`. Errors are one line each; the exit status says whether it worked."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from portal.charter.loader import CharterError, load
from portal.config import ROOT, Config, read
from portal.errors import BadSetting, PortalError
from portal.language import LANGUAGES, Lang

C = TypeVar("C", bound=Callable[..., Any])


def told(command: C) -> C:
    """Refusals become lines, and exit status 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from portal.publishing import PublishingError  # late: loads the generator's neighbours

        try:
            return command(*args, **kwargs)
        except CharterError as error:
            for fault in error.faults:
                click.echo(f"content/charter/{fault}", err=True)
        except (BadSetting, PublishingError, PortalError) as error:
            cause = error.facts.get("cause") if isinstance(error, PortalError) else None
            click.echo(f"tonghao: {error}{f' ({cause})' if cause else ''}", err=True)
        sys.exit(1)

    return run  # type: ignore[return-value]


def _settings() -> Config:
    return read(os.environ)


@click.group()
@click.version_option(package_name="tonghao")
def main() -> None:
    """Tonghao: the membership backbone for communities."""


@main.command()
@told
def serve() -> None:
    """Serve site and portal on this machine."""
    from portal import serving  # late: `charter check` needs no server

    config = _settings()
    services = serving.prepare(config, click.echo)
    serving.welcome(config, services, click.echo)
    serving.serve(config)


@main.command()
@told
def demo() -> None:
    """Fill the store with a believable community of 200, its last ten weeks replayed."""
    from portal.clock import SystemClock
    from portal.demo.making import make, require_unused

    config, now = _settings(), SystemClock().now()
    require_unused(config, now)
    with click.progressbar(length=0, label="Replaying", file=sys.stderr, item_show_func=str) as bar:
        made = make(config, now, lambda done, of, what: _advance(bar, done, of, what))
    for line in made.told(config.base_url):
        click.echo(line)


@main.group()
def site() -> None:
    """The public site."""


@site.command()
@told
def build() -> None:
    """Build the public site in every language into build/site."""
    from portal.publishing import build_site

    config = _settings()
    build_site(ROOT, config.build, load(config.content / "charter"), config.base_url, click.echo)


@site.command("serve")
@click.option("--port", default=8080, show_default=True, help="Where to serve it on this machine.")
@told
def serve_site(*, port: int) -> None:
    """Serve the public site alone, and build it again when a page, a template or the charter changes."""
    from portal.publishing import build_site, watching

    config = _settings()
    address = f"http://127.0.0.1:{port}"

    def build() -> None:
        begun = time.monotonic()
        try:
            build_site(ROOT, config.build, load(config.content / "charter"), address, click.echo)
        except CharterError as error:
            click.echo("\n".join(f"content/charter/{fault}" for fault in error.faults))
            return
        click.echo(f"{time.strftime('%H:%M:%S')}  {time.monotonic() - begun:.1f} s")

    server = watching.serve(config.build / "site", port)
    click.echo(f"The site is at {address} (stop with Ctrl-C); the portal isn't: `tonghao serve` has both.")
    try:
        for _ in watching.rebuild([config.content, ROOT / "site"], build, click.echo):
            pass
    except KeyboardInterrupt:
        server.shutdown()


@site.command("check")
@told
def check_pages() -> None:
    """Name what is wrong with a page, and each one whose translation is older than its text. Builds nothing."""
    from portal.publishing import staging, translations

    config = _settings()
    pages = staging.pages(ROOT, load(config.content / "charter"))
    if stale := translations.stale(config.content):
        click.echo("\n".join(stale), err=True)
        sys.exit(1)
    click.echo(f"The pages are sound: {len(pages)}, and no translation is older than its text.")


@site.command()
@click.argument("paths", nargs=-1, metavar="[PAGE]...")
@click.option("--all", "everything", is_flag=True, help="Every page.")
@told
def translated(paths: tuple[str, ...], *, everything: bool) -> None:
    """Note that the Chinese of a page, such as rules/index.md, agrees with its English as it stands now."""
    from portal.publishing import translations

    if bool(paths) == everything:
        raise click.UsageError("Name the pages, or say --all.")
    translations.note(_settings().content, paths)
    click.echo(f"Noted in content/{translations.FILE}.")


@main.group()
def charter() -> None:
    """The charter: what the community promises."""


@charter.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
@told
def check(folder: Path | None) -> None:
    """Check the charter; names file, entry and field of each fault."""
    loaded = load(folder or _settings().content / "charter")
    click.echo(f"The charter is sound: {len(loaded.tiers)} tiers, {len(loaded.rules.rule)} rules, {loaded.hash[:12]}.")


@main.group()
def ledger() -> None:
    """The ledger of points."""


@ledger.command()
@told
def verify() -> None:
    """Re-derive every balance from its entries, and every published root; names each discrepancy."""
    from portal.points.verifying import verify as verify_all
    from portal.proofs.verifying import verify as verify_roots

    table = _table()
    verdict = _with_progress("Verifying members", lambda advance: verify_all(table, advance))
    proven = _with_progress("Verifying roots", lambda advance: verify_roots(table, advance))
    faults = [*verdict.faults, *proven.faults]
    for fault in faults:
        click.echo(fault, err=True)
    totals = ", ".join(f"{name} {points}" for name, points in verdict.totals.items())
    click.echo(f"{verdict.members} members, {verdict.entries} entries: {totals or 'nothing yet'}")
    click.echo(f"{proven.records} published roots, {proven.rebuilt} of them made again from their rows")
    if faults:
        click.echo(f"tonghao: {len(faults)} discrepancies", err=True)
        sys.exit(1)
    click.echo("Every balance follows from its entries.")


@ledger.command()
@click.option("--dry-run", is_flag=True, help="Tell what would be changed, and change nothing.")
@click.option("--yes", is_flag=True, help="Don't ask before writing.")
@told
def rebuild(*, dry_run: bool, yes: bool) -> None:
    """Derive every purse from its entries again, and mend those that differ. Entries are never touched.

    Tells each difference first, then asks. The exit status is 1 if something is wrong that is not mended.
    """
    from portal.points import rebuilding

    table = _table()
    plan = _with_progress("Deriving", lambda advance: rebuilding.plan(table, advance))
    for change in plan.changes:
        for line in change.told:
            click.echo(f"{change.stored.member}: {line}")
    left = list(plan.beyond)
    click.echo(f"{plan.members} members, {len(plan.changes)} purses differ from what their entries make.")
    if plan.changes and not dry_run and (yes or click.confirm(f"Write these {len(plan.changes)} purses?")):
        late = rebuilding.mend(table, plan.changes)
        left += late
        click.echo(f"{len(plan.changes) - len(late)} purses were mended.")
    elif plan.changes:
        left.append("nothing was changed")
    for fault in left:
        click.echo(f"tonghao: {fault}", err=True)
    sys.exit(1 if left else 0)


def _table() -> Any:
    from portal.clock import SystemClock  # late: `charter check` needs no store
    from portal.table.opening import open_table

    return open_table(_settings().table, SystemClock())


def _advance(bar: Any, done: int, of: int, what: str = "") -> None:
    bar.length = of
    bar.update(done - bar.pos, what)


@main.group()
def packets() -> None:
    """Red packets."""


@packets.command("check")
@click.argument("packet")
@told
def check_packet(packet: str) -> None:
    """Draw a closed packet again from its two seeds; the exit status is 1 if anything doesn't agree."""
    from portal.clock import SystemClock  # late: `charter check` needs no services
    from portal.packets.service import Packets
    from portal.wiring import tools, wire

    found, proof = wire(tools(_settings(), SystemClock()))[Packets].proof(packet)
    if proof is None:
        raise click.ClickException("this packet is open; its seed is published when it closes")
    for sound, what in (
        (proof.seal, "the seed fits the seal"),
        (proof.draw, f"the list is what the seeds draw: {' '.join(map(str, found.drawn))}"),
        (proof.shares, f"everybody got the share at their place, {found.given} of {found.total} points"),
    ):
        click.echo(f"{'yes' if sound else 'NO'}: {what}", err=not sound)
    sys.exit(0 if proof.sound else 1)


@main.group()
def applications() -> None:
    """Applications, many at once."""


@applications.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--form", default="join", show_default=True, help="The questionnaire that the columns answer.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Where a row names none.")
@click.option("--apply", "wanted", is_flag=True, help="Import. Without this nothing is changed.")
@click.option("--vouch-for-addresses", "vouched", is_flag=True, help="You know that each address is the applicant's.")
@click.option("--skip-bad", is_flag=True, help="Import the sound rows although others are bad.")
@click.option("--quiet", is_flag=True, help="Send no letters.")
@told
def import_applications(
    file: Path, form: str, lang: Lang, *, wanted: bool, vouched: bool, skip_bad: bool, quiet: bool
) -> None:
    """Import applications that were collected elsewhere from FILE, a CSV; a dry run unless --apply is given.

    Its columns are the slugs of the form's questions and, if you like, `submitted` (a date or an instant) and `lang`.
    Several choices stand apart by ; or |. Each bad row is named; the exit status is 1 if there is one.

    Applicants prove their address to us, and an import can't: with --apply you vouch for the addresses, and the audit
    log says so. Each applicant gets a letter with their private link, and all of them wait for the desk: no answer,
    score or fact decides by itself here. A row that was imported before is known again.
    """
    if wanted and not vouched:
        raise click.UsageError("--apply needs --vouch-for-addresses, for nobody has proven them")
    importing = _importing(form)
    report = _examined(importing, file, form, lang)
    late: list[object] = []
    if not wanted:
        click.echo("This was a dry run: nothing was changed.")
    elif report.faults and not skip_bad:
        click.echo("tonghao: nothing was imported; mend what is bad, or add --skip-bad", err=True)
    else:
        late = _bring(importing, report, file, quiet=quiet)
    sys.exit(1 if report.faults or late else 0)


def _importing(form: str) -> Any:
    from portal.applications.importing import Importing  # late: `charter check` needs no services
    from portal.charter.schema import Charter
    from portal.clock import SystemClock
    from portal.wiring import tools, wire

    services = wire(tools(_settings(), SystemClock()))
    if services[Charter].questionnaire(form) is None:
        raise click.UsageError(f'--form: the charter has no form "{form}" for those who want to join')
    return services[Importing]


def _examined(importing: Any, file: Path, form: str, lang: Lang) -> Any:
    from portal.applications.sheets import MOST_BYTES, Faulty

    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    try:
        report = _with_progress("Checking", lambda advance: importing.examine(file.name, data, form, lang, advance))
    except Faulty as faulty:
        _tell(file, faulty.faults)
        sys.exit(1)
    click.echo(f"{file.name}: {report.rows} rows, read as {report.encoding} with {report.delimiter}s between the cells")
    _tell(file, report.faults)
    _tell(file, report.notices, err=False)
    click.echo(f"{len(report.sound)} sound, {report.bad} bad, {len(report.already)} imported before")
    return report


def _bring(importing: Any, report: Any, file: Path, *, quiet: bool) -> list[object]:
    brought = _with_progress("Importing", lambda advance: importing.bring(report, advance, quiet=quiet))
    _tell(file, brought.late)
    click.echo(f"{brought.imported} imported; they wait at the desk.")
    return list(brought.late)


def _with_progress(label: str, run: Callable[[Callable[[int, int], None]], Any]) -> Any:
    with click.progressbar(length=0, label=label, file=sys.stderr, show_pos=True) as bar:
        return run(lambda done, of: _advance(bar, done, of))


def _tell(file: Path, found: Iterable[object], *, err: bool = True) -> None:
    for one in found:
        click.echo(f"{file.name}, {one}", err=err)


@main.group()
def jobs() -> None:
    """What runs by schedule."""


@jobs.command()
@click.argument("name")
@told
def run(name: str) -> None:
    """Run one job now.

    outbox, settle, close, lapsing, promises, packets, suspensions, places, deadlines, retention,
    redemptions, expired or charter
    """
    from portal import jobs as clock_door

    click.echo(" ".join(f"{key}={value}" for key, value in clock_door.run(name).items()))


@main.command("claim-link")
@told
def claim_link() -> None:
    """Print the link that claims the community, while nobody owns it."""
    from portal.clock import SystemClock
    from portal.members.founding import Founding
    from portal.wiring import tools, wire

    link = wire(tools(_settings(), SystemClock()))[Founding].link()
    click.echo(link or "This community has an owner already.")
