from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by a form of its own: entering the first code is the sign-up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _(
            "This is not the code of the newest e-mail. Check it, or ask for another one."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *arguments: Any,
        **options: Any,
    ) -> None:
        """What allauth says on the way in, the pages themselves say better."""
        if message_template == "account/messages/logged_out.txt":
            super().add_message(request, level, message_template, *arguments, **options)

    def pre_login(
        self, request: HttpRequest, user: User, *, email: str | None, **hook: Any
    ) -> HttpResponse | None:
        """A code that went to an address the person has given up meanwhile signs nobody in."""
        if email and email.lower() != user.email.lower():
            clear_login(request)
            messages.error(request, _("This code no longer works. Please ask for a new one."))
            return redirect("account_request_login_code")
        refused: HttpResponse | None = super().pre_login(request, user, email=email, **hook)
        return refused

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mails about signing in name the service as all our mails do, not its host."""
        named = {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
        super().send_mail(template_prefix, email, context | named)
