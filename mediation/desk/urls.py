from django.urls import path

from mediation.desk import views

app_name = "desk"
urlpatterns = [
    path("cases/", views.cases, name="list"),
    path("cases/<uuid:case_id>/", views.case, name="case"),
]
