"""Opening every address of the site as everybody, and the tables of what they should get.

The tables, `doors_*.txt`, have a line for every address and a column for every person; a cell is
what looking (GET) and pressing (POST, with an empty form) gives:

    200 shown   302 led elsewhere   in: asked to sign in   403 refused   404 there is no such thing
    400 not understood   401 no key   405 not done this way   409 not possible now   410 gone
"""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from mediation.accounts.models import User
from mediation.cases.models import Case, Consent
from mediation.evidence.models import Document
from mediation.holds.models import Hold
from mediation.matching.models import Assignment
from mediation.offers.models import Offer, SealedRound
from mediation.privacy.models import Certificate, ErasureRequest
from mediation.proceedings.models import AgendaPoint, Fact, Note, Sitting
from mediation.rights.models import Breach, RightsRequest
from mediation.rooms.enums import HeldState
from mediation.rooms.models import HeldMessage, Room
from tests.promises.world import client_of
from tests.test_architecture import pages

NOWHERE = UUID(int=7)
FOLDER = Path(__file__).resolve().parent
PEOPLE = [
    *("party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"),
    "nobody",
]
OUTSIDERS = ("coordinator", "other_staff", "clerk", "stranger")
WORDS = {
    "sequence": 1,
    "name": "summary",
    "purpose": "video",
    "scope": "own",
    "obligation_id": "o1",
    "party_id": "A",
    "guarantor_id": "g1",
    "clause": "text",
    "line_key": "o1",
    "number": 1,
    "version": 1,
    "key": "nobody",
    "segment": 2026,
    "size": 1,
}


@dataclass(frozen=True)
class Door:
    """One address: what the table calls it, and where it is."""

    label: str
    path: str
    has_id: bool


def doors(case: Case, release_id: UUID = NOWHERE) -> list[Door]:
    """Every address there is, about this case, once for each thing an id could mean."""
    ids = _ids(case, release_id)
    return [
        Door(f"{name}{suffix}", _path(name, route, values), bool(values.keys() - WORDS.keys()))
        for name, route, pattern in pages()
        for suffix, values in _variants(name, set(pattern.pattern.converters), ids)
    ]


def _ids(case: Case, release_id: UUID) -> dict[str, dict[str, object]]:
    """For each parameter, or parameter of one app, what it may be: {words for the table: id}."""
    rooms = Room.objects.filter(case=case).select_related("side")
    held = HeldMessage.objects.filter(room__case=case, state=HeldState.WAITING).first()
    consent = Consent.objects.filter(case=case, participant__side__letter="A").first()
    document = Document.objects.filter(case=case, audience="mediator").first()
    assignment = Assignment.objects.filter(case=case).first()
    offers = Offer.objects.filter(case=case).select_related("side")
    rounds = SealedRound.objects.filter(case=case)
    certificate = Certificate.objects.filter(erasure__case_id=case.pk).first()
    return {
        "case_id": {"": case.pk},
        "center_id": {"": case.center_id},
        "release_id": {"": release_id},
        "hold_id": {"": _first(Hold, case)},
        "request_id": {" of A": _request_of_a(case)},
        "breach_id": {"": Breach.objects.values_list("pk", flat=True).first() or NOWHERE},
        "wish_id": {" of A": _wish_of_a(case)},
        "consent_id": {" of A": consent.pk},
        "room_id": {_words_of(room): room.pk for room in rooms},
        "held_id": {"": held.pk if held else NOWHERE},
        "member_id": {"": NOWHERE},  # there is no third person
        "passkey_id": {"": NOWHERE},  # what is one's own: tests/accounts/test_passkey_pages.py
        "offer_id": {f" of {offer.side or 'mediator'}": offer.pk for offer in offers},
        "round_id": {"": rounds.get().pk},
        "point_id": {"": _first(AgendaPoint, case)},
        "fact_id": {"": _first(Fact, case)},
        "sitting_id": {"": _first(Sitting, case)},
        "note_id": {"": _first(Note, case)},
        "evidence:pk": {" of A": document.pk},
        "matching:pk": {"": assignment.pk if assignment else NOWHERE},
        "privacy:pk": {"": certificate.pk if certificate else NOWHERE},
    }


def _first(model: type[Model], case: Case) -> object:
    """The key of the case's first row of this kind."""
    return model._default_manager.filter(case=case).values_list("pk", flat=True).first() or NOWHERE


def _request_of_a(case: Case) -> object:
    rows = RightsRequest.objects.filter(center=case.center).values_list("pk", flat=True)
    return rows.first() or NOWHERE


def _wish_of_a(case: Case) -> object:
    """Nobody has one before the case ended."""
    rows = ErasureRequest.objects.filter(case=case, participant__side__letter="A")
    return rows.values_list("pk", flat=True).first() or NOWHERE


def _words_of(room: Room) -> str:
    return f" talk {room.letters}" if room.is_invited else f" {room.side or room.kind}"


def _variants(name: str, parameters: set[str], ids):
    found = [("", {})]
    for parameter in sorted(parameters):
        app = name.partition(":")[0]
        known = ids.get(parameter) or ids.get(f"{app}:{parameter}") or {"": WORDS[parameter]}
        found = [
            (suffix + more, {**values, parameter: value})
            for suffix, values in found
            for more, value in known.items()
        ]
    return found


def _path(name: str, route: str, values: dict[str, object]) -> str:
    if name.startswith("matching:") and "cases/" in route:
        values = {"pk": NOWHERE}  # a case that waits: there is none here any more
    return reverse(name, kwargs=values)


def try_every(user: User | None, found: list[Door]) -> dict[str, str]:
    """What this person gets at every door, as the tables write it; nothing of it stays done."""
    browser = client_of(user)
    browser.raise_request_exception = False
    cookies = browser.cookies.copy()
    return {
        door.label: f"{_try(browser, cookies, door, 'get')}/{_try(browser, cookies, door, 'post')}"
        for door in found
    }


def _try(browser: Client, cookies: SimpleCookie, door: Door, verb: str) -> str:
    browser.cookies = SimpleCookie({name: morsel.value for name, morsel in cookies.items()})
    with transaction.atomic():
        answer = getattr(browser, verb)(door.path)
        transaction.set_rollback(True)
    place = answer.headers.get("Location", "")
    return "in" if place.startswith(f"{reverse(settings.LOGIN_URL)}?") else str(answer.status_code)


# --- The tables -------------------------------------------------------------------------------


def read_table(name: str) -> dict[str, dict[str, str]]:
    """{person: {label: cell}} of tests/promises/doors_<name>.txt."""
    lines = (FOLDER / f"doors_{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.rsplit(maxsplit=len(PEOPLE)) for line in lines if line and line[0] != "#"]
    return {
        person: {row[0].strip(): row[column] for row in rows}
        for column, person in enumerate(PEOPLE, start=1)
    }


def as_table(cells: dict[str, dict[str, str]]) -> str:
    """The lines of a table, for somebody who has to bring one up to date."""
    labels = list(cells[PEOPLE[0]])
    lines = ["# " + f"{'address':<40}" + "".join(f"{person:<12}" for person in PEOPLE)]
    lines += [
        f"{label:<42}" + "".join(f"{cells[person][label]:<12}" for person in PEOPLE)
        for label in labels
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"
