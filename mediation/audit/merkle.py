"""Merkle trees as in RFC 9162 section 2.1, with SHA-256: pure functions over leaf hashes."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

HASH_BYTES = 32


def leaf_hash(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class CompactRange:
    """A growing tree of `size` leaves, kept as the roots of its full subtrees, largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        self.peaks.append(leaf)
        size = self.size
        while size & 1:
            right = self.peaks.pop()
            self.peaks[-1] = node_hash(self.peaks[-1], right)
            size >>= 1
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256().digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def inclusion_path(*, index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof that leaf `index` is in the tree (2.1.3.1): hashes from the leaf upwards."""
    low, high, path = 0, len(leaves), []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low = middle
    return path[::-1]


def inclusion_paths(
    *, indexes: Sequence[int], size: int, leaves: Iterable[bytes]
) -> dict[int, list[bytes]]:
    """The proofs for several leaves of one tree, reading its leaf hashes once and in order."""
    stream = iter(leaves)
    paths: dict[int, list[bytes]] = {index: [] for index in sorted(indexes)}
    if size:
        _walk(0, size, list(paths), stream, paths)
    return paths


def _walk(
    low: int, high: int, wanted: list[int], stream: Iterator[bytes], paths: dict[int, list[bytes]]
) -> bytes:
    """The root over leaves `low` to `high`; adds its steps to the paths of those wanted in it."""
    if high - low == 1:
        return next(stream)
    if not wanted:
        return root_of(islice(stream, high - low))
    middle = low + _split(high - low)
    on_left = [index for index in wanted if index < middle]
    on_right = [index for index in wanted if index >= middle]
    left = _walk(low, middle, on_left, stream, paths)
    right = _walk(middle, high, on_right, stream, paths)
    for index in on_left:
        paths[index].append(right)
    for index in on_right:
        paths[index].append(left)
    return node_hash(left, right)


def consistency_path(*, first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of this one (2.1.4.1)."""
    if not 0 < first < len(leaves):
        return []
    low, high, path, is_whole = 0, len(leaves), [], True
    while first != high:
        middle = low + _split(high - low)
        if first <= middle:
            path.append(root_of(leaves[middle:high]))
            high = middle
        else:
            path.append(root_of(leaves[low:middle]))
            low, is_whole = middle, False
    if not is_whole:
        path.append(root_of(leaves[low:high]))
    return path[::-1]


def verify_inclusion(
    *, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether leaf hash `leaf` is number `index` of the tree with this size and root (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            result = node_hash(step, result)
            here, last = _up_to_right_child(here, last)
        else:
            result = node_hash(result, step)
        here, last = here >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(
    *, first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the first tree is the beginning of the second (2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second:
        return False
    steps = list(path)
    if first & (first - 1) == 0:
        steps.insert(0, first_root)
    if not steps:
        return False
    return _roots_along(first, second, steps) == (first_root, second_root)


def _roots_along(first: int, second: int, steps: list[bytes]) -> tuple[bytes, bytes] | None:
    here, last = first - 1, second - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            here, last = _up_to_right_child(here, last)
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return (old, new) if last == 0 else None


def _up_to_right_child(here: int, last: int) -> tuple[int, int]:
    """Skip the levels at which this node has no sibling."""
    while not here & 1 and here:
        here, last = here >> 1, last >> 1
    return here, last


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
