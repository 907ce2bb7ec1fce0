"""Text as a filter reads it: what looks or means the same becomes the same.

Full-width and styled letters, ligatures and circled signs become plain (NFKC), capitals small (casefold), traditional
characters simplified, each by itself. What can't be seen (zero-width and soft hyphens, variation selectors, marks of
direction) and marks heaped onto letters that have no such form of their own are gone; é stays é, also if it was
written as e and an accent.

Plain NFKC runs at 25 MB/s, and most text needs none of it: a class of the characters that change finds them at 350.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable
from itertools import chain

import msgspec

#: Default_Ignorable_Code_Point of Unicode.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f-\u1160\u17b4-\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: Marks that decorate a letter or a sign, and spell none; vowels of other scripts are marks too, and stay.
_DECORATION = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_GONE = re.compile(f"[{_UNSEEN}{_DECORATION}]")
_IGNORED = re.compile(f"[{_UNSEEN}]")
#: Where characters are asked one by one; ideographs and Hangul syllables never change but by the table.
_ASKED = (range(0x80, 0x4E00), range(0xA000, 0xAC00), range(0xD7A4, 0xD800), range(0xE000, 0x1F300))
#: Beyond, few change and few are used: each is asked when it is met.
_RARE = "\U00010000-\U0001f2ff\U0001fb00-\U000e0fff"
_VOWELS_AND_ENDS = range(0x1160, 0x1200)  # of Hangul: they join the letter before


class Joins(Exception):
    """A character may become one with the character before it, so that neither can be read by itself."""


class Forms(dict[str, str]):
    """What single characters become; raises Joins for those that can't be read alone."""

    def __init__(self, forms: dict[str, str], joining: frozenset[str]) -> None:
        super().__init__(forms)
        self._joining = joining

    def of(self, found: re.Match[str]) -> str:
        """The form of one odd character; raises Joins."""
        return self[found[0]]

    def __missing__(self, character: str) -> str:
        if character in self._joining:
            raise Joins
        self[character] = folded = _folded(character)
        return folded


class Tables(msgspec.Struct, frozen=True):
    """`forms` of single characters; `odd`: those that change or join; `cluster`: a character with all that joins it."""

    forms: Forms
    odd: frozenset[str]
    cluster: re.Pattern[str]


def normalised(text: str) -> str:
    """The text as filters read it; the same again if it is normalised already."""
    if text.isascii():
        return text.lower()
    try:
        return _odd().sub(tables().forms.of, text).casefold()
    except Joins:
        return tables().cluster.sub(cluster, text)


def cluster(found: re.Match[str]) -> str:
    """The form of a character with all that joins it."""
    return _folded(found[0])


@functools.cache
def tables() -> Tables:
    """Made once, at the first text; takes some 50 ms."""
    asked = "".join(map(chr, chain.from_iterable(_ASKED)))
    unseen = frozenset(_IGNORED.findall(asked))
    changing = {chr(old): new for old, new in _simplifying().items()} | dict.fromkeys(unseen, "")
    joining = set(_GONE.findall(asked)) - unseen
    for character in asked:
        plain = unicodedata.normalize("NFKC", character)
        if character in unseen or character in joining:
            continue
        if unicodedata.category(plain[0])[0] == "M" or ord(plain[0]) in _VOWELS_AND_ENDS:
            joining.add(character)
        elif plain.casefold() != character:
            changing[character] = _folded(character)
    joins = _set(joining)
    return Tables(
        forms=Forms(changing, frozenset(joining)),
        odd=frozenset(changing) | joining,
        cluster=re.compile(
            f"[^{joins}{_UNSEEN}](?:[{_UNSEEN}]*[{joins}])*|[{_UNSEEN}]+|[{joins}](?:[{_UNSEEN}]*[{joins}])*"
        ),
    )


def class_of(characters: Iterable[str], *, rare: bool) -> re.Pattern[str]:
    """A pattern of those odd characters as far as they are in the BMP, and of all beyond that may change, if asked."""
    common = _set(character for character in characters if character < chr(0x10000))
    return re.compile(f"[{common}{_RARE if rare else ''}]")


@functools.cache
def _odd() -> re.Pattern[str]:
    return class_of(tables().odd, rare=True)


@functools.lru_cache(maxsize=4096)
def _folded(piece: str) -> str:
    """A piece that nothing around it joins, folded until nothing changes any more."""
    before = None
    while piece != before:
        before = piece
        plain = unicodedata.normalize("NFKC", _IGNORED.sub("", piece))
        piece = _GONE.sub("", plain.casefold()).translate(_simplifying())
    return piece


@functools.cache
def _simplifying() -> dict[int, str]:
    from portal.simplified import SIMPLIFIED, TRADITIONAL  # four thousand characters that the cold path has no use for

    return dict(zip(map(ord, TRADITIONAL), SIMPLIFIED, strict=True))


def _set(characters: Iterable[str]) -> str:
    """The inside of a character class, neighbours as ranges."""
    ranges: list[list[int]] = []
    for code in sorted(map(ord, characters)):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)
