"""What a machine sees in what was written: words of the list, and what look-alikes share. It informs; people decide."""

from __future__ import annotations

from portal.applications import records
from portal.applications.model import Answers, Application
from portal.applications.questionnaire import texts
from portal.cases.model import Found, verdict
from portal.cases.service import Cases
from portal.charter.questions import Questionnaire
from portal.errors import N_, PortalError
from portal.table.contract import Write
from portal.tokens import Tokens

#: Verdicts of the word filter that open a case, the gravest last.
CASES = ("alert", "hold", "block")
GRAVITY = ("", "pass", "note", *CASES)
#: Mail providers for which dots in a name are nothing.
DOTLESS = frozenset({"gmail.com", "googlemail.com"})
#: Long answers up to so many characters are alike by chance; so many of an application's are compared.
SHORT = 30
COMPARED = 10


class BlockedWords(PortalError):
    """The word list refuses what was written."""

    status = 422
    sentence = N_("“{word}” can't be in an application here. Please say it without that, and send it again.")


class Vetting:
    """The word filter over applications and conversations, and the signs by which look-alikes are found."""

    def __init__(self, cases: Cases, tokens: Tokens) -> None:
        self._cases = cases
        self._tokens = tokens

    def found(self, asked: Questionnaire, answers: Answers) -> list[Found]:
        """What the filter finds in the texts of answers. Raises BlockedWords."""
        found = self._cases.scan(texts(asked, answers))
        if verdict(found) == "block":
            raise BlockedWords(word=next(hit.word for hit in found if hit.severity == "block"))
        return found

    def severity(self, found: list[Found], before: str = "") -> str:
        """The gravest verdict that an application has ever had."""
        return max(verdict(found) if found else "", before, key=GRAVITY.index)

    def case(self, of: Application, found: list[Found]) -> list[Write]:
        """Part: a case for the stewards, unless all that was found is only to be noted beside the text."""
        address = f"/portal/desk/applications/{of.person}/{of.id}"
        return self._cases.open(subject(of), title(of), address, found) if verdict(found) in CASES else []

    def heard(self, of: Application, text: str) -> list[Write]:
        """Part: a case for what somebody wrote in a conversation or an appeal, which nobody is kept from."""
        return self.case(of, self._cases.scan({"message": text}))

    def forget(self, of: Application) -> list[Write]:
        """Part: the end of its cases."""
        return self._cases.drop(subject(of))

    def signs(self, asked: Questionnaire, made: Application, email: str) -> list[str]:
        """What look-alikes would share: the mailbox, the name, each long answer; keyed, so that nobody can guess."""
        said = (records.folded(str(made.answers.get(q.slug, ""))) for q in asked.form if q.kind == "long-text")
        signs = [f"name:{records.folded(made.name)}"]
        signs += [f"said:{text}" for text in said if len(text) > SHORT][:COMPARED]
        return list(dict.fromkeys([self.mail_sign(email), *map(self._sign, signs)]))

    def mail_sign(self, email: str) -> str:
        """The sign of a mailbox."""
        return self._sign(f"mail:{mailbox(email)}")

    def _sign(self, what: str) -> str:
        return self._tokens.keyed("alike", what)[:32]


def subject(of: Application) -> str:
    """What cases of an application are kept under."""
    return f"{of.person}.{of.id}"


def title(of: Application) -> str:
    """What a case is called; a name would tell whose it is where the first pass is blind."""
    return of.id[-6:]


def mailbox(address: str) -> str:
    """An address as the mailbox that it reaches: without a `+tag`, and without the dots that some providers ignore."""
    local, _, domain = address.casefold().partition("@")
    plain = local.partition("+")[0]
    return f"{plain.replace('.', '') if domain in DOTLESS else plain}@{domain}"
