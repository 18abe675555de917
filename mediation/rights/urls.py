from django.urls import path

from mediation.rights.views import account, breaches, cases, desk, requests

app_name = "rights"
urlpatterns = [
    path("me/data/", account.data, name="data"),
    path("me/data/download/", account.download, name="download"),
    path("me/delete/", account.delete, name="delete"),
    path("me/delete/code/", account.send_code, name="delete_code"),
    path("me/requests/new/", requests.ask, name="ask"),
    path("me/requests/<uuid:request_id>/", requests.show, name="request"),
    path("me/requests/<uuid:request_id>/withdraw/", requests.withdraw, name="withdraw"),
    path("cases/<uuid:case_id>/privacy/correct/", cases.correct, name="correct"),
    path("cases/<uuid:case_id>/privacy/restrict/", cases.restrict, name="restrict"),
    path("cases/<uuid:case_id>/privacy/restrict/lift/", cases.lift, name="lift"),
    path("officer/", desk.desk, name="desk"),
    path("officer/requests/new/", desk.record, name="record"),
    path("officer/requests/<uuid:request_id>/", desk.show, name="officer_request"),
    path("officer/requests/<uuid:request_id>/extend/", desk.extend, name="extend"),
    path("officer/requests/<uuid:request_id>/answer/", desk.answer, name="answer"),
    path("officer/breaches/", breaches.register, name="breaches"),
    path("officer/breaches/new/", breaches.record, name="record_breach"),
    path("officer/breaches/export/", breaches.export, name="export_breaches"),
    path("officer/breaches/<uuid:breach_id>/", breaches.show, name="breach"),
    path("officer/breaches/<uuid:breach_id>/change/", breaches.change, name="change_breach"),
    path("officer/breaches/<uuid:breach_id>/close/", breaches.close, name="close_breach"),
]
