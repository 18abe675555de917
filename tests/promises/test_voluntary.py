"""Promise 1: nothing happens before both sides agreed, and anybody may stop at any moment.

V1, V4, N5. Leaving: test_leaving.py; sockets:
test_at_sockets.py.
"""

import inspect
from importlib import import_module
from pkgutil import iter_modules

import pytest
from django.db import transaction
from django.urls import reverse

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Consent, Receipt
from mediation.cases.services import consents
from mediation.core.errors import DomainError
from mediation.courts.services.packages import PackageClosed
from tests.promises.acts import ACTS, ONLY_READ, WAYS_OUT, propose
from tests.promises.tables import AUDIT, changed, fingerprint
from tests.promises.world import client_of
from tests.test_architecture import pages

pytestmark = pytest.mark.django_db
APPS = ("matching", "rooms", "offers", "proceedings", "settlements", "performance", "courts")
# Its addresses have another name: nothing is called a performance that people could see.
SPACES = {*APPS, "obligations"} - {"performance"}
ON_BEHALF = {"actor", "drafts", "token"}  # arguments that name who wants something
NEITHER_ASKS_NOR_GIVES = {
    # They only record that a mediator read something.
    "rooms.services.looking.note_held_look",
    "rooms.services.looking.note_room_look",
    "rooms.services.looking.note_visible_room",
    "settlements.services.looking.note_text_look",
    "courts.services.tokens.revoke_token",  # the operator's, about a key
    "settlements.services.offering.answering",  # locks and asks for what an answer needs
}
REFUSED = {"consent_missing", "wrong_state", "package_closed"}


# --- The list is complete ---------------------------------------------------------------------


def modules():
    yield import_module("mediation.rooms.readings")  # services with a file of their own
    for app in APPS:
        package = import_module(f"mediation.{app}.services")
        yield package
        for inner in iter_modules(getattr(package, "__path__", ()), package.__name__ + "."):
            yield import_module(inner.name)


def services():
    """Every public service of these apps that does something because somebody wants it."""
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            is_own = function.__module__ == module.__name__ and not name.startswith("_")
            if is_own and ON_BEHALF & set(inspect.signature(function).parameters):
                yield f"{module.__name__.removeprefix('mediation.')}.{name}"


def test_every_service_is_either_guarded_or_a_way_out():
    listed = {act.service for act in (*ACTS, *WAYS_OUT)} | NEITHER_ASKS_NOR_GIVES
    assert set(services()) == listed


def test_every_page_is_either_guarded_or_a_way_out_or_only_read():
    found = {name for name, _route, _pattern in pages() if name.partition(":")[0] in SPACES}
    listed = [door.name for act in (*ACTS, *WAYS_OUT) for door in act.doors]
    assert found == set(listed) | ONLY_READ
    assert len(listed) == len(set(listed))


# --- Without both sides' consents nothing happens ---------------------------------------------


def withdrawn(case, user, purpose):
    consents.withdraw_consent(actor=user, case=case, purpose=purpose)


@transaction.atomic
def never_given(case, user, purpose):
    given = Consent.objects.filter(case=case, participant__user=user, purpose=purpose)
    Receipt.objects.filter(consent__in=given).delete()
    given.delete()
    consents.follow_consents(user, lock(case))


WITHOUT = [
    pytest.param("party_a", Purpose.MEDIATE, withdrawn, id="A-withdrew-mediation"),
    pytest.param("party_b", Purpose.ONLINE, withdrawn, id="B-withdrew-online"),
    pytest.param("party_b", Purpose.MEDIATE, never_given, id="B-never-agreed-to-mediation"),
    pytest.param("party_a", Purpose.ONLINE, never_given, id="A-never-agreed-to-online"),
]


def refusal(act, places):
    """The code with which the act was refused, and the tables that changed all the same."""
    before = fingerprint()
    with pytest.raises(DomainError) as refused:
        act.call(places)
    return refused.value.code, changed(before, fingerprint())


@pytest.mark.parametrize(("who", "purpose", "how"), WITHOUT)
@pytest.mark.parametrize("act", ACTS, ids=str)
def test_no_service_does_anything_without_both_consents(places, act, who, purpose, how):
    act.prepare(places)
    case = places.case[act.stage]
    state = Case.objects.get(pk=case.pk).state
    how(case, getattr(places.cast, who), purpose)
    code, touched = refusal(act, places)
    assert code in REFUSED
    assert touched == set()

    # Even if the case still stood where it was: the service asks for the consents itself.
    Case.objects.filter(pk=case.pk).update(state=state)
    code, touched = refusal(act, places)
    assert code in {ConsentMissing.code, PackageClosed.code}
    assert touched == set()


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_with_both_consents_each_of_them_works(places, act):
    """Or the refusals above would prove nothing."""
    act.prepare(places)
    before = fingerprint()
    act.call(places)
    assert changed(before, fingerprint()) != set()


DOORS = [pytest.param(act, door, id=door.name) for act in ACTS for door in act.doors]


def post(places, act, door, who=None):
    """The answer to the page's POST, and the tables it changed."""
    client = client_of(getattr(places.cast, who or act.who))
    before = fingerprint()
    answer = client.post(reverse(door.name, kwargs=door.ids(places)), door.fields(places))
    return answer, changed(before, fingerprint())


@pytest.mark.parametrize(("who", "purpose", "how"), [WITHOUT[0], WITHOUT[1]])
@pytest.mark.parametrize(("act", "door"), DOORS)
def test_no_page_does_anything_without_both_consents(places, act, door, who, purpose, how):
    act.prepare(places)
    how(places.case[act.stage], getattr(places.cast, who), purpose)
    answer, touched = post(places, act, door)
    assert answer.status_code in {404, 409}
    assert touched == set()


@pytest.mark.parametrize(("act", "door"), DOORS)
def test_with_both_consents_each_page_works(places, act, door):
    act.prepare(places)
    answer, touched = post(places, act, door)
    assert answer.status_code in {200, 302}
    assert touched != set()


@pytest.mark.parametrize("name", sorted(ONLY_READ))
def test_pages_to_read_do_nothing_on_a_post(places, name):
    ids = {"queue": {}, "packages": {}, "version": {"case_id": places.case["offered"].pk}}
    kwargs = ids.get(name.partition(":")[2], {"case_id": places.case["sealed"].pk})
    if name == "settlements:version":
        kwargs["number"] = 1
    if name == "obligations:line":
        kwargs["line_key"] = "o1"
    if name in {"offers:round", "offers:round_state"}:
        kwargs = {"case_id": places.case["talking"].pk, "round_id": propose(places).pk}
    if name == "rooms:review":
        room = places.room["reviewed"]
        kwargs = {"case_id": room.case_id, "room_id": room.pk}
    if name == "offers:offer":
        kwargs = {"case_id": places.case["talking"].pk, "offer_id": places.offer.pk}
    for who in ("party_a", "mediator", "clerk"):
        client = client_of(getattr(places.cast, who))
        before = fingerprint()
        answer = client.post(reverse(name, kwargs=kwargs))
        assert answer.status_code in {200, 403, 404, 405, 409}, who
        assert changed(before, fingerprint()) <= AUDIT, who  # who read a document is on record


@pytest.mark.parametrize(("who", "purpose", "how"), [WITHOUT[0], WITHOUT[1]])
def test_the_api_gives_nothing_without_both_consents(places, client, who, purpose, how):
    from tests.promises.places import released

    released(places)
    header = {"authorization": f"Bearer {places.clear_token}"}
    home = "/api/v1/packages/"
    ones = [f"{home}{places.release.pk}/", f"{home}{places.release.pk}/file/"]
    assert client.get(home, headers=header).json()["count"] == 1
    assert [client.get(one, headers=header).status_code for one in ones] == [200, 200]
    how(places.case["sealed"], getattr(places.cast, who), purpose)
    before = fingerprint()
    assert client.get(home, headers=header).json()["count"] == 0
    assert [client.get(one, headers=header).status_code for one in ones] == [404, 404]
    assert changed(before, fingerprint()) == set()


def test_a_case_without_a_mediator_goes_back_to_the_consents_when_one_is_gone(places):
    """No mediator may see it in the queue again before both sides agree again."""
    from mediation.matching.access import queue_visible_to
    from mediation.matching.services import end_assignment

    case, cast = places.case["talking"], places.cast
    withdrawn(case, cast.party_b, Purpose.MEDIATE)
    end_assignment(actor=cast.mediator, assignment=places.assignment["talking"])
    case.refresh_from_db()
    assert case.state == "consenting"
    assert not queue_visible_to(cast.mediator).filter(pk=case.pk).exists()
    consents.give_consent(actor=cast.party_b, case=case, purpose=Purpose.MEDIATE, language="en")
    assert queue_visible_to(cast.mediator).filter(pk=case.pk).exists()


# --- And every way out stays open -------------------------------------------------------------


@pytest.mark.parametrize("act", WAYS_OUT, ids=str)
def test_ways_out_need_nobodys_consent(places, act):
    act.prepare(places)
    for user in (places.cast.party_a, places.cast.party_b):
        for purpose in NEEDED_TO_TALK:
            Consent.objects.filter(
                case=places.case[act.stage], participant__user=user, purpose=purpose
            ).update(withdrawn_at="2026-01-01T00:00Z")
    with transaction.atomic():
        before = fingerprint()
        act.call(places)
        assert changed(before, fingerprint()) != set()
        transaction.set_rollback(True)
    for door in act.doors:
        answer, touched = post(places, act, door)
        assert answer.status_code == 302
        assert touched != set()
