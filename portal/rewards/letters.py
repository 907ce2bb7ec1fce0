"""Letters about a redemption, to the member who made it."""

from __future__ import annotations

from portal.accounts.service import Accounts
from portal.outbox.model import Letter
from portal.outbox.service import Outbox
from portal.rewards import notices
from portal.rewards.model import Redemption
from portal.rewards.notices import About
from portal.table.contract import Item, Key, Write


class RedemptionLetters:
    """Tells each step of a redemption in the member's language."""

    def __init__(self, accounts: Accounts, outbox: Outbox, base_url: str) -> None:
        self._accounts = accounts
        self._outbox = outbox
        self._base_url = base_url

    def key(self, member: str) -> Key:
        """Where the member's address stands, for a story that reads several items at once."""
        return self._accounts.key(member)

    def letter(self, redemption: Redemption, item: Item | None = None, about: About = "status") -> Letter:
        """What there is to say; `item` is the account, if the story has read it. Raises NotFound."""
        account = self._accounts.read(item) if item else self._accounts.account(redemption.member)
        link = f"{self._base_url}/portal/rewards/redemptions/{redemption.id}"
        return self._outbox.letter(account.email, account.lang, notices.told(redemption, link, account.lang, about))

    def record(self, *letters: Letter) -> list[Write]:
        """Part: keep the letters with the commit that they tell of."""
        return self._outbox.record(*letters)

    def send(self, *letters: Letter) -> None:
        """After the commit: send them."""
        self._outbox.send(*letters)
