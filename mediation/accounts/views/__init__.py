from typing import Any

from allauth.account.views import RequestLoginCodeView, email_verification_sent, logout
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mediation.accounts import services
from mediation.accounts.access import person
from mediation.accounts.forms import AddressCodesForm, NewAddressForm, ProfileForm
from mediation.accounts.services import WrongCode
from mediation.core import clock
from mediation.mail.services import MailFailed

# Session key under which another page leaves the address to sign in with; never in a URL.
SIGN_IN_EMAIL = "sign_in_email"
# Session key for the address a person wants to use from now on, until both codes are entered.
NEW_ADDRESS = "new_address"
FIELD_OF = {"old_code": services.OLD_ADDRESS, "new_code": services.NEW_ADDRESS}


class SignInView(RequestLoginCodeView):  # type: ignore[misc]  # allauth ships no types
    """One question: your address. A new address is welcomed like a known one, so the answer does
    not tell who has an account.
    """

    def get_initial(self) -> dict[str, Any]:
        return {"email": self.request.session.get(SIGN_IN_EMAIL, "")}

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        domain = settings.PASSKEY_DOMAIN
        found: dict[str, Any] = super().get_context_data(passkey_domain=domain, **context)
        return found

    def form_valid(self, form: Any) -> HttpResponse:
        form._user = services.find_or_create_person(  # noqa: SLF001 allauth's own handover
            email=form.cleaned_data["email"], language=get_language() or "en"
        )
        response: HttpResponse = super().form_valid(form)
        return response


sign_in = SignInView.as_view()


def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask, then end the session and have the browser forget what it kept (ASVS 14.3.1)."""
    response: HttpResponse = logout(request)
    if request.method == "POST":
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


def prove_address(request: HttpRequest) -> HttpResponse:
    """Where a first code is entered. Whoever is signed in already has proven their address."""
    if request.user.is_authenticated:
        return redirect("accounts:profile")
    response: HttpResponse = email_verification_sent(request)
    return response


def profile(request: HttpRequest) -> HttpResponse:
    """Name, language and time zone of the person who is signed in."""
    actor = person(request.user)
    initial = {name: getattr(actor, name) for name in ProfileForm.base_fields}
    seen = request.COOKIES.get(clock.COOKIE, "")
    form = ProfileForm(request.POST or None, initial=initial, device_zone=seen)
    if request.method == "POST" and form.is_valid():
        services.update_profile(actor=actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        response = redirect("accounts:profile")
        response.delete_cookie("language")
        return response
    return render(request, "accounts/profile.html", {"form": form})


@require_http_methods(["GET", "POST"])
def address(request: HttpRequest) -> HttpResponse:
    """Which address one wants to sign in with. The answer is the same for one with an account."""
    actor = person(request.user)
    form = NewAddressForm(request.POST or None, present=actor.email)
    if request.method == "POST" and form.is_valid() and _codes_are_sent(request, form):
        return redirect("accounts:address_codes")
    return render(request, "accounts/address.html", {"form": form, "present": actor.email})


def _codes_are_sent(request: HttpRequest, form: NewAddressForm) -> bool:
    email = form.cleaned_data["email"]
    try:
        services.ask_for_another_address(actor=person(request.user), email=email)
    except MailFailed:
        form.add_error("email", _("We could not write to this address. Check it, or try later."))
        return False
    request.session[NEW_ADDRESS] = email
    return True


@require_http_methods(["GET", "POST"])
def address_codes(request: HttpRequest) -> HttpResponse:
    """The codes from both mailboxes; with them it is done."""
    email = request.session.get(NEW_ADDRESS)
    if not email:
        return redirect("accounts:address")
    form = AddressCodesForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_changed(request, email, form):
        messages.success(request, _("From now on you sign in with your new address."))
        return redirect("accounts:profile")
    context = {"form": form, "present": person(request.user).email, "new": email}
    return render(request, "accounts/address_codes.html", context)


def _is_changed(request: HttpRequest, email: str, form: AddressCodesForm) -> bool:
    try:
        user = services.confirm_and_change_address(
            actor=person(request.user), email=email, **form.cleaned_data
        )
    except WrongCode as wrong:
        for name, purpose in FIELD_OF.items():
            if purpose in wrong.purposes:
                form.add_error(name, str(wrong.message))
        return False
    del request.session[NEW_ADDRESS]
    update_session_auth_hash(request, user)
    return True
