from django.urls import path

from mediation.rights.api import breaches, cases, officer, person

MINE = "me/requests/<uuid:request_id>/"
ASKED = "officer/requests/<uuid:request_id>/"
CASE = "cases/<uuid:case_id>/privacy/"
BREACH = "officer/breaches/<uuid:breach_id>/"
urlpatterns = [
    path("me/data/", person.MyData.as_view(), name="my-data"),
    path("me/data/download/", person.MyCopy.as_view(), name="my-copy"),
    path("me/deletion/", person.MyDeletion.as_view(), name="my-deletion"),
    path("me/deletion/code/", person.MyDeletionCode.as_view(), name="my-deletion-code"),
    path("me/requests/", person.MyRequests.as_view(), name="my-requests"),
    path(MINE, person.MyRequest.as_view(), name="my-request"),
    path(f"{MINE}withdraw/", person.MyRequestWithdraw.as_view(), name="my-request-withdraw"),
    path(f"{CASE}details/", cases.OwnDetails.as_view(), name="own-details"),
    path(f"{CASE}restriction/", cases.OwnRestriction.as_view(), name="own-restriction"),
    path("officer/desk/", officer.Desk.as_view(), name="officer-desk"),
    path("officer/breaches/", breaches.Breaches.as_view(), name="breaches"),
    path("officer/breaches/export/", breaches.BreachExport.as_view(), name="breaches-export"),
    path(BREACH, breaches.OneBreach.as_view(), name="breach"),
    path(f"{BREACH}close/", breaches.BreachClose.as_view(), name="breach-close"),
    path("officer/requests/", officer.OfficerRequests.as_view(), name="officer-requests"),
    path(ASKED, officer.OfficerRequest.as_view(), name="officer-request"),
    path(f"{ASKED}extend/", officer.OfficerRequestExtend.as_view(), name="officer-request-extend"),
    path(f"{ASKED}answer/", officer.OfficerRequestAnswer.as_view(), name="officer-request-answer"),
]
