from django.urls import path

from mediation.settlements.views import (
    amendments,
    documents,
    drafts,
    freedom,
    oral,
    reading,
    scans,
    signing,
)

app_name = "settlements"
HOME = "cases/<uuid:case_id>/settlement/"
urlpatterns = [
    path(HOME, reading.read, name="read"),
    path(f"{HOME}versions/<int:number>/", reading.version, name="version"),
    path(f"{HOME}approve/", reading.approve, name="approve"),
    path(f"{HOME}changes/", reading.ask_changes, name="ask_changes"),
    path(f"{HOME}comments/<slug:clause>/", reading.comment, name="comment"),
    path(f"{HOME}start/", drafts.start, name="start"),
    path(f"{HOME}draft/", drafts.draft, name="draft"),
    path(f"{HOME}draft/preview/", drafts.preview, name="preview"),
    path(f"{HOME}draft/terms/new/", drafts.add_obligation, name="add_obligation"),
    path(
        f"{HOME}draft/terms/<slug:obligation_id>/",
        drafts.edit_obligation,
        name="edit_obligation",
    ),
    path(
        f"{HOME}draft/terms/<slug:obligation_id>/remove/",
        drafts.remove_obligation,
        name="remove_obligation",
    ),
    path(f"{HOME}draft/guarantors/new/", drafts.add_guarantor, name="add_guarantor"),
    path(
        f"{HOME}draft/guarantors/<slug:guarantor_id>/",
        drafts.edit_guarantor,
        name="edit_guarantor",
    ),
    path(
        f"{HOME}draft/guarantors/<slug:guarantor_id>/remove/",
        drafts.remove_guarantor,
        name="remove_guarantor",
    ),
    path(f"{HOME}draft/sides/<slug:party_id>/", drafts.edit_party, name="edit_party"),
    path(f"{HOME}draft/paper/", drafts.choose_paper, name="choose_paper"),
    path(f"{HOME}draft/oral/", drafts.choose_oral, name="choose_oral"),
    path(f"{HOME}offer/", drafts.offer, name="offer"),
    path(f"{HOME}reopen/", drafts.reopen, name="reopen"),
    path(f"{HOME}free/", freedom.freedom, name="freedom"),
    path(f"{HOME}free/say-so/", freedom.tell_mediator, name="tell_mediator"),
    path(f"{HOME}agree/", oral.agree, name="agree"),
    path(f"{HOME}agreed.json", oral.record, name="record"),
    path(f"{HOME}sign/", signing.sign, name="sign"),
    path(f"{HOME}sign/code/", signing.send_code, name="send_code"),
    path(f"{HOME}sign/passkey/", signing.passkey_options, name="passkey_options"),
    path(f"{HOME}refuse/", signing.refuse, name="refuse"),
    path(f"{HOME}paper/", documents.paper, name="paper"),
    path(f"{HOME}paper/scan/", scans.scan, name="scan"),
    path(f"{HOME}paper/scan/file/", scans.file, name="scan_file"),
    path(f"{HOME}paper/scan/answer/", scans.answer, name="answer_scan"),
    path(f"{HOME}change/", amendments.change, name="change"),
    path(f"{HOME}change/yes/", amendments.begin_change, name="begin_change"),
    path(f"{HOME}change/no/", amendments.decline_change, name="decline_change"),
    path(f"{HOME}document.pdf", documents.pdf, name="pdf"),
]
