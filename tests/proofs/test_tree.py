"""The tree, for every size of a small community and for chunks of any length."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.proofs import tree


def leaves(number: int) -> list[bytes]:
    return [hashlib.sha256(b"\0" + bytes([n])).digest() for n in range(number)]


def by_the_book(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, read once more: the split is searched for, not computed."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return hashlib.sha256(b"\1" + by_the_book(hashes[:k]) + by_the_book(hashes[k:])).digest()


@pytest.mark.parametrize("number", range(1, 71))
def test_every_leaf_leads_to_the_root_and_to_no_other(number: int) -> None:
    hashes = leaves(number)
    root = tree.root(hashes)

    assert root == by_the_book(hashes)
    for index, leaf in enumerate(hashes):
        path = tree.path(hashes, index)
        assert tree.leads(leaf, index, number, path) == root
        assert tree.leads(hashlib.sha256(leaf).digest(), index, number, path) != root
        assert all(tree.leads(leaf, other, number, path) != root for other in range(number) if other != index)
        for place in range(len(path)):
            bent = [*path[:place], hashlib.sha256(path[place]).digest(), *path[place + 1 :]]
            assert tree.leads(leaf, index, number, bent) != root
            assert tree.leads(leaf, index, number, path[:place]) != root
        assert tree.leads(leaf, index, number, [*path, root]) != root


@given(st.integers(1, 70), st.integers(0, 4))
def test_chunks_make_the_same_tree(number: int, power: int) -> None:
    hashes, size = leaves(number), 1 << power
    chunks = [hashes[start : start + size] for start in range(0, number, size)]
    roots = [tree.root(chunk) for chunk in chunks]

    assert tree.root(roots) == tree.root(hashes)
    for index in range(number):
        within = tree.path(chunks[index // size], index % size)
        assert [*within, *tree.path(roots, index // size)] == tree.path(hashes, index)


def test_the_known_answers_of_the_rfc_s_own_log() -> None:
    """The test vectors of Certificate Transparency: roots over one, two, three and eight given leaves."""
    given_leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [hashlib.sha256(b"\0" + bytes.fromhex(leaf)).digest() for leaf in given_leaves]

    assert tree.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tree.root(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(hashes[:2]).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert tree.root(hashes[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert tree.root(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@pytest.mark.parametrize(("index", "number"), [(-1, 3), (3, 3), (0, 0), (5, 2)])
def test_a_place_that_does_not_exist_leads_nowhere(index: int, number: int) -> None:
    assert tree.leads(leaves(1)[0], index, number, []) is None
