import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mediation.audit.models import EntryDetail


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
