"""What somebody contributes can't bring scripts, frames or pictures from elsewhere into the site."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.charter.schema import Charter
from portal.config import ROOT
from portal.publishing import markup, staging
from portal.publishing.model import PublishingError
from tests.publishing.pages import write

FRONT = "---\ntitle: Word\n---\n\n"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("Hello <SCRIPT src=/x.js>", "<script> is not allowed"),
        ("<iframe src='https://elsewhere.example'></iframe>", "<iframe> is not allowed"),
        ("<style>body{display:none}</style>", "<style> is not allowed"),
        ("<form action=/portal/account method=post>", "<form> is not allowed"),
        ("<svg><use href='#x'/></svg>", "<svg> is not allowed"),
        ("<img src=x onerror=alert(1)>", "<img> is not allowed"),
        ('<span onclick="steal()">press</span>', "onclick is not allowed in <span>"),
        ('<span style="position:fixed">over all</span>', "style is not allowed in <span>"),
        ("[press](javascript:alert(1))", "a link may not lead to javascript:alert"),
        ("[press](JaVaScRiPt:alert(1))", "a link may not lead to"),
        ("[press](data:text/html,x)", "a link may not lead to data:"),
        ("[press]: javascript:alert(1)", "a link may not lead to javascript:"),
        ("![spy](https://elsewhere.example/pixel.gif)", "a picture from elsewhere"),
        ("![spy](//elsewhere.example/pixel.gif)", "may not lead|a picture from elsewhere"),
        ("[press](x.md){: onclick=steal() }", "onclick is not allowed in an attribute list"),
        ("[press](x.md){ .btn style=position:fixed }", "style is not allowed in an attribute list"),
        ("text {: onmouseover='x' }", "onmouseover is not allowed in an attribute list"),
    ],
)
def test_what_is_unsafe_is_refused_with_file_and_line(root: Path, charter: Charter, line: str, told: str) -> None:
    write(root, "word.md", FRONT + "Fine.\n\n" + line + "\n")

    with pytest.raises(PublishingError, match=rf"content/en/word\.md:7: .*(?:{told})"):
        staging.pages(root, charter)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (r"\`<script>alert(1)</script>\`", "7: <script> is not allowed"),
        ("`` x ` y `` <script>alert(1)</script> `", "7: <script> is not allowed"),
        ("<div>`<script>alert(1)</script>`</div>", "7: <script> is not allowed"),
        ("  ```\n<script>alert(1)</script>\n  ```", "8: <script> is not allowed"),
        ("```\n<script>alert(1)</script>", "8: <script> is not allowed"),
        ("``` no such word\n<script>alert(1)</script>\n```", "8: <script> is not allowed"),
        ("See <img\nsrc=https://elsewhere.example/pixel.gif>", "8: a picture from elsewhere"),
        ("See <form\naction=/portal/account method=post>", "7: <form> is not allowed"),
        ("[press](&#106;avascript:alert(1))", "a link may not lead to javascript:"),
        ("[a [b] c](javascript:alert(1))", "7: a link may not lead to javascript:"),
        ("[press\nit](javascript:alert(1))", "8: a link may not lead to javascript:"),
        ("[press](<java\nscript:alert(1)>)", "a link may not lead to java"),
        ("[press]\n\n[press]:\n  javascript:alert(1)", "10: a link may not lead to javascript:"),
        ('[press](x.md){ title="}" href=javascript:alert(1) }', "7: a link may not lead to javascript:"),
        ("![spy][it]\n\n[it]: https://elsewhere.example/pixel.gif", "9: a picture from elsewhere"),
        ("<httpx class=x>", "7: <httpx> is not allowed"),
        ("<div><!--><script>alert(1)</script>--></div>", "7: <script> is not allowed"),
        ('<div title="a > 同好 <script>alert(1)</script>">x</div>', "7: title of <div> may not hold tags"),
        ("<![CDATA[ x ]]>", r"7: <!\[?CDATA"),
    ],
)
def test_what_only_the_renderer_sees_is_refused_too(tmp_path: Path, lines: str, told: str) -> None:
    file = tmp_path / "word.md"
    file.write_text(FRONT + "Fine.\n\n" + lines + "\n", "utf-8")

    with pytest.raises(PublishingError, match=rf"content/en/word\.md:\d*{told}" if told[0].isdigit() else told):
        markup.check(file, "content/en/word.md")


def test_pages_are_looked_at_as_the_generator_renders_them() -> None:
    named = re.findall(
        r"^  (\w+):", (ROOT / "site" / "base.yml").read_text("utf-8").split("markdown_extensions:")[1], re.MULTILINE
    )

    assert {*named, "fenced_code", "tables", "toc"} - {"nav", "links"} == set(markup.EXTENSIONS)


@pytest.mark.parametrize(
    "line",
    [
        '<span lang="zh-Hans">同好</span>',
        '<div class="sheet" markdown="1">',
        "Press <kbd>j</kbd>, or 2<sup>nd</sup>.",
        "`<script>` is a tag, and a < b too.",
        "[elsewhere](https://elsewhere.example/page) and <https://elsewhere.example> and [write](mailto:x@example.org)",
        "![ours](/culture/stickers/hello.svg){ width=96 height=96 }",
        "```html\n<script>shown, not run</script>\n```",
        "[next](words.md#ours){ .md-button }",
    ],
)
def test_what_is_harmless_may_stand(tmp_path: Path, line: str) -> None:
    file = tmp_path / "word.md"
    file.write_text(FRONT + line + "\n", "utf-8")

    markup.check(file, "content/en/word.md")
