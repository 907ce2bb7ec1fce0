"""The quiz before an application is sent: drawn, timed and judged by the server."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from random import Random, SystemRandom

import msgspec

from portal.applications import quiz as rules
from portal.applications import records
from portal.applications.model import QuizResult
from portal.applications.quiz import Attempt
from portal.charter.questions import Question, Quiz
from portal.charter.schema import Charter
from portal.charters.service import Charters
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.table.contract import Table
from portal.tokens import Ids, Tokens


class QuizFirst(PortalError):
    """The questionnaire has a quiz that this address hasn't passed."""

    status = 409
    sentence = N_("Before this can be sent there are a few questions to answer.")


class NoMoreTries(PortalError):
    """The tries are used up for now."""

    status = 409
    sentence = N_("The tries are used up for now. The next can begin on {date}.")


class NotYourAttempt(PortalError):
    """An attempt that was never begun here, or is answered."""

    status = 409
    sentence = N_("These are not the questions that were drawn for you, or they are answered. Please begin again.")


class TimeOver(PortalError):
    """The server's deadline has passed."""

    status = 409
    sentence = N_("The time for these questions was over at {time}, so this try is not counted as passed.")


class Standing(msgspec.Struct, frozen=True):
    """Where an address stands with a quiz: its passed and its running attempt, tries left, when there is another."""

    passed: Attempt | None
    running: Attempt | None
    left: int
    again: dt.datetime | None


class Quizzes:
    """Attempts follow the address by its HMAC, so that neither another browser nor another draft begins anew."""

    def __init__(
        self,
        table: Table,
        charter: Charter,
        charters: Charters,
        clock: Clock,
        ids: Ids,
        tokens: Tokens,
        random: Random | None = None,
    ) -> None:
        self._table = table
        self._charter = charter
        self._charters = charters
        self._clock = clock
        self._ids = ids
        self._tokens = tokens
        self._random = random or SystemRandom()

    def standing(self, email: str, form: str) -> Standing:
        """Where an address stands. Raises NotFound for a form without a quiz."""
        quiz, now = self._quiz(form), self._clock.now()
        attempts, _ = records.attempts(self._table, self._whose(email), form)
        return Standing(
            passed=self._passed(attempts, form),
            running=next((one for one in attempts if one.running(now)), None),
            left=rules.left(attempts, quiz, now),
            again=rules.again(attempts, quiz, now),
        )

    def begin(self, email: str, form: str) -> Attempt:
        """Story: draw questions and start the clock; a second press gets the attempt that runs. Raises NoMoreTries."""
        quiz, asked, whose = self._quiz(form), self._charter.questionnaires[form], self._whose(email)

        def story() -> Attempt:
            now, (attempts, read) = self._clock.now(), records.attempts(self._table, whose, form)
            running = next((one for one in attempts if one.running(now)), None)
            if going := self._passed(attempts, form) or running:
                return going
            if again := rules.again(attempts, quiz, now):
                raise NoMoreTries(date=self._charter.community.local(again).date())
            made = Attempt(
                id=self._ids.new(),
                charter=self._charter.hash,
                version=asked.version,
                need=quiz.need,
                started=now,
                deadline=now + quiz.allowed,
                drawn=rules.draw(asked, quiz, self._random),
            )
            self._keep(whose, form, [*attempts, made], read, quiz)
            return made

        return self._table.retrying(story)

    def answer(self, email: str, form: str, attempt: str, answers: Mapping[str, list[str]]) -> Attempt:
        """Story: answer what was drawn. Raises NotYourAttempt for any other attempt, TimeOver after its deadline."""
        quiz, whose = self._quiz(form), self._whose(email)

        def story() -> Attempt:
            now, (attempts, read) = self._clock.now(), records.attempts(self._table, whose, form)
            found = next((one for one in attempts if one.id == attempt and one.answered is None), None)
            if found is None:
                raise NotYourAttempt
            if not found.running(now):
                raise TimeOver(time=f"{self._charter.community.local(found.deadline):%H:%M}")
            right = rules.right(self.drawn(found, form), answers)
            done = msgspec.structs.replace(found, right=right, answered=now, passed=right >= found.need)
            self._keep(whose, form, [done if one.id == attempt else one for one in attempts], read, quiz)
            return done

        return self._table.retrying(story)

    def drawn(self, attempt: Attempt, form: str) -> list[Question]:
        """The questions of an attempt, in the version that it was begun with."""
        asked = self._charters.at(attempt.charter).questionnaires[form]
        return [asked[slug] for slug in attempt.drawn]

    def require_passed(self, email: str, form: str) -> QuizResult | None:
        """What an address has to show for the running form's quiz; None where there is none. Raises QuizFirst."""
        asked = self._charter.questionnaire(form)
        if asked is None or asked.quiz is None:
            return None
        attempts, _ = records.attempts(self._table, self._whose(email), form)
        passed = self._passed(attempts, form)
        if passed is None:
            raise QuizFirst
        return QuizResult(right=passed.right, of=len(passed.drawn))

    def _passed(self, attempts: list[Attempt], form: str) -> Attempt | None:
        """The attempt that passed the running version of a form."""
        version = self._charter.questionnaires[form].version
        return next((one for one in attempts if one.passed and one.version == version), None)

    def _quiz(self, form: str) -> Quiz:
        asked = self._charter.questionnaire(form)
        section = asked.quiz if asked else None
        if section is None or section.quiz is None:
            raise NotFound
        return section.quiz

    def _keep(self, whose: str, form: str, attempts: list[Attempt], read: int | None, quiz: Quiz) -> None:
        ends = self._clock.now() + max(quiz.pause, records.DRAFT_LIFE)
        self._table.commit(records.keep_attempts(whose, form, attempts, read, ends))

    def _whose(self, email: str) -> str:
        return self._tokens.keyed("email", email)
