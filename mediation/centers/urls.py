from django.urls import path

from mediation.centers import views

app_name = "centers"
urlpatterns = [
    path("centres/<uuid:center_id>/periods/", views.periods, name="periods"),
]
