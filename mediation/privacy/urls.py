from django.urls import path

from mediation.privacy import views

app_name = "privacy"
urlpatterns = [
    path("cases/<uuid:case_id>/privacy/", views.case, name="case"),
    path("cases/<uuid:case_id>/privacy/dates.ics", views.dates, name="dates"),
    path("cases/<uuid:case_id>/privacy/policy.json", views.policy, name="policy"),
    path("cases/<uuid:case_id>/privacy/ask/<slug:scope>/", views.ask, name="ask"),
    path("cases/<uuid:case_id>/privacy/download/", views.download, name="download"),
    path("cases/<uuid:case_id>/privacy/proof/", views.proof, name="proof"),
    path("destruction/requests/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("destruction/certificates/<uuid:pk>/", views.certificate, name="certificate"),
    path("destruction/certificates/<uuid:pk>/file/", views.certificate_file, name="file"),
]
