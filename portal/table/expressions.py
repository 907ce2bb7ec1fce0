"""Writes and conditions in DynamoDB's language: typed values and expressions with placeholders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from portal.table.contract import Check, Condition, Delete, Item, Key, Put, Update, Write
from portal.table.listing import Listing
from portal.table.meaning import applied

Packed = dict[str, dict[str, Any]]


def packed(item: Mapping[str, Any]) -> Packed:
    """An item, or a part of one, as typed values."""
    return {name: _typed(value) for name, value in item.items()}


def unpacked(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The item that `packed` was given."""
    return {name: _plain(value) for name, value in item.items()}


def request_for(write: Write, now: int, *, revive: bool = False) -> dict[str, Any]:
    """What one write asks for, in the words that a single operation and a transaction share.

    An Update carries the guard that the item hasn't expired, or it would build on attributes that are no longer
    there; where it has, `revive` asks for a Put of the outcome instead, in place of an item that is still dead.
    """
    words = _Clauses(now)
    request: dict[str, Any] = {}
    if isinstance(write, Update) and revive:
        request["Item"] = packed(applied(write, None))
        clauses = [words.dead()]  # its conditions hold of nothing: that was seen before reviving
    else:
        clauses = [words.condition(condition) for condition in write.when]
        if isinstance(write, Put):
            request["Item"] = packed(write.item)
        else:
            request["Key"] = packed(write.key._asdict())
        if isinstance(write, Update):
            clauses.append(words.unexpired())
            request["UpdateExpression"] = words.update(write)
    if clauses:
        request["ConditionExpression"] = " AND ".join(clauses)
        request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return request | words.placeholders()


def action(write: Write, *, revive: bool) -> str:
    """The name of the write in a transaction."""
    return "Put" if revive else _ACTIONS[type(write)]


_ACTIONS = {Put: "Put", Update: "Update", Delete: "Delete", Check: "ConditionCheck"}


def query_for(asked: Listing) -> dict[str, Any]:
    """What a listing asks for, its first page or the one after its cursor; without a limit."""
    words = _Words()
    clauses = [f"{words.name(asked.pk_name)} = {words.value(asked.pk)}"]
    sort = words.name(asked.sort_names[0]) if asked.begins or asked.between else ""
    if asked.begins is not None:
        clauses.append(f"begins_with({sort}, {words.value(asked.begins)})")
    elif asked.between is not None:
        low, high = asked.between
        if low:
            clauses.append(f"{sort} BETWEEN {words.value(low)} AND {words.value(high)}")
        else:  # no key is empty, and DynamoDB takes no empty bound
            clauses.append(f"{sort} <= {words.value(high)}")
    request: dict[str, Any] = {
        "KeyConditionExpression": " AND ".join(clauses),
        "ScanIndexForward": not asked.reverse,
        "ConsistentRead": asked.index is None,
    }
    if asked.index is not None:
        request["IndexName"] = asked.index
    if asked.after is not None:
        start = {asked.pk_name: asked.pk, **dict(zip(asked.sort_names, asked.after, strict=True))}
        request["ExclusiveStartKey"] = packed(start)
    return request | words.placeholders()


class _Words:
    """An expression's words: every name and value gets a placeholder, for many names are reserved."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def value(self, value: Any) -> str:
        mark = f":v{len(self._values)}"
        self._values[mark] = _typed(value)
        return mark

    def placeholders(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if self._names:
            asked["ExpressionAttributeNames"] = {mark: name for name, mark in self._names.items()}
        if self._values:
            asked["ExpressionAttributeValues"] = self._values
        return asked


class _Clauses(_Words):
    """Conditions in words. What has expired by `now` (epoch seconds) is not there."""

    def __init__(self, now: int) -> None:
        super().__init__()
        self._now = now

    def unexpired(self) -> str:
        ttl = self.name("ttl")
        return f"(attribute_not_exists({ttl}) OR {ttl} > {self.value(self._now)})"

    def live(self) -> str:
        return f"attribute_exists({self.name('pk')}) AND {self.unexpired()}"

    def dead(self) -> str:
        return f"(attribute_not_exists({self.name('pk')}) OR {self.name('ttl')} <= {self.value(self._now)})"

    def condition(self, condition: Condition) -> str:
        if condition.kind == "absent":
            return self.dead()
        if condition.kind == "exists":
            return self.live()
        name = self.name(condition.name)
        if condition.kind == "eq" and condition.value is None:
            return f"({self.dead()} OR attribute_not_exists({name}) OR {name} = {self.value(None)})"
        value = self.value(condition.value)
        if condition.kind == "eq":
            return f"{self.live()} AND {name} = {value}"
        is_number = f"attribute_type({name}, {self.value('N')})"
        if condition.kind == "ge":
            return f"{self.live()} AND {is_number} AND {name} >= {value}"
        return f"({self.dead()} OR attribute_not_exists({name}) OR {is_number} AND {name} < {value})"

    def update(self, update: Update) -> str:
        sections = {
            "SET": [f"{self.name(name)} = {self.value(value)}" for name, value in update.set.items()],
            "ADD": [f"{self.name(name)} {self.value(amount)}" for name, amount in update.add.items()],
            "REMOVE": [self.name(name) for name in update.remove],
        }
        return " ".join(f"{verb} {', '.join(terms)}" for verb, terms in sections.items() if terms)


def _typed(value: Any) -> dict[str, Any]:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, list):
        return {"L": [_typed(each) for each in value]}
    if isinstance(value, Mapping):
        return {"M": packed(value)}
    return {"S" if isinstance(value, str) else "B": value}


def _plain(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    return _READERS[kind](value)


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:  # 1E+2: DynamoDB may write great numbers so
        return int(Decimal(digits))


def _each(values: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [_plain(value) for value in values]


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "S": str,
    "N": _integer,
    "BOOL": bool,
    "NULL": lambda _: None,
    "B": bytes,
    "L": _each,
    "M": unpacked,
}


def key_of(item: Item) -> Key:
    """The key of an item that was read."""
    return Key(item["pk"], item["sk"])
