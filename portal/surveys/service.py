"""Answering surveys, and reading what came of them."""

from __future__ import annotations

import msgspec

from portal.applications.model import Answers
from portal.applications.questionnaire import kept
from portal.charter.questions import Questionnaire
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.members.model import Profile
from portal.members.service import Members
from portal.surveys import records
from portal.surveys.model import Count, Sheet, counted, counts
from portal.table.contract import Table, Write

PAGE = 50


class NotAsked(PortalError):
    """The survey is for other tiers."""

    status = 403
    sentence = N_("This survey is for other tiers than yours.")


class Answered(msgspec.Struct, frozen=True):
    """A page of what members answered, the latest first."""

    sheets: list[Sheet]
    cursor: str | None


class Surveys:
    """The charter's questionnaires whose use is "survey"."""

    def __init__(self, table: Table, charter: Charter, charters: Charters, members: Members, clock: Clock) -> None:
        self._table = table
        self._charters = charters
        self._charter = charter
        self._members = members
        self._clock = clock

    def running(self) -> dict[str, Questionnaire]:
        """Every survey, by its slug."""
        return {slug: asked for slug, asked in self._charter.questionnaires.items() if asked.use == "survey"}

    def asked_of(self, profile: Profile) -> dict[str, Questionnaire]:
        """The surveys that a member of this tier is asked."""
        return {slug: asked for slug, asked in self.running().items() if not asked.tiers or profile.tier in asked.tiers}

    def survey(self, slug: str) -> Questionnaire:
        """A running survey; raises NotFound."""
        found = self._charter.questionnaire(slug, "survey")
        if found is None:
            raise NotFound
        return found

    def sheet(self, member: str, slug: str) -> Sheet | None:
        """What a member has answered."""
        return records.sheet(self._table.get(records.sheet_key(member, slug)))

    def answer(self, member: str, slug: str, answers: Answers) -> Sheet:
        """Story: answer, or answer anew; the counts follow. Raises NotFound, NotAsked, Suspended."""
        asked = self.survey(slug)

        def story() -> Sheet:
            profile = self._members.standing(member).profile
            profile.require_active(self._members.today)
            if slug not in self.asked_of(profile):
                raise NotAsked
            self._charters.ensure()
            before = self.sheet(member, slug)
            made = Sheet(
                member=member,
                survey=slug,
                version=asked.version,
                charter=self._charter.hash,
                answers=kept(asked, answers),
                at=self._clock.now(),
                v=(before.v if before else 0) + 1,
            )
            self._table.commit(records.keep(made, before.v if before else None), *self._recounted(before, made))
            return made

        return self._table.retrying(story)

    def _recounted(self, before: Sheet | None, after: Sheet) -> list[Write]:
        """The counts without the old answers and with the new ones; those of another version stay with it."""
        more = self._adds(after)
        if before is None:
            return [records.count(after.survey, after.version, more)]
        less = {name: -times for name, times in self._adds(before).items()}
        if before.version != after.version:
            return [
                records.count(after.survey, before.version, less),
                records.count(after.survey, after.version, more),
            ]
        changed = {name: more.get(name, 0) + less.get(name, 0) for name in more | less}
        real = {name: times for name, times in changed.items() if times}
        return [records.count(after.survey, after.version, real)] if real else []

    def _adds(self, sheet: Sheet) -> dict[str, int]:
        """What a sheet adds, read with the version that it was given to."""
        return {"sheets": 1, **counted(self._charters.at(sheet.charter).questionnaires[sheet.survey], sheet.answers)}

    def counts(self, slug: str) -> tuple[int, list[Count]]:
        """How many have answered the running version, and how often each answer was given."""
        asked = self.survey(slug)
        sums = records.sums(self._table, slug, asked.version)
        return sums.get("sheets", 0), counts(asked, sums)

    def answered(self, slug: str, cursor: str | None = None) -> Answered:
        """What members wrote, the latest first; from an index."""
        page = records.sheets(self._table, slug, cursor, PAGE)
        found = [sheet for item in page.items if (sheet := records.sheet(item))]
        return Answered(found, page.cursor)
