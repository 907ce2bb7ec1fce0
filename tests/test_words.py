"""The word filter: what it finds, what it must not find, and that nothing is lost for speed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal import folding
from portal.simplified import SIMPLIFIED, TRADITIONAL
from portal.words import SEVERITIES, Filter, Hit, Word, normalised, worst

SIMPLER = str.maketrans(TRADITIONAL, SIMPLIFIED)
ASSIGNED = (*range(0x33000), *range(0xE0000, 0xE1000))
UNSEEN = "\u200b\u200d\u00ad\ufe0f\u2060\u3164"


# --- what a reader would call the same -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＷｅＣｈａｔ", "wechat"),
        ("加\u200b微\u00ad信\ufeff", "加微信"),
        ("臺灣的麵", "台湾的面"),
        ("STRASSE straße", "strasse strasse"),
        ("𝕾𝖊𝖑𝖑 🅢ⓔ㎏", "sell 🅢ekg"),
        ("❤\ufe0f", "❤"),
        ("w\u0336e\u0336\u20dd", "we"),
        ("e\u0301 = é", "é = é"),
        ("ｶﾞ", "ガ"),
        ("\u1112\u1161\u11ab 한", "한 한"),
        ("İ", "i"),
        ("สวัสดี नमस्ते", "สวัสดี नमस्ते"),
        ("", ""),
    ],
)
def test_what_looks_or_means_the_same_is_read_the_same(written: str, read: str) -> None:
    assert normalised(written) == read


def test_the_table_has_each_traditional_character_once_and_none_that_it_simplifies_to() -> None:
    assert len(TRADITIONAL) == len(SIMPLIFIED) == len(set(TRADITIONAL)) > 4000
    assert not set(TRADITIONAL) & set(SIMPLIFIED)


def test_every_character_of_unicode_is_read_as_the_plain_chain_reads_it_and_stays_so() -> None:
    different = [
        hex(code)
        for code in ASSIGNED
        if (read := normalised(chr(code))) != chain(chr(code)) or normalised(read) != read
    ]

    assert different == []


# --- what is found -------------------------------------------------------------------------------------------------


def test_words_are_found_where_they_were_written() -> None:
    assert found("请加微信：abc", "加微信") == ["加微信"]
    assert found("請加\u200b微信", "加微信") == ["加\u200b微信"]
    assert found("Buy ＣＨＥＡＰ now", "cheap") == ["ＣＨＥＡＰ"]
    assert found("㎏ and e\u0301té", "kg", "été") == ["㎏", "e\u0301té"]
    assert found("ｶﾞﾗｸﾀ 加微信", "ガラクタ", "加微信") == ["ｶﾞﾗｸﾀ", "加微信"]


def test_overlapping_words_are_all_found() -> None:
    assert found("加微信群", "加微信", "微信", "微信群", "信") == ["加微信", "微信", "微信群", "信"]


def test_a_word_that_stands_twice_on_the_list_is_told_twice() -> None:
    words = [Word("WeChat", "note"), Word("ｗｅｃｈａｔ", "block")]

    hits = Filter(words).hits("my wechat")

    assert hits == [Hit(words[0], 3, 9), Hit(words[1], 3, 9)]
    assert worst(hits) == "block"


@pytest.mark.parametrize("text", ["class", "assess", "ass2", "2ass", "glassé", "éass", "assа"])
def test_english_words_end_where_words_end(text: str) -> None:
    assert found(text, "ass") == []


@pytest.mark.parametrize("text", ["ass", "an ass!", "你ass好", "_ass_", "ass's", "\nass\n", "，ass：", "ass\u200b"])
def test_an_english_word_beside_anything_else_is_found(text: str) -> None:
    assert len(found(text, "ass")) == 1


def test_of_a_mixed_word_only_the_english_end_is_bounded() -> None:
    assert found("请加vx聊", "加vx") == ["加vx"]
    assert found("请加vx2000", "加vx") == []


@pytest.mark.parametrize(
    "text", ["请加 微 信聊", "加.微.信", "加-微*信", "加\n微\n信", "加　微　信", "加 微 信 123", "A加 微 信B"]
)
def test_a_chinese_word_is_found_though_it_is_spelled_out(text: str) -> None:
    (hit,) = Filter([Word("加微信", "hold")]).hits(text)

    assert re.sub(r"[^加微信]", "", text[hit.start : hit.end]) == "加微信"
    assert text[hit.start] + text[hit.end - 1] == "加信"


@pytest.mark.parametrize(
    "text", ["很随性 交个朋友", "很随性 交 个朋友", "随 性 交个朋友", "性，交", "性、交", "性  交", "性 a 交"]
)
def test_blanks_between_words_are_not_seen_through(text: str) -> None:
    assert found(text, "性交") == []


def test_two_characters_are_spelled_out_if_both_stand_alone() -> None:
    assert found("微 信：abc", "微信") == ["微 信"]
    assert found("微 信 号", "微信", "信", "号") == ["微 信", "信", "号"]


def test_hits_within_an_allowed_phrase_are_none() -> None:
    words = Filter([Word("性交", "block"), Word("交流", "note")], allow=["理性交流"])

    assert [hit.start for hit in words.hits("理性交流")] == []
    assert [hit.start for hit in words.hits("理\u200b性交流，性交")] == [6]
    assert [hit.start for hit in words.hits("理 性 交 流")] == []
    assert [(hit.word.text, hit.start) for hit in words.hits("性交流")] == [("性交", 0), ("交流", 1)]


def test_an_allowed_phrase_saves_only_what_lies_wholly_within_it() -> None:
    words = Filter([Word("流水", "note")], allow=["理性交流"])

    assert [hit.start for hit in words.hits("理性交流水")] == [3]


def test_english_phrases_are_allowed_as_whole_words() -> None:
    words = Filter([Word("kill", "alert")], allow=["kill time"])

    assert words.hits("to kill time") == []
    assert len(words.hits("to kill timers")) == 1


def test_what_leaves_nothing_is_never_found() -> None:
    assert Filter([Word("\u200b", "block"), Word("", "block")], allow=["", "\u00ad"]).hits("a\u200bb 加微信") == []
    assert Filter([]).hits("加微信") == []


def test_the_worst_of_hits_is_the_gravest_and_of_none_none() -> None:
    hits = [Hit(Word("x", severity), 0, 1) for severity in ("alert", "note", "hold")]

    assert worst(hits) == "hold"
    assert worst([]) is None
    assert SEVERITIES == ("note", "alert", "hold", "block")


# --- properties: as slow as it is obvious --------------------------------------------------------------------------

LETTERS = "abA1é  .·，：微信加國国門门㍿㎏ｶﾞ가ㅏｗＷ\u0301\u0336\u3099\u200b\ufe0f\u00ad𝖆𠀀𡃁🀄(株)" + chr(0xD800)
texts = st.text(alphabet=LETTERS, max_size=30)
anything = st.one_of(texts, st.text(max_size=30), st.text(alphabet=st.characters(categories=("Cs", "Mn", "Lo", "Lm"))))
lists = st.lists(st.text(alphabet=LETTERS, min_size=1, max_size=4), max_size=8)


@given(anything)
def test_normalising_is_the_plain_chain_and_twice_is_once(text: str) -> None:
    read = normalised(text)

    assert read == chain(text)
    assert normalised(read) == read


@settings(max_examples=400)
@given(texts, lists)
def test_every_hit_of_a_naive_search_is_found_and_no_other(text: str, words: list[str]) -> None:
    hits = Filter([Word(word, "note") for word in dict.fromkeys(words)]).hits(text)

    expected = {*naive(text, words), *naively_spelled(text, words)}
    assert sorted((hit.word.text, hit.start, hit.end) for hit in hits) == sorted(expected)


@given(texts, lists, lists)
def test_allowing_takes_away_only_what_it_covers(text: str, words: list[str], allow: list[str]) -> None:
    listed = [Word(word, "note") for word in words]
    free, bound = Filter(listed).hits(text), Filter(listed, allow).hits(text)
    covers = [(hit.start, hit.end) for hit in Filter([Word(phrase, "note") for phrase in allow]).hits(text)]

    assert set(bound) <= set(free)
    for hit in set(free) - set(bound):
        assert any(first <= hit.start and hit.end <= last for first, last in covers)


@given(st.sampled_from(["加微信", "性", "wechat", "kill time", "加vx", "國門"]), st.data())
def test_no_disguise_helps(word: str, data: st.DataObject) -> None:
    disguised = "".join(
        data.draw(st.sampled_from([c, c.upper(), chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c, traditional(c)]))
        + data.draw(st.text(alphabet=UNSEEN, max_size=2))
        for c in word
    )
    before, after = (
        data.draw(st.sampled_from(["", "你好，", "Hi: ", "❤️"])),
        data.draw(st.sampled_from(["", "。", "！ok"])),
    )

    (hit,) = Filter([Word(word, "hold")]).hits(before + disguised + after)

    assert hit.start == len(before)
    assert disguised.startswith((before + disguised)[hit.start : hit.end].rstrip(UNSEEN))
    assert normalised((before + disguised + after)[hit.start : hit.end]) == normalised(word)


# --- what the stories use ------------------------------------------------------------------------------------------


def found(text: str, *words: str) -> list[str]:
    """What was found, as it was written."""
    return [text[hit.start : hit.end] for hit in Filter([Word(word, "note") for word in words]).hits(text)]


def chain(text: str) -> str:
    """The plain chain over the whole text, until nothing changes any more."""
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", re.sub(f"[{folding._UNSEEN}]", "", text)).casefold()
        text = re.sub(f"[{folding._UNSEEN}{folding._DECORATION}]", "", text).translate(SIMPLER)
    return text


def reading(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The normalised text, and where each of its characters stood."""
    pieces = [(match.span(), chain(match[0])) for match in folding.tables().cluster.finditer(text)]
    read = "".join(piece for _, piece in pieces)
    assert read == chain(text)
    return read, [span for span, piece in pieces for _ in piece]


def naive(text: str, words: list[str]) -> Iterator[tuple[str, int, int]]:
    """Every place of every word in the normalised text, with its place in the text, looked for one by one."""
    read, at = reading(text)
    for word in words:
        sought = chain(word)
        for start in range(len(read)) if sought else ():
            end = start + len(sought)
            if read.startswith(sought, start) and not runs_on(read, start) and not runs_on(read, end):
                yield word, at[start][0], at[end - 1][1]


def naively_spelled(text: str, words: list[str]) -> Iterator[tuple[str, int, int]]:
    """The same for words of ideographs, with one sign between any two."""
    read, at = reading(text)
    for word in words:
        sought = chain(word)
        if len(sought) < 2 or not all(map(is_han, sought)):
            continue
        for match in re.finditer(rf"(?=({'[ .·*_|/+~=^-]'.join(sought)}))", read):
            start, end = match.span(1)
            alone = not is_han(read[start - 1 : start]), not is_han(read[end : end + 1])
            if len(sought) > 2 or all(alone):
                yield word, at[start][0], at[end - 1][1]


def is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def runs_on(read: str, place: int) -> bool:
    """Whether a word of an alphabet goes on across that place."""
    around = read[max(0, place - 1) : place + 1]
    return place > 0 and len(around) == 2 and all(c.isalnum() and (c < "\u0e00") for c in around)


def traditional(character: str) -> str:
    place = SIMPLIFIED.find(character)
    return TRADITIONAL[place] if place >= 0 else character
