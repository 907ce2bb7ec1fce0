"""The demo: the same story every time, through the same services, in a store that nobody else uses."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from werkzeug.datastructures import MultiDict

from portal.accounts.roles import Roles
from portal.applications.forms import JoinForm
from portal.applications.queue import Queue
from portal.applications.review import Review
from portal.charter.loader import load
from portal.charters.service import Charters
from portal.checkin.service import CheckIns
from portal.cli import main
from portal.clock import SystemClock
from portal.config import ROOT, Config, read
from portal.demo.history import Community, Mailbox, ReplayClock, replay
from portal.demo.making import MEMBERS, make
from portal.demo.people import OWNER, STAFF, WAITING
from portal.demo.plot import Plot
from portal.errors import BadSetting
from portal.members.founding import Founding
from portal.members.model import Profile
from portal.members.service import Listing, Members
from portal.outbox.service import Outbox
from portal.packets import records
from portal.points.verifying import verify
from portal.rewards.service import Rewards
from portal.table.opening import open_table
from portal.table.sqlite import SqliteTable
from portal.tools import Tools
from portal.wiring import Services, tools, wire
from tests import engines
from tests.clocks import MovableClock
from tests.people import applicant, person
from tests.world import World

END = dt.datetime(2026, 11, 20, 7, 30, tzinfo=dt.UTC)
FEW = 24


def settings(folder: Path, **environ: str) -> Config:
    return read({"TONGHAO_DATA": str(folder), **environ})


def quiet(_done: int, _of: int, _what: str) -> None:
    """Progress that nobody watches."""


def wired(config: Config, now: dt.datetime = END) -> Services:
    return wire(tools(config, MovableClock(now)))


def profiles(services: Services) -> list[Profile]:
    """Every member, by number."""
    found: list[Profile] = []
    for state in ("active", "suspended"):
        cursor = None
        while True:
            page: Listing = services[Members].listing(state, cursor)
            found += page.members
            if (cursor := page.cursor) is None:
                break
    return sorted(found, key=lambda profile: profile.number)


def told(config: Config) -> list[tuple[object, ...]]:
    """Of each member: number, name, tier, balances, and what became of what they asked for."""
    services = wired(config)
    return [
        (
            profile.number,
            profile.name,
            profile.tier,
            services[Members].standing(profile.id).purse.totals(),
            [(asked.reward, asked.status) for asked in services[Rewards].of_member(profile.id)],
        )
        for profile in profiles(services)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Services, Result]:
    """The community as `tonghao demo` makes it now."""
    folder = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo"], env={"TONGHAO_DATA": str(folder), "TONGHAO_TABLE": ""})
    return wired(settings(folder), SystemClock().now()), result


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A smaller community that ends at a known hour."""
    config = settings(tmp_path_factory.mktemp("few"))
    make(config, END, quiet, FEW)
    return config


def test_the_command_makes_two_hundred_members_and_tells_how_to_sign_in(whole: tuple[Services, Result]) -> None:
    services, result = whole

    assert result.exit_code == 0, result.output
    assert [profile.number for profile in profiles(services)] == list(range(1, MEMBERS + 1))
    assert "Tonghao Commons: 200 members (" in result.output
    assert [staff.email for staff in STAFF if staff.email not in result.output] == []
    assert "http://127.0.0.1:8000/portal/sign-in" in result.output


def test_somebody_holds_each_tier_and_every_balance_follows_from_its_entries(whole: tuple[Services, Result]) -> None:
    services, _ = whole

    verdict = verify(services[Tools].table)

    assert {profile.tier for profile in profiles(services)} == {"newcomer", "neighbour", "regular", "keeper"}
    assert (verdict.members, verdict.faults) == (MEMBERS, [])
    assert min(verdict.totals[name] for name in ("held", "spent", "available")) > 0


def test_seven_wait_one_of_them_too_long_and_one_nearly(whole: tuple[Services, Result]) -> None:
    services, _ = whole
    promised = services[Tools].charter.admission.promised

    waiting = services[Queue].waiting().applications

    ages = [services[Queue].age(application) / promised for application in waiting]
    assert [application.name for application in waiting] == [somebody.name for somebody in WAITING]
    assert len([age for age in ages if age > 1]) == 1
    assert len([age for age in ages if 0.66 < age < 1]) == 1


def test_owner_stewards_and_reviewers_hold_their_roles_and_one_member_is_suspended(
    whole: tuple[Services, Result],
) -> None:
    services, _ = whole
    today = services[Members].today

    held = Counter(role for account in services[Roles].staff() for role in account.roles)
    standings = Counter(profile.standing(today) for profile in profiles(services))

    assert held == {"owner": 1, "steward": 2, "reviewer": 3}
    assert standings == {"active": 199, "suspended": 1}


def test_rows_reached_milestones_and_some_were_mended(whole: tuple[Services, Result]) -> None:
    services, _ = whole
    scanned = list(services[Tools].table.scan())

    milestones = [item for item in scanned if item["sk"].startswith("K#check-in#") and item["rule"] == "milestone"]
    mended = [item for item in scanned if item["sk"].startswith("CI#") and item["made_up"]]

    assert len(milestones) > 20
    assert len(mended) > 10


def test_redemptions_stand_at_every_step_and_nothing_is_sold_out(whole: tuple[Services, Result]) -> None:
    services, _ = whole
    rewards = services[Rewards]

    steps = {asked.status for profile in profiles(services) for asked in rewards.of_member(profile.id)}
    shelf = rewards.catalogue(services[Members].standing(profiles(services)[0].id))

    assert steps == {"requested", "fulfilled", "declined", "cancelled"}
    assert {offer.reward.kind for offer in shelf} == {"goods", "code", "privilege"}
    assert len(shelf) == 8
    assert all(offer.left for offer in shelf)


def test_red_packets_were_opened_and_one_waits_for_whoever_signs_in(whole: tuple[Services, Result]) -> None:
    services, _ = whole

    pots = [item for item in services[Tools].table.scan() if item["sk"] == "POT"]
    found = [packet for item in pots if (packet := records.packet(item))]

    assert sorted((packet.state, packet.programme) for packet in found) == [
        ("closed", False), ("closed", True), ("closed", True), ("open", False),
    ]  # fmt: skip
    assert all(packet.next for packet in found if packet.state == "closed")


def test_nothing_is_left_to_be_mailed_nobody_is_signed_in_and_nothing_is_in_the_future(
    whole: tuple[Services, Result],
) -> None:
    services, _ = whole
    table, now = services[Tools].table, services[Tools].clock.now()
    services[Tools].clock.advance(hours=1)

    assert services[Outbox].send_waiting() == 0
    assert [item["pk"] for item in table.scan() if item["pk"].startswith("S#")] == []
    assert max(item["time"] for item in table.scan() if "time" in item) <= now.isoformat()


def test_the_same_date_tells_the_same_story_at_any_hour(few: Config, tmp_path: Path) -> None:
    make(settings(tmp_path), END.replace(hour=15, minute=59), quiet, FEW)

    assert told(settings(tmp_path)) == told(few)


def test_the_cheapest_reward_is_within_reach_on_the_first_day(few: Config, tmp_path: Path) -> None:
    config = settings(tmp_path)
    make(config, END, quiet, FEW)
    services = wired(config)
    applied = services[Queue].waiting().applications[0]

    services[Review].approve("wei", "Wei", applied.person, applied.id)
    services[CheckIns].stamp(applied.person)

    cheapest = services[Rewards].catalogue(services[Members].standing(applied.person))[0]
    assert cheapest.refusal is None
    assert cheapest.reward.price <= 12


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati"])
@pytest.mark.parametrize("end", [END, dt.datetime(2026, 11, 19, 16, 0, tzinfo=dt.UTC)])
def test_everybody_answers_the_form_and_acts_once_a_day_and_never_in_the_future(zone: str, end: dt.datetime) -> None:
    charter = load(ROOT / "content" / "charter")
    community = msgspec.structs.replace(charter.community, zone=zone)
    steps = Plot(msgspec.structs.replace(charter, community=community), end, MEMBERS).steps()

    stamped = Counter((step.facts[0].email, community.today(step.at)) for step in steps if step.kind == "stamp")
    applied = [step.facts[0] for step in steps if step.kind == "apply"]
    forms = [JoinForm(charter.join, somebody.lang, MultiDict(somebody.answers)) for somebody in applied]

    assert [form.faults for form in forms if not form.validate()] == []
    assert [who for who, times in stamped.items() if times > 1] == []
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert steps[-1].at <= end


def test_a_store_with_an_owner_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    environ = {"TONGHAO_DATA": str(tmp_path), "TONGHAO_TABLE": ""}
    table = SqliteTable(tmp_path / "tonghao.db", MovableClock())
    table.create()
    world = World(table, MovableClock(), tmp_path)
    world.the(Founding).claim(person(world, "Ada"), "Ada")
    table.close()
    before = (tmp_path / "tonghao.db").read_bytes()

    result = CliRunner().invoke(main, ["demo"], env=environ)

    assert result.exit_code == 1
    assert "TONGHAO_TABLE: this store's community has an owner already." in result.output
    assert "TONGHAO_DATA=var/demo make demo serve" in result.output
    assert "Replaying" not in result.output
    assert (tmp_path / "tonghao.db").read_bytes() == before


def test_a_store_in_which_somebody_waits_is_refused(tmp_path: Path) -> None:
    table = SqliteTable(tmp_path / "tonghao.db", MovableClock())
    table.create()
    applicant(World(table, MovableClock(), tmp_path), "Ada")
    table.close()

    with pytest.raises(BadSetting, match="somebody has applied"):
        make(settings(tmp_path), END, quiet, FEW)


def test_a_store_that_was_served_but_never_used_becomes_the_demo(tmp_path: Path) -> None:
    config = settings(tmp_path)
    open_table(config.table, MovableClock(), create=True)
    wired(config)[Charters].store()

    make(config, END, quiet, FEW)

    assert len(told(config)) == FEW
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(("-wal", "-shm"))) == [
        "secret",
        "tonghao.db",
    ]


def test_a_store_that_a_server_has_open_is_refused(tmp_path: Path) -> None:
    config = settings(tmp_path)
    served = SqliteTable(tmp_path / "tonghao.db", MovableClock())
    served.create()
    list(served.scan())

    with pytest.raises(BadSetting, match="open in another process"):
        make(config, END, quiet, FEW)

    served.close()
    make(config, END, quiet, FEW)


def test_an_interrupted_run_leaves_no_trace(tmp_path: Path) -> None:
    def interrupt(done: int, _of: int, _what: str) -> None:
        if done == 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(settings(tmp_path), END, interrupt, FEW)

    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_run_that_was_killed_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "tonghao.db.demo").mkdir()

    with pytest.raises(BadSetting, match=r"cut off in .*tonghao\.db\.demo\. Unless it still runs, delete that\."):
        make(settings(tmp_path), END, quiet, FEW)


def test_dynamodb_takes_the_story_too_and_refuses_a_second_one(emulator: str, tmp_path: Path) -> None:
    clock, mailbox = ReplayClock(dt.datetime(1970, 1, 1, tzinfo=dt.UTC)), Mailbox()
    with engines.fresh_emulator_table(emulator, clock) as table:
        config = settings(tmp_path, TONGHAO_TABLE=f"dynamodb://{table.name}?endpoint={emulator}")
        given = msgspec.structs.replace(tools(config, clock), table=table, mailer=mailbox)
        services = wire(given)
        replay(Plot(given.charter, END, FEW).steps()[:60], Community(services, mailbox), clock, quiet)

        with pytest.raises(BadSetting, match="If a demo was cut off in this table, delete the table first"):
            make(config, END, quiet, FEW)

        assert [profile.name for profile in profiles(services)][:3] == [OWNER.name, "陈岚", "Tomás Rivera"]
        assert verify(table).faults == []
