"""What every resource for people has in common."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.views import APIView

from mediation.accounts.access import person
from mediation.accounts.models import User
from mediation.core.api import PersonAuthentication, PersonThrottle


class PersonView(APIView):
    """A resource for people, who call it with their browser's session."""

    authentication_classes = [PersonAuthentication]
    permission_classes = [IsAuthenticated]
    throttle_classes = [PersonThrottle]

    def person(self) -> User:
        return person(self.request.user)
