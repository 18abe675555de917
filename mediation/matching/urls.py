from django.urls import path

from mediation.matching import views

app_name = "matching"
urlpatterns = [
    path("matching/", views.queue, name="queue"),
    path("matching/cases/<uuid:pk>/claim/", views.claim, name="claim"),
    path("matching/cases/<uuid:pk>/names/", views.names, name="names"),
    path("matching/assignments/<uuid:pk>/answer/", views.answer, name="answer"),
    path("matching/assignments/<uuid:pk>/replace/", views.replace, name="replace"),
    path("matching/assignments/<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("matching/assignments/<uuid:pk>/end/", views.end, name="end"),
]
