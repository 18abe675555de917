from django.urls import path

from mediation.verification import views

app_name = "verification"
urlpatterns = [
    path("verify/", views.check, name="check"),
    path("verify/checker.html", views.checker, name="checker"),
    path("verify/root.pem", views.root, name="root"),
    path("verify/root.cer", views.certificate, {"name": "root"}, name="root_certificate"),
    path("verify/root.crl", views.revocations, {"name": "root"}, name="root_list"),
    path("verify/signing.cer", views.certificate, {"name": "signing"}, name="signing_certificate"),
    path("verify/signing.crl", views.revocations, {"name": "signing"}, name="signing_list"),
    path("verify/key.pem", views.key, name="key"),
    path("verify/log/", views.log, name="log"),
    path("verify/log/heyi_log.py", views.log_verifier, name="log_verifier"),
    path("verify/log/log-key.txt", views.log_key, name="log_key"),
    path("verify/log/tsa-roots.pem", views.log_roots, name="log_roots"),
    path(
        "verify/log/<int:segment>/checkpoints.jsonl", views.log_checkpoints, name="log_checkpoints"
    ),
    path("verify/log/<int:segment>/<int:size>.tsr", views.log_stamp, name="log_stamp"),
    path("verify/<slug:number>/", views.check, name="check_number"),
]
