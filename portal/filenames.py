"""The names that people's files come with: cleaned, ended as the content demands, told to browsers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from portal.errors import N_, PortalError

#: In UTF-8, its ending included: most file systems allow 255, and a browser adds " (1)" to a name that it has already.
LONGEST = 200
_ENDING = re.compile(r"[a-z][a-z0-9]{0,9}")
#: What Windows allows in no name; a colon would even name a hidden stream.
_FORBIDDEN = re.compile(r'[<>:"|?*]')


class FileRefused(PortalError):
    """A file that isn't taken as it came."""

    status = 422
    sentence = N_("This file can't be taken as it was sent.")


class NoName(FileRefused):
    """Nothing is left of the name but dots and blanks."""

    sentence = N_("This file has no name. Please give it one and send it again.")


class WrongEnding(FileRefused):
    """The name promises another kind of file than came."""

    sentence = N_(
        "The name ends in .{ending}, but the file is {found}. Please let it end in .{right} and send it again."
    )


def cleaned(name: str) -> str:
    """The name without its path, its control characters and what turns the direction of text; raises NoName.

    Its ending, if it has one, is in small letters.
    """
    composed = unicodedata.normalize("NFC", name)
    seen = "".join(each for each in composed if each.isspace() or unicodedata.category(each)[0] != "C")
    base = re.split(r"[/\\]", seen)[-1]
    plain = " ".join(_FORBIDDEN.sub("-", base).split()).strip(" .")
    if not plain:
        raise NoName
    stem, last = _parted(plain)
    return f"{stem}.{last}" if last else stem


def ending(name: str) -> str:
    """What a cleaned name ends in, such as "pdf"; nothing, if what follows its last dot looks like no ending."""
    return _parted(name)[1]


def ended(name: str, endings: Sequence[str], found: str) -> str:
    """The cleaned name, made short enough, with the first of `endings` if it had none; raises WrongEnding.

    So `cv.pdf.exe` is refused whatever it is, and `cv.exe.pdf` is a PDF.
    """
    stem, last = _parted(name)
    if last and last not in endings:
        raise WrongEnding(ending=last, found=found, right=endings[0])
    tail = f".{last or endings[0]}"
    short = stem.encode()[: LONGEST - len(tail)].decode(errors="ignore")
    return short.rstrip(" .") + tail


def attachment(name: str) -> str:
    """The value of Content-Disposition by which a browser saves a file under this name and never opens it in place.

    As RFC 6266 has it: the name in UTF-8, and a plain one for programs that are too old for it.
    """
    plain = name if re.fullmatch(r"[A-Za-z0-9 ._()-]+", name) else f"file.{_parted(name)[1]}".rstrip(".")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _parted(name: str) -> tuple[str, str]:
    stem, _, last = name.rpartition(".")
    stem = stem.rstrip(" .")
    return (stem, last.lower()) if stem and _ENDING.fullmatch(last.lower()) else (name, "")
