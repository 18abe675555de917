"""Pages that exist in demo mode only: sign in as anybody, and read the mails."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from mediation.accounts.models import User
from mediation.demo.selectors import sent_mails
from mediation.demo.services.people import PEOPLE

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@login_not_required
def people(request: HttpRequest) -> HttpResponse:
    """Everybody one can be."""
    return render(request, "demo/people.html", {"people": PEOPLE})


@login_not_required
def sign_in(request: HttpRequest, key: str) -> HttpResponse:
    """Become this demo person; looking at the page changes nothing, the button does."""
    person = next((person for person in PEOPLE if person.key == key), None)
    user = get_object_or_404(User, email=person.email if person else "")
    if request.method == "POST":
        login(request, user, backend=BACKEND)
        return redirect("desk:list")
    return render(request, "demo/sign_in.html", {"person": person})


@login_not_required
def outbox(request: HttpRequest) -> HttpResponse:
    """The mails that would have been sent, newest first."""
    return render(request, "demo/outbox.html", {"mails": sent_mails()})
