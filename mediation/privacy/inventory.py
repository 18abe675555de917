"""Every field that is stored, what kind of data it is, when it goes and how. One table.

A test walks all models and fails for a field that is not listed, for a line about one that is gone,
and for a model that belongs to none of the `activities`. `record` writes the record of processing
from both, and the last look of an erasure asks here which rows may not be left.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Model

from mediation.cases.enums import Compartment
from mediation.privacy.activities import Activity, Fate, Kind, Period, activity_of

IDENTITY, JOINT, CAUCUS, ROOM, NOTES, EVIDENCE, SETTLEMENT, SHELL = (
    Compartment.IDENTITY.value,
    Compartment.JOINT.value,
    Compartment.CAUCUS.value,
    Compartment.ROOM.value,
    Compartment.NOTES.value,
    Compartment.EVIDENCE.value,
    Compartment.SETTLEMENT.value,
    Compartment.SHELL.value,
)
TALK, FILES = "joint, caucus or room", "evidence or caucus"
ANY = "its compartment"
# What goes with one of several compartments, by the row.
SEVERAL = {
    TALK: (JOINT, CAUCUS, ROOM),
    FILES: (EVIDENCE, CAUCUS),
    ANY: tuple(Compartment.values),
}


@dataclass(frozen=True)
class Line:
    """Some fields of one model. `until` is a compartment of the case, one of `SEVERAL`, or a
    period; the purpose, its grounds and whose data it is are those of the model's activity.
    """

    model: str
    fields: tuple[str, ...]
    kind: Kind
    until: str
    fate: Fate

    @property
    def activity(self) -> Activity:
        """Raises Unclassified for a model without one."""
        return activity_of(self.model)

    @property
    def compartments(self) -> tuple[str, ...]:
        """The compartments with one of which it goes; none where it has a period of its own."""
        return SEVERAL.get(self.until) or tuple({self.until} & set(Compartment.values))

    @property
    def period(self) -> Period | None:
        """The period where no compartment takes it along. Raises ValueError for an unknown one."""
        return None if self.compartments else Period(self.until)


def _line(model: str, fields: str, kind: Kind, until: str, fate: Fate) -> Line:
    return Line(model, tuple(fields.split()), kind, until, fate)


K, F = Kind, Fate
TABLE: tuple[Line, ...] = (
    # People
    _line("accounts.user", "id last_login date_joined", K.TRACE, "account", F.ACCOUNT),
    _line("accounts.user", "email display_name", K.PERSON, "account", F.ACCOUNT),
    _line("accounts.user", "language time_zone is_active", K.PERSON, "account", F.ACCOUNT),
    _line("accounts.user", "password", K.NONE, "account", F.ACCOUNT),
    _line("accounts.confirmationcode", "id user purpose", K.ACT, "1 day", F.EXPIRES),
    _line("accounts.confirmationcode", "subject code_hash", K.CODE, "1 day", F.EXPIRES),
    _line(
        "accounts.confirmationcode",
        "attempts_left created_at expires_at used_at", K.TRACE, "1 day", F.EXPIRES,
    ),
    _line("accounts.passkey", "id user", K.TRACE, "account", F.ACCOUNT),
    _line("accounts.passkey", "name", K.PERSON, "account", F.ACCOUNT),
    _line("accounts.passkey", "credential_id public_key sign_count", K.CODE, "account", F.ACCOUNT),
    _line("accounts.passkey", "created_at last_used_at", K.TRACE, "account", F.ACCOUNT),
    _line("accounts.passkeychallenge", "id user purpose", K.ACT, "1 day", F.EXPIRES),
    _line("accounts.passkeychallenge", "subject challenge", K.CODE, "1 day", F.EXPIRES),
    _line(
        "accounts.passkeychallenge",
        "created_at expires_at used_at passkey", K.TRACE, "1 day", F.EXPIRES,
    ),
    _line("account.emailaddress", "id user email", K.PERSON, "account", F.ACCOUNT),
    _line("account.emailaddress", "verified primary", K.TRACE, "account", F.ACCOUNT),
    _line(
        "account.emailconfirmation",
        "id email_address created sent key", K.CODE, "account", F.ACCOUNT,
    ),
    _line("sessions.session", "session_key session_data expire_date", K.TRACE, "12 h", F.EXPIRES),
    # The spine
    _line("cases.case", "id number center profile language", K.PART, SHELL, F.ROW),
    _line("cases.case", "state outcome category talk_open periods kept_until", K.ACT, SHELL, F.ROW),
    _line(
        "cases.case",
        "created_at state_since deadline_at ends_by warned_at mediation_started_at closed_at",
        K.ACT, SHELL, F.ROW,
    ),
    _line("cases.side", "id case letter role", K.PART, SHELL, F.ROW),
    _line("cases.participant", "id case side user role", K.PART, SHELL, F.ROW),
    _line("cases.participant", "joined_at left_at", K.ACT, SHELL, F.ROW),
    _line(
        "cases.participant", "name_sealed email_sealed address_sealed", K.PERSON, IDENTITY, F.KEY
    ),
    _line("cases.statement", "id side finished_at", K.ACT, SHELL, F.ROW),
    _line("cases.statement", "summary_sealed amount_sealed", K.CONTENT, JOINT, F.KEY),
    _line(
        "cases.statement",
        "background_sealed wishes_sealed needs_sealed", K.CONTENT, CAUCUS, F.KEY,
    ),
    _line("cases.invitation", "id case participant state", K.PART, IDENTITY, F.ROW),
    _line("cases.invitation", "token_hash code_hash", K.CODE, IDENTITY, F.ROW),
    _line(
        "cases.invitation",
        "created_at reminded_at expires_at answered_at is_amendment", K.ACT, IDENTITY, F.ROW,
    ),
    _line("cases.refusal", "id pair_hash until", K.CODE, "90 days", F.EXPIRES),
    _line("cases.consent", "id case participant purpose subject", K.ACT, SHELL, F.ROW),
    _line(
        "cases.consent",
        "text_version text_sha256 language channel given_at withdrawn_at", K.ACT, SHELL, F.ROW,
    ),
    _line("cases.receipt", "id consent participant number", K.ACT, SHELL, F.ROW),
    _line("cases.receipt", "signed sha256 issued_at", K.ACT, SHELL, F.ROW),
    # Talks and documents
    _line("rooms.room", "id case kind side letters head is_held", K.ACT, TALK, F.ROW),
    _line("rooms.room", "opened_at ended_at", K.ACT, TALK, F.ROW),
    _line("rooms.room", "purpose_sealed", K.CONTENT, ROOM, F.KEY),
    _line(
        "rooms.member", "id room participant agreed_at left_at is_seated", K.ACT, ROOM, F.ROW
    ),
    _line("rooms.approval", "id member participant given_at", K.ACT, ROOM, F.ROW),
    _line("rooms.review", "id room proposed_at began_at ended_at", K.ACT, TALK, F.ROW),
    _line("rooms.reviewyes", "id review participant given_at", K.ACT, TALK, F.ROW),
    _line(
        "rooms.heldmessage", "id room participant client_id state held_at", K.ACT, TALK, F.ROW
    ),
    _line("rooms.heldmessage", "body_sealed note_sealed", K.CONTENT, TALK, F.KEY),
    _line("rooms.message", "id room sequence participant client_id sent_at", K.ACT, TALK, F.ROW),
    _line("rooms.message", "changes edited_at retracted_at released_at", K.ACT, TALK, F.ROW),
    _line("rooms.reading", "id room participant sequence is_shared", K.ACT, TALK, F.ROW),
    _line("rooms.message", "body_sealed", K.CONTENT, TALK, F.KEY),
    _line("offers.offer", "id case number maker side counter_to client_id", K.ACT, JOINT, F.ROW),
    _line("offers.offer", "state state_since made_at valid_until", K.ACT, JOINT, F.ROW),
    _line("offers.offer", "terms_sealed", K.CONTENT, JOINT, F.KEY),
    _line("offers.answer", "id offer participant accepts given_at", K.ACT, JOINT, F.ROW),
    _line(
        "offers.sealedround",
        "id case number proposer side client_id rule state state_since proposed_at valid_until",
        K.ACT, JOINT, F.ROW,
    ),
    _line("offers.sealedround", "terms_sealed midpoint_sealed", K.CONTENT, JOINT, F.KEY),
    _line("offers.roundagreement", "id round side participant given_at", K.ACT, JOINT, F.ROW),
    # All of it goes at the end of the round, long before the compartment.
    _line("offers.sealedfigure", "id round side participant committed_at", K.ACT, JOINT, F.ROW),
    _line("offers.sealedfigure", "commitment public_key", K.CODE, JOINT, F.ROW),
    _line("offers.sealedfigure", "kept_sealed opening_sealed", K.CONTENT, JOINT, F.KEY),
    # The course of the mediation
    _line("proceedings.opening", "id case number mediator standard", K.ACT, JOINT, F.ROW),
    _line("proceedings.opening", "language given_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.opening", "statement_sealed rules_sealed", K.CONTENT, JOINT, F.KEY),
    _line("proceedings.confirmation", "id opening participant given_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.stagemove", "id case number stage mediator moved_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.agendapoint", "id case position maker client_id", K.ACT, JOINT, F.ROW),
    _line("proceedings.agendapoint", "added_at dealt_with_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.agendapoint", "title_sealed", K.CONTENT, JOINT, F.KEY),
    _line("proceedings.fact", "id case number maker author client_id", K.ACT, JOINT, F.ROW),
    _line("proceedings.fact", "edition written_at agreed_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.fact", "text_sealed", K.CONTENT, JOINT, F.KEY),
    _line("proceedings.factanswer", "id fact participant agrees given_at", K.ACT, JOINT, F.ROW),
    _line("proceedings.sitting", "id case mediator started_at ended_at", K.ACT, JOINT, F.ROW),
    _line(
        "proceedings.attendance", "id sitting participant came_at went_at", K.ACT, JOINT, F.ROW
    ),
    _line(
        "proceedings.identitycheck", "id case participant mediator method checked_at",
        K.ACT, SHELL, F.ROW,
    ),
    _line("proceedings.note", "id case author client_id written_at", K.ACT, NOTES, F.ROW),
    _line("proceedings.note", "text_sealed", K.CONTENT, NOTES, F.KEY),
    _line("evidence.document", "id case participant audience file", K.ACT, FILES, F.ROW),
    _line("evidence.document", "media_type size uploaded_at withdrawn_at", K.ACT, FILES, F.ROW),
    _line("evidence.document", "name_sealed", K.CONTENT, FILES, F.KEY),
    _line("vault.sealedfile", "id case_id compartment storage_name", K.CONTENT, ANY, F.FILE),
    _line("vault.sealedfile", "media_type size created_at", K.TRACE, ANY, F.FILE),
    # The mediator
    _line("matching.assignment", "id case mediator state", K.PART, JOINT, F.ROW),
    _line("matching.assignment", "proposed_at answer_by ended_at", K.ACT, JOINT, F.ROW),
    _line("matching.assignment", "disclosure_kind disclosure_sealed", K.CONTENT, JOINT, F.KEY),
    _line(
        "matching.answer", "id assignment side participant accepts given_at", K.ACT, JOINT, F.ROW
    ),
    _line("matching.namecheck", "id case mediator first_at", K.ACT, JOINT, F.ROW),
    # The settlement
    _line("settlements.settlement", "id case number state", K.ACT, SETTLEMENT, F.ROW),
    _line(
        "settlements.settlement",
        "state_since language is_partial is_paper_only is_oral edition created_at signing_until"
        " paper_signed_on agreed_at replaced_by replaced_at", K.ACT, SETTLEMENT, F.ROW,
    ),
    _line("settlements.settlement", "draft_sealed", K.CONTENT, SETTLEMENT, F.KEY),
    _line(
        "settlements.version", "id settlement number mediator frozen_at", K.ACT, SETTLEMENT, F.ROW
    ),
    _line("settlements.version", "terms_sealed terms_sha256", K.CONTENT, SETTLEMENT, F.KEY),
    _line("settlements.approval", "id version participant given_at", K.ACT, SETTLEMENT, F.ROW),
    _line("settlements.changerequest", "id version participant asked_at", K.ACT, CAUCUS, F.ROW),
    _line("settlements.changerequest", "note_sealed", K.CONTENT, CAUCUS, F.KEY),
    _line(
        "settlements.comment", "id version participant clause client_id is_private written_at",
        K.ACT, TALK, F.ROW,
    ),
    _line("settlements.comment", "body_sealed", K.CONTENT, TALK, F.KEY),
    _line(
        "settlements.document",
        "id settlement version verification_number sha256 prepared_at signing_opens_at sealed_at"
        " effective_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "settlements.revision", "id document number kind file sha256 made_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "settlements.signature",
        "id document participant field order signed_sha256 evidence_sha256 revision signed_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "settlements.amendment", "id original case client_id proposed_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "settlements.scan", "id settlement participant file media_type size sha256 added_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "settlements.scananswer", "id scan participant says answered_at", K.ACT, SETTLEMENT, F.ROW
    ),
    _line(
        "settlements.freedomconfirmation", "id document version participant confirmed_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line(
        "performance.statement",
        "id settlement line number participant says client_id made_at", K.ACT, SETTLEMENT, F.ROW,
    ),
    _line("performance.statement", "details_sealed", K.CONTENT, SETTLEMENT, F.KEY),
    _line(
        "performance.reminder", "id settlement participant on_since", K.ACT, SETTLEMENT, F.ROW
    ),
    # Courts and centres
    _line("courts.court", "id name name_en code level seat is_open", K.OFFICE, "none", F.KEPT),
    _line(
        "courts.courtmembership", "id court user role started_at ended_at",
        K.OFFICE, "account", F.ACCOUNT,
    ),
    _line("courts.apitoken", "id court label prefix token_hash scopes", K.CODE, "none", F.KEPT),
    _line("courts.apitoken", "created_at expires_at revoked_at", K.TRACE, "none", F.KEPT),
    _line(
        "courts.release",
        "id case settlement court proposed_by state proposed_at released_at withdrawn_at",
        K.ACT, SETTLEMENT, F.ROW,
    ),
    _line("courts.delivery", "id release user token at sha256", K.ACT, SETTLEMENT, F.ROW),
    _line(
        "centers.center", "id name name_en kind registration_no seat profile is_open",
        K.OFFICE, "none", F.KEPT,
    ),
    _line(
        "centers.membership", "id center user role started_at ended_at",
        K.OFFICE, "account", F.ACCOUNT,
    ),
    _line(
        "centers.periodchange", "id center outcome_class compartment days changed_at",
        K.NONE, "none", F.KEPT,
    ),
    # Proof
    _line("audit.entry", "id uuid leaf", K.NONE, "none", F.KEPT),
    _line("audit.leaf", "entry segment leaf_index hash", K.NONE, "none", F.KEPT),
    _line("audit.checkpoint", "id segment size root note", K.NONE, "none", F.KEPT),
    _line("audit.treehead", "segment size peaks", K.NONE, "none", F.KEPT),
    _line("audit.dailyhead", "checkpoint segment published_on", K.NONE, "none", F.KEPT),
    _line("audit.stamp", "head response stamped_at", K.NONE, "none", F.KEPT),
    _line("audit.droppedsegment", "segment dropped_at", K.NONE, "none", F.KEPT),
    _line("audit.pending", "entry", K.NONE, "1 minute", F.EXPIRES),
    _line("audit.entrydetail", "entry case_id actor_id salt details", K.ACT, SHELL, F.ROW),
    _line("audit.casesalt", "case_id salt", K.CODE, SHELL, F.ROW),
    _line(
        "privacy.erasure",
        "id case_id compartments reason state case_pseudonym policy policy_sha256 keys counts"
        " retained started_at keys_destroyed_at verified_at finished_at failed_attempts"
        " last_failure",
        K.ACT, "shell, the last one 30 days", F.EXPIRES,
    ),
    _line("privacy.erasure", "recipients", K.PART, "shell, the last one 30 days", F.EXPIRES),
    _line(
        "holds.hold",
        "id case compartment ground state review_on client_id proposed_at placed_at ended_at",
        K.ACT, SHELL, F.ROW,
    ),
    _line("holds.hold", "proposed_by confirmed_by release_proposed_by", K.OFFICE, SHELL, F.ROW),
    _line("holds.hold", "reference_sealed", K.CONTENT, SHELL, F.KEY),
    _line(
        "holds.restriction", "id case participant compartment reason since ended_at",
        K.ACT, SHELL, F.ROW,
    ),
    _line(
        "rights.breach",
        "id center client_id profile known_at recorded_at harm people_count authority_told_at"
        " people_told_on edition closed_at",
        K.ACT, "3 years after it was closed", F.EXPIRES,
    ),
    _line("rights.breach", "words_sealed", K.CONTENT, "3 years after it was closed", F.KEY),
    _line(
        "rights.rightsrequest",
        "id center user right asked_through state profile rule client_id received_at due_on"
        " extended_at decision ground ended_at",
        K.ACT, "3 years after the answer", F.EXPIRES,
    ),
    _line(
        "rights.rightsrequest", "asker_sealed words_sealed extension_sealed answer_sealed",
        K.CONTENT, "3 years after the answer", F.KEY,
    ),
    _line(
        "privacy.erasurerequest",
        "id case participant scope state erasure client_id asked_at ended_at",
        K.ACT, SHELL, F.ROW,
    ),
    _line(
        "privacy.certificate", "id erasure letter signed issued_at",
        K.NONE, "shell, the last one 30 days", F.EXPIRES,
    ),
    # Machinery
    _line(
        "mail.dispatch", "id kind key language attempts sent_at failure",
        K.TRACE, "30 days", F.EXPIRES,
    ),
    _line(
        "django_tasks_database.dbtaskresult",
        "id status enqueued_at started_at finished_at args_kwargs priority task_path worker_ids"
        " queue_name backend_name run_after return_value exception_class_path traceback",
        K.TRACE, "1 day, failed ones 30 days", F.EXPIRES,
    ),
    _line("auth.permission", "id name content_type codename", K.NONE, "none", F.KEPT),
    _line("auth.group", "id name permissions", K.NONE, "none", F.KEPT),
    _line("auth.group_permissions", "id group permission", K.NONE, "none", F.KEPT),
    _line("contenttypes.contenttype", "id app_label model", K.NONE, "none", F.KEPT),
)  # fmt: skip


def row_goes_with(model: type[Model]) -> str:
    """The compartment with which every row of the model goes, or "" where there is no such one."""
    key, label = model._meta.pk, model._meta.label_lower
    assert key is not None
    found = (line.until for line in TABLE if line.model == label and key.name in line.fields)
    until = next(found, "")
    return until if until in Compartment.values else ""


def listed() -> Iterator[tuple[str, str]]:
    """Every (model, field) of the table."""
    for line in TABLE:
        for field in line.fields:
            yield line.model, field
