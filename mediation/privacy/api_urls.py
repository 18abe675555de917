from django.urls import path

from mediation.privacy import api

urlpatterns = [
    path("cases/<uuid:case_id>/privacy/dates/", api.CaseDates.as_view(), name="case-dates"),
]
