from django.urls import path

from mediation.verification import views

app_name = "verification"
urlpatterns = [
    path("verify/", views.check, name="check"),
    path("verify/root.pem", views.root, name="root"),
    path("verify/key.pem", views.key, name="key"),
    path("verify/<slug:number>/", views.check, name="check_number"),
]
