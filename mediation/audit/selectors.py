import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from mediation.audit.models import DailyHead, DroppedSegment, EntryDetail, Stamp


@dataclass(frozen=True)
class HistoryLine:
    """One thing that happened in a case. `actor_id` is None when it was the clock."""

    action: str
    at: datetime
    actor_id: UUID | None
    facts: dict[str, bool | int | str]


def history_for_case(case_id: UUID) -> list[HistoryLine]:
    """What happened in the case, oldest first; nothing once its details are forgotten."""
    details = EntryDetail.objects.filter(case_id=case_id).select_related("entry")
    return [_line(detail) for detail in details.order_by("entry_id")]


def _line(detail: EntryDetail) -> HistoryLine:
    leaf: dict[str, Any] = json.loads(bytes(detail.entry.leaf))
    facts = json.loads(bytes(detail.details))["facts"]
    return HistoryLine(leaf["action"], datetime.fromisoformat(leaf["time"]), detail.actor_id, facts)


@dataclass(frozen=True)
class PublishedYear:
    """The newest published head of one year's tree. `stamps` are (size, the authority's time) of
    every stamped head of the year, newest first.
    """

    segment: int
    size: int
    published_on: date
    note: str
    is_dropped: bool
    stamps: list[tuple[int, datetime]]


def published_years() -> list[PublishedYear]:
    """What anybody may see of the log, newest year first."""
    dropped = set(DroppedSegment.objects.values_list("segment", flat=True))
    heads = DailyHead.objects.select_related("checkpoint", "stamp")
    by_year: dict[int, list[DailyHead]] = {}
    for head in heads.order_by("-segment", "-checkpoint__size"):
        by_year.setdefault(head.segment, []).append(head)
    return [_year(rows, is_dropped=segment in dropped) for segment, rows in by_year.items()]


def _year(heads: list[DailyHead], *, is_dropped: bool) -> PublishedYear:
    newest = heads[0]
    return PublishedYear(
        segment=newest.segment,
        size=newest.checkpoint.size,
        published_on=newest.published_on,
        note=newest.checkpoint.note,
        is_dropped=is_dropped,
        stamps=[
            (head.checkpoint.size, head.stamp.stamped_at)
            for head in heads
            if hasattr(head, "stamp")
        ],
    )


def published_checkpoints(segment: int) -> Iterator[str]:
    """One JSON line for each published checkpoint of the year, by size."""
    heads = DailyHead.objects.filter(segment=segment).select_related("checkpoint")
    for head in heads.order_by("checkpoint__size"):
        line = {"size": head.checkpoint.size, "note": head.checkpoint.note}
        yield json.dumps(line, ensure_ascii=False) + "\n"


def stamp_of(segment: int, size: int) -> bytes | None:
    """The time stamp of that published checkpoint, as the authority gave it; None without one."""
    row = Stamp.objects.filter(head__segment=segment, head__checkpoint__size=size).first()
    return bytes(row.response) if row else None
