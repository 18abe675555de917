import hashlib
import random

import pytest

from mediation.audit import merkle

MOST = 40
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(MOST)]


def by_definition(leaves):
    """RFC 9162 section 2.1.1, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = by_definition(leaves[:middle]), by_definition(leaves[middle:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_hashes_have_the_known_values():
    """The empty tree and the tree of eight leaves of RFC 6962's test vectors."""
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
              "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in inputs]

    assert merkle.root_of([]).hex().startswith("e3b0c44298fc1c149afbf4c8996fb924")
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.root_of(leaves).hex() == (
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )


@pytest.mark.parametrize("size", range(MOST))
def test_compact_range_agrees_with_the_definition(size):
    tree = merkle.CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf)

    assert (tree.size, tree.root()) == (size, by_definition(LEAVES[:size]))
    assert len(tree.peaks) == size.bit_count()


def test_every_leaf_of_every_tree_is_proven_and_no_other():
    for size in range(1, MOST):
        leaves, root = LEAVES[:size], merkle.root_of(LEAVES[:size])
        for index in range(size):
            path = merkle.inclusion_path(index=index, leaves=leaves)
            known = {"index": index, "size": size, "path": path, "root": root}
            assert merkle.verify_inclusion(leaf=leaves[index], **known)
            assert not merkle.verify_inclusion(leaf=merkle.leaf_hash(b"no"), **known)
            for wrong in ({"index": index + 1}, {"path": [*path, root]}, {"root": leaves[0][::-1]}):
                assert not merkle.verify_inclusion(leaf=leaves[index], **{**known, **wrong})
            if path:
                assert not merkle.verify_inclusion(
                    leaf=leaves[index], **{**known, "path": path[1:]}
                )


def test_every_tree_is_the_beginning_of_every_larger_one_and_of_no_other():
    for second in range(1, MOST):
        leaves, new = LEAVES[:second], merkle.root_of(LEAVES[:second])
        for first in range(1, second + 1):
            old = merkle.root_of(LEAVES[:first])
            path = merkle.consistency_path(first=first, leaves=leaves)
            known = {"first": first, "second": second, "second_root": new, "path": path}
            assert merkle.verify_consistency(first_root=old, **known)
            assert not merkle.verify_consistency(first_root=old[::-1], **known)
            wrong = {**known, "path": [*path, old]}
            assert not merkle.verify_consistency(first_root=old, **wrong)
            if path:
                wrong = {**known, "path": path[:-1]}
                assert not merkle.verify_consistency(first_root=old, **wrong)


def test_a_changed_step_breaks_any_proof():
    chance = random.Random(9162)
    for _ in range(200):
        size = chance.randrange(2, MOST)
        index = chance.randrange(size)
        path = merkle.inclusion_path(index=index, leaves=LEAVES[:size])
        path[chance.randrange(len(path))] = chance.randbytes(32)
        assert not merkle.verify_inclusion(
            leaf=LEAVES[index],
            index=index,
            size=size,
            path=path,
            root=merkle.root_of(LEAVES[:size]),
        )


def test_nonsense_sizes_are_refused():
    known = {"leaf": LEAVES[0], "path": [], "root": LEAVES[0]}

    assert merkle.verify_inclusion(index=0, size=1, **known)
    for index, size in [(0, 0), (-1, 1), (1, 1)]:
        assert not merkle.verify_inclusion(index=index, size=size, **known)
    for first, second in [(0, 3), (3, 2), (-1, 2)]:
        assert not merkle.verify_consistency(
            first=first, first_root=b"", second=second, second_root=b"", path=[LEAVES[0]]
        )


@pytest.mark.parametrize("size", [*range(1, 20), 64, 65, 100])
def test_several_paths_at_once_are_the_same_as_one_by_one(size):
    hashes = [merkle.leaf_hash(b"%d" % n) for n in range(size)]
    wanted = sorted({0, size // 3, size // 2, size - 1})

    found = merkle.inclusion_paths(indexes=wanted, size=size, leaves=iter(hashes))

    assert found == {index: merkle.inclusion_path(index=index, leaves=hashes) for index in wanted}
