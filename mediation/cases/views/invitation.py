"""The letter's pages. Looking changes nothing; only a button does."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from mediation.accounts import services as accounts
from mediation.accounts.models import User
from mediation.accounts.views import SIGN_IN_EMAIL
from mediation.cases.forms import InvitationSecretForm
from mediation.cases.models import Invitation
from mediation.cases.selectors import email_of, letter_of
from mediation.cases.services import invitations
from mediation.core.limits import count_try

SESSION_KEY = "invitation_secret"
SAID_YES = "invitation_yes"
WRONG_CODES_PER_HOUR = 20


@login_not_required
def enter(request: HttpRequest) -> HttpResponse:
    """Where the link leads. Its secret is behind the #, so no server log and no mail scanner sees
    it; a script posts it, or the person types the code.
    """
    form = InvitationSecretForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = request.META.get("REMOTE_ADDR", "")
        count_try("invitation", address, limit=WRONG_CODES_PER_HOUR, seconds=3600)
        invitations.find_invitation(secret=form.cleaned_data["secret"])
        request.session[SESSION_KEY] = form.cleaned_data["secret"]
        return redirect("cases:letter")
    return render(request, "cases/invitation_enter.html", {"form": form})


@login_not_required
def letter(request: HttpRequest) -> HttpResponse:
    """Who asks, what it would mean, what is stored, and yes and no side by side."""
    invitation = _held(request)
    if invitation is None:
        return redirect("cases:invitation")
    said_yes = SAID_YES in request.session and isinstance(request.user, User)
    context = {"letter": letter_of(invitation), "invitation": invitation, "said_yes": said_yes}
    return render(request, "cases/invitation_letter.html", context)


@login_not_required
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Yes: after proving the mailbox the letter went to."""
    invitation = _held(request)
    if invitation is None:
        return redirect("cases:invitation")
    if isinstance(request.user, User):
        case = invitations.accept_invitation(actor=request.user, invitation=invitation)
        del request.session[SESSION_KEY]
        request.session.pop(SAID_YES, None)
        return redirect("cases:consents", case.pk)
    email = email_of(invitation.participant)
    accounts.find_or_create_person(email=email, language=request.LANGUAGE_CODE or "en")
    request.session[SIGN_IN_EMAIL] = email
    request.session[SAID_YES] = True
    return redirect(f"{reverse('account_request_login_code')}?next={reverse('cases:letter')}")


@login_not_required
@require_POST
def decline(request: HttpRequest) -> HttpResponse:
    """No: one click, no account, no reason."""
    invitation = _held(request)
    if invitation is None:
        return redirect("cases:invitation")
    case = invitations.decline_invitation(invitation=invitation)
    del request.session[SESSION_KEY]
    return render(request, "cases/invitation_declined.html", {"case": case})


def _held(request: HttpRequest) -> Invitation | None:
    """The open invitation this browser entered the secret of. Raises InvitationGone."""
    secret = request.session.get(SESSION_KEY)
    return invitations.find_invitation(secret=secret) if secret else None
