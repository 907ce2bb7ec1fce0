"""A word that was found, the case that it opens, and a list that is tried on history before it is switched on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from portal.errors import N_, PortalError
from portal.language import Term
from portal.words import SEVERITIES, Severity, Word, normalised

Source = Literal["charter", "desk"]
Outcome = Literal["false-positive", "handled"]
Status = Literal["open", "false-positive", "handled"]
Verdict = Literal["pass", "note", "alert", "hold", "block"]

#: So much of the text stands beside a hit, on each side; a case keeps nothing more of it.
BESIDE = 60
MOST_HITS = 20
LONGEST_TITLE = 80
LONGEST_WORD = 60
MOST_WORDS = 1000

SEVERITY_NAMES: dict[Severity, Term] = {
    "note": Term(N_("only noted")),
    "alert": Term(N_("alert")),
    "hold": Term(N_("hold")),
    "block": Term(N_("block")),
}

OUTCOMES: dict[Status, Term] = {"false-positive": Term(N_("a false alarm")), "handled": Term(N_("handled"))}

#: How severities may be typed; nothing is a note.
_TYPED: dict[str, Severity] = {severity: severity for severity in SEVERITIES} | {
    "": "note",
    "only noted": "note",
    "记录": "note",
    "提醒": "alert",
    "待审": "hold",
    "拦截": "block",
}  # fmt: skip


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A word in one part of what somebody wrote: as it was written, with a little of what stands beside it."""

    part: str
    word: str
    severity: Severity
    source: Source
    before: str
    written: str
    after: str


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What one scan found in one subject's text. `address`: where the desk reads it; `more`: hits that aren't kept."""

    id: str
    subject: str
    title: str
    address: str
    at: dt.datetime
    found: list[Found]
    more: int = 0
    status: Status = "open"
    actor: str = ""
    actor_name: str = ""
    settled: dt.datetime | None = None
    note: str = ""

    @property
    def open(self) -> bool:
        """Whether it waits for somebody to look."""
        return self.status == "open"

    @property
    def verdict(self) -> Verdict:
        """What its gravest hit asks for."""
        return verdict(self.found)


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """A word that the desk put on the list: who, and when."""

    text: str
    severity: Severity
    actor: str
    actor_name: str
    at: dt.datetime


class WordList(msgspec.Struct, frozen=True, kw_only=True):
    """The desk's words; `v` counts its changes, 0 before the first."""

    words: list[Added] = []
    v: int = 0


class Tally(msgspec.Struct, frozen=True):
    """Of the hits of a word that the desk has settled: how many, and how many of them were false alarms."""

    hits: int = 0
    false: int = 0


class Fault(msgspec.Struct, frozen=True):
    """A line of a list that can't be used, and why."""

    line: int
    why: PortalError


class Proposed(msgspec.Struct, frozen=True):
    """A word that may be switched on."""

    text: str
    severity: Severity


class Proposal(msgspec.Struct, frozen=True):
    """A list as it was typed: its words, the lines that can't be used, and the version of the list beside it."""

    words: list[Proposed]
    faults: list[Fault]
    v: int = 0


class Passage(msgspec.Struct, frozen=True):
    """One part of what somebody wrote once."""

    subject: str
    title: str
    part: str
    text: str


class History:
    """What was written before the list. This one is empty; whoever keeps people's texts has one of its own."""

    def passages(self, most: int) -> Iterator[Passage]:  # noqa: ARG002 - the shape of those that have some
        """At most so many passages, the latest first."""
        return iter(())


class Example(msgspec.Struct, frozen=True):
    """A hit in history."""

    title: str
    found: Found


class Tried(msgspec.Struct, frozen=True):
    """What one word of a proposed list would have found."""

    word: Proposed
    hits: int
    passages: int
    examples: list[Example]


class Trial(msgspec.Struct, frozen=True):
    """A proposed list tried on history: how many passages were read, and each word, the one with most hits first."""

    read: int
    words: list[Tried]


class NoWord(PortalError):
    """Nothing stands before the bar, or nothing that can be seen."""

    status = 422
    sentence = N_("There is no word to look for.")


class TooLong(PortalError):
    """A sentence is no word."""

    status = 422
    sentence = N_("A word has at most {most} characters.")


class UnknownSeverity(PortalError):
    """After the bar stands something else."""

    status = 422
    sentence = N_("“{severity}” is no severity. Write note, alert, hold or block after the bar, or nothing for note.")


class Repeated(PortalError):
    """The same word once more, by how it is read."""

    status = 422
    sentence = N_("It says the same as line {line}.")


class OnTheList(PortalError):
    """The charter or the desk has it already."""

    status = 422
    sentence = N_("“{word}” is on the list already.")


def verdict(found: Iterable[Found]) -> Verdict:
    """What the gravest single hit asks for. Hits never add up: many notes are a note, and only a block blocks."""
    return max((one.severity for one in found), key=SEVERITIES.index, default="pass")


def outcome_name(status: Status) -> Term:
    """How a case ended, in words."""
    return OUTCOMES[status]


def excerpt(text: str, start: int, end: int) -> tuple[str, str, str]:
    """What stands before, in and after a place of a text, on one line, with marks where it was cut."""
    before, after = text[max(0, start - BESIDE) : start], text[end : end + BESIDE]
    cut = "…" if start > BESIDE else "", "…" if len(text) - end > BESIDE else ""
    return cut[0] + _line(before).lstrip(), _line(text[start:end]), _line(after).rstrip() + cut[1]


def found_at(text: str, part: str, word: Word, start: int, end: int, source: Source) -> Found:
    """A hit with what stands beside it."""
    before, written, after = excerpt(text, start, end)
    return Found(
        part=part, word=word.text, severity=word.severity, source=source, before=before, written=written, after=after
    )


def read_list(typed: str, listed: Iterable[str], v: int = 0) -> Proposal:
    """A list as it was typed, a word a line, `word | severity`; faults by line. `listed`: the words that exist."""
    known = {normalised(word): word for word in listed}
    lines: dict[str, int] = {}
    words: list[Proposed] = []
    faults: list[Fault] = []
    for number, line in enumerate(typed.splitlines(), 1):
        if not line.strip():
            continue
        try:
            word = _word(line)
            read = normalised(word.text)
            if read in lines:
                raise Repeated(line=lines[read])
            if read in known:
                raise OnTheList(word=known[read])
        except PortalError as why:
            faults.append(Fault(number, why))
        else:
            lines[read] = number
            words.append(word)
    return Proposal(words, faults, v)


def _word(line: str) -> Proposed:
    text, _, typed = line.replace("｜", "|").rpartition("|") if "|" in line.replace("｜", "|") else (line, "", "")
    word, severity = " ".join(text.split()), typed.strip()
    if not normalised(word).strip():
        raise NoWord
    if len(word) > LONGEST_WORD:
        raise TooLong(most=LONGEST_WORD)
    if severity.lower() not in _TYPED:
        raise UnknownSeverity(severity=severity)
    return Proposed(word, _TYPED[severity.lower()])


def _line(text: str) -> str:
    return text.replace("\n", " ")
