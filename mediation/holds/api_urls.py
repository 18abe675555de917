from django.urls import path

from mediation.holds import api

HOLD = "officer/holds/<uuid:hold_id>/"
urlpatterns = [
    path("officer/holds/", api.HoldList.as_view(), name="holds"),
    path(HOLD, api.HoldDetail.as_view(), name="hold"),
    path(f"{HOLD}answer/", api.HoldAnswer.as_view(), name="hold-answer"),
    path(f"{HOLD}release/", api.HoldRelease.as_view(), name="hold-release"),
    path(f"{HOLD}release/answer/", api.HoldReleaseAnswer.as_view(), name="hold-release-answer"),
]
