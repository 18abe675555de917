"""A copy of everything that is stored about a person (GDPR 15 and 20, PIPL 45), as a ZIP.

`data.json` is about the account; each case has a folder of its own with what its page offers.
`index.html` is the same to be read. Made in memory, kept nowhere.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.core.limits import count_try
from mediation.privacy.services.export import LEFT_OUT, account_of, case_files, zipped
from mediation.rights.models import RightsRequest
from mediation.rights.selectors import MyData, ground_of, my_data, shown, text_of
from mediation.vault import services as vault

SCHEMA = "heyi-all-data-1"
PER_DAY = 5


def download_everything(*, actor: User) -> bytes:
    """The ZIP. Raises TooMany, and KeyDestroyed while a destruction is under way."""
    count_try("everything", str(actor.pk), limit=PER_DAY, seconds=86400)
    audit.record(actor=actor, action="data.all_downloaded", target=actor)
    with vault.opening_restricted():  # one's own copy is a right for as long as it is stored
        return zipped(_files(actor))


def _files(actor: User) -> Iterator[tuple[str, bytes]]:
    held = my_data(actor)
    said = _about(held)
    yield "data.json", json.dumps(said, ensure_ascii=False, indent=2).encode() + b"\n"
    requests = [shown(row) for row in held.requests]
    page = {"held": held, "requests": requests, "made_at": timezone.now()}
    yield "index.html", render_to_string("rights/copy.html", page).encode()
    for line in held.cases:
        if line.is_party:
            for name, content in case_files(actor=actor, case=line.case):
                yield f"cases/{line.case.number}/{name}", content


def _about(held: MyData) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "made_at": _time(timezone.now()),
        "left_out": LEFT_OUT,
        "account": account_of(held.user),
        "cases": [
            {
                "number": line.case.number,
                "centre": line.case.center.name,
                "as": "party" if line.is_party else "mediator",
                "state": line.case.state,
            }
            for line in held.cases
        ],
        "centres": [_role(row.center.name, row) for row in held.center_roles],
        "courts": [_role(row.court.name, row) for row in held.court_roles],
        "requests": [_request(row) for row in held.requests],
    }


def _role(name: str, row: Any) -> dict[str, Any]:
    return {
        "name": name,
        "role": row.role,
        "since": _time(row.started_at),
        "until": _time(row.ended_at),
    }


def _request(row: RightsRequest) -> dict[str, Any]:
    return {
        "centre": row.center.name,
        "right": row.right,
        "state": row.state,
        "received_at": _time(row.received_at),
        "due_on": row.due_on.isoformat(),
        "decision": row.decision,
        "ground": row.ground,
        "ground_in_words": ground_of(row),
        "words": text_of(row, "words"),
        "extension": text_of(row, "extension"),
        "answer": text_of(row, "answer"),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
