"""The one place where leaves get their index. Requests only write to the outbox."""

from datetime import UTC

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mediation.audit import note
from mediation.audit.merkle import HASH_BYTES, CompactRange, leaf_hash
from mediation.audit.models import Checkpoint, Entry, Leaf, Pending, TreeHead

BATCH = 500


def seal_pending() -> int:
    """Batch after batch until the outbox is empty; each is whole or not done at all."""
    total = 0
    while count := _seal_batch():
        total += count
    return total


def sign_heads() -> list[Checkpoint]:
    """A checkpoint for every head that has none at its size."""
    made = [_sign(head) for head in TreeHead.objects.filter(size__gt=0).order_by("segment")]
    return [checkpoint for checkpoint, is_new in made if is_new]


def tree(head: TreeHead) -> CompactRange:
    peaks = bytes(head.peaks)
    parts = [peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES)]
    return CompactRange(head.size, parts)


def _seal_batch() -> int:
    segment = timezone.now().astimezone(UTC).year
    TreeHead.objects.get_or_create(segment=segment)
    with transaction.atomic(durable=True):
        # Writing first takes the lock on every database, before anything is read. All heads and
        # not only this year's, so that two sequencers around New Year exclude each other too.
        TreeHead.objects.update(size=F("size"))
        waiting = list(Entry.objects.filter(pending__isnull=False).order_by("pk")[:BATCH])
        if waiting:
            _append(TreeHead.objects.get(segment=segment), waiting)
    return len(waiting)


def _append(head: TreeHead, entries: list[Entry]) -> None:
    grown, leaves = tree(head), []
    for entry in entries:
        digest = leaf_hash(bytes(entry.leaf))
        leaves.append(Leaf(entry=entry, segment=head.segment, leaf_index=grown.size, hash=digest))
        grown.append(digest)
    Leaf.objects.bulk_create(leaves)
    Pending.objects.filter(entry__in=entries).delete()
    head.size, head.peaks = grown.size, b"".join(grown.peaks)
    head.save(update_fields=["size", "peaks"])


def _sign(head: TreeHead) -> tuple[Checkpoint, bool]:
    root = tree(head).root()
    origin = f"{note.log_name()}/{head.segment}"
    found = Checkpoint.objects.filter(segment=head.segment, size=head.size).first()
    if found is not None:
        return found, False
    text = note.sign(note.Head(origin, head.size, root))
    made, is_new = Checkpoint.objects.get_or_create(
        segment=head.segment, size=head.size, defaults={"root": root, "note": text}
    )
    return made, is_new
