"""Proofs out of the log, their verification, and the check of the whole log."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mediation.audit import merkle, note
from mediation.audit.errors import NotYetSealed
from mediation.audit.leaf import commitment
from mediation.audit.models import (
    Checkpoint,
    DailyHead,
    DroppedSegment,
    Entry,
    EntryDetail,
    Leaf,
    Stamp,
    TreeHead,
)
from mediation.audit.sequencer import tree
from mediation.audit.stamps import is_stamp_of, roots_pem


@dataclass(frozen=True)
class InclusionProof:
    """That `leaf` is number `leaf_index` of the tree the checkpoint signs. Holds no personal data.

    `leaf` is the canonical bytes, `path` hashes of 32 bytes from the leaf upwards, `checkpoint`
    the signed note.
    """

    leaf: bytes
    leaf_index: int
    path: list[bytes]
    checkpoint: str

    def as_json(self) -> dict[str, Any]:
        """For certificates and packages: bytes in base64."""
        return {
            "leaf": base64.b64encode(self.leaf).decode(),
            "leaf_index": self.leaf_index,
            "path": [base64.b64encode(step).decode() for step in self.path],
            "checkpoint": self.checkpoint,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "InclusionProof":
        """The proof again. Raises KeyError, TypeError or ValueError for anything malformed."""
        return cls(
            leaf=base64.b64decode(value["leaf"], validate=True),
            leaf_index=int(value["leaf_index"]),
            path=[base64.b64decode(step, validate=True) for step in value["path"]],
            checkpoint=str(value["checkpoint"]),
        )


def inclusion_proof(*, entry: Entry) -> InclusionProof:
    """The proof for `entry` under the newest checkpoint that covers it. Raises NotYetSealed."""
    leaf = Leaf.objects.filter(entry=entry).first()
    if leaf is None:
        raise NotYetSealed
    signed = Checkpoint.objects.filter(segment=leaf.segment, size__gt=leaf.leaf_index)
    newest = signed.order_by("size").last()
    if newest is None:
        raise NotYetSealed
    hashes = _hashes(leaf.segment, newest.size)
    path = merkle.inclusion_path(index=leaf.leaf_index, leaves=hashes)
    return InclusionProof(bytes(entry.leaf), leaf.leaf_index, path, newest.note)


def verify_inclusion(*, proof: InclusionProof, verifier_key: str | None = None) -> bool:
    """Whether the leaf is in a tree signed by this installation, or by the given key's owner."""
    head = note.read(proof.checkpoint, verifier_key=verifier_key or note.verifier_key())
    return head is not None and merkle.verify_inclusion(
        leaf=merkle.leaf_hash(proof.leaf),
        index=proof.leaf_index,
        size=head.size,
        path=proof.path,
        root=head.root,
    )


@dataclass(frozen=True)
class OpenedEvent:
    """One entry with what its leaf commits to: the person's own, to be shown to anybody."""

    proof: InclusionProof
    segment: int
    salt: bytes
    details: bytes


def own_events(*, case_id: UUID, actor_id: UUID) -> tuple[list[OpenedEvent], int]:
    """What this person did in the case, each entry opened and proven under the newest checkpoint
    of its year; and how many more wait to be sealed. Each year's leaves are read once.
    """
    mine = EntryDetail.objects.filter(case_id=case_id, actor_id=actor_id)
    rows = list(mine.select_related("entry__leaf_place").order_by("entry_id"))
    placed = [row for row in rows if hasattr(row.entry, "leaf_place")]
    found = []
    for segment in sorted({row.entry.leaf_place.segment for row in placed}):
        of_year = [row for row in placed if row.entry.leaf_place.segment == segment]
        found += _opened(segment, of_year)
    return found, len(rows) - len(found)


def _opened(segment: int, rows: list[EntryDetail]) -> list[OpenedEvent]:
    newest = Checkpoint.objects.filter(segment=segment).order_by("size").last()
    if newest is None:
        return []
    covered = {row.entry.leaf_place.leaf_index: row for row in rows}
    covered = {index: row for index, row in covered.items() if index < newest.size}
    leaves = Leaf.objects.filter(segment=segment, leaf_index__lt=newest.size)
    hashes = leaves.order_by("leaf_index").values_list("hash", flat=True).iterator()
    paths = merkle.inclusion_paths(
        indexes=list(covered), size=newest.size, leaves=(bytes(digest) for digest in hashes)
    )
    return [
        OpenedEvent(
            InclusionProof(bytes(row.entry.leaf), index, paths[index], newest.note),
            segment,
            bytes(row.salt),
            bytes(row.details),
        )
        for index, row in sorted(covered.items())
    ]


def consistency_proof(*, first: Checkpoint, second: Checkpoint) -> list[bytes]:
    """The proof that nothing under the first checkpoint was changed until the second."""
    return merkle.consistency_path(first=first.size, leaves=_hashes(second.segment, second.size))


def verify_consistency(
    *, first: str, second: str, path: list[bytes], verifier_key: str | None = None
) -> bool:
    """Whether two signed notes of the same log speak of one growing tree."""
    key = verifier_key or note.verifier_key()
    old, new = note.read(first, verifier_key=key), note.read(second, verifier_key=key)
    if old is None or new is None or old.origin != new.origin:
        return False
    return merkle.verify_consistency(
        first=old.size, first_root=old.root, second=new.size, second_root=new.root, path=path
    )


def check_log() -> list[str]:
    """Everything that is wrong with the log, in short codes; empty when it is sound."""
    faults = [f"lost from the outbox: {entry.uuid}" for entry in _neither_sealed_nor_pending()]
    dropped = set(DroppedSegment.objects.values_list("segment", flat=True))
    for head in TreeHead.objects.order_by("segment"):
        faults += _check_dropped(head) if head.segment in dropped else _check_segment(head)
    faults += _check_unknown(dropped)
    faults += _check_stamps()
    for detail in EntryDetail.objects.select_related("entry").order_by("pk").iterator():
        faults += _check_detail(detail)
    return faults


def _check_segment(head: TreeHead) -> Iterator[str]:
    name, checkpoints = head.segment, _checkpoints(head.segment)
    grown = merkle.CompactRange()
    roots = {0: grown.root()}
    wanted = {checkpoint.size for checkpoint in checkpoints}
    leaves = Leaf.objects.filter(segment=name).select_related("entry").order_by("leaf_index")
    for leaf in leaves.iterator():
        yield from _check_leaf(leaf, expected_index=grown.size)
        grown.append(bytes(leaf.hash))
        if grown.size in wanted:
            roots[grown.size] = grown.root()
    if (head.size, tree(head).root()) != (grown.size, grown.root()):
        yield f"head {name}: not the tree of its leaves"
    for checkpoint in checkpoints:
        yield from _check_checkpoint(checkpoint, roots.get(checkpoint.size))


def _check_dropped(head: TreeHead) -> Iterator[str]:
    """Of a dropped year the checkpoints are left, the last of which signs the head."""
    checkpoints = _checkpoints(head.segment)
    if Leaf.objects.filter(segment=head.segment).exists():
        yield f"segment {head.segment}: dropped, and yet there are leaves"
    if not checkpoints or checkpoints[-1].size != head.size:
        yield f"segment {head.segment}: dropped without its last checkpoint"
    for checkpoint in checkpoints:
        is_last = checkpoint.size == head.size
        root = tree(head).root() if is_last else bytes(checkpoint.root)
        yield from _check_checkpoint(checkpoint, root)


def _check_unknown(dropped: set[int]) -> Iterator[str]:
    """A year that is said to be dropped, or has leaves or checkpoints, has a head too."""
    known = set(TreeHead.objects.values_list("segment", flat=True))
    for segment in sorted(dropped - known):
        yield f"segment {segment}: dropped, and never was in the log"
    for model in (Leaf, Checkpoint):
        for segment in sorted(set(model.objects.values_list("segment", flat=True)) - known):
            yield f"segment {segment}: {model._meta.model_name} without a head"


def _check_stamps() -> Iterator[str]:
    """Each published head against its checkpoint, and each stamp where roots are set."""
    for daily in DailyHead.objects.select_related("checkpoint").order_by("pk"):
        if daily.segment != daily.checkpoint.segment:
            yield f"published head {daily}: of another year's checkpoint"
    roots = roots_pem()
    for stamp in Stamp.objects.select_related("head__checkpoint").order_by("pk") if roots else ():
        if not is_stamp_of(bytes(stamp.response), stamp.head.checkpoint.note, roots):
            yield f"stamp {stamp.head.checkpoint}: not the authority's for this checkpoint"


def _check_leaf(leaf: Leaf, *, expected_index: int) -> Iterator[str]:
    if leaf.leaf_index != expected_index:
        yield f"leaf {leaf}: out of its place {expected_index}"
    if merkle.leaf_hash(bytes(leaf.entry.leaf)) != bytes(leaf.hash):
        yield f"leaf {leaf}: not the hash of its entry"


def _check_detail(detail: EntryDetail) -> Iterator[str]:
    said = json.loads(bytes(detail.entry.leaf))["commitment"]
    if said != commitment(salt=bytes(detail.salt), details=bytes(detail.details)):
        yield f"details {detail.entry.uuid}: not what the leaf commits to"


def _check_checkpoint(checkpoint: Checkpoint, root: bytes | None) -> Iterator[str]:
    head = note.read(checkpoint.note, verifier_key=note.verifier_key())
    if head is None:
        yield f"checkpoint {checkpoint}: not signed by this log"
    elif not head.origin.endswith(f"/{checkpoint.segment}"):
        yield f"checkpoint {checkpoint}: signed for another log"
    elif (head.size, head.root) != (checkpoint.size, root):
        yield f"checkpoint {checkpoint}: signs another tree"


def _checkpoints(segment: int) -> list[Checkpoint]:
    return list(Checkpoint.objects.filter(segment=segment).order_by("size"))


def _hashes(segment: int, size: int) -> list[bytes]:
    leaves = Leaf.objects.filter(segment=segment, leaf_index__lt=size).order_by("leaf_index")
    return [bytes(digest) for digest in leaves.values_list("hash", flat=True)]


def _neither_sealed_nor_pending() -> list[Entry]:
    return list(Entry.objects.filter(leaf_place=None, pending=None))
