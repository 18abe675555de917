from typing import Any

from allauth.account.views import RequestLoginCodeView, email_verification_sent, logout
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mediation.accounts import services
from mediation.accounts.access import person
from mediation.accounts.forms import ProfileForm
from mediation.core import clock

# Session key under which another page leaves the address to sign in with; never in a URL.
SIGN_IN_EMAIL = "sign_in_email"


class SignInView(RequestLoginCodeView):  # type: ignore[misc]  # allauth ships no types
    """One question: your address. A new address is welcomed like a known one, so the answer does
    not tell who has an account.
    """

    def get_initial(self) -> dict[str, Any]:
        return {"email": self.request.session.get(SIGN_IN_EMAIL, "")}

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
