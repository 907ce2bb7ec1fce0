"""The draw: sums, least shares, the same for the same seeds, and no split likelier than another."""

from __future__ import annotations

import ast
import hashlib
import hmac
import math
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.config import ROOT
from portal.packets import drawing
from portal.packets.drawing import commitment, draw
from portal.packets.model import SPLITS

SOURCE = ROOT / "portal" / "packets" / "drawing.py"
WORDS = st.text(min_size=1, max_size=20)


@given(st.data(), st.sampled_from(SPLITS), st.integers(1, 60), WORDS, WORDS)
def test_shares_are_at_least_one_and_sum_to_the_total(
    data: st.DataObject, split: str, shares: int, seed: str, client: str
) -> None:
    total = data.draw(st.integers(shares, 5000))

    drawn = draw(split, total, shares, seed=seed, client_seed=client, packet="p")

    assert (len(drawn), sum(drawn)) == (shares, total)
    assert min(drawn) >= 1
    assert drawn == draw(split, total, shares, seed=seed, client_seed=client, packet="p")
    if split == "equal":
        assert max(drawn) - min(drawn) <= 1


@pytest.mark.parametrize(("total", "shares"), [(3, 4), (5, 0), (0, 0), (5, -1)])
def test_a_share_that_would_be_empty_is_not_drawn(total: int, shares: int) -> None:
    with pytest.raises(ValueError, match="don't fill"):
        draw("random", total, shares, seed="s", client_seed="c", packet="p")


def test_every_split_is_equally_likely() -> None:
    """All C(7, 3) = 35 splits of 8 into 4, by Pearson's chi-square at p = 0.0001; the seeds are fixed."""
    draws = 14_000
    seen = Counter(tuple(draw("random", 8, 4, seed=f"seed {n}", client_seed="c", packet="p")) for n in range(draws))
    every = {tuple(b - a for a, b in pairwise((0, *cuts, 8))) for cuts in combinations(range(1, 8), 3)}

    assert set(seen) == every
    expected = draws / len(every)
    chi_square = sum((seen[split] - expected) ** 2 / expected for split in every)
    assert chi_square < 73.7  # 34 degrees of freedom


def test_a_biased_draw_would_be_seen() -> None:
    """The test above has teeth: shares drawn one after the other from what is left fail it by far."""
    draws, seen = 14_000, Counter[tuple[int, ...]]()
    for n in range(draws):
        left, split = 8, []
        for rest in (3, 2, 1):
            number = int.from_bytes(hashlib.sha256(f"{n} {rest}".encode()).digest()[:8], "big")
            split.append(1 + number % (left - rest))
            left -= split[-1]
        seen[*split, left] += 1

    expected = draws / math.comb(7, 3)
    assert sum((count - expected) ** 2 / expected for count in seen.values()) > 1000


def test_no_number_is_favoured_by_the_modulus(monkeypatch: pytest.MonkeyPatch) -> None:
    """With words of one byte a plain modulus of 200 would draw each number below 56 twice as often."""
    monkeypatch.setattr(drawing, "_WORD", 1)
    monkeypatch.setattr(drawing, "_RANGE", 256)
    integers = drawing._Integers("seed", "message")

    low = sum(integers.below(200) < 56 for _ in range(20_000))

    assert abs(low / 20_000 - 56 / 200) < 0.02  # and not 112 of 256


def test_the_larger_shares_of_an_even_split_come_at_any_place() -> None:
    first = Counter(draw("equal", 5, 4, seed=f"seed {n}", client_seed="c", packet="p").index(2) for n in range(4000))

    assert sorted(first) == [0, 1, 2, 3]
    assert all(abs(count - 1000) < 120 for count in first.values())


def test_each_thing_that_enters_changes_the_draw() -> None:
    given = {"seed": "s", "client_seed": "c", "packet": "p"}
    plain = draw("random", 10_000, 20, **given)

    for name in given:
        assert draw("random", 10_000, 20, **{**given, name: "another"}) != plain
    assert draw("random", 10_001, 20, **given)[:5] != plain[:5]


def test_the_recipe_of_the_page_gives_the_same_list() -> None:
    """Written down once more, by the steps that the packet's page tells, and not with the program's own code."""

    def numbers() -> Iterator[int]:
        for block in range(1000):
            message = "\n".join(("a line of a song", "01J0", "88", "7", "1", str(block)))
            digest = hmac.new(b"5eed", message.encode(), hashlib.sha256).digest()
            yield from (int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24))

    stream = numbers()

    def below(k: int) -> int:
        while True:
            number = next(stream)
            if number < 2**64 // k * k:
                return int(number % k)

    cuts: list[int] = []
    for j in range(88 - 7 + 1, 88):
        cut = 1 + below(j)
        cuts.append(j if cut in cuts else cut)
    shares = [b - a for a, b in pairwise([0, *sorted(cuts), 88])]
    for i in range(6, 0, -1):
        other = below(i + 1)
        shares[i], shares[other] = shares[other], shares[i]

    assert shares == draw("random", 88, 7, seed="5eed", client_seed="a line of a song", packet="01J0")
    assert commitment("5eed") == hashlib.sha256(b"5eed").hexdigest()


def test_the_draw_stands_on_python_alone_and_can_be_taken_out(tmp_path: Path) -> None:
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(SOURCE.read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    (tmp_path / "drawing.py").write_text(SOURCE.read_text("utf-8"), "utf-8")
    program = "from drawing import draw; print(draw('random', 9, 3, seed='s', client_seed='c', packet='p'))"
    alone = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    assert not {name for name in imported if name.startswith("portal")}
    assert alone.strip() == str(draw("random", 9, 3, seed="s", client_seed="c", packet="p"))
