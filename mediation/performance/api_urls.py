from django.urls import path

from mediation.performance import api

HOME = "cases/<uuid:case_id>/obligations/"
urlpatterns = [
    path(HOME, api.Tracker.as_view(), name="obligations"),
    path(f"{HOME}reminders/", api.Reminders.as_view(), name="obligations-reminders"),
    path(f"{HOME}certificate/", api.Certificate.as_view(), name="obligations-certificate"),
    path(
        f"{HOME}lines/<slug:line_key>/said/",
        api.Statements.as_view(),
        name="obligations-said",
    ),
]
