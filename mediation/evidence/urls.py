from django.urls import path

from mediation.evidence import views

app_name = "evidence"
urlpatterns = [
    path("cases/<uuid:case_id>/documents/", views.documents, name="list"),
    path("cases/<uuid:case_id>/documents/<uuid:pk>/file/", views.download, name="download"),
    path("cases/<uuid:case_id>/documents/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("cases/<uuid:case_id>/documents/<uuid:pk>/release/", views.release, name="release"),
]
