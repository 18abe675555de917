"""The pages do what they say, with and without a second window open."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Settlement, Signature
from mediation.settlements.selectors import draft_terms
from mediation.settlements.services import drafting, offering
from mediation.vault import services as vault
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import make_draft, make_settlement, shown_sha256

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def page(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"settlements:{name}", kwargs={"case_id": cast.case.pk, **more})


def as_person(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def draft_fields(settlement: Settlement, **changes: str) -> dict[str, str]:
    return {
        "edition": str(settlement.edition),
        "facts_summary": "What happened.",
        "issues": "First\n\n  Second  ",
        "settles": "All claims",
        "scope": "full",
        "unresolved_items": "",
        "default_clause": "",
        "costs_clause": "",
        "governing_law": "",
        "enforcement": "none",
        **changes,
    }


def obligation_fields(settlement: Settlement, **changes: str) -> dict[str, str]:
    return {
        "edition": str(settlement.edition),
        "debtor": "B",
        "creditor": "A",
        "kind": "pay",
        "description": "The loan",
        "amount": "100.00",
        "currency": "EUR",
        "instalments": "",
        **changes,
    }


def test_the_mediator_writes_a_draft_from_nothing_to_the_offer(cast: Cast) -> None:
    client = as_person(cast.mediator)
    assert client.post(page(cast, "start"), {"language": "en"}).status_code == 302
    settlement = Settlement.objects.get()
    assert "This is still missing" in text_of(client.get(page(cast, "draft")))
    client.post(page(cast, "draft"), draft_fields(settlement))
    settlement.refresh_from_db()
    fields = obligation_fields(
        settlement, instalments="2027-01-31 60.00\n2027-02-28 40.00", method="transfer"
    )
    assert client.post(page(cast, "add_obligation"), fields).status_code == 302
    settlement.refresh_from_db()
    terms = draft_terms(settlement)
    assert terms.issues == ("First", "Second")
    assert [str(part.amount) for part in terms.obligations[0].instalments] == ["60.00", "40.00"]
    assert not terms.statements.non_admission
    assert terms.statements.voluntariness
    assert "Nothing is missing" in text_of(client.get(page(cast, "draft")))
    client.post(page(cast, "offer"), {"edition": settlement.edition})
    settlement.refresh_from_db()
    assert settlement.state == S.OFFERED


def test_an_edit_in_an_old_window_keeps_what_was_typed(cast: Cast) -> None:
    settlement = make_draft(cast)
    client = as_person(cast.mediator)
    client.post(page(cast, "draft"), draft_fields(settlement, costs_clause="First window."))
    typed = draft_fields(settlement, costs_clause="Second window.")
    answer = client.post(page(cast, "draft"), typed)
    assert answer.status_code == 200
    assert "saved in another window" in text_of(answer)
    assert "Second window." in text_of(answer)
    settlement.refresh_from_db()
    assert draft_terms(settlement).costs_clause == "First window."
    edition = re.search(r'name="edition"[^>]*value="(\d+)"[^>]*>', answer.content.decode())
    assert edition is not None
    assert int(edition.group(1)) == settlement.edition
    client.post(page(cast, "draft"), {**typed, "edition": edition.group(1)})
    settlement.refresh_from_db()
    assert draft_terms(settlement).costs_clause == "Second window."


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("instalments", "tomorrow 5", "is not a day and an amount"),
        ("instalments", "2027-01-31 NaN", "is not a day and an amount"),
        ("instalments", "2027-01-31 -5", "is not a day and an amount"),
        ("amount", "0", "greater than or equal to 0.01"),
        ("debtor", "C", "Select a valid choice"),
        ("description", " ", "Say exactly what is to be done."),
        ("debtor", "", "Say who has to do it."),
    ],
)
def test_a_bad_term_is_shown_again_with_a_sentence(
    cast: Cast, field: str, value: str, told: str
) -> None:
    settlement = make_draft(cast)
    fields = obligation_fields(settlement, **{field: value})
    answer = as_person(cast.mediator).post(page(cast, "add_obligation"), fields)
    assert answer.status_code == 200
    assert told in text_of(answer)


def test_an_unknown_term_is_not_found(cast: Cast) -> None:
    make_draft(cast)
    client = as_person(cast.mediator)
    assert client.get(page(cast, "edit_obligation", obligation_id="o9")).status_code == 404
    assert client.get(page(cast, "edit_party", party_id="C")).status_code == 404


def test_an_organisation_needs_somebody_with_authority(cast: Cast) -> None:
    settlement = make_draft(cast)
    client = as_person(cast.mediator)
    fields = {"edition": settlement.edition, "kind": "organisation", "representative": "Cho"}
    answer = client.post(page(cast, "edit_party", party_id="B"), fields)
    assert "on what authority" in text_of(answer)
    client.post(page(cast, "edit_party", party_id="B"), {**fields, "authority": "legal"})
    settlement.refresh_from_db()
    assert draft_terms(settlement).parties[1].representative.name == "Cho"


def test_yes_and_another_text_weigh_the_same(cast: Cast) -> None:
    make_settlement(cast, stage="offered")
    html = as_person(cast.party_a).get(page(cast, "read")).content.decode()
    buttons = re.findall(
        r'<(?:a|button) class="(govuk-button[^"]*)"[^>]*>'
        r"\s*(I approve this text|I would like a change)",
        html,
    )
    assert buttons == [
        ("govuk-button", "I approve this text"),
        ("govuk-button", "I would like a change"),
    ]


def test_each_side_reads_who_owes_what_by_when(cast: Cast) -> None:
    make_settlement(cast, stage="offered")
    shown = text_of(as_person(cast.party_b).get(page(cast, "read")))
    for words in ("Bo Respondent", "EUR 1,200.00", "31 January 2027", "by bank transfer"):
        assert words in shown


def test_nothing_of_a_caucus_reaches_the_other_side(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    client = as_person(cast.party_b)
    client.post(page(cast, "ask_changes"), {"note": "caucus-B-canary", "version": "1"})
    settlement.refresh_from_db()
    assert settlement.state == S.DRAFTING
    for who, sees in (("party_a", False), ("party_b", True), ("mediator", True)):
        shown = as_person(getattr(cast, who)).get(page(cast, "read")).content.decode()
        assert ("caucus-B-canary" in shown) == sees, who
    draft = as_person(cast.mediator).get(page(cast, "draft")).content.decode()
    assert "caucus-A-canary" not in draft


def test_approving_through_the_page(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    for user in (cast.party_a, cast.party_b):
        client = as_person(user)
        html = client.get(page(cast, "read")).content.decode()
        sha256 = re.search(r'name="terms_sha256" value="(\w{64})"', html)
        assert sha256 is not None
        client.post(page(cast, "approve"), {"version": "1", "terms_sha256": sha256.group(1)})
    settlement.refresh_from_db()
    assert settlement.state == S.PREPARING
    assert "being made" in text_of(as_person(cast.party_a).get(page(cast, "read")))


def ask_for_code(client: Client, cast: Cast, sha256: str) -> str:
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(page(cast, "send_code"), {"document_sha256": sha256})
    found = re.search(r"\b\d{6}\b", mail.outbox[-1].subject + mail.outbox[-1].body)
    assert found is not None
    return found.group()


def test_signing_through_the_page(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    client, sha256 = as_person(cast.party_a), shown_sha256(settlement)
    shown = text_of(client.get(page(cast, "sign")))
    assert sha256 in shown
    assert "not a qualified signature" in shown
    fields = {"document_sha256": sha256, "typed_name": "ada  applicant", "code": "12 34"}
    assert "six digits" in text_of(client.post(page(cast, "sign"), fields))
    code = ask_for_code(client, cast, sha256)
    wrong = {**fields, "typed_name": "Bo Respondent", "code": code}
    assert "exactly like this: Ada Applicant" in text_of(client.post(page(cast, "sign"), wrong))
    wrong = {**fields, "code": f"{(int(code) + 1) % 10**6:06d}"}
    assert "wrong or too old" in text_of(client.post(page(cast, "sign"), wrong))
    assert not Signature.objects.exists()
    right = {**fields, "code": f"{code[:3]} {code[3:]}"}
    assert client.post(page(cast, "sign"), right).status_code == 302
    assert client.post(page(cast, "sign"), right).status_code == 302, "a double click"
    assert Signature.objects.count() == 1
    assert "You have signed" in text_of(client.get(page(cast, "read")))


def test_a_signature_in_between_is_told_kindly(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    client, old = as_person(cast.party_b), shown_sha256(settlement)
    code = ask_for_code(client, cast, old)
    other = as_person(cast.party_a)
    fields = {"document_sha256": old, "typed_name": "Ada Applicant"}
    other.post(page(cast, "sign"), {**fields, "code": ask_for_code(other, cast, old)})
    typed = {"document_sha256": old, "typed_name": "Bo Respondent", "code": code}
    answer = client.post(page(cast, "sign"), typed)
    assert "new fingerprint" in text_of(answer)
    assert shown_sha256(settlement) in answer.content.decode()
    assert Signature.objects.count() == 1


def test_without_consent_the_page_points_to_paper(cast: Cast) -> None:
    make_settlement(cast, stage="signing")
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.SIGNING)
    shown = text_of(as_person(cast.party_a).get(page(cast, "sign")))
    assert "Send me a code" not in shown
    assert "signed on paper" in shown


def test_the_file_is_a_download_that_cannot_run(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    answer = as_person(cast.party_b).get(page(cast, "pdf"))
    assert answer.content.startswith(b"%PDF-")
    disposition = answer.headers["Content-Disposition"]
    assert disposition == f'attachment; filename="{settlement.number}.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_not_signing_is_one_question_and_one_press(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    client = as_person(cast.party_a)
    assert "as good an answer as any" in text_of(client.get(page(cast, "refuse")))
    assert client.post(page(cast, "refuse")).status_code == 302
    settlement.refresh_from_db()
    assert settlement.state == S.REFUSED
    assert "Nothing was concluded" in text_of(as_person(cast.party_b).get(page(cast, "read")))


def test_the_sealed_settlement_shows_its_number_and_fingerprint(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealed")
    shown = text_of(as_person(cast.party_a).get(page(cast, "read")))
    assert settlement.document.verification_number in shown
    assert settlement.document.sha256 in shown


def test_the_settlement_stays_readable_when_names_and_talks_are_destroyed() -> None:
    """It is kept for years, the rest of the case for weeks."""
    cast = make_cast()
    make_settlement(cast, stage="sealed")
    vault.destroy_keys(
        case_id=cast.case.pk,
        compartments=["identity", "joint", "notes", "evidence", "caucus:A", "caucus:B"],
    )
    for user in (cast.party_a, cast.mediator):
        client = as_person(user)
        assert "Bo Respondent" in text_of(client.get(page(cast, "read")))
        assert client.get(page(cast, "pdf")).status_code == 200


def test_paper_through_the_page(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    client = as_person(cast.mediator)
    today = timezone.localdate(settlement.document.prepared_at)
    fields = {
        "signed_on_day": today.day,
        "signed_on_month": today.month,
        "signed_on_year": today.year,
    }
    assert "only when everybody has signed" in text_of(client.post(page(cast, "paper"), fields))
    assert client.post(page(cast, "paper"), {**fields, "is_signed": "on"}).status_code == 302
    settlement.refresh_from_db()
    assert settlement.state == S.PAPER
    assert "What binds is the paper" in text_of(as_person(cast.party_a).get(page(cast, "read")))


def test_nobody_sees_nothing() -> None:
    from mediation.settlements import access

    assert not access.settlements_visible_to(AnonymousUser()).exists()
    assert not access.change_requests_visible_to(AnonymousUser()).exists()


@pytest.mark.parametrize(("stage", "name"), [("offered", "read"), ("signing", "sign")])
def test_a_party_who_reads_another_language_is_warned(cast: Cast, stage: str, name: str) -> None:
    make_settlement(cast, stage=stage, language="zh-hans")
    words = "This text is in Chinese. Ask the mediator"
    assert words in text_of(as_person(cast.party_a).get(page(cast, name)))
    assert words not in text_of(as_person(cast.mediator).get(page(cast, name)))


def test_whoever_reads_the_language_of_the_text_is_not_warned(cast: Cast) -> None:
    make_settlement(cast, stage="offered")
    assert "Ask the mediator for" not in text_of(as_person(cast.party_a).get(page(cast, "read")))


def test_the_mediator_is_told_who_reads_another_language(cast: Cast) -> None:
    client = as_person(cast.mediator)
    words = "Bo Respondent reads these pages in Chinese."
    assert words not in text_of(client.get(page(cast, "start")))
    cast.party_b.language = "zh-hans"
    cast.party_b.save()
    assert words in text_of(client.get(page(cast, "start")))
    make_draft(cast)
    assert words in text_of(client.get(page(cast, "draft")))


def test_a_later_version_shows_what_changed_since_the_one_before(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="offered")
    reader = as_person(cast.party_b)
    assert "What has changed" not in text_of(reader.get(page(cast, "read")))
    first = settlement.versions.get()
    offering.request_changes(actor=cast.party_a, version=first, note="private-wish-canary")
    settlement.refresh_from_db()
    drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"default_clause": "The whole rest falls due."},
    )
    settlement.refresh_from_db()
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    for answer in (
        reader.get(page(cast, "read")),
        reader.get(page(cast, "version", number=2)),
    ):
        assert "What has changed since version 1" in text_of(answer)
        assert "<ins>" in answer.content.decode()
        assert "New: The whole rest falls due." in text_of(answer)
        assert "private-wish-canary" not in answer.content.decode()
    assert "What has changed" not in text_of(reader.get(page(cast, "version", number=1)))


def test_a_ready_term_fills_the_form_and_is_not_offered_with_a_blank(cast: Cast) -> None:
    settlement = make_draft(cast)
    mediator = as_person(cast.mediator)
    address = page(cast, "add_obligation")
    listed = mediator.get(address).content.decode()
    assert 'href="?clause=waive-interest"' in listed
    assert "quiet-hours" not in listed  # the cast's dispute is about a loan
    form = mediator.get(address + "?clause=waive-interest").context["form"]
    assert form["kind"].value() == "waive"
    assert "[3 March 2025]" in form["description"].value()
    assert mediator.get(address + "?clause=nothing").context["form"]["description"].value() is None
    fields = {"debtor": "A", "creditor": "B", "kind": "waive", "edition": settlement.edition}
    mediator.post(address, {**fields, "description": form["description"].value()})
    settlement.refresh_from_db()
    assert "Something in brackets is left" in text_of(mediator.get(page(cast, "draft")))
    mediator.post(page(cast, "offer"), {"edition": settlement.edition})
    settlement.refresh_from_db()
    assert settlement.state == S.DRAFTING


def test_text_typed_in_several_lines_can_be_offered(cast: Cast) -> None:
    """Browsers send a line end as CR and LF, and tables bring tabs."""
    settlement = make_draft(cast)
    mediator = as_person(cast.mediator)
    fields = draft_fields(settlement, facts_summary="First.\r\n\r\nSecond,\tthird.")
    mediator.post(page(cast, "draft"), fields)
    settlement.refresh_from_db()
    assert draft_terms(settlement).facts_summary == "First.\n\nSecond, third."
    mediator.post(page(cast, "offer"), {"edition": settlement.edition})
    settlement.refresh_from_db()
    assert settlement.state == S.OFFERED
