"""Every URL as the standing cast, at every stage."""

import pytest
from django.test import Client
from django.urls import reverse

from mediation.settlements import access
from mediation.settlements.models import Settlement
from tests.factories.cast import NAMES, Cast, make_cast
from tests.factories.settlements import make_settlement

pytestmark = pytest.mark.django_db
INSIDE = ("party_a", "party_b", "mediator")
PARTIES = {"party_a": 200, "party_b": 200}
MEDIATOR = {"mediator": 200}
# (stage, page): who gets what; everybody who is not named gets 404, nobody is sent to sign in.
READS = {
    ("drafting", "read"): {**PARTIES, **MEDIATOR},
    ("drafting", "start"): MEDIATOR,
    ("drafting", "draft"): MEDIATOR,
    ("drafting", "preview"): MEDIATOR,
    ("drafting", "add_obligation"): MEDIATOR,
    ("drafting", "edit_obligation"): MEDIATOR,
    ("drafting", "edit_party"): MEDIATOR,
    ("drafting", "add_guarantor"): MEDIATOR,
    ("drafting", "edit_guarantor"): {},
    ("drafting", "version"): {},
    ("drafting", "ask_changes"): {},
    ("drafting", "sign"): {"mediator": 302},
    ("drafting", "refuse"): {"mediator": 302},
    ("drafting", "paper"): {"mediator": 302},
    ("drafting", "pdf"): {"mediator": 409},
    ("offered", "read"): {**PARTIES, **MEDIATOR},
    ("offered", "version"): {**PARTIES, **MEDIATOR},
    ("offered", "comment"): {**PARTIES, "mediator": 302},
    ("drafting", "comment"): {},
    ("offered", "draft"): {"mediator": 409},
    ("offered", "ask_changes"): {**PARTIES, "mediator": 302},
    ("offered", "sign"): {"party_a": 302, "party_b": 302, "mediator": 302},
    ("offered", "pdf"): {"party_a": 409, "party_b": 409, "mediator": 409},
    ("preparing", "read"): {**PARTIES, **MEDIATOR},
    ("signing", "read"): {**PARTIES, **MEDIATOR},
    ("signing", "sign"): {**PARTIES, **MEDIATOR},
    ("signing", "freedom"): {**PARTIES, "mediator": 302},
    ("signing", "tell_mediator"): {**PARTIES, "mediator": 302},
    ("offered", "freedom"): {"party_a": 302, "party_b": 302, "mediator": 302},
    ("signing", "refuse"): {**PARTIES, "mediator": 302},
    ("signing", "paper"): {"party_a": 302, "party_b": 302, "mediator": 200},
    ("signing", "pdf"): {**PARTIES, **MEDIATOR},
}
POSTS = {
    ("drafting", "start"): {"mediator": 200},
    ("drafting", "offer"): {"mediator": 409},
    ("drafting", "choose_paper"): {"mediator": 302},
    ("drafting", "remove_obligation"): {"mediator": 409},
    ("drafting", "remove_guarantor"): {"mediator": 409},
    ("offered", "approve"): {"party_a": 409, "party_b": 409, "mediator": 403},
    ("offered", "reopen"): {"mediator": 302},
    ("signing", "send_code"): {"party_a": 409, "party_b": 409, "mediator": 409},
    ("signing", "freedom"): {**PARTIES, "mediator": 302},
    ("signing", "tell_mediator"): {**PARTIES, "mediator": 302},
    ("signing", "refuse"): {"mediator": 403, "party_a": 302, "party_b": 409},
}
STAGES = sorted({stage for stage, _page in [*READS, *POSTS]})


def url(name: str, cast: Cast) -> str:
    extra = {
        "version": {"number": 1},
        "edit_obligation": {"obligation_id": "o1"},
        "remove_obligation": {"obligation_id": "o1"},
        "edit_party": {"party_id": "A"},
        "comment": {"clause": "o1"},
        "edit_guarantor": {"guarantor_id": "g1"},
        "remove_guarantor": {"guarantor_id": "g1"},
    }
    return reverse(f"settlements:{name}", kwargs={"case_id": cast.case.pk, **extra.get(name, {})})


@pytest.mark.parametrize("stage", STAGES)
def test_every_page_at_a_stage(client: Client, stage: str) -> None:
    cast = make_cast("mediating")
    make_settlement(cast, stage=stage)
    for (at, page), allowed in READS.items():
        if at == stage:
            _try(client, cast, page, allowed, method="get")
    for (at, page), allowed in POSTS.items():
        if at == stage:
            _try(client, cast, page, allowed, method="post")


def _try(client: Client, cast: Cast, page: str, allowed: dict[str, int], *, method: str) -> None:
    address = url(page, cast)
    client.logout()
    answer = getattr(client, method)(address)
    assert answer.status_code == 302, page
    assert reverse("account_request_login_code") in answer.headers["Location"]
    for who in sorted(NAMES, key=lambda name: (name not in allowed, name)):
        client.force_login(
            getattr(cast, who), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        answer = getattr(client, method)(address)
        assert answer.status_code == allowed.get(who, 404), (page, method, who)


def test_a_draft_is_invisible_until_it_is_offered() -> None:
    cast = make_cast("mediating")
    make_settlement(cast, stage="drafting")
    for who in NAMES:
        seen = access.settlements_visible_to(getattr(cast, who)).exists()
        assert seen == (who == "mediator"), who


def test_an_offered_text_is_for_the_people_in_the_case() -> None:
    cast = make_cast("mediating")
    make_settlement(cast, stage="offered")
    for who in NAMES:
        user = getattr(cast, who)
        assert access.settlements_visible_to(user).exists() == (who in INSIDE), who
        assert access.versions_visible_to(user).exists() == (who in INSIDE), who


def test_whoever_left_sees_nothing_any_more() -> None:
    cast = make_cast("mediating")
    settlement = make_settlement(cast, stage="offered")
    cast.case.participants.filter(user=cast.party_b).update(left_at=cast.case.state_since)
    assert not access.settlements_visible_to(cast.party_b).exists()
    assert access.settlements_visible_to(cast.party_a).get() == settlement
    assert Settlement.objects.count() == 1
