"""Years of the log: writing one out for others, and dropping one when its time is over."""

import base64
import json
import shutil
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from mediation.audit import note
from mediation.audit.errors import SegmentKept
from mediation.audit.models import (
    Checkpoint,
    DroppedSegment,
    EntryDetail,
    Leaf,
    Stamp,
    TreeHead,
)
from mediation.audit.stamps import roots_pem

EXPORT_SCHEMA = "heyi-log-export-1"
VERIFIER = Path(__file__).resolve().parent / "offline" / "heyi_log.py"


def export_segment(segment: int, folder: Path) -> None:
    """Write one year into the empty or new `folder`: what `heyi_log.py` reads, and that file.

    Leaves hold codes and pseudonyms only; salts and details are not written. Leaves are written
    before checkpoints are read, and only as far as the newest checkpoint goes when this began.
    """
    checkpoints = list(Checkpoint.objects.filter(segment=segment).order_by("size"))
    size = checkpoints[-1].size if checkpoints else 0
    is_dropped = DroppedSegment.objects.filter(segment=segment).exists()
    (folder / "stamps").mkdir(parents=True)
    about = {
        "schema": EXPORT_SCHEMA,
        "segment": segment,
        "leaves": 0 if is_dropped else size,
        "is_dropped": is_dropped,
    }
    (folder / "export.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    _write_lines(folder / "leaves.jsonl", _leaves(segment, size))
    _write_lines(folder / "checkpoints.jsonl", (_as_line(one) for one in checkpoints))
    for stamp in Stamp.objects.filter(head__segment=segment).select_related("head__checkpoint"):
        name = f"{stamp.head.checkpoint.size:012}.tsr"
        (folder / "stamps" / name).write_bytes(bytes(stamp.response))
    (folder / "log-key.txt").write_text(note.verifier_key() + "\n", encoding="utf-8")
    if roots := roots_pem():
        (folder / "tsa-roots.pem").write_bytes(roots)
    shutil.copyfile(VERIFIER, folder / VERIFIER.name)


def _leaves(segment: int, size: int) -> Iterator[dict[str, Any]]:
    rows = Leaf.objects.filter(segment=segment, leaf_index__lt=size).order_by("leaf_index")
    for index, hashed, leaf in rows.values_list("leaf_index", "hash", "entry__leaf").iterator():
        yield {"index": index, "hash": _base64(hashed), "leaf": _base64(leaf)}


def _as_line(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"size": checkpoint.size, "note": checkpoint.note}


def _write_lines(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def _base64(value: bytes | memoryview) -> str:
    return base64.b64encode(bytes(value)).decode()


@transaction.atomic
def drop_segment(segment: int) -> int:
    """Drop the entries and leaves of a year; returns how many. Its checkpoints and stamps stay, so
    that proofs given out still hold. Irrevocable.

    Raises SegmentKept before AUDIT_YEARS full years have passed, while details of a case of that
    year are left, or before its last leaf is under a signed checkpoint. Details that belong to no
    case go with the year.
    """
    TreeHead.objects.select_for_update().filter(segment=segment).first()
    _require_droppable(segment)
    DroppedSegment.objects.create(segment=segment, dropped_at=timezone.now())
    EntryDetail.objects.filter(entry__leaf_place__segment=segment).delete()
    # The classes refuse it, and the triggers allow it for a year declared dropped: entries first,
    # each while its leaf says which year it is of. The database looks at the link at commit.
    of_year = "SELECT entry_id FROM audit_leaf WHERE segment = %s"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM audit_entry WHERE id IN ({of_year})", [segment])  # noqa: S608
        cursor.execute("DELETE FROM audit_leaf WHERE segment = %s", [segment])
        return int(cursor.rowcount)


def _require_droppable(segment: int) -> None:
    """Raises SegmentKept with the reason as its code."""
    head = TreeHead.objects.filter(segment=segment).first()
    if head is None or DroppedSegment.objects.filter(segment=segment).exists():
        raise SegmentKept("there is no such year in the log")
    first_year_after = segment + settings.AUDIT_YEARS + 1
    if timezone.now().astimezone(UTC).year < first_year_after:
        raise SegmentKept(f"it is kept until {first_year_after}-01-01")
    details = EntryDetail.objects.filter(entry__leaf_place__segment=segment, case_id__isnull=False)
    if details.exists():
        raise SegmentKept("a case of that year is not destroyed yet")
    if not Checkpoint.objects.filter(segment=segment, size=head.size).exists():
        raise SegmentKept("its last entries are under no signed checkpoint")
