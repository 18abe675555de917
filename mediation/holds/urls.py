from django.urls import path

from mediation.holds import views

app_name = "holds"
urlpatterns = [
    path("officer/holds/", views.holds, name="list"),
    path("officer/holds/new/", views.propose, name="propose"),
    path("officer/holds/<uuid:hold_id>/", views.hold, name="hold"),
    path("officer/holds/<uuid:hold_id>/answer/", views.answer, name="answer"),
    path("officer/holds/<uuid:hold_id>/release/", views.propose_release, name="propose_release"),
    path(
        "officer/holds/<uuid:hold_id>/release/answer/", views.answer_release, name="answer_release"
    ),
]
