from django.urls import URLPattern, path

from mediation.courts import views

app_name = "courts"
urlpatterns: list[URLPattern] = [
    path("court/", views.packages, name="packages"),
]
