"""The ledger of consents: every yes and every taking back is a link, and the chain is proven."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from django.conf import settings as configured
from django.urls import reverse

from mediation.audit import selectors as audit
from mediation.audit.models import EntryDetail
from mediation.cases.enums import Purpose
from mediation.cases.models import Consent, Receipt
from mediation.cases.services import consents, receipts
from mediation.profiles.selectors import consent_text
from mediation.vault import services as vault
from mediation.verification.enums import Finding, Kind, Verdict
from mediation.verification.services import verify
from tests.factories.cast import make_cast

pytestmark = pytest.mark.django_db
STAGE = "consenting"
SCHEMA = json.loads(
    (Path(configured.BASE_DIR) / "docs/schemas/heyi-consent-receipt-2.schema.json").read_text()
)


def give(cast, purpose=Purpose.VIDEO, user=None):
    return consents.give_consent(
        actor=user or cast.party_a, case=cast.case, purpose=purpose, language="en"
    )


def take_back(cast, purpose=Purpose.VIDEO):
    return consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=purpose)


def part_of(cast, user=None):
    return cast.case.participants.get(user=user or cast.party_a)


def chain(cast):
    give(cast)
    take_back(cast)
    give(cast)
    return receipts.ledger(part=part_of(cast))


def as_file(signed):
    return json.dumps(signed, ensure_ascii=False, indent=1).encode()


@pytest.mark.parametrize("purpose", [one for one in Purpose if one != Purpose.RELEASE])
def test_a_receipt_is_as_the_published_schema_says(cast, purpose):
    for consent in (give(cast, purpose), take_back(cast, purpose)):
        jsonschema.validate(consents.receipt(consent=consent), SCHEMA)


def test_giving_and_taking_back_are_both_links_and_giving_twice_is_none(cast):
    give(cast)
    give(cast)
    take_back(cast)
    give(cast)

    links = Receipt.objects.filter(participant=part_of(cast))
    assert [link.number for link in links] == [1, 2, 3]
    said = [link.signed["statement"] for link in links]
    assert [one["status"] for one in said] == ["given", "withdrawn", "given"]
    assert [one["previous_receipt_hash"] for one in said] == [
        None,
        links[0].sha256,
        links[1].sha256,
    ]
    assert [event["status"] for event in said[1]["history"]] == ["given", "withdrawn"]


def test_each_person_has_a_chain_of_their_own(cast):
    give(cast)
    give(cast, user=cast.party_b)

    numbers = Receipt.objects.values_list("participant", "number")
    assert {number for _part, number in numbers} == {1}
    assert len(numbers) == 2


def test_a_receipt_names_nobody_and_says_until_when(cast):
    said = consents.receipt(consent=give(cast, Purpose.MEDIATE))["statement"]

    assert not re.search(r"\bAda\b|\bBo\b|people\.example", json.dumps(said))
    assert {one["what"] for one in said["retention"]} >= {"joint", "caucus", "shell"}
    assert said["notice"]["sha256"] == consent_text(Purpose.MEDIATE).sha256


def test_the_whole_chain_is_found_genuine(cast):
    report = verify(as_file(chain(cast)))

    assert (report.kind, report.verdict) == (Kind.LEDGER, Verdict.GENUINE)
    assert verify(as_file(receipts.ledger(part=part_of(cast, cast.party_b)))).verdict == (
        Verdict.GENUINE
    )


def missing(statement):
    del statement["receipts"][1]


def swapped(statement):
    statement["receipts"][0:2] = statement["receipts"][1::-1]


def first_gone(statement):
    del statement["receipts"][0]


def changed(statement):
    statement["receipts"][1]["statement"]["purpose"] = "online"


def nonsense(statement):
    statement["receipts"] = ["x", None]


@pytest.mark.parametrize("harm", [missing, swapped, first_gone, changed, nonsense])
def test_a_chain_that_was_tampered_with_is_told_even_when_signed_again(cast, harm):
    statement = chain(cast)["statement"]
    harm(statement)

    report = verify(as_file(vault.sign_statement(statement=statement)))

    assert report.findings == (Finding.CHAIN_BROKEN,)


def test_a_receipt_of_somebody_else_breaks_the_chain(cast):
    mine, theirs = chain(cast), give(cast, user=cast.party_b)
    statement = {**mine["statement"], "receipts": [consents.receipt(consent=theirs)]}
    statement["receipts"].append(mine["statement"]["receipts"][1])

    assert not receipts.holds_together(statement["receipts"], vault.public_key_pem())


def test_a_receipt_of_the_first_kind_is_still_found_genuine(cast):
    consent = give(cast)
    Receipt.objects.all().delete()  # as it was before there were chains
    signed = consents.receipt(consent=Consent.objects.select_related("case__center").get())

    assert signed["statement"]["schema"] == "heyi-consent-receipt-1"
    assert verify(as_file(signed)).verdict == Verdict.GENUINE
    assert signed["statement"]["receipt_id"] == str(consent.pk)


# --- What a consent allowed is on record with it -------------------------------------------------


def facts_of(case, action):
    rows = EntryDetail.objects.filter(case_id=case.pk).select_related("entry")
    leaves = [(json.loads(bytes(row.entry.leaf)), json.loads(bytes(row.details))) for row in rows]
    return [details["facts"] for leaf, details in leaves if leaf["action"] == action]


def test_that_talk_opened_names_the_consents_that_allow_it():
    cast = make_cast("mediating")
    (facts,) = facts_of(cast.case, "talk.opened")
    given = Consent.objects.filter(purpose__in=("mediate", "online"))

    assert set(facts) == {"mediate_a", "mediate_b", "online_a", "online_b"}
    assert set(facts.values()) == {str(row.pk) for row in given}


def test_a_talk_that_is_opened_again_names_the_new_consent():
    cast = make_cast("mediating")
    take_back(cast, Purpose.ONLINE)
    again = give(cast, Purpose.ONLINE)

    assert facts_of(cast.case, "talk.opened")[-1]["online_a"] == str(again.pk)
    assert audit.history_for_case(cast.case.pk)


# --- Pages --------------------------------------------------------------------------------------


def test_a_party_reads_and_downloads_their_own_alone(cast, client):
    give(cast)
    give(cast, Purpose.SIGNING, cast.party_b)
    give(cast, Purpose.ONLINE, cast.party_b)
    client.force_login(cast.party_a)
    case = cast.case.pk

    text = client.get(reverse("cases:ledger", args=[case])).content.decode()
    assert "Video calls" in text
    assert "Signing electronically" not in text
    assert client.get(reverse("cases:link_file", args=[case, 1])).json() == (
        Receipt.objects.get(participant=part_of(cast)).signed
    )
    assert client.get(reverse("cases:link_file", args=[case, 2])).status_code == 404
    ledger = client.get(reverse("cases:ledger_file", args=[case])).content
    assert verify(ledger).verdict == Verdict.GENUINE


@pytest.mark.parametrize("name", ["cases:ledger", "cases:ledger_file"])
@pytest.mark.parametrize("who", ["mediator", "coordinator", "other_staff", "clerk", "stranger"])
def test_nobody_else_does(cast, client, name, who):
    client.force_login(getattr(cast, who))
    assert client.get(reverse(name, args=[cast.case.pk])).status_code == 404


@pytest.mark.parametrize("purpose", Purpose)
def test_every_text_can_be_read_in_both_languages_by_anybody(client, purpose):
    text = consent_text(purpose)
    page = client.get(reverse("cases:text", args=[purpose, text.version])).content.decode()

    assert all(title in page for title in text.title.values())
    assert text.sha256 in page
    assert 'lang="zh-Hans"' in page
    assert client.get(reverse("cases:text", args=[purpose, 99])).status_code == 404


def test_the_address_in_a_receipt_is_where_the_text_is(cast, client):
    said = consents.receipt(consent=give(cast))["statement"]["notice"]
    path = said["address"].removeprefix(configured.PUBLIC_URL)

    assert said["sha256"] in client.get(path).content.decode()
