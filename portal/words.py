"""Words that a community watches for, found in what people write.

Words and text are compared in their normalised form (`normalised`), so that width, case, script and unseen characters
hide nothing. An end of a word that is a letter or digit of an alphabet must be the end of a word in the text too:
"ass" is not in "class", nor "vx" in "vx2000". Chinese has no such ends and stands anywhere: 加微信 is in 请加微信聊.

A Chinese word is also found when it is spelled out, 请加 微 信聊 or 微.信: one blank, line end or sign sets its
characters apart, each but the first and the last stands alone, and of two both do. Nothing else is seen through, or
很随性 交个朋友 would say what it doesn't; nor are ，。、 which belong to sentences and lists. English isn't so read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Literal, get_args

import msgspec

from portal import folding
from portal.folding import normalised

__all__ = ["SEVERITIES", "Filter", "Hit", "Severity", "Word", "normalised", "worst"]

#: From the least to the gravest.
Severity = Literal["note", "alert", "hold", "block"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

_HAN = "\u4e00-\u9fff"
_IDEOGRAPH = re.compile(f"[{_HAN}]")
_APART = " \n.·•*_|/+~=^\\-"
_SPELLED = re.compile(f"[{_HAN}](?:[{_APART}][{_HAN}])+")
_SIGNS = _APART.encode()
#: First bytes of UTF-8: ideographs become FF and signs FE, which it never uses; together with the bytes that follow a
#: first one taken out, a byte is left for each character, and three of them tell where a look is worth the while.
_FIRST_BYTES = bytes.maketrans(bytes(range(0xE4, 0xEA)) + _SIGNS, b"\xff" * 6 + b"\xfe" * len(_SIGNS))
_LATER_BYTES = bytes(range(0x80, 0xC0))
_SET_APART = b"\xff\xfe\xff"

#: Of so many characters at least one stands alone between two signs.
_SURELY_SPELLED = 3

Span = tuple[int, int]


class Word(msgspec.Struct, frozen=True):
    """What to look for, and how grave it is."""

    text: str
    severity: Severity


class Hit(msgspec.Struct, frozen=True):
    """A word that was found; `start` and `end` are places in the text as it was written."""

    word: Word
    start: int
    end: int


class Filter:
    """A list of words, made ready once and used for any number of texts.

    A word of which nothing is left when it is normalised is never found.
    """

    def __init__(self, words: Iterable[Word], allow: Iterable[str] = ()) -> None:
        self._words: dict[str, list[Word]] = {normalised(phrase): [] for phrase in allow}
        self._allowed = frozenset(self._words)
        for word in words:
            self._words.setdefault(normalised(word.text), []).append(word)
        self._words.pop("", None)
        self._patterns = list(self._words)
        self._ends = [(_alphabetic(text[0]), _alphabetic(text[-1])) for text in self._patterns]
        self._automaton: Any = _automaton(self._patterns) if self._patterns else None
        self._odd: dict[bool, re.Pattern[str]] = {}

    def hits(self, text: str) -> list[Hit]:
        """Every word at every place, overlapping ones too, by place; none that lies within an allowed phrase."""
        if not self._patterns:
            return []
        read, written, pieces = self._read(text)
        found = set(self._found(read, written))
        if _SET_APART in written.translate(_FIRST_BYTES, _LATER_BYTES):
            found.update(self._spelled(read))
        if not found:
            return []
        place = _Places(pieces, text)
        return [
            Hit(word, place[start][0], place[end - 1][1])
            for start, end, pattern in sorted(self._not_allowed(found))
            for word in self._words[self._patterns[pattern]]
        ]

    def _read(self, text: str) -> tuple[str, bytes, re.Pattern[str] | None]:
        """The text with all replaced that matters to these words, its bytes, and the pattern of what was replaced.

        Capitals of ASCII stay as they are, for bytes are lowered faster than text.
        """
        written = _bytes(text)
        if text.isascii():
            return text, written, None
        pattern = self._mattering(rare=b"\xf0" in written or b"\xf3" in written)
        try:
            read, replaced = pattern.subn(folding.tables().forms.of, text)
        except folding.Joins:
            whole = folding.tables().cluster
            read = whole.sub(folding.cluster, text)
            return read, _bytes(read), whole
        return (read, _bytes(read), pattern) if replaced else (text, written, None)

    def _mattering(self, *, rare: bool) -> re.Pattern[str]:
        """The class of the odd characters that matter to these words; a class of BMP alone is twice as fast."""
        if rare not in self._odd:
            self._odd[rare] = folding.class_of(_of_account("".join(self._patterns)), rare=rare)
        return self._odd[rare]

    def _found(self, read: str, written: bytes) -> Iterator[tuple[int, int, int]]:
        """Start, end and number of each pattern that ends where words do."""
        matches = self._automaton.find_matches_as_indexes(written.lower(), overlapping=True)
        if not matches:
            return
        at = _characters(written, matches)
        for pattern, first, last in matches:
            start, end = at[first], at[last]
            opens, closes = self._ends[pattern]
            inside = opens and start > 0 and _alphabetic(read[start - 1])
            if not inside and not (closes and end < len(read) and _alphabetic(read[end])):
                yield start, end, pattern

    def _spelled(self, read: str) -> Iterator[tuple[int, int, int]]:
        """The same within runs of ideographs that are set apart, their signs taken out."""
        for run in _SPELLED.finditer(read):
            first, last = run.span()
            letters = run[0][::2]
            begins = 0 if first == 0 or not _IDEOGRAPH.match(read, first - 1) else 1
            ends = len(letters) - (1 if _IDEOGRAPH.match(read, last) else 0)
            for start, end, pattern in self._found(letters, _bytes(letters)):
                if end - start >= _SURELY_SPELLED or begins <= start < end <= ends:
                    yield first + 2 * start, first + 2 * end - 1, pattern

    def _not_allowed(self, found: Iterable[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        spans = sorted((start, end) for start, end, pattern in found if self._patterns[pattern] in self._allowed)
        if not spans:
            return list(found)
        starts = [start for start, _ in spans]
        reach = [0, *accumulate((end for _, end in spans), max)]
        return [each for each in found if reach[bisect_right(starts, each[0])] < each[1]]


def worst(hits: Iterable[Hit]) -> Severity | None:
    """The gravest severity among the hits; None if there is none."""
    return max((hit.word.severity for hit in hits), key=SEVERITIES.index, default=None)


def _automaton(patterns: Sequence[str]) -> Any:
    from ahocorasick_rs import BytesAhoCorasick  # compiled code that a cold start has no use for

    return BytesAhoCorasick([_bytes(pattern) for pattern in patterns])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _of_account(letters: str) -> Iterator[str]:
    """The odd characters that could make or end a word of those letters; full-width commas mostly don't."""
    needed = frozenset(letters + _APART)
    tables = folding.tables()
    for character in tables.odd:
        form = tables.forms.get(character)
        if not form or not needed.isdisjoint(form) or not _kind(form[0]) == _kind(form[-1]) == _kind(character):
            yield character


def _kind(character: str) -> str:
    return "ideograph" if _IDEOGRAPH.match(character) else "alphabetic" if _alphabetic(character) else "other"


def _alphabetic(character: str) -> bool:
    """Whether it is a letter or digit of a script that sets its words apart."""
    return character.isalnum() and (character < "\u0e00" or "\u1e00" <= character < "\u2000")


def _characters(written: bytes, matches: Iterable[tuple[int, int, int]]) -> dict[int, int]:
    """Which character each byte is that a match starts or ends with."""
    at, place, before = {}, 0, 0
    for byte in sorted({end for _, *ends in matches for end in ends}):
        place += len(written[before:byte].decode("utf-8", "surrogatepass"))
        at[byte] = place
        before = byte
    return at


class _Places:
    """Where in the text each character of the normalised text stood, by its place there."""

    def __init__(self, pieces: re.Pattern[str] | None, text: str) -> None:
        self._starts: list[int] = [0]
        self._pieces: list[tuple[int, Span]] = [(0, (0, 0))]
        shift = 0
        form = folding.cluster if pieces is folding.tables().cluster else folding.tables().forms.of
        for piece in pieces.finditer(text) if pieces else ():
            first, last = piece.span()
            length = len(form(piece))
            self._starts.append(first + shift)
            self._pieces.append((length, (first, last)))
            shift += length - (last - first)

    def __getitem__(self, place: int) -> Span:
        piece = bisect_right(self._starts, place) - 1
        length, (first, last) = self._pieces[piece]
        beyond = place - self._starts[piece] - length
        return (first, last) if beyond < 0 else (last + beyond, last + beyond + 1)
