from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Nobody signs up by a form of its own: entering the first code is the sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
