"""Keys of readers: `SITE#yyyymm/page` counts a page's month; `WORD#id/WORD` is a word, in gs1 `WORDQ#open#0`."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from portal.clock import stamp
from portal.points.model import Month
from portal.readers.model import Figures, Said, Word
from portal.table.contract import Item, Key, Page, Put, Refusal, Table, Update, absent, eq

QUEUE = "WORDQ#open#0"


def count(month: Month, page: str, said: Said) -> Update:
    """Once more."""
    return Update(Key(f"SITE#{month}", page), add={said: 1})


def figures(table: Table, month: Month) -> Iterator[Figures]:
    """Every page that was read in a month."""
    cursor = None
    while True:
        found = table.query(f"SITE#{month}", cursor=cursor, limit=1000)
        for item in found.items:
            read, yes, no = (int(item.get(name, 0)) for name in ("read", "yes", "no"))
            yield Figures(page=str(item["sk"]), read=read, yes=yes, no=no)
        if (cursor := found.cursor) is None:
            return


def word_key(word: str) -> Key:
    """Where a word stands."""
    return Key(f"WORD#{word}", "WORD")


def leave(word: Word, again: Refusal) -> Put:
    """A word, once."""
    return Put(_item(word), when=[absent(again)])


def settle(before: Word, after: Word, already: Refusal) -> Put:
    """Seen to; `already` if somebody was faster."""
    return Put(_item(msgspec.structs.replace(after, v=before.v + 1)), when=[eq("v", before.v, already)])


def word(item: Item | None) -> Word | None:
    """The word that an item holds."""
    return msgspec.convert(item, Word) if item else None


def waiting(table: Table, cursor: str | None, limit: int) -> Page:
    """Words that wait, the oldest first. From an index: judge each again by its own item."""
    return table.query(QUEUE, index="gs1", cursor=cursor, limit=limit)


def _item(word: Word) -> Item:
    key = word_key(word.id)
    item = {"pk": key.pk, "sk": key.sk, **msgspec.to_builtins(word)}
    return item | ({"gs1pk": QUEUE, "gs1sk": f"{stamp(word.at)}#{word.id}"} if word.state == "open" else {})
