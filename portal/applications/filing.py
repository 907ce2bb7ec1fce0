"""Files that applicants send: checked by their content, kept apart, read by reviewers only."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from portal.applications import records
from portal.applications.model import Answers
from portal.charter.questions import Question, Questionnaire
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.filetypes import checked
from portal.table.contract import Table, Write
from portal.tokens import BadToken, Ids, Tokens
from portal.uploads import Uploads

FILE_ID = re.compile(r"[0-9A-Z]{26}")
#: A file whose form isn't sent is forgotten with its draft, a day later.
UNSENT = records.DRAFT_LIFE + dt.timedelta(days=1)


class FileGone(PortalError):
    """The file was kept too long without its form."""

    status = 410
    sentence = N_("A file that you added is no longer kept. Please add it again.")


class Filed(msgspec.Struct, frozen=True):
    """A file as a reviewer gets it."""

    name: str
    mime: str
    data: bytes

    def nameless(self) -> Filed:
        """The same without its name, which may tell whose it is."""
        return Filed(f"file.{self.name.rpartition('.')[2]}", self.mime, self.data)


class Filing:
    """An answer to a file question is `id/name`; between page and page it travels signed, so that nobody forges one."""

    def __init__(self, table: Table, uploads: Uploads, clock: Clock, ids: Ids, tokens: Tokens) -> None:
        self._table = table
        self._uploads = uploads
        self._clock = clock
        self._ids = ids
        self._tokens = tokens

    def take(self, question: Question, name: str, data: bytes) -> str:
        """Story: keep a file and give its answer. Raises the refusals of `portal.filetypes`."""
        found = checked(name, data, question.accepts, (question.max_kilobytes or 0) * 1024)
        file_id = self._ids.new()
        # First the line by which the job forgets what nobody sends, then the file.
        self._table.commit(records.keep_file(file_id, found.name, found.mime, self._clock.now() + UNSENT))
        self._uploads.keep(file_id, data, found.mime)
        return f"{file_id}/{found.name}"

    def token(self, question: Question, answer: str) -> str:
        """What a page carries for a file that is kept already."""
        return self._tokens.sign("file", f"{_claim(question)}/{answer}")

    def again(self, question: Question, token: str) -> str:
        """The answer that a page has carried back; empty for a forged one, or another question's."""
        try:
            claim, _, answer = self._tokens.unsign("file", token).partition("/")
        except BadToken:
            return ""
        return answer if claim == _claim(question) else ""

    def sent(self, asked: Questionnaire, answers: Answers, application: str) -> list[Write]:
        """Part: the files belong to this application now. The commit raises FileGone, for another's too."""
        return [records.send_file(file_id, application, FileGone) for file_id in _files(asked, answers)]

    def dropped(self, asked: Questionnaire, before: Answers, after: Answers) -> list[Write]:
        """Part: files that an edit has hidden are forgotten by the job, as those that nobody sent."""
        kept = _files(asked, after)
        now = self._clock.now()
        return [records.unsend_file(file_id, now) for file_id in _files(asked, before) if file_id not in kept]

    def read(self, answer: str) -> Filed:
        """A file by its answer; raises NotFound."""
        file_id = answer.partition("/")[0]
        item = records.file(self._table, file_id)
        if item is None:
            raise NotFound
        return Filed(str(item["name"]), str(item["mime"]), self._uploads.read(file_id))

    def erase(self, application: str, answers: Answers) -> None:
        """Story: what was filed with an application is gone. Needs no questionnaire: a file says whose it is."""
        for answer in answers.values():
            file_id = answer.partition("/")[0] if isinstance(answer, str) and "/" in answer else ""
            kept = records.file(self._table, file_id) if FILE_ID.fullmatch(file_id) else None
            if kept and kept.get("application") == application:
                self._drop(file_id)

    def forget_unsent(self) -> int:
        """Story of the job: drop the files whose form nobody sent; how many."""
        dropped, cursor, now = 0, None, self._clock.now()
        while True:
            due = records.overdue(self._table, now, 100, records.UNSENT, cursor)
            for item in due.items:
                if "gs2pk" in (records.file(self._table, str(item["id"])) or {}):  # the index may lag
                    self._drop(str(item["id"]))
                    dropped += 1
            if (cursor := due.cursor) is None:
                return dropped

    def _drop(self, file_id: str) -> None:
        self._uploads.drop(file_id)
        self._table.commit(records.drop_file(file_id))


def _claim(question: Question) -> str:
    """What a file was checked against: the question with what it accepts."""
    return f"{question.slug}:{'+'.join(question.accepts)}:{question.max_kilobytes}"


def _files(asked: Questionnaire, answers: Mapping[str, object]) -> list[str]:
    questions = [question.slug for question in asked.form if question.kind == "file" and question.slug in answers]
    return [str(answers[slug]).partition("/")[0] for slug in questions]
