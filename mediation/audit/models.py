"""The log's tables. Triggers in the database refuse what the classes here refuse.

Entry, Leaf, Checkpoint, DailyHead and Stamp stay as they were written; entries and leaves of a
DroppedSegment may go, and nothing else may. What points to people (CaseSalt, EntryDetail) may be
deleted and never changed. Pending and TreeHead are the sequencer's.
"""

import uuid
from typing import Any, NoReturn

from django.db import models

from mediation.audit.errors import AppendOnly


class AppendOnlyQuerySet(models.QuerySet[Any]):
    def update(self, **changes: Any) -> NoReturn:
        raise AppendOnly(self.model._meta.label)

    def delete(self) -> NoReturn:
        raise AppendOnly(self.model._meta.label)

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly(self.model._meta.label)


class AppendOnlyModel(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(self._meta.label)
        super().save(*args, **{**options, "force_insert": True})

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise AppendOnly(self._meta.label)


class Entry(AppendOnlyModel):
    """One thing that happened, as the canonical bytes of its leaf. They are never built again."""

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    leaf = models.BinaryField()

    def __str__(self) -> str:
        return str(self.uuid)


class Pending(models.Model):
    """The outbox: an entry that has no place in the tree yet."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True)

    def __str__(self) -> str:
        return str(self.pk)


class EntryDetail(models.Model):
    """What an entry's leaf commits to, and the salt. Gone with the case's shell."""

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="detail"
    )
    case_id = models.UUIDField(null=True, db_index=True)
    actor_id = models.UUIDField(null=True, db_index=True)
    salt = models.BinaryField()
    details = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class CaseSalt(models.Model):
    """The key of one case's pseudonyms: 32 random bytes. Gone with the case's shell."""

    case_id = models.UUIDField(primary_key=True)
    salt = models.BinaryField()

    def __str__(self) -> str:
        return str(self.pk)


class TreeHead(models.Model):
    """The growing tree of one calendar year: its size and the roots of its full subtrees."""

    segment = models.PositiveSmallIntegerField(primary_key=True)
    size = models.PositiveBigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return str(self.segment)


class Leaf(AppendOnlyModel):
    """An entry's place in the tree and the hash it has there."""

    entry = models.OneToOneField(
        Entry, on_delete=models.PROTECT, primary_key=True, related_name="leaf_place"
    )
    segment = models.PositiveSmallIntegerField()
    leaf_index = models.PositiveBigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "leaf_index"], name="one_leaf_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}/{self.leaf_index}"


class Checkpoint(AppendOnlyModel):
    """A signed statement of a tree's size and root."""

    segment = models.PositiveSmallIntegerField()
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    note = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "size"], name="one_checkpoint_per_size"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}/{self.size}"


class DailyHead(AppendOnlyModel):
    """A checkpoint that is published: at most one a day (UTC) for each tree, so that nobody can
    follow the hour by its growth.
    """

    checkpoint = models.OneToOneField(
        Checkpoint, on_delete=models.PROTECT, primary_key=True, related_name="daily"
    )
    segment = models.PositiveSmallIntegerField()
    published_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "published_on"], name="one_head_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.segment}/{self.published_on}"


class Stamp(AppendOnlyModel):
    """An outside authority's time stamp (RFC 3161, the whole response in DER) of a published
    checkpoint's note. `stamped_at` is the authority's time.
    """

    head = models.OneToOneField(
        DailyHead, on_delete=models.PROTECT, primary_key=True, related_name="stamp"
    )
    response = models.BinaryField()
    stamped_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class DroppedSegment(AppendOnlyModel):
    """A year whose entries and leaves were dropped on their date. Its checkpoints stay."""

    segment = models.PositiveSmallIntegerField(primary_key=True)
    dropped_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.segment)
