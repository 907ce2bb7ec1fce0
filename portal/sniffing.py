"""What bytes are: what they begin with, and whether their own structure holds. Nothing is unpacked or decoded."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from portal.errors import N_
from portal.language import Term

_ARCHIVE = Term(N_("an archive (ZIP, RAR or the like)"))
_OFFICE = Term(N_("an Office document"))
#: How it begins, and what begins so.
_STRANGERS = tuple(
    (re.compile(begins, re.DOTALL), told)
    for begins, told in (
        (rb"MZ", Term(N_("a Windows program"))),
        (rb"L\0\0\0\x01\x14\x02\0", Term(N_("a Windows shortcut"))),
        (rb"\x7fELF", Term(N_("a Linux program"))),
        (rb"\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe", Term(N_("a macOS program"))),
        # Fat programs of macOS begin as Java's classes do; the other is WebAssembly.
        (rb"\xca\xfe\xba\xbe|\0asm", Term(N_("a compiled program"))),
        (rb"%!PS", Term(N_("a PostScript program"))),
        (rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|mimetypeapplication/vnd\.oasis)", _OFFICE),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|\{\\rtf", _OFFICE),
        (rb"PK(\x03\x04|\x05\x06|\x07\x08)|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|\x1f\x8b|BZh[1-9]1AY|\xfd7zXZ", _ARCHIVE),
        (rb".{257}ustar", _ARCHIVE),
        (rb"\0\0\0.ftyp(hei|hev|mif1|msf1)", Term(N_("a HEIC picture"))),
        (rb"GIF8[79]a|BM.{4}\0\0\0\0|II\*\0|MM\0\*|\0\0\0.ftypavi", Term(N_("a picture of another kind"))),
        (rb"\0\0\0.ftyp|\x1aE\xdf\xa3|OggS\0|ID3[\x02-\x04]|RIFF.{4}(AVI |WAVE)", Term(N_("a film or a sound"))),
    )
)
_SVG = Term(N_("an SVG picture, which can carry scripts"))
_PAGE = Term(N_("a web page or another text in markup"))
_SCRIPT = Term(N_("a script"))
#: How far into a file programs look before they decide what it is.
_LOOK = 1024

_MARKUP = re.compile(rb"<[a-z!?/%]", re.IGNORECASE)
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_PDF = re.compile(rb"%PDF-[12]\.[0-9]")
_SEGMENT = re.compile(rb"\xff+([^\xff])(..)", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_LOW_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def stranger(data: bytes) -> Term | None:
    """What we never take, by name: programs, scripts, pages, archives, films; None if it is none that we know."""
    for begins, told in _STRANGERS:
        if begins.match(data):
            return told
    head = data[:_LOOK].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"#!"):
        return _SCRIPT
    if _MARKUP.match(head):
        return _SVG if b"<svg" in head.lower() else _PAGE
    return None


def is_png(data: bytes) -> bool:
    """Whether it begins as a PNG picture."""
    return data.startswith(_PNG)


def is_jpeg(data: bytes) -> bool:
    """Whether it begins as a JPEG picture."""
    return data.startswith(_JPEG)


def is_webp(data: bytes) -> bool:
    """Whether it begins as a WebP picture."""
    return data.startswith(b"RIFF") and data.startswith(b"WEBP", 8)


def is_pdf(data: bytes) -> bool:
    """Whether a PDF's header stands where readers look for it: they allow some bytes before."""
    return _PDF.search(data, 0, _LOOK) is not None


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without control characters."""
    text = _utf8(data)
    return text is not None and _CONTROLS.search(text) is None


def is_old_text(data: bytes) -> bool:
    """Whether it may be text in another encoding: UTF-16 with its mark, or bytes beyond UTF-8 and none that control."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return marked or (_utf8(data) is None and _LOW_CONTROLS.search(data) is None)


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def whole_png(data: bytes) -> bool:
    """Whether each chunk is there with its checksum, from a header with a size to the end, and nothing behind."""
    names: list[bytes] = []
    at = len(_PNG)
    while at < len(data) and names[-1:] != [b"IEND"]:
        length = int.from_bytes(data[at : at + 4])
        body, check = data[at + 4 : at + 8 + length], data[at + 8 + length : at + 12 + length]
        if zlib.crc32(body) != int.from_bytes(check) or len(check) != 4:  # noqa: PLR2004 - a checksum's bytes
            return False
        names.append(body[:4])
        at += 12 + length
    sized = data[16:20] != bytes(4) != data[20:24]
    return sized and at == len(data) and names[:1] == [b"IHDR"] and b"IDAT" in names and names[-1] == b"IEND"


def whole_jpeg(data: bytes) -> bool:
    """Whether a frame, a scan and, behind them, an end are there. More may follow: phones append a film or a note."""
    framed = False
    for marker, end in _jpeg_segments(data):
        # C4, C8 and CC are tables; their other neighbours tell the size of the picture.
        framed = framed or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC))  # noqa: PLR2004
        if marker == 0xDA:  # noqa: PLR2004 - a scan
            return framed and data.find(b"\xff\xd9", end) >= 0
    return False


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Each segment's marker and the place behind it, as long as they follow upon each other."""
    at = 2
    while begun := _SEGMENT.match(data, at):
        length = int.from_bytes(begun[2])
        at = begun.end() - 2 + length
        if length < 2 or at > len(data):  # noqa: PLR2004 - the length counts itself
            return
        yield begun[1][0], at


def whole_webp(data: bytes) -> bool:
    """Whether the chunks fill exactly the length that the file tells, and one of them is a picture."""
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    names = []
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        names.append(data[at : at + 4])
        at += 8 + length + length % 2
    return at == len(data) and bool({b"VP8 ", b"VP8L", b"ANMF"} & set(names))


def whole_pdf(data: bytes) -> bool:
    """Whether its end stands where readers look for it: where the table of contents starts, and the mark."""
    tail = data[-2 * _LOOK :]
    return 0 <= tail.rfind(b"startxref") < tail.rfind(b"%%EOF", max(0, len(tail) - _LOOK))
