"""What is stored about me, a copy of all of it, and the way out."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from mediation.accounts.access import person
from mediation.accounts.services import WrongCode
from mediation.core.downloads import as_download
from mediation.rights.forms.requests import DeleteForm
from mediation.rights.selectors import my_data
from mediation.rights.services import account
from mediation.rights.services.copy import download_everything


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """Everything that is stored about the person, with a link to each case's own page."""
    return render(request, "rights/data.html", {"held": my_data(person(request.user))})


@require_POST
def download(request: HttpRequest) -> HttpResponse:
    """A ZIP with all of it; made for this answer and not kept."""
    content = download_everything(actor=person(request.user))
    name = f"heyi-{timezone.localdate():%Y-%m-%d}.zip"
    return as_download(content, name=name, media_type="application/zip")


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """What deleting the account means; with the code from the mail it is done."""
    actor = person(request.user)
    form = DeleteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _deleted(request, form):
        messages.success(request, _("Your account is deleted."))
        return redirect("core:home")
    context = {"form": form, "why_not": account.why_not(actor)}
    return render(request, "rights/delete.html", context)


def _deleted(request: HttpRequest, form: DeleteForm) -> bool:
    try:
        account.confirm_and_delete(actor=person(request.user), code=form.cleaned_data["code"])
    except WrongCode as refusal:
        form.add_error("code", str(refusal.message))
        return False
    logout(request)
    return True


@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    """Mail the code."""
    account.send_deletion_code(actor=person(request.user))
    messages.success(request, _("A code is on its way to your e-mail address."))
    return redirect("rights:delete")
