"""Consents: each purpose its own control, giving and taking back with one press each."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from mediation.accounts.access import person
from mediation.cases import access
from mediation.cases.enums import Purpose
from mediation.cases.models import Case, Consent, Participant
from mediation.cases.selectors import consent_choices, news_of_consent
from mediation.cases.selectors.dates import dates_known_to
from mediation.cases.services import consents, receipts
from mediation.core.downloads import as_json_download
from mediation.profiles.selectors import consent_text, consent_versions


def page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Every purpose with its text, its state and its one button."""
    case = _case(request, case_id)
    part = access.party_of(request.user, case)
    if part is None:
        raise Http404
    context = {
        "case": case,
        "choices": consent_choices(request.user, case),
        "dates": dates_known_to(part),
    }
    return render(request, "cases/consents.html", context)


@require_POST
def give(request: HttpRequest, case_id: UUID, purpose: str) -> HttpResponse:
    case = _case(request, case_id)
    consent = consents.give_consent(
        actor=person(request.user),
        case=case,
        purpose=_purpose(purpose),
        language=get_language() or "en",
        read=request.POST.get("text", ""),
    )
    messages.success(request, " ".join(map(str, news_of_consent(consent))))
    return redirect("cases:consents", case.pk)


@require_POST
def withdraw(request: HttpRequest, case_id: UUID, purpose: str) -> HttpResponse:
    case = _case(request, case_id)
    consent = consents.withdraw_consent(
        actor=person(request.user), case=case, purpose=_purpose(purpose)
    )
    messages.success(request, " ".join(map(str, news_of_consent(consent))))
    return redirect("cases:consents", case.pk)


def receipt(request: HttpRequest, case_id: UUID, consent_id: UUID) -> HttpResponse:
    """The receipt as a page to read and print."""
    consent = _own_consent(request, case_id, consent_id)
    context = {
        "case": consent.case,
        "consent": consent,
        "text": consent_text(consent.purpose, consent.text_version),
    }
    return render(request, "cases/receipt.html", context)


def receipt_file(request: HttpRequest, case_id: UUID, consent_id: UUID) -> HttpResponse:
    """The receipt as a signed file."""
    consent = _own_consent(request, case_id, consent_id)
    name = f"heyi-consent-{consent.purpose}-{consent.case.number}.json"
    return as_json_download(consents.receipt(consent=consent), name=name)


@require_GET
def ledger(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Every receipt of one's own in this case, oldest first."""
    part = _own_part(request, case_id)
    links = part.receipts.select_related("consent")
    return render(request, "cases/ledger.html", {"case": part.case, "links": links})


@require_GET
def ledger_file(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """All of them as one signed file."""
    part = _own_part(request, case_id)
    name = f"heyi-consents-{part.case.number}.json"
    return as_json_download(receipts.ledger(part=part), name=name)


@require_GET
def link_file(request: HttpRequest, case_id: UUID, number: int) -> HttpResponse:
    """One of them as it was issued."""
    part = _own_part(request, case_id)
    link = get_object_or_404(part.receipts, number=number)
    return as_json_download(link.signed, name=f"heyi-consent-{number}-{part.case.number}.json")


@login_not_required
@require_GET
def text(request: HttpRequest, purpose: str, version: int) -> HttpResponse:
    """One version of a consent's text in every language, for whoever holds a receipt of it."""
    if purpose not in Purpose.values or version not in consent_versions(purpose):
        raise Http404
    found = consent_text(purpose, version)
    return render(request, "cases/text.html", {"text": found, "languages": list(found.body)})


def _own_part(request: HttpRequest, case_id: UUID) -> Participant:
    part = access.party_of(request.user, _case(request, case_id))
    if part is None:
        raise Http404
    return part


def _own_consent(request: HttpRequest, case_id: UUID, consent_id: UUID) -> Consent:
    rows = Consent.objects.select_related("case__center").filter(
        case__in=access.cases_visible_to(request.user), participant__user=person(request.user)
    )
    return get_object_or_404(rows, case_id=case_id, pk=consent_id)


def _case(request: HttpRequest, case_id: UUID) -> Case:
    return get_object_or_404(access.cases_visible_to(request.user), pk=case_id)


def _purpose(name: str) -> Purpose:
    if name not in Purpose.values or name == Purpose.RELEASE:
        raise Http404  # a release is given where its court is named
    return Purpose(name)
