from django.urls import path

from mediation.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.people, name="people"),
    path("outbox/", views.outbox, name="outbox"),
    path("as/<slug:key>/", views.sign_in, name="sign_in"),
]
