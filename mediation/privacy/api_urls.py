from django.urls import path

from mediation.privacy import api

CASE = "cases/<uuid:case_id>/privacy/"
urlpatterns = [
    path(f"{CASE}dates/", api.CaseDates.as_view(), name="case-dates"),
    path(f"{CASE}destruction/", api.Wishes.as_view(), name="wishes"),
    path(f"{CASE}download/", api.CaseCopy.as_view(), name="case-copy"),
    path(f"{CASE}proof/", api.OwnProofs.as_view(), name="own-proofs"),
    path("destruction/<uuid:wish_id>/withdraw/", api.WishWithdraw.as_view(), name="wish-withdraw"),
]
