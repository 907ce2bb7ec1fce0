"""Pools of codes: brought in from a table of text, given to one owner each, revoked singly; none is had twice."""

from __future__ import annotations

import csv
import hashlib
import io
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from portal.audit.service import Audit
from portal.errors import N_, PortalError
from portal.language import Term
from portal.rewards import records
from portal.rewards.handing import Handing, PoolEmpty
from portal.rewards.model import Pooled, Redemption, Reward
from portal.rewards.steps import Steps, require_other
from portal.table.contract import Table, Write

PAGE = 50
MOST_ROWS = 2000
LONGEST = 100
#: Codes of one commit, of two writes each.
BATCH = 40
HEADERS = frozenset({"code", "codes", "代码", "兑换码", "券码"})


class NoPool(PortalError):
    """Only codes have a pool."""

    status = 409
    sentence = N_("{reward} is not given by code, so it has no pool.")


class TooManyRows(PortalError):
    """More than one file may hold."""

    status = 422
    sentence = N_("At most {most} codes can be brought in at once. Please split the table.")


class NotText(PortalError):
    """A file that is no table of text."""

    status = 422
    sentence = N_("This is no text in UTF-8. Please save the table as CSV in UTF-8 and send it again.")


class NoSuchCode(PortalError):
    """The pool never held it."""

    status = 404
    sentence = N_("This code is not in the pool.")


class BadRow(msgspec.Struct, frozen=True):
    """A line that is left out, and why."""

    line: int
    cell: str
    why: Term


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a table holds: codes that can be brought in, and each line that can't."""

    codes: list[str]
    bad: list[BadRow]


class Stocked(msgspec.Struct, frozen=True):
    """A pool: some of its free codes, a page of those that have left it."""

    free: list[tuple[str, str]]
    used: list[Pooled]
    cursor: str | None


DUPLICATE = Term(N_("stands twice in this table"))
PRESENT = Term(N_("is in the pool already"))
GONE = Term(N_("has left the pool already, or was revoked"))
ELSEWHERE = Term(N_("is or was in another reward's pool"))
WIDE = Term(N_("has more than one cell"))
LONG = Term(N_("is longer than 100 characters"))
BLANK = Term(N_("has blanks or signs in it that can't be seen"))


def hashed(code: str) -> str:
    """What names a code without telling it."""
    return hashlib.sha256(code.encode()).hexdigest()


def masked(code: str) -> str:
    """A code as others than its owner see it."""
    return f"…{code[-4:]}" if len(code) > 8 else "…"  # noqa: PLR2004 - a short one is told by its end


class Pools:
    """The desk's work on pools."""

    def __init__(self, table: Table, steps: Steps, giving: Handing, audit: Audit) -> None:
        self._table = table
        self._steps = steps
        self._giving = giving
        self._audit = audit

    def stocked(self, reward: Reward, cursor: str | None = None) -> Stocked:
        """What is in the pool and what has left it. Raises NoPool."""
        _require_pool(reward)
        page = records.used(self._table, reward.slug, cursor, PAGE)
        used = [pooled for item in page.items if (pooled := records.pooled(item))]
        return Stocked(records.free(self._table, reward.slug, PAGE), used, page.cursor)

    def read(self, reward: Reward, text: bytes) -> Report:
        """What a table would bring in, one code a line; changes nothing. Raises NoPool, NotText, TooManyRows."""
        _require_pool(reward)
        rows = list(_rows(text))
        if len(rows) > MOST_ROWS:
            raise TooManyRows(most=MOST_ROWS)
        there = self._there(reward.slug, [cells[0] for _, cells in rows])
        codes: dict[str, None] = {}
        bad: list[BadRow] = []
        for number, cells in rows:
            code = cells[0]
            if why := _fault(cells) or there.get(hashed(code)) or (DUPLICATE if code in codes else None):
                bad.append(BadRow(number, masked(code), why))
            else:
                codes[code] = None
        return Report(codes=list(codes), bad=bad)

    def bring(self, actor: str, actor_name: str, reward: Reward, text: bytes) -> int:
        """Story: the codes of a table that are new go into the pool; how many. A second time brings none."""
        codes = self.read(reward, text).codes
        brought = 0
        for start in range(0, len(codes), BATCH):
            batch = codes[start : start + BATCH]
            brought += self._table.retrying(lambda batch=batch: self._bring(reward.slug, batch))  # type: ignore[misc]
        if brought:
            did = N_("brought {n} codes into the pool of “{subject}”")
            self._table.commit(*self._audit.note(actor, actor_name, did, reward.slug, n=brought))
        return brought

    def find(self, reward: Reward, code: str) -> str:
        """The hash of a code that is or was in the pool; raises NoSuchCode."""
        name = hashed(code.strip())
        if self._there(reward.slug, [code.strip()]).get(name) not in (PRESENT, GONE):
            raise NoSuchCode
        return name

    def revoke(self, actor: str, actor_name: str, reward: Reward, name: str, reason: str) -> Redemption | None:
        """Story: a code that is no good. Nobody gets it; who has it gets another one, or the points back.

        Its redemption, if it had one. Once more changes nothing. Raises NoSuchCode, and OwnRedemption to its owner.
        """
        did = N_("revoked a code of “{subject}”: {reason}")

        def story() -> Redemption | None:
            free, used = self._table.batch_get(
                [records.free_key(reward.slug, name), records.used_key(reward.slug, name)]
            )
            known = free or used
            if known is None:
                raise NoSuchCode
            told = masked(str(known["code"]))
            audited = self._audit.note(actor, actor_name, did, reward.slug, reason=reason, code=told)
            if free:
                gone = Pooled(hash=name, code=str(free["code"]), state="revoked", reason=reason)
                self._table.commit(
                    records.unpool(reward.slug, name), records.use(reward.slug, gone),
                    records.restock(reward.slug, -1), *audited,
                )  # fmt: skip
                return None
            before = records.pooled(used)
            if before is None:
                raise NoSuchCode
            if before.state == "revoked":
                return None
            require_other(actor, before.member)
            return self._replace(reward, before, reason, audited)

        return self._table.retrying(story)

    def _replace(self, reward: Reward, before: Pooled, reason: str, audited: list[Write]) -> Redemption:
        """The owner's redemption with another code, at the cost of the stock; with none left, returned."""
        purse, redemption = self._steps.read(before.member, before.redemption)
        gone = records.reuse(reward.slug, before, msgspec.structs.replace(before, state="revoked", reason=reason))
        try:
            after, writes = self._giving.code(redemption)
            taken = records.restock(reward.slug, -1, PoolEmpty(reward=redemption.title))
            told = self._steps.step(after, redemption.status, reason)
            return self._steps.commit(redemption, told, [gone, taken, *writes, *audited], about="replaced")
        except PoolEmpty:
            after = self._steps.step(redemption, "returned", reason)
            events = self._steps.back(redemption, "returned", grace=True)
            more = [gone, records.count(redemption, -1), *audited]
            return self._steps.commit(redemption, after, more, purse=purse, events=events, about="status")

    def _bring(self, slug: str, codes: Sequence[str]) -> int:
        there = self._there(slug, codes)
        new = [code for code in codes if hashed(code) not in there]
        if new:
            pooled = [write for code in new for write in records.bring(slug, hashed(code), code)]
            self._table.commit(*pooled, records.restock(slug, len(new)))
        return len(new)

    def _there(self, slug: str, codes: Sequence[str]) -> dict[str, Term]:
        """What is said of codes that have been brought in before, here or elsewhere, by their hash."""
        names = list(dict.fromkeys(hashed(code) for code in codes))
        known = records.read(self._table, [records.code_key(name) for name in names])
        pools = {name: str(item["pool"]) for name, item in zip(names, known, strict=True) if item}
        here = [name for name, pool in pools.items() if pool == slug]
        used = records.read(self._table, [records.used_key(slug, name) for name in here])
        told = {name: GONE if item else PRESENT for name, item in zip(here, used, strict=True)}
        return dict.fromkeys(pools, ELSEWHERE) | told


def _require_pool(reward: Reward) -> None:
    if reward.by_hand:
        raise NoPool(reward=reward.title)


def _rows(text: bytes) -> Iterator[tuple[int, list[str]]]:
    """The lines that say something, each with its number; a heading is none of them."""
    try:
        decoded = text.decode("utf-8-sig")
        reader = csv.reader(io.StringIO(decoded, newline=""), strict=True)
        for place, row in enumerate(reader):
            cells = [cell.strip() for cell in row]
            if any(cells) and not (place == 0 and cells[0].casefold() in HEADERS):
                yield reader.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise NotText from error


def _fault(cells: Sequence[str]) -> Term | None:
    code = cells[0]
    if any(cells[1:]) or ";" in code:  # some tables part their cells by semicolons
        return WIDE
    if len(code) > LONGEST:
        return LONG
    return BLANK if not code or any(unicodedata.category(each)[0] in "CZ" for each in code) else None
