from django.urls import path

from mediation.cases import api

CONSENTS = "cases/<uuid:case_id>/consents/"
urlpatterns = [
    path(CONSENTS, api.Consents.as_view(), name="consents"),
    path(f"{CONSENTS}receipts/", api.Ledger.as_view(), name="consent-receipts"),
    path(f"{CONSENTS}receipts/<int:number>/", api.OneReceipt.as_view(), name="consent-receipt"),
    path(f"{CONSENTS}purposes/<slug:purpose>/", api.OneConsent.as_view(), name="consent"),
    path("cases/<uuid:case_id>/leave/", api.Leaving.as_view(), name="leave"),
]
