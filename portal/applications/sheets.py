"""A table of text as other programs write it: its encoding, delimiter and rows, each with its true line number."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping

import msgspec

from portal.typed import line

MOST_BYTES = 20_000_000
MOST_ROWS = 10_000
DELIMITERS: Mapping[str, str] = {",": "comma", ";": "semicolon", "\t": "tab"}
_BOM = b"\xef\xbb\xbf"


class Finding(msgspec.Struct, frozen=True):
    """Something about one field of one line; line 0 is the file as a whole, an empty field the whole line."""

    line: int
    field: str
    says: str

    def __str__(self) -> str:
        where = ", ".join(filter(None, (f"line {self.line}" if self.line else "", self.field)))
        return f"{where}: {self.says}" if where else self.says


class Faulty(Exception):  # read by an operator at the terminal, never by a member
    """A file, a header or a row is not as it must be; `faults` says each thing that is wrong."""

    def __init__(self, *faults: Finding) -> None:
        self.faults = faults
        super().__init__("; ".join(map(str, faults)))


class Row(msgspec.Struct, frozen=True):
    """The cells of one row, and the line on which it begins: quoted texts may hold further lines."""

    line: int
    cells: list[str]


class Sheet(msgspec.Struct, frozen=True):
    """What was read, and how. Rows without anything in them are left out; column names are trimmed, in lower case."""

    encoding: str
    delimiter: str
    header: int
    columns: list[str]
    rows: list[Row]


def read(data: bytes, known: Collection[str]) -> Sheet:
    """The header and rows of a file. The delimiter is the one by which the header has most of the `known` columns.

    Read are UTF-8, and GB18030 (what Excel writes in China) where it isn't valid UTF-8. Raises Faulty for what can't be
    read or is too much.
    """
    if len(data) > MOST_BYTES:
        raise Faulty(Finding(0, "", f"the file is larger than {MOST_BYTES // 1_000_000} MB; split it"))
    text, encoding = _text(data)
    header, delimiter = max(
        ((_first(text, mark), mark) for mark in DELIMITERS),
        key=lambda tried: len({*_names(tried[0])} & {*known}),  # of equals the first, so a comma where nothing helps
    )
    if header is None:
        next(_rows(text, ","), None)  # tells why nothing can be read, unless there is nothing
        raise Faulty(Finding(0, "", "the file is empty; its first line must name the columns"))
    rows: list[Row] = []
    for row in _rows(text, delimiter):
        if len(rows) > MOST_ROWS:
            raise Faulty(Finding(0, "", f"there are more than {MOST_ROWS:,} rows; split the file"))
        rows.append(row)
    return Sheet(encoding, DELIMITERS[delimiter], header.line, _names(header), rows[1:])


def _text(data: bytes) -> tuple[str, str]:
    try:
        text, encoding = data.decode(), "UTF-8"
    except UnicodeDecodeError as error:
        at = data.count(b"\n", 0, error.start) + 1
        if data.startswith(_BOM):
            raise Faulty(Finding(at, "", "begins as UTF-8 and has bytes here that are none")) from error
        try:
            text, encoding = data.decode("gb18030"), "GB18030"
        except UnicodeDecodeError:
            sentence = "is neither UTF-8 nor GB18030; save the file as “CSV UTF-8”"
            raise Faulty(Finding(at, "", sentence)) from error
    if "\0" in text:
        at = text.count("\n", 0, text.index("\0")) + 1
        raise Faulty(Finding(at, "", "is not text; save the file as “CSV UTF-8”"))
    return text.removeprefix("\ufeff"), encoding


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    """Rows that hold anything, the header among them."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sentence = f"can't be read ({error}); is a quotation mark not closed, or one within a text not doubled?"
            raise Faulty(Finding(begins, "", sentence)) from error
        if any(cell.strip() for cell in cells):
            yield Row(begins, cells)


def _first(text: str, delimiter: str) -> Row | None:
    try:
        return next(_rows(text, delimiter), None)
    except Faulty:
        return None


def _names(header: Row | None) -> list[str]:
    return [line(cell).lower() for cell in header.cells] if header else []
