"""Proves addresses, keeps sessions."""

from __future__ import annotations

from collections.abc import Sequence

from portal.accounts import notices, records
from portal.accounts.model import (
    CHALLENGE_LIFE,
    RENEWED_AFTER,
    Account,
    BadAddress,
    Challenge,
    Purpose,
    Session,
    Verified,
    network,
    normalised,
)
from portal.charter.schema import Charter
from portal.clock import Clock
from portal.errors import N_, NotFound, PortalError
from portal.language import Lang
from portal.outbox.service import Outbox
from portal.table.contract import Item, Key, Table, Write
from portal.tokens import Ids, Tokens, fresh, fresh_code, hashed, same

WINDOW_SECONDS = 3600
PER_ADDRESS = 6
#: Twenty codes of five tries a day: whoever guesses every day is right on one day in ten thousand.
DAY_SECONDS = 24 * 3600
PER_DAY = 20
PER_CALLER = 60


class TooMany(PortalError):
    """More sign-in messages than anybody needs."""

    status = 429
    retry_after = WINDOW_SECONDS
    sentence = N_("That was asked too often. Please wait an hour; messages already sent keep working.")


class ProofGone(PortalError):
    """The code or link was used, has expired, was guessed at, or never was."""

    status = 410
    sentence = N_("This code or link has been used or has expired. Please ask for a new one.")


class WrongCode(PortalError):
    """The code is another one."""

    status = 422
    sentence = N_("That is not the code we sent. Please look again; after five tries you'll need a new one.")


class OtherBrowser(PortalError):
    """A code works only where it was asked for."""

    status = 403
    sentence = N_("This code belongs to the browser that asked for it. Use the link in the message, or ask again here.")


class Accounts:
    """People by address: asking for a proof, giving it, sessions."""

    def __init__(
        self, table: Table, charter: Charter, outbox: Outbox, clock: Clock, ids: Ids, tokens: Tokens, base_url: str
    ) -> None:
        self._table = table
        self._charter = charter
        self._outbox = outbox
        self._clock = clock
        self._ids = ids
        self._tokens = tokens
        self._base_url = base_url

    def ask(
        self,
        address: str,
        *,
        browser: str,
        caller: str,
        lang: Lang,
        purpose: Purpose = "sign-in",
        subject: str = "",
        also: Sequence[Write] = (),
    ) -> str:
        """Story: send a code and a link to an address, known or not; gives the challenge's id.

        `also` is kept in the same commit: what waits for the proof.
        Raises BadAddress, and TooMany by address and by caller. The answer is the same for all addresses.
        """
        email = normalised(address)
        # The caller first: one who is refused uses up nobody's limit.
        self._limit(f"caller#{self._tokens.keyed('caller', network(caller))}", PER_CALLER)
        self._limit(f"day#{self._tokens.keyed('email', email)}", PER_DAY, DAY_SECONDS)
        self._limit(f"address#{self._tokens.keyed('email', email)}", PER_ADDRESS)
        code = fresh_code()
        asked = Challenge(
            id=self._ids.new() + fresh(),
            email=email,
            lang=lang,
            code_hash=self._tokens.keyed("code", code),
            browser_hash=hashed(browser),
            purpose=purpose,
            subject=subject,
            expires=self._clock.now() + CHALLENGE_LIFE,
        )
        link = f"{self._base_url}/portal/sign-in/link/{self._tokens.sign('link', asked.id)}?lang={lang}"
        notice = notices.proof(asked, code, link, self._charter.community.name[lang])
        letter = self._outbox.letter(email, lang, notice)
        ends = int(asked.expires.timestamp())
        self._table.commit(records.put_challenge(asked), *also, *self._outbox.record(letter, until=ends))
        self._outbox.send(letter)
        return asked.id

    def asked(self, challenge_id: str) -> Challenge:
        """The proof that is waited for; raises ProofGone."""
        asked = records.challenge(self._table, challenge_id)
        if asked is None:
            raise ProofGone
        return asked

    def prove_by_code(self, challenge_id: str, code: str, *, browser: str, person: str | None = None) -> Verified:
        """Story: a code was typed. Raises ProofGone, OtherBrowser, WrongCode; the fifth wrong code ends the proof.

        `person` is who is signed in here: what was to follow their own proof, and was cut short, is told again.
        """
        asked = self.asked(challenge_id)
        if not same(hashed(browser), asked.browser_hash):
            raise OtherBrowser
        self._table.commit(records.count_try(asked, ProofGone))
        digits = "".join(str(int(character)) for character in code if character.isdecimal())  # full-width ones too
        if not same(self._tokens.keyed("code", digits), asked.code_hash):
            raise WrongCode
        return self._prove(asked, person)

    def link_names(self, link: str) -> str:
        """The challenge that a link from a message names; raises BadToken. Changes nothing: scanners follow links."""
        return self._tokens.unsign("link", link)

    def prove_by_link(self, link: str, *, person: str | None = None) -> Verified:
        """Story: the button behind a link was pressed, in whichever browser; as `prove_by_code`. Raises BadToken."""
        return self._prove(self.asked(self.link_names(link)), person)

    def _prove(self, asked: Challenge, person: str | None) -> Verified:
        """An address is proven once: the person is found or made, and this browser signed in."""
        if asked.used_by:
            if asked.used_by != person:
                raise ProofGone
            return Verified(account=self.account(person), session=None, purpose=asked.purpose, subject=asked.subject)
        token = fresh()

        def story() -> Account:
            now = self._clock.now()
            keyed = self._tokens.keyed("email", asked.email)
            known = records.person_of(self._table, keyed)
            found = self.account(known) if known else None
            made = found or Account(
                id=self._ids.new(), email=asked.email, lang=asked.lang, created=now, sessions_since=now
            )
            session = Session(person=made.id, created=now, seen=now)
            self._table.commit(
                records.close_challenge(asked, made.id, ProofGone),
                *([] if found else records.create(made, keyed)),
                records.put_session(token, session),
            )
            return made

        account = self._table.retrying(story)
        return Verified(account=account, session=token, purpose=asked.purpose, subject=asked.subject)

    def session(self, token: str) -> Session | None:
        """The session that a cookie names. Whether it lives, its account knows: see `signed_in`."""
        return records.session(self._table, token)

    def renew(self, token: str, session: Session) -> bool:
        """Story: a session that lives is kept for its full time again, once a day; whether that was now.

        Raises Stale for one that was signed out meanwhile.
        """
        now = self._clock.now()
        if now - session.seen <= RENEWED_AFTER:
            return False
        self._table.commit(records.renew_session(token, now))
        return True

    def key(self, person: str) -> Key:
        """Where an account stands, for a story that reads several items at once."""
        return records.account_key(person)

    def signed_in(self, session: Session, item: Item | None) -> Account | None:
        """The account that was read under `key`, if the session lives."""
        found = records.account(item)
        return found if found and session.lives(found) else None

    def account(self, person: str) -> Account:
        """A person's account; raises NotFound."""
        return self.read(self._table.get(self.key(person)))

    def read(self, item: Item | None) -> Account:
        """The account in an item that a story has read under `key`; raises NotFound."""
        found = records.account(item)
        if found is None:
            raise NotFound
        return found

    def person_of(self, address: str) -> str | None:
        """Whose an address is; None for one that nobody has proven or vouched for, or that is none."""
        try:
            return records.person_of(self._table, self._tokens.keyed("email", normalised(address)))
        except BadAddress:
            return None

    def vouched(self, address: str, lang: Lang) -> tuple[Account, list[Write]]:
        """Part: whose an address is that an operator vouches for, or somebody new and the writes that make them.

        No session is made: signing in needs the code by mail, as for everybody. Raises BadAddress; the commit raises
        Stale if the address was proven in the same moment.
        """
        email, now = normalised(address), self._clock.now()
        keyed = self._tokens.keyed("email", email)
        if known := records.person_of(self._table, keyed):
            return self.account(known), []
        made = Account(id=self._ids.new(), email=email, lang=lang, created=now, sessions_since=now)
        return made, list[Write](records.create(made, keyed))

    def still(self, person: str) -> list[Write]:
        """Part: for a story that rests on an account's being there; Stale if it has been forgotten meanwhile."""
        return [records.there(person)]

    def forget(self, person: str) -> list[Write]:
        """Part: a person of whom nothing is left; sessions die with the account. Stale if it changed meanwhile."""
        account = self.account(person)
        return [*records.forget(account, self._tokens.keyed("email", account.email))]

    def throttle(self, what: str, caller: str, most: int) -> None:
        """Story: count one of so many of a kind that a caller may ask for in an hour. Raises TooMany."""
        self._limit(f"{what}#{self._tokens.keyed('caller', network(caller))}", most)

    def sign_out(self, token: str) -> None:
        """Story: this browser forgets."""
        self._table.commit(records.end_session(token))

    def sign_out_everywhere(self, person: str) -> None:
        """Story: every browser forgets."""
        self._table.commit(records.void_sessions(person, self._clock.now()))

    def keep_language(self, person: str, lang: Lang) -> None:
        """Story: the language that this person reads, and that messages to them are written in."""
        self._table.commit(records.keep_language(person, lang))

    def _limit(self, who: str, most: int, seconds: int = WINDOW_SECONDS) -> None:
        window = int(self._clock.now().timestamp()) // seconds
        self._table.commit(records.count_request(who, window, seconds, most, TooMany()))
