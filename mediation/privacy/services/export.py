"""A party's copy of what is stored about them (GDPR 15 and 20, PIPL 45), as a ZIP.

It holds their own data and what both sides share, read through the same selectors as the pages,
so nobody can download what they cannot see. It is made in memory and kept nowhere.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import Passkey, User
from mediation.audit import services as audit
from mediation.cases.access import party_of, statements_visible_to
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import address_of, name_of, statement_for
from mediation.cases.services.consents import receipt
from mediation.cases.services.receipts import ledger
from mediation.core.errors import require
from mediation.core.limits import count_try
from mediation.evidence.selectors import DocumentLine, documents_of
from mediation.matching.models import Assignment
from mediation.offers.selectors import OfferLine, RoundLine, offer_lines, round_lines
from mediation.performance.access import settlements_tracked_by
from mediation.performance.selectors import as_plain
from mediation.privacy import access
from mediation.privacy.history import HistoryLine, history_of
from mediation.privacy.models import ErasureRequest
from mediation.privacy.selectors import left_for
from mediation.privacy.services.certificates import file_of
from mediation.privacy.services.course import course_of
from mediation.privacy.services.talks import talk_as_text
from mediation.rooms.access import held_visible_to, rooms_visible_to
from mediation.rooms.models import Room
from mediation.rooms.selectors import messages_after, purpose_of
from mediation.rooms.selectors.reviews import note_of, text_of
from mediation.settlements.access import settlements_visible_to
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import (
    current_version,
    document_of,
    last_revision,
    version_terms,
    wishes,
)
from mediation.settlements.selectors.comments import comments_on
from mediation.settlements.selectors.freedom import freedom_confirmed_at
from mediation.settlements.selectors.scans import scan_as_plain, scan_of
from mediation.settlements.services.revisions import content_of
from mediation.settlements.services.scanning import content_of_scan, scan_name
from mediation.vault import services as vault
from mediation.vault.signing import canonical_json

SCHEMA = "heyi-personal-data-1"
PER_HOUR = 5
# GDPR 15(4) and PIPL 45 for the first; 2008/52/EC 7 and 人民调解法 23 for the second.
LEFT_OUT = [
    {
        "what": "the other side's private talks, documents and details",
        "why": "They are the other side's; the mediator keeps them confidential.",
    },
    {
        "what": "the mediator's own notes",
        "why": "What a mediator notes is confidential.",
    },
]


def download_data(*, actor: User, case: Case) -> bytes:
    """The ZIP. Raises Forbidden for all but parties, TooMany, and KeyDestroyed while a
    destruction is under way.
    """
    require(access.can_download(actor, case))
    count_try("download", f"{actor.pk}:{case.pk}", limit=PER_HOUR, seconds=3600)
    _record(actor, case)
    with vault.opening_restricted():  # one's own copy is a right for as long as it is stored
        return zipped(_files(actor, case))


@transaction.atomic
def _record(actor: User, case: Case) -> None:
    audit.record(actor=actor, action="data.downloaded", target=case, case_id=case.pk)


def case_files(*, actor: User, case: Case) -> Iterator[tuple[str, bytes]]:
    """The files of one case's copy, (name, content), for a copy of everything. On record. Raises
    Forbidden for all but parties.
    """
    require(access.can_download(actor, case))
    _record(actor, case)
    return _files(actor, case)


def zipped(files: Iterator[tuple[str, bytes]]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return archive.getvalue()


def _files(actor: User, case: Case) -> Iterator[tuple[str, bytes]]:
    part = party_of(actor, case)
    assert part is not None
    documents = documents_of(actor, case)
    yield "data.json", _json(_data(actor, case, part, documents))
    yield "retention-policy.json", canonical_json(case.policy)
    for number, room in enumerate(rooms_visible_to(actor).filter(case=case), start=1):
        yield _talk_name(number, room), talk_as_text(actor, room).encode()
    for number, line in enumerate(documents, start=1):
        yield _document_name(number, line), b"".join(vault.read_file(file=line.document.file))
    for settlement in _settlements(actor, case):
        yield from _settlement_file(settlement)
    for consent in part.consents.select_related("case__center"):
        yield f"consents/{consent.purpose}-{consent.pk}.json", _json(receipt(consent=consent))
    yield "all-consents.json", _json(ledger(part=part))
    for certificate in access.certificates_visible_to(actor).filter(erasure__case_id=case.pk):
        yield f"certificates/{certificate.pk}.json", file_of(certificate)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2, default=str).encode() + b"\n"


def _talk_name(number: int, room: Room) -> str:
    """There may be several talks by invitation; of the others a party sees one each."""
    return f"talks/{room.kind}-{number:02d}.txt" if room.is_invited else f"talks/{room.kind}.txt"


def _document_name(number: int, line: DocumentLine) -> str:
    return f"documents/{number:02d}-{line.name}"


def _data(
    actor: User, case: Case, part: Participant, documents: list[DocumentLine]
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "made_at": _time(timezone.now()),
        "left_out": LEFT_OUT,
        "account": account_of(actor),
        "case": _case(case),
        "my_part": _my_part(part),
        "statements": list(_statements(actor, case)),
        "mediators_proposed": [_assignment(row) for row in _assignments(case)],
        "consents": [_consent(row) for row in part.consents.all()],
        "talks": [_room(actor, room) for room in rooms_visible_to(actor).filter(case=case)],
        "offers": [_offer(line) for line in offer_lines(actor, case)],
        "sealed_offers": [_sealed_round(line) for line in round_lines(actor, case)],
        "course": course_of(actor, case),
        "documents": [_document(n, line) for n, line in enumerate(documents, start=1)],
        "settlements": [_settlement(actor, row) for row in _settlements(actor, case)],
        "performance": [as_plain(actor, row) for row in _tracked(actor, case)],
        "releases_to_courts": [_release(row) for row in case.releases.select_related("court")],
        "wishes_for_destruction": [
            _wish(row) for row in ErasureRequest.objects.filter(participant=part)
        ],
        "who_did_what": [_line(line) for line in history_of(part)],
        "still_to_be_destroyed": [
            {"what": date.compartment, "at": _time(date.at), "final": date.is_final}
            for date in left_for(part)
        ],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def account_of(user: User) -> dict[str, Any]:
    """What the account holds."""
    return {
        "email": user.email,
        "name": user.display_name,
        "language": user.language,
        "time_zone": user.time_zone,
        "since": _time(user.date_joined),
        "last_sign_in": _time(user.last_login),
        "passkeys": [_passkey(row) for row in user.passkeys.all()],
    }


def _passkey(row: Passkey) -> dict[str, Any]:
    """Its private half never left the person's device, so it is in no copy of ours."""
    return {
        "name": row.name,
        "credential_id": bytes(row.credential_id).hex(),
        "public_key": bytes(row.public_key).hex(),
        "times_signed": row.sign_count,
        "added_at": _time(row.created_at),
        "last_used_at": _time(row.last_used_at),
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "centre": case.center.name,
        "state": case.state,
        "outcome": case.outcome,
        "category": case.category,
        "created_at": _time(case.created_at),
        "mediation_started_at": _time(case.mediation_started_at),
        "closed_at": _time(case.closed_at),
    }


def _my_part(part: Participant) -> dict[str, Any]:
    assert part.side is not None
    return {
        "role": part.role,
        "side": part.side.letter,
        "name": name_of(part),
        "address": address_of(part),
        "joined_at": _time(part.joined_at),
    }


def _statements(actor: User, case: Case) -> Iterator[dict[str, Any]]:
    """One's own in full; of the other side's what was meant for both."""
    for row in statements_visible_to(actor, case):
        answers = statement_for(actor, row)
        yield {
            "side": row.side.letter,
            "summary": answers.summary,
            "amount": str(answers.amount) if answers.amount is not None else None,
            "currency": answers.currency,
            "background": answers.background,
            "wishes": answers.wishes,
            "needs": answers.needs,
        }


def _assignments(case: Case) -> list[Assignment]:
    return list(case.assignments.select_related("mediator"))


def _assignment(row: Assignment) -> dict[str, Any]:
    return {
        "mediator": row.mediator.name,
        "state": row.state,
        "disclosure": row.disclosure_kind,
        "proposed_at": _time(row.proposed_at),
    }


def _consent(row: Any) -> dict[str, Any]:
    return {
        "purpose": row.purpose,
        "text_version": row.text_version,
        "given_at": _time(row.given_at),
        "withdrawn_at": _time(row.withdrawn_at),
    }


def _room(actor: User, room: Room) -> dict[str, Any]:
    people = {row.pk: row for row in room.case.participants.select_related("side")}
    reading = room.readings.filter(participant__user=actor).order_by("-sequence").first()
    return {
        "room": room.kind,
        "read_up_to_message": reading.sequence if reading else 0,
        "others_may_see_how_far_i_read": reading is not None and reading.is_shared,
        "purpose": purpose_of(room) if room.is_invited else None,
        "messages": [
            {
                "at": _time(message.sent_at),
                "from": _role(people[message.participant_id]),
                "text": message.body,
                "changed": message.is_edited,
                "taken_back": message.is_retracted,
                "released": message.is_released,
            }
            for message in messages_after(actor, room, 0, room.head)
            if message.changes is None
        ],
        "not_said": [
            {
                "at": _time(row.held_at),
                "state": row.state,
                "text": text_of(row),
                "note": note_of(row),
            }
            for row in held_visible_to(actor).filter(room=room)
        ],
    }


def _role(part: Participant) -> str:
    return f"side {part.side.letter}" if part.side else part.role


def _offer(line: OfferLine) -> dict[str, Any]:
    """With one's own side's answer: the other's is told by the state alone."""
    offer = line.offer
    return {
        "number": offer.number,
        "from": f"side {offer.side.letter}" if offer.side else "mediator",
        "answers_number": offer.counter_to.number if offer.counter_to else None,
        "made_at": _time(offer.made_at),
        "valid_until": _time(offer.valid_until),
        "state": line.state,
        "terms": vars(line.terms),
        "my_answer": {True: "accepted", False: "declined", None: None}[line.own_answer],
    }


def _sealed_round(line: RoundLine) -> dict[str, Any]:
    """Without a figure, which only the browser it was typed in could read."""
    row = line.row
    return {
        "number": row.number,
        "from": f"side {row.side.letter}" if row.side else "mediator",
        "proposed_at": _time(row.proposed_at),
        "valid_until": _time(row.valid_until),
        "state": line.state,
        "rule": row.rule,
        "terms": vars(line.terms),
        "i_agreed": line.has_agreed,
        "i_sealed_a_figure": line.has_sealed,
        "midpoint": line.midpoint,
    }


def _document(number: int, line: DocumentLine) -> dict[str, Any]:
    return {
        "file": _document_name(number, line),
        "audience": line.document.audience,
        "from": _role(line.document.participant),
        "at": _time(line.document.uploaded_at),
    }


def _settlements(actor: User, case: Case) -> list[Settlement]:
    rows = settlements_visible_to(actor).filter(case=case).select_related("case")
    return list(rows.order_by("created_at"))


def _settlement(actor: User, row: Settlement) -> dict[str, Any]:
    versions = row.versions.select_related("settlement__case")
    return {
        "number": row.number,
        "state": row.state,
        "agreed_orally_at": _time(row.agreed_at),
        "replaced_by": row.replaced_by or None,
        "replaced_at": _time(row.replaced_at),
        "versions": [json.loads(to_json(version_terms(version))) for version in versions],
        "comments": [line for version in versions for line in comments_on(actor, version)],
        "changes_i_asked_for": [vars(wish) for wish in wishes(actor, row)],
        "scan_of_the_signed_paper": scan_as_plain(actor, row),
        "i_confirmed_that_i_am_free_to_say_no_at": _time(freedom_confirmed_at(actor, row)),
    }


def _tracked(actor: User, case: Case) -> list[Settlement]:
    return list(settlements_tracked_by(actor).filter(case=case))


def _settlement_file(row: Settlement) -> Iterator[tuple[str, bytes]]:
    document = document_of(row)
    revision = last_revision(document) if document else None
    if revision is not None:
        yield f"settlement/{row.number}.pdf", content_of(revision)
    if row.state == SettlementState.ORAL:
        recorded = current_version(row)
        assert recorded is not None
        yield f"settlement/{row.number}.json", to_json(version_terms(recorded))
    scan = scan_of(row)
    if scan is not None:
        yield f"settlement/{scan_name(scan, row)}", content_of_scan(scan)


def _line(line: HistoryLine) -> dict[str, Any]:
    return {"at": _time(line.at), "who": str(line.who), "what": str(line.what)}


def _release(row: Any) -> dict[str, Any]:
    return {
        "court": row.court.name,
        "state": row.state,
        "proposed_at": _time(row.proposed_at),
        "fetched_at": [_time(delivery.at) for delivery in row.deliveries.all()],
    }


def _wish(row: Any) -> dict[str, Any]:
    return {"scope": row.scope, "state": row.state, "asked_at": _time(row.asked_at)}
