"""Keys: `CASE#subject/id`, so that a subject's cases are found by the subject alone.

`WORDS/LIST` (the desk's words, with `v`), `WORDS/V` (`v` by itself, so that a scan reads little), `WORD#word/TALLY`.
gs1 `CASE#open#0` lists the open cases, the oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from portal.cases.model import Case, Tally, WordList
from portal.clock import stamp
from portal.table.contract import Delete, Item, Key, Page, Put, Refusal, Table, Update, Write, eq, exists

_LIST = Key("WORDS", "LIST")
_VERSION = Key("WORDS", "V")


def case_key(subject: str, case: str) -> Key:
    """Where a case stands."""
    return Key(f"CASE#{subject}", case)


def _tally_key(word: str) -> Key:
    return Key(f"WORD#{word}", "TALLY")


def record(case: Case) -> Put:
    """A case; listed while it is open."""
    return Put(_case_item(case))


def settle(settled: Case, already: Refusal) -> Put:
    """The end of a case; the first to settle it decides."""
    return Put(_case_item(settled), when=[exists(already), eq("status", "open", already)])


def case(item: Item | None) -> Case | None:
    """The case that an item holds."""
    return msgspec.convert(item, Case) if item else None


def open_cases(table: Table, cursor: str | None, limit: int) -> Page:
    """What waits, the oldest first. From an index: judge each again by its own item."""
    return table.query("CASE#open#0", index="gs1", cursor=cursor, limit=limit)


def drop(table: Table, subject: str) -> list[Write]:
    """The end of all cases of a subject."""
    keys: list[Write] = []
    cursor = None
    while True:
        page = table.query(f"CASE#{subject}", cursor=cursor)
        keys += [Delete(Key(str(item["pk"]), str(item["sk"]))) for item in page.items]
        if (cursor := page.cursor) is None:
            return keys


def version(table: Table) -> int:
    """How often the desk's words have changed."""
    item = table.get(_VERSION)
    return int(item["v"]) if item else 0


def word_list(table: Table) -> WordList:
    """The desk's words."""
    item = table.get(_LIST)
    return msgspec.convert(item, WordList) if item else WordList()


def replace(before: WordList, after: WordList) -> list[Write]:
    """Other words; Stale if somebody changed them meanwhile."""
    changed = msgspec.structs.replace(after, v=before.v + 1)
    return [
        Put({"pk": _LIST.pk, "sk": _LIST.sk, **msgspec.to_builtins(changed)}, when=[eq("v", before.v or None)]),
        Put({"pk": _VERSION.pk, "sk": _VERSION.sk, "v": changed.v}),
    ]


def count(word: str, hits: int, false: int) -> Update:
    """Settled hits of a word."""
    return Update(_tally_key(word), add={"hits": hits, "false": false})


def tallies(table: Table, words: Sequence[str]) -> list[Tally]:
    """What was counted of each word, in their order."""
    keys = [_tally_key(word) for word in words]
    items = [item for start in range(0, len(keys), 100) for item in table.batch_get(keys[start : start + 100])]
    return [msgspec.convert(item, Tally) if item else Tally() for item in items]


def _case_item(case: Case) -> Item:
    key = case_key(case.subject, case.id)
    listed = {"gs1pk": "CASE#open#0", "gs1sk": f"{stamp(case.at)}#{case.id}"} if case.open else {}
    return {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(case), **listed}
