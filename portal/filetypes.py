"""What a file is, by its content and not by what it is called; and how it is given out again.

This is no virus scanner. It tells the types that we take from all else, and sees whether such a file is whole; what a
PDF may do in the program that opens it (scripts, links, forms) is not looked at, pictures are not decoded, and a file
may be good in two formats at once. Therefore a file is only ever given out as `served` says: to be saved, under its own
type, in a sandbox. Office documents are not taken: they carry programs, and each can be saved as a PDF.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol, get_args

import msgspec

from portal.errors import N_
from portal.filenames import FileRefused, attachment, cleaned, ended, ending
from portal.language import Term, Text
from portal.sniffing import (
    is_jpeg,
    is_old_text,
    is_pdf,
    is_png,
    is_text,
    is_webp,
    stranger,
    whole_jpeg,
    whole_pdf,
    whole_png,
    whole_webp,
)

FileType = Literal["pdf", "png", "jpeg", "webp", "text"]
FILE_TYPES: tuple[FileType, ...] = get_args(FileType)


class Kind(msgspec.Struct, frozen=True):
    """A type that we take: its short name, what we call such a file, its media type, and the endings of its names."""

    short: Text
    told: Term
    mime: str
    endings: tuple[str, ...]


def _same(name: str) -> Text:
    return Text(en=name, zh=name)


KINDS: Mapping[FileType, Kind] = {
    "pdf": Kind(_same("PDF"), Term(N_("a PDF")), "application/pdf", ("pdf",)),
    "png": Kind(_same("PNG"), Term(N_("a PNG picture")), "image/png", ("png",)),
    "jpeg": Kind(_same("JPEG"), Term(N_("a JPEG picture")), "image/jpeg", ("jpg", "jpeg", "jpe", "jfif")),
    "webp": Kind(_same("WebP"), Term(N_("a WebP picture")), "image/webp", ("webp",)),
    "text": Kind(
        Text(en="plain text", zh="纯文本"), Term(N_("a plain text")), "text/plain; charset=utf-8", ("txt", "text", "md")
    ),
}
_ENDINGS: Mapping[str, FileType] = {each: type_ for type_, kind in KINDS.items() for each in kind.endings}
#: How such a file is known, and how it is seen to be whole; in this order, since a PDF may be text as well.
_LOOKS: tuple[tuple[FileType, Callable[[bytes], bool], Callable[[bytes], bool]], ...] = (
    ("png", is_png, whole_png), ("jpeg", is_jpeg, whole_jpeg), ("webp", is_webp, whole_webp),
    ("pdf", is_pdf, whole_pdf), ("text", is_text, is_text),
)  # fmt: skip


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A file that may be kept: its cleaned name, what it is, its size in bytes, and the hash of its content."""

    name: str
    type: FileType
    mime: str
    size: int
    sha256: str


class Named(Protocol):
    """What a stored file is known by."""

    @property
    def name(self) -> str:
        """As it is told to whoever saves it."""
        ...

    @property
    def mime(self) -> str:
        """Its media type."""
        ...


class EmptyFile(FileRefused):
    """There is nothing in it."""

    sentence = N_("This file is empty.")


class TooLarge(FileRefused):
    """More bytes than are taken."""

    status = 413
    sentence = N_("This file has {size}. We take files of up to {most}.")


class WrongType(FileRefused):
    """Something that isn't taken here."""

    sentence = N_("This is {found}. We take {accepted}.")


class Disguised(WrongType):
    """Something that isn't taken here, under a name that promises what would be."""

    sentence = N_("This is {found}, whatever its name says. We take {accepted}.")


class UnknownType(WrongType):
    """Bytes that look like nothing that we know."""

    sentence = N_("We can't tell what this file is. We take {accepted}.")


class NotUtf8(WrongType):
    """A text, by its name and by its bytes, but in an encoding that would be guesswork."""

    sentence = N_("This text is in an encoding other than UTF-8. Please save it as UTF-8 and send it again.")


class BrokenFile(FileRefused):
    """Begun as what it is, and not ended so: a transfer that broke off, or a picture in name only."""

    sentence = N_("This begins as {found} and is cut short or damaged. Please save it anew and send it again.")


def checked(name: str, data: bytes, accepts: Sequence[FileType], most: int) -> Checked:
    """The file, if it is whole, of an accepted type, called by one of that type's endings and of at most `most` bytes.

    Raises a FileRefused, and nothing else, whatever the bytes and the name are.
    """
    if len(data) > most:
        raise TooLarge(size=amount(len(data), up=True), most=amount(most))
    if not data.strip():
        raise EmptyFile
    plain = cleaned(name)
    type_ = _accepted(plain, data, accepts)
    kind = KINDS[type_]
    fitting = ended(plain, kind.endings, kind.told)
    digest = hashlib.sha256(data).hexdigest()
    return Checked(name=fitting, type=type_, mime=kind.mime, size=len(data), sha256=digest)


def _accepted(name: str, data: bytes, accepts: Sequence[FileType]) -> FileType:
    """The type of the content, if it is accepted and whole."""
    if told := stranger(data):
        raise _unwanted(name, told, None, accepts)
    for type_, begins, whole in _LOOKS:
        if begins(data):
            told = KINDS[type_].told
            if type_ not in accepts:
                raise _unwanted(name, told, type_, accepts)
            if not whole(data):
                raise BrokenFile(found=told)
            return type_
    raise _unknown(name, data, accepts)


def _unwanted(name: str, told: Term, type_: FileType | None, accepts: Sequence[FileType]) -> WrongType:
    disguised = _ENDINGS.get(ending(name), type_) != type_
    return (Disguised if disguised else WrongType)(found=told, accepted=in_words(accepts))


def _unknown(name: str, data: bytes, accepts: Sequence[FileType]) -> WrongType:
    text = "text" in accepts and _ENDINGS.get(ending(name)) == "text" and is_old_text(data)
    return (NotUtf8 if text else UnknownType)(accepted=in_words(accepts))


def in_words(accepts: Sequence[FileType]) -> Text:
    """The types as a sentence lists them."""
    named = [KINDS[each].short for each in accepts]
    return Text(en=", ".join(each.en for each in named), zh="、".join(each.zh for each in named))


def endings(accepts: Sequence[FileType]) -> str:
    """The types as a file field's `accept` lists them."""
    return ",".join(f".{each}" for type_ in accepts for each in KINDS[type_].endings)


def amount(size: int, *, up: bool = False) -> str:
    """A number of bytes as people tell it: `300 kB`, `4 MB`, `4.1 MB`; rounded down, or up."""
    step, unit, parts = (100_000, "MB", 10) if size >= 1_000_000 else (1000, "kB", 1)  # noqa: PLR2004 - what M means
    steps = -(-size // step) if up else size // step
    return f"{max(1, steps) / parts:g} {unit}"


def served(file: Named) -> dict[str, str]:
    """The headers of a download: to be saved and not opened in place, and powerless if it is opened all the same.

    The browser isn't to guess a type, and is told none but ours, whatever the store says.
    """
    known = {kind.mime for kind in KINDS.values()}
    return {
        "Content-Type": file.mime if file.mime in known else "application/octet-stream",
        "Content-Disposition": attachment(file.name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "no-store",
    }
