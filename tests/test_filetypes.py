"""Files that people send: known by their content, refused in clear words, given out without power."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.errors import PortalError
from portal.filenames import LONGEST, FileRefused, NoName, WrongEnding
from portal.filetypes import (
    FILE_TYPES,
    KINDS,
    BrokenFile,
    Checked,
    Disguised,
    EmptyFile,
    FileType,
    NotUtf8,
    TooLarge,
    UnknownType,
    WrongType,
    amount,
    checked,
    endings,
    served,
)
from portal.language import say
from tests.samples import JPEG, PDF, PNG, TEXT, WEBP, jpeg_segment, png_chunk, riff

MOST = 4_000_000
SAMPLES: dict[FileType, bytes] = {"pdf": PDF, "png": PNG, "jpeg": JPEG, "webp": WEBP, "text": TEXT}


# --- what is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "type_", "mime"),
    [
        ("cv.pdf", "pdf", "application/pdf"), ("Ada.PNG", "png", "image/png"), ("ada.jpg", "jpeg", "image/jpeg"),
        ("ada.JPEG", "jpeg", "image/jpeg"), ("ada.webp", "webp", "image/webp"),
        ("ada.txt", "text", "text/plain; charset=utf-8"), ("ada.md", "text", "text/plain; charset=utf-8"),
    ],
)  # fmt: skip
def test_a_file_is_what_its_content_says(name: str, type_: FileType, mime: str) -> None:
    data = SAMPLES[type_]

    told = taken(name, data)

    assert (told.type, told.mime, told.size) == (type_, mime, len(data))
    assert told.sha256 == hashlib.sha256(data).hexdigest()
    assert told.name == name.rpartition(".")[0] + "." + name.rpartition(".")[2].lower()


def test_readers_of_pdf_allow_bytes_before_its_header_and_after_its_end() -> None:
    assert taken("cv.pdf", b"\x1b%-12345X@PJL\r\n" + PDF + b"\r\n" * 9).type == "pdf"


def test_what_phones_append_to_their_pictures_is_left_there() -> None:
    assert taken("motion.jpg", JPEG + b"\x00\x00\x00\x18ftypmp42").type == "jpeg"


def test_a_text_may_tell_of_everything() -> None:
    for text in ("﻿Ada", "1 < 2", "<3 poetry", "C# and #!", "PKs and MZs", "RIFF raff", "BMW", "简历\f第二页"):
        assert taken("ada.txt", text.encode()).type == "text"


# --- what is not ---------------------------------------------------------------------------------------------------


def office() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("[Content_Types].xml", "<Types/>")
        files.writestr("word/document.xml", "<w/>")
    return packed.getvalue()


def archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        files.writestr("cv.pdf", PDF)
    return packed.getvalue()


STRANGERS = {
    "a Windows program": [b"MZ\x90\x00\x03" + PDF, b"MZ"],
    "a Linux program": [b"\x7fELF\x02\x01\x01" + PNG],
    "a macOS program": [b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", b"\xfe\xed\xfa\xce\x00"],
    "a compiled program": [b"\xca\xfe\xba\xbe\x00\x00\x00\x02", b"\x00asm\x01\x00\x00\x00"],
    "a PostScript program": [b"%!PS-Adobe-3.0\n%PDF-1.4"],
    "a script": [b"#!/bin/sh\nrm -rf ~\n", b"\xef\xbb\xbf\n  #!/usr/bin/env python3\n"],
    "a web page or another text in markup": [
        b"<!doctype html><script>alert(1)</script>", b"\xef\xbb\xbf\r\n\t <HTML>", b"<?php system('x');", b"<!-- x -->",
        b"<script>/*%PDF-1.4*/</script>" + PDF, b"<?xml version='1.0'?><x/>",
    ],
    "an SVG picture, which can carry scripts": [
        b"<svg onload='x()'/>", b"<?xml version='1.0'?>\n<!-- a -->\n<SVG xmlns='http://www.w3.org/2000/svg'>",
    ],
    "an archive (ZIP, RAR or the like)": [
        archive(), gzip.compress(PDF), b"Rar!\x1a\x07\x01", b"PK\x05\x06" + bytes(18),
    ],
    "an Office document": [office(), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), b"{\\rtf1 {\\object}}"],
    "a HEIC picture": [b"\x00\x00\x00\x24ftypheic\x00"],
    "a picture of another kind": [b"GIF89a\x01\x00", b"II*\x00\x08", b"\x00\x00\x00\x20ftypavif"],
    "a film or a sound": [b"\x00\x00\x00\x18ftypmp42", b"\x1aE\xdf\xa3\x01", b"ID3\x04\x00"],
}  # fmt: skip


@pytest.mark.parametrize(("told", "data"), [(told, data) for told, made in STRANGERS.items() for data in made])
def test_a_stranger_is_told_by_its_name_whatever_it_calls_itself(told: str, data: bytes) -> None:
    renamed = refusal("portrait.png", data)
    honest = refusal("it.bin", data)

    assert (type(renamed), type(honest)) == (Disguised, WrongType)
    assert say(renamed.sentence, "en", **renamed.facts) == (
        f"This is {told}, whatever its name says. We take PDF, PNG, JPEG, WebP, plain text."
    )
    assert say(honest.sentence, "en", **honest.facts) == f"This is {told}. We take PDF, PNG, JPEG, WebP, plain text."


def test_a_good_file_of_a_type_that_this_question_does_not_take() -> None:
    assert english(refusal("ada.png", PNG, ["pdf"])) == "This is a PNG picture. We take PDF."
    assert english(refusal("cv.pdf", PNG, ["pdf"])) == "This is a PNG picture, whatever its name says. We take PDF."
    assert english(refusal("ada.txt", TEXT, ["pdf", "png"])) == "This is a plain text. We take PDF, PNG."


@pytest.mark.parametrize(
    "data", [b"\x00\x01\x02\x03", b"Ada\x00", b"Ada\x1b[31m", b"\xc2\x85x", b"\x89PNG\x00", b"%PDF-9.x\x00"]
)
def test_bytes_that_look_like_nothing_are_not_guessed(data: bytes) -> None:
    assert type(refusal("ada.txt", data)) is UnknownType


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "shift_jis"])
def test_a_text_in_an_older_encoding_is_told_what_to_do(encoding: str) -> None:
    data = "简历 数学".encode(encoding, "ignore")

    assert english(refusal("简历.txt", data)).endswith("Please save it as UTF-8 and send it again.")
    assert type(refusal("简历.pdf", data)) is UnknownType
    assert type(refusal("简历.txt", data, ["pdf"])) is UnknownType
    assert isinstance(refusal("简历.txt", data), NotUtf8)


@pytest.mark.parametrize("data", [b"", b" ", b"\r\n\t \n"])
def test_nothing_is_no_file(data: bytes) -> None:
    assert isinstance(refusal("ada.txt", data), EmptyFile)


def test_a_file_may_have_as_much_as_was_said_and_not_a_byte_more() -> None:
    exact = b"x" * 300_000

    assert checked("ada.txt", exact, FILE_TYPES, 300_000).size == 300_000
    with pytest.raises(TooLarge) as told:
        checked("ada.txt", exact + b"x", FILE_TYPES, 300_000)
    assert told.value.status == 413
    assert english(told.value) == "This file has 301 kB. We take files of up to 300 kB."


def test_sizes_are_told_as_people_tell_them() -> None:
    assert [amount(size) for size in (1, 999, 64_000, 999_999, 1_000_000, 4_194_304, 10_000_000)] == [
        "1 kB", "1 kB", "64 kB", "999 kB", "1 MB", "4.1 MB", "10 MB",
    ]  # fmt: skip
    assert [amount(size, up=True) for size in (1, 64_001, 4_000_001)] == ["1 kB", "65 kB", "4.1 MB"]


# --- cut short, or forged ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ["png", "jpeg", "webp", "pdf"])
def test_a_file_that_was_cut_short_anywhere_is_not_taken(type_: FileType) -> None:
    data = SAMPLES[type_].rstrip()

    for end in range(1, len(data)):
        assert isinstance(refusal(f"ada.{endings([type_])[1:4]}", data[:end]), FileRefused), end
    assert isinstance(refusal("ada", data[: len(data) - 3]), BrokenFile)


HEADER = png_chunk(b"IHDR", b"\x00\x00\x00\x01" * 2 + b"\x08\x00\x00\x00\x00")
PICTURE, END = png_chunk(b"IDAT", b"x"), png_chunk(b"IEND", b"")
SIGN = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    "data",
    [
        SIGN, SIGN + b"x", SIGN + END, SIGN + HEADER + END, SIGN + PICTURE + HEADER + END, PNG + b"MZ", PNG + archive(),
        SIGN + HEADER.replace(b"\x00\x00\x00\x01", bytes(4), 1) + PICTURE + END,
        SIGN + png_chunk(b"IHDR", bytes(13)) + PICTURE + END, PNG.replace(b"IDAT", b"IDAX"),
        SIGN + b"<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_a_png_in_name_only(data: bytes) -> None:
    assert english(refusal("ada.png", data)).startswith("This begins as a PNG picture and is cut short or damaged.")


FRAME, SCAN = (
    jpeg_segment(0xC0, b"\x08\x00\x01\x00\x01\x01\x01\x11\x00"),
    jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00"),
)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff", b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\x00\x01\xff\xd9", b"\xff\xd8\xff\xe0\xff\xff\xff\xd9",
        b"\xff\xd8" + FRAME + b"\xff\xd9", b"\xff\xd8" + SCAN + b"x\xff\xd9", b"\xff\xd8" + FRAME + SCAN + b"x",
        b"\xff\xd8" + jpeg_segment(0xE1, b"Exif" + JPEG) + FRAME + SCAN + b"x", b"\xff\xd8\xff<?php system('x'); ?>",
        b"\xff\xd8" + jpeg_segment(0xC4, b"x") + SCAN + b"x\xff\xd9", b"\xff\xd8" + b"\xff" * 999,
    ],
)  # fmt: skip
def test_a_jpeg_in_name_only(data: bytes) -> None:
    assert english(refusal("ada.jpg", data)).startswith("This begins as a JPEG picture and is cut short or damaged.")


@pytest.mark.parametrize(
    "data",
    [b"RIFF\x04\x00\x00\x00WEBP", riff((b"EXIF", b"x")), WEBP + b"x", WEBP[:-1], riff((b"VP8 ", b"x"))[:-1] + b"xx",
     b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff"],
)  # fmt: skip
def test_a_webp_in_name_only(data: bytes) -> None:
    assert english(refusal("ada.webp", data)).startswith("This begins as a WebP picture and is cut short or damaged.")


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4", b"%PDF-1.4\n%%EOF", b"%PDF-1.7\n%%EOF startxref", PDF + bytes(2000), b"%PDF-2.0" + JPEG]
)
def test_a_pdf_in_name_only(data: bytes) -> None:
    assert english(refusal("cv.pdf", data)).startswith("This begins as a PDF and is cut short or damaged.")


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("cv.pdf", "cv.pdf"), ("简历 2027.PDF", "简历 2027.pdf"),
        ("C:\\Users\\Ada\\cv.pdf", "cv.pdf"), ("cv", "cv.pdf"),
        ("../../etc/cv.pdf", "cv.pdf"), ("/etc/passwd", "passwd.pdf"),
        ("..\\..\\cv.pdf", "cv.pdf"), (".pdf", "pdf.pdf"),
        ("  a \t b\n.pdf ", "a b.pdf"), ("..cv.pdf..", "cv.pdf"), ("cv\u202efdp.pdf", "cvfdp.pdf"),
        ("a\x00b\x7f.pdf", "ab.pdf"),
        ("a\u2066b\u200e\ufeff.pdf", "ab.pdf"), ('a"b:c<d>|?*.pdf', "a-b-c-d----.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("Mr. Smith", "Mr. Smith.pdf"), ("cv v1.2", "cv v1.2.pdf"), ("张三.简历", "张三.简历.pdf"),
        ("cv.exe.pdf", "cv.exe.pdf"),
        ("cv.exe    .pdf", "cv.exe.pdf"), ("a\ud800b.pdf", "ab.pdf"), ("cv.pdf\u2028", "cv.pdf"),
    ],
)  # fmt: skip
def test_a_name_is_kept_without_what_could_deceive(given_: str, kept: str) -> None:
    assert taken(given_, PDF).name == kept


@pytest.mark.parametrize("name", ["", ".", "..", "....", " . . ", "/", "a/", "a\\..", "\u202e", "\x00", "\u200b."])
def test_a_name_that_is_none(name: str) -> None:
    assert isinstance(refusal(name, PDF), NoName)


@pytest.mark.parametrize(
    "name", ["cv.pdf.exe", "cv.png", "cv.PDF.SCR", "cv.pdf\u202e.exe", "cv.pdf .exe", "cv.pdf/../x.exe", "cv.html"]
)
def test_a_name_that_ends_as_something_else_is_not_taken(name: str) -> None:
    assert isinstance(refusal(name, PDF), WrongEnding)


def test_whoever_gave_a_wrong_ending_is_told_the_right_one() -> None:
    told = refusal("Ada.pdf", JPEG)

    assert english(told) == (
        "The name ends in .pdf, but the file is a JPEG picture. Please let it end in .jpg and send it again."
    )


@pytest.mark.parametrize("stem", ["a" * 999, "简历" * 300, "👩🏽‍🚀" * 99, "a" * 195 + " . "])
def test_an_overlong_name_is_shortened_and_keeps_its_ending(stem: str) -> None:
    name = taken(f"{stem}.PDF", PDF).name

    assert name.endswith(".pdf")
    assert 150 < len(name.encode()) <= LONGEST
    assert not name.removesuffix(".pdf").endswith((" ", "."))


# --- given out again -----------------------------------------------------------------------------------------------


def test_a_download_is_saved_and_has_no_power() -> None:
    assert served(taken("Ada Lovelace.pdf", PDF)) == {
        "Content-Type": "application/pdf",
        "Content-Disposition": "attachment; filename=\"Ada Lovelace.pdf\"; filename*=UTF-8''Ada%20Lovelace.pdf",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }


def test_a_name_in_chinese_is_told_in_full_and_plainly() -> None:
    told = served(taken("简历.pdf", PDF))["Content-Disposition"]

    assert told == "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E7%AE%80%E5%8E%86.pdf"


def test_what_the_store_says_becomes_no_other_type_and_no_header() -> None:
    told = served(stored('a"\r\nSet-Cookie: x=1;\\.pdf', "text/html"))

    assert told["Content-Type"] == "application/octet-stream"
    assert "\r" not in told["Content-Disposition"]
    assert "\n" not in told["Content-Disposition"]
    assert told["Content-Disposition"].startswith('attachment; filename="file.pdf"; ')


# --- whatever comes ------------------------------------------------------------------------------------------------

SIGNS = [
    b"", b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04", b"<svg", SIGN, b"\xff\xd8\xff", b"RIFF", b"RIFF\x00\x00\x00\x00WEBP",
    b"%PDF-1.7", b"\xef\xbb\xbf", SIGN + HEADER, b"\xff\xd8" + FRAME, *SAMPLES.values(),
]  # fmt: skip
anything = st.builds(lambda sign, data: sign + data, st.sampled_from(SIGNS), st.binary(max_size=300))
names = st.one_of(
    st.text(max_size=300),
    st.builds(lambda stem, last: stem + last, st.text(st.characters(codec=None), max_size=90), st.sampled_from([
        ".pdf", ".png", ".PDF", ".exe", ".txt", "..", "/", "\\", ".jpg.", "\u202e.pdf",
    ])),
)  # fmt: skip


@given(names, anything, st.lists(st.sampled_from(FILE_TYPES), unique=True), st.integers(0, 400))
@example("a.pdf", PDF, [], 400)
def test_whatever_comes_is_taken_or_refused(name: str, data: bytes, accepts: list[FileType], most: int) -> None:
    with contextlib.suppress(FileRefused):
        told = checked(name, data, accepts, most)

        assert told.type in accepts
        assert 0 < told.size == len(data) <= most
        assert told.name.endswith(tuple(f".{each}" for each in KINDS[told.type].endings))
        assert not told.name.startswith(".")
        assert not set(told.name) & set('/\\<>:"|?*')
        assert all(unicodedata.category(each)[0] != "C" for each in told.name)
        assert len(told.name.encode()) <= LONGEST
        assert checked(told.name, data, accepts, most) == told  # a name that was cleaned stays so
        assert "\n" not in (header := served(told)["Content-Disposition"])
        assert unquote(header.rpartition("'")[2]) == told.name


@given(st.sampled_from([told for made in STRANGERS.values() for told in made]), st.binary(max_size=200), names)
def test_no_stranger_is_ever_taken(begins: bytes, more: bytes, name: str) -> None:
    assert isinstance(refusal(name, begins + more), WrongType | NoName)


@given(st.sampled_from(["png", "webp"]), st.integers(0, 10_000), st.integers(1, 255))
def test_a_picture_with_a_changed_byte_in_its_frame_is_not_taken_for_another(type_: FileType, at: int, by: int) -> None:
    data = bytearray(SAMPLES[type_])
    data[at % len(data)] ^= by

    with contextlib.suppress(FileRefused):
        assert taken("ada", bytes(data)).type == type_


# --- what the stories use ------------------------------------------------------------------------------------------


def taken(name: str, data: bytes) -> Checked:
    return checked(name, data, FILE_TYPES, MOST)


def refusal(name: str, data: bytes, accepts: Sequence[FileType] = FILE_TYPES) -> FileRefused:
    with pytest.raises(FileRefused) as told:
        checked(name, data, accepts, MOST)
    assert told.value.status == 422
    return told.value


def english(told: PortalError) -> str:
    return say(told.sentence, "en", **told.facts)


def stored(name: str, mime: str) -> Checked:
    return Checked(name=name, type="pdf", mime=mime, size=1, sha256="")
