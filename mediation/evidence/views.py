from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from mediation.accounts.access import person
from mediation.cases.access import cases_visible_to, party_of, require_party
from mediation.cases.models import Case
from mediation.cases.selectors import others_in
from mediation.cases.services.looking import Look, note_look
from mediation.core.downloads import as_download
from mediation.core.errors import require
from mediation.evidence import access, selectors
from mediation.evidence.forms import DocumentForm, InMemoryUpload
from mediation.evidence.models import Document
from mediation.evidence.services import documents as services


@csrf_exempt  # the check reads the body, so it comes after the choice of where a file goes
@require_http_methods(["GET", "POST"])
def documents(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    """The documents of a case, and the form to bring one."""
    request.upload_handlers = [InMemoryUpload(request)]
    return _documents(request, case_id)


@csrf_protect
def _documents(request: HttpRequest, case_id: UUID) -> HttpResponseBase:
    case = get_object_or_404(cases_visible_to(request.user), pk=case_id)
    if request.method == "POST":
        return _upload(request, case)
    return _page(request, case, _empty_form(request, case))


def _upload(request: HttpRequest, case: Case) -> HttpResponse:
    part = require_party(person(request.user), case)
    form = DocumentForm(request.POST, request.FILES, side=access.side_of(part))
    if not form.is_valid():
        return _refuse(request, case, form)
    upload = form.cleaned_data["file"]
    services.add_document(
        actor=person(request.user),
        case=case,
        audience=form.cleaned_data["audience"],
        name=upload.name,
        content=upload.file,
    )
    messages.success(request, _("The document is added."))
    return _accept(request, case)


def _accept(request: HttpRequest, case: Case) -> HttpResponse:
    if _is_script(request):
        return JsonResponse({"next": reverse("evidence:list", args=[case.pk])}, status=201)
    return redirect("evidence:list", case_id=case.pk)


def _refuse(request: HttpRequest, case: Case, form: DocumentForm) -> HttpResponse:
    if _is_script(request):
        problems = [str(error) for errors in form.errors.values() for error in errors]
        return JsonResponse({"errors": problems}, status=400)
    return _page(request, case, form)


def _is_script(request: HttpRequest) -> bool:
    """Whether the page's own script asks, which wants to know and not to show."""
    kinds = ["text/html", "application/json"]
    return request.get_preferred_type(kinds) == "application/json"


def _empty_form(request: HttpRequest, case: Case) -> DocumentForm | None:
    part = party_of(person(request.user), case)
    if part is None or not access.can_add_document(request.user, case):
        return None
    return DocumentForm(side=access.side_of(part))


def _page(request: HttpRequest, case: Case, form: DocumentForm | None) -> HttpResponse:
    user = person(request.user)
    note_look(actor=user, case=case, look=Look.DOCUMENTS)
    lines, gone = selectors.documents_of(user, case), selectors.gone_documents(user, case)
    names = others_in(user, case)
    context = {"case": case, "form": form, "lines": lines, "gone": gone, "names": names}
    return render(request, "evidence/list.html", context)


@require_GET
def download(request: HttpRequest, case_id: UUID, pk: UUID) -> HttpResponse:
    """The file, whole, to be saved and never shown or run within our pages."""
    document = _document(request, case_id, pk)
    content = services.open_document(actor=person(request.user), document=document)
    name = selectors.file_name(document)
    return as_download(content, name=name, media_type=document.media_type)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, case_id: UUID, pk: UUID) -> HttpResponse:
    """Take one's own document back, after one question."""
    document = _document(request, case_id, pk)
    require(access.can_withdraw_document(request.user, document))
    if request.method == "POST":
        services.withdraw_document(actor=person(request.user), document=document)
        messages.success(request, _("The document is taken back and destroyed."))
        return redirect("evidence:list", case_id=case_id)
    context = {"document": document, "file_name": selectors.file_name(document)}
    return render(request, "evidence/withdraw.html", context)


@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, case_id: UUID, pk: UUID) -> HttpResponse:
    """Show everybody one's own private document, after seeing what they get."""
    document = _document(request, case_id, pk)
    require(access.can_release_document(request.user, document))
    if request.method == "POST":
        services.release_document(actor=person(request.user), document=document)
        messages.success(request, _("Everybody in this case can open the document now."))
        return redirect("evidence:list", case_id=case_id)
    context = {"document": document, "file_name": selectors.file_name(document)}
    context["names"] = others_in(person(request.user), document.case)
    return render(request, "evidence/release.html", context)


def _document(request: HttpRequest, case_id: UUID, pk: UUID) -> Document:
    case = get_object_or_404(cases_visible_to(request.user), pk=case_id)
    rows = access.documents_visible_to(request.user).filter(case=case)
    return get_object_or_404(rows.select_related("case", "file", "participant__side"), pk=pk)
