"""What script/bench privacy measures, run inside an installation of its own; prints JSON."""

import io
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.db import transaction  # noqa: E402  Django comes first

from mediation.cases.services import invitations, participation  # noqa: E402
from mediation.evidence.enums import Audience  # noqa: E402
from mediation.evidence.services.documents import add_document  # noqa: E402
from mediation.privacy.enums import Reason  # noqa: E402
from mediation.privacy.models import Erasure  # noqa: E402
from mediation.privacy.services.erasing import begin_erasure, carry_out  # noqa: E402
from mediation.rooms import services as rooms  # noqa: E402
from mediation.rooms.models import Room  # noqa: E402
from mediation.rooms.services.appending import append  # noqa: E402
from mediation.rooms.services.drafts import Draft  # noqa: E402
from mediation.vault import services as vault  # noqa: E402
from tests.factories.cast import Cast, make_case, make_cast  # noqa: E402

CASES = int(os.environ.get("BENCH_CASES", "1000"))
MESSAGES = int(os.environ.get("BENCH_MESSAGES", "200"))
FILES = int(os.environ.get("BENCH_FILES", "5"))
ROUNDS, EACH = int(os.environ.get("BENCH_ROUNDS", "100")), 20
BODY = "We could meet halfway, if the second half is paid by the summer. " * 8
FILE_BYTES = 20_000


def measure() -> dict[str, Any]:
    invitations.INVITATIONS_PER_DAY = 10**9  # one applicant has all the cases
    cast = make_cast()
    joint, *_caucus = rooms.open_rooms(case=cast.case)
    return {**write_messages(cast, joint), **erase_cases(cast)}


def write_messages(cast: Cast, room: Room) -> dict[str, Any]:
    """One message a transaction, sealed and in clear by turns, whoever was first being second next;
    so what else the machine does meets both alike.
    """
    sealed, clear = [], []
    write(cast, room, EACH)
    for number in range(ROUNDS):
        for is_sealed in (number % 2 == 0, number % 2 == 1):
            if is_sealed:
                sealed.append(write(cast, room, EACH))
            else:
                with in_clear():
                    clear.append(write(cast, room, EACH))
    ratios = [one / other for one, other in zip(sealed, clear, strict=True)]
    return {
        "message_bytes": len(BODY),
        "messages_each_way": ROUNDS * EACH,
        "message_write_encrypted_us": round(statistics.median(sealed) * 1e6, 1),
        "message_write_clear_us": round(statistics.median(clear) * 1e6, 1),
        "message_write_encrypted_vs_clear": round(statistics.median(ratios), 3),
        "ratios_from_to": [round(min(ratios), 3), round(max(ratios), 3)],
    }


def write(cast: Cast, room: Room, count: int) -> float:
    """Seconds for one message, as the room's socket stores it, in a transaction of its own."""
    began = time.perf_counter()
    for _ in range(count):
        append([Draft(cast.party_a, room.pk, uuid4(), BODY)])
    return (time.perf_counter() - began) / count


@contextmanager
def in_clear() -> Iterator[None]:
    """As if there were no vault: the same rows, with the words themselves."""
    sealing = vault.sealing
    vault.sealing = lambda *, texts: nullcontext([text.encode() for _p, _s, text in texts])
    try:
        yield
    finally:
        vault.sealing = sealing


def erase_cases(cast: Cast) -> dict[str, Any]:
    """Everything but the shell of each case, from the keys to the certificates."""
    erasures = [_filled(cast) for _ in range(CASES)]
    seconds = []
    for erasure in erasures:
        began = time.perf_counter()
        carry_out(erasure=erasure)
        seconds.append(time.perf_counter() - began)
    return {
        "erased_cases": CASES,
        "messages_a_case": MESSAGES,
        "files_a_case": FILES,
        "erasing_seconds": round(sum(seconds), 2),
        "erasing_a_case_ms": round(statistics.median(seconds) * 1e3, 1),
        "erasing_the_slowest_ms": round(max(seconds) * 1e3, 1),
    }


def _filled(cast: Cast) -> Erasure:
    """A case with messages and files that somebody left, and its erasure, begun."""
    case = make_case(cast, stage="mediating")
    joint, *_caucus = rooms.open_rooms(case=case)
    append([Draft(cast.party_a, joint.pk, uuid4(), BODY) for _ in range(MESSAGES)])
    for number in range(FILES):
        content = io.BytesIO(f"{number} {BODY}".encode().ljust(FILE_BYTES, b"."))
        add_document(
            actor=cast.party_a,
            case=case,
            audience=Audience.ROOM,
            name=f"{number}.txt",
            content=content,
        )
    participation.leave_case(actor=cast.party_a, case=case)
    case.refresh_from_db()
    names = vault.compartments_with_keys(case_id=case.pk) - {"shell"}
    with transaction.atomic():
        return begin_erasure(case=case, compartments=names, reason=Reason.SCHEDULE)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
