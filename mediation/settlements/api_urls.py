from django.urls import path

from mediation.settlements import api

HOME = "cases/<uuid:case_id>/settlement/"
urlpatterns = [
    path(f"{HOME}document/", api.SigningDocument.as_view(), name="settlement-document"),
    path(f"{HOME}signing/", api.Signing.as_view(), name="settlement-signing"),
    path(f"{HOME}signing/passkey/", api.SigningPasskey.as_view(), name="settlement-passkey"),
    path(f"{HOME}scan/", api.OneScan.as_view(), name="settlement-scan"),
    path(f"{HOME}scan/file/", api.ScanFile.as_view(), name="settlement-scan-file"),
    path(f"{HOME}scan/answer/", api.ScanAnswer.as_view(), name="settlement-scan-answer"),
    path(f"{HOME}change/", api.Change.as_view(), name="settlement-change"),
    path(f"{HOME}change/yes/", api.ChangeYes.as_view(), name="settlement-change-yes"),
    path(f"{HOME}change/no/", api.ChangeNo.as_view(), name="settlement-change-no"),
]
