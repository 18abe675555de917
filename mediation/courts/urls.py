from django.urls import path

from mediation.courts import views

app_name = "courts"
CASE = "cases/<uuid:case_id>/court/"
urlpatterns = [
    path("court/", views.packages, name="packages"),
    path("court/packages/<uuid:release_id>/download/", views.download, name="download"),
    path(CASE, views.release, name="release"),
    path(f"{CASE}<uuid:release_id>/consent/", views.consent, name="consent"),
    path(f"{CASE}<uuid:release_id>/withdraw/", views.withdraw, name="withdraw"),
]
