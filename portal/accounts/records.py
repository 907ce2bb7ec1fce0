"""Keys of people: `M#id/ACCOUNT`, `EMAIL#hmac/EMAIL`, `S#hash/S`, `TOK#hash/TOK`, `RL#who#window/RL`, `OWNERS/OWNERS`.

gs1 `STAFF#0` lists the accounts that hold a role; gs2 lists the sessions of a person.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from portal.accounts.model import SESSION_LIFE, TRIES, Account, Challenge, Session
from portal.clock import stamp
from portal.errors import PortalError
from portal.table.contract import Check, Delete, Item, Key, Put, Refusal, Table, Update, absent, eq, exists, ge, under
from portal.tokens import hashed

STAFF = "STAFF#0"
OWNERS = Key("OWNERS", "OWNERS")


def account_key(person: str) -> Key:
    """Where a person's account stands."""
    return Key(f"M#{person}", "ACCOUNT")


def _email_key(keyed: str) -> Key:
    return Key(f"EMAIL#{keyed}", "EMAIL")


def _session_key(token: str) -> Key:
    return Key(f"S#{hashed(token)}", "S")


def _challenge_key(challenge: str) -> Key:
    return Key(f"TOK#{hashed(challenge)}", "TOK")


def _item(key: Key, **attributes: Any) -> Item:
    return {"pk": key.pk, "sk": key.sk, **attributes}


def person_of(table: Table, keyed: str) -> str | None:
    """Whose address this is."""
    item = table.get(_email_key(keyed))
    return str(item["person"]) if item else None


def account(item: Item | None) -> Account | None:
    """The account that an item holds."""
    return msgspec.convert(item, Account) if item else None


def create(made: Account, keyed: str) -> list[Put]:
    """A new person and their address; Stale if somebody proved it in the same moment."""
    return [
        Put(_item(_email_key(keyed), person=made.id), when=[absent()]),
        Put(_item(account_key(made.id), **msgspec.to_builtins(made)), when=[absent()]),
    ]


def there(person: str) -> Check:
    """Refuse with Stale if there is no such account any more."""
    return Check(account_key(person), when=[exists()])


def forget(gone: Account, keyed: str) -> list[Delete]:
    """The account and its address."""
    return [Delete(account_key(gone.id), when=[eq("v", gone.v)]), Delete(_email_key(keyed))]


def keep_language(person: str, lang: str) -> Update:
    """The language that the person reads."""
    return Update(account_key(person), set={"lang": lang}, when=[exists()])


def void_sessions(person: str, now: dt.datetime) -> Update:
    """Sign out everywhere."""
    return Update(account_key(person), set={"sessions_since": msgspec.to_builtins(now)}, when=[exists()])


def change_roles(old: Account, roles: tuple[str, ...]) -> Update:
    """The roles of a person as they were read, replaced; those who hold any are listed as staff."""
    listed = {"gs1pk": STAFF, "gs1sk": old.id}
    return Update(
        account_key(old.id),
        set={"roles": list(roles), **(listed if roles else {})},
        remove=() if roles else tuple(listed),
        add={"v": 1},
        when=[eq("v", old.v)],
    )


def unchanged(read: Account) -> Check:
    """Refuse with Stale if the roles were changed since they were read."""
    return Check(account_key(read.id), when=[eq("v", read.v)])


def first_owner(refusal: Refusal) -> Put:
    """There is an owner from now on; only once."""
    return Put(_item(OWNERS, holders=1), when=[absent(refusal)])


def count_owner(change: int, refusal: Refusal) -> Update:
    """One owner more or fewer, never none."""
    return Update(OWNERS, add={"holders": change}, when=[ge("holders", 2 if change < 0 else 1, refusal)])


def owned(table: Table) -> bool:
    """Whether somebody has claimed the community."""
    return table.get(OWNERS) is not None


def staff(table: Table, limit: int) -> list[Account]:
    """People who hold a role, by id."""
    return [msgspec.convert(item, Account) for item in table.query(STAFF, index="gs1", limit=limit).items]


def put_session(token: str, session: Session) -> Put:
    """A browser is signed in from now on."""
    return Put(
        _item(
            _session_key(token),
            **msgspec.to_builtins(session),
            gs2pk=f"M#{session.person}",
            gs2sk=f"S#{stamp(session.created)}",
            ttl=int((session.seen + SESSION_LIFE).timestamp()),
        )
    )


def renew_session(token: str, now: dt.datetime) -> Update:
    """A session is used; Stale if it has ended."""
    lives = {"seen": msgspec.to_builtins(now), "ttl": int((now + SESSION_LIFE).timestamp())}
    return Update(_session_key(token), set=lives, when=[exists()])


def session(table: Table, token: str) -> Session | None:
    """The session that a cookie names."""
    item = table.get(_session_key(token))
    return msgspec.convert(item, Session) if item else None


def end_session(token: str) -> Delete:
    """This browser signs out."""
    return Delete(_session_key(token))


def put_challenge(asked: Challenge) -> Put:
    """A proof is asked for. Its id opens its page, and is kept as a hash only."""
    known = {name: value for name, value in msgspec.to_builtins(asked).items() if name not in ("id", "used_by")}
    return Put(
        _item(
            _challenge_key(asked.id),
            **known,
            tries=0,
            ttl=int(asked.expires.timestamp()),
        ),
        when=[absent()],
    )


def challenge(table: Table, challenge_id: str) -> Challenge | None:
    """A proof that is still open."""
    item = table.get(_challenge_key(challenge_id))
    return msgspec.convert({**item, "id": challenge_id}, Challenge) if item else None


def count_try(asked: Challenge, gone: Refusal) -> Update:
    """One code typed; refused after five. Counted before it is compared, so that parallel guesses count too."""
    return Update(_challenge_key(asked.id), add={"tries": 1}, when=[exists(gone), under("tries", TRIES, gone)])


def close_challenge(asked: Challenge, person: str, gone: Refusal) -> Update:
    """The proof was given, by this person and once only; what was to follow it may be asked for again by them."""
    return Update(_challenge_key(asked.id), set={"used_by": person}, when=[exists(gone), eq("used_by", None, gone)])


def count_request(who: str, window: int, seconds: int, limit: int, refusal: PortalError) -> Update:
    """One request of somebody in a window of time; refused at the limit."""
    key = Key(f"RL#{who}#{window}", "RL")
    return Update(key, add={"n": 1}, set={"ttl": (window + 2) * seconds}, when=[under("n", limit, refusal)])
