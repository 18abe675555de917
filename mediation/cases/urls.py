from django.urls import path

from mediation.cases.views import consents, intake, invitation, participation

app_name = "cases"
urlpatterns = [
    path("start/", intake.start, name="start"),
    path("cases/<uuid:case_id>/apply/check/", intake.check, name="check"),
    path("cases/<uuid:case_id>/apply/discard/", intake.discard, name="discard"),
    path("cases/<uuid:case_id>/apply/sent/", intake.sent, name="sent"),
    path("cases/<uuid:case_id>/apply/<slug:name>/", intake.step, name="step"),
    path("cases/<uuid:case_id>/statement/", intake.statement, name="statement"),
    path("cases/<uuid:case_id>/accounts/", intake.accounts, name="accounts"),
    path("invitation/", invitation.enter, name="invitation"),
    path("invitation/letter/", invitation.letter, name="letter"),
    path("invitation/yes/", invitation.accept, name="accept"),
    path("invitation/no/", invitation.decline, name="decline"),
    path("cases/<uuid:case_id>/consents/", consents.page, name="consents"),
    path("cases/<uuid:case_id>/consents/<slug:purpose>/give/", consents.give, name="give_consent"),
    path(
        "cases/<uuid:case_id>/consents/<slug:purpose>/withdraw/",
        consents.withdraw,
        name="withdraw_consent",
    ),
    path(
        "cases/<uuid:case_id>/consents/<uuid:consent_id>/receipt/",
        consents.receipt,
        name="receipt",
    ),
    path(
        "cases/<uuid:case_id>/consents/<uuid:consent_id>/receipt.json",
        consents.receipt_file,
        name="receipt_file",
    ),
    path("cases/<uuid:case_id>/consents/ledger/", consents.ledger, name="ledger"),
    path("cases/<uuid:case_id>/consents/ledger.json", consents.ledger_file, name="ledger_file"),
    path(
        "cases/<uuid:case_id>/consents/ledger/<int:number>.json",
        consents.link_file,
        name="link_file",
    ),
    path("texts/<slug:purpose>/<int:version>/", consents.text, name="text"),
    path("cases/<uuid:case_id>/leave/", participation.leave, name="leave"),
    path("cases/<uuid:case_id>/end/", participation.end, name="end"),
    path("cases/<uuid:case_id>/ended.json", participation.ending_note, name="ending_note"),
]
