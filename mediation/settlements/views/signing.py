"""Signing pages: look at the document, type one's name, confirm with a passkey or a mailed code,
sign; or decide not to.
"""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import passkeys_visible_to, person
from mediation.accounts.services import WrongCode
from mediation.accounts.services.passkeys import PasskeyRefused
from mediation.cases import access as case_access
from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.settlements import access
from mediation.settlements.document.sheet import lay_out
from mediation.settlements.forms import answers as forms
from mediation.settlements.models import Document, Revision, Settlement
from mediation.settlements.selectors import (
    Signer,
    document_of,
    language_warning,
    last_revision,
    signer_for,
    signers,
    version_terms,
)
from mediation.settlements.selectors.freedom import has_confirmed_freedom
from mediation.settlements.services import signing

KEPT = ("typed_name", "drawing")  # what somebody entered before they asked for a code


def sign(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The document, its fingerprint, and the signature."""
    return _sign_page(request, _settlement(request, case_id), request.POST or None, {})


def _sign_page(
    request: HttpRequest, settlement: Settlement, given: QueryDict | None, kept: dict[str, str]
) -> HttpResponse:
    """What was `given` is judged and signs; what is `kept` only stands in its fields again."""
    document, revision, place = _place(request, settlement)
    if document is None or revision is None or place is None or place.signature is not None:
        return redirect("settlements:read", settlement.case_id)
    if place.participant.side_id and not has_confirmed_freedom(place.participant, document):
        return redirect("settlements:freedom", settlement.case_id)
    form = forms.SignForm(given, name=place.name, current_sha256=revision.sha256, initial=kept)
    if form.is_valid() and _signed(request, settlement, form):
        messages.success(request, _("You have signed."))
        return redirect("settlements:read", settlement.case_id)
    context = {**_shown(settlement, document), "form": form, "place": place, "revision": revision}
    context["language_warning"] = language_warning(request.user, settlement)
    context["has_passkey"] = passkeys_visible_to(request.user).exists()
    context["passkey_domain"] = settings.PASSKEY_DOMAIN
    return render(request, "settlements/sign.html", context)


def _signed(request: HttpRequest, settlement: Settlement, form: forms.SignForm) -> bool:
    """Whether it worked. What went wrong with the check belongs on this page."""
    given = {
        "actor": person(request.user),
        "settlement": settlement,
        "document_sha256": form.cleaned_data["document_sha256"],
        "drawing": form.cleaned_data["drawing"],
    }
    answer = form.cleaned_data["answer"]
    try:
        if answer:
            signing.confirm_with_passkey_and_sign(**given, answer=answer)
        else:
            signing.confirm_and_sign(**given, code=form.cleaned_data["code"])
    except WrongCode as refusal:
        form.add_error("code", str(refusal.message))
    except PasskeyRefused as refusal:
        form.add_error(None, f"{refusal.title}. {refusal.message}")
    return not form.errors


def _shown(settlement: Settlement, document: Document) -> dict[str, Any]:
    terms = version_terms(document.version)
    consents = case_access.all_sides_consent(settlement.case_id, *NEEDED_TO_TALK, Purpose.SIGNING)
    return {
        "case": settlement.case,
        "settlement": settlement,
        "document": document,
        "terms": terms,
        "sheet": lay_out(terms),
        "signers": signers(document),
        "has_consents": consents,
    }


@require_http_methods(["GET", "POST"])
def send_code(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Mail a code for the document whose hash the page showed. The signing page comes back at this
    address with what was typed and drawn: a redirect would lose it, or keep it somewhere.
    """
    settlement = _settlement(request, case_id)
    if request.method == "GET":  # the address was opened once more
        return redirect("settlements:sign", case_id)
    signing.send_signing_code(
        actor=person(request.user),
        settlement=settlement,
        document_sha256=request.POST.get("document_sha256", ""),
    )
    messages.success(request, _("A code is on its way to your e-mail address."))
    kept = {name: request.POST.get(name, "") for name in KEPT}
    return _sign_page(request, settlement, None, kept)


@require_POST
def passkey_options(request: HttpRequest, case_id: UUID) -> JsonResponse:
    """What the browser needs to have the document the page showed confirmed by a passkey."""
    options = signing.begin_passkey(
        actor=person(request.user),
        settlement=_settlement(request, case_id),
        document_sha256=request.POST.get("document_sha256", ""),
    )
    return JsonResponse(options)


def refuse(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Ask once whether it is meant, then end the signing."""
    settlement = _settlement(request, case_id)
    if request.method == "POST":
        signing.refuse_to_sign(actor=person(request.user), settlement=settlement)
        messages.success(request, _what_ended(settlement))
        return redirect("desk:case", case_id)
    if not access.can_refuse(request.user, settlement):
        return redirect("settlements:read", case_id)
    context = {"case": settlement.case, "settlement": settlement}
    return render(request, "settlements/refuse.html", context)


def _what_ended(settlement: Settlement) -> str:
    if settlement.is_oral:
        return _("The text is off the table. Nothing was concluded.")
    return _("The signing has ended. Nothing was concluded.")


def _settlement(request: HttpRequest, case_id: UUID) -> Settlement:
    rows = access.settlements_visible_to(request.user).filter(case=case_id)
    settlement = rows.select_related("case").order_by("-created_at").first()
    if settlement is None:
        raise Http404
    return settlement


def _place(
    request: HttpRequest, settlement: Settlement
) -> tuple[Document | None, Revision | None, Signer | None]:
    document = document_of(settlement)
    if document is None or not access.can_sign(request.user, settlement):
        return None, None, None
    document.version.settlement = settlement
    return document, last_revision(document), signer_for(person(request.user), document)
