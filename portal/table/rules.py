"""What the contract refuses before anything is sent, the same in both engines: DynamoDB's limits are SQLite's too.

`checked` turns writes into plain ones (exact str, int, bool, None, bytes, list and dict), or raises `BadWrite`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from portal.table.contract import (
    MAX_COMMIT_BYTES,
    MAX_DIGITS,
    MAX_ITEM_BYTES,
    MAX_WRITES,
    BadWrite,
    Check,
    Condition,
    Delete,
    Key,
    Put,
    Update,
    Write,
)

MAX_PK_BYTES = 2048
MAX_SK_BYTES = 1024
MAX_DEPTH = 30  # DynamoDB says 32 and counts the ends in its own way
INDEXES = ("gs1", "gs2")

_KEY_BYTES = {
    "pk": MAX_PK_BYTES,
    "sk": MAX_SK_BYTES,
    "gs1pk": MAX_PK_BYTES,
    "gs1sk": MAX_SK_BYTES,
    "gs2pk": MAX_PK_BYTES,
    "gs2sk": MAX_SK_BYTES,
}
_SPECIAL = frozenset((*_KEY_BYTES, "ttl"))
_PLAIN = frozenset((str, bool, bytes, type(None)))
_BEYOND = 10**MAX_DIGITS
_LATEST_TTL = 2**63
_ENCODE = msgspec.msgpack.Encoder().encode
_MORE_THAN_MSGPACK = 4  # no value takes more than four times its bytes in msgpack; an empty list in a list takes four


def checked(writes: Sequence[Write]) -> list[Write]:
    """The writes in plain values; `BadWrite` if one of them, or all of them together, break the contract."""
    if len(writes) > MAX_WRITES:
        raise BadWrite(f"{len(writes)} writes in one commit: at most {MAX_WRITES}")
    plain_writes = [_CHECKS[type(write)](write) for write in writes]
    seen: set[Key] = set()
    for write in plain_writes:
        if write.key in seen:
            raise BadWrite(f"two writes on one key in one commit: {write.key}")
        seen.add(write.key)
    # A few writes can't be too much together: each is within its own limit.
    many = len(plain_writes) * MAX_ITEM_BYTES > MAX_COMMIT_BYTES
    if many and sum(item_bytes(_sent(write)) for write in plain_writes) > MAX_COMMIT_BYTES:
        raise BadWrite(f"a commit of more than {MAX_COMMIT_BYTES} bytes")
    return plain_writes


def can_be_key(key: Key) -> bool:
    """Whether an item could stand under `key` at all; a read of any other finds nothing."""
    return _fits("pk", key.pk) and _fits("sk", key.sk)


def within_size(item: Mapping[str, Any]) -> None:
    """Raise `BadWrite` for an item that DynamoDB would refuse as too large."""
    try:
        if len(_ENCODE(item)) * _MORE_THAN_MSGPACK <= MAX_ITEM_BYTES:
            return  # a hundred times faster than to count
    except OverflowError:
        pass  # integers beyond 64 bits are counted
    except UnicodeEncodeError as error:
        raise _no_text(error.object) from None
    size = item_bytes(item)
    if size > MAX_ITEM_BYTES:
        raise BadWrite(f"an item of {size} bytes: at most {MAX_ITEM_BYTES} ({item.get('pk')!r}, {item.get('sk')!r})")


def within_digits(name: str, number: int) -> None:
    """Raise `BadWrite` for an integer of more digits than DynamoDB keeps."""
    if not -_BEYOND < number < _BEYOND:
        raise BadWrite(f"{name}: an integer of more than {MAX_DIGITS} digits")


def item_bytes(item: Mapping[str, Any]) -> int:
    """An item's size as DynamoDB counts it: names and values in UTF-8, two digits to the byte."""
    return sum(_text_bytes(name) + _bytes(value) for name, value in item.items())


def _put(write: Put) -> Put:
    item = {name: _attribute(name, value) for name, value in write.item.items()}
    for name in ("pk", "sk"):
        if name not in item:
            raise BadWrite(f"an item without {name}")
    for index in INDEXES:
        if (f"{index}pk" in item) != (f"{index}sk" in item):
            raise BadWrite(f"{index}pk and {index}sk go together (pk {item['pk']!r}, sk {item['sk']!r})")
    within_size(item)
    return Put(item, _conditions(write))


def _update(write: Update) -> Update:
    names = [*write.set, *write.add, *write.remove]
    if not names:
        raise BadWrite(f"an Update that changes nothing: {write.key}. Check says that something must hold.")
    if len(set(names)) < len(names):
        raise BadWrite(f"an Update that names an attribute twice: {sorted(names)}")
    if not {"pk", "sk"}.isdisjoint(names):
        raise BadWrite(f"an Update can't change an item's own key: {write.key}")
    changes = {name: _attribute(name, value) for name, value in write.set.items()}
    added = {name: _addend(name, value) for name, value in write.add.items()}
    for name in write.remove:
        _named(name)
    within_size(changes)
    return Update(_key(write.key), changes, added, tuple(write.remove), _conditions(write))


def _delete(write: Delete) -> Delete:
    return Delete(_key(write.key), _conditions(write))


def _check(write: Check) -> Check:
    if not write.when:
        raise BadWrite(f"a Check without conditions: {write.key}")
    return Check(_key(write.key), _conditions(write))


_CHECKS: Mapping[type, Callable[[Any], Write]] = {Put: _put, Update: _update, Delete: _delete, Check: _check}


def _key(key: Key) -> Key:
    if not can_be_key(key):
        raise BadWrite(f"no item can stand under {tuple(key)!r}: keys are non-empty text of a limited length")
    return Key(str.__str__(key.pk), str.__str__(key.sk))


def _conditions(write: Write) -> tuple[Condition, ...]:
    return tuple(map(_condition, write.when))


def _condition(condition: Condition) -> Condition:
    if condition.kind in ("absent", "exists"):
        return condition
    name = condition.name
    _named(name)
    if condition.kind == "eq":
        value = _plain(name, condition.value)
        within_size({name: value})
    else:
        value = _integer(name, condition.value)
    return Condition(condition.kind, condition.refusal, name, value)


def _attribute(name: str, value: Any) -> Any:
    if type(value) in _PLAIN and type(name) is str and name and name not in _SPECIAL:
        return value  # nearly all of them
    limit = _KEY_BYTES.get(name)
    if limit is not None:
        if not _fits(name, value):
            raise BadWrite(f"{name} is non-empty text of at most {limit} bytes, not {value!r:.80}")
        return str.__str__(value)
    if name == "ttl" and not (type(value) is int and 0 <= value < _LATEST_TTL):
        raise BadWrite(f"ttl is whole seconds since 1970, not {value!r:.80}")
    _named(name)
    return _plain(name, value)


def _fits(name: str, value: object) -> bool:
    if not isinstance(value, str) or not value:
        return False
    try:
        return len(value.encode()) <= _KEY_BYTES[name]
    except UnicodeEncodeError:
        return False


def _named(name: object) -> None:
    if not isinstance(name, str) or not name:
        raise BadWrite(f"an attribute is named by non-empty text, not {name!r:.80}")


def _addend(name: str, value: Any) -> int:
    if name in _KEY_BYTES or name == "ttl":
        raise BadWrite(f"nothing can be added to {name}")
    _named(name)
    return _integer(name, value)


def _integer(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadWrite(f"{name}: an integer is needed, not {value!r:.80}")
    within_digits(name, value)
    return int(value)


def _plain(name: str, value: Any, depth: int = 0) -> Any:
    """`value` in the exact types that both engines store; enums and tuples become what they stand for."""
    kind = type(value)
    if kind is int:
        within_digits(name, value)
        return value
    if kind is str or value is None or kind is bool or kind is bytes:
        return value
    if depth > MAX_DEPTH:
        raise BadWrite(f"{name}: nested deeper than {MAX_DEPTH}")
    if isinstance(value, list | tuple):
        return [_plain(name, each, depth + 1) for each in value]
    if isinstance(value, Mapping):
        for inner in value:
            _named(inner)
        return {str(inner): _plain(name, each, depth + 1) for inner, each in value.items()}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return _plain(name, int(value))
    raise BadWrite(f"{name}: a {kind.__name__} can't be stored, only str, int, bool, None, bytes, lists and mappings")


def _sent(write: Write) -> Mapping[str, Any]:
    if isinstance(write, Put):
        return write.item
    return {**write.set, **write.add} if isinstance(write, Update) else {}


def _no_text(value: str) -> BadWrite:
    return BadWrite(f"half a character can't be stored: {value!r:.80}")


def _text_bytes(text: str) -> int:
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise _no_text(text) from None


def _bytes(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, str):
        return _text_bytes(value)
    if isinstance(value, int):
        return 1 + (len(str(abs(value))) + 1) // 2 + (value < 0)
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list):
        return 3 + sum(1 + _bytes(each) for each in value)
    return 3 + sum(1 + _text_bytes(name) + _bytes(each) for name, each in value.items())
