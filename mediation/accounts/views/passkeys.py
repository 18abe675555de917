"""Passkeys: one's own pages for them, and signing in with one."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url, perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mediation.accounts.access import passkeys_visible_to, person
from mediation.accounts.forms import (
    AddPasskeyForm,
    ConfirmationCodeForm,
    PasskeyAnswerForm,
    PasskeyNameForm,
)
from mediation.accounts.models import Passkey
from mediation.accounts.services import WrongCode, passkeys
from mediation.accounts.services.passkeys import PasskeyRefused
from mediation.core.errors import InvalidInput, require
from mediation.core.limits import count_try

# Session keys: the challenge this visitor was given to sign in, and where a fresh check leads.
CHALLENGE, NEXT = "passkey_challenge", "passkey_next"
SIGN_INS_PER_MINUTE = 30  # from one address, which many people may share
SECONDS = 60


# --- One's own passkeys -------------------------------------------------------------------------


def own(request: HttpRequest) -> HttpResponse:
    """The passkeys one signs in with."""
    rows = passkeys_visible_to(request.user)
    return render(request, "accounts/passkeys.html", {"passkeys": rows})


@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The fresh check: a code by mail, then on to what one wanted."""
    form = ConfirmationCodeForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and "code" not in request.POST:
        passkeys.send_code(actor=person(request.user), session=_session(request))
        messages.success(request, _("A code is on its way to your e-mail address."))
        return redirect("accounts:passkey_code")
    if form.is_bound and form.is_valid() and _is_confirmed(request, form):
        wanted = request.session.pop(NEXT, "")
        if wanted:
            return redirect("accounts:passkey_remove", wanted)
        return redirect("accounts:passkey_add")
    return render(request, "accounts/passkey_code.html", {"form": form})


def _is_confirmed(request: HttpRequest, form: ConfirmationCodeForm) -> bool:
    given, actor = form.cleaned_data["code"], person(request.user)
    try:
        passkeys.confirm(actor=actor, session=_session(request), code=given)
    except WrongCode as wrong:
        form.add_error("code", str(wrong.message))
        return False
    return True


def _is_fresh(request: HttpRequest) -> bool:
    return passkeys.is_fresh(actor=person(request.user), session=_session(request))


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _to_code(request: HttpRequest, wanted: str) -> HttpResponse:
    request.session[NEXT] = wanted
    return redirect("accounts:passkey_code")


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Name the passkey; the browser makes it and this takes its answer."""
    if not _is_fresh(request):
        return _to_code(request, "")
    form = AddPasskeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_added(request, form):
        messages.success(request, _("You can sign in with your passkey from now on."))
        return redirect("accounts:passkeys")
    context = {"form": form, "passkey_domain": settings.PASSKEY_DOMAIN}
    return render(request, "accounts/passkey_add.html", context)


def _is_added(request: HttpRequest, form: AddPasskeyForm) -> bool:
    try:
        passkeys.add_passkey(
            actor=person(request.user), session=_session(request), **form.cleaned_data
        )
    except PasskeyRefused:
        form.add_error("name", _("The passkey was not accepted. Please try once more."))
        return False
    return True


@require_POST
def add_options(request: HttpRequest) -> JsonResponse:
    """What the browser needs to make a passkey."""
    options = passkeys.begin_adding(actor=person(request.user), session=_session(request))
    return JsonResponse(options)


@require_http_methods(["GET", "POST"])
def rename(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Another name for one of one's passkeys."""
    passkey = _passkey(request, passkey_id)
    form = PasskeyNameForm(request.POST or None, initial={"name": passkey.name})
    if request.method == "POST" and form.is_valid():
        passkeys.rename_passkey(actor=person(request.user), passkey=passkey, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:passkeys")
    return render(request, "accounts/passkey_rename.html", {"form": form, "passkey": passkey})


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, passkey_id: UUID) -> HttpResponse:
    """Ask once, then it proves nothing any more."""
    passkey = _passkey(request, passkey_id)
    if not _is_fresh(request):
        return _to_code(request, str(passkey.pk))
    if request.method == "POST":
        actor, session = person(request.user), _session(request)
        passkeys.remove_passkey(actor=actor, session=session, passkey=passkey)
        messages.success(request, _("The passkey no longer works here."))
        return redirect("accounts:passkeys")
    return render(request, "accounts/passkey_remove.html", {"passkey": passkey})


def _passkey(request: HttpRequest, passkey_id: UUID) -> Passkey:
    return get_object_or_404(passkeys_visible_to(request.user), pk=passkey_id)


# --- Signing in ---------------------------------------------------------------------------------


@require_POST
def sign_in_options(request: HttpRequest) -> JsonResponse:
    """A challenge for this visitor, whoever it is."""
    address = str(get_adapter().get_client_ip(request))
    count_try("passkey_sign_in", address, limit=SIGN_INS_PER_MINUTE, seconds=SECONDS)
    challenge_id, options = passkeys.begin_sign_in()
    request.session[CHALLENGE] = str(challenge_id)
    return JsonResponse(options)


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Come in with a passkey. allauth does the rest, as after a code."""
    user = _recognised(request)
    if user is None:
        messages.error(request, _("The passkey was not accepted. A code by e-mail always works."))
        return redirect("account_login")
    onward = get_next_redirect_url(request)
    response: HttpResponse = perform_login(request, user, redirect_url=onward)
    return response


def _recognised(request: HttpRequest) -> Any:
    form = PasskeyAnswerForm(request.POST)
    challenge_id = request.session.pop(CHALLENGE, None)
    try:
        require(form.is_valid() and challenge_id is not None, InvalidInput)
        return passkeys.recognise(challenge_id=UUID(challenge_id), **form.cleaned_data)
    except (InvalidInput, PasskeyRefused):
        return None
