"""What a hand-written page may contain beside Markdown: a few harmless tags, and nothing from elsewhere.

Each line is read for itself, so that what is wrong is told with its place. Then the whole is rendered as the generator
will, because only the renderer knows for certain where code ends, where a link leads and what is a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import markdown

from portal.publishing import model
from portal.publishing.model import PublishingError

#: Those of site/base.yml and the generator's own.
EXTENSIONS = (
    "abbr", "admonition", "attr_list", "def_list", "fenced_code", "footnotes", "md_in_html", "tables", "toc",
)  # fmt: skip
_TAGS = frozenset({"abbr", "br", "div", "em", "kbd", "p", "ruby", "rp", "rt", "small", "span", "strong", "sub", "sup"})
_ATTRIBUTES = frozenset({"class", "id", "lang", "markdown", "title"})
_RENDERED = _TAGS | {
    "a", "blockquote", "code", "dd", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "pre",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_GIVEN = _ATTRIBUTES | {"align", "alt", "height", "href", "hreflang", "rel", "src", "start", "width"}
_SCHEMES = frozenset({"https", "http", "mailto"})
_CODE = re.compile(r"`[^`]*`")
_LINK = re.compile(r"(!?)\[[^\]]*\]\(\s*<?([^)>\s]+)|^\s*\[[^\]]+\]:\s*(\S+)")
_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):|^//")
_LIST = re.compile(r"\{:?[^}]*?\b(on[a-z]+|style|src|href|srcset)\s*=", re.IGNORECASE)
_BLANK = re.compile(r"[\x00-\x20\x7f]")  # browsers read over it in a scheme


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.faults.append(f"<{tag}> is not allowed in a page")
        self.faults += [f"{name} is not allowed in <{tag}>" for name, _ in attrs if name not in _ATTRIBUTES]


class _Rendered(HTMLParser):
    """Collects what is unsafe in the page as a browser gets it, each with a word by which its line is found."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _RENDERED:
            self.faults.append((f"<{tag}", f"<{tag}> is not allowed in a page"))
        for name, value in attrs:
            if name not in _GIVEN:
                self.faults.append((name, f"{name} is not allowed in <{tag}>"))
            elif name in ("href", "src") and (fault := _leads(value or "", picture=tag == "img")):
                self.faults.append((value or "", fault))
            elif set(value or "") & set("<>"):  # what tells Chinese apart would end the tag there
                self.faults.append((name, f"{name} of <{tag}> may not hold tags"))

    def handle_comment(self, data: str) -> None:
        if "<" in data or ">" in data:  # where it ends, browsers see otherwise
            self.faults.append(("<!--", "a comment may not hold tags"))

    def handle_decl(self, decl: str) -> None:
        self.faults.append(("<!", f"<!{decl}> is not allowed in a page"))

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        self.faults.append(("<?", f"<?{data}> is not allowed in a page"))


def check(path: Path, origin: str) -> None:
    """Raises PublishingError with file, line and what is unsafe there."""
    text = model.text(path, origin)
    faults = [f"{origin}:{number}: {fault}" for number, line in _prose(text) for fault in _faults(line)]
    faults = faults or [f"{origin}:{number}: {fault}" for number, fault in _rendered(text)]
    if faults:
        raise PublishingError("\n".join(faults))


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """The lines outside code, which is shown and not read."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, _CODE.sub("", line)


def _faults(line: str) -> Iterator[str]:
    tags = _Tags()
    tags.feed(line.replace("<!--", "").replace("<http", ""))  # comments are looked at as markers; <https://…> is a link
    tags.close()
    yield from tags.faults
    if found := _LIST.search(line):
        yield f"{found[1]} is not allowed in an attribute list"
    for found in _LINK.finditer(line):
        if fault := _leads(found[2] or found[3], picture=bool(found[1])):
            yield fault


def _leads(target: str, *, picture: bool) -> str:
    """What is wrong with where a link or a picture leads; empty if nothing."""
    scheme = _SCHEME.match(_BLANK.sub("", target).replace("\\", "/"))
    if scheme and (scheme[1] or "").lower() not in _SCHEMES:
        return f"a link may not lead to {target}"
    if scheme and picture:
        return f"a picture from elsewhere ({target}): pages ask no other origin for anything"
    return ""


def _rendered(text: str) -> Iterator[tuple[int, str]]:
    """What is unsafe in the text below the front matter, each with the line that looks most like it."""
    lines = text.split("\n")
    first = lines.index("---", 1) + 1 if lines[:1] == ["---"] and "---" in lines[1:] else 0
    page = _Rendered()
    page.feed(markdown.markdown("\n".join(lines[first:]), extensions=EXTENSIONS))
    page.close()
    for sign, fault in page.faults:
        found = (number for number, line in enumerate(lines[first:], first + 1) if sign.lower() in line.lower())
        yield next(found, first + 1), fault
