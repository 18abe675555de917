from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mediation.courts import access


def packages(request: HttpRequest) -> HttpResponse:
    """What both sides released to a court this person works for."""
    return render(request, "courts/packages.html", {"courts": access.courts_of(request.user)})
